//! Stores in memory, bounded in number and bytes.

use core::fmt;
use core::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

use crate::arrivals::Arrivals;
use crate::{ClientKey, ClientSession, ClientStore, ServerStore, Session, StoreError, TooLong};

/// Bytes that a store may hold for each session that it may hold.
const BYTES_PER_SESSION: usize = 2048;

/// A server's sessions in memory: bounded, every operation in constant time.
///
/// It holds at most as many sessions as [`new`](Self::new) says, and at most as many bytes of them as
/// [`with_byte_limit`](Self::with_byte_limit) says (client certificates make sessions large). **The session that was put
/// first is evicted first**, found in the meantime or not: as sessions of one server live equally
/// long, that is the one nearest to its end. Each operation also wipes up to two expired sessions
/// from the old end, so that no secret stays for long after its time.
///
/// Sessions are kept encoded, in buffers that are wiped when they go. One lock guards the store; it is held
/// for a look-up and a copy.
///
/// ```
/// use core::time::Duration;
/// use premaster_session::{IsolationKey, MemoryServerStore, ServerStore, Session, UnixTime};
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
/// let store = MemoryServerStore::new(10_000);
/// store.put(&[1; 32], &session, second(1_000))?;
/// assert!(store.find(&[1; 32], second(4_599))?.is_some());
/// assert!(store.find(&[1; 32], second(4_600))?.is_none(), "expired");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MemoryServerStore(Mutex<Shelf<SessionId>>);

impl MemoryServerStore {
    /// A store for up to `sessions` sessions and 2 KiB for each.
    pub fn new(sessions: usize) -> Self {
        Self(Mutex::new(Shelf::new(sessions)))
    }

    /// Bounds the bytes of all sessions together; a session that alone is larger is not kept.
    #[must_use]
    pub fn with_byte_limit(self, bytes: usize) -> Self {
        open(&self.0).byte_limit = bytes;
        self
    }

