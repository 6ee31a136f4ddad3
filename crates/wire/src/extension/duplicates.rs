//! No two extensions of one type in a block (RFC 8446 section 4.2), checked in linear time.

use crate::code_point::ExtensionType;

/// The types seen so far in a block: cheap for all registered types and for a few others.
#[derive(Default)]
pub(super) struct Seen {
    registered: u64,
    others: [u16; 16],
    count: usize,
}

impl Seen {
    /// Whether this type was here before; once full, types of 64 and more are not compared any more.
    #[inline]
    pub(super) fn repeats(&mut self, ExtensionType(value): ExtensionType) -> bool {
        if value < 64 {
            let bit = 1u64.checked_shl(u32::from(value)).unwrap_or(0);
            let repeats = self.registered & bit != 0;
            self.registered |= bit;
            return repeats;
        }
        let repeats = self
            .others
            .iter()
            .take(self.count)
            .any(|other| *other == value);
        if let Some(free) = self.others.get_mut(self.count) {
            *free = value;
            self.count = self.count.saturating_add(1);
        }
        repeats
    }

    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.count == self.others.len()
    }
}

/// Whether a type appears twice, in time linear in their number: a hostile block has up to 16 383 of them.
#[cold]
pub(super) fn repeats_among_many(mut types: impl Iterator<Item = ExtensionType>) -> bool {
    let mut seen = Points::default();
    types.any(|ExtensionType(value)| !seen.insert(value))
}

/// A set of code points.
pub(super) struct Points([u64; 1024]);

impl Default for Points {
    fn default() -> Self {
        Self([0; 1024])
    }
}

impl Points {
    /// Whether the point was not there before.
    pub(super) fn insert(&mut self, point: u16) -> bool {
        let bit = 1u64.checked_shl(u32::from(point & 63)).unwrap_or(0);
        // The upper ten bits have a word each, so there always is one.
        let Some(word) = self.0.get_mut(usize::from(point >> 6)) else {
            return true;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_every_point_once() {
        // Miri is slow: there, every word of the set and every bit, but not every bit of every word.
        let step = if cfg!(miri) { 63 } else { 1 };
        let every = || (0..=u16::MAX).step_by(step);
        let mut points = Points::default();
        assert!(every().all(|point| points.insert(point)));
        assert!(every().all(|point| !points.insert(point)));
    }
}
