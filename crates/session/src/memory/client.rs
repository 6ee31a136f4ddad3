//! A client's sessions in memory.

use core::{fmt, mem};
use std::sync::{Mutex, PoisonError};

use rustls_pki_types::UnixTime;

use self::shelf::{ClientShelf, Limits};
use super::{BYTES_PER_SESSION, kept};
use crate::client::TICKETS_PER_SERVER;
use crate::{ClientKey, ClientSession, ClientStore, StoreError};

mod shelf;

/// A client's sessions in memory: for each server and configuration one up to TLS 1.2, or up to 4 tickets of TLS 1.3.
///
/// It is bounded in number and bytes, both of all sessions together. When it is full, **the server that gave nothing
/// for longest loses its oldest session first**: so the many tickets of one server do not drive out the only one of another
/// that was heard of since. Each operation also wipes up to two expired sessions from that end.
///
/// It has one lock, however large it is: a client asks once for each connection that it opens itself, and then waits for
/// the network. Sessions are kept encoded, in buffers that are wiped when they go; that happens outside of the lock.
/// Beside its bytes each costs up to 800 bytes of bookkeeping, where each is of another server.
///
/// ```
/// use core::time::Duration;
/// use premaster_crypto::SecretBytes;
/// use premaster_session::{
///     ClientKey, ClientSession, ClientStore, IsolationKey, MemoryClientStore, Session,
///     SessionSecret, TicketPsk, UnixTime,
/// };
///
/// let second = |n| UnixTime::since_unix_epoch(Duration::from_secs(n));
/// let isolation = IsolationKey::builder().finish();
/// let ticket = |number: u8| ClientSession {
///     session: Session {
///         version: 0x0304,
///         suite: 0x1301,
///         secret: SessionSecret::Resumption(TicketPsk {
///             psk: SecretBytes::new(&[number; 32]),
///             age_add: 0x1234_5678,
///             issued_at: second(1_000),
///             max_early_data: 0,
///         }),
///         extended_master_secret: true,
///         authenticated_at: second(1_000),
///         lifetime: 3_600,
///         isolation,
///         server_name: Some("example.com".into()),
///         alpn: None,
///         max_fragment_length: None,
///         peer_certificates: vec![],
///         peer_public_key: None,
///         external_psk: None,
///         resumable_across_names: false,
///     },
///     session_id: vec![],
///     ticket: vec![number; 100],
/// };
///
/// let store = MemoryClientStore::new(1_000);
/// let key = ClientKey::new("example.com:443", isolation);
/// store.put(&key, &ticket(1), second(1_000))?;
/// store.put(&key, &ticket(2), second(1_000))?;
///
/// let mut next = || store.find(&key, second(2_000)).map(|found| found.map(|found| found.ticket));
/// assert_eq!(next()?, Some(vec![2; 100]), "the newest first");
/// assert_eq!(next()?, Some(vec![1; 100]));
/// assert_eq!(next()?, None, "each is handed out once");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MemoryClientStore(Mutex<ClientShelf>);

impl MemoryClientStore {
    /// A store for up to `sessions` sessions and 2 KiB for each.
    pub fn new(sessions: usize) -> Self {
        Self::of(Limits {
            sessions,
            bytes: sessions.saturating_mul(BYTES_PER_SESSION),
            tickets: TICKETS_PER_SERVER,
        })
    }

    /// The store with at most so many bytes of all sessions together; one that alone is larger is not kept.
    ///
    /// The store begins anew, empty.
    #[must_use]
    pub fn with_byte_limit(self, bytes: usize) -> Self {
        let limits = self.work(|shelf| shelf.limits());
        Self::of(Limits { bytes, ..limits })
    }

    /// The store with at most so many TLS 1.3 tickets for each server and configuration, instead of 4.
    ///
    /// As many as the connections that are opened to one server at once, before any of them brings new ones. With 0, no
    /// TLS 1.3 session is kept. The store begins anew, empty.
    #[must_use]
    pub fn with_tickets_per_server(self, tickets: usize) -> Self {
        let limits = self.work(|shelf| shelf.limits());
        Self::of(Limits { tickets, ..limits })
    }

