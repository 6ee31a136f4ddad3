//! Every script of TLS 1.3: who is the victim, and what the other side says in an honest handshake. This file is a table.

use std::sync::Arc;

use premaster_crypto::tls13::PskKind;
use premaster_handshake::{ClientAuth, Clock as _, CookieContent, CookieKey, ResumedBy};
use premaster_testkit::forger::{message, vector8, vector16};
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, INVERTED};
use premaster_testkit::{Cast, Step};
use premaster_wire::{CipherSuite, ExtensionType, HandshakeType as Type, NamedGroup, Random};

use crate::figure::{Answer, Course, FULL};

pub(crate) type Made = fn(&Cast) -> Scene<Forger>;

/// A script, and how it goes.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) scene: Made,
    pub(crate) course: Course,
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

const SIGNED: Course = Course {
    client: Answer::Signed,
    ..FULL
};
const DECLINED: Course = Course {
    client: Answer::Empty,
    ..FULL
};
const RETRIED: Course = Course {
    retried: true,
    ..FULL
};
const COMPRESSED: Course = Course {
    compressed: true,
    ..FULL
};
const WITH_PSK: Course = Course { psk: true, ..FULL };
const RETRIED_PSK: Course = Course {
    retried: true,
    ..WITH_PSK
};
const EARLY: Course = Course {
    early: true,
    ..WITH_PSK
};

pub(crate) fn scripts() -> Vec<Script> {
    let rows = OF_CLIENTS.iter().chain(OF_SERVERS);
    rows.map(|(name, course, scene)| Script {
        name,
        scene: *scene,
        course: *course,
    })
    .collect()
}

