//! What a lying client of TLS 1.3 offers. This file is a table.

use premaster_handshake::Fault;
use premaster_testkit::Cast;
use premaster_testkit::forger::{vector8, vector16};
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, Plan};
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type, ProtocolVersion};

use super::client;
use crate::{Lie, lied, longer, modern, shorter};

pub(super) const HELLO: &[Lie] = &[
    modern(
        "DEFLATE is offered in TLS 1.3",
        Fault::CompressionOffered,
        |cast| client(cast, |plan| plan.compression = vec![0, 1]),
    ),
    modern(
        "DEFLATE comes first in TLS 1.3",
        Fault::CompressionOffered,
        |cast| client(cast, |plan| plan.compression = vec![1, 0]),
    ),
    modern(
        "DEFLATE alone in TLS 1.3",
        Fault::NoNullCompression,
        |cast| client(cast, |plan| plan.compression = vec![1]),
    ),
    modern(
        "no compression method in TLS 1.3",
        Fault::Malformed,
        |cast| client(cast, |plan| plan.compression.clear()),
    ),
    modern("no suite in TLS 1.3", Fault::Malformed, |cast| {
        client(cast, |plan| plan.suites.clear())
    }),
    modern(
        "a session ID of 33 bytes in TLS 1.3",
        Fault::Malformed,
        |cast| client(cast, |plan| plan.session_id = Some(vec![7; 33])),
    ),
    modern(
        "no signature_algorithms in TLS 1.3",
        Fault::MissingExtension,
        |cast| client(cast, |plan| plan.without(Ext::signature_algorithms)),
    ),
    modern(
        "key_share without supported_groups",
        Fault::MissingExtension,
        |cast| client(cast, |plan| plan.without(Ext::supported_groups)),
    ),
    modern(
        "supported_groups without key_share",
        Fault::MissingExtension,
        |cast| client(cast, |plan| plan.without(Ext::key_share)),
    ),
    modern(
        "neither key_share nor supported_groups",
        Fault::MissingExtension,
        |cast| {
            client(cast, |plan| {
                plan.without(Ext::key_share);
                plan.without(Ext::supported_groups);
            })
        },
    ),
    modern("an empty list of versions", Fault::Malformed, |cast| {
        client(cast, |plan| plan.set(Ext::supported_versions, [0]))
    }),
    modern("half a version", Fault::Malformed, |cast| {
        client(cast, |plan| plan.set(Ext::supported_versions, [3, 3, 4, 3]))
    }),
    modern(
        "an empty list of groups in TLS 1.3",
        Fault::Malformed,
        |cast| client(cast, |plan| plan.set(Ext::supported_groups, [0, 0])),
    ),
    modern(
        "an empty list of schemes in TLS 1.3",
        Fault::Malformed,
        |cast| client(cast, |plan| plan.set(Ext::signature_algorithms, [0, 0])),
    ),
    modern(
        "an extension of TLS 1.3 comes twice",
        Fault::DuplicateExtension,
        |cast| client(cast, |plan| plan.hello.push((Ext::key_share, None))),
    ),
    modern(
        "an unknown extension comes twice",
        Fault::DuplicateExtension,
        |cast| {
            client(cast, |plan| {
                plan.hello
                    .extend([(Ext(0x4a4a), None), (Ext(0x4a4a), None)])
            })
        },
    ),
    modern(
        "a ClientHello of TLS 1.3 with a byte too many",
        Fault::Malformed,
        |cast| lied(cast.modern_against_server(), Type::client_hello, longer),
    ),
    modern(
        "a ClientHello of TLS 1.3 with a byte too few",
        Fault::Malformed,
        |cast| lied(cast.modern_against_server(), Type::client_hello, shorter),
    ),
    modern(
        "an extension of certificates in a ClientHello",
        Fault::ExtensionMisplaced,
        |cast| client(cast, |plan| plan.set(Ext::oid_filters, [0, 0])),
    ),
];

/// A client that sends these shares.
fn shares(cast: &Cast, list: &'static [(u16, usize)]) -> Scene<Forger> {
    client(cast, |plan| {
        let entries = list.iter().flat_map(|(group, length)| {
            [group.to_be_bytes().to_vec(), vector16(&vec![9; *length])].concat()
        });
        plan.set(Ext::key_share, vector16(&entries.collect::<Vec<_>>()));
    })
}

pub(super) const SHARES: &[Lie] = &[
    modern(
        "a share of a group that is not listed",
        Fault::BadKeyShares,
        |cast| shares(cast, &[(0x18, 97)]),
    ),
    modern(
        "a share of a listed group and one of another",
        Fault::BadKeyShares,
        |cast| shares(cast, &[(0x1d, 32), (0x18, 97)]),
    ),
    modern("two shares of one group", Fault::BadKeyShares, |cast| {
        shares(cast, &[(0x1d, 32), (0x1d, 32)])
    }),
    modern(
        "shares in another order than the groups",
        Fault::BadKeyShares,
        |cast| shares(cast, &[(0x17, 65), (0x1d, 32)]),
    ),
    modern(
        "the client's share is of zeros",
        Fault::BadKeyShare,
        |cast| client(cast, |plan| plan.share = Some(vec![0; 32])),
    ),
    modern(
        "the client's share is too short",
        Fault::BadKeyShare,
        |cast| client(cast, |plan| plan.share = Some(vec![9; 31])),
    ),
    modern(
        "the client's share in its hello is too long",
        Fault::BadKeyShare,
        |cast| client(cast, |plan| plan.share = Some(vec![9; 33])),
    ),
    modern(
        "the client's share in its hello is empty",
        Fault::Malformed,
        |cast| client(cast, |plan| plan.share = Some(Vec::new())),
    ),
    modern(
        "the client's point is not on its curve",
        Fault::BadKeyShare,
        |cast| {
            let mut scene = shares(cast, &[(0x17, 65)]);
            scene.server.groups = vec![premaster_wire::NamedGroup::secp256r1];
            scene
        },
    ),
    modern(
        "the client's share is another than it knows",
        Fault::BadFinished,
        |cast| client(cast, |plan| plan.share = Some(vec![9; 32])),
    ),
];

