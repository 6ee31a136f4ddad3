//! Lies about how records are protected and how long they are: encrypt_then_mac, max_fragment_length.
//! This file is a table.

use premaster_handshake::Fault;
use premaster_testkit::Cast;
use premaster_testkit::scene::Scene;
use premaster_wire::{CipherSuite, ExtensionType as Ext, MaxFragmentLength};

use crate::{Lie, lie};

/// All of them, by what they are about.
pub(crate) static LIES: &[&[Lie]] = &[ORDER, LENGTH];

/// The server answers encrypt_then_mac, which the client offers if it has CBC suites.
fn answered(cast: &Cast, body: &[u8], cbc: bool) -> Scene {
    let mut scene = cast.against_client();
    scene.plan.set(Ext::encrypt_then_mac, body);
    if cbc {
        let suite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA;
        let suite = premaster_crypto::suite(suite.0);
        scene.client.suites.extend(suite);
    }
    scene
}

static ORDER: &[Lie] = &[
    lie(
        "encrypt_then_mac with an AEAD",
        Fault::EncryptThenMacWithoutCbc,
        |cast| answered(cast, &[], true),
    ),
    lie(
        "encrypt_then_mac that nobody offered, for there is no CBC",
        Fault::ExtensionNotOffered,
        |cast| answered(cast, &[], false),
    ),
    lie(
        "encrypt_then_mac that a client with CBC did not offer",
        Fault::ExtensionNotOffered,
        |cast| {
            let mut scene = answered(cast, &[], true);
            scene.client.encrypt_then_mac = false;
            scene.plan.suite = 0xc009;
            scene
        },
    ),
    lie(
        "encrypt_then_mac with something in it",
        Fault::Malformed,
        |cast| {
            let mut scene = answered(cast, &[0], true);
            scene.plan.suite = 0xc009;
            scene
        },
    ),
    lie(
        "a client's encrypt_then_mac with something in it",
        Fault::Malformed,
        |cast| {
            let mut scene = cast.against_server();
            scene.plan.set(Ext::encrypt_then_mac, [1]);
            scene
        },
    ),
];

/// The client asks for 512 bytes, and the server answers this.
fn limited(cast: &Cast, body: &[u8]) -> Scene {
    let mut scene = cast.against_client();
    scene.client.max_fragment_length = Some(MaxFragmentLength::two_to_the_9);
    scene.plan.set(Ext::max_fragment_length, body);
    scene
}

/// The client asks for this.
fn asked(cast: &Cast, body: &[u8]) -> Scene {
    let mut scene = cast.against_server();
    scene.plan.set(Ext::max_fragment_length, body);
    scene
}

static LENGTH: &[Lie] = &[
    lie(
        "a longer fragment than was asked for",
        Fault::FragmentLengthNotOffered,
        |cast| limited(cast, &[2]),
    ),
    lie(
        "the longest fragment, though the shortest was asked for",
        Fault::FragmentLengthNotOffered,
        |cast| limited(cast, &[4]),
    ),
    lie(
        "a shorter fragment than was asked for",
        Fault::FragmentLengthNotOffered,
        |cast| {
            let mut scene = limited(cast, &[3]);
            scene.client.max_fragment_length = Some(MaxFragmentLength::two_to_the_12);
            scene
        },
    ),
    lie(
        "a fragment length of 0 is answered",
        Fault::FragmentLengthNotOffered,
        |cast| limited(cast, &[0]),
    ),
    lie(
        "a fragment length that has no name is answered",
        Fault::FragmentLengthNotOffered,
        |cast| limited(cast, &[5]),
    ),
    lie(
        "a fragment length that nobody asked for",
        Fault::ExtensionNotOffered,
        |cast| {
            let mut scene = limited(cast, &[1]);
            scene.client.max_fragment_length = None;
            scene
        },
    ),
    lie("a fragment length of two bytes", Fault::Malformed, |cast| {
        limited(cast, &[1, 1])
    }),
    lie("an empty fragment length", Fault::Malformed, |cast| {
        limited(cast, &[])
    }),
    lie(
        "two limits for one record",
        Fault::TwoRecordLimits,
        |cast| {
            let mut scene = limited(cast, &[1]);
            scene.client.record_size_limit = Some(1_024);
            scene.plan.set(Ext::record_size_limit, [4, 0]);
            scene
        },
    ),
    lie(
        "a client asks for fragments of 0",
        Fault::UnknownFragmentLength,
        |cast| asked(cast, &[0]),
    ),
    lie(
        "a client asks for 8192 bytes, which has no number",
        Fault::UnknownFragmentLength,
        |cast| asked(cast, &[5]),
    ),
    lie(
        "a client asks for fragments of 255",
        Fault::UnknownFragmentLength,
        |cast| asked(cast, &[255]),
    ),
    lie(
        "a client asks for no fragment length in particular",
        Fault::Malformed,
        |cast| asked(cast, &[]),
    ),
    lie(
        "a client asks for two fragment lengths",
        Fault::Malformed,
        |cast| asked(cast, &[1, 2]),
    ),
    lie(
        "a client resumes with an unknown fragment length",
        Fault::UnknownFragmentLength,
        |cast| {
            let mut scene = cast.against_resuming_server();
            scene.plan.set(Ext::max_fragment_length, [9]);
            scene
        },
    ),
];
