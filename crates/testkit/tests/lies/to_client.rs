//! What a lying server tells our client. This file is a table.

use premaster_handshake::Fault;
use premaster_testkit::forger::{vector8, vector16};
use premaster_testkit::scene::Scene;
use premaster_testkit::{Cast, Step};
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type, ProtocolVersion, Random};

use crate::{Lie, altered, lie, lied, longer, server, shorter};

/// All of them, by what they are about.
pub(crate) static LIES: &[&[Lie]] = &[HELLO, RESUMPTION, END];

static HELLO: &[Lie] = &[
    lie("TLS 1.1 is chosen", Fault::VersionNotOffered, |cast| {
        server(cast, |plan| plan.version = 0x0302)
    }),
    lie(
        "TLS 1.3 is chosen as legacy_version",
        Fault::VersionNotOffered,
        |cast| server(cast, |plan| plan.version = 0x0304),
    ),
    lie(
        "TLS 1.3 is chosen by extension",
        Fault::SelectedVersionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::supported_versions, [3, 4])),
    ),
    lie("SSL 3.0 is chosen", Fault::VersionNotOffered, |cast| {
        server(cast, |plan| plan.version = 0x0300)
    }),
    lie(
        "a 1.3 server's random says that somebody lowered the version",
        Fault::DowngradeDetected,
        |cast| {
            let mut scene = server(cast, |plan| {
                plan.random[24..].copy_from_slice(&Random::DOWNGRADE_TLS12);
            });
            scene.client.versions = vec![ProtocolVersion::TLSv1_3, ProtocolVersion::TLSv1_2];
            scene
        },
    ),
    lie(
        "a 1.2 server's random says that somebody lowered the version",
        Fault::DowngradeDetected,
        |cast| {
            let mut scene = server(cast, |plan| {
                plan.random[24..].copy_from_slice(&Random::DOWNGRADE_TLS11);
                plan.version = 0x0302;
            });
            scene.client.versions = vec![ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_1];
            scene
        },
    ),
    lie(
        "a suite is chosen that the client knows but did not offer",
        Fault::SuiteNotOffered,
        |cast| {
            let mut scene = server(cast, |_| {});
            scene.client.suites.retain(|suite| suite.id != 0xc02b);
            scene
        },
    ),
    lie(
        "an unknown suite is chosen",
        Fault::SuiteNotOffered,
        |cast| server(cast, |plan| plan.suite = 0x0a0a),
    ),
    lie(
        "a suite of TLS 1.3 is chosen",
        Fault::SuiteNotOffered,
        |cast| server(cast, |plan| plan.suite = 0x1301),
    ),
    lie(
        "the export suite of FREAK is chosen",
        Fault::SuiteNotOffered,
        |cast| server(cast, |plan| plan.suite = 0x0003),
    ),
    lie(
        "the SCSV is chosen as a suite",
        Fault::SuiteNotOffered,
        |cast| server(cast, |plan| plan.suite = 0x00ff),
    ),
    lie("DEFLATE is chosen", Fault::CompressionChosen, |cast| {
        server(cast, |plan| plan.compression = vec![1])
    }),
    lie(
        "an extension is answered that was not offered",
        Fault::ExtensionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::heartbeat, [1])),
    ),
    lie(
        "an unknown extension is answered",
        Fault::ExtensionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext(0x4a4a), [])),
    ),
    lie(
        "encrypt_then_mac is answered",
        Fault::ExtensionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::encrypt_then_mac, [])),
    ),
    lie(
        "a ticket is promised that nobody wants",
        Fault::ExtensionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::session_ticket, [])),
    ),
    lie(
        "a protocol is chosen though none was offered",
        Fault::ExtensionNotOffered,
        |cast| {
            server(cast, |plan| {
                plan.set(
                    Ext::application_layer_protocol_negotiation,
                    vector16(&vector8(b"h2")),
                )
            })
        },
    ),
    lie(
        "a protocol is chosen that was not offered",
        Fault::ProtocolNotOffered,
        |cast| alpn(cast, &vector8(b"smtp")),
    ),
    lie(
        "two protocols are chosen",
        Fault::ProtocolNotOffered,
        |cast| alpn(cast, &[vector8(b"h2"), vector8(b"http/1.1")].concat()),
    ),
    lie(
        "half of a protocol's name is chosen",
        Fault::ProtocolNotOffered,
        |cast| alpn(cast, &vector8(b"h")),
    ),
    lie("an empty protocol is chosen", Fault::Malformed, |cast| {
        alpn(cast, &[0])
    }),
    lie(
        "no protocol is chosen, in an extension",
        Fault::Malformed,
        |cast| alpn(cast, &[]),
    ),
    lie(
        "renegotiation_info is not empty",
        Fault::RenegotiationInfoNotEmpty,
        |cast| {
            server(cast, |plan| {
                plan.set(Ext::renegotiation_info, vector8(&[7; 12]))
            })
        },
    ),
    lie(
        "renegotiation_info is left out",
        Fault::NoSecureRenegotiation,
        |cast| server(cast, |plan| plan.without(Ext::renegotiation_info)),
    ),
    lie(
        "there are no extensions at all",
        Fault::NoSecureRenegotiation,
        |cast| server(cast, |plan| plan.extensions = None),
    ),
    lie(
        "only compressed points are taken",
        Fault::NoUncompressedPoints,
        |cast| {
            server(cast, |plan| {
                plan.set(Ext::ec_point_formats, vector8(&[1, 2]))
            })
        },
    ),
    lie(
        "record_size_limit is 63",
        Fault::RecordSizeLimitTooSmall,
        |cast| {
            let mut scene = server(cast, |plan| plan.set(Ext::record_size_limit, [0, 63]));
            scene.client.record_size_limit = Some(1_000);
            scene
        },
    ),
    lie(
        "the session ID is longer than 32 bytes",
        Fault::Malformed,
        |cast| server(cast, |plan| plan.session_id = vec![1; 33]),
    ),
    lie(
        "an extension comes twice",
        Fault::DuplicateExtension,
        |cast| {
            server(cast, |plan| {
                let twice = (Ext::extended_master_secret, vec![]);
                plan.extensions.as_mut().unwrap().push(twice);
            })
        },
    ),
    lie(
        "a ServerHello with a byte too many",
        Fault::Malformed,
        |cast| lied(cast.against_client(), Type::server_hello, longer),
    ),
    lie(
        "a ServerHello with a byte too few",
        Fault::Malformed,
        |cast| lied(cast.against_client(), Type::server_hello, shorter),
    ),
];

