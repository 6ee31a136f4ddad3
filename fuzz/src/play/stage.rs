//! Two ends, and a liar in between who does what a script says.
//!
//! ```text
//!   peer  ---- all that it says, as units ---->  liar  ---- what he makes of them ---->  victim
//!         <------------------- all that the victim says, as it is --------------------
//! ```

use std::collections::VecDeque;

use premaster_connection::Side;
use premaster_connection::trace::{Direction, Epoch};
use premaster_crypto::{AeadAlgorithm, BulkCipher, SuiteVersion};
use premaster_wire::{ContentType, HandshakeType};

use super::ear::{Spoken, Unit};
use super::end::End;
use super::provider::{SKELETON, limit_dice, restart_dice};
use super::script::{Act, Between, Script, Wish};
use super::setup::World;
use super::{Outcome, Setup, forge, words};

/// A play under way.
pub(super) struct Stage {
    pub(super) setup: Setup,
    world: World,
    pub(super) victim: End,
    pub(super) peer: End,
    /// What the peer has said and the victim has not heard.
    units: VecDeque<Unit>,
    /// The same as records with their real tags; as long as all went through as it was.
    raw: Option<Vec<u8>>,
    /// The handshake as the victim sees it.
    pub(super) log: Vec<Vec<u8>>,
    /// Messages of the victim that are in the log.
    logged: usize,
    /// Application data that the victim was given.
    given: Vec<u8>,
    given_finished: bool,
    /// The victim was found established.
    established: bool,
}

impl Stage {
    /// Before the first word; none if the wishes of the two ends contradict each other.
    pub(super) fn new(victim: Side, script: &Script) -> Option<Self> {
        restart_dice();
        let setup = script.setup;
        let world = setup.world()?;
        if setup.has(Setup::RESUMED) {
            let before = setup.without(Setup::NO_EARLY_DATA);
            match before == setup {
                true => meet(&world),
                // The server of before is another one: this one knows nothing of its tickets.
                false => meet(&World {
                    client: world.client.clone(),
                    ..before.world()?
                }),
            }
        }
        if script.dice > 0 {
            limit_dice(script.dice.into());
        }
        let [late, backwards] = [Setup::LATE, Setup::BACKWARDS].map(|wish| setup.has(wish));
        let stage = Self {
            setup,
            victim: End::new(&world, victim, late, backwards),
            peer: End::new(&world, victim.other(), false, false),
            world,
            units: VecDeque::new(),
            raw: Some(Vec::new()),
            log: Vec::new(),
            logged: 0,
            given: Vec::new(),
            given_finished: false,
            established: false,
        };
        Some(stage)
    }

    /// All acts, then honesty to the end.
    pub(super) fn play(mut self, acts: &[Act]) -> Outcome {
        for act in acts {
            self.settle();
            self.act(act);
        }
        self.victim.wish(Wish::Hold(false));
        self.peer.wish(Wish::Hold(false));
        self.rest();
        for of_victim in [true, false] {
            self.end(of_victim).wish(Wish::Write(5));
            self.rest();
        }
        self.victim.end_of_input();
        self.settle();
        self.victim.autopsy();
        self.peer.autopsy();
        Outcome::of(&self.victim, &self.peer)
    }

    /// Everything that was said arrives, until nobody has anything to say.
    fn rest(&mut self) {
        for _ in 0..200 {
            self.settle();
            if self.units.is_empty() && self.raw.as_ref().is_none_or(Vec::is_empty) {
                return;
            }
            self.pass();
        }
        panic!("they never come to an end");
    }

    fn end(&mut self, of_victim: bool) -> &mut End {
        match of_victim {
            true => &mut self.victim,
            false => &mut self.peer,
        }
    }

    /// Both ends do what they can; what the victim says reaches the peer.
    fn settle(&mut self) {
        self.victim.run();
        self.peer.feed(&core::mem::take(&mut self.victim.sent));
        self.peer.run();
        {
            let mut heard = self.victim.ear.heard();
            heard.said.clear();
            for (direction, message) in &heard.messages[self.logged..] {
                if *direction == Direction::Sent {
                    self.log.push(message.clone());
                }
            }
            self.logged = heard.messages.len();
        }
        self.units.extend(self.peer.ear.heard().said.drain(..));
        let records = core::mem::take(&mut self.peer.sent);
        if let Some(raw) = &mut self.raw {
            raw.extend(records);
        }
        self.check();
    }

