//! What a lying server tells our client about who it is, and about the key exchange. This file is a table.

use std::sync::Arc;

use premaster_handshake::Fault;
use premaster_testkit::forger::vector16;
use premaster_testkit::pki::{Authority, KeyKind};
use premaster_testkit::scene::Scene;
use premaster_testkit::{Cast, Step};
use premaster_trust::{PinVerifier, RefuseAll};
use premaster_wire::HandshakeType as Type;

use crate::{Lie, altered, lie, lied, longer, server};

/// All of them, by what they are about.
pub(crate) static LIES: &[&[Lie]] = &[CERTIFICATE, KEY_EXCHANGE];

static CERTIFICATE: &[Lie] = &[
    lie(
        "there is no certificate in Certificate",
        Fault::EmptyCertificate,
        |cast| server(cast, |plan| plan.chain.clear()),
    ),
    lie(
        "the chain has eleven certificates",
        Fault::ChainTooLong,
        |cast| {
            server(cast, |plan| {
                let root = plan.chain[1].clone();
                plan.chain.resize(11, root);
            })
        },
    ),
    lie(
        "a stranger signed the certificate",
        Fault::IdentityRefused,
        |cast| {
            let stranger = Authority::new().server("server.test", KeyKind::P256);
            server(cast, |plan| {
                plan.chain = stranger.chain.clone();
                plan.key = Some(stranger.key(&cast.world.provider));
            })
        },
    ),
    lie(
        "the certificate is for another name",
        Fault::IdentityRefused,
        |cast| {
            let other = cast.world.authority.server("other.test", KeyKind::P256);
            server(cast, |plan| {
                plan.chain = other.chain.clone();
                plan.key = Some(other.key(&cast.world.provider));
            })
        },
    ),
    lie(
        "the certificate has expired",
        Fault::IdentityRefused,
        |cast| {
            let old = cast
                .world
                .authority
                .until("server.test", KeyKind::P256, 1_800_000_000);
            server(cast, |plan| {
                plan.chain = old.chain.clone();
                plan.key = Some(old.key(&cast.world.provider));
            })
        },
    ),
    lie(
        "the certificate is garbage",
        Fault::IdentityRefused,
        |cast| server(cast, |plan| plan.chain = vec![vec![0x30, 0x03, 1, 2, 3]]),
    ),
    lie(
        "one bit of the certificate is wrong",
        Fault::IdentityRefused,
        |cast| {
            server(cast, |plan| {
                let middle = plan.chain[0].len() / 2;
                plan.chain[0][middle] ^= 1;
            })
        },
    ),
    // 'Verification required': whoever has named no verifier trusts nobody.
    lie("nobody verifies", Fault::IdentityRefused, |cast| {
        let mut scene = cast.against_client();
        scene.host.verifier = Arc::new(RefuseAll);
        scene
    }),
    lie("no pin fits", Fault::IdentityRefused, |cast| {
        let mut scene = cast.against_client();
        scene.host.verifier = Arc::new(PinVerifier::new([]));
        scene
    }),
    lie(
        "the RSA key is longer than the limit",
        Fault::KeyTooLong,
        |cast| {
            let mut scene = rsa(cast);
            scene.limits.rsa_bits = 2_047;
            scene
        },
    ),
    lie(
        "an RSA certificate for an ECDSA suite",
        Fault::KeyDoesNotFitSuite,
        |cast| {
            let mut scene = rsa(cast);
            scene.plan.suite = 0xc02b;
            scene
        },
    ),
    lie(
        "an ECDSA certificate for an RSA suite",
        Fault::KeyDoesNotFitSuite,
        |cast| server(cast, |plan| plan.suite = 0xc02f),
    ),
    lie(
        "a key on a curve that was not offered",
        Fault::CurveNotOffered,
        |cast| {
            let mut scene = cast.against_client();
            scene.client.groups = vec![premaster_wire::NamedGroup::x25519];
            scene
        },
    ),
    lie(
        "a Certificate with a byte too many",
        Fault::Malformed,
        |cast| lied(cast.against_client(), Type::certificate, longer),
    ),
];

/// A server with an RSA key that signs with PSS.
fn rsa(cast: &Cast) -> Scene {
    server(cast, |plan| {
        plan.chain.clone_from(&cast.rsa.chain);
        plan.key = Some(cast.rsa.key(&cast.world.provider));
        plan.scheme = 0x0804;
        plan.suite = 0xc02f;
    })
}

