//! The messages of four kinds of handshakes of TLS 1.3.

use premaster_trace::{Epoch, PskKind, Side};
use premaster_wire::{
    CertificateCompressionAlgorithm, CertificateVerify, CipherSuite, ClientHello,
    ClientHelloExtension, CompressionMethod, Encode, EncryptedExtension, Extensions, Finished,
    HandshakeMessage, HelloRetryRequest, HelloRetryRequestExtension, KeyShareEntry,
    KeyUpdateRequest, List, NameType, NamedGroup, NewSessionTicketExtension, OfferedPsks,
    ProtocolName, ProtocolVersion, PskBinderEntry, PskIdentity, PskKeyExchangeMode, Random,
    RetryRandom, ServerHello, ServerHelloExtension, ServerName, SignatureScheme, Uint24,
    encode_message, tls13,
};

pub(crate) const SUITE: CipherSuite = CipherSuite::TLS_AES_128_GCM_SHA256;

fn bytes<M: HandshakeMessage + Encode>(message: &M) -> Vec<u8> {
    encode_message(message).unwrap()
}

/// What kind of handshake to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// Two key exchanges in one, certificates.
    Full,
    /// The client has sent a share of a group that the server does not like.
    Retried,
    /// A ticket with a new key exchange, and early data.
    Resumed,
    /// An external PSK and nothing else.
    PskAlone,
}

impl Handshake {
    pub(crate) const ALL: [Self; 4] = [Self::Full, Self::Retried, Self::Resumed, Self::PskAlone];

    pub(crate) const fn group(self) -> Option<NamedGroup> {
        match self {
            Self::Full => Some(NamedGroup::X25519MLKEM768),
            Self::Retried => Some(NamedGroup::secp256r1),
            Self::Resumed => Some(NamedGroup::x25519),
            Self::PskAlone => None,
        }
    }

    pub(crate) const fn psk(self) -> Option<PskKind> {
        match self {
            Self::Full | Self::Retried => None,
            Self::Resumed => Some(PskKind::Resumption),
            Self::PskAlone => Some(PskKind::External),
        }
    }

    /// The shares of client and server in the group that they agree on.
    pub(crate) fn shares(self) -> [Vec<u8>; 2] {
        match self {
            Self::Full => [
                [vec![0xe0; 1184], vec![0xc0; 32]].concat(),
                [vec![0xe5; 1088], vec![0x50; 32]].concat(),
            ],
            Self::Retried => [vec![0xc0; 65], vec![0x50; 65]],
            _ => [vec![0xc0; 32], vec![0x50; 32]],
        }
    }
}

pub(crate) fn client_hello(handshake: Handshake, second: bool) -> Vec<u8> {
    let names = [ServerName {
        name_type: NameType::host_name,
        name: b"example.org",
    }];
    let groups = [
        NamedGroup::X25519MLKEM768,
        NamedGroup::x25519,
        NamedGroup::secp256r1,
    ];
    let schemes = [
        SignatureScheme::ecdsa_secp256r1_sha256,
        SignatureScheme::rsa_pss_rsae_sha256,
    ];
    let protocols = [ProtocolName { name: b"h2" }];
    let versions = [ProtocolVersion::TLSv1_3];
    let [share, _] = handshake.shares();
    let entry = |group, key_exchange| KeyShareEntry {
        group,
        key_exchange,
    };
    let shares = match handshake {
        Handshake::Full => vec![
            entry(NamedGroup::X25519MLKEM768, &share),
            entry(NamedGroup::x25519, &share[1184..]),
        ],
        Handshake::Retried if second => vec![entry(NamedGroup::secp256r1, &share)],
        _ => vec![entry(NamedGroup::x25519, &share[..32])],
    };
    let modes = [match handshake {
        Handshake::PskAlone => PskKeyExchangeMode::psk_ke,
        _ => PskKeyExchangeMode::psk_dhe_ke,
    }];
    let identities = [PskIdentity {
        identity: match handshake {
            Handshake::PskAlone => b"meter 7",
            _ => &[0xf1; 180],
        },
        obfuscated_ticket_age: 7,
    }];
    let binders = [PskBinderEntry {
        binder: &[0xb1; 32],
    }];
    let compression = [CertificateCompressionAlgorithm::brotli];
    let mut extensions = vec![
        ClientHelloExtension::ServerName(List::from(&names)),
        ClientHelloExtension::SupportedGroups(List::from(&groups)),
        ClientHelloExtension::SignatureAlgorithms(List::from(&schemes)),
        ClientHelloExtension::ApplicationLayerProtocolNegotiation(List::from(&protocols)),
        ClientHelloExtension::CompressCertificate(List::from(&compression)),
        ClientHelloExtension::SupportedVersions(List::from(&versions)),
        ClientHelloExtension::PskKeyExchangeModes(List::from(&modes)),
    ];
    if handshake != Handshake::PskAlone {
        extensions.push(ClientHelloExtension::KeyShare(List::from(&shares[..])));
    }
    if second {
        extensions.push(ClientHelloExtension::Cookie(&[0xcc; 40]));
    }
    if handshake == Handshake::Resumed {
        extensions.push(ClientHelloExtension::EarlyData);
    }
    if handshake.psk().is_some() {
        extensions.push(ClientHelloExtension::PreSharedKey(OfferedPsks {
            identities: List::from(&identities),
            binders: List::from(&binders),
        }));
    }
    bytes(&ClientHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: Random([0xc1; 32]),
        session_id: &[0x1d; 32],
        cipher_suites: List::from(&[SUITE]),
        compression_methods: List::from(&[CompressionMethod::null]),
        extensions: Some(Extensions::from(&extensions[..])),
    })
}

