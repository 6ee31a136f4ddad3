//! Session tickets and the keys that seal them.
//!
//! RFC 5077 section 4 (construction, which RFC 8446 section 4.6.1 leaves to the server), section 5.5 (what keys must be like), RFC 5116 (the AEAD). Key rotation and
//! erasure are what remains of forward secrecy when tickets are used.

use core::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use premaster_crypto::{Aead, AeadAlgorithm, CryptoError, Provider, SecureRandom};
use rustls_pki_types::UnixTime;

use self::ring::{NAME, OVERHEAD, Ring, TicketKey};
use crate::{DecodeFault, Session, TooLong};

mod ring;

/// A ticket is at most this long (RFC 5077 section 3.3).
const LONGEST: usize = 0xffff;
/// Nonces are random: 2^30 of 96 bits collide with probability 2^-37 (NIST SP 800-38D section 8.3 allows 2^32).
const NONCE_BUDGET: u64 = 1 << 30;

/// Seals sessions into tickets and opens them again, under keys that it makes, rotates and erases by itself.
///
/// ```text
/// age of a key   0 h                     12 h                    24 h
///                |  seals and opens       |  opens: predecessor   |  erased
/// ```
///
/// * The first key is random already, and so is each that follows: there is no other way to get one.
/// * A key seals for [`ROTATION`](Self::ROTATION) seconds at most, and 2^30 tickets at most; then the next one takes over.
/// * Exactly one predecessor is accepted; what was before it is erased, and any key is erased
///   [`ACCEPTANCE`](Self::ACCEPTANCE) seconds after it was made, by whichever call comes first. A server
///   without traffic may call [`erase_expired`](Self::erase_expired) now and then.
/// * A key's age is the time that has passed forwards. Setting the clock back makes no key younger.
/// * A ticket ends with its session, which counts from the full handshake. Resuming and sealing again extends nothing.
///
/// A ticket is `key name (16 bytes) | nonce (12) | sealed session | tag (16)`; the name is authenticated too.
/// The value is shared: wrap it in an `Arc`. Keys live in this process only.
///
/// ```
/// use core::time::Duration;
/// use premaster_session::{IsolationKey, Session, SessionSecret, TicketKeys, TicketMiss, UnixTime};
///
/// let second = |n| UnixTime::since_unix_epoch(Duration::from_secs(n));
/// # let session = Session {
/// #     version: 0x0303,
/// #     suite: 0xc02b,
/// #     secret: SessionSecret::Master(premaster_crypto::Secret::from_bytes(&[7; 48])?),
/// #     extended_master_secret: true,
/// #     authenticated_at: second(1_000),
/// #     lifetime: 3_600,
/// #     isolation: IsolationKey::builder().finish(),
/// #     server_name: None,
/// #     alpn: None,
/// #     max_fragment_length: None,
/// #     peer_certificates: vec![],
/// #     peer_public_key: None,
/// #     external_psk: None,
/// #     resumable_across_names: false,
/// # };
/// let keys = TicketKeys::new(&premaster_crypto_ring::provider(), second(1_000))?;
/// let mut ticket = keys.seal(&session, second(1_000))?;
/// assert_eq!(keys.open(&ticket, second(1_500))?.suite, session.suite);
/// assert_eq!(keys.open(&ticket, second(4_600)).unwrap_err(), TicketMiss::Expired);
/// ticket[40] ^= 1;
/// assert_eq!(keys.open(&ticket, second(1_500)).unwrap_err(), TicketMiss::Forged);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TicketKeys {
    random: &'static dyn SecureRandom,
    aead: &'static dyn Aead,
    nonce_budget: u64,
    ring: RwLock<Ring>,
}

impl TicketKeys {
    /// Seconds for which a key seals: 12 hours.
    pub const ROTATION: u64 = 12 * 3600;

    /// Seconds for which a key opens what it sealed, from when it was made: 24 hours.
    pub const ACCEPTANCE: u64 = 2 * Self::ROTATION;

