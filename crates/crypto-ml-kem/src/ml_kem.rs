//! ML-KEM-768 (FIPS 203), the half of a hybrid group.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ml_kem::kem::{Decapsulate, Key, KeyExport};
use ml_kem::{B32, Ciphertext, DecapsulationKey, EncapsulationKey, Seed};
use premaster_crypto::{
    ActiveKeyExchange, CryptoError, KeyExchange, Secret, SecureRandom, SharedSecret,
    erasing_deep_stack,
};

/// More than any operation leaves on the stack, in bytes: keys, polynomials and secrets pass it on their way to where they
/// stay. Code that is not optimised copies more.
const DEPTH: usize = if cfg!(debug_assertions) {
    256 * 1024
} else {
    64 * 1024
};

/// ML-KEM-768 with the randomness of a provider.
#[derive(Debug)]
pub(crate) struct MlKem768 {
    random: &'static dyn SecureRandom,
}

impl MlKem768 {
    pub(crate) fn new(random: &'static dyn SecureRandom) -> Self {
        Self { random }
    }

    /// Fresh random bytes, erased after use.
    fn draw<const N: usize>(&self) -> Result<Secret<N>, CryptoError> {
        let mut filled = Ok(());
        let bytes = Secret::fill_with(|bytes| filled = self.random.fill(bytes));
        filled.map(|()| bytes)
    }
}

impl KeyExchange for MlKem768 {
    fn id(&self) -> u16 {
        0x0201
    }

    fn name(&self) -> &'static str {
        "MLKEM768"
    }

    fn tls13_only(&self) -> bool {
        true
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let seed = self.draw::<64>()?;
        Ok(Box::new(erasing_deep_stack::<DEPTH, _>(|| {
            Active::from_seed(seed.as_bytes())
        })))
    }

    fn respond(&self, peer_share: &[u8]) -> Result<(Vec<u8>, SharedSecret), CryptoError> {
        let key = <&Key<Public>>::try_from(peer_share).map_err(|_| CryptoError)?;
        // This makes the modulus check of FIPS 203 section 7.2.
        let key = Public::new(key).map_err(|_| CryptoError)?;
        let message = self.draw::<32>()?;
        Ok(erasing_deep_stack::<DEPTH, _>(|| {
            answer(&key, message.as_bytes())
        }))
    }
}

type Public = EncapsulationKey<ml_kem::MlKem768>;
type Private = DecapsulationKey<ml_kem::MlKem768>;

fn answer(key: &Public, message: &[u8; 32]) -> (Vec<u8>, SharedSecret) {
    let (ciphertext, secret) = key.encapsulate_deterministic(&B32::from(*message));
    (ciphertext.to_vec(), SharedSecret::from_bytes(&secret))
}

/// A decapsulation key, which erases itself on drop, and the encapsulation key that goes with it.
struct Active {
    key: Box<Private>,
    share: Vec<u8>,
}

impl Active {
    fn from_seed(seed: &[u8; 64]) -> Self {
        let key = Box::new(Private::from_seed(Seed::from(*seed)));
        let share = key.encapsulation_key().to_bytes().to_vec();
        Self { key, share }
    }
}

impl ActiveKeyExchange for Active {
    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        let ciphertext = <&Ciphertext<ml_kem::MlKem768>>::try_from(peer_share);
        let ciphertext = ciphertext.map_err(|_| CryptoError)?;
        // A ciphertext that was not made for the key yields another secret, not an error: FIPS 203 section 6.3.
        Ok(erasing_deep_stack::<DEPTH, _>(|| {
            SharedSecret::from_bytes(&self.key.decapsulate(ciphertext))
        }))
    }
}

#[cfg(test)]
#[path = "../../crypto/tests/support/mod.rs"]
mod support;

#[cfg(test)]
mod tests {
    use super::support::Entry;
    use super::*;

    /// From the form of FIPS 203: the vectors have it, nothing else does.
    #[expect(deprecated)]
    fn expanded(key: &[u8]) -> Box<Private> {
        let key = key.try_into().expect("2400 bytes");
        Box::new(Private::from_expanded(key).expect("a good key"))
    }

    fn entries() -> Vec<Entry<'static>> {
        let entries = Entry::read(include_str!("../vectors/ml-kem-768.txt"));
        assert_eq!(entries.len(), 4);
        entries
    }

    #[test]
    fn keys_are_those_of_the_vectors() {
        let with_seed = entries().into_iter().filter(|it| it.find("d").is_some());
        for entry in with_seed {
            let seed = [entry.bytes("d"), entry.bytes("z")].concat();
            let active = Active::from_seed(&seed.try_into().expect("64 bytes"));
            assert_eq!(active.share(), entry.bytes("ek"));
            assert!(*active.key == *expanded(&entry.bytes("dk")));
        }
    }

    #[test]
    fn ciphertexts_are_those_of_the_vectors() {
        let with_message = entries().into_iter().filter(|it| it.find("m").is_some());
        for entry in with_message {
            let key = entry.bytes("ek");
            let key = Public::new(key[..].try_into().expect("1184 bytes")).expect("a good key");
            let message = entry.bytes("m").try_into().expect("32 bytes");
            let (ciphertext, secret) = answer(&key, &message);
            assert_eq!(ciphertext, entry.bytes("c"));
            assert_eq!(secret.as_bytes(), entry.bytes("k"));
        }
    }

    #[test]
    fn secrets_are_those_of_the_vectors() {
        let with_secret = entries().into_iter().filter(|it| it.find("k").is_some());
        for entry in with_secret {
            let active = Box::new(Active {
                key: expanded(&entry.bytes("dk")),
                share: Vec::new(),
            });
            let secret = active.complete(&entry.bytes("c")).expect("a ciphertext");
            assert_eq!(secret.as_bytes(), entry.bytes("k"));
        }
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
        let dry = MlKem768::new(&Dry);
        assert!(dry.start().is_err());
        let share = Active::from_seed(&[7; 64]).share;
        assert!(dry.respond(&share).is_err());
    }
}
