//! The types of extensions (RFC 8446 section 4.2).

use super::code_points;

code_points! {
    /// The type of an extension (RFC 8446 section 4.2, IANA "TLS ExtensionType Values").
    ///
    /// ```
    /// use premaster_wire::ExtensionType;
    ///
    /// assert_eq!(ExtensionType::key_share.0, 51);
    /// assert!(ExtensionType(0x2a2a).is_grease());
    /// ```
    pub struct ExtensionType(u16);
    server_name = 0, "RFC 6066";
    max_fragment_length = 1, "RFC 6066";
    client_certificate_url = 2, "RFC 6066";
    trusted_ca_keys = 3, "RFC 6066";
    truncated_hmac = 4, "RFC 6066";
    status_request = 5, "RFC 6066";
    user_mapping = 6, "RFC 4681";
    client_authz = 7, "RFC 5878";
    server_authz = 8, "RFC 5878";
    cert_type = 9, "RFC 6091";
    supported_groups = 10, "RFC 8422, RFC 7919";
    ec_point_formats = 11, "RFC 8422";
    srp = 12, "RFC 5054";
    signature_algorithms = 13, "RFC 8446";
    use_srtp = 14, "RFC 5764";
    heartbeat = 15, "RFC 6520";
    application_layer_protocol_negotiation = 16, "RFC 7301";
    status_request_v2 = 17, "RFC 6961";
    signed_certificate_timestamp = 18, "RFC 6962";
    client_certificate_type = 19, "RFC 7250";
    server_certificate_type = 20, "RFC 7250";
    padding = 21, "RFC 7685";
    encrypt_then_mac = 22, "RFC 7366";
    extended_master_secret = 23, "RFC 7627";
    token_binding = 24, "RFC 8472";
    cached_info = 25, "RFC 7924";
    tls_lts = 26, "draft-gutmann-tls-lts";
    compress_certificate = 27, "RFC 8879";
    record_size_limit = 28, "RFC 8449";
    pwd_protect = 29, "RFC 8492";
    pwd_clear = 30, "RFC 8492";
    password_salt = 31, "RFC 8492";
    ticket_pinning = 32, "RFC 8672";
    tls_cert_with_extern_psk = 33, "RFC 8773";
    delegated_credential = 34, "RFC 9345";
    session_ticket = 35, "RFC 5077, RFC 8447";
    TLMSP = 36, "ETSI TS 103 523-2";
    TLMSP_proxying = 37, "ETSI TS 103 523-2";
    TLMSP_delegate = 38, "ETSI TS 103 523-2";
    supported_ekt_ciphers = 39, "RFC 8870";
    pre_shared_key = 41, "RFC 8446";
    early_data = 42, "RFC 8446";
    supported_versions = 43, "RFC 8446";
    cookie = 44, "RFC 8446";
    psk_key_exchange_modes = 45, "RFC 8446";
    certificate_authorities = 47, "RFC 8446";
    oid_filters = 48, "RFC 8446";
    post_handshake_auth = 49, "RFC 8446";
    signature_algorithms_cert = 50, "RFC 8446";
    key_share = 51, "RFC 8446";
    transparency_info = 52, "RFC 9162";
    connection_id_deprecated = 53 as "connection_id (deprecated)", "RFC 9146, deprecated";
    connection_id = 54, "RFC 9146";
    external_id_hash = 55, "RFC 8844";
    external_session_id = 56, "RFC 8844";
    quic_transport_parameters = 57, "RFC 9001";
    ticket_request = 58, "RFC 9149";
    dnssec_chain = 59, "RFC 9102";
    sequence_number_encryption_algorithms = 60, "draft-pismenny-tls-dtls-plaintext-sequence-number";
    rrc = 61, "RFC 9853";
    tls_flags = 62, "draft-ietf-tls-tlsflags";
    next_protocol_negotiation = 13172, "draft-agl-tls-nextprotoneg, unregistered";
    application_settings = 17613, "draft-vvv-tls-alps, unregistered";
    ech_outer_extensions = 0xfd00, "RFC 9849";
    encrypted_client_hello = 0xfe0d, "RFC 9849";
    renegotiation_info = 0xff01, "RFC 5746";
}