    /// What the victim has taken was given to it, and nobody who was lied to is established.
    fn check(&mut self) {
        let mut given = self.given.iter();
        let taken = [&self.victim.early[..], &self.victim.data].concat();
        let all = taken.iter().all(|byte| given.any(|one| one == byte));
        assert!(all, "data that nobody sent");
        if self.established || self.victim.facts().is_none() {
            return;
        }
        self.established = true;
        assert!(
            self.given_finished,
            "established without Finished (property 2)"
        );
        if self.setup.has(Setup::FORGED) {
            return;
        }
        let (victim, peer) = (self.victim.ear.heard(), self.peer.ear.heard());
        let taken = until_finished(&victim.messages, Direction::Received);
        let said = until_finished(&peer.messages, Direction::Sent);
        assert!(
            said.starts_with(&taken),
            "established on what the peer has not said"
        );
        let said = until_finished(&victim.messages, Direction::Sent);
        let taken = until_finished(&peer.messages, Direction::Received);
        let common = said.len().min(taken.len());
        assert_eq!(
            said[..common],
            taken[..common],
            "the peer has heard something else"
        );
    }

    /// Takes what the peer has said next: from now on all is sealed anew.
    fn next(&mut self) -> Option<Unit> {
        let unit = self.units.pop_front()?;
        self.raw = None;
        Some(unit)
    }

    /// What is next arrives as it was said.
    fn pass(&mut self) {
        match &mut self.raw {
            Some(raw) => {
                let raw = core::mem::take(raw);
                for unit in core::mem::take(&mut self.units) {
                    self.note(&unit);
                }
                self.victim.feed(&raw);
            }
            None => {
                if let Some(unit) = self.next() {
                    self.give(unit, false);
                }
            }
        }
    }

    /// Remembers what the victim is given.
    fn note(&mut self, unit: &Unit) {
        match unit.kind {
            ContentType::handshake => {
                self.given_finished |= forge::kind(&unit.bytes) == HandshakeType::finished;
                self.log.push(unit.bytes.clone());
            }
            ContentType::application_data => self.given.extend(&unit.bytes),
            _ => {}
        }
    }

    /// A unit arrives in records of its own.
    fn give(&mut self, mut unit: Unit, bare: bool) {
        self.fit(&mut unit);
        self.note(&unit);
        let records = self.seal(&unit, bare);
        self.victim.feed(&records);
    }

    /// A liar with all keys makes Finished and signatures fit.
    fn fit(&self, unit: &mut Unit) {
        if !self.setup.has(Setup::FORGED) || unit.kind != ContentType::handshake {
            return;
        }
        forge::sign(&mut unit.bytes);
        let first = forge::kind(&unit.bytes) == HandshakeType::finished && !self.given_finished;
        if let (true, Some(finished)) = (first, words::finished(self)) {
            unit.bytes = finished;
        }
    }

    /// The unit as records that the victim can open.
    fn seal(&self, unit: &Unit, bare: bool) -> Vec<u8> {
        let reads = self.victim.ear.heard().reads.filter(|_| !bare);
        let mut out = Vec::new();
        let mut rest = &unit.bytes[..];
        loop {
            let (piece, others) = rest.split_at(rest.len().min(self.setup.piece()));
            let early = unit.epoch == Epoch::EarlyData
                && reads.is_none_or(|(_, epoch)| epoch != Epoch::EarlyData);
            let (outer, fragment) = match reads {
                // Nobody who does not take early data can open it.
                _ if early => (ContentType::application_data, [piece, &[0; 17]].concat()),
                Some((suite, _)) if suite.version == SuiteVersion::Tls13 => match unit.kind {
                    ContentType::change_cipher_spec => (unit.kind, piece.to_vec()),
                    kind => {
                        let fragment = [piece, &[kind.0], &SKELETON].concat();
                        (ContentType::application_data, fragment)
                    }
                },
                Some((suite, _)) => {
                    let chacha = BulkCipher::Aead(AeadAlgorithm::ChaCha20Poly1305);
                    let nonce = &[0; 8][usize::from(suite.cipher == chacha) * 8..];
                    (unit.kind, [nonce, piece, &SKELETON].concat())
                }
                None => (unit.kind, piece.to_vec()),
            };
            let length = u16::try_from(fragment.len()).unwrap_or(u16::MAX);
            out.extend([outer.0, 3, 3]);
            out.extend(length.to_be_bytes());
            out.extend(fragment);
            rest = others;
            if rest.is_empty() {
                return out;
            }
        }
    }