/// A client that is asked about its name.
fn named(cast: &Cast, name: &[u8]) -> Scene<Forger> {
    let name = [&[0][..], &vector16(name)].concat();
    client(cast, |plan: &mut Plan| {
        plan.set(Ext::server_name, vector16(&name))
    })
}

fn alpn(cast: &Cast, list: &[u8]) -> Scene<Forger> {
    let list = vector16(list);
    let mut scene = client(cast, |plan| {
        plan.set(Ext::application_layer_protocol_negotiation, list)
    });
    scene.server.alpn = vec![b"h2".to_vec()];
    scene
}

pub(super) const AGREEMENT: &[Lie] = &[
    modern(
        "only suites of TLS 1.2 in TLS 1.3",
        Fault::NoCommonSuite,
        |cast| client(cast, |plan| plan.suites = vec![0xc02b]),
    ),
    modern(
        "only unknown suites in TLS 1.3",
        Fault::NoCommonSuite,
        |cast| client(cast, |plan| plan.suites = vec![0x1304, 0x1305, 0x0a0a]),
    ),
    modern(
        "only groups that the server has not, in TLS 1.3",
        Fault::NoCommonGroup,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::supported_groups, vector16(&[0, 0x1e]));
                plan.groups = vec![0x1e];
            })
        },
    ),
    modern(
        "only fields that the server has not, in TLS 1.3",
        Fault::NoCommonGroup,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::supported_groups, vector16(&[1, 0]));
                plan.groups = vec![0x0100];
            })
        },
    ),
    modern(
        "only schemes of PKCS #1 in TLS 1.3",
        Fault::NoCommonScheme,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::signature_algorithms, vector16(&[4, 1, 5, 1, 2, 1]))
            })
        },
    ),
    modern(
        "only schemes of another curve in TLS 1.3",
        Fault::NoCommonScheme,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::signature_algorithms, vector16(&[5, 3]))
            })
        },
    ),
    modern(
        "only versions that nobody knows",
        Fault::NoCommonVersion,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::supported_versions, vector8(&[3, 5, 0x7f, 28]))
            })
        },
    ),
    modern(
        "TLS 1.3 is not offered to a server that speaks nothing else",
        Fault::NoCommonVersion,
        |cast| {
            let mut scene = client(cast, |plan| plan.without(Ext::supported_versions));
            scene.server.versions = vec![ProtocolVersion::TLSv1_3];
            scene
        },
    ),
    modern(
        "a list without TLS 1.3, to a server that speaks nothing else",
        Fault::NoCommonVersion,
        |cast| {
            let mut scene = client(cast, |plan| {
                plan.set(Ext::supported_versions, vector8(&[3, 3]))
            });
            scene.server.versions = vec![ProtocolVersion::TLSv1_3];
            scene
        },
    ),
    modern(
        "a fallback from TLS 1.3",
        Fault::InappropriateFallback,
        |cast| {
            client(cast, |plan| {
                plan.suites.push(0x5600);
                plan.set(Ext::supported_versions, vector8(&[3, 3]));
            })
        },
    ),
    modern(
        "no common protocol in TLS 1.3",
        Fault::NoApplicationProtocol,
        |cast| alpn(cast, &vector8(b"smtp")),
    ),
    modern("an empty protocol in TLS 1.3", Fault::Malformed, |cast| {
        alpn(cast, &[0])
    }),
    modern(
        "a server name with a NUL in TLS 1.3",
        Fault::UnknownName,
        |cast| named(cast, b"server.test\0.evil"),
    ),
    modern(
        "an empty server name in TLS 1.3",
        Fault::Malformed,
        |cast| named(cast, b""),
    ),
    modern(
        "nobody serves that name in TLS 1.3",
        Fault::NoCredential,
        |cast| {
            let mut scene = named(cast, b"other.test");
            scene.host.credential = None;
            scene
        },
    ),
    modern(
        "the client's record_size_limit is 63 in TLS 1.3",
        Fault::RecordSizeLimitTooSmall,
        |cast| {
            let mut scene = client(cast, |plan| plan.set(Ext::record_size_limit, [0, 63]));
            scene.server.record_size_limit = Some(1_000);
            scene
        },
    ),
    modern(
        "an unknown fragment length in TLS 1.3",
        Fault::UnknownFragmentLength,
        |cast| client(cast, |plan| plan.set(Ext::max_fragment_length, [5])),
    ),
    modern(
        "a server of TLS 1.3 cannot sign",
        Fault::SigningFailed,
        |cast| {
            let mut scene = client(cast, |_| {});
            scene.host.refuses = Some("Sign");
            scene
        },
    ),
];
