//! Ephemeral Diffie-Hellman on X25519, P-256, P-384 and P-521, and the hybrids with ML-KEM.

use alloc::boxed::Box;

use aws_lc_rs::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, EphemeralPrivateKey, PublicKey, UnparsedPublicKey,
    X25519, agree_ephemeral,
};
use aws_lc_rs::rand::SystemRandom;
use premaster_crypto::{
    ActiveKeyExchange, CryptoError, Hybrid, KeyExchange, SharedSecret, erasing_stack,
};

use crate::ml_kem::{ML_KEM_768, ML_KEM_1024};

/// What is offered by default, in order of preference.
pub(crate) static ALL: &[&dyn KeyExchange] = &[
    &Hybrid::x25519_mlkem768(&X25519_GROUP, &ML_KEM_768),
    &Hybrid::secp256r1_mlkem768(&P256_GROUP, &ML_KEM_768),
    &X25519_GROUP,
    &P256_GROUP,
    &P384_GROUP,
];

/// What is offered behind it by name.
pub(crate) static MORE: &[&dyn KeyExchange] = &[&P521_GROUP, &ML_KEM_1024];

static X25519_GROUP: Group = Group {
    id: 0x001d,
    name: "x25519",
    algorithm: &X25519,
    form: None,
};

static P256_GROUP: Group = Group {
    id: 0x0017,
    name: "secp256r1",
    algorithm: &ECDH_P256,
    form: Some(4),
};

static P384_GROUP: Group = Group {
    id: 0x0018,
    name: "secp384r1",
    algorithm: &ECDH_P384,
    form: Some(4),
};

static P521_GROUP: Group = Group {
    id: 0x0019,
    name: "secp521r1",
    algorithm: &ECDH_P521,
    form: Some(4),
};

#[derive(Debug)]
struct Group {
    id: u16,
    name: &'static str,
    algorithm: &'static Algorithm,
    /// What a share begins with: points are uncompressed (RFC 8422 section 5.4.1).
    form: Option<u8>,
}

impl KeyExchange for Group {
    fn id(&self) -> u16 {
        self.id
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        erasing_stack(|| {
            let key = EphemeralPrivateKey::generate(self.algorithm, &SystemRandom::new())
                .map_err(|_| CryptoError)?;
            let share = key.compute_public_key().map_err(|_| CryptoError)?;
            Ok(Box::new(Active {
                algorithm: self.algorithm,
                form: self.form,
                key,
                share,
            }) as Box<dyn ActiveKeyExchange>)
        })
    }
}

/// AWS-LC wipes the key when this is dropped.
struct Active {
    algorithm: &'static Algorithm,
    form: Option<u8>,
    key: EphemeralPrivateKey,
    share: PublicKey,
}

impl ActiveKeyExchange for Active {
    fn share(&self) -> &[u8] {
        self.share.as_ref()
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        // AWS-LC reads compressed points too, which TLS does not have.
        let is_uncompressed = self
            .form
            .is_none_or(|form| peer_share.first() == Some(&form));
        if peer_share.len() != self.share.as_ref().len() || !is_uncompressed {
            return Err(CryptoError);
        }
        let peer = UnparsedPublicKey::new(self.algorithm, peer_share);
        // AWS-LC refuses points off the curve (RFC 8422 section 5.11) and a result of zeros
        // (RFC 7748 section 6.1).
        erasing_stack(|| {
            agree_ephemeral(self.key, peer, CryptoError, |secret| {
                Ok(SharedSecret::from_bytes(secret))
            })
        })
    }
}
