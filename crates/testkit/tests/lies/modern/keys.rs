//! Lies about pre-shared keys, by servers and by clients (RFC 8446 section 4.2.11). This file is a table.

use std::sync::Arc;

use premaster_crypto::HashAlgorithm;
use premaster_crypto::tls13::Psk;
use premaster_handshake::Fault;
use premaster_testkit::Cast;
use premaster_testkit::forger::{vector8, vector16};
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, IDENTITY, Plan, external_psk};
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type};

use super::{but, server};
use crate::{Lie, altered, modern};

/// A server that takes the external key, and is honest but for what the plan says.
fn takes(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_against_client_with_psk(), plan)
}

/// A server that resumes, and is honest but for what the plan says.
fn resumes(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_against_resuming_client(), plan)
}

fn secret(byte: u8) -> Arc<Psk> {
    Arc::new(Psk::external(HashAlgorithm::Sha256, &[byte; 32]).expect("a key"))
}

pub(super) const CHOSEN: &[Lie] = &[
    modern(
        "a key is chosen though none was offered",
        Fault::ExtensionNotOffered,
        |cast| server(cast, |plan| plan.set(Ext::pre_shared_key, [0, 0])),
    ),
    modern(
        "a key is chosen behind the last",
        Fault::PskNotOffered,
        |cast| takes(cast, |plan| plan.set(Ext::pre_shared_key, [0, 1])),
    ),
    modern(
        "the last key that a number can say is chosen",
        Fault::PskNotOffered,
        |cast| resumes(cast, |plan| plan.set(Ext::pre_shared_key, [0xff, 0xff])),
    ),
    modern(
        "a key for SHA-256 is chosen with a suite of SHA-384",
        Fault::PskNotOffered,
        |cast| takes(cast, |plan| plan.suite = 0x1302),
    ),
    modern(
        "a session is resumed with a suite of another hash",
        Fault::PskNotOffered,
        |cast| resumes(cast, |plan| plan.suite = 0x1302),
    ),
    modern(
        "a key alone though that was not offered",
        Fault::PskAloneNotOffered,
        |cast| takes(cast, |plan| plan.without(Ext::key_share)),
    ),
    modern(
        "a session alone though that was not offered",
        Fault::PskAloneNotOffered,
        |cast| resumes(cast, |plan| plan.without(Ext::key_share)),
    ),
    modern(
        "a key with an exchange though that was not offered",
        Fault::PskAloneNotOffered,
        |cast| {
            let mut scene = takes(cast, |_| {});
            scene.client.psk_modes = vec![premaster_wire::PskKeyExchangeMode::psk_ke];
            scene
        },
    ),
    modern(
        "the server does not know the key that it chose",
        Fault::BadFinished,
        |cast| takes(cast, |plan| plan.psk = Some(secret(1))),
    ),
    modern(
        "the server does not know the session that it resumes",
        Fault::BadFinished,
        |cast| resumes(cast, |plan| plan.psk = Some(secret(1))),
    ),
    modern(
        "the server chooses a key and forgets it",
        Fault::BadFinished,
        |cast| takes(cast, |plan| plan.psk = None),
    ),
    modern(
        "the server shows a certificate all the same",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = takes(cast, |_| {});
            scene.script = cast.modern_against_client().script;
            scene
        },
    ),
    modern(
        "the server wants to see a certificate of whom it knows",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = resumes(cast, |_| {});
            let request = premaster_testkit::Step::Message(Type::certificate_request);
            scene.script.insert(2, request);
            scene
        },
    ),
    modern(
        "the number of a key with a byte too many",
        Fault::Malformed,
        |cast| takes(cast, |plan| plan.set(Ext::pre_shared_key, [0, 0, 0])),
    ),
];

/// A client that offers the external key, and is honest but for what the plan says.
fn offers(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_against_server_with_psk(), plan)
}

/// A client that offers a ticket, and is honest but for what the plan says.
fn resumed(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_against_resuming_server(), plan)
}

/// So many identities and binders, all of them the key that the server knows.
fn counted(cast: &Cast, identities: usize, binders: usize) -> Scene<Forger> {
    offers(cast, |plan| {
        let one = [vector16(&plan.psks[0].identity), vec![0; 4]].concat();
        let identities = vector16(&one.repeat(identities));
        let binders = vector16(&vector8(&[7; 32]).repeat(binders));
        plan.set(Ext::pre_shared_key, [identities, binders].concat())
    })
}

