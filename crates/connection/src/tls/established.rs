//! Handshake messages on an established connection: what is left to say when all is agreed on.
//!
//! | version | a client may hear | a server may hear |
//! |---|---|---|
//! | TLS 1.2 | HelloRequest | ClientHello |
//! | TLS 1.3 | KeyUpdate, NewSessionTicket, CertificateRequest | KeyUpdate, Certificate where it asked for one |

use premaster_crypto::Side;
use premaster_handshake::{Direction, Error as HandshakeError, Message, StoreClientSession};
use premaster_record::Idle;
use premaster_trace::{Epoch, Event};
use premaster_wire::tls13::KeyUpdate;
use premaster_wire::{Decode, HandshakeType, KeyUpdateRequest};

use super::Notice;
use super::opener::{Opener, unexpected};
use crate::Error;

/// What a message on an established connection means to whoever has received it.
#[derive(Debug)]
pub(super) enum Said {
    /// Nothing is left to be done.
    Nothing,
    /// This side has to answer.
    Obliges(Notice),
    /// There is a session to be stored.
    Ticket(Box<StoreClientSession>),
    /// It belongs to an authentication of the client after the handshake (RFC 8446 section 4.6.2).
    Authentication(Message),
}

impl Opener {
    /// What the next message means, if there is a whole one. In TLS 1.2 all that have come mean one thing.
    pub(super) fn next_said(&mut self) -> Result<Option<Said>, Error> {
        let mut said = None;
        while let Some(message) = self.inbox.next_message().map(Message::new) {
            if self.traffic.is_some() {
                return self.message_of_tls13(message).map(Some);
            }
            said = Some(Said::Obliges(self.message_of_tls12(&message)?));
        }
        Ok(said)
    }

    /// Whoever asks to renegotiate is told that we do not (RFC 5246 section 7.2.2), everything else is out of place.
    fn message_of_tls12(&mut self, message: &Message) -> Result<Notice, Error> {
        match (self.side, message.kind()) {
            (Side::Client, HandshakeType::hello_request) if message.body().is_empty() => {}
            (Side::Server, HandshakeType::client_hello) => {}
            (_, kind) => return Err(after_the_handshake(kind)),
        }
        // Of a whole connection, not in a row: each costs an answer, and data in between is cheap.
        self.owing.idle(Idle::Request)?;
        Ok(Notice::NO_RENEGOTIATION)
    }

    /// In TLS 1.3 there is no renegotiation (RFC 8446 section 4.1.2).
    fn message_of_tls13(&mut self, message: Message) -> Result<Said, Error> {
        match (self.side, message.kind()) {
            (_, HandshakeType::key_update) if self.within_answer => {
                Err(unexpected("KeyUpdate between Certificate and Finished"))
            }
            (_, HandshakeType::key_update) => {
                self.tell(&message);
                let requested = self.update_keys(&message)?;
                // An answer to us is not idle; what asks is none.
                if requested || !self.requests.take() {
                    self.flood.idle(Idle::KeyUpdate)?;
                }
                match requested {
                    true => Ok(Said::Obliges(Notice::KEY_UPDATE)),
                    false => Ok(Said::Nothing),
                }
            }
            (Side::Client, HandshakeType::new_session_ticket) => {
                self.tell(&message);
                self.flood.idle(Idle::Ticket)?;
                self.ticket(&message)
            }
            (Side::Client, HandshakeType::certificate_request) => {
                self.tell(&message);
                self.flood.idle(Idle::Request)?;
                Ok(Said::Authentication(message))
            }
            (
                Side::Server,
                HandshakeType::certificate
                | HandshakeType::compressed_certificate
                | HandshakeType::certificate_verify
                | HandshakeType::finished,
            ) => Ok(Said::Authentication(message)),
            (_, kind) => Err(after_the_handshake(kind)),
        }
    }

    /// Tells the trace of a message that no script takes.
    fn tell(&self, message: &Message) {
        self.tracer.emit(|| Event::Message {
            direction: Direction::Received,
            epoch: Epoch::Traffic,
            bytes: message.bytes(),
        });
    }

    /// A ticket for a later connection (RFC 8446 section 4.6.1).
    fn ticket(&mut self, message: &Message) -> Result<Said, Error> {
        let Some(after) = &mut self.after else {
            return Err(after_the_handshake(message.kind()));
        };
        let stored = after.ticket(message, self.clock.now())?;
        Ok(stored.map_or(Said::Nothing, |session| Said::Ticket(Box::new(session))))
    }

    /// The peer has changed its keys; says whether ours have to change too (RFC 8446 section 4.6.3).
    fn update_keys(&mut self, message: &Message) -> Result<bool, Error> {
        let update = KeyUpdate::decode(message.body())
            .map_err(|error| HandshakeError::from(error).during("KeyUpdate"))?;
        let requested = match update.request_update {
            KeyUpdateRequest::update_requested => true,
            KeyUpdateRequest::update_not_requested => false,
            KeyUpdateRequest(other) => return Err(Error::UnknownKeyUpdate(other)),
        };
        let Some(traffic) = self.traffic.take() else {
            return Err(after_the_handshake(message.kind()));
        };
        let mut traffic = traffic.next();
        self.records
            .install_after(&self.inbox, traffic.protection()?)?;
        let theirs = (self.side.other(), Direction::Received);
        traffic.tell(&self.tracer, theirs, requested);
        self.traffic = Some(traffic);
        Ok(requested)
    }
}

pub(super) fn after_the_handshake(kind: HandshakeType) -> Error {
    unexpected(&format!("{kind} after the handshake"))
}

#[cfg(test)]
mod tests;
