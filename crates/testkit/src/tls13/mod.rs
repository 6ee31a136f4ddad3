//! A peer of TLS 1.3 that says what a test wants, in any order, and gets the cryptography right all the same.
//!
//! As the [forger](crate::forger) of TLS 1.2 it is written from the RFC once more: it keeps its own transcript, its own
//! key schedule, and computes binders, signatures and Finished over what was really said. So a victim that takes a wrong
//! sequence of messages would complete the handshake.

mod body;
mod cell;
mod compression;
mod honest;
mod plan;
mod schedule;
mod wire;

pub use cell::{Cell, GROUPS};
pub use compression::{INVERTED, Inverted};
pub use honest::{IDENTITY, PSK, external_psk, groups};
pub use plan::{Extension, Offered, Plan, Signs, Ticket, numbers, set};
pub use schedule::Secrets;
pub use wire::WIRES;

use std::sync::Arc;

use premaster_crypto::tls13::message_hash;
use premaster_crypto::{ActiveKeyExchange, Digest, Provider, SharedSecret, Side, Suite, suite};
use premaster_wire::{
    ClientHello, ClientHelloExtension, Decode, ExtensionType, HandshakeType,
    HelloRetryRequestExtension, NamedGroup, Random, ServerHelloExtension, ServerHelloOrRetry,
    split_message,
    tls13::{CertificateRequest, NewSessionTicket},
};

use crate::forger::{message, vector16};
use crate::scene::Scripted;
use crate::victim::{Said, Step};

/// The scripted peer.
///
/// A HelloRetryRequest is a ServerHello on the wire and here: see [`Plan::retries`].
pub struct Forger {
    /// What it says.
    pub plan: Plan,
    /// Which side it plays.
    pub side: Side,
    /// What it knows.
    pub secrets: Secrets,
    /// Whether the victim's Finished was right, once it was heard.
    pub heard_finished: Option<bool>,
    /// The tickets that a client has got, ready to be offered at once.
    pub tickets: Vec<Offered>,
    provider: Provider,
    /// Everything said that counts, in order.
    transcript: Vec<u8>,
    /// The transcript at the end of the handshake: what comes after begins there (RFC 8446 section 4.4).
    ended: Option<Vec<u8>>,
    suite: u16,
    /// What it says next, or has said last, is a HelloRetryRequest.
    asks_again: bool,
    /// A HelloRetryRequest was heard.
    retried: bool,
    /// The client's Finished of the handshake was said.
    authenticated: bool,
    ours: Vec<(u16, Box<dyn ActiveKeyExchange>)>,
    shared: Option<SharedSecret>,
    heard: Heard,
    /// The victim's own verify_data.
    reflection: Vec<u8>,
}

/// What the victim has said about itself.
#[derive(Debug, Default)]
struct Heard {
    session_id: Vec<u8>,
    shares: Vec<(u16, Vec<u8>)>,
    context: Vec<u8>,
}

impl Forger {
    /// A peer with nothing said yet.
    #[must_use]
    pub fn new(side: Side, provider: &Provider, plan: Plan) -> Self {
        Self {
            side,
            secrets: Secrets::default(),
            heard_finished: None,
            tickets: Vec::new(),
            provider: provider.clone(),
            transcript: plan.before.clone(),
            ended: None,
            suite: plan.suite,
            asks_again: false,
            retried: false,
            authenticated: false,
            ours: Vec::new(),
            shared: None,
            heard: Heard::default(),
            reflection: Vec::new(),
            plan,
        }
    }

    /// Says the next thing.
    pub fn say(&mut self, step: Step) -> Said {
        self.say_twisted(step, &mut |_| {})
    }

    /// Says the next thing, changed before it is said: the forger knows that it says this.
    pub fn say_twisted(&mut self, step: Step, twist: &mut dyn FnMut(&mut Vec<u8>)) -> Said {
        let Step::Message(kind) = step else {
            return Said::ChangeCipherSpec;
        };
        let mut bytes = message(kind, &self.body(kind));
        twist(&mut bytes);
        self.note(self.side, &bytes);
        Said::Message(bytes)
    }