    /// A unit of the liar's own.
    fn own(&self, kind: ContentType, bytes: Vec<u8>) -> Unit {
        let epoch = match self.victim.ear.heard().reads {
            Some((_, epoch)) => epoch,
            None => Epoch::Plain,
        };
        Unit { kind, epoch, bytes }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Pass(count) => {
                for _ in 0..=count % 8 {
                    self.pass();
                    self.settle();
                }
            }
            Act::Say(which) => {
                self.raw = None;
                let word = words::word(self, *which);
                self.give(self.own(ContentType::handshake, word), false);
            }
            Act::Record(kind, body) => {
                self.raw = None;
                let kind = ContentType(20 + kind % 6);
                self.give(self.own(kind, body.clone()), false);
            }
            Act::Raw(body) => {
                self.raw = None;
                self.victim.feed(body);
            }
            Act::End => self.victim.end_of_input(),
            Act::Trickle(count) => self.victim.trickle = usize::from(*count),
            Act::Wait(count) => self.world.clock.advance(u64::from(*count).pow(3)),
            Act::Owner(of_victim, wish) => self.end(*of_victim).wish(*wish),
            Act::Spoil(at, mask) => self.spoil(usize::from(*at), *mask),
            _ => {
                if let Some(unit) = self.next() {
                    self.lie(act, unit);
                }
            }
        }
    }

    /// All records with their real tags, one byte changed.
    fn spoil(&mut self, at: usize, mask: u8) {
        let Some(raw) = &mut self.raw else {
            return;
        };
        let length = raw.len().max(1);
        if let Some(byte) = raw.get_mut(at % length) {
            *byte ^= mask;
        }
        self.pass();
    }

    /// The peer's word arrives, but not as it was said.
    fn lie(&mut self, act: &Act, mut unit: Unit) {
        let length = unit.bytes.len().max(1);
        match act {
            Act::Change(at, mask) => {
                if let Some(byte) = unit.bytes.get_mut(usize::from(*at) % length) {
                    *byte ^= mask;
                }
            }
            Act::Cut(at, mends) => {
                unit.bytes.truncate(usize::from(*at) % length);
                mend_if(*mends, &mut unit);
            }
            Act::Stretch(by, mends) => {
                unit.bytes.extend((0..*by).map(|byte| byte % 7));
                mend_if(*mends, &mut unit);
            }
            Act::Extension(which, deed) if unit.kind == ContentType::handshake => {
                forge::change_extension(&mut unit.bytes, *which, *deed);
            }
            Act::Omit => return,
            Act::Repeat => {
                self.give(unit.clone(), false);
                self.settle();
            }
            Act::Swap => {
                if let Some(second) = self.next() {
                    self.give(second, false);
                    self.settle();
                }
            }
            Act::Split(at, between) => {
                return self.split(unit, usize::from(*at) % length, *between);
            }
            Act::Merge(count) => return self.merge(unit, *count),
            Act::Retype(kind) => unit.kind = ContentType(20 + kind % 6),
            Act::Bare => return self.give(unit, true),
            _ => {}
        }
        self.give(unit, false);
    }

    /// In two records, with something in between.
    fn split(&mut self, mut unit: Unit, at: usize, between: Between) {
        self.fit(&mut unit);
        self.note(&unit);
        let mut first = unit.clone();
        first.bytes.truncate(at);
        unit.bytes.drain(..at);
        let records = self.seal(&first, false);
        self.victim.feed(&records);
        let between = match between {
            Between::Nothing => None,
            Between::Empty => Some((ContentType::handshake, vec![])),
            Between::ChangeCipherSpec => Some((ContentType::change_cipher_spec, vec![1])),
            Between::Warning => Some((ContentType::alert, vec![1, 90])),
            Between::Data => Some((ContentType::application_data, vec![7])),
        };
        if let Some((kind, bytes)) = between {
            let unit = self.own(kind, bytes);
            self.note(&unit);
            let records = self.seal(&unit, false);
            self.victim.feed(&records);
        }
        let records = self.seal(&unit, false);
        self.victim.feed(&records);
    }

    /// So many more words of the same type in one record.
    fn merge(&mut self, mut unit: Unit, count: u8) {
        self.fit(&mut unit);
        self.note(&unit);
        for _ in 0..=count % 4 {
            if self.units.front().is_none_or(|next| next.kind != unit.kind) {
                break;
            }
            if let Some(mut next) = self.next() {
                self.fit(&mut next);
                self.note(&next);
                unit.bytes.extend(next.bytes);
            }
        }
        let records = self.seal(&unit, false);
        self.victim.feed(&records);
    }
}

fn mend_if(mends: bool, unit: &mut Unit) {
    if mends && unit.kind == ContentType::handshake {
        forge::mend(&mut unit.bytes);
    }
}

/// The messages of one direction up to Finished. A HelloRequest is no part of a transcript (RFC 5246 section 7.4.1.1).
fn until_finished(messages: &[Spoken], wanted: Direction) -> Vec<&[u8]> {
    let mut found = Vec::new();
    for (direction, message) in messages {
        let kind = forge::kind(message);
        if *direction == wanted && kind != HandshakeType::hello_request {
            found.push(&message[..]);
            if kind == HandshakeType::finished {
                break;
            }
        }
    }
    found
}

/// A connection before this one, from which both keep what they keep.
fn meet(world: &World) {
    let mut ends = [Side::Client, Side::Server].map(|side| End::new(world, side, false, false));
    for _ in 0..20 {
        let [client, server] = &mut ends;
        client.run();
        server.feed(&core::mem::take(&mut client.sent));
        server.run();
        client.feed(&core::mem::take(&mut server.sent));
    }
}
