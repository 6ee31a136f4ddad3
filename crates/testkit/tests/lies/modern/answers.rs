//! What a lying server of TLS 1.3 answers: ServerHello, EncryptedExtensions, the version, Finished. This file is a table.

use premaster_handshake::Fault;
use premaster_testkit::forger::{vector8, vector16};
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, external_psk, set};
use premaster_testkit::{Cast, Step};
use premaster_wire::{
    ExtensionType as Ext, HandshakeType as Type, NamedGroup, ProtocolVersion, Random,
};

use super::{both_versions, but, server};
use crate::{Lie, altered, lie, lied, longer, modern, shorter};

pub(super) const HELLO: &[Lie] = &[
    modern(
        "legacy_version of TLS 1.3",
        Fault::WrongLegacyVersion,
        |cast| server(cast, |plan| plan.version = 0x0304),
    ),
    modern(
        "legacy_version of TLS 1.1",
        Fault::WrongLegacyVersion,
        |cast| server(cast, |plan| plan.version = 0x0302),
    ),
    modern(
        "legacy_session_id is another",
        Fault::SessionIdNotEchoed,
        |cast| server(cast, |plan| plan.session_id = Some(vec![7; 32])),
    ),
    modern(
        "legacy_session_id is not repeated",
        Fault::SessionIdNotEchoed,
        |cast| server(cast, |plan| plan.session_id = Some(Vec::new())),
    ),
    modern(
        "legacy_session_id where there was none",
        Fault::SessionIdNotEchoed,
        |cast| {
            let mut scene = server(cast, |plan| plan.session_id = Some(vec![7; 32]));
            scene.client.middlebox_compatibility = false;
            scene
        },
    ),
    modern(
        "DEFLATE is chosen in TLS 1.3",
        Fault::CompressionChosen,
        |cast| server(cast, |plan| plan.compression = vec![1]),
    ),
    modern(
        "a suite of TLS 1.2 is chosen in TLS 1.3",
        Fault::SuiteNotOffered,
        |cast| server(cast, |plan| plan.suite = 0xc02b),
    ),
    modern(
        "an unknown suite is chosen in TLS 1.3",
        Fault::SuiteNotOffered,
        |cast| server(cast, |plan| plan.suite = 0x0a0a),
    ),
    modern(
        "a suite of TLS 1.3 is chosen that was not offered",
        Fault::SuiteNotOffered,
        |cast| {
            let mut scene = server(cast, |_| {});
            scene.client.suites.retain(|suite| suite.id != 0x1301);
            scene
        },
    ),
    modern(
        "an extension of EncryptedExtensions in ServerHello",
        Fault::ExtensionMisplaced,
        |cast| server(cast, |plan| plan.set(Ext::server_name, [])),
    ),
    modern(
        "an extension of TLS 1.2 in ServerHello",
        Fault::ExtensionMisplaced,
        |cast| server(cast, |plan| plan.set(Ext::extended_master_secret, [])),
    ),
    modern(
        "an extension of the client's alone in ServerHello",
        Fault::ExtensionMisplaced,
        |cast| {
            server(cast, |plan| {
                plan.set(Ext::psk_key_exchange_modes, vector8(&[1]))
            })
        },
    ),
    modern(
        "a cookie in ServerHello",
        Fault::ExtensionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::cookie, vector16(b"cookie"))),
    ),
    modern(
        "an unknown extension in ServerHello",
        Fault::ExtensionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext(0x4a4a), [])),
    ),
    modern(
        "ServerHello has neither share nor key",
        Fault::MissingExtension,
        |cast| server(cast, |plan| plan.without(Ext::key_share)),
    ),
    modern(
        "a share of a group that was not shared",
        Fault::KeyShareNotOffered,
        |cast| server(cast, |plan| plan.groups = vec![0x17]),
    ),
    modern(
        "a share of a group that nobody knows",
        Fault::KeyShareNotOffered,
        |cast| server(cast, |plan| plan.groups = vec![0x0a0a]),
    ),
    modern("a share of zeros", Fault::BadKeyShare, |cast| {
        server(cast, |plan| plan.share = Some(vec![0; 32]))
    }),
    modern("a share that is too short", Fault::BadKeyShare, |cast| {
        server(cast, |plan| plan.share = Some(vec![9; 31]))
    }),
    modern("a share that is too long", Fault::BadKeyShare, |cast| {
        server(cast, |plan| plan.share = Some(vec![9; 33]))
    }),
    modern(
        "a share of a finite field without its leading byte",
        Fault::BadKeyShare,
        |cast| {
            let mut scene = server(cast, |plan| {
                plan.groups = vec![NamedGroup::ffdhe2048.0];
                plan.share = Some(vec![2; 255]);
            });
            let classic = premaster_crypto_classic::extend(premaster_crypto_ring::provider());
            scene.client.dh_groups = classic.dh_groups;
            scene.client.key_shares = vec![NamedGroup::ffdhe2048];
            scene
        },
    ),
    modern("an empty share", Fault::Malformed, |cast| {
        server(cast, |plan| plan.share = Some(Vec::new()))
    }),
    modern(
        "an extension of ServerHello comes twice",
        Fault::DuplicateExtension,
        |cast| {
            server(cast, |plan| {
                plan.hello.push((Ext::supported_versions, Some(vec![3, 4])))
            })
        },
    ),
    modern(
        "a ServerHello of TLS 1.3 with a byte too many",
        Fault::Malformed,
        |cast| lied(cast.modern_against_client(), Type::server_hello, longer),
    ),
    modern(
        "a ServerHello of TLS 1.3 with a byte too few",
        Fault::Malformed,
        |cast| lied(cast.modern_against_client(), Type::server_hello, shorter),
    ),
];

