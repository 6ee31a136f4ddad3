//! What a lying client tells our server. This file is a table.

use std::sync::Arc;

use premaster_handshake::{ClientAuth, Fault};
use premaster_testkit::forger::{Plan, vector8, vector16};
use premaster_testkit::pki::{Authority, KeyKind};
use premaster_testkit::scene::Scene;
use premaster_testkit::{Cast, Step};
use premaster_trust::RefuseAll;
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type, ProtocolVersion};

use crate::{Lie, altered, lie, lied, longer, shorter};

/// All of them, by what they are about.
pub(crate) static LIES: &[&[Lie]] = &[HELLO, EXTENSIONS, CERTIFICATE, CERTIFICATE_VERIFY, END];

fn client(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene {
    let mut scene = cast.against_server();
    plan(&mut scene.plan);
    scene
}

/// A client that has to authenticate.
fn known_client(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene {
    let mut scene = cast.against_strict_server();
    plan(&mut scene.plan);
    scene
}

static HELLO: &[Lie] = &[
    lie(
        "at most TLS 1.1 is spoken",
        Fault::NoCommonVersion,
        |cast| client(cast, |plan| plan.version = 0x0302),
    ),
    lie(
        "at most SSL 2.0 is spoken",
        Fault::NoCommonVersion,
        |cast| client(cast, |plan| plan.version = 0x0002),
    ),
    lie("only TLS 1.3 is listed", Fault::NoCommonVersion, |cast| {
        client(cast, |plan| plan.set(Ext::supported_versions, [2, 3, 4]))
    }),
    lie(
        "a fallback to 1.1 although both speak 1.2",
        Fault::InappropriateFallback,
        |cast| {
            client(cast, |plan| {
                plan.version = 0x0302;
                plan.suites.push(0x5600);
            })
        },
    ),
    lie(
        "a fallback to 1.2 although both speak 1.3",
        Fault::InappropriateFallback,
        |cast| {
            let mut scene = client(cast, |plan| plan.suites.push(0x5600));
            scene.server.versions = vec![ProtocolVersion::TLSv1_3, ProtocolVersion::TLSv1_2];
            scene
        },
    ),
    lie("only unknown suites", Fault::NoCommonSuite, |cast| {
        client(cast, |plan| plan.suites = vec![0x0a0a, 0xc011, 0x00ff])
    }),
    lie(
        "only RSA suites, and the key is ECDSA",
        Fault::NoCredential,
        |cast| {
            let mut scene = client(cast, |plan| plan.suites = vec![0xc02f]);
            scene.host.credential = None;
            scene
        },
    ),
    lie(
        "only RSA suites, and the host insists on ECDSA",
        Fault::NoCommonSuite,
        |cast| client(cast, |plan| plan.suites = vec![0xc02f]),
    ),
    lie("only suites of TLS 1.3", Fault::NoCommonSuite, |cast| {
        client(cast, |plan| plan.suites = vec![0x1301, 0x1302])
    }),
    lie("only export suites", Fault::NoCommonSuite, |cast| {
        client(cast, |plan| plan.suites = vec![0x0003, 0x0006, 0x0008])
    }),
    lie(
        "only anonymous and null suites",
        Fault::NoCommonSuite,
        |cast| client(cast, |plan| plan.suites = vec![0xc018, 0xc006, 0x0000]),
    ),
    lie("no suite at all", Fault::Malformed, |cast| {
        client(cast, |plan| plan.suites.clear())
    }),
    lie("only DEFLATE", Fault::NoNullCompression, |cast| {
        client(cast, |plan| plan.compression = vec![1])
    }),
    lie("no compression method", Fault::Malformed, |cast| {
        client(cast, |plan| plan.compression.clear())
    }),
    lie("a session ID of 33 bytes", Fault::Malformed, |cast| {
        client(cast, |plan| plan.session_id = vec![1; 33])
    }),
    lie(
        "a ClientHello with a byte too many",
        Fault::Malformed,
        |cast| lied(cast.against_server(), Type::client_hello, longer),
    ),
    lie(
        "a ClientHello with a byte too few",
        Fault::Malformed,
        |cast| lied(cast.against_server(), Type::client_hello, shorter),
    ),
];

static EXTENSIONS: &[Lie] = &[
    lie("only unknown groups", Fault::NoCommonGroup, |cast| {
        client(cast, |plan| {
            plan.set(Ext::supported_groups, vector16(&[0x4a, 0x4a]))
        })
    }),
    lie(
        "the curve of the server's key is not listed",
        Fault::NoCredential,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::supported_groups, vector16(&[0, 0x1d]))
            })
        },
    ),
    lie(
        "only compressed points are understood",
        Fault::NoUncompressedPoints,
        |cast| client(cast, |plan| plan.set(Ext::ec_point_formats, vector8(&[1]))),
    ),
    lie(
        "only schemes that the server's key cannot make",
        Fault::NoCommonScheme,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::signature_algorithms, vector16(&[8, 4, 8, 7]))
            })
        },
    ),
    lie("only SHA-1", Fault::NoCommonScheme, |cast| {
        client(cast, |plan| {
            plan.set(Ext::signature_algorithms, vector16(&[2, 3, 2, 1]))
        })
    }),
    lie("no scheme is listed", Fault::NoCommonScheme, |cast| {
        client(cast, |plan| plan.without(Ext::signature_algorithms))
    }),
    lie("the list of schemes is empty", Fault::Malformed, |cast| {
        client(cast, |plan| {
            plan.set(Ext::signature_algorithms, vector16(&[]))
        })
    }),
    lie(
        "renegotiation_info of a first handshake is not empty",
        Fault::RenegotiationInfoNotEmpty,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::renegotiation_info, vector8(&[7; 12]))
            })
        },
    ),
    lie(
        "no common application protocol",
        Fault::NoApplicationProtocol,
        |cast| {
            let list = vector16(&vector8(b"smtp"));
            let mut scene = client(cast, |plan| {
                plan.set(Ext::application_layer_protocol_negotiation, list);
            });
            scene.server.alpn = vec![b"h2".to_vec()];
            scene
        },
    ),
    lie(
        "a resumed session asks for another protocol",
        Fault::NoApplicationProtocol,
        |cast| {
            let mut scene = cast.against_resuming_server();
            let list = vector16(&vector8(b"smtp"));
            scene
                .plan
                .set(Ext::application_layer_protocol_negotiation, list);
            scene.server.alpn = vec![b"h2".to_vec()];
            scene
        },
    ),
    lie("an empty application protocol", Fault::Malformed, |cast| {
        client(cast, |plan| {
            plan.set(Ext::application_layer_protocol_negotiation, vector16(&[0]));
        })
    }),
    lie(
        "record_size_limit is 63 for a server",
        Fault::RecordSizeLimitTooSmall,
        |cast| client(cast, |plan| plan.set(Ext::record_size_limit, [0, 63])),
    ),
    lie(
        "record_size_limit is 0",
        Fault::RecordSizeLimitTooSmall,
        |cast| client(cast, |plan| plan.set(Ext::record_size_limit, [0, 0])),
    ),
    lie("a NUL in the server name", Fault::UnknownName, |cast| {
        server_name(cast, b"server.test\0.evil.test")
    }),
    lie(
        "a server name that is no text",
        Fault::UnknownName,
        |cast| server_name(cast, b"s\xe9rver.test"),
    ),
    lie(
        "a server name that nobody serves",
        Fault::UnknownName,
        |cast| {
            let mut scene = server_name(cast, b"other.test");
            scene.host.refuses = Some("ChooseConfig");
            scene
        },
    ),
    lie("two server names", Fault::Malformed, |cast| {
        let name = [vec![0], vector16(b"a.test"), vec![0], vector16(b"b.test")].concat();
        client(cast, |plan| plan.set(Ext::server_name, vector16(&name)))
    }),
    lie(
        "no certificate for this client",
        Fault::NoCredential,
        |cast| {
            let mut scene = cast.against_server();
            scene.host.credential = None;
            scene
        },
    ),
    lie(
        "a session of another name is resumed",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_resuming_server();
            for session in scene.host.sessions.values_mut() {
                session.server_name = Some("other.test".to_owned());
            }
            scene
        },
    ),
    lie(
        "a session of a suite that is not offered any more is resumed",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_resuming_server();
            scene.plan.suites = vec![0xc02c];
            scene
        },
    ),
    lie(
        "a session of a suite that is not accepted any more is resumed",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_resuming_server();
            scene.server.suites.retain(|suite| suite.id != 0xc02b);
            scene
        },
    ),
    lie(
        "a session of another version is resumed",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_resuming_server();
            for session in scene.host.sessions.values_mut() {
                session.version = 0x0302;
            }
            scene
        },
    ),
    lie(
        "a session with extended_master_secret is resumed without",
        Fault::ResumedWithoutExtendedMasterSecret,
        |cast| {
            let mut scene = cast.against_resuming_server();
            scene.plan.without(Ext::extended_master_secret);
            scene
        },
    ),
];

