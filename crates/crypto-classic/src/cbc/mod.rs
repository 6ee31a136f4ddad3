//! AES in CBC mode with HMAC (RFC 5246 section 6.2.3.2, RFC 3268, RFC 5246 appendix C).

mod encrypt_then_mac;
mod mac_then_encrypt;
mod padding;

use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

use aes::cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt,
    BlockSizeUser, InnerIvInit, KeyInit, consts::U16,
};
use aes::{Aes128, Aes256};
use premaster_crypto::hidden::{Compress, MacKey, State256, State384};
use premaster_crypto::{
    BlockCipher, Cbc, CbcAlgorithm, CbcKey, CryptoError, DirectionKeys, MacAlgorithm, MacOrder,
    RecordContext, erasing_stack,
};

use crate::sha1;
use encrypt_then_mac::EncryptThenMac;
use mac_then_encrypt::MacThenEncrypt;

/// Every block cipher with every MAC.
pub(crate) static ALL: [&dyn Cbc; 6] = [
    &AesCbc::<Aes128, sha1::State>::new(BlockCipher::Aes128, MacAlgorithm::HmacSha1),
    &AesCbc::<Aes256, sha1::State>::new(BlockCipher::Aes256, MacAlgorithm::HmacSha1),
    &AesCbc::<Aes128, State256>::new(BlockCipher::Aes128, MacAlgorithm::HmacSha256),
    &AesCbc::<Aes256, State256>::new(BlockCipher::Aes256, MacAlgorithm::HmacSha256),
    &AesCbc::<Aes128, State384>::new(BlockCipher::Aes128, MacAlgorithm::HmacSha384),
    &AesCbc::<Aes256, State384>::new(BlockCipher::Aes256, MacAlgorithm::HmacSha384),
];

/// Bytes of a block, and so of an IV.
const BLOCK: usize = CbcAlgorithm::BLOCK;
/// The longest MAC.
const MAX_MAC: usize = 48;

/// A cipher and a MAC, by their types and by their names.
struct AesCbc<A, C> {
    algorithm: CbcAlgorithm,
    types: PhantomData<fn() -> (A, C)>,
}

impl<A, C> AesCbc<A, C> {
    const fn new(cipher: BlockCipher, mac: MacAlgorithm) -> Self {
        Self {
            algorithm: CbcAlgorithm { cipher, mac },
            types: PhantomData,
        }
    }
}

impl<A, C> fmt::Debug for AesCbc<A, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AesCbc").field(&self.algorithm).finish()
    }
}

impl<A: Aes, C: Compress + Send + Sync + 'static> Cbc for AesCbc<A, C> {
    fn algorithm(&self) -> CbcAlgorithm {
        self.algorithm
    }

    fn key(&self, keys: &DirectionKeys, order: MacOrder) -> Result<Box<dyn CbcKey>, CryptoError> {
        erasing_stack::<Result<Box<dyn CbcKey>, _>>(|| {
            let keys = Keys::<A, C>::new(keys)?;
            Ok(match order {
                MacOrder::MacThenEncrypt => Box::new(MacThenEncrypt(keys)),
                MacOrder::EncryptThenMac => Box::new(EncryptThenMac(keys)),
            })
        })
    }
}

/// AES with one length of keys: both of its key schedules, erased on drop.
trait Aes:
    KeyInit
    + BlockCipherEncrypt
    + BlockCipherDecrypt
    + BlockSizeUser<BlockSize = U16>
    + Send
    + Sync
    + 'static
{
}

impl Aes for Aes128 {}
impl Aes for Aes256 {}

/// What is prepared once for the records of one direction.
struct Keys<A, C: Compress> {
    cipher: A,
    mac: MacKey<C>,
}

impl<A: Aes, C: Compress> Keys<A, C> {
    /// Bytes of a MAC.
    const MAC: usize = C::OUTPUT;

    fn new(keys: &DirectionKeys) -> Result<Self, CryptoError> {
        let mac_key = keys.mac_key.as_bytes();
        if mac_key.len() != Self::MAC || !keys.iv.is_empty() {
            return Err(CryptoError);
        }
        let cipher = A::new_from_slice(keys.key.as_bytes()).map_err(|_| CryptoError)?;
        let mac = MacKey::new(mac_key);
        Ok(Self { cipher, mac })
    }

    /// Encrypts whole blocks that come after their IV.
    fn encrypt(&self, iv: &[u8; BLOCK], blocks: &mut [u8]) {
        let mut cbc = cbc::Encryptor::inner_iv_init(&self.cipher, &Array(*iv));
        cbc.encrypt_blocks(Array::slice_as_chunks_mut(blocks).0);
    }

    /// Decrypts whole blocks that come after their IV.
    fn decrypt(&self, iv: &[u8; BLOCK], blocks: &mut [u8]) {
        let mut cbc = cbc::Decryptor::inner_iv_init(&self.cipher, &Array(*iv));
        cbc.decrypt_blocks(Array::slice_as_chunks_mut(blocks).0);
    }
}

/// What a MAC covers in front of the record's bytes: sequence number, type, version, length. The length may be
/// secret.
fn mac_header(context: &RecordContext, len: usize) -> [u8; 13] {
    let mut header = [0; 13];
    header[..8].copy_from_slice(&context.sequence.to_be_bytes());
    header[8] = context.content_type;
    header[9..11].copy_from_slice(&context.version.to_be_bytes());
    header[11..].copy_from_slice(&(len as u16).to_be_bytes());
    header
}

/// Tells whether a fragment is good, and where its content is if so. `is_good` is all ones or all zeros.
///
/// A function of its own, and never a part of its callers: the one place where a branch depends on what was found.
#[inline(never)]
fn verdict(is_good: u8, content: usize) -> Result<Range<usize>, CryptoError> {
    if is_good == u8::MAX {
        Ok(BLOCK..BLOCK + content)
    } else {
        Err(CryptoError)
    }
}

/// Bytes of the blocks in a fragment, `beside` bytes of which are outside; `None` when they are not whole or the
/// fragment is longer than a record's header can say.
fn whole_blocks(fragment: usize, beside: usize) -> Option<usize> {
    let blocks = fragment.checked_sub(beside)?;
    (blocks.is_multiple_of(BLOCK) && fragment <= usize::from(u16::MAX)).then_some(blocks)
}

/// Bytes of `len` bytes with the shortest padding behind them.
fn padded(len: usize) -> usize {
    (len + 1).next_multiple_of(BLOCK)
}
