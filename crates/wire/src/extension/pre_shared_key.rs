//! The pre-shared keys that a client offers, and the binders that prove them (RFC 8446 section 4.2.11).

use crate::codec::{List, wire_struct};

wire_struct! {
    /// The pre-shared keys that a client offers (RFC 8446 section 4.2.11).
    ///
    /// The number of identities and of binders is whatever the client sent; [`pairs`](Self::pairs) wants them to
    /// agree.
    pub struct OfferedPsks<'a> {
        /// The keys, by name.
        pub identities: List<'a, PskIdentity<'a>> [7..=0xffff],
        /// A binder for each, in the same order.
        pub binders: List<'a, PskBinderEntry<'a>> [33..=0xffff],
    }
}

wire_struct! {
    /// The name of a pre-shared key (RFC 8446 section 4.2.11).
    pub struct PskIdentity<'a> {
        /// A ticket, or the name of a key that was agreed upon elsewhere.
        pub identity: &'a [u8] [1..=0xffff],
        /// The age of the ticket in milliseconds, plus its `ticket_age_add`; 0 if it is no ticket.
        pub obfuscated_ticket_age: u32,
    }
}

wire_struct! {
    /// An HMAC over the hello up to the binders (RFC 8446 section 4.2.11.2).
    pub struct PskBinderEntry<'a> {
        /// As long as the hash of the key.
        pub binder: &'a [u8] [32..=0xff],
    }
}

impl<'a> OfferedPsks<'a> {
    /// Each key with its binder, in their order; `None` if there are not as many binders as keys.
    ///
    /// A server refuses that (RFC 8446 section 4.2.11: `illegal_parameter`).
    #[must_use]
    pub fn pairs(
        &self,
    ) -> Option<impl Iterator<Item = (PskIdentity<'a>, PskBinderEntry<'a>)> + use<'a>> {
        (self.identities.len() == self.binders.len())
            .then(|| self.identities.iter().zip(self.binders.iter()))
    }

    /// How many bytes the binders take at the end of the extension, their length included.
    ///
    /// What comes before them in the message is what a binder covers: RFC 8446 section 4.2.11.2 truncates
    /// the ClientHello there.
    #[must_use]
    pub fn binders_len(&self) -> usize {
        let entries = self
            .binders
            .iter()
            .map(|entry| entry.binder.len().saturating_add(1));
        entries.fold(2, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_binders_are_pairs_only_if_they_are_as_many() {
        let identity = |identity| PskIdentity {
            identity,
            obfuscated_ticket_age: 0,
        };
        let identities = [identity(b"one"), identity(b"two")];
        let binders = [[1; 32], [2; 32], [3; 32]];
        let binders = binders.each_ref().map(|binder| PskBinderEntry { binder });
        for count in 0..=3 {
            let offered = OfferedPsks {
                identities: List::from(&identities),
                binders: List::from(&binders[..count]),
            };
            let pairs = offered.pairs().map(|pairs| {
                let pair = |(key, proof): (PskIdentity<'_>, PskBinderEntry<'_>)| {
                    (key.identity.len(), proof.binder[0])
                };
                pairs.map(pair).collect::<alloc::vec::Vec<_>>()
            });
            let expected = (count == 2).then(|| alloc::vec![(3, 1), (3, 2)]);
            assert_eq!(pairs, expected, "{count}");
        }
    }
}
