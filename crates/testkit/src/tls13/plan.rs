//! What a forger of TLS 1.3 says: every field may be a lie.

use std::sync::Arc;

use premaster_crypto::tls13::Psk;
use premaster_crypto::{HashAlgorithm, Side, SigningKey};
use premaster_wire::{CipherSuite, ExtensionType, NamedGroup, SignatureScheme};

use crate::forger::{vector8, vector16};

/// An extension with its body as it is sent; `None`: what an honest peer would write.
pub type Extension = (ExtensionType, Option<Vec<u8>>);

/// What is signed, made from the signer's side, the messages so far and the hash function.
pub type Signs = fn(Side, &[u8], HashAlgorithm) -> Vec<u8>;

/// What a forger says when nothing is twisted. Clients and servers read the fields that they need.
#[derive(Clone, Debug)]
pub struct Plan {
    /// legacy_version.
    pub version: u16,
    /// Its random.
    pub random: [u8; 32],
    /// legacy_session_id; `None`: a server echoes the client's.
    pub session_id: Option<Vec<u8>>,
    /// A client's suites.
    pub suites: Vec<u16>,
    /// The suite that a server chooses.
    pub suite: u16,
    /// A client's compression methods; a server chooses the first.
    pub compression: Vec<u8>,
    /// The extensions of its hello.
    pub hello: Vec<Extension>,
    /// The groups that a client sends shares for; a server chooses the first.
    pub groups: Vec<u16>,
    /// A share to send instead of each that was made.
    pub share: Option<Vec<u8>>,
    /// How many of a server's first hellos are HelloRetryRequests.
    pub retries: usize,
    /// The extensions of a HelloRetryRequest.
    pub retry: Vec<Extension>,
    /// The suite of a HelloRetryRequest, if another than that of ServerHello.
    pub retry_suite: Option<u16>,
    /// What a client changes before its second ClientHello, other than it was asked for.
    pub second: Option<fn(&mut Plan)>,
    /// The keys that a client offers.
    pub psks: Vec<Offered>,
    /// The key that the schedule begins with.
    pub psk: Option<Arc<Psk>>,
    /// The extensions of EncryptedExtensions.
    pub encrypted: Vec<Extension>,
    /// The extensions of a CertificateRequest.
    pub request: Vec<Extension>,
    /// certificate_request_context; `None`: that of the request that is answered, or none.
    pub context: Option<Vec<u8>>,
    /// Its certificates.
    pub chain: Vec<Vec<u8>>,
    /// The extensions of the first certificate.
    pub entry: Vec<Extension>,
    /// The extensions of each other certificate.
    pub other_entries: Vec<Extension>,
    /// The key that it signs with.
    pub key: Option<Arc<dyn SigningKey>>,
    /// The scheme that it names.
    pub scheme: u16,
    /// The scheme that it signs with, if another.
    pub signs_with: Option<u16>,
    /// What it signs instead of what it should.
    pub signs: Option<Signs>,
    /// By which algorithm a CompressedCertificate says that it was compressed.
    pub compressed_by: u16,
    /// What a CompressedCertificate says that its content's length is.
    pub uncompressed: Option<u32>,
    /// Whether its Finished is the victim's own.
    pub reflects: bool,
    /// A server's ticket.
    pub ticket: Ticket,
    /// request_update of a KeyUpdate.
    pub update: u8,
    /// What was said before this victim came: the transcript begins with it (RFC 8446 section 4.2.2).
    pub before: Vec<u8>,
}

/// A pre-shared key that a client offers.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The identity.
    pub identity: Vec<u8>,
    /// obfuscated_ticket_age.
    pub age: u32,
    /// The key.
    pub psk: Arc<Psk>,
    /// A binder to send instead of the right one.
    pub binder: Option<Vec<u8>>,
}

/// The fields of a NewSessionTicket (RFC 8446 section 4.6.1).
#[derive(Clone, Debug)]
pub struct Ticket {
    /// ticket_lifetime.
    pub lifetime: u32,
    /// ticket_age_add.
    pub age_add: u32,
    /// ticket_nonce.
    pub nonce: Vec<u8>,
    /// The ticket itself.
    pub ticket: Vec<u8>,
    /// The extensions.
    pub extensions: Vec<Extension>,
}

const SCHEMES: [u16; 3] = [
    SignatureScheme::ecdsa_secp256r1_sha256.0,
    SignatureScheme::ecdsa_secp384r1_sha384.0,
    SignatureScheme::rsa_pss_rsae_sha256.0,
];

