//! What follows from the secrets of TLS 1.3 that were caught: the key schedule once more, step by step as RFC 8446
//! section 7.1 draws it. It runs when all is over, where nobody looks.

use premaster_crypto::{AeadAlgorithm, BulkCipher, HashAlgorithm, HmacKey, Suite, hkdf};

use crate::needles::Needles;

/// What was caught, as far as a key schedule goes on from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A pre-shared key.
    Psk,
    /// What a key exchange gave.
    Shared,
    /// The hash that the resumption secret comes from; no secret.
    Transcript,
    /// A traffic secret.
    Traffic,
    /// An exporter secret.
    Exporter,
}

/// The label that all scenes export with.
pub(crate) const EXPORTED: &[u8] = b"EXPORTER-test";

/// How many KeyUpdates there may be in one direction.
const GENERATIONS: usize = 5;

/// Adds all that a handshake can have made of what was caught. Which key exchange went with which pre-shared key is not
/// known: every one goes with each.
pub(crate) fn follow<'a>(
    suite: &Suite,
    steps: impl Iterator<Item = (&'static str, Step, &'a [u8])>,
    all: &mut Needles,
) {
    let steps: Vec<_> = steps.collect();
    let of = |wanted: Step| {
        let mut inputs: Vec<_> = steps
            .iter()
            .filter(|(_, step, _)| *step == wanted)
            .map(|(_, _, bytes)| *bytes)
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs
    };
    let BulkCipher::Aead(aead) = suite.cipher else {
        return;
    };
    let mut schedule = Schedule {
        hash: suite.hash,
        key_len: aead.key_len(),
        looks_for_iv: aead == AeadAlgorithm::ChaCha20Poly1305,
        transcripts: of(Step::Transcript),
        all,
    };
    for secret in of(Step::Traffic) {
        schedule.traffic(secret.to_vec());
    }
    for secret in of(Step::Exporter) {
        let nothing = suite.hash.hash(&[]);
        schedule.derive("secret of one label", secret, EXPORTED, &nothing);
    }
    let zeros = vec![0; suite.hash.output_len()];
    for shared in of(Step::Shared) {
        let early = extract(suite.hash, &[], &zeros);
        schedule.handshake(&early, shared);
    }
    for psk in of(Step::Psk) {
        let early = schedule.early(psk);
        for shared in of(Step::Shared).into_iter().chain([&zeros[..]]) {
            schedule.handshake(&early, shared);
        }
    }
}

struct Schedule<'a> {
    hash: HashAlgorithm,
    key_len: usize,
    /// Nonces of AES-GCM, of which the first is the IV, are what ring leaves on the stack: erasing it would cost up to a
    /// third of the time of a short record, and without the key they are of no use.
    looks_for_iv: bool,
    transcripts: Vec<&'a [u8]>,
    all: &'a mut Needles,
}

impl Schedule<'_> {
    fn early(&mut self, psk: &[u8]) -> Vec<u8> {
        let early = self.key("early secret", extract(self.hash, &[], psk));
        let nothing = self.hash.hash(&[]);
        for label in [&b"ext binder"[..], b"res binder", b"imp binder"] {
            let binder_key = self.derive("binder key", &early, label, &nothing);
            self.derive("finished key of a binder", &binder_key, b"finished", b"");
        }
        self.derive(
            "secret derived from the early one",
            &early,
            b"derived",
            &nothing,
        );
        early
    }

    fn handshake(&mut self, early: &[u8], shared: &[u8]) {
        let nothing = self.hash.hash(&[]);
        let zeros = vec![0; self.hash.output_len()];
        // Without a pre-shared key anybody can compute it.
        let salt = expand(self.hash, early, b"derived", &nothing, zeros.len());
        let handshake = extract(self.hash, &salt, shared);
        let handshake = self.key("handshake secret", handshake);
        let name = "secret derived from the handshake's";
        let salt = self.derive(name, &handshake, b"derived", &nothing);
        let main = self.key("main secret", extract(self.hash, &salt, &zeros));
        for transcript in self.transcripts.clone() {
            self.derive("resumption secret", &main, b"res master", transcript);
        }
    }

    fn traffic(&mut self, mut secret: Vec<u8>) {
        for _ in 0..=GENERATIONS {
            self.derive("finished key", &secret, b"finished", b"");
            let key = expand(self.hash, &secret, b"key", b"", self.key_len);
            self.all.add("write key", &key);
            let iv = expand(self.hash, &secret, b"iv", b"", 12);
            if self.looks_for_iv {
                self.all.add("write IV", &iv);
            }
            secret = self.derive("next traffic secret", &secret, b"traffic upd", b"");
        }
    }

    fn derive(&mut self, name: &'static str, from: &[u8], label: &[u8], context: &[u8]) -> Vec<u8> {
        let derived = expand(self.hash, from, label, context, self.hash.output_len());
        self.key(name, derived)
    }

    /// Every secret of the schedule is the key of an HMAC.
    fn key(&mut self, name: &'static str, secret: Vec<u8>) -> Vec<u8> {
        self.all.add(name, &secret);
        self.all.add_hmac_states(name, &secret);
        secret
    }
}

fn extract(hash: HashAlgorithm, salt: &[u8], input: &[u8]) -> Vec<u8> {
    HmacKey::new(hash, salt).sign(&[input]).to_vec()
}

fn expand(hash: HashAlgorithm, secret: &[u8], label: &[u8], context: &[u8], len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    let secret = HmacKey::new(hash, secret);
    hkdf::expand_label(&secret, label, context, &mut out).expect("it is short");
    out
}
