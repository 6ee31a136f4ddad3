//! Every script of TLS 1.3: who is the victim, and what the other side says in an honest handshake.

use std::sync::Arc;

use premaster_crypto::tls13::PskKind;
use premaster_handshake::{ClientAuth, CookieKey, ResumedBy};
use premaster_testkit::forger::vector16;
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::Forger;
use premaster_testkit::{Cast, Step};
use premaster_wire::{ExtensionType, HandshakeType as Type};

use Presence::{May, Must};

/// One line of the figure in the RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Must,
    /// A star in the figure.
    May,
}

/// A line, and the messages that may stand there.
pub(crate) type Line = (Presence, &'static [Type]);

pub(crate) type Made = fn(&Cast) -> Scene<Forger>;

/// A script, and the lines of the side that is played (RFC 8446 section 2, RFC 8446 section 4).
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) scene: Made,
    pub(crate) figure: &'static [Line],
}

impl Script {
    /// By what the session is resumed, if it is.
    pub(crate) fn resumes(&self, cast: &Cast) -> Option<ResumedBy> {
        let scene = (self.scene)(cast);
        let psk = match scene.plan.psks.first() {
            Some(offered) => Some(offered.psk.kind()),
            None => scene.plan.psk.map(|psk| psk.kind()),
        };
        Some(match psk? {
            PskKind::Resumption => ResumedBy::Ticket,
            _ => ResumedBy::Psk,
        })
    }
}

const fn must(kinds: &'static [Type]) -> Line {
    (Must, kinds)
}

/// Whether `step` is one that the line has.
pub(crate) fn has((_, kinds): &Line, step: Step) -> bool {
    matches!(step, Step::Message(kind) if kinds.contains(&kind))
}

const SERVER_HELLO: Line = must(&[Type::server_hello]);
const CLIENT_HELLO: Line = must(&[Type::client_hello]);
const ENCRYPTED: Line = must(&[Type::encrypted_extensions]);
const REQUEST: Line = (May, &[Type::certificate_request]);
const CERTIFICATE: Line = must(&[Type::certificate]);
const COMPRESSED: Line = must(&[Type::certificate, Type::compressed_certificate]);
const VERIFY: Line = must(&[Type::certificate_verify]);
const FINISHED: Line = must(&[Type::finished]);

const END_OF_EARLY_DATA: Line = must(&[Type::end_of_early_data]);

const FULL: &[Line] = &[
    SERVER_HELLO,
    ENCRYPTED,
    REQUEST,
    CERTIFICATE,
    VERIFY,
    FINISHED,
];

const COMPRESSED_FULL: &[Line] = &[
    SERVER_HELLO,
    ENCRYPTED,
    REQUEST,
    COMPRESSED,
    VERIFY,
    FINISHED,
];

const RETRIED: &[Line] = &[
    SERVER_HELLO,
    SERVER_HELLO,
    ENCRYPTED,
    REQUEST,
    CERTIFICATE,
    VERIFY,
    FINISHED,
];

const WITH_PSK: &[Line] = &[SERVER_HELLO, ENCRYPTED, FINISHED];

const SERVED: &[Line] = &[CLIENT_HELLO, FINISHED];

const AUTHENTICATED: &[Line] = &[CLIENT_HELLO, CERTIFICATE, VERIFY, FINISHED];

pub(crate) fn scripts() -> Vec<Script> {
    let rows = OF_CLIENTS.iter().chain(OF_SERVERS);
    rows.map(|(name, scene, figure)| Script {
        name,
        scene: *scene,
        figure,
    })
    .collect()
}

type Row = (&'static str, Made, &'static [Line]);