impl Plan {
    /// An honest client with a share for X25519.
    #[must_use]
    pub fn client() -> Self {
        let groups = [NamedGroup::x25519.0, NamedGroup::secp256r1.0];
        let hello = vec![
            (ExtensionType::supported_versions, Some(vec![2, 3, 4])),
            (
                ExtensionType::supported_groups,
                Some(vector16(&numbers(&groups))),
            ),
            (
                ExtensionType::signature_algorithms,
                Some(vector16(&numbers(&SCHEMES))),
            ),
            (ExtensionType::key_share, None),
        ];
        Self {
            version: 0x0303,
            random: [0xc1; 32],
            session_id: Some(vec![0x1d; 32]),
            suites: vec![
                CipherSuite::TLS_AES_128_GCM_SHA256.0,
                CipherSuite::TLS_AES_256_GCM_SHA384.0,
            ],
            suite: CipherSuite::TLS_AES_128_GCM_SHA256.0,
            compression: vec![0],
            hello,
            groups: vec![NamedGroup::x25519.0],
            share: None,
            retries: 0,
            retry: Vec::new(),
            retry_suite: None,
            second: None,
            psks: Vec::new(),
            psk: None,
            encrypted: Vec::new(),
            request: Vec::new(),
            context: None,
            chain: Vec::new(),
            entry: Vec::new(),
            other_entries: Vec::new(),
            key: None,
            scheme: SignatureScheme::ecdsa_secp256r1_sha256.0,
            signs_with: None,
            signs: None,
            compressed_by: super::INVERTED.0,
            uncompressed: None,
            reflects: false,
            ticket: Ticket {
                lifetime: 3_600,
                age_add: 0x0a0b_0c0d,
                nonce: vec![0],
                ticket: b"a ticket".to_vec(),
                extensions: Vec::new(),
            },
            update: 0,
            before: Vec::new(),
        }
    }

    /// An honest server with X25519, to be given a certificate.
    #[must_use]
    pub fn server() -> Self {
        Self {
            random: [0x5e; 32],
            session_id: None,
            hello: vec![
                (ExtensionType::supported_versions, Some(vec![3, 4])),
                (ExtensionType::key_share, None),
            ],
            retry: vec![
                (ExtensionType::supported_versions, Some(vec![3, 4])),
                (ExtensionType::key_share, None),
            ],
            request: vec![(
                ExtensionType::signature_algorithms,
                Some(vector16(&numbers(&SCHEMES))),
            )],
            ..Self::client()
        }
    }

    /// Whether the hello has this extension.
    #[must_use]
    pub fn has(&self, kind: ExtensionType) -> bool {
        self.hello.iter().any(|(has, _)| *has == kind)
    }

    /// Whether a server accepts early data.
    #[must_use]
    pub fn accepts_early_data(&self) -> bool {
        let early = ExtensionType::early_data;
        self.encrypted.iter().any(|(has, _)| *has == early)
    }

    /// Says an extension in the hello: in the place of the same one, or behind all but pre_shared_key.
    pub fn set(&mut self, kind: ExtensionType, body: impl Into<Vec<u8>>) {
        set(&mut self.hello, kind, Some(body.into()));
    }

    /// Leaves an extension of the hello out.
    pub fn without(&mut self, kind: ExtensionType) {
        self.hello.retain(|(has, _)| *has != kind);
    }

    /// Offers a key, in `psk_dhe_ke` (RFC 8446 section 4.2.9), with the right binder.
    pub fn offer(&mut self, identity: &[u8], age: u32, psk: Psk) {
        set(
            &mut self.hello,
            ExtensionType::psk_key_exchange_modes,
            Some(vector8(&[1])),
        );
        set(&mut self.hello, ExtensionType::pre_shared_key, None);
        self.psks.push(Offered {
            identity: identity.to_vec(),
            age,
            psk: Arc::new(psk),
            binder: None,
        });
    }
}

/// Says an extension: in the place of the same one, or behind all but pre_shared_key.
pub fn set(list: &mut Vec<Extension>, kind: ExtensionType, body: Option<Vec<u8>>) {
    if let Some(said) = list.iter_mut().find(|(has, _)| *has == kind) {
        said.1 = body;
        return;
    }
    let last = list.last().map(|(kind, _)| *kind);
    let behind = usize::from(last == Some(ExtensionType::pre_shared_key));
    list.insert(list.len() - behind, (kind, body));
}

/// Numbers of two bytes, one after the other.
#[must_use]
pub fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}
