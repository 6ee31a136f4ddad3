//! A server's sessions in memory.

use core::fmt;

use rustls_pki_types::UnixTime;

use super::{BYTES_PER_SESSION, kept};
use crate::shards::{self, Bounds, Shards};
use crate::{ServerStore, Session, StoreError, TooLong};

/// A server's sessions in memory: bounded, every operation in constant time, threads seldom wait for each other.
///
/// It holds at most as many sessions as [`new`](Self::new) says, and at most as many bytes of them as
/// [`with_byte_limit`](Self::with_byte_limit) says (client certificates make sessions large). **The session that was put
/// first is evicted first**, found in the meantime or not: as sessions of one server live equally
/// long, that is the one nearest to its end. Each operation also wipes up to two expired sessions
/// from the old end, so that no secret stays for long after its time.
///
/// Sessions are kept encoded, in buffers that are wiped when they go. Beside its bytes each costs up to 600 bytes of
/// bookkeeping; an empty store costs 256 bytes a shard.
///
/// # Shards
///
/// A store for 512 sessions or more is divided into shards, up to 16, each with a lock of its own and an equal part of both
/// limits. A lock is held for a look-up; encoding, decoding and wiping happen outside of it. The limits hold at every
/// moment for the store as a whole. What the division makes inexact is when a session goes: a full shard evicts *its*
/// first session, while others may still have room. So a session outlives about as many puts as the store has places:
/// give or take 6 % where a shard has 256 places, the fewest there are, and less where it has more. And what alone is
/// larger than its shard's part of the bytes is not kept; that part is 512 KiB or more.
/// [`with_shards(1)`](Self::with_shards) makes both exact.
///
/// A keyed hash of its ID tells which shard is a session's; the key is random and never leaves the store. So a hostile client
/// cannot aim at a shard, neither with the IDs that it asks for nor by learning those that it was given, which the
/// server chooses at random: to evict another's session, it needs about as many full handshakes as the store has places,
/// as without shards. Asking moves nothing out but what has expired. Who asks for one ID again and again keeps one lock busy,
/// a look-up each.
///
/// ```
/// use core::time::Duration;
/// use premaster_session::{IsolationKey, MemoryServerStore, ServerStore, Session, SessionSecret, UnixTime};
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
/// let store = MemoryServerStore::new(10_000);
/// store.put(&[1; 32], &session, second(1_000))?;
/// assert!(store.find(&[1; 32], second(4_599))?.is_some());
/// assert!(store.find(&[1; 32], second(4_600))?.is_none(), "expired");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MemoryServerStore(Shards<SessionId>);

impl MemoryServerStore {
    /// A store for up to `sessions` sessions and 2 KiB for each.
    pub fn new(sessions: usize) -> Self {
        Self(Shards::new(Bounds {
            sessions,
            bytes: sessions.saturating_mul(BYTES_PER_SESSION),
            shards: shards::USUAL,
        }))
    }

    /// The store with at most so many bytes of all sessions together; one that alone is larger is not kept.
    ///
    /// The store begins anew, empty.
    #[must_use]
    pub fn with_byte_limit(self, bytes: usize) -> Self {
        let bounds = self.0.bounds();
        Self(Shards::new(Bounds { bytes, ..bounds }))
    }

    /// The store with at most so many [shards](Self#shards), instead of 16.
    ///
    /// There are fewer if a shard's part would be less than 256 sessions or 512 KiB, and always one. The store begins
    /// anew, empty.
    #[must_use]
    pub fn with_shards(self, shards: usize) -> Self {
        let bounds = self.0.bounds();
        Self(Shards::new(Bounds { shards, ..bounds }))
    }

    /// Sessions at hand, expired ones included that have not been wiped yet.
    ///
    /// Shards are counted one after the other: while others put, no single moment had this number.
    pub fn len(&self) -> usize {
        self.0.len()
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
        let kept = kept(session.encode()?, session.life());
        self.0.at(id, |shelf, id| shelf.put(id, kept, now));
        Ok(())
    }

    fn find(&self, id: &[u8], now: UnixTime) -> Result<Option<Session>, StoreError> {
        let kept =
            SessionId::new(id).and_then(|id| self.0.at(id, |shelf, id| shelf.find(&id, now)));
        Ok(kept.and_then(|kept| Session::decode(&kept.encoded).ok()))
    }

    fn take(&self, id: &[u8], now: UnixTime) -> Result<Option<Session>, StoreError> {
        let kept =
            SessionId::new(id).and_then(|id| self.0.at(id, |shelf, id| shelf.take(&id, now)));
        Ok(kept.and_then(|kept| Session::decode(&kept.encoded).ok()))
    }

