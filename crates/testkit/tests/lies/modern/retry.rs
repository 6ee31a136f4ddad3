//! Lies around HelloRetryRequest, by servers and by clients (RFC 8446 section 4.1.4). This file is a table.

use premaster_handshake::{CookieKey, Fault};
use premaster_testkit::forger::{vector8, vector16};
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, Plan, set};
use premaster_testkit::{Cast, Step};
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type, Random};

use super::{but, server};
use crate::{Lie, lied, longer, modern, shorter};

/// A server that asks again and is honest but for what the plan says.
fn asks(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_retried(cast.modern_against_client()), plan)
}

/// The same, with this extension in HelloRetryRequest.
fn with(cast: &Cast, kind: Ext, body: &[u8]) -> Scene<Forger> {
    asks(cast, |plan| set(&mut plan.retry, kind, Some(body.to_vec())))
}

/// The same, with an alteration of HelloRetryRequest alone.
fn twisted(cast: &Cast, twist: fn(&mut Vec<u8>)) -> Scene<Forger> {
    lied(asks(cast, |_| {}), Type::server_hello, move |bytes| {
        if bytes[6..38] == Random::HELLO_RETRY_REQUEST.0 {
            twist(bytes);
        }
    })
}

pub(super) const TO_CLIENT: &[Lie] = &[
    modern(
        "HelloRetryRequest asks for nothing",
        Fault::RetryWithoutChange,
        |cast| {
            asks(cast, |plan| {
                plan.retry.retain(|(kind, _)| *kind != Ext::key_share)
            })
        },
    ),
    modern(
        "HelloRetryRequest asks for the share that was sent",
        Fault::RetryGroupNotOffered,
        |cast| asks(cast, |plan| plan.groups = vec![0x1d]),
    ),
    modern(
        "HelloRetryRequest asks for the share that was sent, with a cookie",
        Fault::RetryGroupNotOffered,
        |cast| {
            but(with(cast, Ext::cookie, &vector16(b"cookie")), |plan| {
                plan.groups = vec![0x1d]
            })
        },
    ),
    modern(
        "HelloRetryRequest asks for a group that was not offered",
        Fault::RetryGroupNotOffered,
        |cast| asks(cast, |plan| plan.groups = vec![0x1e]),
    ),
    modern(
        "HelloRetryRequest without a version",
        Fault::MissingExtension,
        |cast| {
            asks(cast, |plan| {
                plan.retry
                    .retain(|(kind, _)| *kind != Ext::supported_versions)
            })
        },
    ),
    modern(
        "HelloRetryRequest in TLS 1.2",
        Fault::SelectedVersionNotOffered,
        |cast| with(cast, Ext::supported_versions, &[3, 3]),
    ),
    modern(
        "HelloRetryRequest in a draft",
        Fault::SelectedVersionNotOffered,
        |cast| with(cast, Ext::supported_versions, &[0x7f, 28]),
    ),
    modern(
        "HelloRetryRequest with another legacy_version",
        Fault::WrongLegacyVersion,
        |cast| twisted(cast, |bytes| bytes[5] = 1),
    ),
    modern(
        "HelloRetryRequest with another session ID",
        Fault::SessionIdNotEchoed,
        |cast| twisted(cast, |bytes| bytes[39] ^= 1),
    ),
    modern(
        "HelloRetryRequest with DEFLATE",
        Fault::CompressionChosen,
        |cast| twisted(cast, |bytes| bytes[73] = 1),
    ),
    modern(
        "HelloRetryRequest with a suite of TLS 1.2",
        Fault::SuiteNotOffered,
        |cast| asks(cast, |plan| plan.retry_suite = Some(0xc02b)),
    ),
    modern(
        "HelloRetryRequest with an unknown extension",
        Fault::ExtensionNotOffered,
        |cast| with(cast, Ext(0x4a4a), &[]),
    ),
    modern(
        "HelloRetryRequest with an extension of ServerHello",
        Fault::ExtensionNotOffered,
        |cast| with(cast, Ext::pre_shared_key, &[0, 0]),
    ),
    modern(
        "HelloRetryRequest with an extension of the client's",
        Fault::ExtensionMisplaced,
        |cast| with(cast, Ext::supported_groups, &vector16(&[0, 0x17])),
    ),
    modern(
        "HelloRetryRequest with an empty cookie",
        Fault::Malformed,
        |cast| with(cast, Ext::cookie, &[0, 0]),
    ),
    modern(
        "HelloRetryRequest with an empty cookie extension",
        Fault::Malformed,
        |cast| with(cast, Ext::cookie, &[]),
    ),
    modern(
        "HelloRetryRequest with a whole share",
        Fault::Malformed,
        |cast| with(cast, Ext::key_share, &[0, 0x17, 0, 1, 4]),
    ),
    modern(
        "HelloRetryRequest with a byte too many",
        Fault::Malformed,
        |cast| twisted(cast, longer),
    ),
    modern(
        "HelloRetryRequest with a byte too few",
        Fault::Malformed,
        |cast| twisted(cast, shorter),
    ),
    modern(
        "a second HelloRetryRequest",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = asks(cast, |plan| plan.retries = 2);
            scene.script.insert(0, Step::Message(Type::server_hello));
            scene
        },
    ),
    modern(
        "a HelloRetryRequest behind ServerHello",
        Fault::UnexpectedMessage,
        |cast| {
            let mut scene = server(cast, |_| {});
            scene.script.insert(1, Step::Message(Type::server_hello));
            scene
        },
    ),
    modern(
        "another suite than in HelloRetryRequest",
        Fault::RetrySuiteChanged,
        |cast| asks(cast, |plan| plan.retry_suite = Some(0x1303)),
    ),
    modern(
        "a suite of another hash than in HelloRetryRequest",
        Fault::RetrySuiteChanged,
        |cast| asks(cast, |plan| plan.retry_suite = Some(0x1302)),
    ),
    modern(
        "TLS 1.2 behind a HelloRetryRequest",
        Fault::RetryVersionChanged,
        |cast| {
            asks(cast, |plan| {
                plan.without(Ext::supported_versions);
                (plan.suite, plan.retry_suite) = (0xc02b, Some(0x1301));
            })
        },
    ),
    modern(
        "TLS 1.2 by extension behind a HelloRetryRequest",
        Fault::RetryVersionChanged,
        |cast| asks(cast, |plan| plan.set(Ext::supported_versions, [3, 3])),
    ),
    modern(
        "a share of another group than HelloRetryRequest asked for",
        Fault::KeyShareNotOffered,
        |cast| {
            let scene = asks(cast, |_| {});
            lied(scene, Type::server_hello, |bytes| {
                // The group in the key_share of ServerHello, which is its last extension.
                let at = bytes.len() - 65 - 4;
                if bytes[6..38] != Random::HELLO_RETRY_REQUEST.0 {
                    bytes[at..at + 2].copy_from_slice(&[0, 0x1d]);
                }
            })
        },
    ),
];

