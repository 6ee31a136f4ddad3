//! Lies about the client's authentication after the handshake (RFC 8446 section 4.6.2). This file is a table.

use premaster_crypto::tls13::certificate_verify_content;
use premaster_handshake::{ClientAuth, Fault};
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, Plan, set};
use premaster_testkit::{Cast, Step};
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type};

use super::but;
use crate::{Lie, altered, lied, longer, modern};

/// A client that was asked later, and is honest but for what the plan says.
fn client(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_against_server_asking_later(), plan)
}

/// The same, and the server would take no for an answer.
fn optional(cast: &Cast) -> Scene<Forger> {
    let mut scene = cast.modern_against_server_asking_later();
    scene.asks_later = Some(ClientAuth::Optional {
        authorities: Vec::new(),
    });
    scene
}

/// A server that asks later, and is honest but for what the plan says.
fn server(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_against_client_asked_later(), plan)
}

/// A script without this step behind the handshake.
fn without(mut scene: Scene<Forger>, kind: Type) -> Scene<Forger> {
    let step = Step::Message(kind);
    let at = scene.script.iter().position(|one| *one == step);
    scene.script.remove(at.unwrap());
    scene
}

/// property 5: each round stands for itself.
pub(super) const LIES: &[Lie] = &[
    modern(
        "nobody offered to authenticate later",
        Fault::AuthenticationNotOffered,
        |cast| client(cast, |plan| plan.without(Ext::post_handshake_auth)),
    ),
    modern(
        "a request later though that was not offered",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = server(cast, |_| {});
            scene.client.post_handshake_auth = false;
            scene
        },
    ),
    modern(
        "a later request without signature_algorithms",
        Fault::MissingExtension,
        |cast| server(cast, |plan| plan.request = vec![(Ext(0x4a4a), None)]),
    ),
    modern(
        "a later request with a byte too many",
        Fault::Malformed,
        |cast| lied(server(cast, |_| {}), Type::certificate_request, longer),
    ),
    modern(
        "a later request with an extension of the hellos",
        Fault::ExtensionMisplaced,
        |cast| {
            server(cast, |plan| {
                set(&mut plan.request, Ext::supported_versions, Some(vec![3, 4]))
            })
        },
    ),
    modern(
        "a required certificate is not there later",
        Fault::NoClientCertificate,
        |cast| {
            without(
                client(cast, |plan| plan.chain.clear()),
                Type::certificate_verify,
            )
        },
    ),
    modern(
        "the later certificate answers another request",
        Fault::WrongCertificateContext,
        |cast| client(cast, |plan| plan.context = Some(vec![7; 32])),
    ),
    modern(
        "the later certificate answers no request",
        Fault::WrongCertificateContext,
        |cast| client(cast, |plan| plan.context = Some(Vec::new())),
    ),
    modern(
        "a later Finished without Certificate",
        Fault::UnexpectedMessage,
        |cast| {
            without(
                without(client(cast, |_| {}), Type::certificate),
                Type::certificate_verify,
            )
        },
    ),
    modern(
        "a later Finished without Certificate, where it is optional",
        Fault::UnexpectedMessage,
        |cast| {
            without(
                without(optional(cast), Type::certificate),
                Type::certificate_verify,
            )
        },
    ),
    modern(
        "a later Certificate without CertificateVerify",
        Fault::UnexpectedMessage,
        |cast| without(client(cast, |_| {}), Type::certificate_verify),
    ),
    modern(
        "a later Certificate without CertificateVerify, where it is optional",
        Fault::UnexpectedMessage,
        |cast| without(optional(cast), Type::certificate_verify),
    ),
    modern(
        "a later CertificateVerify without Certificate",
        Fault::UnexpectedMessage,
        |cast| without(client(cast, |_| {}), Type::certificate),
    ),
    modern(
        "a later CertificateVerify behind an empty Certificate",
        Fault::UnexpectedMessage,
        |cast| but(optional(cast), |plan| plan.chain.clear()),
    ),
    modern(
        "the client signs another handshake later",
        Fault::BadSignature,
        |cast| {
            client(cast, |plan| {
                plan.signs =
                    Some(|side, _, hash| certificate_verify_content(side, &hash.hash(&[b"x"])))
            })
        },
    ),
    modern(
        "the later signature is of another key",
        Fault::BadSignature,
        |cast| client(cast, |plan| plan.key = Some(cast.server.key(&cast.modern))),
    ),
    modern(
        "the later signature was altered on its way",
        Fault::BadSignature,
        |cast| {
            altered(client(cast, |_| {}), Type::certificate_verify, |bytes| {
                let last = bytes.len() - 1;
                bytes[last] ^= 1
            })
        },
    ),
    modern(
        "the later Finished was altered on its way",
        Fault::BadFinished,
        |cast| {
            let mut heard = 0;
            altered(client(cast, |_| {}), Type::finished, move |bytes| {
                heard += 1;
                if heard == 2 {
                    bytes[4] ^= 1;
                }
            })
        },
    ),
    modern(
        "the later Finished is that of the handshake",
        Fault::BadFinished,
        |cast| {
            let mut first = None;
            altered(client(cast, |_| {}), Type::finished, move |bytes| {
                let first = first.get_or_insert_with(|| bytes.clone());
                bytes.clone_from(first);
            })
        },
    ),
];
