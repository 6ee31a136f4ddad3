//! Lies about RSA key transport, by servers and by clients. This file is a table.

use std::sync::Arc;

use premaster_crypto::KeyExchangeKind;
use premaster_handshake::Fault;
use premaster_testkit::cell::NAME;
use premaster_testkit::forger::{Plan, PublicKey};
use premaster_testkit::pki::{Authority, KeyKind};
use premaster_testkit::provider::with_random_calls;
use premaster_testkit::scene::Scene;
use premaster_testkit::{Cast, Step};
use premaster_wire::{CipherSuite, HandshakeType as Type};
use rcgen::KeyUsagePurpose::{self, DigitalSignature, KeyEncipherment};

use crate::{Lie, altered, lie, lied, longer};

/// All of them, by what they are about.
pub(crate) static LIES: &[&[Lie]] = &[EXPORT, KEYS, TO_SERVER];

fn server(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene {
    let mut scene = cast.by_transport(cast.against_client());
    plan(&mut scene.plan);
    scene
}

fn client(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene {
    let mut scene = cast.by_transport(cast.against_server());
    plan(&mut scene.plan);
    scene
}

/// A server that says ServerKeyExchange with these parameters, signed by its good key.
fn ephemeral(cast: &Cast, params: KeyExchangeKind) -> Scene {
    let mut scene = server(cast, |plan| {
        plan.params = Some(params);
        plan.key = Some(cast.rsa.key(&cast.world.provider));
        plan.scheme = 0x0401;
        let field = &cast.world.provider.dh_groups[0];
        plan.field = (field.prime().to_vec(), field.generator().to_vec());
    });
    let share = Step::Message(Type::server_key_exchange);
    scene.script.insert(2, share);
    scene
}

/// A server that chooses a suite of key transport unasked.
fn unasked(cast: &Cast, suite: CipherSuite) -> Scene {
    let mut scene = server(cast, |plan| plan.suite = suite.0);
    scene.client.suites = cast.against_client().client.suites;
    scene
}

/// property 4: FREAK. An ephemeral RSA key, or any other, never takes the place of the certificate's.
static EXPORT: &[Lie] = &[
    lie(
        "ephemeral RSA of 512 bits",
        Fault::UnexpectedMessage,
        |cast| ephemeral(cast, KeyExchangeKind::Rsa),
    ),
    lie(
        "a finite field in a suite of key transport",
        Fault::UnexpectedMessage,
        |cast| ephemeral(cast, KeyExchangeKind::Dhe),
    ),
    lie(
        "a curve in a suite of key transport",
        Fault::UnexpectedMessage,
        |cast| ephemeral(cast, KeyExchangeKind::Ecdhe),
    ),
    lie(
        "an ephemeral key behind a request for a certificate",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = ephemeral(cast, KeyExchangeKind::Rsa);
            let request = Step::Message(Type::certificate_request);
            scene.script.insert(2, request);
            scene
        },
    ),
    lie(
        "key transport that the client did not offer",
        Fault::SuiteNotOffered,
        |cast| unasked(cast, CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256),
    ),
    lie(
        "an export suite with RSA of 512 bits",
        Fault::SuiteNotOffered,
        |cast| unasked(cast, CipherSuite::TLS_RSA_EXPORT_WITH_RC4_40_MD5),
    ),
    lie(
        "key transport without encryption of records",
        Fault::SuiteNotOffered,
        |cast| unasked(cast, CipherSuite::TLS_RSA_WITH_NULL_SHA256),
    ),
    lie(
        "a curve's suite without ServerKeyExchange",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = cast.against_client();
            scene.script.remove(2);
            scene
        },
    ),
];

/// A server with this certificate in a suite of key transport.
fn certified(cast: &Cast, kind: KeyKind, usages: &[KeyUsagePurpose]) -> Scene {
    let issued = cast.world.authority.with_usages(NAME, kind, usages);
    server(cast, |plan| plan.chain = issued.chain)
}

