//! Whatever is said, nothing panics and nothing loops: random sequences of messages with random
//! changes, by a peer that has the keys and so gets past the handshake.
//!
//! The dice are loaded: every run throws the same numbers.

use premaster_connection::tls::Options;
use premaster_testkit::wire::{Keyed, WIRES};
use premaster_testkit::{Cast, Step, Wire, tls13};
use premaster_wire::{ContentType, HandshakeType};

/// A small generator of numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.throw() % limit as u64).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.throw() & 0xff).unwrap()
    }

    /// One change: a bit, a byte, the end, the length.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let at = self.below(bytes.len());
        match self.below(5) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = self.byte(),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, self.byte()),
            _ => bytes.extend_from_within(at..),
        }
    }
}

/// property 23: no panic for any input, before, in and after a handshake. The owner of the connection panics when a call
/// makes no progress (property 22).
#[test]
fn random_conversations_never_panic() {
    let cast = Cast::new();
    let rounds = (0..2_000).map(Dice);
    let completed = rounds.filter_map(|mut dice| {
        let start = WIRES[dice.below(2)];
        converse(start(&cast, Options::default()), &mut dice).then_some(())
    });
    let completed = completed.count();
    assert!(completed > 200, "{completed} got past the handshake");
}

/// property 23, TLS 1.3.
#[test]
fn random_conversations_of_tls13_never_panic() {
    let cast = Cast::new();
    let rounds = (0..2_000).map(|round| Dice(0x2000_0000 + round));
    let completed = rounds.filter_map(|mut dice| {
        let start = tls13::WIRES[dice.below(3)];
        converse(start(&cast, Options::default()), &mut dice).then_some(())
    });
    let completed = completed.count();
    assert!(completed > 200, "{completed} got past the handshake");
}

/// Whether it got past the handshake.
fn converse<F: Keyed>((mut wire, script): (Wire<F>, Vec<Step>), dice: &mut Dice) -> bool {
    let mut steps = script.into_iter();
    for _ in 0..20 {
        let honest = steps.next();
        let step = match honest {
            Some(step) if !dice.one_in(12) => step,
            _ => Step::Message(HandshakeType(dice.byte())),
        };
        let altered = dice.one_in(8);
        wire.say_in(step, |bytes| {
            let mut bytes = bytes.to_vec();
            if altered {
                dice.change(&mut bytes);
            }
            let at = dice.below(bytes.len().max(1));
            let halves = [bytes[..at].to_vec(), bytes[at..].to_vec()];
            halves.into_iter().filter(|half| !half.is_empty()).collect()
        });
        if dice.one_in(10) {
            let content = [dice.byte(), dice.byte(), dice.byte()];
            // Our own sealer protects no ChangeCipherSpec in TLS 1.3.
            let kinds = [20, 21, 22, 23];
            let kind = ContentType(kinds[dice.below(4)]);
            let content = &content[..1 + dice.below(3)];
            match kind {
                ContentType::change_cipher_spec if wire.forger.ignores_change_cipher_spec() => {
                    wire.raw(kind, content)
                }
                _ => wire.record(kind, content),
            };
        }
        if wire.victim.error.is_some() {
            break;
        }
    }
    wire.victim.end_of_input();
    wire.victim.connection.facts().is_some()
}

/// property 23: bytes that are no records at all, at every stage.
#[test]
fn random_bytes_never_panic() {
    let cast = Cast::new();
    for round in 0..1_000 {
        let mut dice = Dice(0x1000_0000 + round);
        match dice.below(5) {
            kind @ 0..2 => babble(WIRES[kind](&cast, Options::default()), &mut dice),
            kind => babble(tls13::WIRES[kind - 2](&cast, Options::default()), &mut dice),
        }
    }
}

fn babble<F: Keyed>((mut wire, script): (Wire<F>, Vec<Step>), dice: &mut Dice) {
    let steps = dice.below(script.len() + 1);
    wire.play(&script[..steps], |bytes| vec![bytes.to_vec()]);
    let mut bytes: Vec<u8> = (0..dice.below(200)).map(|_| dice.byte()).collect();
    // Half of them begin like a record.
    if bytes.len() > 5 && dice.one_in(2) {
        let length = u16::try_from(bytes.len() - 5).unwrap().to_be_bytes();
        bytes[..5].copy_from_slice(&[20 + dice.byte() % 4, 3, 3, length[0], length[1]]);
    }
    wire.carry(&bytes);
    wire.victim.end_of_input();
    assert_eq!(wire.victim.data, b"");
}
