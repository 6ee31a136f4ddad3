//! One decryption with nothing random about it but the class of the block: the processor has to do exactly the same
//! work for each. Valgrind counts it:
//!
//! ```text
//! valgrind --tool=callgrind --toggle-collect='*decrypt_once*' target/release/examples/marvin once CLASS
//! ```

use premaster_crypto::{
    CryptoError, DecryptionKey, KeyTransport, Secret, SecureRandom, SharedSecret, tls12,
};
use premaster_crypto_rsa_transport::RsaTransport;
use rsa::RsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use rustls_pki_types::PrivateKeyDer;

use crate::class::{CLASSES, encrypt};

/// The same bytes each time: blinding and padding cost the same.
#[derive(Debug)]
struct Fixed;

impl SecureRandom for Fixed {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        let bytes = (1..=255).cycle();
        out.iter_mut()
            .zip(bytes)
            .for_each(|(out, byte)| *out = byte);
        Ok(())
    }
}

static TRANSPORT: RsaTransport = RsaTransport::new(&Fixed);

/// Decrypts a block of the class with this index.
pub(crate) fn run(class: usize, key: &PrivateKeyDer<'_>) {
    let key = TRANSPORT.load_key(key).expect("an RSA key");
    let public = RsaPublicKey::from_public_key_der(&key.spki()).expect("its public key");
    let block = CLASSES[class].block(&Fixed, &public);
    let ciphertext = encrypt(&public, &block);
    let fallback = Secret::from_bytes(&[7; 48]).expect("48 bytes");
    let premaster = decrypt_once(&*key, &ciphertext, fallback);
    let fate = if premaster.as_bytes() == [7; 48] {
        "refused"
    } else {
        "taken"
    };
    println!("{}: {fate}", CLASSES[class].name);
}

#[inline(never)]
fn decrypt_once(key: &dyn DecryptionKey, ciphertext: &[u8], fallback: Secret<48>) -> SharedSecret {
    let block = key.decrypt(ciphertext).expect("a block");
    tls12::premaster_from_block(block.as_bytes(), 0x0303, fallback)
}
