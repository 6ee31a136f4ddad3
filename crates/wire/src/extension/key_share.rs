//! Shares of a key exchange (RFC 8446 section 4.2.8).
//!
//! ClientHello carries a list of [`KeyShareEntry`], ServerHello one, HelloRetryRequest only a group.

use super::duplicates::Points;
use crate::code_point::NamedGroup;
use crate::codec::wire_struct;

wire_struct! {
    /// A share for one group (RFC 8446 section 4.2.8).
    pub struct KeyShareEntry<'a> {
        /// The group.
        pub group: NamedGroup,
        /// The public value; its form depends on the group.
        pub key_exchange: &'a [u8] [1..=0xffff],
    }
}

impl<'a> KeyShareEntry<'a> {
    /// Whether these shares of a ClientHello are for different groups, all of which it lists as supported, and in the
    /// same order.
    ///
    /// RFC 8446 section 4.2.8 wants it of clients and lets servers refuse what is not so. Decoding does not: shares that
    /// break the rule are a list like any other. The answer takes time linear in both lists, of which a hostile
    /// hello has tens of thousands of elements, and 8 KiB of stack.
    ///
    /// ```
    /// use premaster_wire::{KeyShareEntry, NamedGroup};
    ///
    /// let share = |group| KeyShareEntry { group, key_exchange: &[7; 32] };
    /// let groups = [NamedGroup::X25519MLKEM768, NamedGroup::x25519, NamedGroup::secp256r1];
    /// let shares = [share(NamedGroup::X25519MLKEM768), share(NamedGroup::x25519)];
    /// assert!(KeyShareEntry::match_groups(shares, groups));
    /// assert!(!KeyShareEntry::match_groups([shares[1], shares[1]], groups));
    /// assert!(!KeyShareEntry::match_groups([shares[1], shares[0]], groups));
    /// assert!(!KeyShareEntry::match_groups([share(NamedGroup::x448)], groups));
    /// ```
    #[must_use]
    pub fn match_groups(
        shares: impl IntoIterator<Item = Self>,
        groups: impl IntoIterator<Item = NamedGroup>,
    ) -> bool {
        let (mut shares, mut groups) = (shares.into_iter(), groups.into_iter());
        let mut seen = Points::default();
        // What is behind the group of the last share is left in `groups`.
        shares.all(|share| seen.insert(share.group.0) && groups.any(|group| group == share.group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn share(group: NamedGroup) -> KeyShareEntry<'static> {
        KeyShareEntry {
            group,
            key_exchange: &[1],
        }
    }

    /// RFC 8446 section 4.2.7 does not forbid that a group is listed twice; it still has one share at the most.
    #[test]
    fn a_group_that_is_listed_twice_has_one_share() {
        let groups = [NamedGroup::x25519, NamedGroup::x25519];
        let share = share(NamedGroup::x25519);
        assert!(KeyShareEntry::match_groups([share], groups));
        assert!(!KeyShareEntry::match_groups([share, share], groups));
    }

    #[test]
    fn no_share_matches_any_groups() {
        assert!(KeyShareEntry::match_groups([], []));
        assert!(KeyShareEntry::match_groups([], [NamedGroup::x25519]));
        assert!(!KeyShareEntry::match_groups(
            [share(NamedGroup::x25519)],
            []
        ));
    }
}
