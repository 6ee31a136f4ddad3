//! Whether a number is a safe prime, for groups that somebody configured. Nothing here is secret.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, Uint};
use premaster_crypto::{CryptoError, SecureRandom};

use super::{MAX_PRIME, uint};

/// A composite number, even one made for this, passes a round with a chance of 1/4 at the most.
const ROUNDS: usize = 24;

/// Whether `p` and `(p-1)/2` are both prime; `p` is larger than 7.
///
/// # Errors
/// [`CryptoError`] when randomness fails.
pub(super) fn is_safe_prime<const LIMBS: usize>(
    p: &Uint<LIMBS>,
    random: &dyn SecureRandom,
) -> Result<bool, CryptoError> {
    let q = p.shr_vartime(1);
    if !is_prime(&q, random)? {
        return Ok(false);
    }
    // Pocklington's argument: 4^q = 1 modulo every prime factor of p. There the order of 4 is 1, and the factor 3, or it
    // is q, and the factor larger than q: too large to have another one beside it in 2q + 1. Nor is p a power of 3:
    // modulo 9 and on, the order of 4 is a power of 3.
    let Some(odd) = Odd::new(*p).into_option() else {
        return Ok(false);
    };
    let params = FixedMontyParams::new_vartime(odd);
    let power = FixedMontyForm::new(&Uint::from(4u8), &params).pow_vartime(&q);
    Ok(power == FixedMontyForm::one(&params))
}

/// Miller and Rabin's test with bases that nobody can foresee; `n` is larger than 3.
fn is_prime<const LIMBS: usize>(
    n: &Uint<LIMBS>,
    random: &dyn SecureRandom,
) -> Result<bool, CryptoError> {
    let Some(odd) = Odd::new(*n).into_option() else {
        return Ok(false);
    };
    let params = FixedMontyParams::new_vartime(odd);
    let one = FixedMontyForm::one(&params);
    let minus_one = -one;
    let even = n.wrapping_sub(&Uint::ONE);
    let twos = even.trailing_zeros_vartime();
    let rest = even.shr_vartime(twos);
    for _ in 0..ROUNDS {
        let base = base(n, random)?;
        let mut power = FixedMontyForm::new(&base, &params).pow_vartime(&rest);
        let mut passes = power == one || power == minus_one;
        for _ in 1..twos {
            power = power.square();
            passes |= power == minus_one;
        }
        if !passes {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Draws a number from 2 to `n - 2`.
fn base<const LIMBS: usize>(
    n: &Uint<LIMBS>,
    random: &dyn SecureRandom,
) -> Result<Uint<LIMBS>, CryptoError> {
    let bits = n.bits_vartime();
    let mut bytes = [0; MAX_PRIME];
    let bytes = &mut bytes[..bits.div_ceil(8) as usize];
    // Half of what is drawn fits, or more: that none of so many does is a fault of the source.
    for _ in 0..128 {
        random.fill(bytes)?;
        let drawn: Uint<LIMBS> = uint(bytes);
        let unused = bytes.len() as u32 * 8 - bits;
        let base = drawn.shr_vartime(unused);
        if base > Uint::ONE && base < n.wrapping_sub(&Uint::ONE) {
            return Ok(base);
        }
    }
    Err(CryptoError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dh::primes;
    use crypto_bigint::{U128, U2048, U3072, U4096};
    use premaster_crypto_ring::provider;
    use std::vec::Vec;

    /// Against trial division.
    #[test]
    fn small_numbers_are_judged_rightly() {
        let is_prime = |n: u32| {
            (2..n)
                .take_while(|i| i * i <= n)
                .all(|i| !n.is_multiple_of(i))
        };
        let expected: Vec<u32> = (8..3000)
            .filter(|p| p % 2 == 1 && is_prime(*p) && is_prime(p / 2))
            .collect();
        let found: Vec<u32> = (8..3000)
            .filter(|p| is_safe_prime(&U128::from(*p), provider().random).unwrap())
            .collect();
        assert_eq!(found, expected);
    }

    /// Numbers that pass Fermat's test or single bases, as q and as p.
    #[test]
    fn numbers_that_pretend_to_be_prime_are_found_out() {
        for n in [561u64, 2047, 3_215_031_751, 3_825_123_056_546_413_051] {
            assert!(!is_prime(&U128::from(n), provider().random).unwrap());
            assert!(!is_safe_prime(&U128::from(2 * u128::from(n) + 1), provider().random).unwrap());
        }
    }

    /// Property 7: p and q are prime, so what is neither 0, 1 nor p-1 has the order q or 2q.
    #[test]
    fn the_primes_of_the_table_are_safe() {
        let random = provider().random;
        for prime in [&primes::FFDHE2048, &primes::MODP2048] {
            let prime: U2048 = uint(prime);
            assert!(is_safe_prime(&prime, random).unwrap());
        }
        // One round of Miller and Rabin's would do for numbers that were not chosen to deceive: the formulas are
        // checked beside them. The larger ones take seconds here.
        for prime in [&primes::FFDHE3072, &primes::MODP3072] {
            let prime: U3072 = uint(prime);
            assert!(passes_fermat(&prime) && passes_fermat(&prime.shr_vartime(1)));
        }
        for prime in [&primes::FFDHE4096, &primes::MODP4096] {
            let prime: U4096 = uint(prime);
            assert!(passes_fermat(&prime) && passes_fermat(&prime.shr_vartime(1)));
        }
    }

    fn passes_fermat<const LIMBS: usize>(n: &Uint<LIMBS>) -> bool {
        let params = FixedMontyParams::new_vartime(Odd::new(*n).unwrap());
        let three = FixedMontyForm::new(&Uint::from(3u8), &params);
        three.pow_vartime(&n.wrapping_sub(&Uint::ONE)) == FixedMontyForm::one(&params)
    }
}
