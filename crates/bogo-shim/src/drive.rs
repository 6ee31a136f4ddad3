//! Drives a connection over a wire that may block at every step, and has questions answered late.

use std::collections::VecDeque;
use std::io;

use premaster::connection::tls::{Connection, Next, Received};
use premaster::connection::{AlertDescription, Error, Question};
use premaster::handshake::EarlyData;

use crate::Stop;
use crate::answers::Host;
use crate::wire::Wire;

/// A connection with its wire.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) connection: Connection,
    pub(crate) host: Host,
    wire: Wire,
    /// What was sealed and not yet written.
    outbound: VecDeque<u8>,
    inbound: Vec<u8>,
    /// Data that nobody has read yet.
    data: VecDeque<u8>,
    /// Questions that wait for their answers.
    unanswered: VecDeque<Question>,
    ended: bool,
    /// The transport takes nothing for now.
    is_blocked: bool,
}

impl Driver {
    pub(crate) fn new(connection: Connection, host: Host, wire: Wire) -> Self {
        Self {
            connection,
            host,
            wire,
            outbound: VecDeque::new(),
            inbound: Vec::new(),
            data: VecDeque::new(),
            unanswered: VecDeque::new(),
            ended: false,
            is_blocked: false,
        }
    }

    /// Whether data may be sent before the handshake is complete: a client's, or a server's that answers early data.
    fn may_start(&self) -> bool {
        let is_client = !self.host.flags.is_server();
        let provisional = self.connection.provisional();
        provisional.is_some_and(|it| is_client || it.early_data == Some(EarlyData::Accepted))
    }

    /// Goes on until a message of this type has come.
    pub(crate) fn hear_of(&mut self, kind: u8) -> Result<(), Stop> {
        while !self.host.secrets.has_heard(kind) {
            self.flush()?;
            match self.connection.next_step() {
                Next::Established | Next::PeerClosed => {
                    return Err(Stop::wrong(format!("no message of type {kind}")));
                }
                next => self.take(next)?,
            }
        }
        Ok(())
    }

    /// Goes on until the handshake is complete, or until data may be sent before that.
    pub(crate) fn handshake(&mut self, early: bool) -> Result<(), Stop> {
        loop {
            // Whoever answers at once does so before anything is sent: a flight then needs fewer records.
            while !self.host.is_late
                && let Some(question) = self.connection.next_question()
            {
                self.answer(question)?;
            }
            self.flush()?;
            if early && (self.connection.early_data_limit().is_some() || self.may_start()) {
                return Ok(());
            }
            match self.connection.next_step() {
                Next::Established | Next::PeerClosed => return Ok(()),
                next => self.take(next)?,
            }
        }
    }

    /// Up to `most` bytes of data; none at the end, clean or not.
    ///
    /// What comes up meanwhile is sent with what is written next: whoever asks five times for new keys and then says
    /// something gets one answer.
    pub(crate) fn read(&mut self, most: usize) -> Result<Vec<u8>, Stop> {
        let length = self.peek(most)?.len();
        Ok(self.data.drain(..length).collect())
    }

    /// As [`read`](Self::read), and leaves it there.
    pub(crate) fn peek(&mut self, most: usize) -> Result<Vec<u8>, Stop> {
        self.flush()?;
        while self.data.is_empty() && !self.ended && !self.connection.is_closed_by_peer() {
            match self.connection.pending() {
                _ if self.connection.facts().is_none() => {
                    self.flush()?;
                    let next = self.connection.next_step();
                    self.take(next)?;
                }
                0 => match self.connection.next_step() {
                    Next::Established => self.receive()?,
                    next => self.take(next)?,
                },
                _ => self.receive()?,
            }
        }
        Ok(self.data.iter().copied().take(most).collect())
    }

    /// Hears one more record, in which there is to be no data.
    pub(crate) fn hear(&mut self) -> Result<(), Stop> {
        self.flush()?;
        self.receive()?;
        match self.data.is_empty() {
            true => Ok(()),
            false => Err(Stop::wrong("data after our goodbye")),
        }
    }

    /// Whether the transport has ended without a goodbye.
    pub(crate) fn is_cut(&self) -> bool {
        self.ended && !self.connection.is_closed_by_peer()
    }

    fn take(&mut self, next: Next) -> Result<(), Stop> {
        match next {
            Next::Transmit => self.transmit(),
            Next::Ask(question) => {
                match self.host.is_late {
                    true => self.unanswered.push_back(question),
                    false => self.answer(question)?,
                }
                Ok(())
            }
            Next::Wait => match self.unanswered.pop_front() {
                Some(question) => self.answer(question),
                None => Err(Stop::wrong("waits for an answer that nobody was asked for")),
            },
            Next::Receive { .. } | Next::Established | Next::PeerClosed => self.receive(),
            Next::Closed => {
                let error = self.connection.error().cloned();
                Err(error.map_or_else(|| Stop::wrong("it is over"), Stop::Failed))
            }
        }
    }

    fn answer(&mut self, question: Question) -> Result<(), Stop> {
        let answered = self.host.answer(&mut self.connection, question);
        // The alert goes first.
        if self.connection.error().is_some() {
            return self.fail();
        }
        answered
    }