pub(super) const OFFERED: &[Lie] = &[
    modern(
        "pre_shared_key is not the last extension",
        Fault::PskNotLast,
        |cast| offers(cast, |plan| plan.hello.push((Ext(0x4a4a), None))),
    ),
    modern(
        "pre_shared_key of a ticket is not the last extension",
        Fault::PskNotLast,
        |cast| resumed(cast, |plan| plan.hello.rotate_right(1)),
    ),
    modern(
        "pre_shared_key without psk_key_exchange_modes",
        Fault::MissingExtension,
        |cast| offers(cast, |plan| plan.without(Ext::psk_key_exchange_modes)),
    ),
    modern("two identities and a binder", Fault::BadPskCount, |cast| {
        counted(cast, 2, 1)
    }),
    modern("an identity and two binders", Fault::BadPskCount, |cast| {
        counted(cast, 1, 2)
    }),
    modern("no identity", Fault::Malformed, |cast| counted(cast, 0, 1)),
    modern("no binder", Fault::Malformed, |cast| counted(cast, 1, 0)),
    modern("an identity of no length", Fault::Malformed, |cast| {
        offers(cast, |plan| plan.psks[0].identity.clear())
    }),
    modern("a binder of 31 bytes", Fault::Malformed, |cast| {
        offers(cast, |plan| plan.psks[0].binder = Some(vec![7; 31]))
    }),
    modern(
        "a binder of 48 bytes for SHA-256",
        Fault::BadBinder,
        |cast| offers(cast, |plan| plan.psks[0].binder = Some(vec![7; 48])),
    ),
    modern("the binder is wrong", Fault::BadBinder, |cast| {
        offers(cast, |plan| plan.psks[0].binder = Some(vec![7; 32]))
    }),
    modern(
        "the binder of a ticket is wrong",
        Fault::BadBinder,
        |cast| resumed(cast, |plan| plan.psks[0].binder = Some(vec![7; 32])),
    ),
    modern(
        "the last bit of the binder is wrong",
        Fault::BadBinder,
        |cast| {
            altered(offers(cast, |_| {}), Type::client_hello, |bytes| {
                let last = bytes.len() - 1;
                bytes[last] ^= 1
            })
        },
    ),
    modern(
        "the client does not know the key",
        Fault::BadBinder,
        |cast| offers(cast, |plan| plan.psks[0].psk = secret(1)),
    ),
    modern(
        "the client does not know the key of its ticket",
        Fault::BadBinder,
        |cast| {
            resumed(cast, |plan| {
                let other = Psk::resumption(HashAlgorithm::Sha256, &[1; 32]).expect("a key");
                plan.psks[0].psk = Arc::new(other)
            })
        },
    ),
    modern(
        "the binder of an external key is that of a ticket",
        Fault::BadBinder,
        |cast| {
            offers(cast, |plan| {
                let key = plan.psks[0].psk.secret().as_bytes().to_vec();
                let other = Psk::resumption(HashAlgorithm::Sha256, &key).expect("a key");
                plan.psks[0].psk = Arc::new(other)
            })
        },
    ),
    modern(
        "the binder of a ticket is that of an external key",
        Fault::BadBinder,
        |cast| {
            resumed(cast, |plan| {
                let key = plan.psks[0].psk.secret().as_bytes().to_vec();
                let other = Psk::external(HashAlgorithm::Sha256, &key).expect("a key");
                plan.psks[0].psk = Arc::new(other)
            })
        },
    ),
    modern(
        "the ClientHello was altered in front of its binder",
        Fault::BadBinder,
        |cast| {
            altered(offers(cast, |_| {}), Type::client_hello, |bytes| {
                bytes[10] ^= 1
            })
        },
    ),
    modern(
        "the binder of the second ClientHello is wrong",
        Fault::BadBinder,
        |cast| {
            but(
                cast.modern_retried(cast.modern_against_server_with_psk()),
                |plan| plan.second = Some(|plan| plan.psks[0].binder = Some(vec![7; 32])),
            )
        },
    ),
    // property 21: whoever has both roles might be talking to itself.
    modern("a key of ours as a client", Fault::PskOfOtherRole, |cast| {
        let key = external_psk();
        let mut before = cast.modern_against_client_with_psk();
        before.client.external_psks = vec![key.clone()];
        let _ = before.play();
        let mut scene = offers(cast, |_| {});
        scene.host.psks.insert(IDENTITY.to_vec(), Arc::new(key));
        scene
    }),
    modern("a key of ours as a server", Fault::PskOfOtherRole, |cast| {
        let key = external_psk();
        let mut before = offers(cast, |_| {});
        before
            .host
            .psks
            .insert(IDENTITY.to_vec(), Arc::new(key.clone()));
        let _ = before.play();
        let mut scene = takes(cast, |_| {});
        scene.client.external_psks = vec![key];
        scene
    }),
    modern(
        "pre_shared_key with a byte too many",
        Fault::Malformed,
        |cast| {
            offers(cast, |plan| {
                let identities = vector16(&[vector16(b"meter 7"), vec![0; 4]].concat());
                let binders = vector16(&vector8(&[7; 32]));
                plan.set(Ext::pre_shared_key, [identities, binders, vec![0]].concat())
            })
        },
    ),
    modern("no mode of exchange", Fault::Malformed, |cast| {
        offers(cast, |plan| plan.set(Ext::psk_key_exchange_modes, [0]))
    }),
];
