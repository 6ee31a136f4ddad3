//! The key block (RFC 5246 section 6.3).

use crate::secret::wipe;
use crate::{DirectionKeys, HmacKey, SecretBytes};

use super::prf;

/// How long the parts of a key block are: what a cipher suite needs of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyBlockShape {
    /// `mac_key_length`: zero for an AEAD.
    pub mac_key_len: usize,
    /// `enc_key_length`.
    pub key_len: usize,
    /// `fixed_iv_length`: 4 for AES-GCM (RFC 5288 section 3), 12 for ChaCha20-Poly1305 (RFC 7905 section 2).
    pub fixed_iv_len: usize,
}

impl KeyBlockShape {
    /// Bytes in the whole block.
    pub const fn total_len(self) -> usize {
        2 * (self.mac_key_len + self.key_len + self.fixed_iv_len)
    }
}

/// The write keys of both sides.
#[derive(Debug)]
pub struct KeyBlock {
    /// What the client protects with.
    pub client: DirectionKeys,
    /// What the server protects with.
    pub server: DirectionKeys,
}

/// Larger than any block: two of the longest MAC key (48), key (32) and nonce (16).
const MAX_KEY_BLOCK: usize = 2 * (48 + 32 + 16);

impl KeyBlock {
    pub(super) fn derive(
        master_secret: &HmacKey,
        client_random: &[u8; 32],
        server_random: &[u8; 32],
        shape: KeyBlockShape,
    ) -> Self {
        let mut bytes = [0; MAX_KEY_BLOCK];
        let block = &mut bytes[..shape.total_len()];
        prf(
            master_secret,
            b"key expansion",
            &[server_random, client_random],
            block,
        );
        let mut rest = &*block;
        let mut take = |len| {
            let (part, after) = rest.split_at(len);
            rest = after;
            SecretBytes::new(part)
        };
        let macs = (take(shape.mac_key_len), take(shape.mac_key_len));
        let keys = (take(shape.key_len), take(shape.key_len));
        let ivs = (take(shape.fixed_iv_len), take(shape.fixed_iv_len));
        wipe(&mut bytes);
        Self {
            client: DirectionKeys {
                mac_key: macs.0,
                key: keys.0,
                iv: ivs.0,
            },
            server: DirectionKeys {
                mac_key: macs.1,
                key: keys.1,
                iv: ivs.1,
            },
        }
    }
}