type Row = (&'static str, Course, Made);

const OF_CLIENTS: &[Row] = &[
    ("a client", FULL, Cast::modern_against_client),
    (
        "a client that is asked for a certificate",
        SIGNED,
        Cast::modern_against_asked_client,
    ),
    (
        "a client that is asked and declines",
        DECLINED,
        asked_in_vain,
    ),
    ("a client that can decompress", COMPRESSED, |cast| {
        cast.modern_compressed(cast.modern_against_client())
    }),
    (
        "a client that can decompress and compress",
        Course {
            compressed: true,
            ..SIGNED
        },
        |cast| {
            let mut scene = cast.modern_compressed(cast.modern_against_asked_client());
            let algorithms = vector8(&INVERTED.0.to_be_bytes());
            let offered = (ExtensionType::compress_certificate, Some(algorithms));
            scene.plan.request.push(offered);
            scene
        },
    ),
    ("a client that is asked again", RETRIED, |cast| {
        cast.modern_retried(cast.modern_against_client())
    }),
    ("a client that has to repeat a cookie", RETRIED, |cast| {
        let mut scene = cast.modern_retried(cast.modern_against_client());
        scene.plan.groups = vec![0x1d];
        let cookie = (ExtensionType::cookie, Some(vector16(b"remember")));
        scene.plan.retry = vec![scene.plan.retry[0].clone(), cookie];
        scene
    }),
    (
        "a client that is asked again, and for a certificate",
        Course {
            retried: true,
            ..SIGNED
        },
        |cast| cast.modern_retried(cast.modern_against_asked_client()),
    ),
    (
        "a client that resumes",
        WITH_PSK,
        Cast::modern_against_resuming_client,
    ),
    (
        "a client with an external key",
        WITH_PSK,
        Cast::modern_against_client_with_psk,
    ),
    ("a client with a key alone", WITH_PSK, |cast| {
        cast.modern_without_exchange(cast.modern_against_client_with_psk())
    }),
    ("a client that resumes with a key alone", WITH_PSK, |cast| {
        cast.modern_without_exchange(cast.modern_against_resuming_client())
    }),
    (
        "a client that resumes and is asked again",
        RETRIED_PSK,
        |cast| cast.modern_retried(cast.modern_against_resuming_client()),
    ),
    (
        "a client with an external key that is asked again",
        RETRIED_PSK,
        |cast| cast.modern_retried(cast.modern_against_client_with_psk()),
    ),
    (
        "a client that resumes and is not taken up on it",
        FULL,
        |cast| declining(cast, cast.modern_against_resuming_client()),
    ),
    ("a client whose external key is not known", FULL, |cast| {
        declining(cast, cast.modern_against_client_with_psk())
    }),
    (
        "a client that sends early data",
        EARLY,
        Cast::modern_against_early_client,
    ),
    ("a client whose early data is not taken", WITH_PSK, refused),
    (
        "a client whose early data is not taken, nor its key",
        FULL,
        |cast| declining(cast, refused(cast)),
    ),
    (
        "a client whose early data is not taken, for it is asked again",
        RETRIED_PSK,
        |cast| cast.modern_retried(refused(cast)),
    ),
];

const OF_SERVERS: &[Row] = &[
    ("a server", FULL, Cast::modern_against_server),
    ("a server whose client declines", DECLINED, |cast| {
        declined(cast.modern_against_server())
    }),
    (
        "a server whose client authenticates",
        SIGNED,
        Cast::modern_against_strict_server,
    ),
    (
        "a server whose client authenticates where it need not",
        SIGNED,
        |cast| {
            let mut scene = cast.modern_against_strict_server();
            scene.server.client_auth = optional();
            scene
        },
    ),
    (
        "a server that can decompress",
        Course {
            compressed: true,
            ..SIGNED
        },
        |cast| cast.modern_compressed(cast.modern_against_strict_server()),
    ),
    ("a server that sends tickets", FULL, |cast| {
        let mut scene = cast.modern_against_server();
        scene.server.ticket_count = 2;
        scene
    }),
    ("a server that asks again", RETRIED, |cast| {
        cast.modern_retried(cast.modern_against_server())
    }),
    ("a server that has its client remember", RETRIED, |cast| {
        with_cookies(cast.modern_retried(cast.modern_against_server()))
    }),
    (
        "a server whose client remembers what another one asked for",
        Course {
            remembered: true,
            ..FULL
        },
        remembered,
    ),
    (
        "a server that asks again for everything",
        Course {
            retried: true,
            ..SIGNED
        },
        |cast| cast.modern_retried(cast.modern_against_strict_server()),
    ),
    (
        "a server that asks again, and whose client declines",
        Course {
            retried: true,
            ..DECLINED
        },
        |cast| cast.modern_retried(declined(cast.modern_against_server())),
    ),
    (
        "a server that resumes",
        WITH_PSK,
        Cast::modern_against_resuming_server,
    ),
    (
        "a server that knows an external key",
        WITH_PSK,
        Cast::modern_against_server_with_psk,
    ),
    ("a server with a key alone", WITH_PSK, |cast| {
        cast.modern_without_exchange(cast.modern_against_server_with_psk())
    }),
    ("a server that resumes with a key alone", WITH_PSK, |cast| {
        cast.modern_without_exchange(cast.modern_against_resuming_server())
    }),
    (
        "a server that resumes after it has asked again",
        RETRIED_PSK,
        |cast| cast.modern_retried(cast.modern_against_resuming_server()),
    ),
    (
        "a server that has the holder of an external key remember",
        RETRIED_PSK,
        |cast| with_cookies(cast.modern_retried(cast.modern_against_server_with_psk())),
    ),
    (
        "a server that takes early data",
        EARLY,
        Cast::modern_against_early_server,
    ),
    (
        "a server that does not take early data",
        WITH_PSK,
        no_early_data,
    ),
    (
        "a server that does not take early data, for it asks again",
        RETRIED_PSK,
        |cast| cast.modern_retried(no_early_data(cast)),
    ),
    (
        "a server that asks later",
        Course {
            later: Answer::Signed,
            ..FULL
        },
        Cast::modern_against_server_asking_later,
    ),
    (
        "a server that asks later and can decompress",
        Course {
            later: Answer::Signed,
            ..COMPRESSED
        },
        |cast| cast.modern_compressed(cast.modern_against_server_asking_later()),
    ),
    (
        "a server that asks later and takes no for an answer",
        Course {
            later: Answer::Empty,
            ..FULL
        },
        |cast| {
            let mut scene = cast.modern_against_server_asking_later();
            scene.asks_later = Some(optional());
            scene.plan.chain.clear();
            scene.script.remove(3);
            scene
        },
    ),
];

fn optional() -> ClientAuth {
    ClientAuth::Optional {
        authorities: Vec::new(),
    }
}

fn asked_in_vain(cast: &Cast) -> Scene<Forger> {
    let mut scene = cast.modern_against_asked_client();
    scene.host.credential = None;
    scene
}

/// The server goes its own way, with a certificate.
fn declining(cast: &Cast, mut scene: Scene<Forger>) -> Scene<Forger> {
    let full = cast.modern_against_client();
    (scene.plan, scene.script) = (full.plan, full.script);
    scene
}

/// The server says nothing of early data.
fn refused(cast: &Cast) -> Scene<Forger> {
    let mut scene = cast.modern_against_early_client();
    scene.plan.encrypted.clear();
    scene
}

fn declined(mut scene: Scene<Forger>) -> Scene<Forger> {
    scene.server.client_auth = optional();
    scene.script.insert(1, Step::Message(Type::certificate));
    scene
}

fn with_cookies(mut scene: Scene<Forger>) -> Scene<Forger> {
    let key = CookieKey::from_shared(&[7; 32]);
    scene.server.retry_cookie = Some(Arc::new(key));
    scene
}

fn no_early_data(cast: &Cast) -> Scene<Forger> {
    let mut scene = cast.modern_against_early_server();
    scene.server.early_data = 0;
    scene.script.remove(1);
    scene
}

/// What the other server has said is in the client's transcript (RFC 8446 section 4.4.1), and in its cookie.
fn remembered(cast: &Cast) -> Scene<Forger> {
    let mut scene = with_cookies(cast.modern_against_server());
    let (suite, group) = (scene.plan.suite, NamedGroup::secp256r1);
    scene.server.groups = vec![group];
    scene.plan.groups = vec![group.0];
    let content = CookieContent {
        suite: CipherSuite(suite),
        group,
        client_hello: vec![0x99; 32],
        psk: None,
    };
    let cookies = scene.server.retry_cookie.as_ref().unwrap();
    let cookie = vector16(&cookies.seal(&content, cast.world.clock.now()));
    scene.plan.set(ExtensionType::cookie, cookie.clone());
    let extensions = [
        (ExtensionType::key_share, group.0.to_be_bytes().to_vec()),
        (ExtensionType::cookie, cookie),
        (ExtensionType::supported_versions, vec![3, 4]),
    ];
    let extensions = extensions.map(|(kind, body)| {
        let kind = kind.0.to_be_bytes();
        [&kind[..], &vector16(&body)].concat()
    });
    let retry = [
        &[3, 3][..],
        &Random::HELLO_RETRY_REQUEST.0,
        &vector8(scene.plan.session_id.as_ref().unwrap()),
        &suite.to_be_bytes(),
        &[0],
        &vector16(&extensions.concat()),
    ];
    let first = message(Type::message_hash, &content.client_hello);
    let retry = message(Type::server_hello, &retry.concat());
    scene.plan.before = [first, retry].concat();
    scene
}
