//! Code points about certificates: types, stapled status, compression.

use super::code_points;

code_points! {
    /// What a server asks a client certificate to be (RFC 5246 section 7.4.4, RFC 8422 section 5.5,
    /// IANA "TLS ClientCertificateType Identifiers").
    pub struct ClientCertificateType(u8);
    rsa_sign = 1, "RFC 5246";
    dss_sign = 2, "RFC 5246";
    rsa_fixed_dh = 3, "RFC 5246";
    dss_fixed_dh = 4, "RFC 5246";
    rsa_ephemeral_dh_RESERVED = 5, "RFC 5246";
    dss_ephemeral_dh_RESERVED = 6, "RFC 5246";
    fortezza_dms_RESERVED = 20, "RFC 5246";
    ecdsa_sign = 64, "RFC 8422";
    rsa_fixed_ecdh = 65, "RFC 8422";
    ecdsa_fixed_ecdh = 66, "RFC 8422";
    gost_sign256 = 67, "RFC 9189";
    gost_sign512 = 68, "RFC 9189";
}

code_points! {
    /// The form of a certificate (RFC 7250, IANA "TLS Certificate Types").
    pub struct CertificateType(u8);
    X509 = 0, "RFC 8446";
    OpenPGP = 1, "RFC 6091, reserved";
    RawPublicKey = 2, "RFC 7250";
    IEEE1609Dot2 = 3 as "1609Dot2", "RFC 8902";
}

code_points! {
    /// The form of a stapled certificate status (RFC 6066 section 8, RFC 6961 section 2.2,
    /// IANA "TLS Certificate Status Types").
    pub struct CertificateStatusType(u8);
    ocsp = 1, "RFC 6066";
    ocsp_multi = 2, "RFC 6961, reserved";
}

code_points! {
    /// How a certificate message is compressed (RFC 8879 section 3, IANA "TLS Certificate Compression
    /// Algorithm IDs").
    pub struct CertificateCompressionAlgorithm(u16);
    zlib = 1, "RFC 8879";
    brotli = 2, "RFC 8879";
    zstd = 3, "RFC 8879";
}
