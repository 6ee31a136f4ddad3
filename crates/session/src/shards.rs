//! Several shelves, each behind a lock of its own, that share two limits: what the stores in memory are made of.
//!
//! ```text
//!               keyed hash of the key
//!        +------------+------------+----- ...
//!        |            |            |
//!    lock+shelf   lock+shelf   lock+shelf      each has its part of both limits, and evicts its own
//! ```

use core::hash::Hash;
use core::mem;
use std::hash::RandomState;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::hashed::Hashed;
use crate::shelf::Shelf;

/// No shard is for fewer sessions: the fewer there are, the less even is the spread.
const FEWEST_SESSIONS: usize = 256;
/// No shard is for fewer bytes: a session larger than its shard's part is not kept.
const FEWEST_BYTES: usize = 512 * 1024;
/// Enough: a lock is held for some hundredths of a microsecond, a handshake takes a thousand times as long.
pub(crate) const USUAL: usize = 16;

/// How much is kept, and how spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) sessions: usize,
    pub(crate) bytes: usize,
    /// As many shards at most; fewer where a shard would be too small.
    pub(crate) shards: usize,
}

impl Bounds {
    fn shards(&self) -> usize {
        let large_enough = (self.sessions / FEWEST_SESSIONS).min(self.bytes / FEWEST_BYTES);
        self.shards.min(large_enough).max(1)
    }
}

/// Entries spread over shelves by a keyed hash.
///
/// The hash's key is random and leaves this value in no way, so that who chooses keys cannot choose shelves: neither
/// to fill one and evict what others have there, nor to keep all threads at one lock.
pub(crate) struct Shards<K> {
    bounds: Bounds,
    hash: RandomState,
    /// All but the last, which is never missing.
    others: Box<[Shard<K>]>,
    last: Shard<K>,
}

/// Two cache lines, for neighbours are often fetched in pairs: one lock's traffic does not slow the next one.
#[repr(align(128))]
struct Shard<K>(Mutex<Shelf<K>>);

impl<K: Hash + Eq + Clone> Shards<K> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let shards = bounds.shards();
        let part =
            |whole: usize, place: usize| whole / shards + usize::from(place < whole % shards);
        let shard = |place| {
            let shelf = Shelf::new(part(bounds.sessions, place), part(bounds.bytes, place));
            Shard(Mutex::new(shelf))
        };
        Self {
            bounds,
            hash: RandomState::new(),
            others: (0..shards - 1).map(shard).collect(),
            last: shard(shards - 1),
        }
    }

    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Works on the shelf of `key`, alone. What leaves the shelf is wiped after the lock is released.
    pub(crate) fn at<T>(&self, key: K, work: impl FnOnce(&mut Shelf<K>, Hashed<K>) -> T) -> T {
        let key = Hashed::new(key, &self.hash);
        let mut shelf = self.shard(&key).open();
        let done = work(&mut shelf, key);
        let gone = mem::take(&mut shelf.gone);
        drop(shelf);
        drop(gone);
        done
    }

    /// Entries of all shelves, counted one shelf after the other.
    pub(crate) fn len(&self) -> usize {
        self.all().map(|shard| shard.open().len()).sum()
    }

    /// How many shelves there are.
    pub(crate) fn count(&self) -> usize {
        self.others.len() + 1
    }

    fn shard(&self, key: &Hashed<K>) -> &Shard<K> {
        let place = key.place(self.count());
        self.others.get(place).unwrap_or(&self.last)
    }

    fn all(&self) -> impl Iterator<Item = &Shard<K>> {
        self.others.iter().chain([&self.last])
    }
}

impl<K> Shard<K> {
    /// A thread that panicked while it held the lock left the shelf whole: each step leaves it so.
    fn open(&self) -> MutexGuard<'_, Shelf<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use rustls_pki_types::UnixTime;
    use zeroize::Zeroizing;

    use super::*;
    use crate::session::{Life, at};
    use crate::shelf::Kept;

    const MADE: u64 = 1_000;

    fn now() -> UnixTime {
        at(MADE)
    }