pub(crate) fn hello_retry_request() -> Vec<u8> {
    let extensions = [
        HelloRetryRequestExtension::SupportedVersions(ProtocolVersion::TLSv1_3),
        HelloRetryRequestExtension::KeyShare(NamedGroup::secp256r1),
        HelloRetryRequestExtension::Cookie(&[0xcc; 40]),
    ];
    bytes(&HelloRetryRequest {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: RetryRandom,
        session_id: &[0x1d; 32],
        cipher_suite: SUITE,
        compression_method: CompressionMethod::null,
        extensions: Extensions::from(&extensions),
    })
}

pub(crate) fn server_hello(handshake: Handshake) -> Vec<u8> {
    let [_, share] = handshake.shares();
    let mut extensions = vec![ServerHelloExtension::SupportedVersions(
        ProtocolVersion::TLSv1_3,
    )];
    if let Some(group) = handshake.group() {
        extensions.push(ServerHelloExtension::KeyShare(KeyShareEntry {
            group,
            key_exchange: &share,
        }));
    }
    if handshake.psk().is_some() {
        extensions.push(ServerHelloExtension::PreSharedKey(0));
    }
    bytes(&ServerHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: Random([0x5e; 32]),
        session_id: &[0x1d; 32],
        cipher_suite: SUITE,
        compression_method: CompressionMethod::null,
        extensions: Some(Extensions::from(&extensions[..])),
    })
}

/// The messages that come after the hellos, with the keys that protect them.
pub(crate) fn later_messages(handshake: Handshake) -> Vec<(Side, Epoch, Vec<u8>)> {
    let protocols = [ProtocolName { name: b"h2" }];
    let mut answers = vec![
        EncryptedExtension::ServerName,
        EncryptedExtension::ApplicationLayerProtocolNegotiation(List::from(&protocols)),
    ];
    if handshake == Handshake::Resumed {
        answers.push(EncryptedExtension::EarlyData);
    }
    let answers = tls13::EncryptedExtensions {
        extensions: Extensions::from(&answers[..]),
    };
    let mut messages = vec![(Side::Server, Epoch::Handshake, bytes(&answers))];
    if handshake.psk().is_none() {
        messages.extend(certificates(handshake));
    }
    let finished = bytes(&Finished {
        verify_data: &[9; 32],
    });
    messages.push((Side::Server, Epoch::Handshake, finished.clone()));
    if handshake == Handshake::Resumed {
        let end = bytes(&tls13::EndOfEarlyData {});
        messages.push((Side::Client, Epoch::EarlyData, end));
    }
    messages.push((Side::Client, Epoch::Handshake, finished));
    messages
}

fn certificates(handshake: Handshake) -> [(Side, Epoch, Vec<u8>); 2] {
    let entries = [500, 400].map(|length| tls13::CertificateEntry {
        cert_data: &[0x30; 500][..length],
        extensions: Extensions::default(),
    });
    let certificate = match handshake {
        Handshake::Retried => bytes(&tls13::CompressedCertificate {
            algorithm: CertificateCompressionAlgorithm::brotli,
            uncompressed_length: Uint24::new(913).unwrap(),
            compressed_certificate_message: &[0x1b; 700],
        }),
        _ => bytes(&tls13::Certificate {
            certificate_request_context: &[],
            certificate_list: List::from(&entries),
        }),
    };
    let verify = bytes(&CertificateVerify {
        algorithm: SignatureScheme::ecdsa_secp256r1_sha256,
        signature: &[0x33; 71],
    });
    [certificate, verify].map(|message| (Side::Server, Epoch::Handshake, message))
}

pub(crate) fn ticket() -> Vec<u8> {
    bytes(&tls13::NewSessionTicket {
        ticket_lifetime: 7200,
        ticket_age_add: 7,
        ticket_nonce: &[0, 1],
        ticket: &[0xf1; 180],
        extensions: Extensions::from(&[NewSessionTicketExtension::EarlyData(16384)]),
    })
}

pub(crate) fn key_update(request_update: KeyUpdateRequest) -> Vec<u8> {
    bytes(&tls13::KeyUpdate { request_update })
}