/// A server whose EncryptedExtensions have this.
fn encrypted(cast: &Cast, kind: Ext, body: &[u8]) -> Scene<Forger> {
    server(cast, |plan| {
        set(&mut plan.encrypted, kind, Some(body.to_vec()))
    })
}

fn alpn(cast: &Cast, list: &[u8]) -> Scene<Forger> {
    let kind = Ext::application_layer_protocol_negotiation;
    let mut scene = encrypted(cast, kind, &vector16(list));
    scene.client.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    scene
}

pub(super) const ENCRYPTED_EXTENSIONS: &[Lie] = &[
    modern(
        "key_share in EncryptedExtensions",
        Fault::ExtensionMisplaced,
        |cast| encrypted(cast, Ext::key_share, &[0, 29]),
    ),
    modern(
        "supported_versions in EncryptedExtensions",
        Fault::ExtensionMisplaced,
        |cast| encrypted(cast, Ext::supported_versions, &[3, 4]),
    ),
    modern(
        "signature_algorithms in EncryptedExtensions",
        Fault::ExtensionMisplaced,
        |cast| encrypted(cast, Ext::signature_algorithms, &vector16(&[4, 3])),
    ),
    modern(
        "an extension of TLS 1.2 in EncryptedExtensions",
        Fault::ExtensionMisplaced,
        |cast| encrypted(cast, Ext::extended_master_secret, &[]),
    ),
    modern(
        "heartbeats in EncryptedExtensions",
        Fault::ExtensionNotOffered,
        |cast| encrypted(cast, Ext::heartbeat, &[1]),
    ),
    modern(
        "an unknown extension in EncryptedExtensions",
        Fault::ExtensionNotOffered,
        |cast| encrypted(cast, Ext(0x4a4a), &[]),
    ),
    modern(
        "a protocol in EncryptedExtensions though none was offered",
        Fault::ExtensionNotOffered,
        |cast| {
            let kind = Ext::application_layer_protocol_negotiation;
            encrypted(cast, kind, &vector16(&vector8(b"h2")))
        },
    ),
    modern(
        "another protocol in EncryptedExtensions",
        Fault::ProtocolNotOffered,
        |cast| alpn(cast, &vector8(b"smtp")),
    ),
    modern(
        "two protocols in EncryptedExtensions",
        Fault::ProtocolNotOffered,
        |cast| alpn(cast, &[vector8(b"h2"), vector8(b"http/1.1")].concat()),
    ),
    modern(
        "an empty list of protocols in EncryptedExtensions",
        Fault::Malformed,
        |cast| alpn(cast, &[]),
    ),
    modern("server_name with content", Fault::Malformed, |cast| {
        encrypted(cast, Ext::server_name, &[0])
    }),
    modern(
        "a record_size_limit of 63 in TLS 1.3",
        Fault::RecordSizeLimitTooSmall,
        |cast| {
            let mut scene = encrypted(cast, Ext::record_size_limit, &[0, 63]);
            scene.client.record_size_limit = Some(1_000);
            scene
        },
    ),
    modern(
        "both limits of records in TLS 1.3",
        Fault::TwoRecordLimits,
        |cast| {
            let mut scene = encrypted(cast, Ext::record_size_limit, &[2, 0]);
            set(
                &mut scene.plan.encrypted,
                Ext::max_fragment_length,
                Some(vec![1]),
            );
            scene.client.record_size_limit = Some(1_000);
            scene.client.max_fragment_length = Some(premaster_wire::MaxFragmentLength(1));
            scene
        },
    ),
    modern(
        "another fragment length in TLS 1.3",
        Fault::FragmentLengthNotOffered,
        |cast| {
            let mut scene = encrypted(cast, Ext::max_fragment_length, &[2]);
            scene.client.max_fragment_length = Some(premaster_wire::MaxFragmentLength(1));
            scene
        },
    ),
    modern(
        "an extension of EncryptedExtensions comes twice",
        Fault::DuplicateExtension,
        |cast| {
            but(encrypted(cast, Ext::server_name, &[]), |plan| {
                plan.encrypted.push((Ext::server_name, None))
            })
        },
    ),
    modern(
        "EncryptedExtensions with a byte too many",
        Fault::Malformed,
        |cast| {
            lied(
                cast.modern_against_client(),
                Type::encrypted_extensions,
                longer,
            )
        },
    ),
    modern(
        "EncryptedExtensions with a byte too few",
        Fault::Malformed,
        |cast| {
            lied(
                cast.modern_against_client(),
                Type::encrypted_extensions,
                shorter,
            )
        },
    ),
];

