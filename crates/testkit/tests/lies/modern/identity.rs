//! Who servers and clients of TLS 1.3 claim to be. This file is a table.

use std::sync::Arc;

use premaster_crypto::Side;
use premaster_crypto::tls13::certificate_verify_content;
use premaster_handshake::Fault;
use premaster_testkit::Cast;
use premaster_testkit::cell::NAME;
use premaster_testkit::forger::{vector8, vector16, vector24};
use premaster_testkit::pki::{Authority, Issued, KeyKind};
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, Plan, set};
use premaster_trust::RefuseAll;
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type};

use super::{but, server};
use crate::{Lie, altered, lied, longer, modern, shorter};

/// A server with this certificate.
fn shown(cast: &Cast, issued: &Issued, scheme: u16) -> Scene<Forger> {
    server(cast, |plan| {
        plan.chain.clone_from(&issued.chain);
        plan.key = Some(issued.key(&cast.modern));
        plan.scheme = scheme;
    })
}

/// A server whose first certificate has this extension.
fn entry(cast: &Cast, kind: Ext, body: &[u8]) -> Scene<Forger> {
    server(cast, |plan| set(&mut plan.entry, kind, Some(body.to_vec())))
}

pub(super) const OF_SERVERS: &[Lie] = &[
    modern(
        "there is no certificate in Certificate of TLS 1.3",
        Fault::EmptyCertificate,
        |cast| server(cast, |plan| plan.chain.clear()),
    ),
    modern(
        "the chain has eleven certificates in TLS 1.3",
        Fault::ChainTooLong,
        |cast| {
            server(cast, |plan| {
                let root = plan.chain[1].clone();
                plan.chain.resize(11, root);
            })
        },
    ),
    modern(
        "a stranger signed the certificate in TLS 1.3",
        Fault::IdentityRefused,
        |cast| {
            let stranger = Authority::new().server(NAME, KeyKind::P256);
            shown(cast, &stranger, 0x0403)
        },
    ),
    modern(
        "the certificate is for another name in TLS 1.3",
        Fault::IdentityRefused,
        |cast| {
            let other = cast.world.authority.server("other.test", KeyKind::P256);
            shown(cast, &other, 0x0403)
        },
    ),
    modern(
        "nobody verifies in TLS 1.3",
        Fault::IdentityRefused,
        |cast| {
            let mut scene = cast.modern_against_client();
            scene.host.verifier = Arc::new(RefuseAll);
            scene
        },
    ),
    modern(
        "the RSA key is longer than the limit in TLS 1.3",
        Fault::KeyTooLong,
        |cast| {
            let mut scene = shown(cast, &cast.rsa, 0x0804);
            scene.limits.rsa_bits = 2_047;
            scene
        },
    ),
    modern(
        "the server's certificate answers a request",
        Fault::WrongCertificateContext,
        |cast| server(cast, |plan| plan.context = Some(vec![7])),
    ),
    modern(
        "a staple that was not asked for",
        Fault::ExtensionNotOffered,
        |cast| {
            let staple = [&[1][..], &vector24(b"staple")].concat();
            entry(cast, Ext::status_request, &staple)
        },
    ),
    modern(
        "timestamps that were not asked for",
        Fault::ExtensionNotOffered,
        |cast| {
            let list = vector16(&vector16(b"timestamp"));
            entry(cast, Ext::signed_certificate_timestamp, &list)
        },
    ),
    modern(
        "an unknown extension of a certificate",
        Fault::ExtensionNotOffered,
        |cast| entry(cast, Ext(0x4a4a), &[]),
    ),
    modern(
        "an extension of the hellos in a certificate",
        Fault::ExtensionNotOffered,
        |cast| entry(cast, Ext::supported_versions, &[3, 4]),
    ),
    modern(
        "an extension of a certificate comes twice",
        Fault::DuplicateExtension,
        |cast| {
            server(cast, |plan| {
                plan.entry = vec![(Ext(0x4a4a), None), (Ext(0x4a4a), None)]
            })
        },
    ),
    modern("an empty staple", Fault::Malformed, |cast| {
        let mut scene = entry(cast, Ext::status_request, &[1, 0, 0, 0]);
        scene.client.ocsp_stapling = true;
        scene
    }),
    modern(
        "Certificate of TLS 1.3 with a byte too many",
        Fault::Malformed,
        |cast| lied(cast.modern_against_client(), Type::certificate, longer),
    ),
    modern(
        "Certificate of TLS 1.3 with a byte too few",
        Fault::Malformed,
        |cast| lied(cast.modern_against_client(), Type::certificate, shorter),
    ),
    modern(
        "Certificate in the form of TLS 1.2",
        Fault::Malformed,
        |cast| {
            lied(cast.modern_against_client(), Type::certificate, |bytes| {
                bytes.remove(4);
                bytes[3] -= 1;
            })
        },
    ),
];

