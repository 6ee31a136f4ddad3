//! The extensions of EncryptedExtensions (RFC 8446 section 4.3.1).

use super::{ProtocolName, UseSrtp, extensions};
use crate::code_point::{CertificateType, HeartbeatMode, MaxFragmentLength, NamedGroup};
use crate::codec::List;

extensions! {
    /// What EncryptedExtensions may carry (RFC 8446 section 4.2).
    pub enum EncryptedExtension<'a> {
        /// The server has used the name (RFC 6066 section 3).
        server_name => ServerName,
        /// The client's limit is accepted (RFC 6066 section 4).
        max_fragment_length => MaxFragmentLength(MaxFragmentLength),
        /// The groups that the server prefers, for a later connection (RFC 8446 section 4.2.7).
        supported_groups => SupportedGroups(List<'a, NamedGroup> [2..=0xffff]),
        /// The chosen SRTP profile (RFC 5764 section 4.1.1).
        use_srtp => UseSrtp(UseSrtp<'a>),
        /// Whether the client may send heartbeats (RFC 6520 section 2).
        heartbeat => Heartbeat(HeartbeatMode),
        /// The chosen application protocol, a list of one (RFC 7301 section 3.1).
        application_layer_protocol_negotiation =>
            ApplicationLayerProtocolNegotiation(List<'a, ProtocolName<'a>> [2..=0xffff]),
        /// The form of the client's certificate (RFC 7250 section 3).
        client_certificate_type => ClientCertificateType(CertificateType),
        /// The form of the server's certificate (RFC 7250 section 3).
        server_certificate_type => ServerCertificateType(CertificateType),
        /// The largest plaintext that the server wants in a record (RFC 8449 section 4).
        record_size_limit => RecordSizeLimit(u16),
        /// Early data was accepted (RFC 8446 section 4.2.10).
        early_data => EarlyData,
        /// The parameters of QUIC, as they are (RFC 9001 section 8.2).
        quic_transport_parameters => QuicTransportParameters(&'a [u8] [..]),
        /// How many tickets will follow (RFC 9149 section 3).
        ticket_request => TicketRequest(u8),
        /// Configurations to encrypt the next hello with, as they are (RFC 9849 section 5).
        encrypted_client_hello => EncryptedClientHello(&'a [u8] [..]),
    }
}
