//! Signature schemes (RFC 8446 section 4.2.3) and the pairs that they were in TLS 1.2 (RFC 5246
//! section 7.4.1.4.1).

use super::code_points;

code_points! {
    /// A signature scheme (RFC 8446 section 4.2.3, IANA "TLS SignatureScheme").
    ///
    /// The pairs of hash and signature of TLS 1.2 are named like those that RFC 8446 keeps for them.
    pub struct SignatureScheme(u16);
    rsa_pkcs1_md5 = 0x0101, "RFC 5246";
    dsa_md5 = 0x0102, "RFC 5246";
    ecdsa_md5 = 0x0103, "RFC 5246";
    rsa_pkcs1_sha1 = 0x0201, "RFC 8446";
    dsa_sha1 = 0x0202, "RFC 5246";
    ecdsa_sha1 = 0x0203, "RFC 8446";
    rsa_pkcs1_sha224 = 0x0301, "RFC 5246";
    dsa_sha224 = 0x0302, "RFC 5246";
    ecdsa_sha224 = 0x0303, "RFC 5246";
    rsa_pkcs1_sha256 = 0x0401, "RFC 8446";
    dsa_sha256 = 0x0402, "RFC 5246";
    ecdsa_secp256r1_sha256 = 0x0403, "RFC 8446";
    rsa_pkcs1_sha256_legacy = 0x0420, "RFC 9963";
    rsa_pkcs1_sha384 = 0x0501, "RFC 8446";
    dsa_sha384 = 0x0502, "RFC 5246";
    ecdsa_secp384r1_sha384 = 0x0503, "RFC 8446";
    rsa_pkcs1_sha384_legacy = 0x0520, "RFC 9963";
    rsa_pkcs1_sha512 = 0x0601, "RFC 8446";
    dsa_sha512 = 0x0602, "RFC 5246";
    ecdsa_secp521r1_sha512 = 0x0603, "RFC 8446";
    rsa_pkcs1_sha512_legacy = 0x0620, "RFC 9963";
    eccsi_sha256 = 0x0704, "draft-wang-tls-raw-public-key-with-ibc";
    iso_ibs1 = 0x0705, "draft-wang-tls-raw-public-key-with-ibc";
    iso_ibs2 = 0x0706, "draft-wang-tls-raw-public-key-with-ibc";
    iso_chinese_ibs = 0x0707, "draft-wang-tls-raw-public-key-with-ibc";
    sm2sig_sm3 = 0x0708, "RFC 8998";
    gostr34102012_256a = 0x0709, "RFC 9367";
    gostr34102012_256b = 0x070a, "RFC 9367";
    gostr34102012_256c = 0x070b, "RFC 9367";
    gostr34102012_256d = 0x070c, "RFC 9367";
    gostr34102012_512a = 0x070d, "RFC 9367";
    gostr34102012_512b = 0x070e, "RFC 9367";
    gostr34102012_512c = 0x070f, "RFC 9367";
    rsa_pss_rsae_sha256 = 0x0804, "RFC 8446";
    rsa_pss_rsae_sha384 = 0x0805, "RFC 8446";
    rsa_pss_rsae_sha512 = 0x0806, "RFC 8446";
    ed25519 = 0x0807, "RFC 8446, RFC 8422";
    ed448 = 0x0808, "RFC 8446, RFC 8422";
    rsa_pss_pss_sha256 = 0x0809, "RFC 8446";
    rsa_pss_pss_sha384 = 0x080a, "RFC 8446";
    rsa_pss_pss_sha512 = 0x080b, "RFC 8446";
    ecdsa_brainpoolP256r1tls13_sha256 = 0x081a, "RFC 8734";
    ecdsa_brainpoolP384r1tls13_sha384 = 0x081b, "RFC 8734";
    ecdsa_brainpoolP512r1tls13_sha512 = 0x081c, "RFC 8734";
    mldsa44 = 0x0904, "draft-ietf-tls-mldsa";
    mldsa65 = 0x0905, "draft-ietf-tls-mldsa";
    mldsa87 = 0x0906, "draft-ietf-tls-mldsa";
    slhdsa_sha2_128s = 0x0911, "draft-reddy-tls-slhdsa";
    slhdsa_sha2_128f = 0x0912, "draft-reddy-tls-slhdsa";
    slhdsa_sha2_192s = 0x0913, "draft-reddy-tls-slhdsa";
    slhdsa_sha2_192f = 0x0914, "draft-reddy-tls-slhdsa";
    slhdsa_sha2_256s = 0x0915, "draft-reddy-tls-slhdsa";
    slhdsa_sha2_256f = 0x0916, "draft-reddy-tls-slhdsa";
    slhdsa_shake_128s = 0x0917, "draft-reddy-tls-slhdsa";
    slhdsa_shake_128f = 0x0918, "draft-reddy-tls-slhdsa";
    slhdsa_shake_192s = 0x0919, "draft-reddy-tls-slhdsa";
    slhdsa_shake_192f = 0x091a, "draft-reddy-tls-slhdsa";
    slhdsa_shake_256s = 0x091b, "draft-reddy-tls-slhdsa";
    slhdsa_shake_256f = 0x091c, "draft-reddy-tls-slhdsa";
}

impl SignatureScheme {
    /// The hash of the pair that TLS 1.2 reads here (RFC 5246 section 7.4.1.4.1).
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        let [hash, _] = self.0.to_be_bytes();
        HashAlgorithm(hash)
    }

    /// The signature of the pair that TLS 1.2 reads here (RFC 5246 section 7.4.1.4.1).
    #[must_use]
    pub const fn signature(self) -> SignatureAlgorithm {
        let [_, signature] = self.0.to_be_bytes();
        SignatureAlgorithm(signature)
    }
}

code_points! {
    /// The first half of a pair of TLS 1.2 (RFC 5246 section 7.4.1.4.1, IANA "TLS HashAlgorithm").
    pub struct HashAlgorithm(u8);
    none = 0, "RFC 5246";
    md5 = 1, "RFC 5246";
    sha1 = 2, "RFC 5246";
    sha224 = 3, "RFC 5246";
    sha256 = 4, "RFC 5246";
    sha384 = 5, "RFC 5246";
    sha512 = 6, "RFC 5246";
    Intrinsic = 8, "RFC 8422";
}

code_points! {
    /// The second half of a pair of TLS 1.2 (RFC 5246 section 7.4.1.4.1, IANA "TLS SignatureAlgorithm").
    pub struct SignatureAlgorithm(u8);
    anonymous = 0, "RFC 5246";
    rsa = 1, "RFC 5246";
    dsa = 2, "RFC 5246";
    ecdsa = 3, "RFC 8422";
    ed25519 = 7, "RFC 8422";
    ed448 = 8, "RFC 8422";
    gostr34102012_256 = 64, "RFC 9189";
    gostr34102012_512 = 65, "RFC 9189";
}
