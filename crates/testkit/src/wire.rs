//! A forger behind records: it talks to a whole connection, cut into records as a test wants it.

use premaster_connection::tls::{Connection, Options};
use premaster_crypto::Side;
use premaster_record::{Inbox, Opened, Protection, RecordOpener, RecordSealer};
use premaster_wire::{ContentType, ProtocolVersion};

use crate::Cast;
use crate::caller::{Caller, Stop};
use crate::cell::{Cell, ClientCertificate, NAME};
use crate::forger::{Forger, Plan, vector16};
use crate::pair::connect;
use crate::pki::KeyKind;
use crate::scene::{Changes, Scene, Scripted};
use crate::victim::{Said, Step};

/// A scripted peer that knows when keys change.
pub trait Keyed: Scripted {
    /// Which keys change when this was said, by the forger or by the victim.
    fn change(&mut self, said: &Said, by_us: bool) -> Change;

    /// Whether a ChangeCipherSpec means nothing.
    fn ignores_change_cipher_spec(&self) -> bool;

    /// Whether the victim's Finished was right, once it was heard.
    fn heard_finished(&self) -> Option<bool>;
}

/// New keys, of what a forger sends and of what it receives.
#[derive(Debug, Default)]
pub struct Change {
    /// For its own records.
    pub send: Option<Protection>,
    /// For the victim's.
    pub receive: Option<Protection>,
}

/// How a wire to one kind of victim begins, and the script of its honest forger.
pub type Start<F = Forger> = fn(&Cast, Options) -> (Wire<F>, Vec<Step>);

/// Both kinds of victims: a client, and a server that insists on a client certificate.
pub const WIRES: [Start; 2] = [Cast::wire_to_client, Cast::wire_to_server];

/// A forger and a connection with a wire in between.
#[derive(Debug)]
pub struct Wire<F = Forger> {
    /// Our connection, with its owner.
    pub victim: Caller,
    /// The scripted peer.
    pub forger: F,
    /// What the forger has heard, alerts excepted.
    pub heard: Vec<Step>,
    /// Alerts that the forger has received: level and description.
    pub alerts: Vec<[u8; 2]>,
    /// Application data that the forger has received.
    pub data: Vec<u8>,
    /// Whether the victim has said something that could not be understood.
    pub deaf: bool,
    /// How many bytes still reach the victim; the rest is lost.
    pub budget: usize,
    /// How many bytes were sent to the victim.
    pub carried: usize,
    /// Whether the forger goes on with the keys it has, whatever is said.
    pub keeps_keys: bool,
    /// What is changed in what the forger says.
    pub changes: Changes,
    sealer: RecordSealer,
    opener: RecordOpener,
    inbox: Inbox,
}

impl Cast {
    /// An honest server behind a wire to our client, and its script.
    #[must_use]
    pub fn wire_to_client(&self, options: Options) -> (Wire, Vec<Step>) {
        let Scene { plan, script, .. } = self.against_client();
        let config = self.world.client(&cell(ClientCertificate::NotAsked));
        let connection = connect(&config, NAME, options);
        (Wire::new(connection, Side::Server, plan), script)
    }

    /// An honest client behind a wire to our server, and its script. The client has to
    /// authenticate.
    #[must_use]
    pub fn wire_to_server(&self, options: Options) -> (Wire, Vec<Step>) {
        let Scene { plan, script, .. } = self.against_strict_server();
        let required = ClientCertificate::Required(KeyKind::P256);
        let config = self.world.server(&cell(required));
        let connection = Connection::server_with(config, options);
        (Wire::new(connection, Side::Client, plan), script)
    }
}

fn cell(client: ClientCertificate) -> Cell {
    Cell {
        suite: premaster_crypto::suite(Plan::server().suite).expect("a known suite"),
        server: KeyKind::P256,
        client,
        resumption: None,
        encrypt_then_mac: true,
    }
}

impl Wire {
    /// A connection and who talks to it.
    #[must_use]
    pub fn new(connection: Connection, side: Side, plan: Plan) -> Self {
        let provider = premaster_crypto_classic::extend(crate::cell::tls12_only(
            premaster_crypto_ring::provider(),
        ));
        Self::with(connection, Forger::new(side, &provider, plan))
    }

    /// Seals from now on with the forger's own keys.
    ///
    /// # Panics
    ///
    /// If there are keys, and they do not fit.
    pub fn change_cipher(&mut self) {
        if let Some(protection) = self.forger.protection(self.forger.side) {
            self.sealer.install(protection);
        }
    }
}

impl<F: Keyed> Wire<F> {
    /// A connection and who talks to it.
    #[must_use]
    pub fn with(connection: Connection, forger: F) -> Self {
        let mut wire = Self {
            victim: Caller::new(connection),
            forger,
            heard: Vec::new(),
            alerts: Vec::new(),
            data: Vec::new(),
            deaf: false,
            budget: usize::MAX,
            carried: 0,
            keeps_keys: false,
            changes: Changes::default(),
            sealer: RecordSealer::new(),
            opener: RecordOpener::new(),
            inbox: Inbox::new(1 << 20),
        };
        if !wire.forger.ignores_change_cipher_spec() {
            wire.sealer.set_version(ProtocolVersion::TLSv1_2);
        }
        wire.victim.run();
        wire
    }

    /// Says something, in one record, and lets the victim do what it can.
    pub fn say(&mut self, step: Step) -> Stop {
        self.say_in(step, |bytes| vec![bytes.to_vec()])
    }

