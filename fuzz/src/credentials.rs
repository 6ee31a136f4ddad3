//! What a person hands in: certificates and keys, in PEM or DER, and pins.
//!
//! Certificates that load are certificates, and load again from PEM of our own making; a key that loads from DER is the same
//! bytes; an error is fit for a terminal.

use premaster_trust::{Certificate, Pin, Roots, load};
use rustls_pki_types::PrivateKeyDer;

use crate::fixed::PROVIDER;

/// Runs one input.
pub(crate) fn run(bytes: &[u8]) {
    certificates(bytes);
    private_key(bytes);
    pin(bytes);
}

fn certificates(bytes: &[u8]) {
    let loaded = match load::certificates_from("input", bytes) {
        Ok(loaded) => loaded,
        Err(error) => return assert_printable(&error.to_string()),
    };
    assert!(!loaded.is_empty());
    assert!(loaded.iter().all(|der| Certificate::parse(der).is_some()));
    let text: String = loaded.iter().map(|der| pem("CERTIFICATE", der)).collect();
    let again = load::certificates_from("ours", text.as_bytes());
    assert_eq!(again.expect("PEM of our own"), loaded);
    if let Ok(roots) = Roots::from_bytes("input", bytes) {
        assert!((1..=loaded.len()).contains(&roots.len()));
        assert_eq!(roots.subjects().len(), roots.len());
    }
}

fn private_key(bytes: &[u8]) {
    let key = match load::private_key_from("input", bytes) {
        Ok(key) => key,
        Err(error) => return assert_printable(&error.to_string()),
    };
    let label = match &*key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    let text = pem(label, key.secret_der());
    let again = load::private_key_from("ours", text.as_bytes());
    let again = again.expect("PEM of our own");
    assert_eq!(again.secret_der(), key.secret_der());
    if let Ok(key) = (PROVIDER.load_key)(&key) {
        assert!(!key.spki().is_empty());
    }
}

fn pin(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match text.parse::<Pin>() {
        Ok(pin) => assert_eq!(pin.to_string().parse(), Ok(pin)),
        Err(error) => assert_printable(&error.to_string()),
    }
}

/// PEM as everybody writes it (RFC 7468 section 2).
fn pem(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in der.chunks(48) {
        for three in line.chunks(3) {
            let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
                let sextet = (bits >> shift & 63) as usize;
                let is_padding = at > three.len();
                text.push(if is_padding {
                    '='
                } else {
                    ALPHABET[sextet].into()
                });
            }
        }
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

/// An error of several words on one line, whatever the file holds.
fn assert_printable(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
