//! What comes in: one record a call, decrypted where it lies.

use std::sync::Arc;

use premaster_crypto::Side;
use premaster_handshake::{
    After, Clock, Direction, Error as HandshakeError, Fault, Limits, StoreClientSession,
};
use premaster_record::{Flood, Idle, IdleLimits, Inbox, Opened, RecordOpener};
use premaster_trace::{Epoch, Event, Tracer};
use premaster_wire::{Alert, ContentType, Decode};

use super::Notice;
use super::alert::{Meaning, meaning};
use super::early_data::EarlyDataBudget;
use super::established::{Said, after_the_handshake};
use super::requests::Requests;
use super::traffic::{NewKeys, Traffic};
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
    /// Early data: what the client said before the server had answered. Only a server that has accepted it sees this.
    ///
    /// Whoever recorded it may have sent it before, to this server or to another one: act on it only where doing so
    /// twice does no harm (RFC 8446 section 8).
    EarlyData {
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
    /// A server's ticket, for a later connection: store the session, or have a
    /// [`Local`](crate::Local) host do it.
    ///
    /// ```
    /// # use premaster_connection::handshake::{StoreClientSession, notify};
    /// # fn store(local: &premaster_connection::Local, ticket: Box<StoreClientSession>) {
    /// drop(local.resolve(notify(*ticket)));
    /// # }
    /// ```
    ///
    /// A [`Connection`](super::Connection) sees to that itself and never says so.
    Ticket {
        /// The session, and by what it is filed.
        ticket: Box<StoreClientSession>,
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
/// [`Sealer`](super::Sealer) but a count of the KeyUpdates that were asked for, and needs no lock: the two may live on two
/// threads.
#[derive(Debug)]
pub struct Opener {
    pub(super) side: Side,
    pub(super) records: RecordOpener,
    pub(super) inbox: Inbox,
    /// What protects records now.
    epoch: Epoch,
    /// Are there keys of TLS 1.3?
    pub(super) tls13: bool,
    /// Of application data in TLS 1.3: for KeyUpdate.
    pub(super) traffic: Option<Traffic>,
    /// What is left of the handshake, in TLS 1.3.
    pub(super) after: Option<After>,
    pub(super) clock: Arc<dyn Clock>,
    /// KeyUpdates that we have asked for.
    pub(super) requests: Requests,
    /// What may come under the keys of early data.
    early_data: Option<EarlyDataBudget>,
    /// A client has begun to answer a CertificateRequest and has not come to its Finished: nothing stands in between
    /// (RFC 8446 section 4.6.2).
    pub(super) within_answer: bool,
    /// The record_size_limit that we announced.
    content_limit: usize,
    pub(super) flood: Flood,
    /// What costs an answer: in TLS 1.2 of the whole connection, in TLS 1.3 while another answer waits to be sent.
    pub(super) owing: Flood,
    closed: bool,
    error: Option<Error>,
    pub(super) tracer: Tracer,
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
    pub(super) fn new(
        side: Side,
        limits: &Limits,
        clock: Arc<dyn Clock>,
        requests: Requests,
        tracer: Tracer,
    ) -> Self {
        Self {
            side,
            records: RecordOpener::new(),
            inbox: Inbox::new(limits.handshake_message),
            epoch: Epoch::Plain,
            tls13: false,
            traffic: None,
            after: None,
            clock,
            requests,
            early_data: None,
            within_answer: false,
            content_limit: usize::MAX,
            flood: Flood::new(idle_limits(limits)),
            owing: Flood::new(idle_limits(limits)),
            closed: false,
            error: None,
            tracer,
        }
    }

    /// Opens the record at the front of `buf`. One that holds several messages is taken apart by several calls: all but
    /// the first use up nothing.
    ///
    /// After the peer's close_notify there is only [`Closed`](Received::Closed).
    ///
    /// # Errors
    ///
    /// Any [`Error`] is fatal and returned again by every later call; hand it to
    /// [`Sealer::fail`](super::Sealer::fail), so that the peer learns why.
    pub fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Result<Received<'b>, Error> {
        if let Some(received) = self.next_received(0)? {
            return Ok(received);
        }
        match self.sort(buf)? {
            Sorted::More { missing } => Ok(Received::More { missing }),
            Sorted::Ignored { consumed } => Ok(Received::Control { consumed }),
            Sorted::Closed => Ok(Received::Closed),
            Sorted::Data {
                plaintext,
                consumed,
            } => self.application_data(plaintext, consumed),
            Sorted::ChangeCipherSpec { .. } => self.fail(unexpected_change_cipher_spec()),
            Sorted::Handshake { consumed } => {
                let received = self.next_received(consumed)?;
                Ok(received.unwrap_or(Received::Control { consumed }))
            }
        }
    }

    /// What the caller has to know of the messages that have come, one by one.
    fn next_received(&mut self, consumed: usize) -> Result<Option<Received<'static>>, Error> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        loop {
            match self.next_said() {
                Ok(Some(Said::Nothing)) => {}
                Ok(Some(Said::Obliges(notice))) => {
                    return Ok(Some(Received::Oblige { notice, consumed }));
                }
                Ok(Some(Said::Ticket(ticket))) => {
                    return Ok(Some(Received::Ticket { ticket, consumed }));
                }
                Ok(Some(Said::Authentication(message))) => {
                    return self.fail(after_the_handshake(message.kind()));
                }
                Ok(None) => return Ok(None),
                Err(error) => return self.fail(error),
            }
        }
    }

    /// Data on an established connection; a flood of nothing is none.
    pub(super) fn application_data<'b>(
        &mut self,
        plaintext: &'b mut [u8],
        consumed: usize,
    ) -> Result<Received<'b>, Error> {
        if plaintext.is_empty() {
            return match self.flood.idle(Idle::EmptyRecord) {
                Ok(()) => Ok(Received::Control { consumed }),
                Err(fault) => self.fail(fault.into()),
            };
        }
        self.flood.progress();
        Ok(Received::Data {
            plaintext,
            consumed,
        })
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
        let outer = ContentType(buf.first().copied().unwrap_or_default());
        let (content_type, payload, consumed) = match self.records.open(buf) {
            Ok(Opened::More { missing }) => return Ok(Sorted::More { missing }),
            Ok(Opened::Dropped { consumed }) => {
                self.tell_dropped(outer, consumed);
                self.not_within_a_message()?;
                return Ok(Sorted::Ignored { consumed });
            }
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
        if !self.inbox.is_empty() {
            return self.fail(unexpected(
                "application data between the pieces of a handshake message",
            ));
        }
        if self.within_answer {
            return self.fail(unexpected(
                "application data between Certificate and Finished",
            ));
        }
        self.tracer.emit(|| Event::Record {
            direction: Direction::Received,
            epoch: self.epoch,
            content_type: ContentType::application_data,
            length: consumed,
        });
        Ok(Sorted::Data {
            plaintext,
            consumed,
        })
    }

    /// What was not even opened: a ChangeCipherSpec that is there for middleboxes, or early data that was refused.
    fn tell_dropped(&self, content_type: ContentType, length: usize) {
        let direction = Direction::Received;
        self.tracer.emit(|| match content_type {
            ContentType::change_cipher_spec => Event::ChangeCipherSpec { direction },
            content_type => Event::Record {
                direction,
                epoch: Epoch::EarlyData,
                content_type,
                length,
            },
        });
    }

    /// In TLS 1.3 nothing stands between the pieces of a handshake message (RFC 8446 section 5.1).
    fn not_within_a_message(&mut self) -> Result<(), Error> {
        match self.inbox.has_partial() {
            true => self.fail(unexpected(
                "another record between the pieces of a handshake message",
            )),
            false => Ok(()),
        }
    }

    /// Data before the handshake is complete: early data, if that was agreed on and there is not too much of it.
    pub(super) fn early_data(&mut self, length: usize) -> Result<(), Error> {
        let Some(early_data) = &mut self.early_data else {
            return self.fail(unexpected("application data before Finished"));
        };
        let received = match length {
            0 => self.flood.idle(Idle::EmptyRecord),
            _ => early_data.receive(length),
        };
        received.or_else(|fault| self.fail(fault.into()))
    }

    fn alert(&mut self, payload: &[u8]) -> Result<(), Error> {
        let Ok(alert) = Alert::decode(payload) else {
            return Err(Error::MalformedAlert);
        };
        let (direction, epoch) = (Direction::Received, self.epoch);
        self.tracer.emit(|| Event::Alert {
            direction,
            epoch,
            level: alert.level,
            description: alert.description,
        });
        match meaning(alert, self.tls13)? {
            Meaning::Goodbye => {
                self.closed = true;
                self.tracer.emit(|| Event::Closed { direction });
            }
            Meaning::Nothing => {
                if self.tls13 {
                    self.not_within_a_message()?;
                }
                self.flood.idle(Idle::WarningAlert)?;
            }
        }
        Ok(())
    }

    /// Opens what follows with these keys. No message may span the change (RFC 8446 section 5.1).
    pub(super) fn install(&mut self, keys: NewKeys) -> Result<(), Error> {
        if keys.tls13 && self.side == Side::Server && self.epoch == Epoch::Plain {
            self.records.accept_plain_alerts();
        }
        self.records.install_after(&self.inbox, keys.protection)?;
        self.epoch = keys.epoch;
        self.tls13 = keys.tls13;
        self.traffic = keys.traffic;
        self.early_data = None;
        self.apply_content_limit();
        Ok(())
    }

    /// So many bytes of early data may come under the keys that were just installed.
    pub(super) fn expect_early_data(&mut self, limit: usize) {
        self.early_data = Some(EarlyDataBudget::new(limit));
    }

    /// The most content of a protected record, in TLS 1.3 with its type (RFC 8449 section 4).
    pub(super) fn set_content_limit(&mut self, limit: usize) {
        self.content_limit = limit;
        self.apply_content_limit();
    }

    /// Early data was sent before its sender could know the limit.
    fn apply_content_limit(&mut self) {
        self.records.set_content_limit(match self.epoch {
            Epoch::EarlyData => usize::MAX,
            _ => self.content_limit,
        });
    }

    /// Keeps the error, so that every later call returns it again.
    pub(super) fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.error = Some(error.clone());
        Err(error)
    }
}

fn idle_limits(limits: &Limits) -> IdleLimits {
    IdleLimits {
        empty_records: limits.empty_records,
        warning_alerts: limits.warning_alerts,
        key_updates: limits.key_updates,
        tickets: limits.tickets,
        requests: limits.requests,
    }
}

/// A message or record out of place.
pub(super) fn unexpected(detail: &str) -> Error {
    HandshakeError::new(Fault::UnexpectedMessage)
        .detail(detail)
        .into()
}

pub(super) fn unexpected_change_cipher_spec() -> Error {
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
mod tests;
