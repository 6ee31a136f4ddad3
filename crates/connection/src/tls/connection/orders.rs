//! What a handshake orders is carried out.

use premaster_crypto::Side;
use premaster_handshake::{Direction, Error as HandshakeError, Fault, Order};
use premaster_trace::Epoch;
use premaster_wire::HandshakeType;

use super::{Connection, Stage};
use crate::Error;
use crate::tls::opener::unexpected;
use crate::tls::traffic::NewKeys;

impl Connection {
    pub(super) fn carry_out(&mut self, order: Order) -> Result<(), Error> {
        match order {
            Order::Send(message) => {
                if !answers_finished(message.kind()) {
                    self.nothing_came_early()?;
                }
                if message.kind() == HandshakeType::client_hello
                    && self.sealer.epoch() != Epoch::Plain
                {
                    self.sealer.uninstall()?;
                }
                // A server of TLS 1.2 has nothing to say before Finished, whoever the client is.
                if message.kind() == HandshakeType::certificate_request
                    && self.sealer.epoch() != Epoch::Plain
                {
                    self.asks_for_certificate = true;
                }
                self.sealer.message(message.bytes())
            }
            Order::ChangeCipherSpec => self.sealer.change_cipher_spec(),
            Order::Install {
                direction,
                epoch,
                version,
                suite,
                keys,
            } => {
                let Stage::Handshaking(running) = &self.stage else {
                    return Ok(());
                };
                let keys = NewKeys::new(&running.provider, (version, suite), epoch, keys)?;
                match direction {
                    Direction::Sent => self.sealer.install(keys),
                    Direction::Received => self.opener.install(keys),
                }
            }
            Order::DropChangeCipherSpecs(count) => {
                self.opener.records.drop_change_cipher_specs(count);
                Ok(())
            }
            Order::SkipEarlyData { limit } => {
                self.opener.records.skip_early_data(limit);
                Ok(())
            }
            Order::EarlyData { limit } => {
                match self.opener.side {
                    Side::Client => self.sealer.allow_early_data(limit),
                    Side::Server => self.opener.expect_early_data(limit),
                }
                Ok(())
            }
            Order::DataBeforeFinished(provisional) => {
                self.provisional = Some(provisional);
                Ok(())
            }
            Order::LimitRecords { send, receive } => {
                self.sealer.set_content_limit(send);
                self.opener.set_content_limit(receive);
                Ok(())
            }
            Order::LimitFragments(length) => {
                self.sealer.set_fragment_limit(length);
                self.opener.records.set_fragment_limit(length);
                Ok(())
            }
            Order::FixVersion(version) => {
                self.sealer.set_version(version);
                self.opener.records.set_version(version);
                Ok(())
            }
            // An order that this carrier does not know would leave the two sides apart.
            other => Err(HandshakeError::new(Fault::CryptoFailed)
                .detail(format!(
                    "an order that this carrier does not know: {other:?}"
                ))
                .into()),
        }
    }

    /// What we say in a handshake ends the peer's flight: what came behind it, whole or in part, was said before our answer
    /// and cannot follow it (RFC 5246 section 7.3, RFC 8446 section 2). Where keys change in between, that forbids it already
    /// (RFC 8446 section 5.1).
    ///
    /// A server of TLS 1.2 may say HelloRequest at any time (RFC 5246 section 7.4.1.1): whole or in part it waits for whoever
    /// reads next and ignores it, the script, or declines it, the established connection, just as if it came later.
    fn nothing_came_early(&mut self) -> Result<(), Error> {
        let Stage::Handshaking(running) = &self.stage else {
            return Ok(());
        };
        let opener = &self.opener;
        let may_wait =
            opener.side == Side::Client && !opener.tls13 && opener.inbox.holds_only(HELLO_REQUEST);
        match (may_wait || opener.inbox.is_empty()) && !running.handshake.has_unread() {
            true => Ok(()),
            false => Err(unexpected(
                "a message that came before what it would answer",
            )),
        }
    }
}

/// Whether a message ends our flight or says something behind it, so that it begins none. Where it is the whole flight, it
/// answers the peer's Finished: what stands behind that is judged as behind every Finished, in the same record or in another.
fn answers_finished(kind: HandshakeType) -> bool {
    kind == HandshakeType::finished || kind == HandshakeType::new_session_ticket
}

/// A whole one.
const HELLO_REQUEST: &[u8] = &[0, 0, 0, 0];