    fn forget(&self, id: &[u8]) -> Result<(), StoreError> {
        if let Some(id) = SessionId::new(id) {
            self.0.at(id, |shelf, id| shelf.remove(&id));
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryServerStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryServerStore")
            .field("sessions", &self.len())
            .field("shards", &self.0.count())
            .finish_non_exhaustive()
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::at;
    use crate::session::tests::{bare, full, tls13};

    const MADE: u64 = 1_000_000;
    /// The last second in which a session of these tests is good.
    const LAST: u64 = MADE + 3_599;

    fn id(number: u8) -> [u8; 32] {
        [number; 32]
    }

    fn has(store: &MemoryServerStore, number: u8, now: u64) -> bool {
        store.find(&id(number), at(now)).unwrap().is_some()
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

    /// Replay of early data: a ticket that is kept here is good for one connection.
    #[test]
    fn of_all_who_take_a_session_one_gets_it() {
        let store = MemoryServerStore::new(1_000);
        for number in 0..100 {
            store.put(&id(number), &tls13(), at(MADE)).unwrap();
        }
        let taken = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for number in 0..100 {
                        if let Some(session) = store.take(&id(number), at(LAST)).unwrap() {
                            assert!(session.ticket_psk().is_some());
                            taken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(taken.into_inner(), 100);
        assert!(store.is_empty());
        assert!(store.take(&[], at(LAST)).unwrap().is_none());
    }

    /// property 20: expiry is checked again when a session is taken.
    #[test]
    fn an_expired_session_is_not_taken() {
        let store = MemoryServerStore::new(10);
        store.put(&id(1), &tls13(), at(MADE)).unwrap();
        assert!(store.take(&id(1), at(LAST + 1)).unwrap().is_none());
        assert!(
            store.take(&id(1), at(LAST)).unwrap().is_none(),
            "it is gone"
        );
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
    fn the_smallest_stores_keep_the_last_sessions() {
        for sessions in 0..=2 {
            for store in [
                MemoryServerStore::new(sessions.into()),
                MemoryServerStore::new(sessions.into()).with_shards(64),
            ] {
                for number in 1..=5 {
                    store.put(&id(number), &full(), at(MADE)).unwrap();
                    assert_eq!(store.len(), number.min(sessions).into());
                }
                assert_eq!(store.is_empty(), sessions == 0);
                for number in 1..=5 {
                    assert_eq!(has(&store, number, MADE), number > 5 - sessions);
                }
            }
        }
    }

    /// property 24: what is held is bounded, however it is divided.
    #[test]
    fn a_divided_store_holds_exactly_as_many_as_it_may() {
        let store = MemoryServerStore::new(1_000).with_shards(3);
        let sessions = |from: u32, to| (from..to).map(|number| number.to_be_bytes());
        for id in sessions(0, 5_000) {
            store.put(&id, &bare(), at(MADE)).unwrap();
            assert!(store.len() <= 1_000);
        }
        assert_eq!(store.len(), 1_000);
        let found = |id: &[u8; 4]| store.find(id, at(MADE)).unwrap().is_some();
        assert_eq!(sessions(0, 5_000).filter(found).count(), 1_000);
        // Ten standard deviations of each shard's share.
        assert_eq!(sessions(4_500, 5_000).filter(found).count(), 500);
        assert_eq!(sessions(0, 3_000).filter(found).count(), 0);
        for id in sessions(0, 5_000) {
            store.forget(&id).unwrap();
        }
        assert!(store.is_empty());
    }

    #[test]
    fn limits_are_set_in_any_order() {
        let bounds = Bounds {
            sessions: 10_000,
            bytes: 2 * 1024 * 1024,
            shards: 3,
        };
        let store = || MemoryServerStore::new(bounds.sessions);
        for store in [
            store().with_shards(3).with_byte_limit(bounds.bytes),
            store().with_byte_limit(bounds.bytes).with_shards(3),
        ] {
            assert_eq!(store.0.bounds(), bounds);
            assert_eq!(store.0.count(), 3);
        }
    }

    #[test]
    fn debug_tells_how_many() {
        let store = MemoryServerStore::new(2);
        store.put(&id(1), &full(), at(MADE)).unwrap();
        assert_eq!(
            format!("{store:?}"),
            "MemoryServerStore { sessions: 1, shards: 1, .. }"
        );
    }
}
