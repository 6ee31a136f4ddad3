//! Both halves of RSA key transport, over keys that OpenSSL made.

use premaster_crypto::{
    CryptoError, DecryptionKey, KeyTransport, Secret, SecureRandom, spki, tls12,
};
use premaster_crypto_ring::provider;
use premaster_crypto_rsa_transport::{RsaTransport, extend};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, alg_id};
use std::sync::Arc;

const RSA2048: &str = include_str!("keys/rsa2048.pkcs8.pem");

/// Keys and the bytes in their moduli; one of them has two bits more than whole words.
const KEYS: [(&str, usize); 4] = [
    (RSA2048, 256),
    (include_str!("keys/rsa2048.pkcs1.pem"), 256),
    (include_str!("keys/rsa2050.pkcs8.pem"), 257),
    (include_str!("keys/rsa4096.pkcs8.pem"), 512),
];

fn key(pem: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a private key")
}

fn transport() -> &'static dyn KeyTransport {
    extend(provider()).key_transport.expect("RSA key transport")
}

fn load(pem: &str) -> Arc<dyn DecryptionKey> {
    transport().load_key(&key(pem)).expect("an RSA key")
}

fn premaster() -> Secret<48> {
    Secret::fill_with(|bytes| bytes.copy_from_slice(&[&[3, 3][..], &[0x99; 46]].concat()))
}

#[test]
fn what_is_encrypted_comes_back_in_its_padding() {
    for (pem, len) in KEYS {
        let key = load(pem);
        let ciphertext = transport()
            .encrypt(&key.spki(), &premaster())
            .expect("encrypted");
        assert_eq!(ciphertext.len(), len);
        let block = key.decrypt(&ciphertext).expect("decrypted");
        let block = block.as_bytes();
        assert_eq!(block.len(), len);
        assert_eq!(block[..2], [0, 2]);
        assert!(block[2..len - 49].iter().all(|byte| *byte != 0));
        assert_eq!(block[len - 49], 0);
        assert_eq!(&block[len - 48..], premaster().as_bytes());
    }
}

/// A block of 8192 bits would take seconds in a debug build; encrypting it is cheap.
#[test]
fn keys_of_8192_bits_are_the_largest() {
    let key = load(include_str!("keys/rsa8192.pkcs8.pem"));
    let ciphertext = transport().encrypt(&key.spki(), &premaster());
    assert_eq!(ciphertext.expect("encrypted").len(), 1024);
}

/// Property 10: a block that begins with zeros is no shorter.
#[test]
fn a_block_is_as_long_as_the_modulus_whatever_it_holds() {
    for (pem, len) in KEYS {
        for last in [0, 1] {
            // 0 and 1 are their own powers.
            let mut block = vec![0; len];
            block[len - 1] = last;
            let decrypted = load(pem).decrypt(&block).expect("below the modulus");
            assert_eq!(decrypted.as_bytes(), block);
        }
    }
}

/// Property 10: what is refused shows in the ciphertext alone.
#[test]
fn ciphertexts_of_another_length_or_beyond_the_modulus_are_refused() {
    for (pem, len) in KEYS {
        let key = load(pem);
        let (first, last) = modulus_ends(&key.spki(), len);
        for other in [0, 1, len - 1, len + 1, 2 * len] {
            assert!(key.decrypt(&vec![0; other]).is_err(), "{other} bytes");
        }
        let mut modulus = first.clone();
        assert!(key.decrypt(&modulus).is_err(), "the modulus itself");
        modulus[len - 1] = last - 1;
        assert!(key.decrypt(&modulus).is_ok(), "one less");
        assert!(key.decrypt(&vec![0xff; len]).is_err(), "all ones");
    }
}

/// The modulus, and its last byte.
fn modulus_ends(spki: &[u8], len: usize) -> (Vec<u8>, u8) {
    // Behind it: the exponent 65537 as an INTEGER of 3 bytes.
    let end = spki.len() - 5;
    let modulus = spki[end - len..end].to_vec();
    let last = modulus[len - 1];
    (modulus, last)
}

#[test]
fn the_public_key_is_the_one_that_signatures_are_checked_with() {
    for (pem, _) in KEYS {
        let signing = (provider().load_key)(&key(pem));
        // ring wants sizes of whole bytes.
        if let Ok(signing) = signing {
            assert_eq!(load(pem).spki(), signing.spki());
        }
    }
}

#[test]
fn no_two_ciphertexts_are_alike() {
    let spki = load(RSA2048).spki();
    let ciphertexts = [(); 8].map(|()| transport().encrypt(&spki, &premaster()).expect("a key"));
    for (index, ciphertext) in ciphertexts.iter().enumerate() {
        assert!(!ciphertexts[..index].contains(ciphertext));
    }
}

#[test]
fn keys_of_another_kind_or_size_do_not_load() {
    let refused = [
        include_str!("keys/rsa1024.pkcs8.pem"),
        include_str!("keys/rsa2048.three-primes.pem"),
        include_str!("keys/rsa-pss2048.pkcs8.pem"),
        include_str!("keys/p256.pkcs8.pem"),
    ];
    for pem in refused {
        assert!(transport().load_key(&key(pem)).is_err(), "{pem}");
    }
}