fn alpn(cast: &Cast, list: &[u8]) -> Scene {
    let list = vector16(list);
    let mut scene = server(cast, |plan| {
        plan.set(Ext::application_layer_protocol_negotiation, list)
    });
    scene.client.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    scene
}

static RESUMPTION: &[Lie] = &[
    lie(
        "a session is resumed under another suite",
        Fault::ResumedSuiteChanged,
        |cast| {
            let mut scene = cast.against_resuming_client();
            scene.plan.suite = 0xc02c;
            scene
        },
    ),
    lie(
        "a session is resumed under another version",
        Fault::ResumedVersionChanged,
        |cast| {
            let mut scene = cast.against_resuming_client();
            scene.client.versions = vec![ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_1];
            scene.host.session.as_mut().unwrap().session.version = 0x0302;
            scene
        },
    ),
    lie(
        "a session is resumed without extended_master_secret",
        Fault::ResumedWithoutExtendedMasterSecret,
        |cast| {
            let mut scene = cast.against_resuming_client();
            scene.plan.without(Ext::extended_master_secret);
            scene
        },
    ),
    lie(
        "a session is resumed by a server without its master secret",
        Fault::BadFinished,
        |cast| {
            let mut scene = cast.against_resuming_client();
            scene.plan.master = Some([0; 48]);
            scene
        },
    ),
    lie(
        "a session is resumed that was never offered",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_resuming_client();
            scene.host.session = None;
            scene
        },
    ),
    lie(
        "a session is resumed that has expired here",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_resuming_client();
            scene.host.session.as_mut().unwrap().session.lifetime = 1;
            scene
        },
    ),
    lie(
        "a session is resumed that belongs to another name",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_resuming_client();
            let session = scene.host.session.as_mut().unwrap();
            session.session.server_name = Some("other.test".to_owned());
            scene
        },
    ),
    lie(
        "a session is resumed that has no extended_master_secret",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_resuming_client();
            scene
                .host
                .session
                .as_mut()
                .unwrap()
                .session
                .extended_master_secret = false;
            scene
        },
    ),
    lie(
        "an all-zero session ID stands for no session",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_client();
            scene.plan.master = Some([0; 48]);
            scene.plan.session_id = vec![0; 32];
            scene.script.drain(1..4);
            scene
        },
    ),
];

