//! ML-KEM (FIPS 203): half of a hybrid group, or a group of its own.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::marker::PhantomData;

use ml_kem::kem::{Decapsulate, Key, KeyExport};
use ml_kem::{B32, Ciphertext, DecapsulationKey, EncapsulationKey, Seed};
use premaster_crypto::{
    ActiveKeyExchange, CryptoError, KeyExchange, Secret, SecureRandom, SharedSecret,
    erasing_deep_stack,
};

/// A parameter set (FIPS 203 section 8), with the operations that draw no randomness of their own: the traits of `ml-kem`
/// leave them out.
pub(crate) trait Set: Send + Sync + Debug + 'static {
    /// The NamedGroup code point.
    const ID: u16;
    /// Its name.
    const NAME: &'static str;
    /// An encapsulation key.
    type Public;
    /// A decapsulation key, which erases itself on drop.
    type Private: Send + Sync;

    /// Runs an operation, and erases what it has left on the stack.
    fn erasing<T>(run: impl FnOnce() -> T) -> T;

    /// Makes a key pair, and the public key's bytes.
    fn make(seed: &[u8; 64]) -> (Box<Self::Private>, Vec<u8>);

    /// Reads an encapsulation key, with the modulus check of FIPS 203 section 7.2.
    fn public(share: &[u8]) -> Option<Self::Public>;

    /// Ciphertext and secret.
    fn encapsulate(key: &Self::Public, message: &[u8; 32]) -> (Vec<u8>, SharedSecret);

    /// The secret; `None` for a ciphertext of another length. One that was not made for the key yields another secret, not
    /// an error: FIPS 203 section 6.3.
    fn decapsulate(key: &Self::Private, ciphertext: &[u8]) -> Option<SharedSecret>;
}

/// Declares a [`Set`] over a parameter set of `ml-kem`. `$depth` is more than any operation leaves on the stack, in KiB: keys,
/// polynomials and secrets pass it on their way to where they stay. Code that is not optimised copies more.
///
/// ```text
/// parameter_set!(MlKem768, 0x0201, "MLKEM768", 64);
/// // impl Set for ml_kem::MlKem768 { const ID: u16 = 0x0201; ... }
/// ```
macro_rules! parameter_set {
    ($set:ident, $id:literal, $name:literal, $depth:literal) => {
        impl Set for ml_kem::$set {
            const ID: u16 = $id;
            const NAME: &'static str = $name;
            type Public = EncapsulationKey<Self>;
            type Private = DecapsulationKey<Self>;

            fn erasing<T>(run: impl FnOnce() -> T) -> T {
                const DEPTH: usize = $depth * 1024 * if cfg!(debug_assertions) { 4 } else { 1 };
                erasing_deep_stack::<DEPTH, _>(run)
            }

            fn make(seed: &[u8; 64]) -> (Box<Self::Private>, Vec<u8>) {
                let key = Box::new(Self::Private::from_seed(Seed::from(*seed)));
                let share = key.encapsulation_key().to_bytes().to_vec();
                (key, share)
            }

            fn public(share: &[u8]) -> Option<Self::Public> {
                let key = <&Key<Self::Public>>::try_from(share).ok()?;
                Self::Public::new(key).ok()
            }

            fn encapsulate(key: &Self::Public, message: &[u8; 32]) -> (Vec<u8>, SharedSecret) {
                let (ciphertext, secret) = key.encapsulate_deterministic(&B32::from(*message));
                (ciphertext.to_vec(), SharedSecret::from_bytes(&secret))
            }

            fn decapsulate(key: &Self::Private, ciphertext: &[u8]) -> Option<SharedSecret> {
                let ciphertext = <&Ciphertext<Self>>::try_from(ciphertext).ok()?;
                Some(SharedSecret::from_bytes(&key.decapsulate(ciphertext)))
            }
        }
    };
}

parameter_set!(MlKem768, 0x0201, "MLKEM768", 64);
parameter_set!(MlKem1024, 0x0202, "MLKEM1024", 128);

/// ML-KEM with the randomness of a provider.
#[derive(Debug)]
pub(crate) struct MlKem<S> {
    random: &'static dyn SecureRandom,
    set: PhantomData<S>,
}

impl<S: Set> MlKem<S> {
    pub(crate) fn new(random: &'static dyn SecureRandom) -> Self {
        let set = PhantomData;
        Self { random, set }
    }

    /// Fresh random bytes, erased after use.
    fn draw<const N: usize>(&self) -> Result<Secret<N>, CryptoError> {
        let mut filled = Ok(());
        let bytes = Secret::fill_with(|bytes| filled = self.random.fill(bytes));
        filled.map(|()| bytes)
    }
}

impl<S: Set> KeyExchange for MlKem<S> {
    fn id(&self) -> u16 {
        S::ID
    }

