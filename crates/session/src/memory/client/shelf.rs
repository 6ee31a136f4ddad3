//! What a client's store in memory keeps: encoded sessions by server and configuration, within bounds.
//!
//! ```text
//! servers, in order of their last session   [ a.example ] [ b.example ] ...
//! sessions, in order of arrival               1 2 3         1
//!                                             ^ the first to go when there is no more room
//!                                                 ^ the first to be handed out for a.example
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use rustls_pki_types::UnixTime;

use crate::ClientKey;
use crate::arrivals::Arrivals;
use crate::shelf::Kept;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Sessions of all servers together.
    pub(super) sessions: usize,
    /// Bytes of all sessions together.
    pub(super) bytes: usize,
    /// Sessions of one server that are used once each.
    pub(super) tickets: usize,
}

/// Encoded sessions of many servers, never more than the limits allow.
pub(super) struct ClientShelf {
    servers: Arrivals<ClientKey, Held>,
    limits: Limits,
    sessions: usize,
    bytes: usize,
    /// What has left and is not wiped yet: that takes time, and a lock guards the shelf.
    pub(super) gone: Vec<Arc<Kept>>,
}

/// The sessions of one server, oldest first; never without one.
struct Held {
    /// Whether each is used once. If not, there is one alone.
    once: bool,
    sessions: VecDeque<Arc<Kept>>,
}

impl ClientShelf {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            servers: Arrivals::new(),
            limits,
            sessions: 0,
            bytes: 0,
            gone: Vec::new(),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn len(&self) -> usize {
        self.sessions
    }

    pub(super) fn put(&mut self, key: ClientKey, kept: Arc<Kept>, once: bool, now: UnixTime) {
        self.wipe_expired(now);
        let mut sessions = match self.servers.remove(&key) {
            Some(held) if held.once && once => held.sessions,
            Some(held) => {
                self.let_go(held.sessions);
                VecDeque::new()
            }
            None => VecDeque::new(),
        };
        let most = if once { self.limits.tickets } else { 1 };
        let length = kept.encoded.len();
        if length > self.limits.bytes || most == 0 || self.limits.sessions == 0 {
            self.gone.push(kept);
        } else {
            let too_many = (sessions.len() + 1).saturating_sub(most);
            let oldest: Vec<_> = sessions.drain(..too_many).collect();
            self.let_go(oldest);
            sessions.push_back(kept);
            self.sessions += 1;
            self.bytes = self.bytes.saturating_add(length);
        }
        if !sessions.is_empty() {
            self.servers.put(key, Held { once, sessions });
        }
        while self.sessions > self.limits.sessions || self.bytes > self.limits.bytes {
            if !self.remove_oldest() {
                break;
            }
        }
    }

    /// What is to be used next with `key`: the newest, which goes if it is used once. What has expired goes too.
    pub(super) fn next(&mut self, key: &ClientKey, now: UnixTime) -> Option<Arc<Kept>> {
        self.wipe_expired(now);
        let held = self.servers.find_mut(key)?;
        let mut gone = Vec::new();
        let mut found = None;
        while let Some(newest) = held.sessions.pop_back() {
            let is_over = newest.life.is_over(now);
            if !is_over {
                found = Some(Arc::clone(&newest));
            }
            if is_over || held.once {
                gone.push(newest);
            } else {
                held.sessions.push_back(newest);
            }
            if found.is_some() {
                break;
            }
        }
        if held.sessions.is_empty() {
            self.servers.remove(key);
        }
        self.let_go(gone);
        found
    }

    pub(super) fn forget(&mut self, key: &ClientKey) {
        if let Some(held) = self.servers.remove(key) {
            self.let_go(held.sessions);
        }
    }

    /// The oldest session of the server that gave nothing for longest.
    fn remove_oldest(&mut self) -> bool {
        let Some(held) = self.servers.oldest_mut() else {
            return false;
        };
        let oldest = held.sessions.pop_front();
        if held.sessions.is_empty() {
            self.servers.remove_oldest();
        }
        self.let_go(oldest);
        true
    }

