//! Groups for key exchange and the forms of their elements (RFC 8446 section 4.2.7, RFC 8422 section 5.1).

use super::code_points;

code_points! {
    /// A group or key encapsulation mechanism (RFC 8446 section 4.2.7, IANA "TLS Supported Groups").
    pub struct NamedGroup(u16);
    sect163k1 = 1, "RFC 8422";
    sect163r1 = 2, "RFC 8422";
    sect163r2 = 3, "RFC 8422";
    sect193r1 = 4, "RFC 8422";
    sect193r2 = 5, "RFC 8422";
    sect233k1 = 6, "RFC 8422";
    sect233r1 = 7, "RFC 8422";
    sect239k1 = 8, "RFC 8422";
    sect283k1 = 9, "RFC 8422";
    sect283r1 = 10, "RFC 8422";
    sect409k1 = 11, "RFC 8422";
    sect409r1 = 12, "RFC 8422";
    sect571k1 = 13, "RFC 8422";
    sect571r1 = 14, "RFC 8422";
    secp160k1 = 15, "RFC 8422";
    secp160r1 = 16, "RFC 8422";
    secp160r2 = 17, "RFC 8422";
    secp192k1 = 18, "RFC 8422";
    secp192r1 = 19, "RFC 8422";
    secp224k1 = 20, "RFC 8422";
    secp224r1 = 21, "RFC 8422";
    secp256k1 = 22, "RFC 8422";
    secp256r1 = 23, "RFC 8422";
    secp384r1 = 24, "RFC 8422";
    secp521r1 = 25, "RFC 8422";
    brainpoolP256r1 = 26, "RFC 7027";
    brainpoolP384r1 = 27, "RFC 7027";
    brainpoolP512r1 = 28, "RFC 7027";
    x25519 = 29, "RFC 8446, RFC 8422";
    x448 = 30, "RFC 8446, RFC 8422";
    brainpoolP256r1tls13 = 31, "RFC 8734";
    brainpoolP384r1tls13 = 32, "RFC 8734";
    brainpoolP512r1tls13 = 33, "RFC 8734";
    GC256A = 34, "RFC 9189";
    GC256B = 35, "RFC 9189";
    GC256C = 36, "RFC 9189";
    GC256D = 37, "RFC 9189";
    GC512A = 38, "RFC 9189";
    GC512B = 39, "RFC 9189";
    GC512C = 40, "RFC 9189";
    curveSM2 = 41, "RFC 8998";
    ffdhe2048 = 256, "RFC 7919";
    ffdhe3072 = 257, "RFC 7919";
    ffdhe4096 = 258, "RFC 7919";
    ffdhe6144 = 259, "RFC 7919";
    ffdhe8192 = 260, "RFC 7919";
    MLKEM512 = 512, "draft-ietf-tls-mlkem";
    MLKEM768 = 513, "draft-ietf-tls-mlkem";
    MLKEM1024 = 514, "draft-ietf-tls-mlkem";
    SecP256r1MLKEM768 = 4587, "draft-ietf-tls-ecdhe-mlkem";
    X25519MLKEM768 = 4588, "draft-ietf-tls-ecdhe-mlkem";
    SecP384r1MLKEM1024 = 4589, "draft-ietf-tls-ecdhe-mlkem";
    curveSM2MLKEM768 = 4590, "draft-yang-tls-hybrid-sm2-mlkem";
    X25519Kyber768Draft00 = 25497, "draft-tls-westerbaan-xyber768d00, obsolete";
    SecP256r1Kyber768Draft00 = 25498, "draft-kwiatkowski-tls-ecdhe-kyber, obsolete";
    arbitrary_explicit_prime_curves = 0xff01, "RFC 8422";
    arbitrary_explicit_char2_curves = 0xff02, "RFC 8422";
}

code_points! {
    /// How the curve of a ServerKeyExchange is described (RFC 8422 section 5.4, IANA "TLS EC Curve Types").
    pub struct EcCurveType(u8);
    explicit_prime = 1, "RFC 8422";
    explicit_char2 = 2, "RFC 8422";
    named_curve = 3, "RFC 8422";
}

code_points! {
    /// How a point of a curve is written (RFC 8422 section 5.1.2, IANA "TLS EC Point Formats").
    pub struct EcPointFormat(u8);
    uncompressed = 0, "RFC 8422";
    ansiX962_compressed_prime = 1, "RFC 8422";
    ansiX962_compressed_char2 = 2, "RFC 8422";
}
