//! RSA with a certificate's public key, and any block at all (RFC 8017 section 5.1.1).

use premaster_trust::Certificate;

use super::number::power;

/// An RSA public key.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// `n`.
    pub modulus: Vec<u8>,
    /// `e`.
    pub exponent: Vec<u8>,
}

impl PublicKey {
    /// The key of a certificate, if it is an RSA key.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let spki = Certificate::parse(certificate)?.spki();
        let (info, _) = value(0x30, &spki)?;
        let (_algorithm, rest) = value(0x30, info)?;
        let (bits, _) = value(0x03, rest)?;
        let (key, _) = value(0x30, bits.get(1..)?)?;
        let (modulus, rest) = value(0x02, key)?;
        let (exponent, _) = value(0x02, rest)?;
        let modulus = super::number::stripped(modulus).to_vec();
        let exponent = exponent.to_vec();
        Some(Self { modulus, exponent })
    }

    /// The bare operation.
    #[must_use]
    pub fn encrypt(&self, block: &[u8]) -> Vec<u8> {
        power(block, &self.exponent, &self.modulus)
    }

    /// `00 02 | padding | 00 | message`, as long as the modulus (RFC 8017 section 7.2.1).
    ///
    /// # Panics
    ///
    /// If the message is too long.
    #[must_use]
    pub fn block(&self, message: &[u8]) -> Vec<u8> {
        let padding = vec![0xab; self.modulus.len() - 3 - message.len()];
        [&[0, 2], &padding[..], &[0], message].concat()
    }
}

/// The content of the DER value with this tag that comes first, and what follows it.
fn value(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [found, first, rest @ ..] = der else {
        return None;
    };
    let longer = match first {
        0x81 => 1,
        0x82 => 2,
        _ => 0,
    };
    let (length, rest) = rest.split_at_checked(longer)?;
    let length = match longer {
        0 => usize::from(*first),
        _ => length
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
    };
    rest.split_at_checked(length).filter(|_| *found == tag)
}
