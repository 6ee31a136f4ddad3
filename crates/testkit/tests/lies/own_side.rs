//! What can go wrong on our own side: the handshake ends just as clearly. This file is a table.

use std::sync::Arc;

use premaster_crypto::CryptoError;
use premaster_handshake::Fault;
use premaster_testkit::forger::vector16;
use premaster_testkit::provider::{with_groups, with_random_calls};
use premaster_testkit::scene::Scene;
use premaster_wire::{ExtensionType as Ext, NamedGroup};

use crate::{Lie, lie};

pub(crate) static LIES: &[Lie] = &[
    lie(
        "a client's random number generator fails",
        Fault::RandomFailed,
        |cast| {
            let mut scene = cast.against_client();
            scene.client.provider = Arc::new(with_random_calls(&cast.world.provider, 0));
            scene
        },
    ),
    lie(
        "a server's random number generator fails",
        Fault::RandomFailed,
        |cast| {
            let mut scene = cast.against_server();
            scene.server.provider = Arc::new(with_random_calls(&cast.world.provider, 0));
            scene
        },
    ),
    lie(
        "a resuming server's random number generator fails",
        Fault::RandomFailed,
        |cast| {
            let mut scene = cast.against_resuming_server();
            scene.server.provider = Arc::new(with_random_calls(&cast.world.provider, 0));
            scene
        },
    ),
    lie(
        "a client's group makes no key",
        Fault::RandomFailed,
        |cast| {
            let mut scene = cast.against_client();
            let failing = with_groups(&cast.world.provider, |_| Err(CryptoError));
            scene.client.provider = Arc::new(failing);
            scene
        },
    ),
    lie(
        "a server's group makes no key",
        Fault::RandomFailed,
        |cast| {
            let mut scene = cast.against_server();
            let failing = with_groups(&cast.world.provider, |_| Err(CryptoError));
            scene.server.provider = Arc::new(failing);
            scene
        },
    ),
    lie(
        "a server's key does not sign",
        Fault::SigningFailed,
        |cast| refuses(cast.against_server(), "Sign"),
    ),
    lie(
        "a policy names a group that the provider lacks",
        Fault::CryptoFailed,
        |cast| {
            let mut scene = cast.against_server();
            scene.server.groups = vec![NamedGroup::x448];
            // The curve of the key has to be among them.
            let groups = vector16(&[0, 0x1e, 0, 0x17]);
            scene.plan.set(Ext::supported_groups, groups);
            scene
        },
    ),
    lie(
        "a protocol's name has 256 bytes",
        Fault::EncodingFailed,
        |cast| {
            let mut scene = cast.against_client();
            scene.client.alpn = vec![vec![b'a'; 256]];
            scene
        },
    ),
    lie(
        "the store of a client's sessions fails",
        Fault::QuestionFailed,
        |cast| refuses(cast.against_client(), "FindClientSession"),
    ),
    lie(
        "the store of a server's sessions fails",
        Fault::QuestionFailed,
        |cast| refuses(cast.against_resuming_server(), "FindSession"),
    ),
    lie("a server's credentials fail", Fault::NoCredential, |cast| {
        refuses(cast.against_server(), "ChooseCredential")
    }),
    lie(
        "a client's verifier fails",
        Fault::IdentityRefused,
        |cast| refuses(cast.against_client(), "VerifyIdentity"),
    ),
];

fn refuses(mut scene: Scene, question: &'static str) -> Scene {
    scene.host.refuses = Some(question);
    scene
}