/// RSA numbers that do not belong together would give blocks that tell about the key.
#[test]
fn a_private_key_whose_numbers_do_not_fit_does_not_load() {
    let PrivateKeyDer::Pkcs1(whole) = key(KEYS[1].0) else {
        panic!("PKCS #1")
    };
    let der = whole.secret_pkcs1_der();
    // Version, modulus, exponent, private exponent, two primes: 4 + 3 + 261 + 5 + 260 + 2 * 132 bytes or so.
    for at in (12..780).step_by(16) {
        let mut changed = der.to_vec();
        changed[at] ^= 2;
        let changed = PrivateKeyDer::Pkcs1(changed.into());
        assert!(transport().load_key(&changed).is_err(), "byte {at}");
    }
    for len in (0..der.len()).step_by(50) {
        let cut = PrivateKeyDer::Pkcs1(der[..len].to_vec().into());
        assert!(transport().load_key(&cut).is_err(), "{len} bytes");
    }
}

/// Property 9: a peer's key costs nothing beyond its bounds.
#[test]
fn nothing_is_encrypted_to_a_key_out_of_bounds() {
    let odd = |len: usize| [&[0, 0xff][..], &vec![0xaa; len - 2], &[1]].concat();
    let even = [&[0, 0xff][..], &[0xaa; 255]].concat();
    let refused: [(&str, Vec<u8>); 9] = [
        ("a small modulus", rsa_spki(&odd(128), &[1, 0, 1])),
        ("a large modulus", rsa_spki(&odd(1025), &[1, 0, 1])),
        ("an even modulus", rsa_spki(&even, &[1, 0, 1])),
        ("the exponent 1", rsa_spki(&odd(256), &[1])),
        ("the exponent 2", rsa_spki(&odd(256), &[2])),
        ("an even exponent", rsa_spki(&odd(256), &[1, 0, 0])),
        ("a large exponent", rsa_spki(&odd(256), &[2, 0, 0, 0, 1])),
        ("no RSA key", spki::encode(&alg_id::ED25519, &[7; 32])),
        ("nothing", vec![]),
    ];
    for (what, spki) in refused {
        assert!(transport().encrypt(&spki, &premaster()).is_err(), "{what}");
    }
    for exponent in [&[3][..], &[1, 0, 1], &[1, 0xff, 0xff, 0xff, 0xff]] {
        let spki = rsa_spki(&odd(256), exponent);
        assert!(
            transport().encrypt(&spki, &premaster()).is_ok(),
            "{exponent:?}"
        );
    }
    let pem = include_bytes!("keys/rsa8200.spki.pem");
    let spki = SubjectPublicKeyInfoDer::from_pem_slice(pem).expect("a public key");
    assert!(
        transport().encrypt(&spki, &premaster()).is_err(),
        "8200 bits"
    );
}

/// `modulus` with its sign byte.
fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let numbers = [der(2, modulus), der(2, exponent)].concat();
    spki::encode(&alg_id::RSA_ENCRYPTION, &der(0x30, &numbers))
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let header = match content.len() {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&header[..], content].concat()
}

/// Randomness that always yields the same byte, or fails.
#[derive(Debug)]
struct Constant(Option<u8>);

impl SecureRandom for Constant {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.fill(self.0.ok_or(CryptoError)?);
        Ok(())
    }
}

/// Property 17: broken randomness ends in an error, neither in a loop nor in a bad padding.
#[test]
fn without_randomness_nothing_is_encrypted_or_decrypted() {
    static FAILING: RsaTransport = RsaTransport::new(&Constant(None));
    // No padding, and no factor to blind with.
    static ZEROS: RsaTransport = RsaTransport::new(&Constant(Some(0)));
    // Beyond every modulus, but good enough for a padding.
    static ONES: RsaTransport = RsaTransport::new(&Constant(Some(0xff)));
    for (broken, encrypts) in [(&FAILING, false), (&ZEROS, false), (&ONES, true)] {
        let key = broken.load_key(&key(RSA2048)).expect("a key");
        let encrypted = broken.encrypt(&key.spki(), &premaster());
        assert_eq!(encrypted.is_ok(), encrypts, "{broken:?}");
        assert!(key.decrypt(&[1; 256]).is_err(), "{broken:?}");
    }
}

#[test]
fn a_loaded_key_says_nothing_secret() {
    let names = KEYS.map(|(pem, _)| format!("{:?}", load(pem)));
    let sizes = [2048, 2048, 2050, 4096];
    assert_eq!(names, sizes.map(|bits| format!("RsaDecryptionKey({bits})")));
}

/// Property 10: nothing but a well-formed block yields what it holds.
#[test]
fn a_decrypted_block_is_unpadded_behind_the_trait() {
    let key = load(RSA2048);
    let ciphertext = transport()
        .encrypt(&key.spki(), &premaster())
        .expect("encrypted");
    let block = key.decrypt(&ciphertext).expect("decrypted");
    let fallback = || tls12::premaster(0x0303, provider().random).expect("randomness");
    let unpadded = tls12::premaster_from_block(block.as_bytes(), 0x0303, fallback());
    assert_eq!(unpadded.as_bytes(), premaster().as_bytes());
    let other = tls12::premaster_from_block(block.as_bytes(), 0x0302, fallback());
    assert_ne!(other.as_bytes(), premaster().as_bytes());
}
