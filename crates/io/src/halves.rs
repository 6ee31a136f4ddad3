//! A stream in two halves, for two threads.
//!
//! ```text
//!   ReadHalf:   Opener, transport, what was read ahead      WriteHalf:  the door
//!       |                                                       |
//!       +---- what is due to the peer (an alert) ---> Door { Sealer, second handle of the transport }
//! ```
//!
//! What is received may oblige us to send: a request to renegotiate is declined, an error is told. The reader leaves that at the
//! door and never waits there: if the writer is inside, the writer sees to it when it leaves.

use core::fmt;
use std::io::{self, BufRead, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use premaster_connection::handshake::notify;
use premaster_connection::tls::{Notice, Opener, Received, Sealer};
use premaster_connection::{Error, Local};

use crate::error::into_io;
use crate::incoming::{Incoming, place_in, read, uninterrupted};
use crate::outgoing::Outgoing;

/// The half that reads; from [`Stream::into_halves`](crate::Stream::into_halves).
pub struct ReadHalf<S> {
    opener: Opener,
    local: Local,
    transport: S,
    incoming: Incoming,
    door: Arc<Door<S>>,
}

/// The half that writes; from [`Stream::into_halves`](crate::Stream::into_halves).
pub struct WriteHalf<S> {
    door: Arc<Door<S>>,
}

/// Through here goes all that is sent.
pub(crate) struct Door<S> {
    sending: Mutex<Sending<S>>,
    due: Mutex<Vec<Due>>,
}

struct Sending<S> {
    sealer: Sealer,
    transport: S,
    outgoing: Outgoing,
}

/// What the reader owes the peer.
#[derive(PartialEq)]
enum Due {
    Notice(Notice),
    Failure(Error),
    Goodbye,
}

impl<S: Write> Door<S> {
    pub(crate) fn new(sealer: Sealer, transport: S, outgoing: Outgoing) -> Self {
        Self {
            sending: Mutex::new(Sending {
                sealer,
                transport,
                outgoing,
            }),
            due: Mutex::new(Vec::new()),
        }
    }

    /// For the reader. A peer that makes us owe the same again and again makes us remember it once.
    fn leave(&self, due: Due) -> io::Result<()> {
        let mut waiting = lock(&self.due);
        if !waiting.contains(&due) {
            waiting.push(due);
        }
        drop(waiting);
        self.settle()
    }

    /// For the writer.
    fn enter(&self, act: impl FnOnce(&mut Sending<S>) -> io::Result<()>) -> io::Result<()> {
        let outcome = act(&mut lock(&self.sending));
        // Whatever the reader left while we were inside.
        self.settle()?;
        outcome
    }

    /// Sends what is due, unless somebody is inside, who will.
    fn settle(&self) -> io::Result<()> {
        while !lock(&self.due).is_empty() {
            let mut sending = match self.sending.try_lock() {
                Ok(sending) => sending,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return Ok(()),
            };
            let due = core::mem::take(&mut *lock(&self.due));
            sending.send(due)?;
        }
        Ok(())
    }
}

impl<S: Write> Sending<S> {
    fn send(&mut self, due: Vec<Due>) -> io::Result<()> {
        for due in due {
            match due {
                Due::Notice(notice) => self.sealer.oblige(notice).map_err(into_io)?,
                Due::Failure(error) => self.sealer.fail(&error),
                Due::Goodbye => self.sealer.close().map_err(into_io)?,
            }
        }
        self.transmit()
    }

    fn transmit(&mut self) -> io::Result<()> {
        self.outgoing
            .transmit(&mut self.sealer, &mut self.transport)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.transmit()?;
        let (sealer, length) = (&mut self.sealer, bytes.len());
        self.outgoing.seal(sealer.sealed_len(length), |out| {
            sealer.seal_from(&[bytes], out).map_err(into_io)
        })?;
        self.outgoing.write_or_keep(&mut self.transport)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Read + Write> ReadHalf<S> {
    pub(crate) fn new(
        (opener, local): (Opener, Local),
        transport: S,
        incoming: Incoming,
        door: Arc<Door<S>>,
    ) -> Self {
        Self {
            opener,
            local,
            transport,
            incoming,
            door,
        }
    }

    /// The transport.
    pub fn transport(&self) -> &S {
        &self.transport
    }

    /// Says goodbye in the name of both halves, after the peer has. Does not wait for a write that is stuck in the
    /// transport: the close_notify then follows it.
    ///
    /// # Errors
    ///
    /// What the transport says.
    pub fn close(&mut self) -> io::Result<()> {
        self.door.leave(Due::Goodbye)
    }

    /// Opens one record, or reads more of it.
    fn receive(&mut self) -> io::Result<()> {
        let unopened = self.incoming.unopened();
        let whole = unopened.as_ptr();
        let outcome = match self.opener.receive(unopened) {
            Ok(Received::Data {
                plaintext,
                consumed,
            }) => {
                let place = place_in(whole, plaintext);
                self.incoming.opened(place, consumed);
                return Ok(());
            }
            // Early data comes before the handshake is complete, and so before there are halves.
            Ok(Received::Control { consumed } | Received::EarlyData { consumed, .. }) => {
                self.incoming.consume_unopened(consumed);
                return Ok(());
            }
            Ok(Received::Ticket { ticket, consumed }) => {
                self.incoming.consume_unopened(consumed);
                // Nobody waits for the session to be stored.
                drop(self.local.resolve(notify(*ticket)));
                return Ok(());
            }
            Ok(Received::Oblige { notice, consumed }) => {
                self.incoming.consume_unopened(consumed);
                return self.door.leave(Due::Notice(notice));
            }
            Ok(Received::Later | Received::Closed) => return Ok(()),
            Ok(Received::More { .. }) => match self.incoming.read_from(&mut self.transport)? {
                0 => self.opener.end_of_input(),
                _ => return Ok(()),
            },
            Err(error) => Err(error),
        };
        outcome.map_err(|error| {
            // The alert is a courtesy: the error stays the same if the transport does not take it.
            drop(self.door.leave(Due::Failure(error.clone())));
            into_io(error)
        })
    }
}

impl<S: Read + Write> BufRead for ReadHalf<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.incoming.plaintext().is_empty() && !self.opener.is_closed() {
            self.receive()?;
        }
        Ok(self.incoming.plaintext())
    }

    fn consume(&mut self, amount: usize) {
        self.incoming.consume_plaintext(amount);
    }
}

impl<S: Read + Write> Read for ReadHalf<S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        read(self, out)
    }
}

