//! What a key is used for, and what its certificate allows (the KeyUsage extension, RFC 5280 section 4.2.1.3).
//!
//! A key that serves two purposes lends each the weaknesses of the other: an oracle for decryption can forge signatures.
//! So a use is a value here that every question names, and a certificate that speaks of uses is held to its word.

use core::fmt;

use crate::der::{BIT_STRING, Reader};
use crate::{Certificate, TrustError};

/// What the key of a certificate is used for in a handshake.
///
/// The cipher suite decides: RFC 5246 section 7.4.2 lists which needs what.
///
/// ```
/// use premaster_trust::{Certificate, KeyUse};
///
/// let mut params = rcgen::CertificateParams::new(["example.com".to_string()])?;
/// params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
/// let made = params.self_signed(&rcgen::KeyPair::generate()?)?;
///
/// let certificate = Certificate::parse(made.der()).ok_or("not a certificate")?;
/// assert!(certificate.allows(KeyUse::Sign));
/// assert!(!certificate.allows(KeyUse::Encipher));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// It signs the handshake: `digitalSignature`. All that ephemeral key exchanges and client authentication ask for.
    Sign,
    /// The premaster secret is encrypted to it: `keyEncipherment`. RSA key transport asks for this and nothing else.
    Encipher,
}

impl KeyUse {
    /// The RFC's name of the bit: `digitalSignature` or `keyEncipherment`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sign => "digitalSignature",
            Self::Encipher => "keyEncipherment",
        }
    }

    /// Holds a peer's certificate to what it says of its key. webpki ignores the extension for end entities.
    pub(crate) fn verify(self, leaf: &Certificate<'_>) -> Result<(), TrustError> {
        match leaf.key_usage() {
            KeyUsage::Malformed => Err(TrustError::Malformed {
                number: 1,
                reason: "its KeyUsage extension is not one BIT STRING in DER".into(),
            }),
            usage if usage.allows(self) => Ok(()),
            _ => Err(TrustError::UseNotAllowed { key_use: self }),
        }
    }

    /// Its bit in the first byte of the BIT STRING, where bit 0 is the highest.
    const fn bit(self) -> u8 {
        match self {
            Self::Sign => 1 << 7,
            Self::Encipher => 1 << 5,
        }
    }
}

impl fmt::Display for KeyUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the KeyUsage extension says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyUsage {
    /// The certificate has no such extension: the key may be used for anything.
    Absent,
    /// The first byte of the bits; the second has nothing but decipherOnly.
    Present(u8),
    /// The extension is no BIT STRING in DER, or there are two of them.
    Malformed,
}

impl KeyUsage {
    pub(crate) fn read(value: &[u8]) -> Self {
        let Some((&unused @ 0..=7, bits)) =
            Reader::only(value, BIT_STRING).and_then(<[u8]>::split_first)
        else {
            return Self::Malformed;
        };
        // X.690 section 8.6.2 and section 11.2.1: bits that are not there are zero, and are bits of a last byte.
        let well_formed = match bits.last() {
            Some(last) => last.trailing_zeros() >= u32::from(unused),
            None => unused == 0,
        };
        match well_formed {
            true => Self::Present(bits.first().copied().unwrap_or(0)),
            false => Self::Malformed,
        }
    }

    /// Whether the key may be used so; what cannot be read allows nothing.
    pub(crate) const fn allows(self, key_use: KeyUse) -> bool {
        match self {
            Self::Absent => true,
            Self::Present(bits) => bits & key_use.bit() != 0,
            Self::Malformed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// property 12: a use is allowed by its own bit and by no other.
    #[test]
    fn each_use_has_one_bit() {
        for (value, sign, encipher) in [
            // digitalSignature, keyEncipherment, both; then all of the first byte but one of them.
            (&[0x03, 0x02, 0x07, 0x80][..], true, false),
            (&[0x03, 0x02, 0x05, 0x20], false, true),
            (&[0x03, 0x02, 0x05, 0xa0], true, true),
            (&[0x03, 0x02, 0x00, 0x7f], false, true),
            (&[0x03, 0x02, 0x00, 0xdf], true, false),
            (&[0x03, 0x02, 0x00, 0x5f], false, false),
            // decipherOnly alone, nothing at all.
            (&[0x03, 0x03, 0x07, 0x00, 0x80], false, false),
            (&[0x03, 0x01, 0x00], false, false),
        ] {
            let usage = KeyUsage::read(value);
            assert!(matches!(usage, KeyUsage::Present(_)), "{value:02x?}");
            assert_eq!(usage.allows(KeyUse::Sign), sign, "{value:02x?}");
            assert_eq!(usage.allows(KeyUse::Encipher), encipher, "{value:02x?}");
        }
    }

    #[test]
    fn what_is_no_bit_string_allows_nothing() {
        for value in [
            &[][..],
            &[0x03, 0x00],
            &[0x03, 0x01, 0x01],
            &[0x03, 0x02, 0x08, 0xa0],
            &[0x04, 0x02, 0x05, 0xa0],
            &[0x03, 0x02, 0x05, 0xa0, 0x00],
            // keyEncipherment among the bits that are said not to be there
            &[0x03, 0x02, 0x06, 0xa0],
            &[0x03, 0x02, 0x07, 0xa0],
        ] {
            let usage = KeyUsage::read(value);
            assert_eq!(usage, KeyUsage::Malformed, "{value:02x?}");
            assert!(!usage.allows(KeyUse::Sign) && !usage.allows(KeyUse::Encipher));
        }
    }

    #[test]
    fn without_the_extension_a_key_may_be_used_for_anything() {
        assert!(KeyUsage::Absent.allows(KeyUse::Sign));
        assert!(KeyUsage::Absent.allows(KeyUse::Encipher));
    }
}