    fn name(&self) -> &'static str {
        S::NAME
    }

    fn tls13_only(&self) -> bool {
        true
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let seed = self.draw::<64>()?;
        Ok(Box::new(S::erasing(|| {
            Active::<S>::from_seed(seed.as_bytes())
        })))
    }

    fn respond(&self, peer_share: &[u8]) -> Result<(Vec<u8>, SharedSecret), CryptoError> {
        let key = S::public(peer_share).ok_or(CryptoError)?;
        let message = self.draw::<32>()?;
        Ok(S::erasing(|| S::encapsulate(&key, message.as_bytes())))
    }
}

/// A decapsulation key, and the encapsulation key that goes with it.
struct Active<S: Set> {
    key: Box<S::Private>,
    share: Vec<u8>,
}

impl<S: Set> Active<S> {
    fn from_seed(seed: &[u8; 64]) -> Self {
        let (key, share) = S::make(seed);
        Self { key, share }
    }
}

impl<S: Set> ActiveKeyExchange for Active<S> {
    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        S::erasing(|| S::decapsulate(&self.key, peer_share)).ok_or(CryptoError)
    }
}

#[cfg(test)]
#[path = "../../crypto/tests/support/mod.rs"]
mod support;

#[cfg(test)]
mod tests {
    use super::support::Entry;
    use super::*;

    type Small = DecapsulationKey<ml_kem::MlKem768>;
    type Large = DecapsulationKey<ml_kem::MlKem1024>;

    /// From the form of FIPS 203: the vectors have it, nothing else does.
    #[expect(deprecated)]
    fn small(key: &[u8]) -> Box<Small> {
        let key = key.try_into().expect("2400 bytes");
        Box::new(Small::from_expanded(key).expect("a good key"))
    }

    #[expect(deprecated)]
    fn large(key: &[u8]) -> Box<Large> {
        let key = key.try_into().expect("3168 bytes");
        Box::new(Large::from_expanded(key).expect("a good key"))
    }

    /// Those with this field.
    fn entries<S: Set>(with: &str) -> Vec<Entry<'static>> {
        let (file, count) = match S::ID {
            0x0201 => (include_str!("../vectors/ml-kem-768.txt"), 4),
            _ => (include_str!("../vectors/ml-kem-1024.txt"), 2),
        };
        let mut entries = Entry::read(file);
        assert_eq!(entries.len(), count);
        entries.retain(|entry| entry.find(with).is_some());
        assert!(!entries.is_empty());
        entries
    }

    fn check_keys<S: Set>(expanded: fn(&[u8]) -> Box<S::Private>)
    where
        S::Private: PartialEq,
    {
        for entry in entries::<S>("d") {
            let seed = [entry.bytes("d"), entry.bytes("z")].concat();
            let active = Active::<S>::from_seed(&seed.try_into().expect("64 bytes"));
            assert_eq!(active.share(), entry.bytes("ek"));
            assert!(*active.key == *expanded(&entry.bytes("dk")));
        }
    }

    #[test]
    fn keys_are_those_of_the_vectors() {
        check_keys::<ml_kem::MlKem768>(small);
        check_keys::<ml_kem::MlKem1024>(large);
    }

    fn check_ciphertexts<S: Set>() {
        for entry in entries::<S>("m") {
            let key = S::public(&entry.bytes("ek")).expect("a good key");
            let message = entry.bytes("m").try_into().expect("32 bytes");
            let (ciphertext, secret) = S::encapsulate(&key, &message);
            assert_eq!(ciphertext, entry.bytes("c"));
            assert_eq!(secret.as_bytes(), entry.bytes("k"));
        }
    }

    #[test]
    fn ciphertexts_are_those_of_the_vectors() {
        check_ciphertexts::<ml_kem::MlKem768>();
        check_ciphertexts::<ml_kem::MlKem1024>();
    }

    fn check_secrets<S: Set>(expanded: fn(&[u8]) -> Box<S::Private>) {
        for entry in entries::<S>("k") {
            let active = Box::new(Active::<S> {
                key: expanded(&entry.bytes("dk")),
                share: Vec::new(),
            });
            let secret = active.complete(&entry.bytes("c")).expect("a ciphertext");
            assert_eq!(secret.as_bytes(), entry.bytes("k"));
        }
    }

    #[test]
    fn secrets_are_those_of_the_vectors() {
        check_secrets::<ml_kem::MlKem768>(small);
        check_secrets::<ml_kem::MlKem1024>(large);
    }

    #[test]
    fn without_randomness_there_is_no_exchange() {
        #[derive(Debug)]
        struct Dry;
        impl SecureRandom for Dry {
            fn fill(&self, _: &mut [u8]) -> Result<(), CryptoError> {
                Err(CryptoError)
            }
        }
        let dry = MlKem::<ml_kem::MlKem768>::new(&Dry);
        assert!(dry.start().is_err());
        let share = Active::<ml_kem::MlKem768>::from_seed(&[7; 64]).share;
        assert!(dry.respond(&share).is_err());
    }
}
