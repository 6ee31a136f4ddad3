//! Handshake messages on an established connection: what is left to say when all is agreed on.
//!
//! | version | a client may hear | a server may hear |
//! |---|---|---|
//! | TLS 1.2 | HelloRequest | ClientHello |
//! | TLS 1.3 | KeyUpdate, NewSessionTicket, CertificateRequest | KeyUpdate, Certificate where it asked for one |

use premaster_crypto::Side;
use premaster_handshake::{Direction, Message};
use premaster_record::Idle;
use premaster_trace::{Epoch, Event};
use premaster_wire::tls13::KeyUpdate;
use premaster_wire::{Decode, HandshakeType, KeyUpdateRequest};

use super::Notice;
use super::opener::{Opener, unexpected};
use crate::Error;

impl Opener {
    /// All messages that have come, one after the other.
    pub(super) fn established_messages(&mut self) -> Result<Option<Notice>, Error> {
        let mut notice = None;
        while let Some(message) = self.inbox.next_message().map(Message::new) {
            let obliges = match self.traffic {
                Some(_) => self.message_of_tls13(&message)?,
                None => Some(self.message_of_tls12(&message)?),
            };
            notice = obliges.or(notice);
        }
        Ok(notice)
    }

    /// Whoever asks to renegotiate is told that we do not (RFC 5246 section 7.2.2), everything else is out of place.
    fn message_of_tls12(&mut self, message: &Message) -> Result<Notice, Error> {
        match (self.side, message.kind()) {
            (Side::Client, HandshakeType::hello_request) if message.body().is_empty() => {}
            (Side::Server, HandshakeType::client_hello) => {}
            (_, kind) => return Err(after_the_handshake(kind)),
        }
        // Of a whole connection, not in a row: each costs an answer, and data in between is cheap.
        self.renegotiations.idle(Idle::HelloRequest)?;
        Ok(Notice::NO_RENEGOTIATION)
    }

    /// In TLS 1.3 there is no renegotiation (RFC 8446 section 4.1.2).
    fn message_of_tls13(&mut self, message: &Message) -> Result<Option<Notice>, Error> {
        match message.kind() {
            HandshakeType::key_update => {
                self.tracer.emit(|| Event::Message {
                    direction: Direction::Received,
                    epoch: Epoch::Traffic,
                    bytes: message.bytes(),
                });
                self.flood.idle(Idle::KeyUpdate)?;
                let requested = self.update_keys(message)?;
                Ok(requested.then_some(Notice::KEY_UPDATE))
            }
            kind => Err(after_the_handshake(kind)),
        }
    }

    /// The peer has changed its keys; says whether ours have to change too (RFC 8446 section 4.6.3).
    fn update_keys(&mut self, message: &Message) -> Result<bool, Error> {
        let update = KeyUpdate::decode(message.body())
            .map_err(|error| premaster_handshake::Error::from(error).during("KeyUpdate"))?;
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

fn after_the_handshake(kind: HandshakeType) -> Error {
    unexpected(&format!("{kind} after the handshake"))
}

#[cfg(test)]
mod tests;
