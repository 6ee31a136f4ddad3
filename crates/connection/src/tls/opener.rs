//! What comes in: one record a call, decrypted where it lies.

use premaster_crypto::Side;
use premaster_handshake::{Direction, Error as HandshakeError, Fault, Limits, Message};
use premaster_record::{Flood, Idle, Inbox, Opened, Protection, RecordOpener};
use premaster_trace::{Epoch, Event, Tracer};
use premaster_wire::{Alert, AlertDescription, AlertLevel, ContentType, Decode, HandshakeType};

use super::Notice;
use crate::Error;

/// What one record brought.
#[derive(Debug)]
#[must_use]
pub enum Received<'b> {
    /// The record is not complete: read at least this many bytes more.
    More {
        /// Bytes that are missing for sure.
        missing: usize,
    },
    /// Nothing for the application; drop these bytes and ask for the next step.
    Control {
        /// Bytes of the buffer that were used up.
        consumed: usize,
    },
    /// Application data, decrypted inside the caller's buffer.
    Data {
        /// The data.
        plaintext: &'b mut [u8],
        /// Bytes of the buffer that were used up.
        consumed: usize,
    },
    /// The record obliges this side to send something. A [`Connection`](super::Connection) sees
    /// to that itself and never says so.
    Oblige {
        /// For [`Sealer::oblige`](super::Sealer::oblige).
        notice: Notice,
        /// Bytes of the buffer that were used up.
        consumed: usize,
    },
    /// The peer has said goodbye: whatever follows is ignored (RFC 5246 section 7.2.1).
    Closed,
    /// Nothing was read: an answer is awaited first, see
    /// [`Connection::next_step`](super::Connection::next_step).
    Later,
}

/// The receiving half of a connection.
///
/// After [`Connection::split`](super::Connection::split) it shares nothing with the
/// [`Sealer`](super::Sealer) and needs no lock: the two may live on two threads.
#[derive(Debug)]
pub struct Opener {
    pub(super) side: Side,
    pub(super) records: RecordOpener,
    pub(super) inbox: Inbox,
    flood: Flood,
    renegotiations: Flood,
    closed: bool,
    error: Option<Error>,
    tracer: Tracer,
}

/// One record, sorted by whom it concerns.
pub(super) enum Sorted<'b> {
    More {
        missing: usize,
    },
    Handshake {
        consumed: usize,
    },
    ChangeCipherSpec {
        consumed: usize,
    },
    Data {
        plaintext: &'b mut [u8],
        consumed: usize,
    },
    Ignored {
        consumed: usize,
    },
    Closed,
}

impl Opener {
    pub(super) fn new(side: Side, limits: &Limits, tracer: Tracer) -> Self {
        Self {
            side,
            records: RecordOpener::new(),
            inbox: Inbox::new(limits.handshake_message),
            flood: Flood::new(limits.idle_records),
            renegotiations: Flood::new(limits.idle_records),
            closed: false,
            error: None,
            tracer,
        }
    }

