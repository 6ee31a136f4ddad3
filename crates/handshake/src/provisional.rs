//! What stands before the peer's Finished has come: enough to send data, too little to rely on.

use premaster_crypto::Suite;
use premaster_crypto::tls12::MasterSecret;
use premaster_trace::{EarlyData, EarlyDataReason, ResumedBy};
use premaster_wire::ProtocolVersion;

use crate::Exporter;
use crate::classic::Hellos;
use crate::tls13::Agreed;

/// What was agreed on, as far as this side knows, while the peer's Finished is still to come: data may be sent already.
///
/// | | a server of TLS 1.3, behind its own Finished | a client of TLS 1.2 that is configured for False Start |
/// |---|---|---|
/// | who can read what is sent | who made the ClientHello, and the holder of the session if one is resumed | the server whose certificate was verified |
/// | not proved yet | that there is a client now: whoever recorded its first flight may have sent it again; who the client is | that nobody has changed what either side offered |
/// | standard | RFC 8446 section 4.4.4, RFC 8446 appendix E.5 | RFC 7918 |
///
/// [`Facts`](crate::Facts) take its place when the Finished has come and was right.
#[derive(Debug)]
#[non_exhaustive]
pub struct Provisional {
    /// The protocol version.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub suite: &'static Suite,
    /// The name of the server that the client asked for.
    pub server_name: Option<String>,
    /// The application protocol.
    pub alpn: Option<Vec<u8>>,
    /// By what an earlier session is resumed, or by what key both sides know each other.
    pub resumed: Option<ResumedBy>,
    /// TLS 1.3: what became of early data, if it was offered.
    pub early_data: Option<EarlyData>,
    /// Why.
    pub early_data_reason: EarlyDataReason,
    /// From what further keys are exported: the same that [`Facts`](crate::Facts) will have.
    pub exporter: Exporter,
}

impl Provisional {
    /// A client's, behind its Finished.
    pub(crate) fn of_classic(hellos: &Hellos, master: &MasterSecret) -> Self {
        let (client, server) = (hellos.client_random, hellos.server_random);
        let again = MasterSecret::from_secret(hellos.suite.hash, master.secret().duplicate());
        let bound = hellos.extended_master_secret;
        Self {
            version: hellos.version,
            suite: hellos.suite,
            server_name: hellos.server_name.clone(),
            alpn: hellos.alpn.clone(),
            resumed: None,
            early_data: None,
            early_data_reason: EarlyDataReason::ProtocolVersion,
            exporter: Exporter::of_classic(client, server, again, bound),
        }
    }

    /// A server's, behind its Finished: what is exported depends on nothing that comes later (RFC 8446 section 7.5).
    pub(crate) fn of_tls13(agreed: &Agreed, exporter: &Exporter) -> Self {
        Self {
            version: ProtocolVersion::TLSv1_3,
            suite: agreed.suite,
            server_name: agreed.server_name.clone(),
            alpn: agreed.alpn.clone(),
            resumed: agreed.psk,
            early_data: agreed.early_data,
            early_data_reason: agreed.early_data_reason,
            exporter: exporter.again(),
        }
    }
}
