//! Handshakes of TLS 1.2, with all that one side has to say about them.

use premaster_trace::{
    Choice, Derivation, Direction, EarlyDataReason, Epoch, Event, Facts, ResumedBy, SecretLabel,
    Side, SignatureUse, Tracer, Value,
};
use premaster_wire::{
    AlertDescription, AlertLevel, CipherSuite, ClientHello, ClientHelloExtension,
    CompressionMethod, Encode, Extensions, Finished, HandshakeMessage, HandshakeType, List,
    NameType, NamedGroup, ProtocolName, ProtocolVersion, Random, ServerHello, ServerHelloExtension,
    ServerName, SignatureScheme, encode_message, tls12,
};

pub(crate) const SUITES: [CipherSuite; 2] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];
pub(crate) const SECRET: [u8; 48] = [0x5e; 48];

fn bytes<M: HandshakeMessage + Encode>(message: &M) -> Vec<u8> {
    encode_message(message).unwrap()
}

/// How the two ends come to a secret, with what goes over the wire for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Ecdhe,
    /// Over a field without a code point, RFC 3526 group 14.
    Dhe,
    Rsa,
}

/// A handshake to report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handshake {
    pub(crate) exchange: Exchange,
    pub(crate) suite: CipherSuite,
    /// For CBC suites.
    pub(crate) encrypt_then_mac: Option<bool>,
}

impl Handshake {
    pub(crate) const MODERN: Self = Self {
        exchange: Exchange::Ecdhe,
        suite: SUITES[0],
        encrypt_then_mac: None,
    };
    pub(crate) const DHE: Self = Self {
        exchange: Exchange::Dhe,
        suite: CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
        encrypt_then_mac: Some(true),
    };
    /// What the textbooks tell.
    pub(crate) const RSA: Self = Self {
        exchange: Exchange::Rsa,
        suite: CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
        encrypt_then_mac: Some(false),
    };

    fn offered(&self) -> [CipherSuite; 2] {
        match self.exchange {
            Exchange::Ecdhe => SUITES,
            Exchange::Dhe => [self.suite, SUITES[0]],
            Exchange::Rsa => [self.suite, SUITES[1]],
        }
    }

    /// MAC key, key and IV of one direction.
    fn key_lengths(&self) -> (usize, usize, usize) {
        match self.exchange {
            Exchange::Ecdhe => (0, 16, 4),
            Exchange::Dhe => (32, 32, 0),
            Exchange::Rsa => (20, 16, 0),
        }
    }

    fn signature(&self) -> Option<SignatureScheme> {
        match self.exchange {
            Exchange::Ecdhe => Some(SignatureScheme::ecdsa_secp256r1_sha256),
            Exchange::Dhe => Some(SignatureScheme::rsa_pkcs1_sha256),
            Exchange::Rsa => None,
        }
    }

    fn group(&self) -> Option<Value<'static>> {
        match self.exchange {
            Exchange::Ecdhe => Some(NamedGroup::x25519.into()),
            Exchange::Dhe => Some("modp2048".into()),
            Exchange::Rsa => None,
        }
    }

    /// None in key transport: the server has nothing to add.
    pub(crate) fn server_key_exchange(&self) -> Option<Vec<u8>> {
        let signed_params = tls12::DigitallySigned {
            algorithm: self.signature()?,
            signature: &[0x33; 71],
        };
        Some(match self.exchange {
            Exchange::Dhe => bytes(&tls12::DheServerKeyExchange {
                params: tls12::ServerDhParams {
                    dh_p: &[0xff; 256],
                    dh_g: &[2],
                    dh_ys: &[0x50; 256],
                },
                signed_params,
            }),
            _ => bytes(&tls12::EcdheServerKeyExchange {
                params: tls12::ServerEcdhParams {
                    curve_params: tls12::EcParameters {
                        named_curve: NamedGroup::x25519,
                    },
                    public: &[0x50; 32],
                },
                signed_params,
            }),
        })
    }

    pub(crate) fn client_key_exchange(&self) -> Vec<u8> {
        match self.exchange {
            Exchange::Ecdhe => bytes(&tls12::EcdhClientKeyExchange { point: &[0xc0; 32] }),
            Exchange::Dhe => bytes(&tls12::DhClientKeyExchange {
                dh_yc: &[0xc0; 256],
            }),
            Exchange::Rsa => bytes(&tls12::RsaClientKeyExchange {
                pre_master_secret: &[0xee; 256],
            }),
        }
    }

    fn premaster(&self, us: Side) -> Derivation<'static> {
        match self.exchange {
            Exchange::Ecdhe => {
                Derivation::ecdhe(us, NamedGroup::x25519, &[0xc0; 32], &[0x50; 32], 32)
            }
            Exchange::Dhe => Derivation::dhe(us, "modp2048", &[0xc0; 256], &[0x50; 256], 256),
            Exchange::Rsa => Derivation::key_transport(us, ProtocolVersion::TLSv1_2),
        }
    }
}

