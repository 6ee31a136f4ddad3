//! Diffie-Hellman in finite fields (RFC 5246 section 8.1.2, RFC 7919, RFC 3526).

mod custom;
mod primality;
mod primes;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Limb, Odd, U448, U2048, U3072, U4096, Uint};
use premaster_crypto::{
    ActiveKeyExchange, CryptoError, DhGroup, Secret, SecureRandom, SharedSecret, erasing_deep_stack,
};

pub use custom::{GroupFault, dangerous_custom_group};

/// The groups that are known by their numbers, in order of preference.
///
/// The smallest come first: who has to use these has a peer from before elliptic curves.
pub(crate) fn all(random: &'static dyn SecureRandom) -> Vec<Arc<dyn DhGroup>> {
    const TWO: &[u8] = &[2];
    let ffdhe2048 = Group::<{ U2048::LIMBS }>::new("ffdhe2048", &primes::FFDHE2048, TWO, random);
    let ffdhe3072 = Group::<{ U3072::LIMBS }>::new("ffdhe3072", &primes::FFDHE3072, TWO, random);
    let ffdhe4096 = Group::<{ U4096::LIMBS }>::new("ffdhe4096", &primes::FFDHE4096, TWO, random);
    let modp2048 = Group::<{ U2048::LIMBS }>::new("modp2048", &primes::MODP2048, TWO, random);
    let modp3072 = Group::<{ U3072::LIMBS }>::new("modp3072", &primes::MODP3072, TWO, random);
    let modp4096 = Group::<{ U4096::LIMBS }>::new("modp4096", &primes::MODP4096, TWO, random);
    vec![
        Arc::new(ffdhe2048.with_id(256)),
        Arc::new(ffdhe3072.with_id(257)),
        Arc::new(ffdhe4096.with_id(258)),
        Arc::new(modp2048),
        Arc::new(modp3072),
        Arc::new(modp4096),
    ]
}

/// The longest exponent, in bytes.
const MAX_EXPONENT: usize = 52;
/// The longest prime, in bytes: what larger ones cost nobody should have to pay (property 9).
const MAX_PRIME: usize = 1024;
/// More than an exponentiation leaves on the stack, in bytes: it keeps 16 powers, and copies of them.
const STACK: usize = 65_536;

/// Bits of an exponent in a field of so many bits: the least of RFC 7919 appendix A (225 for 2048 bits, 275, 325, 375,
/// 400 for 8192), up to the next multiple of 32. It is also above the first estimate of RFC 3526 section 8.
///
/// Twice the strength of the group is enough where the prime is safe: there are no small subgroups
/// (RFC 7919 section 5.2).
const fn exponent_bits(prime_bits: u32) -> u32 {
    match prime_bits {
        ..=2048 => 256,
        2049..=3072 => 288,
        3073..=4096 => 352,
        4097..=6144 => 384,
        _ => 416,
    }
}

/// A group of a safe prime, in a width that is fixed when this is compiled.
struct Group<const LIMBS: usize> {
    name: String,
    id: Option<u16>,
    prime: Vec<u8>,
    generator: Vec<u8>,
    field: Arc<Field<LIMBS>>,
    random: &'static dyn SecureRandom,
}

impl<const LIMBS: usize> Group<LIMBS> {
    /// `prime` is a safe prime that fits the width, `generator` is between 2 and prime - 2.
    fn new(name: &str, prime: &[u8], generator: &[u8], random: &'static dyn SecureRandom) -> Self {
        Self {
            name: name.into(),
            id: None,
            prime: prime.into(),
            generator: generator.into(),
            field: Arc::new(Field::new(prime)),
            random,
        }
    }

    fn with_id(self, id: u16) -> Self {
        let id = Some(id);
        Self { id, ..self }
    }
}

impl<const LIMBS: usize> fmt::Debug for Group<LIMBS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.name).finish()
    }
}

impl<const LIMBS: usize> DhGroup for Group<LIMBS> {
    fn name(&self) -> &str {
        &self.name
    }

    fn id(&self) -> Option<u16> {
        self.id
    }

    fn prime(&self) -> &[u8] {
        &self.prime
    }

    fn generator(&self) -> &[u8] {
        &self.generator
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let exponent = self.field.exponent(self.random)?;
        let generator = uint(&self.generator);
        let mut share = vec![0; self.prime.len()];
        self.field.power(&generator, &exponent, |public| {
            write(public, &mut share);
        });
        Ok(Box::new(Active {
            field: self.field.clone(),
            exponent,
            share,
        }))
    }
}

/// A key pair that waits for the peer's public key.
struct Active<const LIMBS: usize> {
    field: Arc<Field<LIMBS>>,
    exponent: Secret<MAX_EXPONENT>,
    share: Vec<u8>,
}

impl<const LIMBS: usize> ActiveKeyExchange for Active<LIMBS> {
    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        let len = self.share.len();
        if peer_share.len() > len {
            return Err(CryptoError);
        }
        let peer = uint(peer_share);
        if !self.field.has_public(&peer) {
            return Err(CryptoError);
        }
        // The result is neither 1 nor p-1: the order of what is left is q or 2q, and an exponent that is shorter than q
        // is no multiple of it. So there is nothing to check, in a value that is secret now.
        Ok(self.field.power(&peer, &self.exponent, |secret| {
            let mut bytes = [0; MAX_PRIME];
            write(secret, &mut bytes[..len]);
            SharedSecret::from_bytes(&bytes[..len])
        }))
    }
}