fn server_name(cast: &Cast, name: &[u8]) -> Scene {
    let list = vector16(&[vec![0], vector16(name)].concat());
    client(cast, |plan| plan.set(Ext::server_name, list))
}

static CERTIFICATE: &[Lie] = &[
    lie(
        "no client certificate although one is required",
        Fault::CertificateRequired,
        |cast| known_client(cast, |plan| plan.chain.clear()),
    ),
    lie(
        "an empty Certificate, then a good CertificateVerify",
        Fault::CertificateRequired,
        |cast| {
            let mut scene = known_client(cast, |plan| plan.chain.clear());
            scene.script.retain(|step| *step != Step::ChangeCipherSpec);
            scene
        },
    ),
    lie(
        "the client's chain has eleven certificates",
        Fault::ChainTooLong,
        |cast| {
            known_client(cast, |plan| {
                let root = plan.chain[1].clone();
                plan.chain.resize(11, root);
            })
        },
    ),
    lie(
        "a stranger signed the client's certificate",
        Fault::IdentityRefused,
        |cast| {
            let stranger = Authority::new().client(KeyKind::P256);
            known_client(cast, |plan| {
                plan.chain = stranger.chain.clone();
                plan.key = Some(stranger.key(&cast.world.provider));
            })
        },
    ),
    lie("nobody verifies clients", Fault::IdentityRefused, |cast| {
        let mut scene = cast.against_strict_server();
        scene.host.verifier = Arc::new(RefuseAll);
        scene
    }),
    lie(
        "nobody verifies clients, whose certificate is optional",
        Fault::IdentityRefused,
        |cast| {
            let mut scene = cast.against_strict_server();
            scene.server.client_auth = ClientAuth::Optional {
                authorities: Vec::new(),
            };
            scene.host.verifier = Arc::new(RefuseAll);
            scene
        },
    ),
    lie(
        "a Certificate although none was asked for",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = cast.against_strict_server();
            scene.server.client_auth = ClientAuth::None;
            scene
        },
    ),
    lie(
        "the client's RSA key is longer than the limit",
        Fault::KeyTooLong,
        |cast| {
            let issued = cast.world.authority.client(KeyKind::Rsa2048);
            let mut scene = known_client(cast, |plan| {
                plan.chain = issued.chain.clone();
                plan.key = Some(issued.key(&cast.world.provider));
                plan.scheme = 0x0401;
            });
            scene.limits.rsa_bits = 1_024;
            scene
        },
    ),
];