    /// Keys from the provider's randomness, for its strongest AEAD; the first key is made at once.
    ///
    /// # Errors
    ///
    /// [`TicketFault::Crypto`] if the provider has no AEAD or its randomness fails.
    pub fn new(provider: &Provider, now: UnixTime) -> Result<Self, TicketFault> {
        Self::with_budget(provider, now, NONCE_BUDGET)
    }

    fn with_budget(
        provider: &Provider,
        now: UnixTime,
        nonce_budget: u64,
    ) -> Result<Self, TicketFault> {
        use AeadAlgorithm::{Aes128Gcm, Aes256Gcm, ChaCha20Poly1305};
        let strongest_first = [Aes256Gcm, ChaCha20Poly1305, Aes128Gcm];
        let aead = strongest_first
            .into_iter()
            .find_map(|algorithm| provider.aead(algorithm))
            .ok_or(CryptoError)?;
        let first = TicketKey::generate(provider.random, aead, 0)?;
        Ok(Self {
            random: provider.random,
            aead,
            nonce_budget,
            ring: RwLock::new(Ring::new(now.as_secs(), first)),
        })
    }

    /// The session as a ticket.
    ///
    /// # Errors
    ///
    /// [`TicketFault`]: the session has expired, does not fit a ticket, or randomness fails. Then no ticket
    /// is sent; the handshake may go on.
    pub fn seal(&self, session: &Session, now: UnixTime) -> Result<Vec<u8>, TicketFault> {
        if session.expired(now) {
            return Err(TicketFault::Expired);
        }
        let plaintext = session.encode()?;
        if plaintext.len() > LONGEST - OVERHEAD {
            return Err(TooLong { field: "ticket" }.into());
        }
        let ring = self.at(now);
        if let Some(key) = ring.sealing_key(self.nonce_budget) {
            return Ok(key.seal(self.random, &plaintext)?);
        }
        drop(ring);
        let mut ring = self.write();
        if !ring.can_seal(self.nonce_budget) {
            ring.rotate(self.random, self.aead)?;
        }
        let key = ring.sealing_key(self.nonce_budget).ok_or(CryptoError)?;
        Ok(key.seal(self.random, &plaintext)?)
    }

    /// The session in a ticket.
    ///
    /// # Errors
    ///
    /// [`TicketMiss`] says why there is none: each reason is as good as a miss, and the handshake becomes a full one
    /// (RFC 5077 section 3.1). The peer learns nothing of the reason.
    pub fn open(&self, ticket: &[u8], now: UnixTime) -> Result<Session, TicketMiss> {
        if ticket.len() < OVERHEAD {
            return Err(TicketMiss::Malformed);
        }
        let (name, sealed) = ticket
            .split_first_chunk::<NAME>()
            .ok_or(TicketMiss::Malformed)?;
        let ring = self.at(now);
        let key = ring.opening_key(name).ok_or(TicketMiss::UnknownKey)?;
        let encoded = key.open(sealed).map_err(|_| TicketMiss::Forged)?;
        drop(ring);
        let session = Session::decode(&encoded)?;
        if session.expired(now) {
            return Err(TicketMiss::Expired);
        }
        Ok(session)
    }

    /// Seconds to tell the client in `ticket_lifetime_hint` (RFC 5077 section 3.3) or `ticket_lifetime` (RFC 8446
    /// section 4.6.1): as long as session and key last.
    pub fn lifetime_hint(&self, session: &Session, now: UnixTime) -> u32 {
        let left = self.at(now).acceptance_left();
        session
            .remaining(now)
            .min(u32::try_from(left).unwrap_or(u32::MAX))
    }

    /// Erases what is past its time. Every other call does it too; this one is for servers without traffic.
    pub fn erase_expired(&self, now: UnixTime) {
        drop(self.at(now));
    }