static END: &[Lie] = &[
    lie(
        "Finished is altered on its way",
        Fault::BadFinished,
        |cast| altered(cast.against_client(), Type::finished, |bytes| bytes[4] ^= 1),
    ),
    lie("Finished is a byte too short", Fault::BadFinished, |cast| {
        altered(cast.against_client(), Type::finished, shorter)
    }),
    lie("Finished is a byte too long", Fault::BadFinished, |cast| {
        altered(cast.against_client(), Type::finished, longer)
    }),
    lie("Finished is empty", Fault::BadFinished, |cast| {
        altered(cast.against_client(), Type::finished, |bytes| {
            *bytes = vec![20, 0, 0, 0]
        })
    }),
    lie(
        "Finished is the client's own, reflected",
        Fault::BadFinished,
        |cast| server(cast, |plan| plan.reflects = true),
    ),
    lie(
        "a session ID was altered on its way",
        Fault::BadFinished,
        |cast| {
            let scene = server(cast, |plan| plan.session_id = vec![3; 32]);
            altered(scene, Type::server_hello, |bytes| bytes[40] ^= 1)
        },
    ),
    lie(
        "the ticket was altered on its way",
        Fault::BadFinished,
        |cast| {
            let mut scene = server(cast, |plan| plan.set(Ext::session_ticket, []));
            scene.client.tickets = true;
            scene
                .script
                .insert(4, Step::Message(Type::new_session_ticket));
            altered(scene, Type::new_session_ticket, |bytes| bytes[12] ^= 1)
        },
    ),
    lie(
        "a flood of HelloRequests",
        Fault::HelloRequestFlood,
        |cast| {
            let mut scene = cast.against_client();
            let flood = vec![Step::Message(Type::hello_request); 17];
            scene.script.splice(1..1, flood);
            scene
        },
    ),
    lie("a HelloRequest with content", Fault::Malformed, |cast| {
        let mut scene = cast.against_client();
        scene.script.insert(1, Step::Message(Type::hello_request));
        lied(scene, Type::hello_request, longer)
    }),
    lie(
        "ChangeCipherSpec comes before the key exchange",
        Fault::UnexpectedChangeCipherSpec,
        |cast| {
            let mut scene = cast.against_client();
            scene.script.insert(2, Step::ChangeCipherSpec);
            scene
        },
    ),
    lie(
        "Finished comes without ChangeCipherSpec",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = cast.against_client();
            scene.script.retain(|step| *step != Step::ChangeCipherSpec);
            scene
        },
    ),
    lie(
        "the messages to be signed exceed the limit",
        Fault::TranscriptTooLong,
        |cast| {
            let mut scene = cast.against_client();
            scene
                .script
                .insert(3, Step::Message(Type::certificate_request));
            scene.limits.transcript = 1_000;
            scene
        },
    ),
];
