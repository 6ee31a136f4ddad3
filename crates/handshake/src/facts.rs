//! All that a handshake agreed on.

use core::fmt;
use std::sync::Arc;

use premaster_crypto::Suite;
use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::tls13::{EarlyExporterSecret, ExporterSecret};
use premaster_trace::{EarlyData, EarlyDataReason, ResumedBy};
use premaster_wire::{MaxFragmentLength, NamedGroup, ProtocolVersion, Random, SignatureScheme};

use crate::classic::Hellos;
use crate::group::Group;
use crate::tls13::Agreed;

/// What the two sides agreed on, and what was proved.
#[derive(Debug)]
#[non_exhaustive]
pub struct Facts {
    /// The protocol version.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub suite: &'static Suite,
    /// The group of the key exchange; `None` in a resumed handshake of TLS 1.2, with key transport, with a pre-shared key
    /// alone, and for a finite field without a code point.
    pub group: Option<NamedGroup>,
    /// The group's name, of any group.
    pub group_name: Option<String>,
    /// How the server signed; `None` in a resumed handshake, with a pre-shared key, and with key transport.
    pub server_scheme: Option<SignatureScheme>,
    /// How the client signed, if it did.
    pub client_scheme: Option<SignatureScheme>,
    /// The name of the server that the client asked for (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// The application protocol (RFC 7301).
    pub alpn: Option<Vec<u8>>,
    /// By what an earlier session was resumed, or by what key both sides knew each other; `None` after a full handshake.
    pub resumed: Option<ResumedBy>,
    /// The session's ID, if the server gave one or echoed the client's. TLS 1.3 has none.
    pub session_id: Vec<u8>,
    /// Whether the master secret is bound to the handshake (RFC 7627).
    pub extended_master_secret: bool,
    /// For a CBC suite: whether the MAC covers the ciphertext (RFC 7366).
    pub encrypt_then_mac: bool,
    /// The longest fragment that was agreed on, if one was (RFC 6066 section 4).
    pub max_fragment_length: Option<usize>,
    /// Whether renegotiations would be bound to the connection (RFC 5746).
    pub secure_renegotiation: bool,
    /// The peer's certificates as DER, its own first; those of the full handshake if resumed. None are there if a client
    /// showed none, or if an external pre-shared key stands for them.
    pub peer_certificates: Vec<Vec<u8>>,
    /// TLS 1.3: the identity of the external pre-shared key by which the peer is known, and not by certificates: now, or
    /// when the session began that was resumed.
    pub external_psk: Option<Vec<u8>>,
    /// The stapled OCSP response that the server sent.
    pub ocsp_response: Option<Vec<u8>>,
    /// TLS 1.3: the server asked for another ClientHello (RFC 8446 section 4.1.4).
    pub retried: bool,
    /// TLS 1.3: what became of early data, if it was offered (RFC 8446 section 4.2.10). What was rejected has to be
    /// sent once more.
    pub early_data: Option<EarlyData>,
    /// Why early data was accepted, rejected, or not offered at all.
    pub early_data_reason: EarlyDataReason,
    /// TLS 1.3, on servers that resumed a session: by how many milliseconds the ticket is older in the client's words than
    /// by our clock, which counts whole seconds; negative: younger (RFC 8446 section 8.3). The way there and back is part
    /// of it.
    pub ticket_age_skew: Option<i64>,
    /// The proofs of Certificate Transparency for the server's certificate (RFC 6962 section 3.3), as they
    /// came: nobody has verified them.
    pub certificate_timestamps: Vec<Vec<u8>>,
    /// From what further keys are exported.
    pub exporter: Exporter,
    /// TLS 1.3: from what keys for early data are exported, if it was accepted (RFC 8446 section 7.5): what was rejected the
    /// server may never have read.
    pub early_exporter: Option<EarlyExporter>,
    /// Up to TLS 1.2: the content of the first Finished.
    pub(crate) first_finished: Vec<u8>,
}

impl Facts {
    /// The channel binding `tls-unique` (RFC 5929 section 3): the content of the first Finished of the handshake.
    ///
    /// Both ends of one connection have the same value, and nobody in between who has a connection with each of them. It is for
    /// SCRAM with `-PLUS` up to TLS 1.2; newer programs take [`tls_exporter`](Self::tls_exporter).
    ///
    /// # Errors
    ///
    /// [`NoChannelBinding::NotBound`] without extended_master_secret: whoever stands in between could have made both values
    /// equal (RFC 7627 section 1). [`NoChannelBinding::Tls13`]: it has none (RFC 8446 appendix C.5).
    pub fn tls_unique(&self) -> Result<&[u8], NoChannelBinding> {
        if self.version == ProtocolVersion::TLSv1_3 {
            return Err(NoChannelBinding::Tls13);
        }
        match self.extended_master_secret {
            true => Ok(&self.first_finished),
            false => Err(NoChannelBinding::NotBound),
        }
    }

    /// The channel binding `tls-exporter` (RFC 9266): 32 bytes of key material that both ends of this connection have and
    /// nobody else. What SCRAM takes by default in TLS 1.3.
    ///
    /// ```
    /// use premaster_handshake::{Facts, NoChannelBinding};
    ///
    /// /// What a SCRAM client authenticates with its password (RFC 5802 section 7, `cbind-input`).
    /// fn cbind_input(facts: &Facts) -> Result<Vec<u8>, NoChannelBinding> {
    ///     let (name, value) = match facts.tls_unique() {
    ///         Err(NoChannelBinding::Tls13) => ("tls-exporter", facts.tls_exporter()?.to_vec()),
    ///         unique => ("tls-unique", unique?.to_vec()),
    ///     };
    ///     Ok([format!("p={name},,").as_bytes(), &value].concat())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NoChannelBinding::NotBound`] in TLS 1.2 without extended_master_secret.
    pub fn tls_exporter(&self) -> Result<[u8; 32], NoChannelBinding> {
        let mut value = [0; 32];
        let exported = self
            .exporter
            .export(b"EXPORTER-Channel-Binding", Some(&[]), &mut value);
        // Label, context and length are within all bounds.
        exported.map_err(|_| NoChannelBinding::NotBound)?;
        Ok(value)
    }
}