    /// The ring as of `now`. The clock ticks once a second, so all calls but one a second only read.
    fn at(&self, now: UnixTime) -> RwLockReadGuard<'_, Ring> {
        let ring = self.read();
        if !ring.is_due(now.as_secs()) {
            return ring;
        }
        drop(ring);
        self.write().tick(now.as_secs());
        self.read()
    }

    // A panic elsewhere cannot leave the ring half changed: each change is one assignment.
    fn read(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many tickets the current key has sealed, and nothing that opens one.
impl fmt::Debug for TicketKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = self.read();
        let sealed = ring.current.as_ref().map_or(0, TicketKey::sealed);
        f.debug_struct("TicketKeys")
            .field("sealed", &sealed)
            .field("has_predecessor", &ring.previous.is_some())
            .finish_non_exhaustive()
    }
}

/// Why a session could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TicketFault {
    /// The session has expired: its ticket would be good for nothing.
    #[error("the session has expired")]
    Expired,
    /// The session is too large for a ticket, as with a long chain of client certificates.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// Randomness or encryption failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// Why a ticket yields no session. Each is a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TicketMiss {
    /// Too short to be one of ours.
    #[error("the ticket is too short")]
    Malformed,
    /// Its key is not, or no longer, here.
    #[error("the ticket was sealed under a key that is not here any more")]
    UnknownKey,
    /// It names a key of ours, but that key did not seal these bytes.
    #[error("the ticket was altered")]
    Forged,
    /// What it holds is not a session that this version reads.
    #[error(transparent)]
    Unreadable(#[from] DecodeFault),
    /// The session's lifetime, counted from the full handshake, is over.
    #[error("the session in the ticket has expired")]
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::at;
    use crate::session::tests::{bare, full, tls13};

    const MADE: u64 = 1_000_000;

    fn keys() -> TicketKeys {
        TicketKeys::new(&premaster_crypto_ring::provider(), at(MADE)).unwrap()
    }

    #[test]
    fn a_sealed_session_is_opened_again() {
        let keys = keys();
        for session in [full(), bare(), tls13()] {
            let ticket = keys.seal(&session, at(MADE)).unwrap();
            let opened = keys.open(&ticket, at(MADE + 10)).unwrap();
            assert_eq!(*opened.encode().unwrap(), *session.encode().unwrap());
        }
    }

    #[test]
    fn a_ticket_shows_nothing_of_the_session() {
        let ticket = keys().seal(&full(), at(MADE)).unwrap();
        assert!(
            !ticket.windows(4).any(|window| window == [0x5e; 4]),
            "the master secret"
        );
        assert!(
            !ticket.windows(7).any(|window| window == b"example"),
            "the name"
        );
    }

    /// property 20: any bit flip is refused.
    #[test]
    fn a_ticket_with_any_bit_flipped_is_refused() {
        let keys = keys();
        let ticket = keys.seal(&full(), at(MADE)).unwrap();
        for bit in 0..ticket.len() * 8 {
            let mut flipped = ticket.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let expected = if bit / 8 < NAME {
                TicketMiss::UnknownKey
            } else {
                TicketMiss::Forged
            };
            assert_eq!(
                keys.open(&flipped, at(MADE)).map(drop),
                Err(expected),
                "bit {bit}"
            );
        }
        assert!(
            keys.open(&ticket, at(MADE)).is_ok(),
            "and unflipped it still opens"
        );
    }

    #[test]
    fn a_ticket_cut_or_lengthened_anywhere_is_refused() {
        let keys = keys();
        let ticket = keys.seal(&full(), at(MADE)).unwrap();
        for length in 0..ticket.len() {
            let expected = if length < OVERHEAD {
                TicketMiss::Malformed
            } else {
                TicketMiss::Forged
            };
            let cut = keys.open(&ticket[..length], at(MADE)).map(drop);
            assert_eq!(cut, Err(expected), "{length} bytes");
        }
        let longer = [&ticket[..], &[0]].concat();
        assert_eq!(
            keys.open(&longer, at(MADE)).map(drop),
            Err(TicketMiss::Forged)
        );
    }

    #[test]
    fn the_key_name_is_authenticated() {
        // Two names for one key: what was sealed under the one does not open under the other.
        let provider = premaster_crypto_ring::provider();
        let aead = provider.aead(AeadAlgorithm::Aes256Gcm).unwrap();
        let key = aead.key(&[7; 32]).unwrap();
        let mut sealed = b"plaintext".to_vec();
        let tag = key.seal(&[1; 12], &[b'a'; NAME], &mut sealed).unwrap();
        sealed.extend_from_slice(&tag);
        assert!(
            key.open(&[1; 12], &[b'b'; NAME], &mut sealed.clone())
                .is_err()
        );
        assert!(key.open(&[1; 12], &[b'a'; NAME], &mut sealed).is_ok());
    }

    /// property 20: a ticket key is random from the first ticket on.
    #[test]
    fn no_ticket_opens_under_a_key_that_was_never_filled() {
        let ticket = keys().seal(&full(), at(MADE)).unwrap();
        let (name, rest) = ticket.split_first_chunk::<NAME>().unwrap();
        let (nonce, sealed) = rest.split_first_chunk().unwrap();
        assert_ne!(*name, [0; NAME]);
        assert_ne!(*nonce, [0; 12]);
        for aead in premaster_crypto_ring::provider().aeads {
            let zero = aead.key(&vec![0; aead.algorithm().key_len()]).unwrap();
            assert!(zero.open(nonce, name, &mut sealed.to_vec()).is_err());
        }
        assert_eq!(
            keys().open(&ticket, at(MADE)).map(drop),
            Err(TicketMiss::UnknownKey),
            "nor under another server's key"
        );
    }

    /// property 20: expiry is checked again, and counts from the full handshake.
    #[test]
    fn a_chain_of_resumptions_ends_with_the_first_full_handshake() {
        let keys = keys();
        let mut ticket = keys.seal(&full(), at(MADE)).unwrap();
        for now in (MADE..MADE + 3_600).step_by(600) {
            let resumed = keys.open(&ticket, at(now)).unwrap();
            assert_eq!(resumed.authenticated_at, at(MADE));
            ticket = keys.seal(&resumed, at(now)).unwrap();
        }
        let late = at(MADE + 3_600);
        assert_eq!(keys.open(&ticket, late).map(drop), Err(TicketMiss::Expired));
        assert_eq!(keys.seal(&full(), late), Err(TicketFault::Expired));
    }

    #[test]
    fn what_another_version_has_sealed_is_a_miss() {
        let keys = keys();
        let mut encoded = full().encode().unwrap();
        encoded[0] = 9;
        let ring = keys.at(at(MADE));
        let ticket = ring
            .current
            .as_ref()
            .unwrap()
            .seal(keys.random, &encoded)
            .unwrap();
        drop(ring);
        assert_eq!(
            keys.open(&ticket, at(MADE)).map(drop),
            Err(TicketMiss::Unreadable(DecodeFault::UnknownVersion(9)))
        );
    }

    #[test]
    fn a_session_too_large_for_a_ticket_gets_none() {
        let keys = keys();
        let room = LONGEST - OVERHEAD - bare().encoded_len() - 3;
        let session = |length| Session {
            peer_certificates: vec![vec![0; length]],
            ..bare()
        };
        let ticket = keys.seal(&session(room), at(MADE)).unwrap();
        assert_eq!(ticket.len(), LONGEST);
        assert!(keys.open(&ticket, at(MADE)).is_ok());
        let too_long = TicketFault::TooLong(TooLong { field: "ticket" });
        assert_eq!(keys.seal(&session(room + 1), at(MADE)), Err(too_long));
    }

    #[test]
    fn the_hint_is_what_session_and_key_both_last() {
        let keys = keys();
        let day = Session {
            lifetime: Session::MAX_LIFETIME,
            ..full()
        };
        assert_eq!(keys.lifetime_hint(&full(), at(MADE + 600)), 3_000);
        assert_eq!(keys.lifetime_hint(&day, at(MADE + 600)), 24 * 3_600 - 600);
        assert_eq!(keys.lifetime_hint(&full(), at(MADE + 3_600)), 0);
    }

    #[test]
    fn debug_tells_no_key() {
        assert_eq!(
            format!("{:?}", keys()),
            "TicketKeys { sealed: 0, has_predecessor: false, .. }"
        );
    }
}
