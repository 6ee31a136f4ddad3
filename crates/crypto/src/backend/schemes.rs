//! The table of signature schemes (RFC 8446 section 4.2.3, RFC 5246 section 7.4.1.4.1).

/// Declares which algorithms of a module go with which signature scheme: `SCHEMES` for handshakes, in order of
/// preference, and `CERTIFICATES` for chains, in the order in which webpki tries them.
///
/// The module has the names of webpki's: `signature_schemes!(webpki::ring)` declares
///
/// ```text
/// pub(crate) static SCHEMES: &[SignatureVerifier] = &[
///     SignatureVerifier {
///         id: 0x0403,
///         name: "ecdsa_secp256r1_sha256",
///         algorithms: &[webpki::ring::ECDSA_P256_SHA256, webpki::ring::ECDSA_P384_SHA256],
///         tls13: Some(webpki::ring::ECDSA_P256_SHA256),
///     },
///     ...
/// ];
/// pub(crate) static CERTIFICATES: &[&dyn SignatureVerificationAlgorithm] = &[...];
/// ```
#[macro_export]
macro_rules! signature_schemes {
    ($($module:ident)::+) => {
        use $($module)::+::{
            ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384, ED25519,
            RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
            RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
            RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
            RSA_PSS_2048_8192_SHA256_LEGACY_KEY, RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
            RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        };

        /// The handshake's signatures, in order of preference.
        pub(crate) static SCHEMES: &[$crate::SignatureVerifier] = &[
            $crate::SignatureVerifier {
                id: 0x0403,
                name: "ecdsa_secp256r1_sha256",
                algorithms: &[ECDSA_P256_SHA256, ECDSA_P384_SHA256],
                tls13: Some(ECDSA_P256_SHA256),
            },
            $crate::SignatureVerifier {
                id: 0x0503,
                name: "ecdsa_secp384r1_sha384",
                algorithms: &[ECDSA_P384_SHA384, ECDSA_P256_SHA384],
                tls13: Some(ECDSA_P384_SHA384),
            },
            $crate::SignatureVerifier {
                id: 0x0807,
                name: "ed25519",
                algorithms: &[ED25519],
                tls13: Some(ED25519),
            },
            $crate::SignatureVerifier {
                id: 0x0804,
                name: "rsa_pss_rsae_sha256",
                algorithms: &[RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
                tls13: Some(RSA_PSS_2048_8192_SHA256_LEGACY_KEY),
            },
            $crate::SignatureVerifier {
                id: 0x0805,
                name: "rsa_pss_rsae_sha384",
                algorithms: &[RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
                tls13: Some(RSA_PSS_2048_8192_SHA384_LEGACY_KEY),
            },
            $crate::SignatureVerifier {
                id: 0x0806,
                name: "rsa_pss_rsae_sha512",
                algorithms: &[RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
                tls13: Some(RSA_PSS_2048_8192_SHA512_LEGACY_KEY),
            },
            $crate::SignatureVerifier {
                id: 0x0401,
                name: "rsa_pkcs1_sha256",
                algorithms: &[RSA_PKCS1_2048_8192_SHA256],
                tls13: None,
            },
            $crate::SignatureVerifier {
                id: 0x0501,
                name: "rsa_pkcs1_sha384",
                algorithms: &[RSA_PKCS1_2048_8192_SHA384],
                tls13: None,
            },
            $crate::SignatureVerifier {
                id: 0x0601,
                name: "rsa_pkcs1_sha512",
                algorithms: &[RSA_PKCS1_2048_8192_SHA512],
                tls13: None,
            },
        ];

        /// The certificates' signatures: webpki tries those that fit the issuer's key, in this order.
        pub(crate) static CERTIFICATES: &[&dyn rustls_pki_types::SignatureVerificationAlgorithm] =
            $crate::signature_schemes!(@certificates);
    };
    // The algorithms of `CERTIFICATES`, and more behind them.
    (@certificates $($more:ident),* $(,)?) => {
        &[
            ECDSA_P256_SHA256,
            ECDSA_P256_SHA384,
            ECDSA_P384_SHA256,
            ECDSA_P384_SHA384,
            ED25519,
            RSA_PKCS1_2048_8192_SHA256,
            RSA_PKCS1_2048_8192_SHA384,
            RSA_PKCS1_2048_8192_SHA512,
            RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
            RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
            RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
            RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
            RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
            RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
            $($more),*
        ]
    };
}
