//! What a store in memory keeps: encoded sessions, in order of arrival, within bounds.

use core::hash::Hash;

use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

use crate::arrivals::Arrivals;

/// Bytes that a store may hold for each session that it may hold.
const BYTES_PER_SESSION: usize = 2048;

/// Encoded sessions in order of arrival, never more than the two limits allow.
pub(crate) struct Shelf<K> {
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
    pub(crate) fn new(sessions: usize) -> Self {
        Self {
            entries: Arrivals::new(),
            limit: sessions,
            bytes: 0,
            byte_limit: sessions.saturating_mul(BYTES_PER_SESSION),
        }
    }

    /// Bounds the bytes of all sessions together.
    pub(crate) fn limit_bytes(&mut self, bytes: usize) {
        self.byte_limit = bytes;
        while self.bytes > bytes && self.remove_oldest() {}
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn put(
        &mut self,
        key: K,
        encoded: Zeroizing<Vec<u8>>,
        expires_at: UnixTime,
        now: UnixTime,
    ) {
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

    pub(crate) fn find(&self, key: &K) -> Option<&[u8]> {
        self.entries.find(key).map(|kept| kept.encoded.as_slice())
    }

    pub(crate) fn remove(&mut self, key: &K) {
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
    pub(crate) fn wipe_expired(&mut self, now: UnixTime) {
        for _ in 0..2 {
            match self.entries.oldest() {
                Some((_, kept)) if kept.expires_at <= now => self.remove_oldest(),
                _ => return,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::at;

    fn encoded(length: usize) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(vec![1; length])
    }

    /// property 24: what is held is bounded, whatever comes.
    #[test]
    fn a_million_sessions_stay_within_the_bounds() {
        let mut shelf = Shelf::new(100);
        shelf.limit_bytes(700);
        for number in 0..1_000_000_u32 {
            shelf.put(
                number,
                encoded(usize::from(number % 3 == 0) * 9 + 1),
                at(2_000),
                at(1_000),
            );
            assert!(shelf.len() <= 100 && shelf.bytes <= 700);
        }
        assert!(shelf.find(&999_999).is_some());
        assert!(
            shelf.entries.slots() <= 101,
            "{} slots",
            shelf.entries.slots()
        );
        let held = (0..1_000_000)
            .filter_map(|number| shelf.find(&number))
            .map(<[u8]>::len);
        assert_eq!(held.sum::<usize>(), shelf.bytes);
    }

    #[test]
    fn expired_sessions_drain_from_the_old_end() {
        let mut shelf = Shelf::new(100);
        for number in 0..50 {
            shelf.put(number, encoded(10), at(1_000 + number), at(1_000));
        }
        for number in 50..75 {
            shelf.put(number, encoded(10), at(5_000), at(2_000));
        }
        assert_eq!(shelf.len(), 25, "each put wipes two");
        shelf.wipe_expired(at(5_000));
        assert_eq!(shelf.len(), 23);
        assert_eq!(shelf.bytes, 230);
    }

    #[test]
    fn a_tighter_limit_holds_at_once() {
        let mut shelf = Shelf::new(100);
        for number in 0..10 {
            shelf.put(number, encoded(10), at(2_000), at(1_000));
        }
        shelf.limit_bytes(35);
        assert_eq!((shelf.len(), shelf.bytes), (3, 30));
        assert!(shelf.find(&9).is_some() && shelf.find(&6).is_none());
    }
}
