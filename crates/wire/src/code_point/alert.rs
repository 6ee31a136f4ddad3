//! Alerts: level and description (RFC 8446 section 6, RFC 5246 section 7.2).

use super::code_points;

code_points! {
    /// How severe an alert is (RFC 8446 section 6).
    pub struct AlertLevel(u8);
    warning = 1, "RFC 8446";
    fatal = 2, "RFC 8446";
}

code_points! {
    /// What an alert says (RFC 8446 section 6, IANA "TLS Alerts").
    ///
    /// ```
    /// use premaster_wire::AlertDescription;
    ///
    /// assert_eq!(AlertDescription::handshake_failure.0, 40);
    /// assert_eq!(AlertDescription(40).to_string(), "handshake_failure");
    /// assert_eq!(AlertDescription(200).to_string(), "0xc8");
    /// ```
    pub struct AlertDescription(u8);
    close_notify = 0, "RFC 8446";
    unexpected_message = 10, "RFC 8446";
    bad_record_mac = 20, "RFC 8446";
    decryption_failed = 21, "RFC 5246, reserved";
    record_overflow = 22, "RFC 8446";
    decompression_failure = 30, "RFC 5246, reserved";
    handshake_failure = 40, "RFC 8446";
    no_certificate = 41, "RFC 6101, reserved";
    bad_certificate = 42, "RFC 8446";
    unsupported_certificate = 43, "RFC 8446";
    certificate_revoked = 44, "RFC 8446";
    certificate_expired = 45, "RFC 8446";
    certificate_unknown = 46, "RFC 8446";
    illegal_parameter = 47, "RFC 8446";
    unknown_ca = 48, "RFC 8446";
    access_denied = 49, "RFC 8446";
    decode_error = 50, "RFC 8446";
    decrypt_error = 51, "RFC 8446";
    too_many_cids_requested = 52, "RFC 9147";
    export_restriction = 60, "RFC 4346, reserved";
    protocol_version = 70, "RFC 8446";
    insufficient_security = 71, "RFC 8446";
    internal_error = 80, "RFC 8446";
    inappropriate_fallback = 86, "RFC 7507";
    user_canceled = 90, "RFC 8446";
    no_renegotiation = 100, "RFC 5246, reserved";
    missing_extension = 109, "RFC 8446";
    unsupported_extension = 110, "RFC 8446";
    certificate_unobtainable = 111, "RFC 6066, reserved";
    unrecognized_name = 112, "RFC 6066";
    bad_certificate_status_response = 113, "RFC 6066";
    bad_certificate_hash_value = 114, "RFC 6066, reserved";
    unknown_psk_identity = 115, "RFC 8446";
    certificate_required = 116, "RFC 8446";
    general_error = 117, "RFC 9846";
    no_application_protocol = 120, "RFC 7301";
    ech_required = 121, "RFC 9849";
}
