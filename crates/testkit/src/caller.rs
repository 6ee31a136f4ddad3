//! Whoever owns a connection: reads, writes, and sees to it that every call brings something.

use premaster_connection::tls::{Connection, Next, Received};
use premaster_connection::{Error, Question};

use crate::Host;

/// A connection with the buffers of its owner.
///
/// It does what [`Connection::next_step`] says until it can do no more, and panics when a call
/// neither makes progress nor says what it waits for.
#[derive(Debug)]
pub struct Caller {
    /// The connection.
    pub connection: Connection,
    /// Bytes for the peer.
    pub sent: Vec<u8>,
    /// Application data that came in.
    pub data: Vec<u8>,
    /// Early data that came in (RFC 8446 section 2.3).
    pub early_data: Vec<u8>,
    /// Who answers questions at once, if anybody does.
    pub host: Option<Box<Host>>,
    /// Questions that nobody has answered yet, oldest first.
    pub questions: Vec<Question>,
    /// What ended the connection.
    pub error: Option<Error>,
    unread: Vec<u8>,
}

/// Why a [`Caller`] can do no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The peer has to say something: in the handshake, or the rest of a record.
    NeedsInput,
    /// A question has to be answered.
    NeedsAnswer,
    /// Application data may flow; there is none to read.
    Established,
    /// It is over.
    Closed,
}

impl Caller {
    /// The owner of a connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            sent: Vec::new(),
            data: Vec::new(),
            early_data: Vec::new(),
            host: None,
            questions: Vec::new(),
            error: None,
            unread: Vec::new(),
        }
    }

    /// Has the host answer what was asked before it was there.
    pub fn settle(&mut self) -> Stop {
        let questions = core::mem::take(&mut self.questions);
        if let Some(host) = &mut self.host {
            for question in questions {
                let _stale = self.connection.accept(host.resolve(question));
            }
        }
        self.run()
    }

    /// Bytes of the peer arrive.
    pub fn feed(&mut self, bytes: &[u8]) -> Stop {
        self.unread.extend_from_slice(bytes);
        self.run()
    }

    /// The peer's bytes end here.
    pub fn end_of_input(&mut self) -> Stop {
        if let Err(error) = self.connection.end_of_input() {
            self.error.get_or_insert(error);
        }
        self.run()
    }

    /// Does all that can be done now.
    ///
    /// # Panics
    ///
    /// If a call makes no progress.
    pub fn run(&mut self) -> Stop {
        loop {
            let more = match self.connection.next_step() {
                Next::Transmit => self.transmit(),
                Next::Ask(question) => {
                    match &mut self.host {
                        // Who has failed may still ask, and does not wait for the answer.
                        Some(host) => {
                            let _stale = self.connection.accept(host.resolve(question));
                        }
                        None => self.questions.push(question),
                    }
                    None
                }
                Next::Receive { missing } => {
                    assert!(missing > 0, "it waits for nothing");
                    self.receive(Stop::NeedsInput)
                }
                Next::Established => self.receive(Stop::Established),
                Next::Wait => Some(Stop::NeedsAnswer),
                Next::PeerClosed | Next::Closed => {
                    // A refused answer ends a connection too.
                    self.error = self.connection.error().cloned();
                    Some(Stop::Closed)
                }
            };
            if let Some(stop) = more {
                return stop;
            }
        }
    }

    /// Takes what the peer shall get.
    pub fn take_sent(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.sent)
    }

    /// How many bytes have arrived that the connection has not taken.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.unread.len()
    }

    fn transmit(&mut self) -> Option<Stop> {
        let mut out = vec![0; self.connection.pending()];
        let sent = self.connection.transmit(&mut out).expect("transmits");
        assert!(sent > 0, "there was something to transmit");
        self.sent.extend_from_slice(&out[..sent]);
        None
    }

    /// `None` if there is more to do.
    fn receive(&mut self, idle: Stop) -> Option<Stop> {
        if self.unread.is_empty() {
            return Some(idle);
        }
        let consumed = match self.connection.receive(&mut self.unread) {
            Ok(Received::More { missing }) => {
                assert!(missing > 0, "nothing is missing");
                return Some(Stop::NeedsInput);
            }
            Ok(Received::Control { consumed }) => consumed,
            Ok(Received::Data {
                plaintext,
                consumed,
            }) => {
                self.data.extend_from_slice(plaintext);
                consumed
            }
            Ok(Received::EarlyData {
                plaintext,
                consumed,
            }) => {
                self.early_data.extend_from_slice(plaintext);
                consumed
            }
            Ok(other) => panic!("{other:?} though it wanted input"),
            Err(error) => {
                assert!(
                    self.error.is_none(),
                    "an error is told once, then it is over"
                );
                self.error = Some(error);
                return None;
            }
        };
        assert!(consumed > 0, "nothing was consumed");
        self.unread.drain(..consumed);
        None
    }
}
