//! A key that is hashed once, before a lock is taken, and not again for each table that it is looked up in.

use core::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

/// A key with its keyed hash, which is all that a table with [`AsIs`] hashes of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hashed<K> {
    hash: u64,
    key: K,
}

impl<K: Hash> Hashed<K> {
    pub(crate) fn new(key: K, by: &impl BuildHasher) -> Self {
        Self {
            hash: by.hash_one(&key),
            key,
        }
    }

    /// One of `count` places. It tells nothing of the hash's ends, where tables look first.
    pub(crate) fn place(&self, count: usize) -> usize {
        let [_, a, b, c, d, ..] = self.hash.to_be_bytes();
        usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or_default() % count.max(1)
    }
}

impl<K> Hash for Hashed<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Takes the hash of a [`Hashed`] for its own.
pub(crate) type AsIs = BuildHasherDefault<Taken>;

/// The hash that was taken.
#[derive(Default)]
pub(crate) struct Taken(u64);

impl Hasher for Taken {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    /// No key here comes in bytes; if one did, it would be found all the same.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::hash::RandomState;

    use super::*;

    /// A key whose hash is always the same.
    #[derive(Clone, PartialEq, Eq)]
    struct Blunt(u8);

    impl Hash for Blunt {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }

    #[test]
    fn two_keys_with_one_hash_are_two_keys() {
        let by = RandomState::new();
        let keys = [1, 2].map(|number| Hashed::new(Blunt(number), &by));
        assert_eq!(keys[0].hash, keys[1].hash);
        let mut table: HashMap<_, _, AsIs> = HashMap::default();
        for (key, value) in keys.iter().zip(["one", "two"]) {
            table.insert(key.clone(), value);
        }
        assert_eq!(keys.map(|key| table[&key]), ["one", "two"]);
    }

    #[test]
    fn places_are_taken_evenly_whatever_their_number() {
        let by = RandomState::new();
        for count in [1, 2, 3, 7, 39, 64] {
            let mut taken = vec![0; count];
            for key in 0..1_000 * count {
                taken[Hashed::new(key, &by).place(count)] += 1;
            }
            // Ten standard deviations: no random key gets there.
            let even = taken.iter().all(|number| (700..1_300).contains(number));
            assert!(even, "{taken:?}");
        }
    }

    /// What all keys of a shard have in common must be nothing that their table goes by: the ends of the hash.
    #[test]
    fn a_place_depends_on_the_middle_of_the_hash_alone() {
        for middle in 0..64 {
            for ends in [0, !0, 0x0100_0000_0000_0001] {
                let hash = (middle << 24) | (ends & 0xff00_0000_00ff_ffff);
                let key = Hashed { hash, key: () };
                assert_eq!(key.place(64), usize::try_from(middle).unwrap() % 64);
            }
        }
    }
}