    /// Opens the record at the front of `buf`.
    ///
    /// After the peer's close_notify there is only [`Closed`](Received::Closed).
    ///
    /// # Errors
    ///
    /// Any [`Error`] is fatal and returned again by every later call; hand it to
    /// [`Sealer::fail`](super::Sealer::fail), so that the peer learns why.
    pub fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Result<Received<'b>, Error> {
        match self.sort(buf)? {
            Sorted::More { missing } => Ok(Received::More { missing }),
            Sorted::Ignored { consumed } => Ok(Received::Control { consumed }),
            Sorted::Closed => Ok(Received::Closed),
            Sorted::Data {
                plaintext: [],
                consumed,
            } => match self.flood.idle(Idle::EmptyRecord) {
                Ok(()) => Ok(Received::Control { consumed }),
                Err(fault) => self.fail(fault.into()),
            },
            Sorted::Data {
                plaintext,
                consumed,
            } => {
                self.flood.progress();
                Ok(Received::Data {
                    plaintext,
                    consumed,
                })
            }
            Sorted::ChangeCipherSpec { .. } => self.fail(unexpected_change_cipher_spec()),
            Sorted::Handshake { consumed } => match self.established_messages() {
                Ok(Some(notice)) => Ok(Received::Oblige { notice, consumed }),
                Ok(None) => Ok(Received::Control { consumed }),
                Err(error) => self.fail(error),
            },
        }
    }

    /// The transport has ended.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] unless the peer has said goodbye before.
    pub fn end_of_input(&mut self) -> Result<(), Error> {
        match &self.error {
            _ if self.closed => Ok(()),
            Some(error) => Err(error.clone()),
            None => self.fail(Error::Truncated),
        }
    }

    /// Whether the peer has said goodbye.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Opens one record and sorts it; alerts and floods are dealt with here.
    pub(super) fn sort<'b>(&mut self, buf: &'b mut [u8]) -> Result<Sorted<'b>, Error> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        if self.closed {
            return Ok(Sorted::Closed);
        }
        let (content_type, payload, consumed) = match self.records.open(buf) {
            Ok(Opened::More { missing }) => return Ok(Sorted::More { missing }),
            Ok(Opened::Dropped { consumed }) => return Ok(Sorted::Ignored { consumed }),
            Ok(Opened::Record {
                content_type,
                payload,
                consumed,
                ..
            }) => (content_type, payload, consumed),
            Err(fault) => {
                self.error = Some(fault.into());
                return Err(fault.into());
            }
        };
        let sorted = match content_type {
            ContentType::application_data => return self.data(payload, consumed),
            ContentType::alert => self.alert(payload),
            ContentType::change_cipher_spec if *payload == [1] => {
                return Ok(Sorted::ChangeCipherSpec { consumed });
            }
            ContentType::handshake => match self.inbox.push(payload) {
                Ok(()) => return Ok(Sorted::Handshake { consumed }),
                Err(fault) => Err(fault.into()),
            },
            _ => Err(malformed_change_cipher_spec()),
        };
        match sorted {
            Ok(()) => Ok(Sorted::Ignored { consumed }),
            Err(error) => self.fail(error),
        }
    }

    /// Application data never comes between the pieces of a handshake message
    /// (RFC 8446 section 5.1); TLS 1.2 peers that we know do not do it either.
    fn data<'b>(&mut self, plaintext: &'b mut [u8], consumed: usize) -> Result<Sorted<'b>, Error> {
        if self.inbox.is_empty() {
            self.tracer.emit(|| Event::Record {
                direction: Direction::Received,
                epoch: Epoch::Traffic,
                content_type: ContentType::application_data,
                length: consumed,
            });
            return Ok(Sorted::Data {
                plaintext,
                consumed,
            });
        }
        self.fail(unexpected(
            "application data between the pieces of a handshake message",
        ))
    }

    fn alert(&mut self, payload: &[u8]) -> Result<(), Error> {
        let Ok(Alert { level, description }) = Alert::decode(payload) else {
            return Err(Error::MalformedAlert);
        };
        let epoch = if self.records.is_protected() {
            Epoch::Traffic
        } else {
            Epoch::Plain
        };
        let direction = Direction::Received;
        self.tracer.emit(|| Event::Alert {
            direction,
            epoch,
            level,
            description,
        });
        match (level, description) {
            (_, AlertDescription::close_notify) => {
                self.closed = true;
                self.tracer.emit(|| Event::Closed { direction });
                Ok(())
            }
            (AlertLevel::warning, _) => Ok(self.flood.idle(Idle::WarningAlert)?),
            (AlertLevel::fatal, _) => Err(Error::AlertReceived(description)),
            _ => Err(Error::MalformedAlert),
        }
    }

    /// Handshake messages on an established connection: whoever asks to renegotiate is told
    /// that we do not (RFC 5246 section 7.2.2), everything else is out of place.
    pub(super) fn established_messages(&mut self) -> Result<Option<Notice>, Error> {
        let mut notice = None;
        while let Some(message) = self.inbox.next_message().map(Message::new) {
            match (self.side, message.kind()) {
                (Side::Client, HandshakeType::hello_request) if message.body().is_empty() => {}
                (Side::Server, HandshakeType::client_hello) => {}
                (_, kind) => {
                    return Err(unexpected(&format!("{kind} after the handshake")));
                }
            }
            // Of a whole connection, not in a row: each costs an answer, and data in between is cheap.
            self.renegotiations.idle(Idle::HelloRequest)?;
            notice = Some(Notice(AlertDescription::no_renegotiation));
        }
        Ok(notice)
    }

    pub(super) fn install(&mut self, protection: Protection) -> Result<(), Error> {
        // No message may span a key change (RFC 8446 section 5.1).
        if !self.inbox.is_empty() {
            return Err(unexpected("a handshake message spans the change of keys"));
        }
        self.records.install(protection);
        Ok(())
    }

    /// Keeps the error, so that every later call returns it again.
    pub(super) fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.error = Some(error.clone());
        Err(error)
    }
}

/// A message or record out of place.
pub(super) fn unexpected(detail: &str) -> Error {
    HandshakeError::new(Fault::UnexpectedMessage)
        .detail(detail)
        .into()
}

fn unexpected_change_cipher_spec() -> Error {
    HandshakeError::new(Fault::UnexpectedChangeCipherSpec)
        .detail("ChangeCipherSpec after the handshake")
        .into()
}

fn malformed_change_cipher_spec() -> Error {
    HandshakeError::new(Fault::Malformed)
        .detail("a ChangeCipherSpec is one byte of value 1")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Opener {
        Opener::new(Side::Client, &Limits::default(), Tracer::default())
    }

    /// property 24: what asks for an answer is limited over a whole connection.
    #[test]
    fn renegotiation_is_refused_a_few_times_and_no_more() {
        let mut opener = client();
        for _ in 0..Limits::default().idle_records {
            opener.inbox.push(&[0, 0, 0, 0]).unwrap();
            assert!(opener.established_messages().unwrap().is_some());
            // Data in between makes no difference.
            opener.flood.progress();
        }
        opener.inbox.push(&[0, 0, 0, 0]).unwrap();
        assert!(opener.established_messages().is_err());
    }

    #[test]
    fn after_the_handshake_only_a_wish_to_renegotiate_is_no_fault() {
        let messages: [(&[u8], bool); 4] = [
            (&[0, 0, 0, 0], true),
            (&[0, 0, 0, 1, 7], false),
            (&[1, 0, 0, 0], false),
            (&[20, 0, 0, 0], false),
        ];
        for (message, fine) in messages {
            let mut opener = client();
            opener.inbox.push(message).unwrap();
            assert_eq!(opener.established_messages().is_ok(), fine, "{message:?}");
        }
    }
}