/// A server of TLS 1.2, and a client that speaks TLS 1.3 too.
fn older(cast: &Cast) -> Scene {
    let mut scene = cast.against_client();
    scene.client = both_versions(cast);
    scene.client.tickets = false;
    scene
}

pub(super) const VERSIONS: &[Lie] = &[
    lie(
        "TLS 1.2 with the sentinel, to a client of TLS 1.3",
        Fault::DowngradeDetected,
        |cast| {
            let mut scene = older(cast);
            scene.plan.random[24..].copy_from_slice(&Random::DOWNGRADE_TLS12);
            scene
        },
    ),
    lie(
        "TLS 1.2 with the older sentinel, to a client of TLS 1.3",
        Fault::DowngradeDetected,
        |cast| {
            let mut scene = older(cast);
            scene.plan.random[24..].copy_from_slice(&Random::DOWNGRADE_TLS11);
            scene.plan.version = 0x0302;
            scene.client.versions.push(ProtocolVersion::TLSv1_1);
            scene
        },
    ),
    lie(
        "TLS 1.2 with a good certificate, to a client that requires an external key",
        Fault::VersionNotOffered,
        |cast| {
            let mut scene = older(cast);
            scene.client.external_psks = vec![external_psk()];
            scene.client.require_external_psk = true;
            scene
        },
    ),
    lie(
        "a server of TLS 1.2 repeats the made up session ID",
        Fault::SessionIdOfNoSession,
        |cast| {
            let mut scene = older(cast);
            scene.plan.echoes_session_id = true;
            scene
        },
    ),
    lie(
        "a server of TLS 1.2 chooses a suite of TLS 1.3",
        Fault::SuiteNotOffered,
        |cast| {
            let mut scene = older(cast);
            scene.plan.suite = 0x1301;
            scene
        },
    ),
    modern(
        "TLS 1.2 is chosen by extension",
        Fault::SelectedVersionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::supported_versions, [3, 3])),
    ),
    modern(
        "TLS 1.4 is chosen by extension",
        Fault::SelectedVersionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::supported_versions, [3, 5])),
    ),
    modern(
        "a draft of TLS 1.3 is chosen",
        Fault::SelectedVersionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::supported_versions, [0x7f, 28])),
    ),
    modern("two versions are chosen", Fault::Malformed, |cast| {
        server(cast, |plan| {
            plan.set(Ext::supported_versions, [4, 3, 4, 3, 3])
        })
    }),
];

