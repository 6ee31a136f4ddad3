//! The signature schemes that are accepted, and the keys that each goes with.

use alloc::vec::Vec;

use premaster_crypto::SignatureVerifier;
use rustls_pki_types::SignatureVerificationAlgorithm;
use webpki::aws_lc_rs::{
    ECDSA_P256_SHA512, ECDSA_P384_SHA512, ECDSA_P521_SHA256, ECDSA_P521_SHA384, ECDSA_P521_SHA512,
    ML_DSA_44, ML_DSA_65, ML_DSA_87,
};

premaster_crypto::signature_schemes!(webpki::aws_lc_rs);

/// ECDSA with P-521 as well: a scheme of TLS 1.2 names the hash function and goes with each of the three curves
/// (RFC 5246 section 7.4.1.4.1), one of TLS 1.3 with its own (RFC 8446 section 4.2.3).
static ECDSA: [SignatureVerifier; 3] = [
    SignatureVerifier {
        id: 0x0403,
        name: "ecdsa_secp256r1_sha256",
        algorithms: &[ECDSA_P256_SHA256, ECDSA_P384_SHA256, ECDSA_P521_SHA256],
        tls13: Some(ECDSA_P256_SHA256),
    },
    SignatureVerifier {
        id: 0x0503,
        name: "ecdsa_secp384r1_sha384",
        algorithms: &[ECDSA_P384_SHA384, ECDSA_P256_SHA384, ECDSA_P521_SHA384],
        tls13: Some(ECDSA_P384_SHA384),
    },
    SignatureVerifier {
        id: 0x0603,
        name: "ecdsa_secp521r1_sha512",
        algorithms: &[ECDSA_P521_SHA512, ECDSA_P256_SHA512, ECDSA_P384_SHA512],
        tls13: Some(ECDSA_P521_SHA512),
    },
];

/// ML-DSA, which is not for TLS 1.2 (draft-ietf-tls-mldsa section 3.3).
static ML_DSA: [SignatureVerifier; 3] = [
    SignatureVerifier {
        id: 0x0904,
        name: "mldsa44",
        algorithms: &[],
        tls13: Some(ML_DSA_44),
    },
    SignatureVerifier {
        id: 0x0905,
        name: "mldsa65",
        algorithms: &[],
        tls13: Some(ML_DSA_65),
    },
    SignatureVerifier {
        id: 0x0906,
        name: "mldsa87",
        algorithms: &[],
        tls13: Some(ML_DSA_87),
    },
];

/// All schemes, in order of preference.
pub(crate) fn every_scheme() -> Vec<&'static SignatureVerifier> {
    let is_new = |verifier: &&SignatureVerifier| ECDSA.iter().all(|it| it.id != verifier.id);
    let others = SCHEMES.iter().filter(is_new);
    ECDSA.iter().chain(others).chain(&ML_DSA).collect()
}

/// [`CERTIFICATES`], and behind them those of P-521 and ML-DSA.
pub(crate) static EVERY_CERTIFICATE: &[&dyn SignatureVerificationAlgorithm] = premaster_crypto::signature_schemes!(
    @certificates
    ECDSA_P521_SHA256,
    ECDSA_P521_SHA384,
    ECDSA_P521_SHA512,
    ML_DSA_44,
    ML_DSA_65,
    ML_DSA_87,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_takes_everything_loses_nothing() {
        let defaults = SCHEMES.iter().map(|verifier| verifier.id);
        let missing = |id: &u16| every_scheme().iter().all(|verifier| verifier.id != *id);
        assert_eq!(defaults.filter(missing).collect::<Vec<_>>(), []);
        let (defaults, more) = EVERY_CERTIFICATE.split_at(CERTIFICATES.len());
        for (default, known) in defaults.iter().zip(CERTIFICATES) {
            assert_eq!(default.signature_alg_id(), known.signature_alg_id());
            assert_eq!(default.public_key_alg_id(), known.public_key_alg_id());
        }
        assert!(!more.is_empty());
    }
}