/// Why a connection has no channel binding of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoChannelBinding {
    /// TLS 1.3 has no `tls-unique`.
    #[error("there is no tls-unique in TLS 1.3: take tls-exporter, RFC 9266 section 3")]
    Tls13,
    /// Without extended_master_secret two connections can have the same values.
    #[error("a channel is bound only with extended_master_secret, RFC 7627 section 6")]
    NotBound,
    /// The bytes are no certificate.
    #[error("tls-server-end-point needs the server's certificate, RFC 5929 section 4")]
    NoCertificate,
    /// The certificate's signature is made with no hash function, or with one that is not known here.
    #[error(
        "tls-server-end-point is not defined for the certificate's signature algorithm, RFC 5929 section 4.1"
    )]
    NoHash,
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
            external_psk: None,
            ocsp_response: None,
            retried: false,
            early_data: None,
            early_data_reason: EarlyDataReason::ProtocolVersion,
            ticket_age_skew: None,
            certificate_timestamps: Vec::new(),
            exporter: Exporter::of_classic(
                hellos.client_random,
                hellos.server_random,
                master,
                bound,
            ),
            early_exporter: None,
            first_finished: Vec::new(),
        }
    }

    /// What the hellos of TLS 1.3 agreed on; the rest is for the scripts to add.
    pub(crate) fn of_tls13(agreed: Agreed, exporter: Exporter) -> Self {
        Self {
            version: ProtocolVersion::TLSv1_3,
            suite: agreed.suite,
            group: agreed.group.as_ref().and_then(Group::id),
            group_name: agreed.group.map(|group| group.name().to_owned()),
            server_scheme: None,
            client_scheme: None,
            server_name: agreed.server_name,
            alpn: agreed.alpn,
            resumed: agreed.psk,
            session_id: Vec::new(),
            extended_master_secret: true,
            encrypt_then_mac: false,
            max_fragment_length: agreed
                .max_fragment_length
                .and_then(MaxFragmentLength::bytes),
            secure_renegotiation: true,
            peer_certificates: Vec::new(),
            external_psk: agreed.external_psk,
            ocsp_response: None,
            retried: agreed.retried,
            early_data: agreed.early_data,
            early_data_reason: agreed.early_data_reason,
            ticket_age_skew: agreed.ticket_age_skew,
            certificate_timestamps: Vec::new(),
            exporter,
            early_exporter: None,
            first_finished: Vec::new(),
        }
    }
}

/// Exports key material for other protocols (RFC 5705, RFC 8446 section 7.5).
pub struct Exporter(Arc<Exports>);

enum Exports {
    Classic {
        master: MasterSecret,
        client_random: Random,
        server_random: Random,
        bound: bool,
    },
    Tls13(ExporterSecret),
}

impl Exporter {
    /// `bound`: by extended_master_secret.
    pub(crate) fn of_classic(
        client_random: Random,
        server_random: Random,
        master: MasterSecret,
        bound: bool,
    ) -> Self {
        Self(Arc::new(Exports::Classic {
            master,
            client_random,
            server_random,
            bound,
        }))
    }

    pub(crate) fn of_tls13(secret: ExporterSecret) -> Self {
        Self(Arc::new(Exports::Tls13(secret)))
    }

    /// A second handle of the same secret.
    pub(crate) fn again(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Fills `out` with key material that only the two ends of this connection can compute.
    ///
    /// Up to TLS 1.2 an absent `context` differs from an empty one (RFC 5705 section 4); in TLS 1.3 they are the same
    /// (RFC 8446 section 7.5).
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
        match self.0.as_ref() {
            Exports::Classic { bound: false, .. } => Err(NotExported::NotBound),
            Exports::Classic {
                master,
                client_random,
                server_random,
                ..
            } => {
                let (client, server) = (&client_random.0, &server_random.0);
                let exported = master.export(label, client, server, context, out);
                exported.map_err(|_| NotExported::ContextTooLong)
            }
            Exports::Tls13(secret) => {
                let exported = secret.export(label, context.unwrap_or_default(), out);
                exported.map_err(|_| NotExported::TooMuch)
            }
        }
    }
}

/// Exports key material that is bound to a ClientHello and its early data, and to nothing that the server has said: it
/// can be replayed as they can (RFC 8446 section 7.5).
pub struct EarlyExporter(pub(crate) EarlyExporterSecret);

impl EarlyExporter {
    /// Fills `out` with key material.
    ///
    /// # Errors
    ///
    /// [`NotExported::TooMuch`]
    pub fn export(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> Result<(), NotExported> {
        let exported = self.0.export(label, context, out);
        exported.map_err(|_| NotExported::TooMuch)
    }
}

impl fmt::Debug for EarlyExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EarlyExporter")
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
    /// The label or the length is beyond what HKDF can do.
    #[error(
        "an exporter's label has at most 249 bytes, and it makes at most 255 hash values, RFC 8446 section 7.1"
    )]
    TooMuch,
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exporter")
    }
}
