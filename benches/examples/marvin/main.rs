//! Does time tell what was wrong with a premaster secret? Properties 10 and 11.
//!
//! ```text
//! cargo run --release -p premaster-benches --example marvin -- [ROUNDS | once CLASS]
//! ```
//!
//! A round goes through the classes of blocks in random order. A block of each class and a well-formed one are
//! made afresh, encrypted, and measured by turns, either of them first, in two ways:
//!
//! - `decrypt`: all that a server does: draw the fallback, decrypt, unpad.
//! - `unpad`: the unpadding alone, fifty times over: without the noise of the private operation it shows
//!   differences below a nanosecond.
//!
//! The best of four turns counts, so that few samples are those of a program that was interrupted.
//! When time says nothing, each difference is as likely as its negative, whatever the noise of the machine is. Wilcoxon's
//! signed-rank test asks exactly that. One class is well-formed itself, and one is well-formed but waits a
//! little: it has to be seen, or the measurement is no good. `once` is for valgrind, which counts instructions.

mod class;
mod once;
mod statistics;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use class::{CLASSES, Class, WELL_FORMED};
use premaster_crypto::{DecryptionKey, Provider, tls12};
use premaster_crypto_ring::provider;
use premaster_crypto_rsa_transport::extend;
use rsa::RsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use statistics::{Comparison, Pair};

const KEY: &[u8] =
    include_bytes!("../../../crates/crypto-rsa-transport/tests/keys/rsa2048.pkcs8.pem");

/// How often a block is unpadded for each time that it is decrypted. The sum of the times is one sample: they all
/// share their place in memory.
const UNPADS: usize = 50;

/// How many turns each of a pair has.
const TURNS: usize = 4;

/// What the control waits.
const DECRYPT_WAIT: Duration = Duration::from_micros(4);
const UNPAD_WAIT: Duration = Duration::from_nanos(5);

/// Rounds that fill caches and are not counted.
const WARM_UP: usize = 10;

/// The times of each class.
type Times = [Vec<Pair>; CLASSES.len()];

fn main() -> ExitCode {
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("a private key");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |text: &String| text.parse().expect("a number");
    let rounds = match &arguments[..] {
        [] => 1000,
        [rounds] => number(rounds),
        [_once, class, ..] => {
            once::run(number(class), &key);
            return ExitCode::SUCCESS;
        }
    };
    let (decrypt, unpad) = Subject::new(&key).measure(rounds);
    let decrypt = report("decrypt", &decrypt, 1);
    let unpad = report("unpad", &unpad, UNPADS);
    if decrypt && unpad {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints the comparisons; whether they are as they have to be.
fn report(what: &str, times: &Times, calls: usize) -> bool {
    let samples = times[0].len() * TURNS;
    println!("\n{what}: {samples} times a class, in nanoseconds");
    println!(
        "{:24} {:>12} {:>10} {:>20} {:>7}",
        "class", "median", "differs", "between", "z"
    );
    let mut good = true;
    let mut smallest: f64 = 0.0;
    for (class, pairs) in CLASSES.iter().zip(times) {
        let comparison = Comparison::new(pairs, calls);
        println!("{:24} {comparison}", class.name);
        if comparison.is_detectable() != class.waits {
            good = false;
            println!(
                "{:24} ^ {}",
                "",
                if class.waits { "NOT SEEN" } else { "SEEN" }
            );
        }
        smallest = smallest.max(comparison.smallest_detectable());
    }
    let verdict = if good {
        "no detectable difference"
    } else {
        "FAILED"
    };
    println!("{verdict}; one of {smallest:.1} ns would be detected 4 of 5 times");
    good
}

struct Subject {
    provider: Provider,
    key: Arc<dyn DecryptionKey>,
    public: RsaPublicKey,
}

impl Subject {
    fn new(key: &PrivateKeyDer<'_>) -> Self {
        let provider = extend(provider());
        let transport = provider.key_transport.expect("RSA key transport");
        let key = transport.load_key(key).expect("an RSA key");
        let public = RsaPublicKey::from_public_key_der(&key.spki()).expect("its public key");
        Self {
            provider,
            key,
            public,
        }
    }

    fn measure(&self, rounds: usize) -> (Times, Times) {
        let mut decrypt: Times = Default::default();
        let mut unpad: Times = Default::default();
        let mut order: Vec<usize> = (0..CLASSES.len()).collect();
        for round in 0..WARM_UP + rounds {
            self.shuffle(&mut order);
            for at in &order {
                let mut samples = self.samples(&CLASSES[*at]);
                let decrypted = self.pair(&mut samples, |sample| self.decrypt(sample));
                let unpadded = self.pair(&mut samples, |sample| {
                    (0..UNPADS).map(|_| self.unpad(sample)).sum()
                });
                if round >= WARM_UP {
                    decrypt[*at].push(decrypted);
                    unpad[*at].push(unpadded);
                }
            }
        }
        (decrypt, unpad)
    }

    /// A block of the class and a well-formed one, made in either order: their places in memory say nothing.
    fn samples(&self, class: &'static Class) -> [Sample; 2] {
        let mut makings = [(class, true), (&WELL_FORMED, false)];
        self.shuffle(&mut makings);
        makings.map(|(class, is_other)| {
            let block = class.block(self.provider.random, &self.public);
            let ciphertext = class::encrypt(&self.public, &block);
            Sample {
                class,
                is_other,
                block,
                ciphertext,
            }
        })
    }

    /// Measures both by turns, either of them first.
    fn pair(&self, samples: &mut [Sample; 2], time: impl Fn(&Sample) -> i64) -> Pair {
        self.shuffle(samples);
        let mut pair = Pair {
            other: i64::MAX,
            well_formed: i64::MAX,
        };
        for sample in [&*samples; TURNS].into_iter().flatten() {
            let best = if sample.is_other {
                &mut pair.other
            } else {
                &mut pair.well_formed
            };
            *best = time(sample).min(*best);
        }
        pair
    }

    fn decrypt(&self, sample: &Sample) -> i64 {
        let start = Instant::now();
        let fallback = tls12::premaster(0x0303, self.provider.random).expect("randomness");
        let block = self.key.decrypt(&sample.ciphertext).expect("a block");
        let premaster = tls12::premaster_from_block(block.as_bytes(), 0x0303, fallback);
        sample.class.wait(DECRYPT_WAIT);
        let time = start.elapsed();
        assert_eq!(block.as_bytes(), sample.block);
        drop(premaster);
        nanoseconds(time)
    }

    fn unpad(&self, sample: &Sample) -> i64 {
        let fallback = tls12::premaster(0x0303, self.provider.random).expect("randomness");
        let start = Instant::now();
        let premaster = tls12::premaster_from_block(&sample.block, 0x0303, fallback);
        sample.class.wait(UNPAD_WAIT);
        let time = start.elapsed();
        drop(premaster);
        nanoseconds(time)
    }

    fn shuffle<T>(&self, items: &mut [T]) {
        for end in (2..=items.len()).rev() {
            let mut bytes = [0; 8];
            self.provider.random.fill(&mut bytes).expect("randomness");
            let at = u64::from_ne_bytes(bytes) % end as u64;
            items.swap(at as usize, end - 1);
        }
    }
}

/// A ciphertext, and what it decrypts to.
struct Sample {
    class: &'static Class,
    is_other: bool,
    block: Vec<u8>,
    ciphertext: Vec<u8>,
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).expect("a short time")
}
