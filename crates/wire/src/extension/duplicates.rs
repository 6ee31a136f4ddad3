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
pub(super) fn repeats_among_many(types: impl Iterator<Item = ExtensionType>) -> bool {
    let mut seen = [0u64; 1024];
    for ExtensionType(value) in types {
        let (word, bit) = (
            usize::from(value >> 6),
            1u64.checked_shl(u32::from(value & 63)).unwrap_or(0),
        );
        let Some(word) = seen.get_mut(word) else {
            continue;
        };
        if *word & bit != 0 {
            return true;
        }
        *word |= bit;
    }
    false
}