/// The integers modulo a safe prime.
struct Field<const LIMBS: usize> {
    params: FixedMontyParams<LIMBS>,
    exponent_bits: u32,
}

impl<const LIMBS: usize> Field<LIMBS> {
    fn new(prime: &[u8]) -> Self {
        let prime = Odd::new(uint(prime)).expect("a prime is odd");
        Self {
            exponent_bits: exponent_bits(prime.as_ref().bits_vartime()),
            params: FixedMontyParams::new_vartime(prime),
        }
    }

    /// Draws an exponent `x` with `2^(bits-1) <= x < 2^bits` (RFC 7919 section 5.2).
    fn exponent(&self, random: &dyn SecureRandom) -> Result<Secret<MAX_EXPONENT>, CryptoError> {
        let mut drawn = Ok(());
        let start = MAX_EXPONENT - self.exponent_bits as usize / 8;
        let exponent = Secret::fill_with(|bytes| {
            drawn = random.fill(&mut bytes[start..]);
            bytes[start] |= 0x80;
        });
        drawn.map(|()| exponent)
    }

    /// Whether a public key is one: neither 0, 1, p-1, nor beyond (RFC 7919 section 5.1, property 7).
    fn has_public(&self, public: &Uint<LIMBS>) -> bool {
        let largest = self
            .params
            .modulus()
            .as_ref()
            .wrapping_sub(&Uint::from(2u8));
        *public > Uint::ONE && *public <= largest
    }

    /// Hands `take` the power, in constant time but for the length that all exponents have.
    fn power<R>(
        &self,
        base: &Uint<LIMBS>,
        exponent: &Secret<MAX_EXPONENT>,
        take: impl FnOnce(&Uint<LIMBS>) -> R,
    ) -> R {
        erasing_deep_stack::<STACK, _>(|| {
            let exponent: U448 = uint(exponent.as_bytes());
            let base = FixedMontyForm::new(base, &self.params);
            let power = base.pow_bounded_exp(&exponent, self.exponent_bits);
            take(&power.retrieve())
        })
    }
}

/// The number that bytes are, big endian. They are no more than fit.
fn uint<const LIMBS: usize>(bytes: &[u8]) -> Uint<LIMBS> {
    let mut number = Uint::ZERO;
    let limbs = number.as_mut_limbs().iter_mut();
    for (limb, bytes) in limbs.zip(bytes.rchunks(Limb::BYTES)) {
        let mut whole = [0; Limb::BYTES];
        whole[Limb::BYTES - bytes.len()..].copy_from_slice(bytes);
        *limb = Limb::from_be_bytes(whole);
    }
    number
}

/// Writes a number over all of `out`, big endian, with leading zeros.
fn write<const LIMBS: usize>(number: &Uint<LIMBS>, out: &mut [u8]) {
    for (bytes, limb) in out.rchunks_mut(Limb::BYTES).zip(number.as_limbs()) {
        let whole = limb.to_be_bytes();
        bytes.copy_from_slice(&whole[Limb::BYTES - bytes.len()..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Debug)]
    struct Asked(Mutex<usize>);

    impl SecureRandom for Asked {
        fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
            *self.0.lock().unwrap() = out.len();
            out.fill(1);
            Ok(())
        }
    }

    /// RFC 7919 appendix A and section 5.2: as long as the group is strong, and never shorter.
    #[test]
    fn exponents_have_the_length_of_their_group_and_their_highest_bit() {
        for (prime_bits, least, bits) in [
            (2048, 225, 256),
            (2049, 275, 288),
            (3072, 275, 288),
            (4096, 325, 352),
            (6144, 375, 384),
            (8192, 400, 416),
        ] {
            assert_eq!(exponent_bits(prime_bits), bits);
            assert!(bits >= least && bits as usize <= 8 * MAX_EXPONENT);
        }
        let asked = Asked(Mutex::new(0));
        let exponent = Field::<{ U2048::LIMBS }>::new(&primes::FFDHE2048).exponent(&asked);
        let exponent = exponent.unwrap();
        let (zeros, drawn) = exponent.as_bytes().split_at(MAX_EXPONENT - 32);
        assert!(zeros.iter().all(|byte| *byte == 0));
        assert_eq!((drawn[0], &drawn[1..]), (0x81, &[1; 31][..]));
        assert_eq!(asked.0.into_inner().unwrap(), 32);
    }

    #[test]
    fn numbers_are_read_and_written_big_endian() {
        for len in [1, 7, 8, 9, 31, 256] {
            let mut bytes: Vec<u8> = (1..=255).cycle().take(len).collect();
            let number: Uint<{ U2048::LIMBS }> = uint(&bytes);
            let mut padded = vec![7; 256];
            write(&number, &mut padded);
            assert!(padded[..256 - len].iter().all(|byte| *byte == 0));
            assert_eq!(padded[256 - len..], bytes);
            bytes.insert(0, 0);
            bytes.truncate(len);
            assert!(uint::<{ U2048::LIMBS }>(&bytes) < number);
        }
    }
}
