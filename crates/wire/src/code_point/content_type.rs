//! What a record carries (RFC 8446 section 5.1).

use super::code_points;

code_points! {
    /// What a record carries (RFC 8446 section 5.1, IANA "TLS ContentType").
    pub struct ContentType(u8);
    change_cipher_spec = 20, "RFC 8446";
    alert = 21, "RFC 8446";
    handshake = 22, "RFC 8446";
    application_data = 23, "RFC 8446";
    heartbeat = 24, "RFC 6520";
    tls12_cid = 25, "RFC 9146";
    ACK = 26, "RFC 9147";
    return_routability_check = 27, "RFC 9853";
}
