//! How a stream gets on: what the connection needs next, and what the transport and those who answer allow.

use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io::{self, ErrorKind, IoSlice};

use premaster_connection::tls::{Next, Received};
use premaster_connection::{Error, ProtocolVersion, Question, Resolved, Side};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::Stream;
use crate::bell::Half;
use crate::error::into_io;
use crate::incoming::place_in;
use crate::outgoing::Outgoing;

impl<S: AsyncRead + AsyncWrite + Unpin> Stream<S> {
    /// Polls on behalf of one half. The other one is told when it may want to look again.
    pub(crate) fn wait<T>(
        &mut self,
        half: Half,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let waker = self.bell.enlist(half, cx.waker());
        let had_waiting = !self.outgoing.is_empty();
        let outcome = poll(self, &mut Context::from_waker(&waker));
        if outcome.is_ready() {
            self.bell.dismiss(half);
        }
        let made_room = had_waiting && self.outgoing.is_empty();
        // An error is handed out once: the other half has to run into it by itself.
        let failed = matches!(outcome, Poll::Ready(Err(_)));
        if mem::take(&mut self.progress.news) || made_room || failed {
            self.bell.tell_other(half);
        }
        outcome
    }

    /// The whole handshake, and all of it sent.
    pub(crate) fn poll_complete(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_established(cx))?;
        match self.has_tickets_to_send() {
            // They go as far as the transport takes them now: a client need not read before it writes.
            true => self.deliver_now(cx)?,
            false => ready!(self.poll_deliver(cx))?,
        }
        self.release();
        Poll::Ready(Ok(()))
    }

    /// Whether what is still to be sent is no part of the handshake: a server of TLS 1.3 has sent the last of it before the
    /// client has.
    fn has_tickets_to_send(&self) -> bool {
        let facts = self.connection.facts();
        let tls13 = facts.is_some_and(|facts| facts.version == ProtocolVersion::TLSv1_3);
        tls13 && self.connection.side() == Side::Server
    }

    /// The handshake, if it is not over yet.
    fn poll_established(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.connection.facts().is_none() || self.connection.error().is_some() {
            ready!(self.poll_step(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Until there is plaintext, or none will come because the peer has said goodbye.
    pub(crate) fn poll_plaintext(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.incoming.plaintext().is_empty() {
            if self.connection.is_closed_by_peer() && self.connection.facts().is_some() {
                self.incoming.end();
                break;
            }
            ready!(self.poll_step(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// One step of the connection and no more: after each, the caller may have what it waits for.
    pub(crate) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.take_answers(cx) {
            return Poll::Ready(Ok(()));
        }
        match self.connection.next_step() {
            Next::Transmit => self.poll_transmit(cx),
            Next::Ask(question) => {
                self.ask(question);
                Poll::Ready(Ok(()))
            }
            Next::Receive { .. } | Next::Established => match self.poll_receive(cx) {
                Poll::Ready(outcome) => Poll::Ready(outcome),
                Poll::Pending => {
                    self.deliver_now(cx)?;
                    self.release();
                    Poll::Pending
                }
            },
            Next::Wait if self.answers.is_empty() => Poll::Ready(Err(io::Error::other(
                "a question that was handed out has not been answered",
            ))),
            Next::Wait => {
                self.deliver_now(cx)?;
                Poll::Pending
            }
            Next::PeerClosed | Next::Closed => self.poll_closed(cx),
        }
    }

    pub(crate) fn ask(&mut self, question: Question) {
        if let Some(resolved) = self.answers.ask(question, self.connection.local()) {
            self.accept(resolved);
        }
    }

    /// Hands in the answers that have arrived; whether there were any.
    pub(crate) fn take_answers(&mut self, cx: &mut Context<'_>) -> bool {
        if self.answers.is_empty() {
            return false;
        }
        let arrived = self.answers.poll_arrived(cx);
        let any = !arrived.is_empty();
        arrived.into_iter().for_each(|it| self.accept(it));
        any
    }

    fn accept(&mut self, resolved: Resolved) {
        // A claim is stale when the connection is over: nobody minds.
        let _ = self.connection.accept(resolved);
        self.note_change();
    }

    /// Notices when the handshake is complete and when the connection fails.
    fn note_change(&mut self) {
        if self.connection.facts().is_some() && !self.progress.established {
            self.progress.established = true;
            self.progress.news = true;
        }
        if self.connection.error().is_some() && !self.progress.failed {
            self.progress.failed = true;
            self.progress.news = true;
            // What comes to the surface after this is a wish to forget.
            self.answers.abandon();
        }
    }

    /// Takes over what the connection has to say, and writes what the transport takes now. Waits only if there is no room.
    pub(crate) fn poll_transmit(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.outgoing.take_from(&mut self.connection)? {
            self.deliver_now(cx)?;
            return Poll::Ready(Ok(()));
        }
        self.poll_push(cx)
    }

    /// Opens one record, or reads more of it. An error of the connection shows in its next step.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let unopened = self.incoming.unopened();
        let whole = unopened.as_ptr();
        let outcome = match self.connection.receive(unopened) {
            Ok(Received::Data {
                plaintext,
                consumed,
            }) => {
                let place = place_in(whole, plaintext);
                self.incoming.opened(place, consumed);
                return Poll::Ready(Ok(()));
            }
            Ok(Received::EarlyData {
                plaintext,
                consumed,
            }) => {
                self.early.add(plaintext);
                self.incoming.consume_unopened(consumed);
                Ok(())
            }
            Ok(
                Received::Control { consumed }
                | Received::Oblige { consumed, .. }
                | Received::Ticket { consumed, .. },
            ) => {
                self.incoming.consume_unopened(consumed);
                Ok(())
            }
            Ok(Received::Later | Received::Closed) => Ok(()),
            Ok(Received::More { missing }) => {
                let read = self
                    .incoming
                    .poll_read_from(&mut self.transport, cx, missing);
                match ready!(read)? {
                    0 => self.connection.end_of_input(),
                    _ => return Poll::Ready(Ok(())),
                }
            }
            Err(error) => Err(error),
        };
        self.note_change();
        Poll::Ready(match outcome {
            Err(error) if self.connection.error().is_none() => Err(into_io(error)),
            _ => Ok(()),
        })
    }

    /// Why the connection is over. A handshake that fails tells the peer first, and has the session forgotten.
    fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let error = self.connection.error().cloned();
        let error = error.unwrap_or(Error::AlreadyClosed);
        let delivered = self.poll_deliver(cx);
        // Later the alert is a courtesy: what is in its way may be there for ever.
        if !self.progress.established {
            if delivered.is_pending() && error.alert().is_some() {
                return Poll::Pending;
            }
            if !self.answers.is_empty() {
                return Poll::Pending;
            }
        }
        Poll::Ready(Err(into_io(error)))
    }

    /// Hands everything to the transport.
    pub(crate) fn poll_push(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let all = self.outgoing.take_from(&mut self.connection)?;
            if self.outgoing.is_empty() {
                // A record that does not fit into an empty buffer would never go.
                let nothing_fits = || Err(ErrorKind::WriteZero.into());
                return Poll::Ready(if all { Ok(()) } else { nothing_fits() });
            }
            self.progress.unflushed = true;
            ready!(self.outgoing.poll_write_to(&mut self.transport, cx))?;
        }
    }

    /// Hands everything to the transport and has it flushed.
    fn poll_deliver(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_push(cx))?;
        if self.progress.unflushed {
            ready!(Pin::new(&mut self.transport).poll_flush(cx))?;
            self.progress.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Delivers what the transport takes now.
    pub(crate) fn deliver_now(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.poll_deliver(cx) {
            Poll::Ready(outcome) => self.unless_established(outcome),
            Poll::Pending => Ok(()),
        }
    }

    /// On an established connection a read goes on when nothing can be sent any more: that is for the next write to say.
    fn unless_established(&mut self, outcome: io::Result<()>) -> io::Result<()> {
        match outcome {
            Err(error) if self.progress.established => {
                self.progress.broken.get_or_insert(error);
                self.progress.news = true;
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Accepts a record's worth of data at most.
    pub(crate) fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.tell_broken()?;
        ready!(self.poll_established(cx))?;
        ready!(self.poll_push(cx))?;
        let accepted = self.seal(parts)?;
        let outcome = self.poll_push(cx);
        if let Poll::Ready(Err(error)) = outcome {
            // It is accepted: the records after it would not make sense without it.
            self.progress.broken = Some(error);
        }
        Poll::Ready(Ok(accepted))
    }

    /// Seals as much of `parts` as one call takes.
    fn seal(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let total = parts.iter().map(|part| part.len()).sum::<usize>();
        let connection = &mut self.connection;
        let length = connection.sealed_len(total.min(Outgoing::MOST));
        let sealed = |outcome: Result<usize, Error>| outcome.map_err(into_io);
        if total <= Outgoing::MOST {
            let seal = |out: &mut [u8]| sealed(connection.seal_from(parts, out));
            self.outgoing.add(length, seal)?;
            return Ok(total);
        }
        let first = beginning(parts, Outgoing::MOST);
        let seal = |out: &mut [u8]| sealed(connection.seal_from(&first, out));
        self.outgoing.add(length, seal)?;
        Ok(Outgoing::MOST)
    }

    /// Everything that was accepted reaches the transport, and leaves it if it can.
    pub(crate) fn poll_flushed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tell_broken()?;
        // A transport may have a buffer of its own, filled by others.
        self.progress.unflushed = true;
        ready!(self.poll_deliver(cx))?;
        self.release();
        Poll::Ready(Ok(()))
    }

    /// Says goodbye, behind everything that was accepted.
    pub(crate) fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.facts().is_none() && self.connection.error().is_none() {
            // The handshake will not be completed: whoever waits for it is told, and whoever was asked is let off.
            self.answers.abandon();
            self.progress.news = true;
        }
        self.connection.close().map_err(into_io)?;
        ready!(self.poll_flushed(cx))?;
        ready!(self.poll_forgotten(cx));
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }

    /// After a failure: until the session is forgotten.
    fn poll_forgotten(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.connection.error().is_some()
            && let Next::Ask(question) = self.connection.next_step()
        {
            self.ask(question);
        }
        self.take_answers(cx);
        match self.answers.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    /// Gives back the buffers that are empty.
    fn release(&mut self) {
        self.incoming.release();
        self.outgoing.release();
    }

    /// What kept accepted data from being sent.
    fn tell_broken(&mut self) -> io::Result<()> {
        self.progress.broken.take().map_or(Ok(()), Err)
    }
}

/// The first `length` bytes of these parts.
fn beginning<'a>(parts: &'a [IoSlice<'_>], length: usize) -> Vec<&'a [u8]> {
    let mut left = length;
    let mut first = Vec::new();
    for part in parts {
        let taken = part.get(..left).unwrap_or(part);
        left = left.saturating_sub(taken.len());
        first.push(taken);
        if left == 0 {
            break;
        }
    }
    first
}
