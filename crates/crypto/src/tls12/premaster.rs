//! The premaster secret of RSA key transport (RFC 5246 section 7.4.7.1): made, and taken out of its padding.
//!
//! ```text
//!  0    1    2                                 len-49  len-48          len
//! +----+----+---------------------------------+-------+----+----+-------+
//! | 00 | 02 | 8 or more bytes, none of them 0 |  00   | version | random |
//! +----+----+---------------------------------+-------+----+----+-------+
//! ```
//!
//! RSAES-PKCS1-v1_5 (RFC 8017 section 7.2.1). The message is always 48 bytes long, so every byte has its place
//! and nothing has to be searched for.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::{CryptoError, Secret, SecureRandom, SharedSecret};

/// RFC 8017 section 7.2.1: the shortest padding.
const MIN_PADDING: usize = 8;

/// A fresh premaster secret: the version that the ClientHello offered, and 46 random bytes.
///
/// A client encrypts it to the server's key; a server draws one as the fallback of [`premaster_from_block`].
///
/// # Errors
/// [`CryptoError`] when randomness fails.
pub fn premaster(
    client_version: u16,
    random: &dyn SecureRandom,
) -> Result<Secret<48>, CryptoError> {
    let mut filled = Ok(());
    let premaster = Secret::fill_with(|bytes| {
        filled = random.fill(bytes);
        [bytes[0], bytes[1]] = client_version.to_be_bytes();
    });
    filled.map(|()| premaster)
}

/// The premaster secret in a decrypted block, or else `fallback` (RFC 5246 section 7.4.7.1): property 10.
///
/// `client_version` is the one that the ClientHello offered, not the one that was negotiated. `fallback` has to be
/// random and drawn *before* the decryption, so that nothing costs more when it is needed. Whether it
/// is, nobody learns, the caller included: the handshake goes on and fails at Finished, whatever was wrong.
/// No branch, index or length depends on a byte of `block`; its length is public. For a
/// ciphertext that could not be decrypted at all, give zeros as long as the modulus: their padding is wrong.
///
/// ```
/// use premaster_crypto::{Secret, tls12::premaster_from_block};
///
/// let fallback = || Secret::<48>::from_bytes(&[7; 48]).expect("48 bytes");
/// let mut block = [&[0, 2][..], &[0xaa; 205], &[0], &[3, 3], &[0x99; 46]].concat();
/// let premaster = premaster_from_block(&block, 0x0303, fallback());
/// assert_eq!(premaster.as_bytes(), &block[208..]);
///
/// block[1] = 1;
/// let premaster = premaster_from_block(&block, 0x0303, fallback());
/// assert_eq!(premaster.as_bytes(), &[7; 48]);
/// ```
#[allow(clippy::needless_pass_by_value, reason = "a fallback serves once")]
pub fn premaster_from_block(
    block: &[u8],
    client_version: u16,
    fallback: Secret<48>,
) -> SharedSecret {
    let Some((head, message)) = block.split_last_chunk::<48>() else {
        return SharedSecret::from_bytes(fallback.as_bytes());
    };
    let right = is_padding(head) & message[..2].ct_eq(&client_version.to_be_bytes());
    let chosen = Secret::<48>::fill_with(|chosen| {
        let pairs = fallback.as_bytes().iter().zip(message);
        for (chosen, (fallback, message)) in chosen.iter_mut().zip(pairs) {
            *chosen = u8::conditional_select(fallback, message, right);
        }
    });
    SharedSecret::from_bytes(chosen.as_bytes())
}

