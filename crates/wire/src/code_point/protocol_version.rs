//! Protocol versions (RFC 8446 section 4.1.2 and the documents of the older versions).

use super::code_points;

code_points! {
    /// A protocol version (RFC 8446 section 4.2.1).
    ///
    /// Versions compare as their numbers do, which is their order in time for SSL 3.0 to TLS 1.3; those of
    /// DTLS count downwards.
    pub struct ProtocolVersion(u16);
    SSLv2 = 0x0002 as "SSL 2.0", "RFC 6176";
    SSLv3 = 0x0300 as "SSL 3.0", "RFC 6101";
    TLSv1_0 = 0x0301 as "TLS 1.0", "RFC 2246";
    TLSv1_1 = 0x0302 as "TLS 1.1", "RFC 4346";
    TLSv1_2 = 0x0303 as "TLS 1.2", "RFC 5246";
    TLSv1_3 = 0x0304 as "TLS 1.3", "RFC 8446";
    DTLSv1_3 = 0xfefc as "DTLS 1.3", "RFC 9147";
    DTLSv1_2 = 0xfefd as "DTLS 1.2", "RFC 6347";
    DTLSv1_0 = 0xfeff as "DTLS 1.0", "RFC 4347";
}
