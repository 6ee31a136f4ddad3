//! Session tickets and the keys that seal them.
//!
//! RFC 5077 section 4 (construction), section 5.5 (what keys must be like), RFC 5116 (the AEAD). Key rotation and
//! erasure are what remains of forward secrecy when tickets are used.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use premaster_crypto::{Aead, AeadAlgorithm, AeadKey, CryptoError, Provider, Secret, SecureRandom};
use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

use crate::session::CLOCK_SKEW;
use crate::{DecodeFault, Session, TooLong};

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
/// use premaster_session::{IsolationKey, Session, TicketKeys, TicketMiss, UnixTime};
///
/// let second = |n| UnixTime::since_unix_epoch(Duration::from_secs(n));
/// # let session = Session {
/// #     version: 0x0303,
/// #     suite: 0xc02b,
/// #     master_secret: premaster_crypto::Secret::from_bytes(&[7; 48])?,
/// #     extended_master_secret: true,
/// #     authenticated_at: second(1_000),
/// #     lifetime: 3_600,
/// #     isolation: IsolationKey::builder().finish(),
/// #     server_name: None,
/// #     alpn: None,
/// #     peer_certificates: vec![],
/// #     peer_public_key: None,
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
        let ring = Ring {
            seen: now.as_secs(),
            passed: 0,
            current: Some(first),
            previous: None,
        };
        Ok(Self {
            random: provider.random,
            aead,
            nonce_budget,
            ring: RwLock::new(ring),
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
            return key.seal(self.random, &plaintext);
        }
        drop(ring);
        let mut ring = self.write();
        if !ring.can_seal(self.nonce_budget) {
            let next = TicketKey::generate(self.random, self.aead, ring.passed)?;
            ring.rotate(next);
        }
        let key = ring.sealing_key(self.nonce_budget).ok_or(CryptoError)?;
        key.seal(self.random, &plaintext)
    }

    /// The session in a ticket.
    ///
    /// # Errors
    ///
    /// [`TicketMiss`] says why there is none: each reason is as good as a miss, and the handshake becomes a full one
    /// (RFC 5077 section 3.1). The peer learns nothing of the reason.
    pub fn open(&self, ticket: &[u8], now: UnixTime) -> Result<Session, TicketMiss> {
        let (name, rest) = ticket.split_first_chunk().ok_or(TicketMiss::Malformed)?;
        let (nonce, sealed) = rest.split_first_chunk().ok_or(TicketMiss::Malformed)?;
        let ring = self.at(now);
        let key = ring.opening_key(name).ok_or(TicketMiss::UnknownKey)?;
        let mut plaintext = Zeroizing::new(sealed.to_vec());
        let length = key
            .key
            .open(nonce, name, &mut plaintext)
            .map_err(|_| TicketMiss::Forged)?;
        drop(ring);
        let encoded = plaintext.get(..length).ok_or(TicketMiss::Malformed)?;
        let session = Session::decode(encoded)?;
        if session.expired(now) {
            return Err(TicketMiss::Expired);
        }
        Ok(session)
    }

    /// Seconds to tell the client in `ticket_lifetime_hint` (RFC 5077 section 3.3): as long as session and key last.
    pub fn lifetime_hint(&self, session: &Session, now: UnixTime) -> u32 {
        let ring = self.at(now);
        let age = ring.current.as_ref().map_or(0, |key| ring.age(key));
        let left = Self::ACCEPTANCE.saturating_sub(age);
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
        let sealed = ring
            .current
            .as_ref()
            .map_or(0, |key| key.sealed.load(Ordering::Relaxed));
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

const NAME: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
const OVERHEAD: usize = NAME + NONCE + TAG;

/// The current key, its predecessor, and a clock that only goes forwards.
struct Ring {
    /// The latest `now`, in seconds since 1970.
    seen: u64,
    /// Seconds that have passed forwards since the start.
    passed: u64,
    current: Option<TicketKey>,
    previous: Option<TicketKey>,
}

impl Ring {
    /// Whether `now` tells something new. Threads may be some seconds late; that is no clock set back.
    fn is_due(&self, now: u64) -> bool {
        now > self.seen || self.seen - now > CLOCK_SKEW
    }

    /// Moves the clock, and erases what is past its time. A clock set back goes on from where it is now.
    fn tick(&mut self, now: u64) {
        if self.is_due(now) {
            self.passed = self.passed.saturating_add(now.saturating_sub(self.seen));
            self.seen = now;
        }
        let passed = self.passed;
        let expired = |key: &mut TicketKey| passed - key.made >= TicketKeys::ACCEPTANCE;
        drop(self.previous.take_if(expired));
        drop(self.current.take_if(expired));
    }

    fn age(&self, key: &TicketKey) -> u64 {
        self.passed - key.made
    }

    /// Whether the current key is young enough and has tickets left in its budget.
    fn can_seal(&self, budget: u64) -> bool {
        let fit = |key: &TicketKey| {
            self.age(key) < TicketKeys::ROTATION && key.sealed.load(Ordering::Relaxed) < budget
        };
        self.current.as_ref().is_some_and(fit)
    }

    /// The current key, with one ticket of its budget spent.
    fn sealing_key(&self, budget: u64) -> Option<&TicketKey> {
        let key = self.current.as_ref()?;
        (self.can_seal(budget) && key.spend(budget)).then_some(key)
    }

    fn opening_key(&self, name: &[u8; NAME]) -> Option<&TicketKey> {
        [&self.current, &self.previous]
            .into_iter()
            .flatten()
            .find(|key| key.name == *name)
    }

    /// `next` seals from now on; the key before the current one is erased.
    fn rotate(&mut self, next: TicketKey) {
        self.previous = self.current.replace(next);
    }
}

struct TicketKey {
    name: [u8; NAME],
    key: Box<dyn AeadKey>,
    /// When, on the ring's clock.
    made: u64,
    sealed: AtomicU64,
}

impl TicketKey {
    fn generate(
        random: &dyn SecureRandom,
        aead: &dyn Aead,
        made: u64,
    ) -> Result<Self, CryptoError> {
        let mut name = [0; NAME];
        random.fill(&mut name)?;
        let mut filled = Err(CryptoError);
        let secret = Secret::<32>::fill_with(|bytes| filled = random.fill(bytes));
        filled?;
        let bytes = secret
            .as_bytes()
            .get(..aead.algorithm().key_len())
            .ok_or(CryptoError)?;
        Ok(Self {
            name,
            key: aead.key(bytes)?,
            made,
            sealed: AtomicU64::new(0),
        })
    }

    /// One more ticket, if the budget has room.
    fn spend(&self, budget: u64) -> bool {
        let one_more = |sealed: u64| (sealed < budget).then(|| sealed + 1);
        self.sealed
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .is_ok()
    }

    fn seal(&self, random: &dyn SecureRandom, plaintext: &[u8]) -> Result<Vec<u8>, TicketFault> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce)?;
        // Wiped if sealing fails, when it still holds the plaintext.
        let mut ticket = Zeroizing::new(Vec::with_capacity(OVERHEAD + plaintext.len()));
        ticket.extend_from_slice(&self.name);
        ticket.extend_from_slice(&nonce);
        ticket.extend_from_slice(plaintext);
        let in_out = ticket.get_mut(NAME + NONCE..).ok_or(CryptoError)?;
        let tag = self.key.seal(&nonce, &self.name, in_out)?;
        ticket.extend_from_slice(&tag);
        Ok(core::mem::take(&mut *ticket))
    }
}