pub(super) const REQUESTS: &[Lie] = &[
    modern(
        "a request with a context in the handshake",
        Fault::WrongCertificateContext,
        |cast| {
            but(cast.modern_against_asked_client(), |plan| {
                // Its own certificate answers nothing all the same.
                plan.context = Some(vec![7])
            })
        },
    ),
    modern(
        "a request without signature_algorithms",
        Fault::MissingExtension,
        |cast| {
            but(cast.modern_against_asked_client(), |plan| {
                plan.request = vec![(Ext(0x4a4a), None)]
            })
        },
    ),
    modern("a request without extensions", Fault::Malformed, |cast| {
        but(cast.modern_against_asked_client(), |plan| {
            plan.request.clear()
        })
    }),
    modern(
        "a request with an extension of the hellos",
        Fault::ExtensionMisplaced,
        |cast| {
            but(cast.modern_against_asked_client(), |plan| {
                set(&mut plan.request, Ext::supported_versions, Some(vec![3, 4]))
            })
        },
    ),
    modern(
        "a request with an extension twice",
        Fault::DuplicateExtension,
        |cast| {
            but(cast.modern_against_asked_client(), |plan| {
                plan.request
                    .extend([(Ext(0x4a4a), None), (Ext(0x4a4a), None)])
            })
        },
    ),
    modern("a request with a byte too many", Fault::Malformed, |cast| {
        lied(
            cast.modern_against_asked_client(),
            Type::certificate_request,
            longer,
        )
    }),
    modern("a request with a byte too few", Fault::Malformed, |cast| {
        lied(
            cast.modern_against_asked_client(),
            Type::certificate_request,
            shorter,
        )
    }),
    modern(
        "a request in the form of TLS 1.2",
        Fault::Malformed,
        |cast| {
            lied(
                cast.modern_against_asked_client(),
                Type::certificate_request,
                |bytes| {
                    let body = [vector8(&[64, 1]), vector16(&[4, 3]), vector16(&[])].concat();
                    *bytes = premaster_testkit::forger::message(Type::certificate_request, &body);
                },
            )
        },
    ),
];

/// A signature over something else, by a server and by a client.
fn signs(scene: Scene<Forger>, what: premaster_testkit::tls13::Signs) -> Scene<Forger> {
    but(scene, |plan| plan.signs = Some(what))
}

fn of_server(cast: &Cast, what: premaster_testkit::tls13::Signs) -> Scene<Forger> {
    signs(cast.modern_against_client(), what)
}

fn of_client(cast: &Cast, what: premaster_testkit::tls13::Signs) -> Scene<Forger> {
    signs(cast.modern_against_strict_server(), what)
}

/// Signs by this scheme and says so.
fn scheme(scene: Scene<Forger>, scheme: u16) -> Scene<Forger> {
    but(scene, |plan: &mut Plan| plan.scheme = scheme)
}