    fn bounds(sessions: usize, bytes: usize, shards: usize) -> Bounds {
        Bounds {
            sessions,
            bytes,
            shards,
        }
    }

    /// Four shards for 1,024 sessions, and bytes for all of them.
    fn four() -> Shards<u32> {
        let shards = Shards::new(bounds(1_024, 4 * FEWEST_BYTES, 4));
        assert_eq!(shards.count(), 4);
        shards
    }

    fn put(shards: &Shards<u32>, number: u32, length: usize) {
        let kept = Arc::new(Kept {
            encoded: Zeroizing::new(vec![1; length]),
            life: Life {
                from: now(),
                until: at(5_000),
            },
        });
        shards.at(number, |shelf, key| shelf.put(key, kept, now()));
    }

    fn has(shards: &Shards<u32>, number: u32) -> bool {
        shards.at(number, |shelf, key| shelf.find(&key, now()).is_some())
    }

    fn place(shards: &Shards<u32>, number: u32) -> usize {
        Hashed::new(number, &shards.hash).place(shards.count())
    }

    /// The numbers from `first` on whose place is, or is not, the first one.
    fn numbers(shards: &Shards<u32>, first: u32, here: bool) -> impl Iterator<Item = u32> {
        let near = first..first + 100_000;
        near.filter(move |number| (place(shards, *number) == 0) == here)
    }

    fn bytes(shards: &Shards<u32>) -> usize {
        shards.all().map(|shard| shard.open().bytes()).sum()
    }

    #[test]
    fn a_shard_is_never_too_small() {
        const PLENTY: usize = usize::MAX;
        for (sessions, bytes, wanted, shards) in [
            (0, 0, 64, 1),
            (1, PLENTY, 64, 1),
            (511, PLENTY, 64, 1),
            (512, PLENTY, 64, 2),
            (10_000, PLENTY, 64, 39),
            (10_000, PLENTY, 8, 8),
            (10_000, PLENTY, 1, 1),
            (10_000, PLENTY, 0, 1),
            (PLENTY, PLENTY, 64, 64),
            (PLENTY, FEWEST_BYTES - 1, 64, 1),
            (PLENTY, 3 * FEWEST_BYTES, 64, 3),
        ] {
            assert_eq!(bounds(sessions, bytes, wanted).shards(), shards);
        }
    }

    #[test]
    fn the_parts_of_all_shards_are_the_whole() {
        for (sessions, length) in [(1_024, 4 * FEWEST_BYTES), (1_027, 4 * FEWEST_BYTES + 3)] {
            let shards: Shards<u32> = Shards::new(bounds(sessions, length, 4));
            let parts: Vec<_> = shards.all().map(|shard| shard.open().limits()).collect();
            assert_eq!(parts.len(), 4);
            assert_eq!(parts.iter().map(|part| part.0).sum::<usize>(), sessions);
            assert_eq!(parts.iter().map(|part| part.1).sum::<usize>(), length);
        }
    }