/// property 12: what a certificate says of its key's use is the last word.
static KEYS: &[Lie] = &[
    lie(
        "a key that may only sign is to decrypt",
        Fault::IdentityRefused,
        |cast| certified(cast, KeyKind::RsaDecryption, &[DigitalSignature]),
    ),
    lie(
        "a key that may only sign certificates is to decrypt",
        Fault::IdentityRefused,
        |cast| {
            certified(
                cast,
                KeyKind::RsaDecryption,
                &[KeyUsagePurpose::KeyCertSign],
            )
        },
    ),
    lie(
        "a key that may only decrypt signs in a field",
        Fault::IdentityRefused,
        |cast| {
            let mut scene = cast.in_a_field(cast.against_client());
            let usages = [KeyEncipherment];
            let issued = cast
                .world
                .authority
                .with_usages(NAME, KeyKind::Rsa2048, &usages);
            scene.plan.chain = issued.chain;
            scene
        },
    ),
    lie(
        "an ECDSA key is to decrypt, and its certificate allows it",
        Fault::KeyDoesNotFitSuite,
        |cast| certified(cast, KeyKind::P256, &[KeyEncipherment]),
    ),
    lie(
        "an ECDSA key without KeyUsage is to decrypt",
        Fault::KeyDoesNotFitSuite,
        |cast| certified(cast, KeyKind::P384, &[]),
    ),
    lie(
        "an Ed25519 key is to decrypt",
        Fault::KeyDoesNotFitSuite,
        |cast| certified(cast, KeyKind::Ed25519, &[KeyEncipherment]),
    ),
    lie(
        "the RSA key that decrypts is longer than the limit",
        Fault::KeyTooLong,
        |cast| {
            let mut scene = server(cast, |_| {});
            scene.limits.rsa_bits = 2_047;
            scene
        },
    ),
    lie(
        "a stranger signed the certificate of the key that decrypts",
        Fault::IdentityRefused,
        |cast| {
            let stranger = Authority::new().server(NAME, KeyKind::RsaDecryption);
            server(cast, |plan| plan.chain = stranger.chain)
        },
    ),
    lie(
        "a server that cannot read the premaster secret",
        Fault::BadFinished,
        |cast| server(cast, |plan| plan.decryption = None),
    ),
    lie(
        "a client without randomness for its premaster secret",
        Fault::RandomFailed,
        |cast| {
            let mut scene = server(cast, |_| {});
            scene.client.provider = Arc::new(with_random_calls(&cast.world.provider, 1));
            scene
        },
    ),
    lie(
        "a client's provider without key transport",
        Fault::CryptoFailed,
        |cast| {
            let mut scene = server(cast, |_| {});
            let mut provider = premaster_crypto::Provider::clone(&cast.world.provider);
            provider.key_transport = None;
            scene.client.provider = Arc::new(provider);
            scene
        },
    ),
];

/// A client that encrypts this block.
fn encrypting(cast: &Cast, make: impl FnOnce(&PublicKey) -> Vec<u8>) -> Scene {
    let key = PublicKey::of(&cast.decryption.chain[0]).unwrap();
    client(cast, |plan| plan.block = Some(make(&key)))
}

/// Property 10 has a file of its own: here are the ways to be found out at all.
static TO_SERVER: &[Lie] = &[
    lie(
        "a premaster secret of the wrong version",
        Fault::BadFinished,
        |cast| {
            let secret = [vec![3, 2], vec![7; 46]].concat();
            client(cast, |plan| plan.premaster = Some(secret))
        },
    ),
    lie("a block without padding", Fault::BadFinished, |cast| {
        encrypting(cast, |key| vec![0; key.modulus.len()])
    }),
    lie("a block for signatures", Fault::BadFinished, |cast| {
        encrypting(cast, |key| {
            let mut block = key.block(&[3; 48]);
            block[1] = 1;
            block
        })
    }),
    lie(
        "the premaster secret of another client",
        Fault::BadFinished,
        |cast| encrypting(cast, |key| key.block(&[3; 48])),
    ),
    lie("no ciphertext", Fault::BadFinished, |cast| {
        client(cast, |plan| plan.ciphertext = Some(Vec::new()))
    }),
    lie("a short ciphertext", Fault::BadFinished, |cast| {
        client(cast, |plan| plan.ciphertext = Some(vec![1; 255]))
    }),
    lie("a long ciphertext", Fault::BadFinished, |cast| {
        client(cast, |plan| plan.ciphertext = Some(vec![1; 65_535]))
    }),
    lie(
        "the ciphertext was altered on its way",
        Fault::BadFinished,
        |cast| {
            altered(client(cast, |_| {}), Type::client_key_exchange, |bytes| {
                bytes[77] ^= 1
            })
        },
    ),
    lie(
        "a ciphertext without its length, as SSL 3.0 had it",
        Fault::Malformed,
        |cast| {
            lied(client(cast, |_| {}), Type::client_key_exchange, |bytes| {
                bytes.drain(4..6);
                bytes[2..4].copy_from_slice(&[1, 0]);
            })
        },
    ),
    lie(
        "a ciphertext with a byte too many behind it",
        Fault::Malformed,
        |cast| lied(client(cast, |_| {}), Type::client_key_exchange, longer),
    ),
    lie(
        "a point where a ciphertext is wanted",
        Fault::Malformed,
        |cast| client(cast, |plan| plan.params = Some(KeyExchangeKind::Ecdhe)),
    ),
    lie(
        "a number where a ciphertext is wanted",
        Fault::BadFinished,
        |cast| client(cast, |plan| plan.params = Some(KeyExchangeKind::Dhe)),
    ),
    lie(
        "a server that is to decrypt with a key that only signs",
        Fault::NoCommonSuite,
        |cast| {
            let mut scene = client(cast, |_| {});
            let credential = cast.rsa.credential(&cast.world.provider);
            scene.host.credential = Some(Arc::new(credential));
            scene
        },
    ),
    lie(
        "a server that is to decrypt with an ECDSA key",
        Fault::NoCommonSuite,
        |cast| {
            let mut scene = client(cast, |_| {});
            scene.host.credential = cast.against_server().host.credential;
            scene
        },
    ),
    lie(
        "a server without randomness for the premaster secret of failures",
        Fault::RandomFailed,
        |cast| {
            let mut scene = client(cast, |_| {});
            scene.server.provider = Arc::new(with_random_calls(&cast.world.provider, 2));
            scene
        },
    ),
];