static CERTIFICATE_VERIFY: &[Lie] = &[
    lie(
        "a certificate without CertificateVerify",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_strict_server();
            scene.script.remove(3);
            scene
        },
    ),
    lie(
        "CertificateVerify before ClientKeyExchange",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = cast.against_strict_server();
            scene.script.swap(2, 3);
            scene
        },
    ),
    lie(
        "CertificateVerify by another key",
        Fault::BadSignature,
        |cast| {
            let other = cast.world.authority.client(KeyKind::P256);
            known_client(cast, |plan| {
                plan.key = Some(other.key(&cast.world.provider))
            })
        },
    ),
    lie(
        "CertificateVerify of another handshake",
        Fault::BadSignature,
        |cast| {
            known_client(cast, |plan| {
                plan.signs = Some(b"the messages of yesterday".to_vec())
            })
        },
    ),
    lie(
        "CertificateVerify of nothing",
        Fault::BadSignature,
        |cast| known_client(cast, |plan| plan.signs = Some(Vec::new())),
    ),
    lie(
        "a message altered before CertificateVerify",
        Fault::BadSignature,
        |cast| {
            altered(cast.against_strict_server(), Type::client_hello, |bytes| {
                bytes[10] ^= 1
            })
        },
    ),
    lie(
        "a scheme that the server did not offer",
        Fault::SchemeNotOffered,
        |cast| {
            let mut scene = cast.against_strict_server();
            scene.server.schemes.retain(|scheme| scheme.0 != 0x0403);
            scene
        },
    ),
    lie(
        "the client signed with SHA-1",
        Fault::SchemeNotOffered,
        |cast| {
            known_client(cast, |plan| {
                (plan.scheme, plan.signs_with) = (0x0203, Some(0x0403))
            })
        },
    ),
    lie(
        "the client's ECDSA signature is called RSA",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            known_client(cast, |plan| {
                (plan.scheme, plan.signs_with) = (0x0401, Some(0x0403))
            })
        },
    ),
    lie(
        "the client's messages to be signed exceed the limit",
        Fault::TranscriptTooLong,
        |cast| {
            let mut scene = cast.against_strict_server();
            scene.limits.transcript = 2_000;
            scene
        },
    ),
];

