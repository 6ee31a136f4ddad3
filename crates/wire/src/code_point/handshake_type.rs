//! The types of handshake messages (RFC 8446 section 4, RFC 5246 section 7.4).

use super::code_points;

code_points! {
    /// The type of a handshake message (RFC 8446 section 4, IANA "TLS HandshakeType").
    pub struct HandshakeType(u8);
    hello_request = 0, "RFC 5246, reserved";
    client_hello = 1, "RFC 8446";
    server_hello = 2, "RFC 8446";
    hello_verify_request = 3, "RFC 6347, reserved";
    new_session_ticket = 4, "RFC 8446";
    end_of_early_data = 5, "RFC 8446";
    hello_retry_request = 6, "RFC 8446, reserved";
    encrypted_extensions = 8, "RFC 8446";
    request_connection_id = 9, "RFC 9147";
    new_connection_id = 10, "RFC 9147";
    certificate = 11, "RFC 8446";
    server_key_exchange = 12, "RFC 5246, reserved";
    certificate_request = 13, "RFC 8446";
    server_hello_done = 14, "RFC 5246, reserved";
    certificate_verify = 15, "RFC 8446";
    client_key_exchange = 16, "RFC 5246, reserved";
    client_certificate_request = 17, "RFC 9261";
    finished = 20, "RFC 8446";
    certificate_url = 21, "RFC 6066, reserved";
    certificate_status = 22, "RFC 6066, reserved";
    supplemental_data = 23, "RFC 4680, reserved";
    key_update = 24, "RFC 8446";
    compressed_certificate = 25, "RFC 8879";
    ekt_key = 26, "RFC 8870";
    message_hash = 254, "RFC 8446";
}