/// A server with a key on P-384.
fn p384(cast: &Cast) -> Scene<Forger> {
    let issued = cast.world.authority.server(NAME, KeyKind::P384);
    shown(cast, &issued, 0x0503)
}

/// properties 2 and 6.
pub(super) const SIGNATURES: &[Lie] = &[
    modern(
        "the server signs as a client would",
        Fault::BadSignature,
        |cast| {
            of_server(cast, |side, transcript, hash| {
                certificate_verify_content(side.other(), &hash.hash(&[transcript]))
            })
        },
    ),
    modern(
        "the server signs as in TLS 1.2",
        Fault::BadSignature,
        |cast| of_server(cast, |_, transcript, _| transcript.to_vec()),
    ),
    modern(
        "the server signs the bare hash",
        Fault::BadSignature,
        |cast| {
            of_server(cast, |_, transcript, hash| {
                hash.hash(&[transcript]).to_vec()
            })
        },
    ),
    modern(
        "the server signs another handshake",
        Fault::BadSignature,
        |cast| {
            of_server(cast, |side, _, hash| {
                certificate_verify_content(side, &hash.hash(&[b"x"]))
            })
        },
    ),
    modern(
        "the server signs without the 64 spaces",
        Fault::BadSignature,
        |cast| {
            of_server(cast, |side, transcript, hash| {
                certificate_verify_content(side, &hash.hash(&[transcript]))[64..].to_vec()
            })
        },
    ),
    modern("the server signs nothing", Fault::BadSignature, |cast| {
        of_server(cast, |_, _, _| Vec::new())
    }),
    modern(
        "the server's signature is of another key",
        Fault::BadSignature,
        |cast| server(cast, |plan| plan.key = Some(cast.client.key(&cast.modern))),
    ),
    modern(
        "the server's signature was altered on its way",
        Fault::BadSignature,
        |cast| {
            altered(
                cast.modern_against_client(),
                Type::certificate_verify,
                |bytes| {
                    let last = bytes.len() - 1;
                    bytes[last] ^= 1
                },
            )
        },
    ),
    modern(
        "the server's signature is empty",
        Fault::BadSignature,
        |cast| {
            lied(
                cast.modern_against_client(),
                Type::certificate_verify,
                |bytes| *bytes = vec![15, 0, 0, 4, 4, 3, 0, 0],
            )
        },
    ),
    modern(
        "CertificateVerify with a byte too many",
        Fault::Malformed,
        |cast| {
            lied(
                cast.modern_against_client(),
                Type::certificate_verify,
                longer,
            )
        },
    ),
    modern(
        "CertificateVerify with a byte too few",
        Fault::Malformed,
        |cast| {
            lied(
                cast.modern_against_client(),
                Type::certificate_verify,
                shorter,
            )
        },
    ),
    modern(
        "the server signs by PKCS #1 in TLS 1.3",
        Fault::SchemeDoesNotFitKey,
        |cast| shown(cast, &cast.rsa, 0x0401),
    ),
    modern(
        "the server signs by PKCS #1 and SHA-1 in TLS 1.3",
        Fault::SchemeNotOffered,
        |cast| {
            but(shown(cast, &cast.rsa, 0x0201), |plan| {
                plan.signs_with = Some(0x0401)
            })
        },
    ),
    modern(
        "the server signs by ECDSA and SHA-1 in TLS 1.3",
        Fault::SchemeNotOffered,
        |cast| {
            server(cast, |plan| {
                (plan.scheme, plan.signs_with) = (0x0203, Some(0x0403))
            })
        },
    ),
    modern(
        "the server signs by a scheme that was not offered, in TLS 1.3",
        Fault::SchemeNotOffered,
        |cast| {
            let mut scene = cast.modern_against_client();
            scene.client.schemes.retain(|scheme| scheme.0 != 0x0403);
            scene
        },
    ),
    modern(
        "a key on P-384 signs as one on P-256",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            but(scheme(p384(cast), 0x0403), |plan| {
                plan.signs_with = Some(0x0503)
            })
        },
    ),
    modern(
        "a key on P-256 signs as one on P-384",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            but(scheme(cast.modern_against_client(), 0x0503), |plan| {
                plan.signs_with = Some(0x0403)
            })
        },
    ),
    modern(
        "an ECDSA key signs as an RSA key, in TLS 1.3",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            but(scheme(cast.modern_against_client(), 0x0804), |plan| {
                plan.signs_with = Some(0x0403)
            })
        },
    ),
    modern(
        "the server's PSS signature is of another hash",
        Fault::BadSignature,
        |cast| {
            but(shown(cast, &cast.rsa, 0x0805), |plan| {
                plan.signs_with = Some(0x0804)
            })
        },
    ),
    modern(
        "the client signs as a server would",
        Fault::BadSignature,
        |cast| {
            of_client(cast, |_, transcript, hash| {
                certificate_verify_content(Side::Server, &hash.hash(&[transcript]))
            })
        },
    ),
    modern(
        "the client signs as in TLS 1.2",
        Fault::BadSignature,
        |cast| of_client(cast, |_, transcript, _| transcript.to_vec()),
    ),
    modern(
        "the client signs another handshake",
        Fault::BadSignature,
        |cast| {
            of_client(cast, |side, _, hash| {
                certificate_verify_content(side, &hash.hash(&[b"x"]))
            })
        },
    ),
    modern(
        "the client's signature is of another key",
        Fault::BadSignature,
        |cast| {
            but(cast.modern_against_strict_server(), |plan| {
                plan.key = Some(cast.server.key(&cast.modern))
            })
        },
    ),
    modern(
        "the client signs by PKCS #1 in TLS 1.3",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            let issued = cast.world.authority.client(KeyKind::Rsa2048);
            but(cast.modern_against_strict_server(), |plan| {
                plan.chain.clone_from(&issued.chain);
                plan.key = Some(issued.key(&cast.modern));
                plan.scheme = 0x0401;
            })
        },
    ),
    modern(
        "the client signs by a scheme that was not offered, in TLS 1.3",
        Fault::SchemeNotOffered,
        |cast| {
            let mut scene = cast.modern_against_strict_server();
            scene.server.schemes.retain(|scheme| scheme.0 != 0x0403);
            scene
        },
    ),
    modern(
        "the client's key on P-384 signs as one on P-256",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            let issued = cast.world.authority.client(KeyKind::P384);
            but(cast.modern_against_strict_server(), |plan| {
                plan.chain.clone_from(&issued.chain);
                plan.key = Some(issued.key(&cast.modern));
                plan.signs_with = Some(0x0503);
            })
        },
    ),
];