const OF_CLIENTS: &[Row] = &[
    ("a client", Cast::modern_against_client, FULL),
    (
        "a client that is asked for a certificate",
        Cast::modern_against_asked_client,
        FULL,
    ),
    (
        "a client that is asked and declines",
        |cast| {
            let mut scene = cast.modern_against_asked_client();
            scene.host.credential = None;
            scene
        },
        FULL,
    ),
    (
        "a client that can decompress",
        |cast| cast.modern_compressed(cast.modern_against_client()),
        COMPRESSED_FULL,
    ),
    (
        "a client that is asked again",
        |cast| cast.modern_retried(cast.modern_against_client()),
        RETRIED,
    ),
    (
        "a client that has to repeat a cookie",
        |cast| {
            let mut scene = cast.modern_retried(cast.modern_against_client());
            scene.plan.groups = vec![0x1d];
            let cookie = (ExtensionType::cookie, Some(vector16(b"remember")));
            scene.plan.retry = vec![scene.plan.retry[0].clone(), cookie];
            scene
        },
        RETRIED,
    ),
    (
        "a client that resumes",
        Cast::modern_against_resuming_client,
        WITH_PSK,
    ),
    (
        "a client with an external key",
        Cast::modern_against_client_with_psk,
        WITH_PSK,
    ),
    (
        "a client with a key alone",
        |cast| cast.modern_without_exchange(cast.modern_against_client_with_psk()),
        WITH_PSK,
    ),
    (
        "a client that resumes and is asked again",
        |cast| cast.modern_retried(cast.modern_against_resuming_client()),
        &[SERVER_HELLO, SERVER_HELLO, ENCRYPTED, FINISHED],
    ),
    (
        "a client that resumes and is not taken up on it",
        |cast| {
            let mut scene = cast.modern_against_resuming_client();
            let full = cast.modern_against_client();
            (scene.plan, scene.script) = (full.plan, full.script);
            scene
        },
        FULL,
    ),
    (
        "a client that sends early data",
        Cast::modern_against_early_client,
        WITH_PSK,
    ),
    (
        "a client whose early data is not taken",
        |cast| {
            let mut scene = cast.modern_against_early_client();
            scene.plan.encrypted.clear();
            scene
        },
        WITH_PSK,
    ),
];

const OF_SERVERS: &[Row] = &[
    ("a server", Cast::modern_against_server, SERVED),
    (
        "a server whose client declines",
        |cast| {
            let mut scene = cast.modern_against_server();
            scene.server.client_auth = ClientAuth::Optional {
                authorities: Vec::new(),
            };
            scene.script.insert(1, Step::Message(Type::certificate));
            scene
        },
        &[CLIENT_HELLO, CERTIFICATE, FINISHED],
    ),
    (
        "a server whose client authenticates",
        Cast::modern_against_strict_server,
        AUTHENTICATED,
    ),
    (
        "a server that can decompress",
        |cast| cast.modern_compressed(cast.modern_against_strict_server()),
        &[CLIENT_HELLO, COMPRESSED, VERIFY, FINISHED],
    ),
    (
        "a server that asks again",
        |cast| cast.modern_retried(cast.modern_against_server()),
        &[CLIENT_HELLO, CLIENT_HELLO, FINISHED],
    ),
    (
        "a server that has its client remember",
        |cast| {
            let mut scene = cast.modern_retried(cast.modern_against_server());
            let key = CookieKey::from_shared(&[7; 32]);
            scene.server.retry_cookie = Some(Arc::new(key));
            scene
        },
        &[CLIENT_HELLO, CLIENT_HELLO, FINISHED],
    ),
    (
        "a server that asks again for everything",
        |cast| cast.modern_retried(cast.modern_against_strict_server()),
        &[CLIENT_HELLO, CLIENT_HELLO, CERTIFICATE, VERIFY, FINISHED],
    ),
    (
        "a server that resumes",
        Cast::modern_against_resuming_server,
        SERVED,
    ),
    (
        "a server that knows an external key",
        Cast::modern_against_server_with_psk,
        SERVED,
    ),
    (
        "a server with a key alone",
        |cast| cast.modern_without_exchange(cast.modern_against_server_with_psk()),
        SERVED,
    ),
    (
        "a server that resumes after it has asked again",
        |cast| cast.modern_retried(cast.modern_against_resuming_server()),
        &[CLIENT_HELLO, CLIENT_HELLO, FINISHED],
    ),
    (
        "a server that takes early data",
        Cast::modern_against_early_server,
        &[CLIENT_HELLO, END_OF_EARLY_DATA, FINISHED],
    ),
    (
        "a server that does not take early data",
        |cast| {
            let mut scene = cast.modern_against_early_server();
            scene.server.early_data = 0;
            scene.script.remove(1);
            scene
        },
        SERVED,
    ),
    (
        "a server that asks later",
        Cast::modern_against_server_asking_later,
        &[CLIENT_HELLO, FINISHED, CERTIFICATE, VERIFY, FINISHED],
    ),
    (
        "a server that asks later and takes no for an answer",
        |cast| {
            let mut scene = cast.modern_against_server_asking_later();
            scene.asks_later = Some(ClientAuth::Optional {
                authorities: Vec::new(),
            });
            scene.plan.chain.clear();
            scene.script.remove(3);
            scene
        },
        &[CLIENT_HELLO, FINISHED, CERTIFICATE, FINISHED],
    ),
];
