//! A peer that says what a test wants, in any order, and gets the cryptography right all the same.
//!
//! It is written from the RFC once more, without the handshake crate: it keeps its own transcript,
//! agrees on its own keys, and computes Finished over what was really said. So a victim that takes
//! a wrong sequence of messages would complete the handshake, and a test that expects a fault
//! fails: nothing else comes to the rescue.

mod body;
mod exchange;
pub mod number;
mod plan;
mod rsa;

pub use body::{message, vector8, vector16, vector24};
pub use plan::Plan;
pub use rsa::PublicKey;

use premaster_crypto::tls12::{KeyBlock, MasterSecret};
use premaster_crypto::{Digest, MacOrder, Provider, Secret, Side, Suite, suite};
use premaster_wire::{Decode, ExtensionType, HandshakeType, ServerHello, split_message};

use self::exchange::Exchange;
use crate::scene::Scripted;
use crate::victim::{Said, Step};

/// The scripted peer.
pub struct Forger {
    /// What it says.
    pub plan: Plan,
    /// Which side it plays.
    pub side: Side,
    provider: Provider,
    /// Everything said, in order.
    transcript: Vec<u8>,
    client_random: [u8; 32],
    server_random: [u8; 32],
    extended: bool,
    suite: u16,
    mac_order: MacOrder,
    exchange: Exchange,
    master: Option<MasterSecret>,
    /// The victim's own verify_data.
    reflection: Vec<u8>,
    /// Whether the victim's Finished was right, once it was heard.
    pub heard_finished: Option<bool>,
}

impl Forger {
    /// A peer with nothing said yet.
    ///
    /// # Panics
    ///
    /// If the plan's master secret has another length than 48 bytes.
    #[must_use]
    pub fn new(side: Side, provider: &Provider, plan: Plan) -> Self {
        let mut forger = Self {
            side,
            provider: provider.clone(),
            transcript: Vec::new(),
            client_random: plan.random,
            server_random: plan.random,
            extended: plan.has(ExtensionType::extended_master_secret),
            suite: plan.suite,
            mac_order: mac_order(plan.has(ExtensionType::encrypt_then_mac)),
            exchange: Exchange::default(),
            master: None,
            reflection: Vec::new(),
            heard_finished: None,
            plan,
        };
        forger.resume();
        forger
    }

    /// Says the next thing.
    pub fn say(&mut self, step: Step) -> Said {
        self.say_twisted(step, |_| {})
    }

    /// Says the next thing, changed before it is said: the forger knows that it says this.
    pub fn say_twisted(&mut self, step: Step, twist: impl FnOnce(&mut Vec<u8>)) -> Said {
        let Step::Message(kind) = step else {
            return Said::ChangeCipherSpec;
        };
        let mut bytes = message(kind, &self.body(kind));
        twist(&mut bytes);
        self.note(&bytes);
        if (self.side, kind) == (Side::Client, HandshakeType::client_key_exchange) {
            self.agree();
        }
        Said::Message(bytes)
    }

    /// Hears what the victim says.
    pub fn hear(&mut self, said: &Said) {
        let Said::Message(bytes) = said else { return };
        let (kind, body) = split_message(bytes).expect("a victim's message");
        if kind == HandshakeType::finished {
            self.heard_finished = Some(self.agrees_with(body));
            self.reflection = body.to_vec();
        }
        self.note(bytes);
        match (self.side, kind) {
            (Side::Server, HandshakeType::client_hello) => {
                self.client_random.copy_from_slice(&body[2..34]);
                if self.plan.echoes_session_id {
                    self.plan.session_id = body[35..35 + usize::from(body[34])].to_vec();
                }
            }
            (Side::Client, HandshakeType::server_hello) => self.hear_server_hello(body),
            (Side::Client, HandshakeType::certificate) => {
                // The first of the list, behind its length and that of the list.
                let length = usize::from(u16::from_be_bytes([body[4], body[5]]));
                self.exchange.key = PublicKey::of(&body[6..6 + length]);
            }
            (Side::Client, HandshakeType::server_key_exchange) => {
                self.hear_server_key_exchange(body);
            }
            (Side::Server, HandshakeType::client_key_exchange) => {
                self.hear_client_key_exchange(body);
                self.agree();
            }
            _ => {}
        }
    }

