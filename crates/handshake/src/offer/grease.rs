//! Values that mean nothing, so that servers do not forget to pass over what they do not know (RFC 8701).
//!
//! They are drawn once for a handshake: a second ClientHello repeats them (RFC 8446 section 4.1.2). Nothing here makes one
//! of them acceptable: what a server chooses is looked for in the policy, where they are not.

use premaster_crypto::Provider;
use premaster_wire::{
    CipherSuite, ClientHelloExtension as Extension, ExtensionType, KeyShareEntry, NamedGroup,
    ProtocolVersion, SignatureScheme,
};

use crate::{Error, Fault};

/// What one client says besides what it means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grease {
    pub(super) suite: CipherSuite,
    pub(super) group: NamedGroup,
    pub(super) version: ProtocolVersion,
    pub(super) scheme: SignatureScheme,
    first: ExtensionType,
    last: ExtensionType,
}

impl Grease {
    /// Draws them.
    pub(super) fn new(provider: &Provider) -> Result<Self, Error> {
        let mut drawn = [0; 6];
        let filled = provider.random.fill(&mut drawn);
        filled.map_err(|_| Fault::RandomFailed)?;
        Ok(Self::from_picks(drawn))
    }

    fn from_picks([suite, group, version, scheme, first, last]: [u8; 6]) -> Self {
        // Two extensions of one hello differ.
        let last = match (first ^ last) & 0xf0 {
            0 => last ^ 0x10,
            _ => last,
        };
        Self {
            suite: CipherSuite::grease(suite),
            group: NamedGroup::grease(group),
            version: ProtocolVersion::grease(version),
            scheme: SignatureScheme::grease(scheme),
            first: ExtensionType::grease(first),
            last: ExtensionType::grease(last),
        }
    }

    /// An extension without content, to come before all others.
    pub(super) fn first<'a>(self) -> Extension<'a> {
        Extension::Unknown {
            extension_type: self.first,
            body: &[],
        }
    }

    /// An extension with a little content, to come behind all others but pre_shared_key.
    pub(super) fn last<'a>(self) -> Extension<'a> {
        Extension::Unknown {
            extension_type: self.last,
            body: &[0],
        }
    }

    /// A share of the group that is none.
    pub(super) fn share<'a>(self) -> KeyShareEntry<'a> {
        KeyShareEntry {
            group: self.group,
            key_exchange: &[0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_drawn_is_reserved_and_the_extensions_differ() {
        // Every pick with every other, but under Miri.
        let picks = || (0..=u8::MAX).step_by(if cfg!(miri) { 15 } else { 1 });
        for first in picks() {
            for last in picks() {
                let grease = Grease::from_picks([first, last, first, last, first, last]);
                assert!(grease.suite.is_grease() && grease.group.is_grease());
                assert!(grease.version.is_grease() && grease.scheme.is_grease());
                assert!(grease.first.is_grease() && grease.last.is_grease());
                assert_ne!(grease.first, grease.last, "{first} {last}");
            }
        }
    }
}
