//! A map that remembers the order of arrival; every operation takes constant time.
//!
//! ```text
//! places   key -> slot
//! slots    [ entry older newer ] [ entry older newer ] [ free ] ...
//!             ^ oldest              ^ newest
//! ```

use core::hash::{BuildHasher, Hash};
use std::collections::HashMap;
use std::hash::RandomState;

/// Entries by key, and in the order in which they were put.
pub(crate) struct Arrivals<K, V, S = RandomState> {
    places: HashMap<K, usize, S>,
    slots: Vec<Slot<K, V>>,
    free: Vec<usize>,
    oldest: Option<usize>,
    newest: Option<usize>,
}

struct Slot<K, V> {
    entry: Option<(K, V)>,
    older: Option<usize>,
    newer: Option<usize>,
}

impl<K: Hash + Eq + Clone, V, S: BuildHasher + Default> Arrivals<K, V, S> {
    pub(crate) fn new() -> Self {
        Self {
            places: HashMap::default(),
            slots: Vec::new(),
            free: Vec::new(),
            oldest: None,
            newest: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn find(&self, key: &K) -> Option<&V> {
        let place = *self.places.get(key)?;
        self.slots
            .get(place)?
            .entry
            .as_ref()
            .map(|(_, value)| value)
    }

    pub(crate) fn find_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = *self.places.get(key)?;
        let slot = self.slots.get_mut(place)?;
        slot.entry.as_mut().map(|(_, value)| value)
    }

    /// The entry that has been here longest.
    pub(crate) fn oldest(&self) -> Option<(&K, &V)> {
        let slot = self.slots.get(self.oldest?)?;
        slot.entry.as_ref().map(|(key, value)| (key, value))
    }

    pub(crate) fn oldest_mut(&mut self) -> Option<&mut V> {
        let slot = self.slots.get_mut(self.oldest?)?;
        slot.entry.as_mut().map(|(_, value)| value)
    }

    /// Adds the entry as the newest; what was under `key` before comes back.
    pub(crate) fn put(&mut self, key: K, value: V) -> Option<V> {
        let before = self.remove(&key);
        let slot = Slot {
            entry: Some((key.clone(), value)),
            older: self.newest,
            newer: None,
        };
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(vacant) = self.slots.get_mut(place) {
                    *vacant = slot;
                }
                place
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        };
        match self.newest.and_then(|newest| self.slots.get_mut(newest)) {
            Some(newest) => newest.newer = Some(place),
            None => self.oldest = Some(place),
        }
        self.newest = Some(place);
        self.places.insert(key, place);
        before
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.places.remove(key)?;
        let slot = self.slots.get_mut(place)?;
        let (entry, older, newer) = (slot.entry.take(), slot.older.take(), slot.newer.take());
        match older.and_then(|older| self.slots.get_mut(older)) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
        match newer.and_then(|newer| self.slots.get_mut(newer)) {
            Some(newer) => newer.older = older,
            None => self.newest = older,
        }
        self.free.push(place);
        entry.map(|(_, value)| value)
    }

    /// Takes out the entry that has been here longest.
    pub(crate) fn remove_oldest(&mut self) -> Option<V> {
        let key = self.oldest()?.0.clone();
        self.remove(&key)
    }

    /// Slots in use or free: what the map holds on to.
    #[cfg(test)]
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slow and obvious model, driven with the same pseudo-random operations.
    #[test]
    fn it_behaves_like_a_plain_list_of_entries() {
        let mut map = Arrivals::<_, _>::new();
        let mut model: Vec<(u32, u32)> = Vec::new();
        let mut state = 1_u32;
        for step in 0..20_000_u32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let key = (state >> 16) % 13;
            let at = model.iter().position(|(k, _)| *k == key);
            match (state >> 8) % 4 {
                0 | 1 => {
                    let before = at.map(|at| model.remove(at).1);
                    model.push((key, step));
                    assert_eq!(map.put(key, step), before);
                }
                2 => assert_eq!(map.remove(&key), at.map(|at| model.remove(at).1)),
                _ => {
                    let oldest = (!model.is_empty()).then(|| model.remove(0).1);
                    assert_eq!(map.remove_oldest(), oldest);
                }
            }
            assert_eq!(map.len(), model.len());
            assert_eq!(map.oldest().map(|(k, v)| (*k, *v)), model.first().copied());
            for key in 0..13 {
                let found = model.iter().find(|(k, _)| *k == key).map(|(_, v)| v);
                assert_eq!(map.find(&key), found);
                assert_eq!(map.find_mut(&key).map(|v| &*v), found);
            }
            assert_eq!(map.oldest_mut().map(|v| &*v), model.first().map(|(_, v)| v));
        }
        assert!(
            map.slots() <= 13,
            "freed slots are used again: {}",
            map.slots()
        );
    }
}
