//! Ephemeral Diffie-Hellman on X25519, P-256 and P-384.

use alloc::boxed::Box;

use premaster_crypto::{ActiveKeyExchange, CryptoError, KeyExchange, SharedSecret};
use ring::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, EphemeralPrivateKey, PublicKey, UnparsedPublicKey, X25519,
    agree_ephemeral,
};
use ring::rand::SystemRandom;

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
        let key = EphemeralPrivateKey::generate(self.algorithm, &SystemRandom::new())
            .map_err(|_| CryptoError)?;
        let share = key.compute_public_key().map_err(|_| CryptoError)?;
        Ok(Box::new(Active { key, share }))
    }
}

struct Active {
    key: EphemeralPrivateKey,
    share: PublicKey,
}

impl ActiveKeyExchange for Active {
    fn share(&self) -> &[u8] {
        self.share.as_ref()
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        let peer = UnparsedPublicKey::new(self.key.algorithm(), peer_share);
        // ring refuses points off the curve and an all-zero result (RFC 8422 section 5.11).
        agree_ephemeral(self.key, &peer, SharedSecret::from_bytes).map_err(|_| CryptoError)
    }
}