/// A client that is asked again and is honest but for what it changes then.
fn answers(cast: &Cast, second: fn(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_retried(cast.modern_against_server()), |plan| {
        plan.second = Some(second)
    })
}

/// The same, and the server keeps what it knows in a cookie.
fn with_cookie(cast: &Cast, second: fn(&mut Plan)) -> Scene<Forger> {
    let mut scene = answers(cast, second);
    let key = CookieKey::from_shared(&[7; 32]);
    scene.server.retry_cookie = Some(std::sync::Arc::new(key));
    scene
}

pub(super) const TO_SERVER: &[Lie] = &[
    modern(
        "the second ClientHello has no share of the group",
        Fault::SecondHelloChanged,
        |cast| answers(cast, |plan| plan.groups = vec![0x1d]),
    ),
    modern(
        "the second ClientHello has no share at all",
        Fault::SecondHelloChanged,
        |cast| answers(cast, |plan| plan.groups.clear()),
    ),
    modern(
        "the second ClientHello has a share too many",
        Fault::SecondHelloChanged,
        |cast| answers(cast, |plan| plan.groups = vec![0x1d, 0x17]),
    ),
    modern(
        "the second ClientHello has another random",
        Fault::SecondHelloChanged,
        |cast| answers(cast, |plan| plan.random = [0xc2; 32]),
    ),
    modern(
        "the second ClientHello has another session ID",
        Fault::SecondHelloChanged,
        |cast| answers(cast, |plan| plan.session_id = Some(vec![0x1e; 32])),
    ),
    modern(
        "the second ClientHello has another suite",
        Fault::SecondHelloChanged,
        |cast| answers(cast, |plan| plan.suites.push(0x1303)),
    ),
    modern(
        "the second ClientHello leaves out the chosen suite",
        Fault::SecondHelloChanged,
        |cast| answers(cast, |plan| plan.suites.retain(|suite| *suite != 0x1301)),
    ),
    modern(
        "the second ClientHello leaves out the group that it shares",
        Fault::BadKeyShares,
        |cast| {
            answers(cast, |plan| {
                plan.set(Ext::supported_groups, vector16(&[0, 0x1d]))
            })
        },
    ),
    modern(
        "the second ClientHello lists another group",
        Fault::SecondHelloChanged,
        |cast| {
            answers(cast, |plan| {
                plan.set(Ext::supported_groups, vector16(&[0, 0x18, 0, 0x17]))
            })
        },
    ),
    modern(
        "the second ClientHello is of TLS 1.2",
        Fault::SecondHelloChanged,
        |cast| {
            answers(cast, |plan| {
                plan.set(Ext::supported_versions, vector8(&[3, 3]))
            })
        },
    ),
    modern(
        "the second ClientHello has other schemes",
        Fault::SecondHelloChanged,
        |cast| {
            answers(cast, |plan| {
                plan.set(Ext::signature_algorithms, vector16(&[4, 3]))
            })
        },
    ),
    modern(
        "the second ClientHello has another name",
        Fault::SecondHelloChanged,
        |cast| {
            answers(cast, |plan| {
                let name = [&[0][..], &vector16(b"other.test")].concat();
                plan.set(Ext::server_name, vector16(&name))
            })
        },
    ),
    modern(
        "the second ClientHello has another extension",
        Fault::SecondHelloChanged,
        |cast| answers(cast, |plan| plan.set(Ext(0x4a4a), [])),
    ),
    modern(
        "the second ClientHello leaves out an extension",
        Fault::MissingExtension,
        |cast| answers(cast, |plan| plan.without(Ext::signature_algorithms)),
    ),
    modern(
        "the second ClientHello offers DEFLATE",
        Fault::CompressionOffered,
        |cast| answers(cast, |plan| plan.compression = vec![0, 1]),
    ),
    modern(
        "the second ClientHello has early data",
        Fault::SecondHelloChanged,
        |cast| {
            let mut scene = cast.modern_retried(cast.modern_against_resuming_server());
            scene.plan.second = Some(|plan| plan.set(Ext::early_data, []));
            scene
        },
    ),
    modern("a cookie that nobody gave", Fault::BadCookie, |cast| {
        answers(cast, |plan| plan.set(Ext::cookie, vector16(b"cookie")))
    }),
    modern("one bit of the cookie is wrong", Fault::BadCookie, |cast| {
        with_cookie(cast, |plan| {
            let mut cookie = plan.hello.iter_mut().find(|(kind, _)| *kind == Ext::cookie);
            if let Some((_, Some(body))) = &mut cookie {
                body[20] ^= 1;
            }
        })
    }),
    modern("the cookie is left out", Fault::BadCookie, |cast| {
        with_cookie(cast, |plan| plan.without(Ext::cookie))
    }),
    modern("another cookie", Fault::BadCookie, |cast| {
        with_cookie(cast, |plan| plan.set(Ext::cookie, vector16(&[7; 76])))
    }),
];
