//! The extensions of ServerHello, of all versions (RFC 8446 section 4.2, RFC 5246 section 7.4.1.4).

use super::{KeyShareEntry, ProtocolName, SerializedSct, UseSrtp, extensions};
use crate::code_point::{
    CertificateType, EcPointFormat, HeartbeatMode, MaxFragmentLength, ProtocolVersion,
};
use crate::codec::List;

extensions! {
    /// What ServerHello may carry: all answers in TLS 1.2, the choices about keys in TLS 1.3.
    ///
    /// ```
    /// use premaster_wire::{Decode, ProtocolVersion, ServerHelloExtension};
    ///
    /// let extension = ServerHelloExtension::decode(&[0, 43, 0, 2, 3, 4])?;
    /// assert_eq!(extension, ServerHelloExtension::SupportedVersions(ProtocolVersion::TLSv1_3));
    /// # Ok::<(), premaster_wire::DecodeError>(())
    /// ```
    pub enum ServerHelloExtension<'a> {
        /// The server has used the name (RFC 6066 section 3).
        server_name => ServerName,
        /// The client's limit is accepted (RFC 6066 section 4).
        max_fragment_length => MaxFragmentLength(MaxFragmentLength),
        /// The client may send the address of its certificate (RFC 6066 section 5).
        client_certificate_url => ClientCertificateUrl,
        /// The authorities were considered (RFC 6066 section 6).
        trusted_ca_keys => TrustedCaKeys,
        /// MACs are shortened (RFC 6066 section 7).
        truncated_hmac => TruncatedHmac,
        /// A CertificateStatus may follow (RFC 6066 section 8).
        status_request => StatusRequest,
        /// The forms of points that the server can read (RFC 8422 section 5.2).
        ec_point_formats => EcPointFormats(List<'a, EcPointFormat> [1..=0xff]),
        /// The chosen SRTP profile (RFC 5764 section 4.1.1).
        use_srtp => UseSrtp(UseSrtp<'a>),
        /// Whether the client may send heartbeats (RFC 6520 section 2).
        heartbeat => Heartbeat(HeartbeatMode),
        /// The chosen application protocol, a list of one (RFC 7301 section 3.1).
        application_layer_protocol_negotiation =>
            ApplicationLayerProtocolNegotiation(List<'a, ProtocolName<'a>> [2..=0xffff]),
        /// A CertificateStatus of the second kind may follow (RFC 6961 section 2.2).
        status_request_v2 => StatusRequestV2,
        /// Proofs of Certificate Transparency (RFC 6962 section 3.3.1).
        signed_certificate_timestamp => SignedCertificateTimestamp(List<'a, SerializedSct<'a>> [1..=0xffff]),
        /// The form of the client's certificate (RFC 7250 section 3).
        client_certificate_type => ClientCertificateType(CertificateType),
        /// The form of the server's certificate (RFC 7250 section 3).
        server_certificate_type => ServerCertificateType(CertificateType),
        /// Records are encrypted before they are authenticated (RFC 7366 section 2).
        encrypt_then_mac => EncryptThenMac,
        /// The master secret covers the handshake (RFC 7627 section 5.1).
        extended_master_secret => ExtendedMasterSecret,
        /// The largest plaintext that the server wants in a record (RFC 8449 section 4).
        record_size_limit => RecordSizeLimit(u16),
        /// A NewSessionTicket will follow (RFC 5077 section 3.2).
        session_ticket => SessionTicket,
        /// Which of the offered pre-shared keys is used (RFC 8446 section 4.2.11).
        pre_shared_key => PreSharedKey(u16),
        /// The chosen version (RFC 8446 section 4.2.1).
        supported_versions => SupportedVersions(ProtocolVersion),
        /// The server's share (RFC 8446 section 4.2.8).
        key_share => KeyShare(KeyShareEntry<'a>),
        /// The identifier of the connection in records to the server (RFC 9146 section 3).
        connection_id => ConnectionId(&'a [u8] [0..=0xff]),
        /// The handshake that this one renews, empty for the first (RFC 5746 section 3.2).
        renegotiation_info => RenegotiationInfo(&'a [u8] [0..=0xff]),
    }
}
