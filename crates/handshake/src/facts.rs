//! All that a handshake agreed on.

use core::fmt;

use premaster_crypto::Suite;
use premaster_crypto::tls12::MasterSecret;
use premaster_trace::ResumedBy;
use premaster_wire::{MaxFragmentLength, NamedGroup, ProtocolVersion, Random, SignatureScheme};

use crate::classic::Hellos;

/// What the two sides agreed on, and what was proved.
#[derive(Debug)]
#[non_exhaustive]
pub struct Facts {
    /// The protocol version.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub suite: &'static Suite,
    /// The group of the key exchange; `None` in a resumed handshake, with key transport, and for a finite
    /// field without a code point.
    pub group: Option<NamedGroup>,
    /// The group's name, of any group.
    pub group_name: Option<String>,
    /// How the server signed; `None` in a resumed handshake and with key transport.
    pub server_scheme: Option<SignatureScheme>,
    /// How the client signed, if it did.
    pub client_scheme: Option<SignatureScheme>,
    /// The name of the server that the client asked for (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// The application protocol (RFC 7301).
    pub alpn: Option<Vec<u8>>,
    /// By what an earlier session was resumed; `None` after a full handshake.
    pub resumed: Option<ResumedBy>,
    /// The session's ID, if the server gave one or echoed the client's.
    pub session_id: Vec<u8>,
    /// Whether the master secret is bound to the handshake (RFC 7627).
    pub extended_master_secret: bool,
    /// For a CBC suite: whether the MAC covers the ciphertext (RFC 7366).
    pub encrypt_then_mac: bool,
    /// The longest fragment that was agreed on, if one was (RFC 6066 section 4).
    pub max_fragment_length: Option<usize>,
    /// Whether renegotiations would be bound to the connection (RFC 5746).
    pub secure_renegotiation: bool,
    /// The peer's certificates as DER, its own first; those of the full handshake if resumed.
    pub peer_certificates: Vec<Vec<u8>>,
    /// The stapled OCSP response that the server sent.
    pub ocsp_response: Option<Vec<u8>>,
    /// From what further keys are exported.
    pub exporter: Exporter,
}

impl Facts {
    /// What a classic handshake's hellos agreed on; the rest is for the scripts to add.
    pub(crate) fn of(hellos: Hellos, master: MasterSecret) -> Self {
        let bound = hellos.extended_master_secret;
        Self {
            version: hellos.version,
            suite: hellos.suite,
            group: None,
            group_name: None,
            server_scheme: None,
            client_scheme: None,
            server_name: hellos.server_name,
            alpn: hellos.alpn,
            resumed: None,
            session_id: hellos.session_id,
            extended_master_secret: bound,
            encrypt_then_mac: hellos.encrypt_then_mac,
            max_fragment_length: hellos
                .max_fragment_length
                .and_then(MaxFragmentLength::bytes),
            secure_renegotiation: hellos.secure_renegotiation,
            peer_certificates: Vec::new(),
            ocsp_response: None,
            exporter: Exporter {
                master,
                client_random: hellos.client_random,
                server_random: hellos.server_random,
                bound,
            },
        }
    }
}

/// Exports key material for other protocols (RFC 5705).
pub struct Exporter {
    master: MasterSecret,
    client_random: Random,
    server_random: Random,
    bound: bool,
}

impl Exporter {
    /// Fills `out` with key material that only the two ends of this connection can compute.
    ///
    /// An absent `context` differs from an empty one (RFC 5705 section 4).
    ///
    /// # Errors
    ///
    /// [`NotExported`]
    pub fn export(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), NotExported> {
        if !self.bound {
            return Err(NotExported::NotBound);
        }
        let (client, server) = (&self.client_random.0, &self.server_random.0);
        let exported = self.master.export(label, client, server, context, out);
        exported.map_err(|_| NotExported::ContextTooLong)
    }
}

/// Why no key material was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotExported {
    /// Without extended_master_secret the material would not be bound to this connection.
    #[error("key material is exported only with extended_master_secret, RFC 7627 section 5.4")]
    NotBound,
    /// The context's length does not fit its field.
    #[error("an exporter's context has at most 65535 bytes, RFC 5705 section 4")]
    ContextTooLong,
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exporter")
    }
}
