//! ML-KEM (FIPS 203): half of a hybrid group, or a group of its own.

use alloc::boxed::Box;
use alloc::vec::Vec;

use aws_lc_rs::kem::{
    Algorithm, AlgorithmId, Ciphertext, DecapsulationKey, EncapsulationKey, EncapsulationKeyBytes,
};
use premaster_crypto::{ActiveKeyExchange, CryptoError, KeyExchange, SharedSecret, erasing_stack};

/// Key pairs and encapsulations draw on AWS-LC's own randomness.
#[derive(Debug)]
pub(crate) struct MlKem {
    id: u16,
    name: &'static str,
    algorithm: &'static Algorithm<AlgorithmId>,
}

pub(crate) static ML_KEM_768: MlKem = MlKem {
    id: 0x0201,
    name: "MLKEM768",
    algorithm: &aws_lc_rs::kem::ML_KEM_768,
};

pub(crate) static ML_KEM_1024: MlKem = MlKem {
    id: 0x0202,
    name: "MLKEM1024",
    algorithm: &aws_lc_rs::kem::ML_KEM_1024,
};

impl KeyExchange for MlKem {
    fn id(&self) -> u16 {
        self.id
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn tls13_only(&self) -> bool {
        true
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        erasing_stack(|| {
            let key = DecapsulationKey::generate(self.algorithm).map_err(|_| CryptoError)?;
            let share = key.encapsulation_key().map_err(|_| CryptoError)?;
            let share = share.key_bytes().map_err(|_| CryptoError)?;
            Ok(Box::new(Active { key, share }) as Box<dyn ActiveKeyExchange>)
        })
    }

    fn respond(&self, peer_share: &[u8]) -> Result<(Vec<u8>, SharedSecret), CryptoError> {
        erasing_stack(|| {
            // AWS-LC checks the modulus (FIPS 203 section 7.2) when it encapsulates.
            let key = EncapsulationKey::new(self.algorithm, peer_share).map_err(|_| CryptoError)?;
            let (ciphertext, secret) = key.encapsulate().map_err(|_| CryptoError)?;
            let secret = SharedSecret::from_bytes(secret.as_ref());
            Ok((ciphertext.as_ref().to_vec(), secret))
        })
    }
}

/// AWS-LC wipes the key when this is dropped.
struct Active {
    key: DecapsulationKey,
    share: EncapsulationKeyBytes<'static>,
}

impl ActiveKeyExchange for Active {
    fn share(&self) -> &[u8] {
        self.share.as_ref()
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        erasing_stack(|| {
            let secret = self.key.decapsulate(Ciphertext::from(peer_share));
            let secret = secret.map_err(|_| CryptoError)?;
            Ok(SharedSecret::from_bytes(secret.as_ref()))
        })
    }
}