    /// The traffic keys, once there is a master secret.
    #[must_use]
    pub fn keys(&self) -> Option<KeyBlock> {
        let shape = self.chosen()?.key_block_shape();
        let (client, server) = (&self.client_random, &self.server_random);
        Some(self.master.as_ref()?.key_block(client, server, shape))
    }

    /// The suite in force.
    #[must_use]
    pub fn chosen(&self) -> Option<&'static Suite> {
        suite(self.suite)
    }

    /// The cryptography.
    pub(crate) fn provider(&self) -> &Provider {
        &self.provider
    }

    /// What MAC and encryption do first in records of CBC suites.
    #[must_use]
    pub fn mac_order(&self) -> MacOrder {
        self.mac_order
    }

    /// The key of the server's certificate, once a client has heard it, if it is an RSA key.
    #[must_use]
    pub fn heard_key(&self) -> Option<&PublicKey> {
        self.exchange.key.as_ref()
    }

    /// The master secret, once it is known.
    #[must_use]
    pub fn master_secret(&self) -> Option<[u8; 48]> {
        Some(*self.master.as_ref()?.secret().as_bytes())
    }

    fn hear_server_hello(&mut self, body: &[u8]) {
        let hello = ServerHello::decode(body).expect("the victim's ServerHello");
        self.server_random = hello.random.0;
        self.suite = hello.cipher_suite.0;
        let kinds: Vec<_> = hello.extensions().types().collect();
        self.extended = kinds.contains(&ExtensionType::extended_master_secret);
        self.mac_order = mac_order(kinds.contains(&ExtensionType::encrypt_then_mac));
        self.resume();
    }

    /// Takes the master secret of the plan: a session is resumed.
    fn resume(&mut self) {
        if let (Some(master), Some(suite)) = (&self.plan.master, self.chosen()) {
            let secret = Secret::from_bytes(master).expect("48 bytes");
            self.master = Some(MasterSecret::from_secret(suite.hash, secret));
        }
    }

    /// HelloRequest is no part of the transcript (RFC 5246 section 7.4.1.1).
    fn note(&mut self, bytes: &[u8]) {
        if bytes.first() != Some(&HandshakeType::hello_request.0) {
            self.transcript.extend_from_slice(bytes);
        }
    }

    /// The master secret (RFC 5246 section 8.1, RFC 7627 section 4).
    fn agree(&mut self) {
        let (Some(premaster), Some(suite)) = (&self.exchange.premaster, self.chosen()) else {
            return;
        };
        self.master = Some(if self.extended {
            MasterSecret::derive_extended(suite.hash, premaster, &self.digest(suite))
        } else {
            let (client, server) = (&self.client_random, &self.server_random);
            MasterSecret::derive(suite.hash, premaster, client, server)
        });
    }

    fn digest(&self, suite: &Suite) -> Digest {
        suite.hash.hash(&[&self.transcript])
    }
}

impl Scripted for Forger {
    type Plan = Plan;

    fn new(side: Side, provider: &Provider, plan: Plan) -> Self {
        Self::new(side, provider, plan)
    }

    fn say_twisted(&mut self, step: Step, twist: &mut dyn FnMut(&mut Vec<u8>)) -> Said {
        Self::say_twisted(self, step, twist)
    }

    fn hear(&mut self, said: &Said) {
        Self::hear(self, said);
    }
}

impl core::fmt::Debug for Forger {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Forger")
            .field("side", &self.side)
            .field("said", &self.transcript.len())
            .finish_non_exhaustive()
    }
}

/// RFC 7366 section 2.
fn mac_order(encrypt_then_mac: bool) -> MacOrder {
    match encrypt_then_mac {
        true => MacOrder::EncryptThenMac,
        false => MacOrder::MacThenEncrypt,
    }
}