pub(super) const END: &[Lie] = &[
    modern(
        "Finished of TLS 1.3 is altered on its way",
        Fault::BadFinished,
        |cast| {
            altered(cast.modern_against_client(), Type::finished, |bytes| {
                bytes[4] ^= 1
            })
        },
    ),
    modern(
        "Finished of TLS 1.3 is a byte too short",
        Fault::BadFinished,
        |cast| altered(cast.modern_against_client(), Type::finished, shorter),
    ),
    modern(
        "Finished of TLS 1.3 is a byte too long",
        Fault::BadFinished,
        |cast| altered(cast.modern_against_client(), Type::finished, longer),
    ),
    modern(
        "Finished of TLS 1.3 is as long as that of TLS 1.2",
        Fault::BadFinished,
        |cast| {
            altered(cast.modern_against_client(), Type::finished, |bytes| {
                bytes.truncate(4 + 12);
                bytes[3] = 12;
            })
        },
    ),
    modern("Finished of TLS 1.3 is empty", Fault::BadFinished, |cast| {
        altered(cast.modern_against_client(), Type::finished, |bytes| {
            *bytes = vec![20, 0, 0, 0]
        })
    }),
    modern(
        "Finished of TLS 1.3 is of zeros",
        Fault::BadFinished,
        |cast| {
            altered(cast.modern_against_client(), Type::finished, |bytes| {
                bytes[4..].fill(0)
            })
        },
    ),
    modern(
        "EncryptedExtensions were altered on their way",
        Fault::BadSignature,
        |cast| {
            let scene = server(cast, |plan| {
                set(&mut plan.encrypted, Ext::server_name, None)
            });
            altered(scene, Type::encrypted_extensions, |bytes| {
                *bytes = vec![8, 0, 0, 2, 0, 0]
            })
        },
    ),
    modern(
        "the client's Finished of TLS 1.3 is altered on its way",
        Fault::BadFinished,
        |cast| {
            altered(cast.modern_against_server(), Type::finished, |bytes| {
                bytes[20] ^= 1
            })
        },
    ),
    modern(
        "the client's Finished is the server's own, reflected",
        Fault::BadFinished,
        |cast| but(cast.modern_against_server(), |plan| plan.reflects = true),
    ),
    modern(
        "the Finished of a client that authenticates is the server's own",
        Fault::BadFinished,
        |cast| {
            but(cast.modern_against_strict_server(), |plan| {
                plan.reflects = true
            })
        },
    ),
    modern("a ticket for eight days", Fault::BadTicket, |cast| {
        let mut scene = server(cast, |plan| plan.ticket.lifetime = 604_801);
        scene.script.push(Step::Message(Type::new_session_ticket));
        scene
    }),
    modern(
        "a ticket whose flags end with none",
        Fault::BadTicketFlags,
        |cast| {
            let mut scene = server(cast, |plan| {
                plan.ticket.extensions = vec![(Ext(62), Some(vec![2, 1, 0]))]
            });
            scene.script.push(Step::Message(Type::new_session_ticket));
            scene
        },
    ),
    modern("a ticket for ever", Fault::BadTicket, |cast| {
        let mut scene = server(cast, |plan| plan.ticket.lifetime = u32::MAX);
        scene.script.push(Step::Message(Type::new_session_ticket));
        scene
    }),
    modern(
        "a ticket with an extension of the hellos",
        Fault::ExtensionMisplaced,
        |cast| {
            let mut scene = server(cast, |plan| {
                plan.ticket.extensions = vec![(Ext::supported_versions, Some(vec![3, 4]))]
            });
            scene.script.push(Step::Message(Type::new_session_ticket));
            scene
        },
    ),
    modern(
        "a ticket with an extension twice",
        Fault::DuplicateExtension,
        |cast| {
            let mut scene = server(cast, |plan| {
                plan.ticket.extensions = vec![(Ext(0x4a4a), None), (Ext(0x4a4a), None)]
            });
            scene.script.push(Step::Message(Type::new_session_ticket));
            scene
        },
    ),
    modern("an empty ticket", Fault::Malformed, |cast| {
        let mut scene = server(cast, |plan| plan.ticket.ticket.clear());
        scene.script.push(Step::Message(Type::new_session_ticket));
        scene
    }),
    modern("a ticket with a byte too many", Fault::Malformed, |cast| {
        let mut scene = cast.modern_against_client();
        scene.script.push(Step::Message(Type::new_session_ticket));
        lied(scene, Type::new_session_ticket, longer)
    }),
];