/// Whether `head` is all that may stand before the message. Each step of [`Choice`] hides its value from the
/// compiler, which could otherwise leave the loop at the first wrong byte.
fn is_padding(head: &[u8]) -> Choice {
    let [zero, block_type, padding @ .., separator] = head else {
        return Choice::from(0);
    };
    let long_enough = Choice::from(u8::from(padding.len() >= MIN_PADDING));
    let ends = zero.ct_eq(&0) & block_type.ct_eq(&2) & separator.ct_eq(&0);
    let is_filled = |filled, byte: &u8| filled & !byte.ct_eq(&0);
    padding.iter().fold(long_enough & ends, is_filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    const VERSION: u16 = 0x0303;
    const FALLBACK: [u8; 48] = [7; 48];

    /// `00 02 | padding | 00 | 03 03 | 46 bytes`, `len` bytes in all.
    fn block(len: usize) -> Vec<u8> {
        let padding = vec![0xa5; len - 51];
        [&[0, 2][..], &padding, &[0, 3, 3], &[0x99; 46]].concat()
    }

    fn is_accepted(block: &[u8], version: u16) -> bool {
        let fallback = Secret::from_bytes(&FALLBACK).expect("48 bytes");
        let premaster = premaster_from_block(block, version, fallback);
        if premaster.as_bytes() == FALLBACK {
            return false;
        }
        assert_eq!(premaster.as_bytes(), &block[block.len() - 48..]);
        true
    }

    /// Property 10: what is right is taken, for every size of key.
    #[test]
    fn a_well_formed_block_yields_its_premaster() {
        for len in [59, 60, 128, 256, 257, 384, 512, 1024] {
            assert!(is_accepted(&block(len), VERSION), "{len} bytes");
        }
        for version in [0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0xffff] {
            let mut block = block(256);
            block[208..210].copy_from_slice(&u16::to_be_bytes(version));
            assert!(is_accepted(&block, version), "{version:04x}");
        }
    }

    /// Property 10: every class of failure ends in the fallback.
    #[test]
    fn whatever_is_wrong_yields_the_fallback() {
        let with = |at: usize, byte| {
            let mut block = block(256);
            block[at] = byte;
            block
        };
        for byte in 0..=255 {
            assert_eq!(is_accepted(&with(0, byte), VERSION), byte == 0);
            assert_eq!(is_accepted(&with(1, byte), VERSION), byte == 2);
            assert_eq!(is_accepted(&with(207, byte), VERSION), byte == 0);
            assert_eq!(is_accepted(&with(208, byte), VERSION), byte == 3);
            assert_eq!(is_accepted(&with(209, byte), VERSION), byte == 3);
            // Any byte but zero is padding, wherever it stands.
            for at in 2..207 {
                assert_eq!(is_accepted(&with(at, byte), VERSION), byte != 0, "{at}");
            }
            assert!(is_accepted(&with(210, byte), VERSION));
        }
    }

    /// Property 10: a message of 47 or 49 bytes has its separator elsewhere, even where its bytes would fit.
    #[test]
    fn a_message_of_another_length_yields_the_fallback() {
        for len in (0..=200).filter(|len| *len != 48) {
            let mut block = vec![0xa5; 256];
            block[..2].copy_from_slice(&[0, 2]);
            block[255 - len] = 0;
            block[208..210].copy_from_slice(&[3, 3]);
            assert!(!is_accepted(&block, VERSION), "{len} bytes");
        }
        assert!(!is_accepted(&[&[0, 2], &[0xa5; 254][..]].concat(), VERSION));
    }

    /// Property 10: nothing is outside the block, whatever its length.
    #[test]
    fn a_short_block_yields_the_fallback() {
        for len in 0..59 {
            let whole = block(59);
            assert!(!is_accepted(&whole[..len], VERSION), "{len} bytes");
            assert!(!is_accepted(&whole[59 - len..], VERSION), "{len} bytes");
        }
        for len in 51..59 {
            assert!(!is_accepted(&block(len), VERSION), "{len} bytes");
        }
    }

    /// Property 10: the version is the ClientHello's.
    #[test]
    fn another_version_yields_the_fallback() {
        for version in [0x0000, 0x0300, 0x0302, 0x0304, 0x0203, 0x0403, 0xfefd] {
            assert!(!is_accepted(&block(256), version), "{version:04x}");
        }
    }

    #[derive(Debug)]
    struct Counter(bool);

    impl SecureRandom for Counter {
        fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
            out.iter_mut()
                .zip(1..)
                .for_each(|(out, count)| *out = count);
            if self.0 { Ok(()) } else { Err(CryptoError) }
        }
    }

    #[test]
    fn a_fresh_premaster_is_the_version_and_46_random_bytes() {
        let fresh = premaster(0x0302, &Counter(true)).expect("randomness");
        let random: Vec<u8> = (3..=48).collect();
        assert_eq!(fresh.as_bytes()[..], [&[3, 2][..], &random].concat());
    }

    #[test]
    fn without_randomness_there_is_no_premaster() {
        assert!(premaster(VERSION, &Counter(false)).is_err());
    }
}