/// A server that compresses its certificate, and says this about it.
fn compressed(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_compressed(cast.modern_against_client()), plan)
}

/// property 16: nothing grows beyond what was announced and allowed.
pub(super) const COMPRESSED: &[Lie] = &[
    modern(
        "compressed in a way that was not offered",
        Fault::CompressionNotOffered,
        |cast| compressed(cast, |plan| plan.compressed_by = 2),
    ),
    modern(
        "compressed in a way that nobody knows",
        Fault::CompressionNotOffered,
        |cast| compressed(cast, |plan| plan.compressed_by = 0x4a4a),
    ),
    modern(
        "a compressed certificate though none was asked for",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = compressed(cast, |_| {});
            scene.client.certificate_compression.clear();
            scene
        },
    ),
    modern(
        "longer than it says",
        Fault::BadCompressedCertificate,
        |cast| compressed(cast, |plan| plan.uncompressed = Some(100)),
    ),
    modern(
        "shorter than it says",
        Fault::BadCompressedCertificate,
        |cast| compressed(cast, |plan| plan.uncompressed = Some(60_000)),
    ),
    modern(
        "as long as a length can say",
        Fault::BadCompressedCertificate,
        |cast| compressed(cast, |plan| plan.uncompressed = Some(0x00ff_ffff)),
    ),
    modern(
        "longer than a message may be, though well compressed",
        Fault::BadCompressedCertificate,
        |cast| {
            let mut scene = compressed(cast, |_| {});
            scene.limits.handshake_message = 500;
            scene
        },
    ),
    modern("of no length", Fault::BadCompressedCertificate, |cast| {
        compressed(cast, |plan| plan.uncompressed = Some(0))
    }),
    modern(
        "a compressed certificate that is empty",
        Fault::Malformed,
        |cast| {
            lied(
                compressed(cast, |_| {}),
                Type::compressed_certificate,
                |bytes| *bytes = vec![25, 0, 0, 8, 0, 1, 0, 1, 0, 0, 0, 0],
            )
        },
    ),
    modern("garbage, well compressed", Fault::Malformed, |cast| {
        lied(
            compressed(cast, |_| {}),
            Type::compressed_certificate,
            |bytes| *bytes = vec![25, 0, 0, 11, 0, 1, 0, 0, 3, 0, 0, 3, 1, 2, 3],
        )
    }),
    modern(
        "a compressed certificate with a context",
        Fault::WrongCertificateContext,
        |cast| compressed(cast, |plan| plan.context = Some(vec![7])),
    ),
    modern(
        "an empty certificate, well compressed",
        Fault::EmptyCertificate,
        |cast| compressed(cast, |plan| plan.chain.clear()),
    ),
    modern(
        "CompressedCertificate with a byte too many",
        Fault::Malformed,
        |cast| {
            lied(
                compressed(cast, |_| {}),
                Type::compressed_certificate,
                longer,
            )
        },
    ),
    modern(
        "a client's compression was not offered",
        Fault::CompressionNotOffered,
        |cast| {
            but(
                cast.modern_compressed(cast.modern_against_strict_server()),
                |plan| plan.compressed_by = 2,
            )
        },
    ),
    modern(
        "a client's compressed certificate is longer than it says",
        Fault::BadCompressedCertificate,
        |cast| {
            but(
                cast.modern_compressed(cast.modern_against_strict_server()),
                |plan| plan.uncompressed = Some(100),
            )
        },
    ),
];

