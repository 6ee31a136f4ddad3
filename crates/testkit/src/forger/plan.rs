//! What a forger says: every field may be a lie.

use std::sync::Arc;

use premaster_crypto::{DecryptionKey, KeyExchangeKind, SigningKey};
use premaster_wire::{CipherSuite, ExtensionType, NamedGroup, SignatureScheme};

use super::{vector8, vector16};

/// What a forger says when nothing is twisted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `client_version` or `server_version`.
    pub version: u16,
    /// Its random.
    pub random: [u8; 32],
    /// Its session ID.
    pub session_id: Vec<u8>,
    /// Whether a server echoes the client's session ID instead.
    pub echoes_session_id: bool,
    /// A client's suites.
    pub suites: Vec<u16>,
    /// The suite that a server chooses.
    pub suite: u16,
    /// A client's compression methods; a server chooses the first.
    pub compression: Vec<u8>,
    /// The extensions of its hello, bodies as they are sent; `None`: no block at all.
    pub extensions: Option<Vec<(ExtensionType, Vec<u8>)>>,
    /// Its certificates.
    pub chain: Vec<Vec<u8>>,
    /// The key that it signs with.
    pub key: Option<Arc<dyn SigningKey>>,
    /// The scheme that it names.
    pub scheme: u16,
    /// The scheme that it signs with, if another.
    pub signs_with: Option<u16>,
    /// What it signs instead of what it should.
    pub signs: Option<Vec<u8>>,
    /// The group of a server's key exchange.
    pub group: u16,
    /// The finite field of a server's key exchange: prime and generator, as they are sent.
    pub field: (Vec<u8>, Vec<u8>),
    /// The kind of parameters that are said, if another than the suite's.
    pub params: Option<KeyExchangeKind>,
    /// With what a server reads premaster secrets.
    pub decryption: Option<Arc<dyn DecryptionKey>>,
    /// The premaster secret that a client encrypts, and computes with.
    pub premaster: Option<Vec<u8>>,
    /// The block that a client encrypts instead of the one around the premaster secret.
    pub block: Option<Vec<u8>>,
    /// What a client sends instead of any ciphertext.
    pub ciphertext: Option<Vec<u8>>,
    /// A share to send instead of the one that was made.
    pub share: Option<Vec<u8>>,
    /// The session that is resumed: its master secret.
    pub master: Option<[u8; 48]>,
    /// Whether its Finished is the victim's own.
    pub reflects: bool,
    /// A server's new ticket.
    pub ticket: Vec<u8>,
    /// How long the ticket is said to live.
    pub ticket_lifetime: u32,
    /// The schemes in a server's CertificateRequest.
    pub schemes: Vec<u16>,
}

impl Plan {
    /// An honest client with P-256 groups and ECDSA suites.
    #[must_use]
    pub fn client() -> Self {
        let schemes = [
            SignatureScheme::ecdsa_secp256r1_sha256,
            SignatureScheme::ecdsa_secp384r1_sha384,
            SignatureScheme::rsa_pkcs1_sha256,
        ];
        let groups = [NamedGroup::x25519, NamedGroup::secp256r1];
        let extensions = vec![
            (ExtensionType::renegotiation_info, vec![0]),
            (ExtensionType::extended_master_secret, vec![]),
            (
                ExtensionType::supported_groups,
                vector16(&numbers(&groups.map(|group| group.0))),
            ),
            (ExtensionType::ec_point_formats, vector8(&[0])),
            (
                ExtensionType::signature_algorithms,
                vector16(&numbers(&schemes.map(|scheme| scheme.0))),
            ),
        ];
        Self {
            version: 0x0303,
            random: [0xc1; 32],
            session_id: Vec::new(),
            echoes_session_id: false,
            suites: vec![
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.0,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384.0,
            ],
            suite: CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.0,
            compression: vec![0],
            extensions: Some(extensions),
            chain: Vec::new(),
            key: None,
            scheme: SignatureScheme::ecdsa_secp256r1_sha256.0,
            signs_with: None,
            signs: None,
            group: NamedGroup::x25519.0,
            field: (Vec::new(), Vec::new()),
            params: None,
            decryption: None,
            premaster: None,
            block: None,
            ciphertext: None,
            share: None,
            master: None,
            reflects: false,
            ticket: b"a ticket".to_vec(),
            ticket_lifetime: 3_600,
            schemes: schemes.map(|scheme| scheme.0).to_vec(),
        }
    }

    /// An honest server with an ECDSA suite, to be given a certificate.
    #[must_use]
    pub fn server() -> Self {
        Self {
            random: [0x5e; 32],
            extensions: Some(vec![
                (ExtensionType::renegotiation_info, vec![0]),
                (ExtensionType::extended_master_secret, vec![]),
            ]),
            ..Self::client()
        }
    }

    /// Whether the hello has this extension.
    #[must_use]
    pub fn has(&self, kind: ExtensionType) -> bool {
        self.extensions
            .iter()
            .flatten()
            .any(|(has, _)| *has == kind)
    }

    /// Says an extension, in the place of the same one or behind all others.
    pub fn set(&mut self, kind: ExtensionType, body: impl Into<Vec<u8>>) {
        self.without(kind);
        self.extensions
            .get_or_insert_default()
            .push((kind, body.into()));
    }

    /// Leaves an extension out.
    pub fn without(&mut self, kind: ExtensionType) {
        self.extensions
            .get_or_insert_default()
            .retain(|(has, _)| *has != kind);
    }
}

/// Numbers of two bytes, one after the other.
pub(super) fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}