    /// Sessions at hand, expired ones included that have not been wiped yet.
    pub fn len(&self) -> usize {
        self.work(|shelf| shelf.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn of(limits: Limits) -> Self {
        Self(Mutex::new(ClientShelf::new(limits)))
    }

    /// Works on the shelf, alone. What leaves it is wiped after the lock is released.
    ///
    /// A thread that panicked while it held the lock left at most a session too few or a limit reached too soon.
    fn work<T>(&self, work: impl FnOnce(&mut ClientShelf) -> T) -> T {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut shelf);
        let gone = mem::take(&mut shelf.gone);
        drop(shelf);
        drop(gone);
        done
    }
}

impl ClientStore for MemoryClientStore {
    fn put(
        &self,
        key: &ClientKey,
        session: &ClientSession,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let kept = kept(session.encode()?, session.session.life());
        let once = session.is_used_once();
        self.work(|shelf| shelf.put(key.clone(), kept, once, now));
        Ok(())
    }

    fn find(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        let kept = self.work(|shelf| shelf.next(key, now));
        Ok(kept.and_then(|kept| ClientSession::decode(&kept.encoded).ok()))
    }

    fn forget(&self, key: &ClientKey) -> Result<(), StoreError> {
        self.work(|shelf| shelf.forget(key));
        Ok(())
    }
}

impl fmt::Debug for MemoryClientStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryClientStore")
            .field("sessions", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::at;
    use crate::session::tests::{full, tls13};
    use crate::{IsolationKey, Session, SessionSecret};

    const MADE: u64 = 1_000_000;
    /// More than there are, should they be handed out again and again.
    const MANY: usize = 1_000;
    /// The last second in which a session of these tests is good.
    const LAST: u64 = MADE + 3_599;

    fn kept(server: &str, secret: u8) -> (ClientKey, ClientSession) {
        let session = Session {
            secret: SessionSecret::Master(
                premaster_crypto::Secret::from_bytes(&[secret; 48]).unwrap(),
            ),
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

    fn ticket(number: u8) -> ClientSession {
        ClientSession {
            session: tls13(),
            session_id: vec![],
            ticket: vec![number; 100],
        }
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

    /// RFC 8446 appendix C.4: a ticket is offered once, whoever asks at the same moment.
    #[test]
    fn of_many_threads_none_gets_anothers_ticket() {
        let store = MemoryClientStore::new(1_000).with_tickets_per_server(100);
        let key = kept("a.example", 1).0;
        for number in 0..100 {
            store.put(&key, &ticket(number), at(MADE)).unwrap();
        }
        let mut found: Vec<_> = std::thread::scope(|scope| {
            let asking = [(); 8].map(|()| {
                scope.spawn(|| {
                    let next = || store.find(&key, at(MADE)).unwrap();
                    let found = std::iter::from_fn(next)
                        .take(MANY)
                        .map(|found| found.ticket[0]);
                    found.collect::<Vec<_>>()
                })
            });
            asking
                .into_iter()
                .flat_map(|one| one.join().unwrap())
                .collect()
        });
        found.sort_unstable();
        assert_eq!(found, Vec::from_iter(0..100));
        assert!(store.is_empty());
    }

    #[test]
    fn the_tickets_of_a_server_are_four_unless_told_otherwise() {
        let key = kept("a.example", 1).0;
        for (store, expected) in [
            (MemoryClientStore::new(100), vec![9, 8, 7, 6]),
            (
                MemoryClientStore::new(100).with_tickets_per_server(2),
                vec![9, 8],
            ),
            (
                MemoryClientStore::new(100).with_tickets_per_server(0),
                vec![],
            ),
            (MemoryClientStore::new(3), vec![9, 8, 7]),
        ] {
            for number in 0..10 {
                store.put(&key, &ticket(number), at(MADE)).unwrap();
            }
            let next = || store.find(&key, at(MADE)).unwrap();
            let found: Vec<_> = std::iter::from_fn(next)
                .take(MANY)
                .map(|found| found.ticket[0])
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_a_client_forgets_is_gone_tickets_and_all() {
        let store = MemoryClientStore::new(10);
        let (key, session) = kept("a.example", 1);
        for sessions in [vec![session], vec![ticket(1), ticket(2)]] {
            for session in sessions {
                store.put(&key, &session, at(MADE)).unwrap();
            }
            store.forget(&key).unwrap();
            assert!(store.find(&key, at(MADE)).unwrap().is_none());
            assert!(store.is_empty());
        }
    }

    #[test]
    fn limits_are_set_in_any_order() {
        let limits = Limits {
            sessions: 7,
            bytes: 1_000,
            tickets: 3,
        };
        for store in [
            MemoryClientStore::new(7)
                .with_byte_limit(1_000)
                .with_tickets_per_server(3),
            MemoryClientStore::new(7)
                .with_tickets_per_server(3)
                .with_byte_limit(1_000),
        ] {
            assert_eq!(store.work(|shelf| shelf.limits()), limits);
        }
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
}
