//! Groups that are not in the table, by name only.

use alloc::sync::Arc;

use crypto_bigint::{U2048, U3072, U4096, U6144, U8192, Uint};
use premaster_crypto::{CryptoError, DhGroup, SecureRandom};

use super::primality::is_safe_prime;
use super::{Group, MAX_PRIME, uint};

/// Why a group is not to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupFault {
    /// The prime is too short to be safe: 2048 bits are the least.
    #[error("the prime has {bits} bits, and 2048 are the least")]
    TooShort {
        /// How many it has.
        bits: usize,
    },
    /// Computing with it costs too much: 8192 bits are the most.
    #[error("the prime has {bits} bits, and 8192 are the most")]
    TooLong {
        /// How many it has.
        bits: usize,
    },
    /// It is no prime, or half of it is none: then the group has small subgroups.
    #[error("the prime is not safe: p and (p-1)/2 have to be prime")]
    NotSafe,
    /// It generates nothing or two elements, or is no element.
    #[error("the generator is not between 2 and p-2")]
    Generator,
    /// Randomness failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// A group of another safe prime than those that everybody knows.
///
/// Dangerous, because nobody else has looked at it: whoever chose the prime can have chosen one in which they compute
/// logarithms, and that does not show. Better is a group of the table.
///
/// Numbers are big endian. Whether the prime is safe is found out here, which takes from a tenth of a second (2048 bits) to ten
/// seconds (8192 bits); do it once. Exponents will be drawn from `random`.
///
/// # Errors
/// [`GroupFault`] when the prime has less than 2048 bits, more than 8192, or is not safe; when the generator is not
/// between 2 and p-2.
///
/// ```
/// use premaster_crypto_classic::{GroupFault, dangerous_custom_group};
///
/// let random = premaster_crypto_ring::provider().random;
/// let fault = dangerous_custom_group("export", &[0xff; 64], &[2], random).unwrap_err();
/// assert_eq!(fault, GroupFault::TooShort { bits: 512 });
/// ```
pub fn dangerous_custom_group(
    name: &str,
    prime: &[u8],
    generator: &[u8],
    random: &'static dyn SecureRandom,
) -> Result<Arc<dyn DhGroup>, GroupFault> {
    let prime = without_zeros(prime);
    let generator = without_zeros(generator);
    let bits = 8 * prime.len()
        - prime
            .first()
            .map_or(0, |byte| byte.leading_zeros() as usize);
    match bits {
        // Within reach of an attacker (property 7).
        ..=2047 => Err(GroupFault::TooShort { bits }),
        2048 => group::<{ U2048::LIMBS }>(name, prime, generator, random),
        2049..=3072 => group::<{ U3072::LIMBS }>(name, prime, generator, random),
        3073..=4096 => group::<{ U4096::LIMBS }>(name, prime, generator, random),
        4097..=6144 => group::<{ U6144::LIMBS }>(name, prime, generator, random),
        6145..=8192 => group::<{ U8192::LIMBS }>(name, prime, generator, random),
        // More than anybody should have to compute (property 9).
        _ => Err(GroupFault::TooLong { bits }),
    }
}

fn group<const LIMBS: usize>(
    name: &str,
    prime: &[u8],
    generator: &[u8],
    random: &'static dyn SecureRandom,
) -> Result<Arc<dyn DhGroup>, GroupFault> {
    let p: Uint<LIMBS> = uint(prime);
    // The cheap check first; and a number that is longer than p does not fit.
    if generator.len() > prime.len() {
        return Err(GroupFault::Generator);
    }
    let g: Uint<LIMBS> = uint(generator);
    if g <= Uint::ONE || g >= p.wrapping_sub(&Uint::ONE) {
        return Err(GroupFault::Generator);
    }
    if !is_safe_prime(&p, random)? {
        return Err(GroupFault::NotSafe);
    }
    Ok(Arc::new(Group::<LIMBS>::new(
        name, prime, generator, random,
    )))
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

const _: () = assert!(8192 == 8 * MAX_PRIME);
