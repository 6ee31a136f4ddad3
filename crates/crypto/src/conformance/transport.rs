//! RSA key transport: what is encrypted comes back in its padding, and nothing is refused but what is public.

use alloc::vec;
use alloc::vec::Vec;

use rustls_pki_types::{PrivateKeyDer, alg_id};

use crate::spki::{INTEGER, RSA_BITS, SEQUENCE, der, encode};
use crate::tls12::{premaster, premaster_from_block};
use crate::{
    DecryptionKey, KeyTransport, Provider, PublicKeyKind, Secret, SharedSecret, public_key_kind,
};

use super::flipped;

const VERSION: u16 = 0x0303;

pub(super) fn check(provider: &Provider, transport: &dyn KeyTransport, keys: &[PrivateKeyDer<'_>]) {
    let mut checked = 0;
    for der in keys {
        let spki = (provider.load_key)(der).expect("a good private key").spki();
        let Some(PublicKeyKind::Rsa { bits }) = public_key_kind(&spki) else {
            assert!(transport.load_key(der).is_err(), "a key that is no RSA key");
            let encrypted = transport.encrypt(&spki, &fresh(provider));
            assert!(encrypted.is_err(), "encrypted to a key that is no RSA key");
            continue;
        };
        let key = transport.load_key(der).expect("an RSA key");
        assert_eq!(key.spki(), spki, "two public keys of one private key");
        Subject {
            provider,
            transport,
            key: &*key,
            len: bits.div_ceil(8),
        }
        .check();
        checked += 1;
    }
    assert!(checked > 0, "key transport wants an RSA key");
    check_sizes(provider, transport);
}

fn fresh(provider: &Provider) -> Secret<48> {
    premaster(VERSION, provider.random).expect("randomness")
}

/// Property 9: a key that is too small or too large is used for nothing.
fn check_sizes(provider: &Provider, transport: &dyn KeyTransport) {
    for bits in [1024, RSA_BITS.start() - 1, RSA_BITS.end() + 1, 16_384] {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] >>= 8 * modulus.len() - bits;
        if modulus[0] >= 0x80 {
            modulus.insert(0, 0);
        }
        let key = [der(INTEGER, &modulus), der(INTEGER, &[1, 0, 1])].concat();
        let spki = encode(&alg_id::RSA_ENCRYPTION, &der(SEQUENCE, &key));
        let encrypted = transport.encrypt(&spki, &fresh(provider));
        assert!(encrypted.is_err(), "encrypted to a key of {bits} bits");
    }
}

struct Subject<'a> {
    provider: &'a Provider,
    transport: &'a dyn KeyTransport,
    key: &'a dyn DecryptionKey,
    /// Bytes in the modulus.
    len: usize,
}

impl Subject<'_> {
    fn check(&self) {
        self.check_round_trip();
        self.check_fixed_length();
        self.check_refused();
        self.check_flips();
    }

    fn encrypt(&self, premaster: &Secret<48>) -> Vec<u8> {
        let ciphertext = self.transport.encrypt(&self.key.spki(), premaster);
        let ciphertext = ciphertext.expect("encrypted");
        assert_eq!(ciphertext.len(), self.len, "as long as the modulus");
        ciphertext
    }

    fn unpad(&self, block: &[u8]) -> SharedSecret {
        premaster_from_block(block, VERSION, fresh(self.provider))
    }

    /// RFC 8017 section 7.2.1, and every ciphertext with a padding of its own.
    fn check_round_trip(&self) {
        let premaster = fresh(self.provider);
        let ciphertexts = [(); 4].map(|()| self.encrypt(&premaster));
        for (index, ciphertext) in ciphertexts.iter().enumerate() {
            let earlier = &ciphertexts[..index];
            assert!(!earlier.contains(ciphertext), "the same ciphertext twice");
            let block = self.key.decrypt(ciphertext).expect("a block");
            assert_eq!(block.len(), self.len, "as long as the modulus");
            let unpadded = self.unpad(block.as_bytes());
            assert_eq!(unpadded.as_bytes(), premaster.as_bytes(), "another secret");
        }
    }

    /// Property 10: 0 and 1 are their own powers, and fill a block as everything does.
    fn check_fixed_length(&self) {
        for last in [0, 1] {
            let mut number = vec![0; self.len];
            number[self.len - 1] = last;
            let block = self.key.decrypt(&number).expect("a block");
            assert_eq!(block.as_bytes(), number, "the power of {last}");
        }
    }

    /// RFC 8017 section 5.1.2: the length, and the range of the number.
    fn check_refused(&self) {
        for len in [0, 1, self.len - 1, self.len + 1, 2 * self.len] {
            let decrypted = self.key.decrypt(&vec![0; len]);
            assert!(decrypted.is_err(), "decrypted {len} bytes");
        }
        let beyond = vec![0xff; self.len];
        assert!(self.key.decrypt(&beyond).is_err(), "beyond the modulus");
    }

    /// Property 10: a changed ciphertext gives another block, not an error, and never the secret.
    fn check_flips(&self) {
        let premaster = fresh(self.provider);
        let ciphertext = self.encrypt(&premaster);
        // The first byte could become larger than that of the modulus.
        for changed in flipped(&ciphertext).skip(8).step_by(509) {
            let block = self.key.decrypt(&changed).expect("a block");
            let unpadded = self.unpad(block.as_bytes());
            assert_ne!(unpadded.as_bytes(), premaster.as_bytes(), "the secret");
        }
    }
}