    /// Hears what the victim says.
    ///
    /// # Panics
    ///
    /// If it is no message.
    pub fn hear(&mut self, said: &Said) {
        let Said::Message(bytes) = said else { return };
        let (kind, body) = split_message(bytes).expect("a victim's message");
        match (self.side, kind) {
            (Side::Server, HandshakeType::client_hello) => self.hear_client_hello(body),
            (Side::Client, HandshakeType::server_hello) => self.hear_server_hello(body),
            (Side::Client, HandshakeType::certificate_request) => {
                let request = CertificateRequest::decode(body).expect("the victim's request");
                self.heard.context = request.certificate_request_context.to_vec();
            }
            (Side::Client, HandshakeType::new_session_ticket) => self.hear_ticket(body),
            (_, HandshakeType::finished) => {
                let key = self.secrets.finished_key(self.side.other());
                let right = key.is_some_and(|key| key.check(&self.digest(), body).is_ok());
                self.heard_finished = Some(right);
                self.reflection = body.to_vec();
            }
            _ => {}
        }
        self.note(self.side.other(), bytes);
    }

    /// The suite in force.
    #[must_use]
    pub fn chosen(&self) -> Option<&'static Suite> {
        suite(self.suite)
    }

    /// The key of the ticket comes from the handshake and the ticket's nonce (RFC 8446 section 4.6.1).
    fn hear_ticket(&mut self, body: &[u8]) {
        let ticket = NewSessionTicket::decode(body).expect("the victim's ticket");
        let resumption = self.secrets.resumption.as_ref();
        let psk = resumption.and_then(|secret| secret.psk(ticket.ticket_nonce).ok());
        self.tickets.extend(psk.map(|psk| Offered {
            identity: ticket.ticket.to_vec(),
            age: ticket.ticket_age_add,
            psk: Arc::new(psk),
            binder: None,
        }));
    }

    fn hear_client_hello(&mut self, body: &[u8]) {
        let hello = ClientHello::decode(body).expect("the victim's ClientHello");
        self.heard.session_id = hello.session_id.to_vec();
        for extension in hello.extensions() {
            if let ClientHelloExtension::KeyShare(list) = extension {
                let entries = list.iter();
                let entries = entries.map(|one| (one.group.0, one.key_exchange.to_vec()));
                self.heard.shares = entries.collect();
            }
        }
    }

    fn hear_server_hello(&mut self, body: &[u8]) {
        match ServerHelloOrRetry::decode(body).expect("the victim's ServerHello") {
            ServerHelloOrRetry::HelloRetryRequest(request) => {
                self.suite = request.cipher_suite.0;
                self.asks_again = true;
                self.retried = true;
                self.plan.without(ExtensionType::early_data);
                for extension in request.extensions {
                    match extension {
                        HelloRetryRequestExtension::KeyShare(NamedGroup(group)) => {
                            self.plan.groups = vec![group];
                        }
                        HelloRetryRequestExtension::Cookie(cookie) => {
                            self.plan.set(ExtensionType::cookie, vector16(cookie));
                        }
                        _ => {}
                    }
                }
            }
            ServerHelloOrRetry::ServerHello(hello) => {
                self.suite = hello.cipher_suite.0;
                self.asks_again = false;
                self.plan.psk = None;
                for extension in hello.extensions() {
                    match extension {
                        ServerHelloExtension::KeyShare(share) => {
                            self.complete(share.group.0, share.key_exchange);
                        }
                        ServerHelloExtension::PreSharedKey(at) => {
                            let chosen = self.plan.psks.get(usize::from(at));
                            self.plan.psk = chosen.map(|offered| offered.psk.clone());
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// A client's half and the server's.
    fn complete(&mut self, group: u16, theirs: &[u8]) {
        let at = self.ours.iter().position(|(id, _)| *id == group);
        let ours = at.map(|at| self.ours.swap_remove(at).1);
        self.shared = ours.and_then(|ours| ours.complete(theirs).ok());
    }

    /// The content of key_share: a client's list, a server's one, or the group that it asks for.
    fn key_share(&mut self) -> Vec<u8> {
        let groups = self.plan.groups.clone();
        if self.side == Side::Client {
            self.ours.clear();
            let shares = groups.iter().flat_map(|group| self.own_share(*group));
            return vector16(&shares.collect::<Vec<_>>());
        }
        let group = groups[0];
        if self.asks_again {
            return group.to_be_bytes().to_vec();
        }
        let theirs = self.heard.shares.iter().find(|(id, _)| *id == group);
        let answer = theirs.and_then(|(_, theirs)| {
            let known = self.provider.group(group)?;
            known.respond(theirs).ok()
        });
        match answer {
            Some((share, shared)) => {
                self.shared = Some(shared);
                entry(group, self.plan.share.as_deref().unwrap_or(&share))
            }
            None => self.own_share(group),
        }
    }

    /// A share for this group, or for one that the provider knows.
    fn own_share(&mut self, group: u16) -> Vec<u8> {
        let known = self.provider.group(group);
        let made = known.unwrap_or(self.provider.groups[0]).start();
        let made = made.expect("a key pair");
        let share = entry(group, self.plan.share.as_deref().unwrap_or(made.share()));
        self.ours.push((group, made));
        share
    }

    /// Takes note of what somebody has said.
    fn note(&mut self, of: Side, bytes: &[u8]) {
        let kind = HandshakeType(bytes.first().copied().unwrap_or_default());
        if self.ended.is_some() {
            return self.note_after(kind, bytes);
        }
        let retry = bytes.get(6..38) == Some(&Random::HELLO_RETRY_REQUEST.0);
        if kind == HandshakeType::server_hello && retry {
            let first = self.digest();
            self.transcript = message_hash(&first);
        }
        self.transcript.extend_from_slice(bytes);
        let digest = self.digest();
        match (of, kind) {
            (Side::Client, HandshakeType::client_hello) => self.note_client_hello(),
            (Side::Server, HandshakeType::server_hello) if !retry => {
                if let Some(suite) = self.chosen() {
                    let (psk, shared) = (self.plan.psk.as_deref(), self.shared.as_ref());
                    self.secrets.agree(suite, psk, shared, &digest);
                }
            }
            (Side::Server, HandshakeType::finished) => self.secrets.complete(&digest),
            (Side::Client, HandshakeType::finished) if self.secrets.traffic.is_some() => {
                self.secrets.end(&digest);
                self.ended = Some(self.transcript.clone());
            }
            _ => {}
        }
    }

    /// Early data begins behind it.
    fn note_client_hello(&mut self) {
        let psk = match self.side {
            Side::Client => self.plan.psks.first().map(|offered| offered.psk.clone()),
            Side::Server => self.plan.psk.clone(),
        };
        if let Some(psk) = psk {
            let digest = psk.algorithm().hash(&[&self.transcript]);
            self.secrets.begin_early(&psk, &digest);
        }
    }

    /// After the handshake, each request begins a transcript of its own; tickets and updates have none.
    fn note_after(&mut self, kind: HandshakeType, bytes: &[u8]) {
        match kind {
            HandshakeType::new_session_ticket | HandshakeType::key_update => return,
            HandshakeType::certificate_request => {
                self.transcript = self.ended.clone().unwrap_or_default();
            }
            _ => {}
        }
        self.transcript.extend_from_slice(bytes);
    }

    fn digest(&self) -> Digest {
        self.hash().hash(&[&self.transcript])
    }
}

fn entry(group: u16, share: &[u8]) -> Vec<u8> {
    [group.to_be_bytes().to_vec(), vector16(share)].concat()
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