impl<S: Write> WriteHalf<S> {
    pub(crate) fn new(door: Arc<Door<S>>) -> Self {
        Self { door }
    }

    /// As [`Stream::update_keys`](crate::Stream::update_keys).
    ///
    /// # Errors
    ///
    /// As [`Stream::update_keys`](crate::Stream::update_keys).
    pub fn update_keys(&mut self, request: bool) -> io::Result<()> {
        self.door.enter(|sending| {
            sending.sealer.update_keys(request).map_err(into_io)?;
            sending.transmit()?;
            uninterrupted(|| sending.transport.flush())
        })
    }

    /// Says goodbye: sends what waits, and a close_notify. The other half can still read.
    ///
    /// # Errors
    ///
    /// What the transport says.
    pub fn close(&mut self) -> io::Result<()> {
        self.door.enter(|sending| {
            sending.sealer.close().map_err(into_io)?;
            sending.transmit()?;
            uninterrupted(|| sending.transport.flush())
        })
    }
}

impl<S: Write> Write for WriteHalf<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes.get(..bytes.len().min(Outgoing::MOST)) {
            None | Some([]) => Ok(0),
            Some(bytes) => {
                self.door.enter(|sending| sending.write(bytes))?;
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.door.enter(|sending| {
            sending.transmit()?;
            uninterrupted(|| sending.transport.flush())
        })
    }
}

impl<S> fmt::Debug for ReadHalf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadHalf")
            .field("closed", &self.opener.is_closed())
            .finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for WriteHalf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteHalf").finish_non_exhaustive()
    }
}