static END: &[Lie] = &[
    lie("the client's share is zero", Fault::BadKeyShare, |cast| {
        client(cast, |plan| plan.share = Some(vec![0; 32]))
    }),
    lie(
        "the client's share is too long",
        Fault::BadKeyShare,
        |cast| client(cast, |plan| plan.share = Some(vec![9; 33])),
    ),
    lie(
        "the client's share is off its curve",
        Fault::BadKeyShare,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::supported_groups, vector16(&[0, 0x17]));
                plan.share = Some([&[4][..], &[7; 64]].concat());
            })
        },
    ),
    lie("the client's share is empty", Fault::Malformed, |cast| {
        client(cast, |plan| plan.share = Some(Vec::new()))
    }),
    lie(
        "the client's share was altered on its way",
        Fault::BadFinished,
        |cast| {
            altered(cast.against_server(), Type::client_key_exchange, |bytes| {
                bytes[20] ^= 1
            })
        },
    ),
    lie(
        "the client's hello was altered on its way",
        Fault::BadFinished,
        |cast| {
            altered(cast.against_server(), Type::client_hello, |bytes| {
                bytes[10] ^= 1
            })
        },
    ),
    lie(
        "the client's Finished is altered on its way",
        Fault::BadFinished,
        |cast| {
            altered(cast.against_server(), Type::finished, |bytes| {
                bytes[15] ^= 0x80
            })
        },
    ),
    lie(
        "the client's Finished is too short",
        Fault::BadFinished,
        |cast| altered(cast.against_server(), Type::finished, shorter),
    ),
    lie(
        "the client's Finished is empty",
        Fault::BadFinished,
        |cast| {
            altered(cast.against_server(), Type::finished, |bytes| {
                *bytes = vec![20, 0, 0, 0]
            })
        },
    ),
    lie(
        "the client's ChangeCipherSpec comes before its key exchange",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_server();
            scene.script.insert(1, Step::ChangeCipherSpec);
            scene
        },
    ),
    lie(
        "the client's Finished comes without ChangeCipherSpec",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = cast.against_server();
            scene.script.retain(|step| *step != Step::ChangeCipherSpec);
            scene
        },
    ),
    lie(
        "a session is resumed by a client without its master secret",
        Fault::BadFinished,
        |cast| {
            let mut scene = cast.against_resuming_server();
            scene.plan.master = Some([0; 48]);
            scene
        },
    ),
    lie(
        "the server's own Finished, reflected",
        Fault::BadFinished,
        |cast| {
            let mut scene = cast.against_resuming_server();
            scene.plan.reflects = true;
            scene
        },
    ),
];
