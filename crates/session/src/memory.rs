//! Stores in memory, bounded in number and bytes.

use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls_pki_types::UnixTime;

use crate::shelf::Shelf;
use crate::{ClientKey, ClientSession, ClientStore, ServerStore, Session, StoreError, TooLong};

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
/// #     max_fragment_length: None,
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
        open(&self.0).limit_bytes(bytes);
        self
    }

    /// Sessions at hand, expired ones included that have not been wiped yet.
    pub fn len(&self) -> usize {
        open(&self.0).len()
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
        open(&self.0).limit_bytes(bytes);
        self
    }

    /// Sessions at hand, expired ones included that have not been wiped yet.
    pub fn len(&self) -> usize {
        open(&self.0).len()
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

/// A thread that panicked while it held the lock left the shelf whole: each step leaves it so.
fn open<K>(shelf: &Mutex<Shelf<K>>) -> MutexGuard<'_, Shelf<K>> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IsolationKey;
    use crate::session::at;
    use crate::session::tests::{bare, full};

    const MADE: u64 = 1_000_000;
    /// The last second in which a session of these tests is good.
    const LAST: u64 = MADE + 3_599;

    fn id(number: u8) -> [u8; 32] {
        [number; 32]
    }

    fn has(store: &MemoryServerStore, number: u8, now: u64) -> bool {
        store.find(&id(number), at(now)).unwrap().is_some()
    }

    fn kept(server: &str, secret: u8) -> (ClientKey, ClientSession) {
        let session = Session {
            master_secret: premaster_crypto::Secret::from_bytes(&[secret; 48]).unwrap(),
            ..full()
        };
        let key = ClientKey::new(server, session.isolation);
        (
            key,
            ClientSession {
                session,
                session_id: vec![secret; 32],
                ticket: vec![secret; 100],
            },
        )
    }

    #[test]
    fn a_server_finds_what_it_put() {
        let store = MemoryServerStore::new(10);
        store.put(&id(1), &full(), at(MADE)).unwrap();
        store.put(&id(2), &bare(), at(MADE)).unwrap();
        for (number, session) in [(1, full()), (2, bare())] {
            let found = store.find(&id(number), at(LAST)).unwrap().unwrap();
            assert_eq!(*found.encode().unwrap(), *session.encode().unwrap());
        }
        assert!(!has(&store, 3, MADE));
        store.put(&id(1), &bare(), at(MADE)).unwrap();
        assert_eq!(store.len(), 2, "replaced");
        assert_eq!(
            store.find(&id(1), at(MADE)).unwrap().unwrap().server_name,
            None
        );
        store.forget(&id(1)).unwrap();
        store.forget(&id(9)).unwrap();
        assert!(!has(&store, 1, MADE) && has(&store, 2, MADE));
    }

    /// property 20: expiry is checked again when a session is found.
    #[test]
    fn an_expired_session_is_not_found() {
        let store = MemoryServerStore::new(10);
        store.put(&id(1), &full(), at(MADE)).unwrap();
        assert!(has(&store, 1, LAST));
        assert!(!has(&store, 1, LAST + 1));
        assert!(store.is_empty(), "and wiped");
    }

    /// property 20: a session from the future is as bad as an expired one.
    #[test]
    fn a_session_is_not_found_once_the_clock_was_set_back_before_it() {
        let store = MemoryServerStore::new(10);
        store.put(&id(1), &full(), at(MADE)).unwrap();
        assert!(has(&store, 1, MADE - 60));
        assert!(!has(&store, 1, MADE - 61));
        assert!(store.is_empty());
    }

    #[test]
    fn the_session_put_first_is_evicted_first() {
        let store = MemoryServerStore::new(3);
        for number in 1..=3 {
            store.put(&id(number), &full(), at(MADE)).unwrap();
        }
        assert!(has(&store, 1, MADE), "being found makes it no younger");
        store.put(&id(4), &full(), at(MADE)).unwrap();
        let here: Vec<u8> = (1..=4)
            .filter(|number| has(&store, *number, MADE))
            .collect();
        assert_eq!(here, [2, 3, 4]);
        // Put again, the second is the newest.
        store.put(&id(2), &full(), at(MADE)).unwrap();
        store.put(&id(5), &full(), at(MADE)).unwrap();
        let here: Vec<u8> = (1..=5)
            .filter(|number| has(&store, *number, MADE))
            .collect();
        assert_eq!(here, [2, 4, 5]);
    }

    #[test]
    fn a_session_id_has_one_to_32_bytes() {
        let store = MemoryServerStore::new(10);
        for length in [0, 33, 1_000] {
            let id = vec![1; length];
            let put = store.put(&id, &full(), at(MADE));
            assert!(matches!(put, Err(StoreError::TooLong(_))), "{length}");
            assert!(store.find(&id, at(MADE)).unwrap().is_none());
            store.forget(&id).unwrap();
        }
        // A prefix is another ID, zeros at the end included.
        store.put(&[0; 31], &full(), at(MADE)).unwrap();
        assert!(store.find(&[0; 32], at(MADE)).unwrap().is_none());
        assert!(store.find(&[0; 31], at(MADE)).unwrap().is_some());
        assert!(store.find(&[0; 30], at(MADE)).unwrap().is_none());
    }

    #[test]
    fn the_bytes_of_all_sessions_are_bounded() {
        let large = |length| Session {
            peer_certificates: vec![vec![7; length]],
            ..full()
        };
        let store = MemoryServerStore::new(10).with_byte_limit(3_000);
        store.put(&id(1), &large(1_000), at(MADE)).unwrap();
        store.put(&id(2), &large(1_000), at(MADE)).unwrap();
        store.put(&id(3), &large(1_000), at(MADE)).unwrap();
        assert_eq!(
            [1, 2, 3].map(|number| has(&store, number, MADE)),
            [false, true, true]
        );
        store.put(&id(4), &large(3_000), at(MADE)).unwrap();
        assert_eq!(
            [2, 3, 4].map(|number| has(&store, number, MADE)),
            [true, true, false]
        );
    }

    #[test]
    fn a_store_for_no_sessions_keeps_none() {
        let store = MemoryServerStore::new(0);
        store.put(&id(1), &full(), at(MADE)).unwrap();
        assert!(store.is_empty() && !has(&store, 1, MADE));
    }

    /// property 20: a client resumes only with the same server under the same configuration.
    #[test]
    fn a_client_finds_by_server_and_configuration() {
        let store = MemoryClientStore::new(10);
        let (key, session) = kept("a.example", 1);
        store.put(&key, &session, at(MADE)).unwrap();
        let found = store.find(&key, at(LAST)).unwrap().unwrap();
        assert_eq!(*found.encode().unwrap(), *session.encode().unwrap());
        let elsewhere = ClientKey::new("b.example", key.isolation);
        let otherwise = ClientKey::new("a.example", IsolationKey::builder().finish());
        for other in [elsewhere, otherwise] {
            assert!(store.find(&other, at(MADE)).unwrap().is_none());
        }
        assert!(store.find(&key, at(LAST + 1)).unwrap().is_none(), "expired");
        assert!(store.is_empty());
    }

    #[test]
    fn what_a_client_takes_is_gone() {
        let store = MemoryClientStore::new(10);
        let (key, session) = kept("a.example", 1);
        store.put(&key, &session, at(MADE)).unwrap();
        assert!(store.take(&key, at(MADE)).unwrap().is_some());
        assert!(store.take(&key, at(MADE)).unwrap().is_none());
        store.put(&key, &session, at(MADE)).unwrap();
        store.forget(&key).unwrap();
        assert!(store.find(&key, at(MADE)).unwrap().is_none());
    }

    #[test]
    fn a_clients_store_is_bounded_too() {
        let store = MemoryClientStore::new(2).with_byte_limit(10_000);
        for number in 1..=5 {
            let (key, session) = kept(&format!("{number}.example"), number);
            store.put(&key, &session, at(MADE)).unwrap();
        }
        assert_eq!(store.len(), 2);
        assert!(
            store
                .find(&kept("5.example", 5).0, at(MADE))
                .unwrap()
                .is_some()
        );
        assert!(
            store
                .find(&kept("3.example", 3).0, at(MADE))
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn debug_tells_how_many() {
        let store = MemoryServerStore::new(2);
        store.put(&id(1), &full(), at(MADE)).unwrap();
        assert_eq!(
            format!("{store:?}"),
            "MemoryServerStore { sessions: 1, .. }"
        );
    }
}