    /// Two at most, so that the time stays constant; as each call adds one at most, the old end drains.
    fn wipe_expired(&mut self, now: UnixTime) {
        for _ in 0..2 {
            let oldest = self.servers.oldest();
            let oldest = oldest.and_then(|(_, held)| held.sessions.front());
            match oldest {
                Some(kept) if kept.life.until <= now => self.remove_oldest(),
                _ => return,
            };
        }
    }

    fn let_go(&mut self, gone: impl IntoIterator<Item = Arc<Kept>>) {
        for kept in gone {
            self.sessions = self.sessions.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub(kept.encoded.len());
            self.gone.push(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::IsolationKey;
    use crate::session::{Life, at};

    const MADE: u64 = 1_000;
    /// More than there are, should they be handed out again and again.
    const MANY: usize = 1_000;

    fn key(number: u32) -> ClientKey {
        ClientKey::new(number.to_string(), IsolationKey::from_bytes([0; 32]))
    }

    /// A session that is told from others by its length.
    fn kept(length: usize, until: u64) -> Arc<Kept> {
        Arc::new(Kept {
            encoded: Zeroizing::new(vec![1; length]),
            life: Life {
                from: at(MADE),
                until: at(until),
            },
        })
    }

    fn shelf(sessions: usize, bytes: usize) -> ClientShelf {
        ClientShelf::new(Limits {
            sessions,
            bytes,
            tickets: 4,
        })
    }

    fn ticket(shelf: &mut ClientShelf, number: u32, length: usize) {
        shelf.put(key(number), kept(length, 5_000), true, at(MADE));
    }

    /// The lengths of everything that is handed out for `number`, in order.
    fn all(shelf: &mut ClientShelf, number: u32) -> Vec<usize> {
        let next = || shelf.next(&key(number), at(MADE));
        std::iter::from_fn(next)
            .take(MANY)
            .map(|kept| kept.encoded.len())
            .collect()
    }

    fn gone(shelf: &mut ClientShelf) -> Vec<usize> {
        shelf
            .gone
            .drain(..)
            .map(|kept| kept.encoded.len())
            .collect()
    }

    #[test]
    fn tickets_are_handed_out_once_and_the_newest_first() {
        let mut shelf = shelf(100, 1_000);
        for length in 1..=5 {
            ticket(&mut shelf, 1, length);
        }
        ticket(&mut shelf, 2, 6);
        assert_eq!(gone(&mut shelf), [1], "four for each server");
        assert_eq!((shelf.len(), shelf.bytes), (5, 20));
        assert_eq!(all(&mut shelf, 1), [5, 4, 3, 2]);
        assert_eq!(all(&mut shelf, 2), [6]);
        assert_eq!((shelf.len(), shelf.bytes, shelf.servers.len()), (0, 0, 0));
    }

    #[test]
    fn what_is_used_again_stays_alone() {
        let mut shelf = shelf(100, 1_000);
        let again = |shelf: &mut ClientShelf, length| {
            shelf.put(key(1), kept(length, 5_000), false, at(MADE));
        };
        again(&mut shelf, 1);
        again(&mut shelf, 2);
        for _ in 0..3 {
            let found = shelf.next(&key(1), at(MADE)).unwrap();
            assert_eq!(found.encoded.len(), 2);
        }
        // What the server gave last is what it speaks.
        ticket(&mut shelf, 1, 3);
        ticket(&mut shelf, 1, 4);
        assert_eq!(gone(&mut shelf), [1, 2]);
        again(&mut shelf, 5);
        assert_eq!(gone(&mut shelf), [3, 4]);
        assert_eq!((shelf.len(), shelf.bytes), (1, 5));
    }

    #[test]
    fn the_server_heard_of_least_recently_loses_its_oldest_first() {
        let mut shelf = shelf(5, 1_000);
        for (number, length) in [(1, 1), (2, 2), (1, 3), (2, 4), (3, 5)] {
            ticket(&mut shelf, number, length);
        }
        ticket(&mut shelf, 3, 6);
        assert_eq!(gone(&mut shelf), [1]);
        ticket(&mut shelf, 4, 7);
        assert_eq!(gone(&mut shelf), [3]);
        ticket(&mut shelf, 4, 990);
        assert_eq!(gone(&mut shelf), [2, 4, 5, 6], "for want of bytes");
        assert_eq!(all(&mut shelf, 4), [990, 7]);
    }

    #[test]
    fn what_is_too_large_is_not_kept_and_leaves_the_others() {
        let mut shelf = shelf(5, 100);
        ticket(&mut shelf, 1, 10);
        ticket(&mut shelf, 1, 101);
        assert_eq!(gone(&mut shelf), [101]);
        assert_eq!(all(&mut shelf, 1), [10]);
        for limits in [
            Limits {
                sessions: 0,
                bytes: 100,
                tickets: 4,
            },
            Limits {
                sessions: 5,
                bytes: 100,
                tickets: 0,
            },
        ] {
            let mut shelf = ClientShelf::new(limits);
            ticket(&mut shelf, 1, 10);
            assert_eq!((shelf.len(), gone(&mut shelf)), (0, vec![10]));
        }
    }

    /// property 20: expiry is checked again when a session is found.
    #[test]
    fn expired_sessions_are_passed_over_and_wiped() {
        let mut shelf = shelf(100, 10_000);
        for (number, length, until) in [(1, 1, 5_000), (1, 2, 1_500), (1, 3, 1_500), (2, 4, 1_500)]
        {
            shelf.put(key(number), kept(length, until), true, at(MADE));
        }
        let found = shelf.next(&key(1), at(1_500)).unwrap();
        assert_eq!(
            found.encoded.len(),
            1,
            "it lives longer than the newer ones"
        );
        assert_eq!(gone(&mut shelf), [3, 2, 1]);
        assert!(shelf.next(&key(1), at(1_500)).is_none());
        assert_eq!(gone(&mut shelf), [4], "the old end drains");
        assert_eq!((shelf.len(), shelf.bytes), (0, 0));
        // A clock that was set back does not make a session younger.
        ticket(&mut shelf, 1, 5);
        assert!(shelf.next(&key(1), at(MADE - 61)).is_none());
        assert_eq!(shelf.len(), 0);
    }

    /// property 24: what is held is bounded, whatever comes. A slow and obvious model gives out the same.
    #[test]
    fn it_gives_out_what_a_plain_list_of_sessions_does() {
        let mut shelf = shelf(12, 700);
        // (server, used once, length), in order of eviction.
        let mut model: Vec<(u32, bool, usize)> = Vec::new();
        let mut state = 1_u32;
        for step in 0..50_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let server = (state >> 16) % 6;
            let length = usize::try_from((state >> 8) % 120).unwrap() + 1;
            match (state >> 24) % 16 {
                0..8 => {
                    let once = state >> 30 > 0;
                    shelf.put(key(server), kept(length, 5_000), once, at(MADE));
                    let (mut mine, others): (Vec<_>, Vec<_>) =
                        model.into_iter().partition(|kept| kept.0 == server);
                    mine.retain(|kept| kept.1 && once);
                    mine.push((server, once, length));
                    let first = mine.len().saturating_sub(4);
                    model = others;
                    model.extend_from_slice(&mine[first..]);
                    let bytes = |model: &[(u32, bool, usize)]| -> usize {
                        model.iter().map(|kept| kept.2).sum()
                    };
                    while model.len() > 12 || bytes(&model) > 700 {
                        model.remove(0);
                    }
                }
                8..15 => {
                    let found = shelf.next(&key(server), at(MADE));
                    let at = model.iter().rposition(|kept| kept.0 == server);
                    let expected = at.map(|at| match model[at].1 {
                        true => model.remove(at).2,
                        false => model[at].2,
                    });
                    assert_eq!(
                        found.map(|kept| kept.encoded.len()),
                        expected,
                        "step {step}"
                    );
                }
                _ => {
                    shelf.forget(&key(server));
                    model.retain(|kept| kept.0 != server);
                }
            }
            shelf.gone.clear();
            assert_eq!(shelf.len(), model.len(), "step {step}");
            assert_eq!(shelf.bytes, model.iter().map(|kept| kept.2).sum::<usize>());
            assert!(shelf.servers.slots() <= 7);
        }
    }
}
