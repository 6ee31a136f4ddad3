//! Lies about early data (RFC 8446 section 4.2.10). This file is a table.

use premaster_handshake::Fault;
use premaster_testkit::forger::{vector8, vector16};
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, external_psk, set};
use premaster_testkit::{Cast, Step};
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type};

use super::{both_versions, but, server};
use crate::{Lie, altered, lie, longer, modern};

/// A server of TLS 1.2, and a client that has sent early data.
fn older(cast: &Cast) -> Scene {
    let mut scene = cast.against_client();
    scene.client = both_versions(cast);
    scene.client.early_data = true;
    scene.host.session = cast.modern_against_early_client().host.session;
    scene
}

/// A server that accepts early data, and is honest otherwise.
fn accepts(scene: Scene<Forger>) -> Scene<Forger> {
    but(scene, |plan| {
        set(&mut plan.encrypted, Ext::early_data, None)
    })
}

pub(super) const LIES: &[Lie] = &[
    modern(
        "early data is accepted though none was offered",
        Fault::ExtensionNotOffered,
        |cast| accepts(server(cast, |_| {})),
    ),
    modern(
        "early data is accepted of a client that resumes without",
        Fault::ExtensionNotOffered,
        |cast| accepts(cast.modern_against_resuming_client()),
    ),
    modern(
        "early data is accepted and its key is not",
        Fault::EarlyDataMisplaced,
        |cast| {
            let mut scene = cast.modern_against_early_client();
            let full = cast.modern_against_client();
            (scene.plan, scene.script) = (full.plan, full.script);
            accepts(scene)
        },
    ),
    modern(
        "early data is accepted under another key than the first",
        Fault::EarlyDataMisplaced,
        |cast| {
            let mut scene = cast.modern_against_early_client();
            scene.client.external_psks = vec![external_psk()];
            scene.plan.set(Ext::pre_shared_key, [0, 1]);
            scene.plan.psk = cast.modern_against_client_with_psk().plan.psk;
            scene
        },
    ),
    modern(
        "early data is accepted behind a HelloRetryRequest",
        Fault::ExtensionNotOffered,
        |cast| cast.modern_retried(cast.modern_against_early_client()),
    ),
    modern(
        "early data is accepted under another suite",
        Fault::EarlyDataChanged,
        |cast| {
            but(cast.modern_against_early_client(), |plan| {
                plan.suite = 0x1303
            })
        },
    ),
    modern(
        "early data is accepted in another protocol",
        Fault::EarlyDataChanged,
        |cast| {
            let mut scene = cast.modern_against_early_client();
            scene.client.alpn = vec![b"h2".to_vec()];
            let list = vector16(&vector8(b"h2"));
            set(
                &mut scene.plan.encrypted,
                Ext::application_layer_protocol_negotiation,
                Some(list),
            );
            scene
        },
    ),
    modern(
        "early data with content is accepted",
        Fault::Malformed,
        |cast| {
            but(cast.modern_against_early_client(), |plan| {
                set(&mut plan.encrypted, Ext::early_data, Some(vec![0; 4]))
            })
        },
    ),
    lie(
        "TLS 1.2 is chosen after early data",
        Fault::EarlyDataDowngraded,
        older,
    ),
    modern(
        "early data ends though there was none",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = cast.modern_against_server();
            scene
                .script
                .insert(1, Step::Message(Type::end_of_early_data));
            scene
        },
    ),
    modern(
        "the end of early data is left out",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = cast.modern_against_early_server();
            scene.script.remove(1);
            scene
        },
    ),
    modern(
        "the end of early data has content",
        Fault::Malformed,
        |cast| {
            altered(
                cast.modern_against_early_server(),
                Type::end_of_early_data,
                longer,
            )
        },
    ),
];