    /// Sessions at hand, expired ones included that have not been wiped yet.
    pub fn len(&self) -> usize {
        open(&self.0).entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ServerStore for MemoryServerStore {
    fn put(&self, id: &[u8], session: &Session, now: UnixTime) -> Result<(), StoreError> {
        let id = SessionId::new(id).ok_or(TooLong {
            field: "session_id",
        })?;
        let encoded = session.encode()?;
        open(&self.0).put(id, encoded, session.expires_at(), now);
        Ok(())
    }

    fn find(&self, id: &[u8], now: UnixTime) -> Result<Option<Session>, StoreError> {
        let Some(id) = SessionId::new(id) else {
            return Ok(None);
        };
        let mut shelf = open(&self.0);
        shelf.wipe_expired(now);
        let found = shelf
            .find(&id)
            .and_then(|encoded| Session::decode(encoded).ok());
        // The decoded session knows best whether it has expired: a clock set back counts too.
        match found {
            Some(session) if session.expired(now) => {
                shelf.remove(&id);
                Ok(None)
            }
            found => Ok(found),
        }
    }

    fn forget(&self, id: &[u8]) -> Result<(), StoreError> {
        if let Some(id) = SessionId::new(id) {
            open(&self.0).remove(&id);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryServerStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryServerStore")
            .field("sessions", &self.len())
            .finish_non_exhaustive()
    }
}

/// A client's sessions in memory: one for each server and configuration, bounded like [`MemoryServerStore`].
pub struct MemoryClientStore(Mutex<Shelf<ClientKey>>);

impl MemoryClientStore {
    /// A store for up to `sessions` sessions and 2 KiB for each.
    pub fn new(sessions: usize) -> Self {
        Self(Mutex::new(Shelf::new(sessions)))
    }

    /// Bounds the bytes of all sessions together; a session that alone is larger is not kept.
    #[must_use]
    pub fn with_byte_limit(self, bytes: usize) -> Self {
        open(&self.0).byte_limit = bytes;
        self
    }

    /// Sessions at hand, expired ones included that have not been wiped yet.
    pub fn len(&self) -> usize {
        open(&self.0).entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ClientStore for MemoryClientStore {
    fn put(
        &self,
        key: &ClientKey,
        session: &ClientSession,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let encoded = session.encode()?;
        open(&self.0).put(key.clone(), encoded, session.session.expires_at(), now);
        Ok(())
    }

    fn find(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        Ok(look(&mut open(&self.0), key, now))
    }

    fn forget(&self, key: &ClientKey) -> Result<(), StoreError> {
        open(&self.0).remove(key);
        Ok(())
    }

    fn take(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        // Under one lock, so that no second connection gets the same session.
        let mut shelf = open(&self.0);
        let found = look(&mut shelf, key, now);
        shelf.remove(key);
        Ok(found)
    }
}

impl fmt::Debug for MemoryClientStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryClientStore")
            .field("sessions", &self.len())
            .finish_non_exhaustive()
    }
}

fn look(shelf: &mut Shelf<ClientKey>, key: &ClientKey, now: UnixTime) -> Option<ClientSession> {
    shelf.wipe_expired(now);
    let found = ClientSession::decode(shelf.find(key)?).ok()?;
    if found.session.expired(now) {
        shelf.remove(key);
        return None;
    }
    Some(found)
}

/// A session ID of 1 to 32 bytes (RFC 5246 section 7.4.1.2), without an allocation of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct SessionId {
    length: usize,
    bytes: [u8; 32],
}

impl SessionId {
    fn new(id: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        bytes.get_mut(..id.len())?.copy_from_slice(id);
        (!id.is_empty()).then_some(Self {
            length: id.len(),
            bytes,
        })
    }
}

/// Encoded sessions in order of arrival, never more than the two limits allow.
struct Shelf<K> {
    entries: Arrivals<K, Kept>,
    limit: usize,
    bytes: usize,
    byte_limit: usize,
}

struct Kept {
    encoded: Zeroizing<Vec<u8>>,
    expires_at: UnixTime,
}

impl<K: Hash + Eq + Clone> Shelf<K> {
    fn new(sessions: usize) -> Self {
        Self {
            entries: Arrivals::new(),
            limit: sessions,
            bytes: 0,
            byte_limit: sessions.saturating_mul(BYTES_PER_SESSION),
        }
    }

    fn put(&mut self, key: K, encoded: Zeroizing<Vec<u8>>, expires_at: UnixTime, now: UnixTime) {
        self.wipe_expired(now);
        self.remove(&key);
        if encoded.len() > self.byte_limit || self.limit == 0 {
            return;
        }
        while self.entries.len() >= self.limit
            || self.bytes.saturating_add(encoded.len()) > self.byte_limit
        {
            if !self.remove_oldest() {
                return;
            }
        }
        self.bytes = self.bytes.saturating_add(encoded.len());
        self.entries.put(
            key,
            Kept {
                encoded,
                expires_at,
            },
        );
    }

    fn find(&self, key: &K) -> Option<&[u8]> {
        self.entries.find(key).map(|kept| kept.encoded.as_slice())
    }

    fn remove(&mut self, key: &K) {
        let removed = self.entries.remove(key);
        self.account(removed.as_ref());
    }

    fn remove_oldest(&mut self) -> bool {
        let removed = self.entries.remove_oldest();
        self.account(removed.as_ref());
        removed.is_some()
    }

    fn account(&mut self, removed: Option<&Kept>) {
        let length = removed.map_or(0, |kept| kept.encoded.len());
        self.bytes = self.bytes.saturating_sub(length);
    }

    /// Two at most, so that the time stays constant; as each call adds one at most, the old end drains.
    fn wipe_expired(&mut self, now: UnixTime) {
        for _ in 0..2 {
            match self.entries.oldest() {
                Some((_, kept)) if kept.expires_at <= now => self.remove_oldest(),
                _ => return,
            };
        }
    }
}

/// A thread that panicked while it held the lock left the shelf whole: each step leaves it so.
fn open<K>(shelf: &Mutex<Shelf<K>>) -> MutexGuard<'_, Shelf<K>> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}