/// property 5.
pub(super) const OF_CLIENTS: &[Lie] = &[
    modern(
        "a required certificate is not there, in TLS 1.3",
        Fault::NoClientCertificate,
        |cast| {
            but(cast.modern_against_strict_server(), |plan| {
                plan.chain.clear()
            })
        },
    ),
    modern(
        "a required certificate is not there, compressed",
        Fault::NoClientCertificate,
        |cast| {
            but(
                cast.modern_compressed(cast.modern_against_strict_server()),
                |plan| plan.chain.clear(),
            )
        },
    ),
    modern(
        "the client's certificate answers another request",
        Fault::WrongCertificateContext,
        |cast| {
            but(cast.modern_against_strict_server(), |plan| {
                plan.context = Some(vec![7])
            })
        },
    ),
    modern(
        "a stranger signed the client's certificate, in TLS 1.3",
        Fault::IdentityRefused,
        |cast| {
            let stranger = Authority::new().client(KeyKind::P256);
            but(cast.modern_against_strict_server(), |plan| {
                plan.chain.clone_from(&stranger.chain);
                plan.key = Some(stranger.key(&cast.modern));
            })
        },
    ),
    modern(
        "the client's chain is too long, in TLS 1.3",
        Fault::ChainTooLong,
        |cast| {
            but(cast.modern_against_strict_server(), |plan| {
                let root = plan.chain[1].clone();
                plan.chain.resize(11, root);
            })
        },
    ),
    modern(
        "a client's staple that was not asked for",
        Fault::ExtensionNotOffered,
        |cast| {
            but(cast.modern_against_strict_server(), |plan| {
                let staple = [&[1][..], &vector24(b"staple")].concat();
                set(&mut plan.entry, Ext::status_request, Some(staple))
            })
        },
    ),
];