    /// Tells the peer why, then says so.
    fn fail(&mut self) -> Result<(), Stop> {
        let error = self.connection.error().cloned();
        self.flush()?;
        while let Next::Ask(question) = self.connection.next_step() {
            // It asks that its session be forgotten.
            self.host.answer(&mut self.connection, question)?;
        }
        Err(error.map_or_else(|| Stop::wrong("failed without an error"), Stop::Failed))
    }

    /// Reads what there is and hands over one record.
    fn receive(&mut self) -> Result<(), Stop> {
        let Ok(received) = self.connection.receive(&mut self.inbound) else {
            return self.fail();
        };
        let used = match received {
            Received::More { missing } => return self.read_more(missing),
            Received::Control { consumed } => consumed,
            Received::Data {
                plaintext,
                consumed,
            }
            | Received::EarlyData {
                plaintext,
                consumed,
            } => {
                self.data.extend(plaintext.iter());
                consumed
            }
            Received::Closed => {
                self.ended = true;
                0
            }
            Received::Later => {
                return match self.unanswered.pop_front() {
                    Some(question) => self.answer(question),
                    None => Err(Stop::wrong("reads nothing and asks nothing")),
                };
            }
            other => return Err(Stop::wrong(format!("{other:?} from a whole connection"))),
        };
        self.inbound.drain(..used);
        Ok(())
    }

    fn read_more(&mut self, missing: usize) -> Result<(), Stop> {
        // While nothing comes there is time for answers.
        if let Some(question) = self.unanswered.pop_front() {
            return self.answer(question);
        }
        let mut chunk = vec![0; missing.max(4096)];
        match self.wire.read(&mut chunk) {
            Ok(0) => self.end_of_input(),
            Ok(read) => {
                self.inbound.extend_from_slice(&chunk[..read]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            // The runner is gone with data of ours unread.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => self.end_of_input(),
            Err(error) => Err(error.into()),
        }
    }

    fn end_of_input(&mut self) -> Result<(), Stop> {
        self.ended = true;
        match self.connection.end_of_input() {
            Ok(()) | Err(Error::Truncated) => Ok(()),
            Err(_) => self.fail(),
        }
    }

    fn transmit(&mut self) -> Result<(), Stop> {
        let mut out = vec![0; self.connection.pending()];
        let length = self.connection.transmit(&mut out)?;
        self.outbound.extend(&out[..length]);
        Ok(())
    }

    /// Writes all that waits.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        if self.is_blocked {
            return Ok(());
        }
        while self.connection.pending() > 0 {
            self.transmit()?;
        }
        while !self.outbound.is_empty() {
            let (bytes, _) = self.outbound.as_slices();
            match self.wire.write(bytes) {
                Ok(written) => drop(self.outbound.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Whoever does not listen any more need not be told.
                Err(_) => self.outbound.clear(),
            }
        }
        Ok(())
    }

    /// Sends data, in as many records as it takes.
    pub(crate) fn write(&mut self, data: &[u8]) -> Result<(), Stop> {
        self.seal(data)?;
        self.flush()
    }

    /// Sends early data.
    pub(crate) fn write_early(&mut self, data: &[u8]) -> Result<(), Stop> {
        self.seal_early(data)?;
        self.flush()
    }

    /// Sends the first byte of a record of early data and no more.
    pub(crate) fn write_a_byte_of_early(&mut self, data: &[u8]) -> Result<VecDeque<u8>, Stop> {
        self.seal_early(data)?;
        self.block_behind_a_byte()
    }

    fn seal_early(&mut self, data: &[u8]) -> Result<(), Stop> {
        self.flush()?;
        let most = self.connection.content_limit().max(1);
        for content in data.chunks(most) {
            let mut out = vec![0; self.connection.sealed_len(content.len())];
            let length = self.connection.seal_early_from(&[content], &mut out)?;
            self.outbound.extend(&out[..length]);
        }
        Ok(())
    }

    /// Sends the first byte of a record and no more.
    pub(crate) fn write_a_byte_of(&mut self, data: &[u8]) -> Result<VecDeque<u8>, Stop> {
        self.seal(data)?;
        self.block_behind_a_byte()
    }

    fn block_behind_a_byte(&mut self) -> Result<VecDeque<u8>, Stop> {
        let rest = self.outbound.split_off(1);
        self.flush()?;
        self.is_blocked = true;
        Ok(rest)
    }

    /// What was left of a record.
    pub(crate) fn write_rest(&mut self, rest: VecDeque<u8>) -> Result<(), Stop> {
        self.is_blocked = false;
        // What has come up meanwhile goes behind it.
        let later = std::mem::replace(&mut self.outbound, rest);
        self.outbound.extend(later);
        self.flush()
    }

    fn seal(&mut self, data: &[u8]) -> Result<(), Stop> {
        self.flush()?;
        let most = self.connection.content_limit().max(1);
        for content in data.chunks(most) {
            let mut out = vec![0; self.connection.sealed_len(content.len())];
            let length = self
                .connection
                .seal_before_finished_from(&[content], &mut out)?;
            self.outbound.extend(&out[..length]);
        }
        Ok(())
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self) -> Result<(), Stop> {
        self.connection.close()?;
        self.flush()
    }

    /// Ends the connection with an alert.
    pub(crate) fn abort(&mut self, description: AlertDescription) -> Result<(), Stop> {
        self.connection.abort(description);
        self.flush()
    }

    /// Ends the transport.
    pub(crate) fn finish(self) -> Host {
        self.wire.drain();
        self.host
    }
}
