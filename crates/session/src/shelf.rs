//! What a store in memory keeps: encoded sessions, in order of arrival, within bounds.

use core::hash::Hash;
use std::sync::Arc;

use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

use crate::arrivals::Arrivals;
use crate::hashed::{AsIs, Hashed};
use crate::session::Life;

/// Encoded sessions in order of arrival, never more than the two limits allow.
pub(crate) struct Shelf<K> {
    entries: Arrivals<Hashed<K>, Arc<Kept>, AsIs>,
    limit: usize,
    bytes: usize,
    byte_limit: usize,
    /// What has left and is not wiped yet: that takes time, and a lock guards the shelf.
    pub(crate) gone: Vec<Arc<Kept>>,
}

/// A session as it is kept: shared with whoever has just found it, wiped when the last of them lets go.
pub(crate) struct Kept {
    pub(crate) encoded: Zeroizing<Vec<u8>>,
    pub(crate) life: Life,
}

impl<K: Hash + Eq + Clone> Shelf<K> {
    pub(crate) fn new(sessions: usize, bytes: usize) -> Self {
        Self {
            entries: Arrivals::new(),
            limit: sessions,
            bytes: 0,
            byte_limit: bytes,
            gone: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn put(&mut self, key: Hashed<K>, kept: Arc<Kept>, now: UnixTime) {
        self.wipe_expired(now);
        self.remove(&key);
        let length = kept.encoded.len();
        if length > self.byte_limit || self.limit == 0 {
            self.gone.push(kept);
            return;
        }
        while self.entries.len() >= self.limit
            || self.bytes.saturating_add(length) > self.byte_limit
        {
            if !self.remove_oldest() {
                break;
            }
        }
        self.bytes = self.bytes.saturating_add(length);
        self.entries.put(key, kept);
    }

    /// What is kept under `key`; it goes if it has expired.
    pub(crate) fn find(&mut self, key: &Hashed<K>, now: UnixTime) -> Option<Arc<Kept>> {
        self.wipe_expired(now);
        let kept = Arc::clone(self.entries.find(key)?);
        // Not only its end counts: a clock set back does too.
        if kept.life.is_over(now) {
            self.remove(key);
            return None;
        }
        Some(kept)
    }

    /// What is kept under `key`, and no longer.
    pub(crate) fn take(&mut self, key: &Hashed<K>, now: UnixTime) -> Option<Arc<Kept>> {
        let found = self.find(key, now)?;
        self.remove(key);
        Some(found)
    }

    pub(crate) fn remove(&mut self, key: &Hashed<K>) {
        let removed = self.entries.remove(key);
        self.let_go(removed);
    }

    fn remove_oldest(&mut self) -> bool {
        let removed = self.entries.remove_oldest();
        let is_some = removed.is_some();
        self.let_go(removed);
        is_some
    }

    fn let_go(&mut self, removed: Option<Arc<Kept>>) {
        let length = removed.as_ref().map_or(0, |kept| kept.encoded.len());
        self.bytes = self.bytes.saturating_sub(length);
        self.gone.extend(removed);
    }

    /// Two at most, so that the time stays constant; as each call adds one at most, the old end drains.
    fn wipe_expired(&mut self, now: UnixTime) {
        for _ in 0..2 {
            match self.entries.oldest() {
                Some((_, kept)) if kept.life.until <= now => self.remove_oldest(),
                _ => return,
            };
        }
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    #[cfg(test)]
    pub(crate) fn limits(&self) -> (usize, usize) {
        (self.limit, self.byte_limit)
    }
}

#[cfg(test)]
mod tests {
    use core::hash::BuildHasherDefault;
    use std::hash::DefaultHasher;

    use super::*;
    use crate::session::at;

    fn key(number: u32) -> Hashed<u32> {
        Hashed::new(number, &BuildHasherDefault::<DefaultHasher>::default())
    }

    const MADE: u64 = 1_000;

    fn kept(length: usize, until: u64) -> Arc<Kept> {
        Arc::new(Kept {
            encoded: Zeroizing::new(vec![1; length]),
            life: Life {
                from: at(MADE),
                until: at(until),
            },
        })
    }

    /// property 24: what is held is bounded, whatever comes.
    #[test]
    fn a_million_sessions_stay_within_the_bounds() {
        let mut shelf = Shelf::new(100, 700);
        for number in 0..1_000_000_u32 {
            let length = usize::from(number % 3 == 0) * 9 + 1;
            shelf.put(key(number), kept(length, 2_000), at(MADE));
            shelf.gone.clear();
            assert!(shelf.len() <= 100 && shelf.bytes <= 700);
        }
        assert!(shelf.find(&key(999_999), at(MADE)).is_some());
        assert!(
            shelf.entries.slots() <= 101,
            "{} slots",
            shelf.entries.slots()
        );
        let held = (0..1_000_000)
            .filter_map(|number| shelf.find(&key(number), at(MADE)))
            .map(|kept| kept.encoded.len());
        assert_eq!(held.sum::<usize>(), shelf.bytes);
    }

    #[test]
    fn expired_sessions_drain_from_the_old_end() {
        let mut shelf = Shelf::new(100, 10_000);
        for number in 0..50 {
            shelf.put(key(number), kept(10, MADE + u64::from(number)), at(MADE));
        }
        for number in 50..75 {
            shelf.put(key(number), kept(10, 5_000), at(2_000));
        }
        assert_eq!(shelf.len(), 25, "each put wipes two");
        assert!(shelf.find(&key(0), at(5_000)).is_none());
        assert_eq!(shelf.len(), 23, "and so does a look-up");
        assert_eq!(shelf.bytes, 230);
    }

    #[test]
    fn an_expired_session_goes_when_it_is_looked_for_wherever_it_stands() {
        let mut shelf = Shelf::new(100, 10_000);
        for (number, until) in [(1, 5_000), (2, 1_500), (3, 5_000)] {
            shelf.put(key(number), kept(10, until), at(MADE));
        }
        assert!(shelf.find(&key(2), at(1_499)).is_some());
        assert!(shelf.find(&key(2), at(1_500)).is_none());
        assert_eq!((shelf.len(), shelf.bytes), (2, 20));
    }

    /// The shelf is changed under a lock, and wiping takes time.
    #[test]
    fn what_leaves_is_handed_out_to_be_wiped_elsewhere() {
        let mut shelf = Shelf::new(3, 100);
        let gone = |shelf: &mut Shelf<u32>| {
            let lengths: Vec<_> = shelf.gone.iter().map(|kept| kept.encoded.len()).collect();
            shelf.gone.clear();
            lengths
        };
        for (number, length) in [(1, 1), (2, 2), (3, 3)] {
            shelf.put(key(number), kept(length, 5_000), at(MADE));
        }
        assert_eq!(gone(&mut shelf), [0; 0]);
        shelf.put(key(4), kept(4, 1_500), at(MADE));
        assert_eq!(gone(&mut shelf), [1], "evicted for want of a place");
        shelf.put(key(5), kept(95, 5_000), at(MADE));
        assert_eq!(gone(&mut shelf), [2, 3], "evicted for want of bytes");
        shelf.put(key(5), kept(50, 5_000), at(MADE));
        assert_eq!(gone(&mut shelf), [95], "replaced");
        shelf.put(key(6), kept(101, 5_000), at(MADE));
        assert_eq!(gone(&mut shelf), [101], "too large");
        assert!(shelf.find(&key(4), at(1_500)).is_none());
        assert_eq!(gone(&mut shelf), [4], "expired");
        shelf.remove(&key(5));
        assert_eq!(gone(&mut shelf), [50], "removed");
        assert_eq!((shelf.len(), shelf.bytes), (0, 0));
    }
}
