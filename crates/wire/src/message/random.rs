//! The randoms of the hellos, and the three that mean something (RFC 8446 section 4.1.3).

use crate::codec::{Decode, Encode, Parsed, Writer};

/// The random of a hello (RFC 8446 section 4.1.2).
///
/// ```
/// use premaster_wire::Random;
///
/// let mut random = Random([7; 32]);
/// assert!(!random.ends_with(Random::DOWNGRADE_TLS12));
/// random.0[24..].copy_from_slice(&Random::DOWNGRADE_TLS12);
/// assert!(random.ends_with(Random::DOWNGRADE_TLS12));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Random(pub [u8; 32]);

impl Random {
    /// The random of a HelloRetryRequest: the SHA-256 of its name (RFC 8446 section 4.1.3).
    pub const HELLO_RETRY_REQUEST: Self = Self([
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8,
        0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
        0x33, 0x9c,
    ]);

    /// The end of the random of a server that has TLS 1.3 and chooses TLS 1.2 (RFC 8446 section 4.1.3).
    pub const DOWNGRADE_TLS12: [u8; 8] = *b"DOWNGRD\x01";

    /// The end of the random of a server that has TLS 1.2 or 1.3 and chooses an older version (RFC 8446
    /// section 4.1.3).
    pub const DOWNGRADE_TLS11: [u8; 8] = *b"DOWNGRD\x00";

    /// Whether the last eight bytes are this sentinel.
    #[must_use]
    pub fn ends_with(&self, sentinel: [u8; 8]) -> bool {
        self.0.ends_with(&sentinel)
    }
}

impl<'a> Decode<'a> for Random {
    const NAME: &'static str = "Random";
    const SIZE: Option<usize> = Some(32);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, bytes) = <[u8; 32]>::parse(input)?;
        Ok((rest, Self(bytes)))
    }
}

impl Encode for Random {
    fn encode(&self, out: &mut Writer) {
        out.put_slice(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8446 section 4.1.3: the last eight bytes and no others.
    #[test]
    fn a_sentinel_stands_at_the_end() {
        let mut random = Random([7; 32]);
        assert!(!random.ends_with(Random::DOWNGRADE_TLS12));
        random.0[24..].copy_from_slice(&Random::DOWNGRADE_TLS12);
        assert!(random.ends_with(Random::DOWNGRADE_TLS12));
        assert!(!random.ends_with(Random::DOWNGRADE_TLS11));
        random.0.rotate_left(1);
        assert!(!random.ends_with(Random::DOWNGRADE_TLS12));
    }
}