static KEY_EXCHANGE: &[Lie] = &[
    lie("another key signed", Fault::BadSignature, |cast| {
        let other = cast.world.authority.server("server.test", KeyKind::P256);
        server(cast, |plan| {
            plan.key = Some(other.key(&cast.world.provider))
        })
    }),
    lie("nothing was signed", Fault::BadSignature, |cast| {
        server(cast, |plan| plan.signs = Some(Vec::new()))
    }),
    lie(
        "the parameters of another handshake were signed",
        Fault::BadSignature,
        |cast| server(cast, |plan| plan.signs = Some(vec![7; 32 + 32 + 36])),
    ),
    lie("the signature is empty", Fault::BadSignature, |cast| {
        lied(cast.against_client(), Type::server_key_exchange, |bytes| {
            // curve type, group, point of 32 bytes, scheme
            bytes.truncate(4 + 3 + 33 + 2);
            bytes.extend([0, 0]);
            bytes[3] = u8::try_from(bytes.len() - 4).unwrap();
        })
    }),
    lie(
        "the share was altered on its way",
        Fault::BadSignature,
        |cast| {
            altered(cast.against_client(), Type::server_key_exchange, |bytes| {
                bytes[12] ^= 1
            })
        },
    ),
    lie(
        "a scheme that was not offered signed",
        Fault::SchemeNotOffered,
        |cast| {
            let mut scene = cast.against_client();
            scene.client.schemes.retain(|scheme| scheme.0 != 0x0403);
            scene
        },
    ),
    lie("SHA-1 signed", Fault::SchemeNotOffered, |cast| {
        server(cast, |plan| {
            (plan.scheme, plan.signs_with) = (0x0203, Some(0x0403))
        })
    }),
    lie(
        "the anonymous scheme signed",
        Fault::SchemeNotOffered,
        |cast| {
            server(cast, |plan| {
                (plan.scheme, plan.signs_with) = (0x0000, Some(0x0403))
            })
        },
    ),
    lie(
        "an ECDSA signature is called RSA",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            server(cast, |plan| {
                (plan.scheme, plan.signs_with) = (0x0401, Some(0x0403))
            })
        },
    ),
    lie(
        "an ECDSA signature is called Ed25519",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            server(cast, |plan| {
                (plan.scheme, plan.signs_with) = (0x0807, Some(0x0403))
            })
        },
    ),
    lie(
        "an RSA signature is called ECDSA",
        Fault::SchemeDoesNotFitKey,
        |cast| {
            let mut scene = rsa(cast);
            (scene.plan.scheme, scene.plan.signs_with) = (0x0403, Some(0x0804));
            scene
        },
    ),
    lie(
        "an RSA signature is called by another padding",
        Fault::BadSignature,
        |cast| {
            let mut scene = rsa(cast);
            (scene.plan.scheme, scene.plan.signs_with) = (0x0401, Some(0x0804));
            scene
        },
    ),
    lie(
        "an RSA signature is called by another hash",
        Fault::BadSignature,
        |cast| {
            let mut scene = rsa(cast);
            (scene.plan.scheme, scene.plan.signs_with) = (0x0805, Some(0x0804));
            scene
        },
    ),
    lie(
        "a group that the client knows but did not offer",
        Fault::GroupNotOffered,
        |cast| {
            let mut scene = cast.against_client();
            scene.client.groups.retain(|group| group.0 != 0x001d);
            scene
        },
    ),
    lie("an unknown group", Fault::GroupNotOffered, |cast| {
        server(cast, |plan| plan.group = 0x4a4a)
    }),
    lie("the share is zero", Fault::BadKeyShare, |cast| {
        server(cast, |plan| plan.share = Some(vec![0; 32]))
    }),
    lie("the share is of small order", Fault::BadKeyShare, |cast| {
        server(cast, |plan| {
            plan.share = Some([&[1][..], &[0; 31]].concat())
        })
    }),
    lie(
        "the share is a byte too short",
        Fault::BadKeyShare,
        |cast| server(cast, |plan| plan.share = Some(vec![9; 31])),
    ),
    lie(
        "the share is on another curve",
        Fault::BadKeyShare,
        |cast| {
            server(cast, |plan| {
                plan.group = 0x0017;
                plan.share = Some([&[4][..], &[7; 64]].concat());
            })
        },
    ),
    lie("the point at infinity", Fault::BadKeyShare, |cast| {
        server(cast, |plan| {
            (plan.group, plan.share) = (0x0017, Some(vec![0]))
        })
    }),
    lie("explicit curve parameters", Fault::Malformed, |cast| {
        lied(cast.against_client(), Type::server_key_exchange, |bytes| {
            bytes[4] = 1
        })
    }),
    lie(
        "a ServerKeyExchange of ephemeral RSA",
        Fault::Malformed,
        |cast| {
            lied(cast.against_client(), Type::server_key_exchange, |bytes| {
                let modulus = vector16(&[0xff; 64]);
                let body = [modulus, vector16(&[1, 0, 1]), vector16(&[0; 70])].concat();
                *bytes = premaster_testkit::forger::message(Type::server_key_exchange, &body);
            })
        },
    ),
    lie("a ServerHelloDone with content", Fault::Malformed, |cast| {
        lied(cast.against_client(), Type::server_hello_done, longer)
    }),
    lie(
        "a CertificateRequest that names no scheme",
        Fault::Malformed,
        |cast| {
            let mut scene = server(cast, |plan| plan.schemes.clear());
            scene
                .script
                .insert(3, Step::Message(Type::certificate_request));
            scene
        },
    ),
];
