//! Sessions and tickets: what is read out of them, and what tells a forged one.

use core::ops::Range;
use core::time::Duration;

use premaster_crypto::{Aead, AeadAlgorithm, AeadKey, CryptoError, Provider, Secret, SecureRandom};
use premaster_session::{IsolationKey, Session, SessionSecret, TicketKeys, TicketMiss, UnixTime};

use crate::compare::candidates;
use crate::trial::{Reason, count_input, declassify, declassify_value, poison};

/// Where the master secret is in an encoded session.
const MASTER_SECRET: Range<usize> = 50..98;

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_000_000))
}

/// A session with every optional field; its master secret is poisoned.
fn session(fill: u8) -> Session {
    let mut secret = [fill; 48];
    poison(&mut secret);
    Session {
        version: 0x0303,
        suite: 0xc02b,
        secret: SessionSecret::Master(Secret::from_bytes(&secret).expect("48 bytes")),
        extended_master_secret: true,
        authenticated_at: now(),
        lifetime: 3600,
        isolation: IsolationKey::builder().finish(),
        server_name: Some("example.com".to_owned()),
        alpn: Some(b"h2".to_vec()),
        max_fragment_length: None,
        peer_certificates: vec![vec![0x30; 40]],
        peer_public_key: Some(vec![0x30; 20]),
        external_psk: None,
        resumable_across_names: false,
    }
}

fn master_secret(session: &Session) -> [u8; 48] {
    *session.master_secret().expect("TLS 1.2").as_bytes()
}

/// `Session::encode` and `decode`, and back.
pub(crate) fn encoding() {
    for fill in [1, 0x80, 0xff] {
        count_input();
        let encoded = session(fill).encode().expect("short fields");
        let decoded = Session::decode(&encoded).expect("what was encoded");
        let mut secret = master_secret(&decoded);
        declassify(&mut secret, Reason::Result);
        assert_eq!(secret, [fill; 48]);
    }
}

/// `TicketKeys::open`: right tickets, and every byte of one changed.
pub(crate) fn tickets() {
    let ring = premaster_crypto_ring::provider();
    let aeads: Vec<&'static dyn Aead> = vec![&Watched(AeadAlgorithm::Aes256Gcm)];
    let provider = Provider {
        random: &PoisonedKeys,
        aeads,
        ..ring
    };
    let keys = TicketKeys::new(&provider, now()).expect("randomness");
    let ticket = keys.seal(&session(0x5e), now()).expect("a short session");
    for (ticket, is_right) in candidates(&ticket) {
        count_input();
        match keys.open(&ticket, now()) {
            Ok(session) => {
                assert!(is_right);
                let mut secret = master_secret(&session);
                declassify(&mut secret, Reason::Result);
                assert_eq!(secret, [0x5e; 48]);
            }
            Err(TicketMiss::Forged | TicketMiss::Malformed | TicketMiss::UnknownKey) => {
                assert!(!is_right);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Randomness of which the keys, and only they, are poisoned: a ticket key's name and its nonces are sent.
#[derive(Debug)]
struct PoisonedKeys;

impl SecureRandom for PoisonedKeys {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.fill(0x6b);
        if out.len() == 32 {
            poison(out);
        }
        Ok(())
    }
}

/// An AEAD of ring that releases what it tells: what is sent, whether a tag fits, and of an authentic plaintext all
/// but the master secret.
#[derive(Debug)]
struct Watched(AeadAlgorithm);

impl Aead for Watched {
    fn algorithm(&self) -> AeadAlgorithm {
        self.0
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        let ring = premaster_crypto_ring::provider();
        let key = ring.aead(self.0).ok_or(CryptoError)?.key(key)?;
        Ok(Box::new(WatchedKey(key)))
    }
}

struct WatchedKey(Box<dyn AeadKey>);

impl AeadKey for WatchedKey {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        let tag = self.0.seal(nonce, aad, in_out)?;
        declassify(in_out, Reason::Sent);
        Ok(declassify_value(tag, Reason::Sent))
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Result<usize, CryptoError> {
        let len = self.0.open(nonce, aad, in_out)?;
        declassify(&mut in_out[..MASTER_SECRET.start], Reason::TicketFields);
        declassify(&mut in_out[MASTER_SECRET.end..len], Reason::TicketFields);
        Ok(len)
    }
}
