//! Extensions of a ClientHello in a random order (RFC 8446 section 4.2 allows any).

use premaster_crypto::Provider;
use premaster_wire::{ClientHelloExtension, Extension as _, ExtensionType};

use crate::{Error, Fault};

/// An order of extensions, drawn once for a handshake: a second ClientHello keeps it (RFC 8446 section 4.1.2), whatever it
/// has more or less than the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Permutation(u64);

impl Permutation {
    /// Draws it.
    pub(super) fn new(provider: &Provider) -> Result<Self, Error> {
        let mut seed = [0; 8];
        let filled = provider.random.fill(&mut seed);
        filled.map_err(|_| Fault::RandomFailed)?;
        Ok(Self(u64::from_be_bytes(seed)))
    }

    pub(super) fn sort(&self, extensions: &mut [ClientHelloExtension<'_>]) {
        extensions.sort_by_key(|extension| self.place(extension.extension_type()));
    }

    /// Where an extension stands: what SplitMix64 makes of the seed and the type. It is seen by everybody, so it hides
    /// nothing.
    fn place(&self, kind: ExtensionType) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::from(kind.0).wrapping_add(1));
        let mut mixed = self.0.wrapping_add(step);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every extension comes first for some seeds and last for others, about as often as any other.
    #[test]
    #[cfg_attr(miri, ignore = "ten thousand orders: too slow")]
    fn no_extension_has_a_place_of_its_own() {
        let kinds = [0, 5, 10, 13, 16, 23, 35, 43, 45, 51].map(ExtensionType);
        let (mut first, mut last) = ([0_u32; 10], [0_u32; 10]);
        for seed in 0..10_000 {
            let permutation = Permutation(seed);
            let mut order: Vec<_> = (0..10).collect();
            order.sort_by_key(|at: &usize| permutation.place(kinds[*at]));
            first[order[0]] += 1;
            last[order[9]] += 1;
        }
        for count in first.into_iter().chain(last) {
            assert!((850..1150).contains(&count), "{first:?} {last:?}");
        }
    }

    #[test]
    fn what_is_added_or_left_out_moves_nothing_else() {
        let permutation = Permutation(7);
        let kinds = [0, 10, 13, 16, 23, 43, 51, 44].map(ExtensionType);
        let sorted = |kinds: &[ExtensionType]| {
            let mut kinds = kinds.to_vec();
            kinds.sort_by_key(|kind| permutation.place(*kind));
            kinds
        };
        let mut with_cookie = sorted(&kinds);
        with_cookie.retain(|kind| *kind != ExtensionType::cookie);
        assert_eq!(with_cookie, sorted(&kinds[..7]));
    }
}