    /// Says something in records of this content.
    pub fn say_in(&mut self, step: Step, cut: impl FnOnce(&[u8]) -> Vec<Vec<u8>>) -> Stop {
        self.listen();
        let said = self.changes.say(&mut self.forger, step);
        match &said {
            Said::Message(bytes) => {
                for fragment in cut(bytes) {
                    self.record(ContentType::handshake, &fragment);
                }
            }
            Said::ChangeCipherSpec => {
                self.raw(ContentType::change_cipher_spec, &[1]);
            }
        }
        self.after(&said, true);
        self.victim.run()
    }

    /// Whether the forger's records are protected.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.sealer.is_protected()
    }

    /// Sends one record without protection, whatever keys are in force.
    pub fn raw(&mut self, content_type: ContentType, content: &[u8]) -> Stop {
        let bytes = [&[content_type.0, 3, 3][..], &vector16(content)].concat();
        self.carry(&bytes)
    }

    /// Sends one record as it is, protected if keys are in force; the victim takes it.
    ///
    /// # Panics
    ///
    /// If it cannot be sealed.
    pub fn record(&mut self, content_type: ContentType, content: &[u8]) -> Stop {
        let bytes = self.seal(content_type, content);
        self.carry(&bytes)
    }

    /// Sends bytes to the victim, as far as the budget goes.
    pub fn carry(&mut self, bytes: &[u8]) -> Stop {
        let arriving = bytes.len().min(self.budget);
        self.budget -= arriving;
        self.carried += bytes.len();
        self.victim.feed(&bytes[..arriving])
    }

    /// Says several messages in one record.
    pub fn say_together(&mut self, steps: &[Step]) -> Stop {
        self.listen();
        let mut content = Vec::new();
        for step in steps {
            if let Said::Message(bytes) = self.forger.say_twisted(*step, &mut |_| {}) {
                content.extend_from_slice(&bytes);
            }
        }
        self.record(ContentType::handshake, &content)
    }

    /// One record as bytes.
    ///
    /// # Panics
    ///
    /// If it cannot be sealed.
    pub fn seal(&mut self, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        if !self.sealer.is_protected() {
            // Our own sealer would refuse data without keys.
            return [&[content_type.0, 3, 3][..], &vector16(content)].concat();
        }
        let mut out = vec![0; self.sealer.sealed_len(content.len())];
        let sealed = self.sealer.seal_from(content_type, &[content], &mut out);
        let sealed = sealed.expect("sealed");
        out.truncate(sealed);
        out
    }

    /// Hears all that the victim has said, if it can be understood.
    ///
    /// # Panics
    ///
    /// If the victim says what is no message.
    pub fn listen(&mut self) {
        let mut bytes = self.victim.take_sent();
        let mut rest = &mut bytes[..];
        while !rest.is_empty() {
            let ignores = rest[0] == ContentType::change_cipher_spec.0
                && self.forger.ignores_change_cipher_spec();
            if ignores {
                self.heard.push(Step::ChangeCipherSpec);
                rest = &mut rest[6..];
                continue;
            }
            let Ok(Opened::Record {
                content_type,
                payload,
                consumed,
                ..
            }) = self.opener.open(rest)
            else {
                // After a lie the two may hold different keys.
                self.deaf = true;
                return;
            };
            match content_type {
                ContentType::handshake if self.inbox.push(payload).is_err() => {
                    self.deaf = true;
                    return;
                }
                ContentType::handshake => {}
                ContentType::change_cipher_spec => {
                    self.heard.push(Step::ChangeCipherSpec);
                    self.after(&Said::ChangeCipherSpec, false);
                    // A forger without keys would take ciphertext for messages, or for alerts.
                    if !self.keeps_keys && !self.opener.is_protected() {
                        self.deaf = true;
                        return;
                    }
                }
                ContentType::alert => self.alerts.push([payload[0], payload[1]]),
                _ => self.data.extend_from_slice(payload),
            }
            rest = &mut rest[consumed..];
            while let Some(message) = self.inbox.next_message() {
                let said = Said::Message(message);
                self.heard.push(said.step());
                self.forger.hear(&said);
                self.after(&said, false);
            }
        }
    }

    /// Says all of a script, each step in records cut by `cut`.
    pub fn play(&mut self, script: &[Step], cut: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
        for step in script {
            self.say_in(*step, &cut);
        }
        self.listen();
    }

    /// Puts the keys in force that what was said brings.
    fn after(&mut self, said: &Said, by_us: bool) {
        let change = self.forger.change(said, by_us);
        if self.keeps_keys {
            return;
        }
        if let Some(protection) = change.send {
            self.sealer.install(protection);
        }
        if let Some(protection) = change.receive {
            // A client that fails before its own keys are in force can say so in the plain alone.
            if self.forger.ignores_change_cipher_spec() && !self.opener.is_protected() {
                self.opener.accept_plain_alerts();
            }
            self.opener.install(protection);
        }
    }
}

impl Keyed for Forger {
    /// Keys change with ChangeCipherSpec and nothing else.
    fn change(&mut self, said: &Said, by_us: bool) -> Change {
        let mut change = Change::default();
        if *said != Said::ChangeCipherSpec {
            return change;
        }
        match by_us {
            true => change.send = self.protection(self.side),
            false => change.receive = self.protection(self.side.other()),
        }
        change
    }

    fn ignores_change_cipher_spec(&self) -> bool {
        false
    }

    fn heard_finished(&self) -> Option<bool> {
        self.heard_finished
    }
}

impl Forger {
    fn protection(&self, side: Side) -> Option<Protection> {
        let (suite, keys) = (self.chosen()?, self.keys()?);
        let keys = match side {
            Side::Client => keys.client,
            Side::Server => keys.server,
        };
        let version = ProtocolVersion::TLSv1_2;
        let order = self.mac_order();
        let protection = Protection::new(self.provider(), suite, version, order, keys);
        Some(protection.expect("fitting keys"))
    }
}