pub(crate) fn client_hello(suites: &[CipherSuite]) -> Vec<u8> {
    let names = [ServerName {
        name_type: NameType::host_name,
        name: b"example.org",
    }];
    let groups = [NamedGroup::x25519, NamedGroup::secp256r1];
    let schemes = [
        SignatureScheme::ecdsa_secp256r1_sha256,
        SignatureScheme::rsa_pss_rsae_sha256,
    ];
    let protocols = [
        ProtocolName { name: b"h2" },
        ProtocolName { name: b"http/1.1" },
    ];
    let extensions = [
        ClientHelloExtension::ServerName(List::from(&names)),
        ClientHelloExtension::SupportedGroups(List::from(&groups)),
        ClientHelloExtension::SignatureAlgorithms(List::from(&schemes)),
        ClientHelloExtension::ApplicationLayerProtocolNegotiation(List::from(&protocols)),
        ClientHelloExtension::ExtendedMasterSecret,
        ClientHelloExtension::SessionTicket(&[]),
        ClientHelloExtension::RenegotiationInfo(&[]),
    ];
    bytes(&ClientHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: Random([0xc1; 32]),
        session_id: &[],
        cipher_suites: List::from(suites),
        compression_methods: List::from(&[CompressionMethod::null]),
        extensions: Some(Extensions::from(&extensions)),
    })
}

pub(crate) fn server_hello(suite: CipherSuite) -> Vec<u8> {
    let extensions = [
        ServerHelloExtension::ExtendedMasterSecret,
        ServerHelloExtension::SessionTicket,
    ];
    bytes(&ServerHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: Random([0x5e; 32]),
        session_id: &[0x1d; 32],
        cipher_suite: suite,
        compression_method: CompressionMethod::null,
        extensions: Some(Extensions::from(&extensions)),
    })
}

/// What one side has to say about a full handshake.
pub(crate) fn report(tracer: &Tracer, handshake: &Handshake) {
    tracer.emit(|| Event::Started {
        peer: Some("example.org:443".into()),
    });
    hellos(tracer, handshake);
    identity(tracer, handshake);
    key_exchange(tracer, handshake);
    finished(tracer, handshake.suite);
    established(tracer, handshake);
    goodbye(tracer);
}

/// Which way `from` sends, seen from the side that reports.
fn way(tracer: &Tracer, from: Side) -> Direction {
    match from == tracer.side() {
        true => Direction::Sent,
        false => Direction::Received,
    }
}

fn message(tracer: &Tracer, from: Side, epoch: Epoch, bytes: &[u8]) {
    tracer.emit(|| Event::Message {
        direction: way(tracer, from),
        epoch,
        bytes,
    });
}

fn hellos(tracer: &Tracer, handshake: &Handshake) {
    let (suite, offered) = (handshake.suite, handshake.offered());
    message(tracer, Side::Client, Epoch::Plain, &client_hello(&offered));
    tracer.emit(|| Event::Expected {
        any_of: vec![HandshakeType::server_hello.into()],
        section: "RFC 5246 section 7.3",
    });
    message(tracer, Side::Server, Epoch::Plain, &server_hello(suite));
    tracer.emit(|| {
        Event::Chosen(Choice {
            what: "cipher suite",
            by: Side::Server,
            chosen: suite.into(),
            ours: offered.map(Value::from).to_vec(),
            theirs: vec![suite.into()],
            reason: "the first of the server's suites that the client offered".into(),
        })
    });
}

