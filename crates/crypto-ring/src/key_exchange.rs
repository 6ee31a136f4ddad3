//! Ephemeral Diffie-Hellman on X25519, P-256 and P-384.

use alloc::boxed::Box;

use premaster_crypto::{ActiveKeyExchange, CryptoError, KeyExchange, SharedSecret, erasing_stack};
use ring::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, EphemeralPrivateKey, PublicKey, UnparsedPublicKey, X25519,
    agree_ephemeral,
};
use ring::rand::SystemRandom;

use crate::erase::overwrite;

/// All of them, in order of preference.
pub(crate) static ALL: &[&dyn KeyExchange] = &[
    &Group {
        id: 0x001d,
        name: "x25519",
        algorithm: &X25519,
    },
    &Group {
        id: 0x0017,
        name: "secp256r1",
        algorithm: &ECDH_P256,
    },
    &Group {
        id: 0x0018,
        name: "secp384r1",
        algorithm: &ECDH_P384,
    },
];

#[derive(Debug)]
struct Group {
    id: u16,
    name: &'static str,
    algorithm: &'static Algorithm,
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
            let key = generate(self.algorithm)?;
            let share = key.compute_public_key().map_err(|_| CryptoError)?;
            Ok(Box::new(Active {
                algorithm: self.algorithm,
                key: Some(key),
                share,
            }) as Box<dyn ActiveKeyExchange>)
        })
    }
}

struct Active {
    algorithm: &'static Algorithm,
    key: Option<EphemeralPrivateKey>,
    share: PublicKey,
}

impl ActiveKeyExchange for Active {
    fn share(&self) -> &[u8] {
        self.share.as_ref()
    }

    fn complete(mut self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        let peer = UnparsedPublicKey::new(self.algorithm, peer_share);
        erasing_stack(|| {
            let key = self.key.take().ok_or(CryptoError)?;
            // ring refuses points off the curve (RFC 8422 section 5.11) and a result of zeros
            // (RFC 7748 section 6.1).
            agree_ephemeral(key, &peer, SharedSecret::from_bytes).map_err(|_| CryptoError)
        })
    }
}

/// Another private key, never to be used, is written over the one in the box.
impl Drop for Active {
    fn drop(&mut self) {
        let algorithm = self.algorithm;
        overwrite(&mut self.key, || generate(algorithm).ok().map(Some));
    }
}

fn generate(algorithm: &'static Algorithm) -> Result<EphemeralPrivateKey, CryptoError> {
    EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).map_err(|_| CryptoError)
}