    /// property 24: threads that put at once hold no more together than one may.
    #[test]
    fn the_bounds_hold_while_many_threads_put() {
        let shards = Shards::new(bounds(1_024, 2 * FEWEST_BYTES, 2));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut most = (0, 0);
                while !done.load(Ordering::Acquire) {
                    most.0 = most.0.max(shards.len());
                    most.1 = most.1.max(bytes(&shards));
                }
                most
            });
            let putting: Vec<_> = (0..8)
                .map(|thread| {
                    let shards = &shards;
                    scope.spawn(move || {
                        for number in 0..4_000 {
                            // First there are too many sessions, then too many bytes.
                            let length = [100, 2_000][usize::from(number > 2_000)];
                            put(shards, thread * 4_000 + number, length);
                        }
                    })
                })
                .collect();
            for thread in putting {
                thread.join().unwrap();
            }
            done.store(true, Ordering::Release);
            let (sessions, held) = watch.join().unwrap();
            assert!(
                sessions <= 1_024 && held <= 2 * FEWEST_BYTES,
                "{sessions}, {held}"
            );
        });
        assert_eq!(bytes(&shards), shards.len() * 2_000);
        assert!(
            bytes(&shards) > 2 * FEWEST_BYTES - 2 * 2_000,
            "no room is lost"
        );
    }

    #[test]
    fn what_one_thread_put_another_finds() {
        let shards = four();
        thread::scope(|scope| {
            for thread in 0..4 {
                let shards = &shards;
                scope
                    .spawn(move || (0..64).for_each(|number| put(shards, thread * 64 + number, 1)));
            }
        });
        thread::scope(|scope| {
            for thread in 0..4 {
                let shards = &shards;
                scope.spawn(move || {
                    let others = (0..256).filter(|number| number / 64 != thread);
                    others.for_each(|number| assert!(has(shards, number), "{number}"));
                });
            }
        });
        assert_eq!(shards.len(), 256);
    }

    #[test]
    fn a_full_shard_evicts_its_own_first_session() {
        let shards = four();
        let mut here = numbers(&shards, 0, true);
        let mine: Vec<_> = here.by_ref().take(256).collect();
        let other: Vec<_> = numbers(&shards, 0, false).take(100).collect();
        for number in other.iter().chain(&mine) {
            put(&shards, *number, 1);
        }
        for first in &mine[..10] {
            assert!(has(&shards, *first));
            put(&shards, here.next().unwrap(), 1);
            assert!(!has(&shards, *first));
        }
        assert_eq!(shards.len(), 356);
        assert!(mine[10..].iter().all(|number| has(&shards, *number)));
    }

    /// property 24: a flood meets the part that it floods and no other.
    #[test]
    fn a_flood_in_one_shard_evicts_nothing_from_another() {
        let shards = four();
        let others: Vec<_> = numbers(&shards, 0, false).take(500).collect();
        for number in &others {
            put(&shards, *number, 1_000);
        }
        for number in numbers(&shards, 1_000_000, true).take(10_000) {
            put(&shards, number, 3_000);
        }
        assert_eq!(shards.len(), 500 + FEWEST_BYTES / 3_000);
        assert!(others.iter().all(|number| has(&shards, *number)));
    }

    /// property 24: without the key nobody knows which IDs meet in a shard.
    #[test]
    fn every_store_spreads_the_same_keys_in_its_own_way() {
        let spread = |shards: &Shards<u32>| -> Vec<usize> {
            (0..256).map(|number| place(shards, number)).collect()
        };
        // By chance: once in 4^256.
        assert_ne!(spread(&four()), spread(&four()));
    }

    #[test]
    fn who_works_on_one_shard_keeps_nobody_from_another() {
        let shards = Arc::new(four());
        let mine = numbers(&shards, 0, true).next().unwrap();
        let other = numbers(&shards, 0, false).next().unwrap();
        let (done, is_done) = mpsc::channel();
        shards.at(mine, |_, _| {
            let shards = Arc::clone(&shards);
            thread::spawn(move || {
                put(&shards, other, 1);
                done.send(has(&shards, other)).unwrap();
            });
            // Only a thread that waits for this one needs the limit.
            assert_eq!(is_done.recv_timeout(Duration::from_secs(60)), Ok(true));
        });
    }

    #[test]
    fn what_leaves_outlives_the_work_under_the_lock() {
        let shards = Arc::new(four());
        put(&shards, 1, 1);
        let kept = shards.at(1, |shelf, key| shelf.find(&key, now()).unwrap());
        let then = shards.at(1, |shelf, key| {
            shelf.remove(&key);
            Arc::strong_count(&kept)
        });
        assert_eq!(then, 2, "removed, and not dropped yet");
        assert_eq!(Arc::strong_count(&kept), 1);
        assert_eq!(shards.len(), 0);
    }

    #[test]
    fn a_thread_that_panicked_spoils_nothing() {
        let shards = Arc::new(four());
        put(&shards, 1, 1);
        let again = Arc::clone(&shards);
        let panicked = thread::spawn(move || again.at(1, |_, _| panic!("on purpose"))).join();
        assert!(panicked.is_err());
        assert!(has(&shards, 1));
        put(&shards, 2, 1);
        assert_eq!(shards.len(), 2);
    }
}