fn identity(tracer: &Tracer, handshake: &Handshake) {
    let certificates = [
        tls12::Asn1Cert { der: &[0x30; 500] },
        tls12::Asn1Cert { der: &[0x30; 400] },
    ];
    let certificate = tls12::Certificate {
        certificate_list: List::from(&certificates),
    };
    message(tracer, Side::Server, Epoch::Plain, &bytes(&certificate));
    tracer.emit(|| Event::Asked {
        question: "VerifyIdentity",
        detail: "do these 2 certificates belong to example.org?".into(),
    });
    tracer.emit(|| Event::Answered {
        question: "VerifyIdentity",
        by: "webpki".into(),
        answer: "yes, they lead to a trusted root".into(),
    });
    if let (Some(exchange), Some(scheme)) = (handshake.server_key_exchange(), handshake.signature())
    {
        message(tracer, Side::Server, Epoch::Plain, &exchange);
        tracer.emit(|| Event::Signature(signature(tracer, scheme)));
    }
    let done = bytes(&tls12::ServerHelloDone {});
    message(tracer, Side::Server, Epoch::Plain, &done);
}

fn signature(tracer: &Tracer, scheme: SignatureScheme) -> SignatureUse<'static> {
    SignatureUse {
        by: Side::Server,
        direction: way(tracer, Side::Server),
        scheme,
        over: "client_random, server_random and the server's key exchange parameters".into(),
        proves: "who made these parameters holds the certificate's private key".into(),
        section: "RFC 5246 section 7.4.3",
    }
}

fn key_exchange(tracer: &Tracer, handshake: &Handshake) {
    let exchange = handshake.client_key_exchange();
    message(tracer, Side::Client, Epoch::Plain, &exchange);
    tracer.emit(|| Event::Derived(handshake.premaster(tracer.side())));
    let hash = [0xa5; 32];
    tracer.emit(|| Event::Derived(Derivation::extended_master_secret("SHA-256", &hash)));
    tracer.secret(SecretLabel::ClientRandom, &[0xc1; 32], &SECRET);
    let (client, server) = ([0xc1; 32], [0x5e; 32]);
    let (mac, key, iv) = handshake.key_lengths();
    tracer.emit(|| {
        let derivation = Derivation::key_block("SHA-256", &client, &server, mac, key, iv);
        Event::Derived(derivation)
    });
}

fn finished(tracer: &Tracer, suite: CipherSuite) {
    let direction = way(tracer, Side::Client);
    tracer.emit(|| Event::ChangeCipherSpec { direction });
    tracer.emit(|| Event::KeysInstalled {
        direction,
        epoch: Epoch::Traffic,
        suite,
    });
    let hash = [0x77; 32];
    tracer.emit(|| Event::Derived(Derivation::verify_data("SHA-256", Side::Client, &hash)));
    let finished = bytes(&Finished {
        verify_data: &[9; 12],
    });
    message(tracer, Side::Client, Epoch::Traffic, &finished);
}

fn established(tracer: &Tracer, handshake: &Handshake) {
    let ticket = tls12::NewSessionTicket {
        ticket_lifetime_hint: 7200,
        ticket: &[0x71; 180],
    };
    message(tracer, Side::Server, Epoch::Plain, &bytes(&ticket));
    tracer.emit(|| Event::SessionStored {
        by: ResumedBy::Ticket,
        length: 180,
        lifetime: 7200,
    });
    let peer_certificates = if tracer.side() == Side::Client { 2 } else { 0 };
    tracer.emit(|| {
        Event::Established(Facts {
            version: ProtocolVersion::TLSv1_2,
            suite: handshake.suite,
            group: handshake.group(),
            forward_secret: handshake.exchange != Exchange::Rsa,
            encrypt_then_mac: handshake.encrypt_then_mac,
            server_signature: handshake.signature(),
            client_signature: None,
            resumed: None,
            early_data: None,
            early_data_reason: EarlyDataReason::ProtocolVersion,
            retried: false,
            extended_master_secret: true,
            server_name: Some("example.org".into()),
            alpn: None,
            peer_certificates,
        })
    });
}

fn goodbye(tracer: &Tracer) {
    let direction = way(tracer, Side::Server);
    tracer.emit(|| Event::Alert {
        direction,
        epoch: Epoch::Traffic,
        level: AlertLevel::warning,
        description: AlertDescription::close_notify,
    });
    tracer.emit(|| Event::Closed { direction });
}
