//! The extensions of ClientHello (RFC 8446 section 4.2, RFC 5246 section 7.4.1.4).

use super::{
    CertificateStatusRequest, CertificateStatusRequestItem, KeyShareEntry, OfferedPsks,
    ProtocolName, ServerName, UseSrtp, extensions,
};
use crate::code_point::{
    CertificateCompressionAlgorithm, CertificateType, EcPointFormat, HeartbeatMode,
    MaxFragmentLength, NamedGroup, ProtocolVersion, PskKeyExchangeMode, SignatureScheme,
};
use crate::codec::{List, wire_struct};
use crate::message::DistinguishedName;

extensions! {
    /// What ClientHello may carry (RFC 8446 section 4.2).
    ///
    /// ```
    /// use premaster_wire::{ClientHelloExtension, Decode, Encode, ExtensionType};
    ///
    /// let bytes = [0, 43, 0, 3, 2, 3, 4];
    /// let ClientHelloExtension::SupportedVersions(versions) = ClientHelloExtension::decode(&bytes)? else {
    ///     panic!("another extension");
    /// };
    /// assert_eq!(format!("{versions:?}"), "[TLS 1.3]");
    /// # Ok::<(), premaster_wire::DecodeError>(())
    /// ```
    pub enum ClientHelloExtension<'a> {
        /// The names that the client takes the server for (RFC 6066 section 3).
        server_name => ServerName(List<'a, ServerName<'a>> [1..=0xffff]),
        /// The largest fragment that the client wants (RFC 6066 section 4).
        max_fragment_length => MaxFragmentLength(MaxFragmentLength),
        /// The client may send the address of its certificate instead (RFC 6066 section 5).
        client_certificate_url => ClientCertificateUrl,
        /// The authorities that the client trusts, as they are (RFC 6066 section 6).
        trusted_ca_keys => TrustedCaKeys(&'a [u8] [0..=0xffff]),
        /// The client asks for shortened MACs (RFC 6066 section 7).
        truncated_hmac => TruncatedHmac,
        /// The client asks for a stapled certificate status (RFC 6066 section 8).
        status_request => StatusRequest(CertificateStatusRequest<'a>),
        /// The groups that the client supports, best first (RFC 8446 section 4.2.7).
        supported_groups => SupportedGroups(List<'a, NamedGroup> [2..=0xffff]),
        /// The forms of points that the client can read (RFC 8422 section 5.1.2).
        ec_point_formats => EcPointFormats(List<'a, EcPointFormat> [1..=0xff]),
        /// The user name for SRP (RFC 5054 section 2.8.1).
        srp => Srp(&'a [u8] [1..=0xff]),
        /// The signatures that the client accepts, best first (RFC 8446 section 4.2.3).
        signature_algorithms => SignatureAlgorithms(List<'a, SignatureScheme> [2..=0xfffe]),
        /// The SRTP profiles that the client offers (RFC 5764 section 4.1.1).
        use_srtp => UseSrtp(UseSrtp<'a>),
        /// Whether the server may send heartbeats (RFC 6520 section 2).
        heartbeat => Heartbeat(HeartbeatMode),
        /// The application protocols that the client offers, best first (RFC 7301 section 3.1).
        application_layer_protocol_negotiation =>
            ApplicationLayerProtocolNegotiation(List<'a, ProtocolName<'a>> [2..=0xffff]),
        /// The client asks for one of several forms of stapled status (RFC 6961 section 2.2).
        status_request_v2 => StatusRequestV2(List<'a, CertificateStatusRequestItem<'a>> [1..=0xffff]),
        /// The client wants proofs of Certificate Transparency (RFC 6962 section 3.3.1).
        signed_certificate_timestamp => SignedCertificateTimestamp,
        /// The forms of certificate that the client can send (RFC 7250 section 3).
        client_certificate_type => ClientCertificateType(List<'a, CertificateType> [1..=0xff]),
        /// The forms of certificate that the client can read (RFC 7250 section 3).
        server_certificate_type => ServerCertificateType(List<'a, CertificateType> [1..=0xff]),
        /// Bytes that only make the message longer (RFC 7685 section 3).
        padding => Padding(&'a [u8] [..]),
        /// The client offers to encrypt before it authenticates (RFC 7366 section 2).
        encrypt_then_mac => EncryptThenMac,
        /// The client offers the master secret that covers the handshake (RFC 7627 section 5.1).
        extended_master_secret => ExtendedMasterSecret,
        /// How the client can read a compressed certificate (RFC 8879 section 3).
        compress_certificate => CompressCertificate(List<'a, CertificateCompressionAlgorithm> [2..=0xfe]),
        /// The largest plaintext that the client wants in a record (RFC 8449 section 4).
        record_size_limit => RecordSizeLimit(u16),
        /// The signatures that the client accepts of a delegated credential (RFC 9345 section 4.1.1).
        delegated_credential => DelegatedCredential(List<'a, SignatureScheme> [2..=0xfffe]),
        /// A ticket to resume, or nothing to ask for one (RFC 5077 section 3.2).
        session_ticket => SessionTicket(&'a [u8] [..]),
        /// The pre-shared keys that the client offers; always last (RFC 8446 section 4.2.11).
        pre_shared_key => PreSharedKey(OfferedPsks<'a>),
        /// The client sends data before the server has answered (RFC 8446 section 4.2.10).
        early_data => EarlyData,
        /// The versions that the client offers, best first (RFC 8446 section 4.2.1).
        supported_versions => SupportedVersions(List<'a, ProtocolVersion> [2..=0xfe]),
        /// The cookie of the HelloRetryRequest (RFC 8446 section 4.2.2).
        cookie => Cookie(&'a [u8] [1..=0xffff]),
        /// How the client wants to use a pre-shared key (RFC 8446 section 4.2.9).
        psk_key_exchange_modes => PskKeyExchangeModes(List<'a, PskKeyExchangeMode> [1..=0xff]),
        /// The authorities that the client trusts (RFC 8446 section 4.2.4).
        certificate_authorities => CertificateAuthorities(List<'a, DistinguishedName<'a>> [3..=0xffff]),
        /// The client can authenticate itself later (RFC 8446 section 4.2.6).
        post_handshake_auth => PostHandshakeAuth,
        /// The signatures that the client accepts in certificates (RFC 8446 section 4.2.3).
        signature_algorithms_cert => SignatureAlgorithmsCert(List<'a, SignatureScheme> [2..=0xfffe]),
        /// The client's shares, best first (RFC 8446 section 4.2.8).
        key_share => KeyShare(List<'a, KeyShareEntry<'a>> [0..=0xffff]),
        /// The identifier of the connection in records to the client (RFC 9146 section 3).
        connection_id => ConnectionId(&'a [u8] [0..=0xff]),
        /// The parameters of QUIC, as they are (RFC 9001 section 8.2).
        quic_transport_parameters => QuicTransportParameters(&'a [u8] [..]),
        /// How many tickets the client wants (RFC 9149 section 3).
        ticket_request => TicketRequest(TicketRequest),
        /// The encrypted hello inside this one, as it is (RFC 9849 section 5).
        encrypted_client_hello => EncryptedClientHello(&'a [u8] [..]),
        /// The handshake that this one renews, empty for the first (RFC 5746 section 3.2).
        renegotiation_info => RenegotiationInfo(&'a [u8] [0..=0xff]),
    }
}

wire_struct! {
    /// How many tickets a client wants (`ClientTicketRequest` of RFC 9149 section 3).
    pub struct TicketRequest {
        /// After a full handshake.
        pub new_session_count: u8,
        /// After a resumed one.
        pub resumption_count: u8,
    }
}
