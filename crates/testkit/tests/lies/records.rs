//! Lies about records, and about the end of a connection: what no message says. This file is a table.

use std::collections::BTreeSet;

use premaster_connection::Error;
use premaster_record::RecordFault;
use premaster_testkit::scene::Scene;
use premaster_testkit::wire::Keyed;
use premaster_testkit::{Cast, Step, Wire, tls13};
use premaster_wire::{ContentType, HandshakeType as Type};

/// One lie: how much of the honest script is said before it, and what is done then.
struct RecordLie {
    name: &'static str,
    /// The rule of the record layer, or the name of the connection's error.
    provokes: &'static str,
    /// The alert that the liar receives; `None`: there is nobody to be told.
    alert: Option<u8>,
    tell: fn(&Cast) -> Told,
}

/// What came of it.
struct Told {
    error: Option<Error>,
    alerts: Vec<[u8; 2]>,
    /// What was taken for data.
    data: Vec<u8>,
}

impl Told {
    fn of<F: Keyed>(mut wire: Wire<F>) -> Self {
        wire.listen();
        let Wire { victim, alerts, .. } = wire;
        let data = [victim.data, victim.early_data].concat();
        let error = victim.error;
        Self {
            error,
            alerts,
            data,
        }
    }

    fn name(&self) -> String {
        match &self.error {
            Some(Error::Record(fault)) => fault.rule().name.to_owned(),
            // `CutEarly { expected: .. }`
            other => {
                let name = other
                    .as_ref()
                    .map_or_else(String::new, |error| format!("{error:?}"));
                let end = name.find(|letter: char| !letter.is_ascii_alphanumeric());
                name[..end.unwrap_or(name.len())].to_owned()
            }
        }
    }
}

/// A server, before its client has said anything.
fn fresh(cast: &Cast) -> Wire {
    cast.behind_records(cast.against_server()).wire
}

/// A scene whose forger has said all but the last `left` steps.
fn but<F: Keyed>(cast: &Cast, scene: Scene<F>, left: usize) -> Wire<F> {
    let mut scene = scene;
    scene.script.truncate(scene.script.len() - left);
    let mut stage = cast.behind_records(scene);
    stage.play();
    assert_eq!(stage.wire.victim.error, None);
    stage.wire.alerts.clear();
    stage.wire
}

fn classic(cast: &Cast) -> Wire {
    but(cast, cast.against_server(), 0)
}

fn modern(cast: &Cast) -> Wire<tls13::Forger> {
    but(cast, cast.modern_against_server(), 0)
}

fn carried(bytes: &[u8], mut wire: Wire) -> Told {
    wire.carry(bytes);
    Told::of(wire)
}

fn recorded<F: Keyed>(mut wire: Wire<F>, kind: ContentType, content: &[u8]) -> Told {
    wire.record(kind, content);
    Told::of(wire)
}

/// More than anybody puts up with. Of the alerts the last one counts: wishes were declined before.
fn flooded<F: Keyed>(mut wire: Wire<F>, mut nothing: impl FnMut(&mut Wire<F>)) -> Told {
    for _ in 0..100 {
        if wire.victim.error.is_none() {
            nothing(&mut wire);
        }
    }
    let mut told = Told::of(wire);
    told.alerts.drain(..told.alerts.len().saturating_sub(1));
    told
}

fn said<F: Keyed>(wire: &mut Wire<F>, kind: Type) {
    wire.say(Step::Message(kind));
}

const UNEXPECTED_MESSAGE: Option<u8> = Some(10);

static LIES: &[RecordLie] = &[
    RecordLie {
        name: "the client speaks HTTP",
        provokes: "NotTls",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| carried(b"GET / HTTP/1.1\r\n\r\n", fresh(cast)),
    },
    RecordLie {
        name: "a heartbeat",
        provokes: "UnknownContentType",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| recorded(fresh(cast), ContentType(24), &[1, 0x40, 0]),
    },
    RecordLie {
        name: "a record of TLS 1.1 under keys of TLS 1.2",
        provokes: "WrongVersion",
        alert: Some(70),
        tell: |cast| {
            let mut wire = classic(cast);
            let mut record = wire.seal(ContentType::application_data, b"data");
            record[2] = 2;
            carried(&record, wire)
        },
    },
    RecordLie {
        name: "a record that claims more than a record has",
        provokes: "RecordTooLong",
        alert: Some(22),
        tell: |cast| carried(&[22, 3, 3, 0x40, 1], fresh(cast)),
    },
    RecordLie {
        name: "a record of handshake messages without any",
        provokes: "EmptyRecord",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| recorded(fresh(cast), ContentType::handshake, b""),
    },
    RecordLie {
        name: "data before there are keys",
        provokes: "UnprotectedData",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| recorded(fresh(cast), ContentType::application_data, b"evil"),
    },
    RecordLie {
        name: "a record with a flipped bit",
        provokes: "BadRecordMac",
        alert: Some(20),
        tell: |cast| {
            let mut wire = classic(cast);
            let mut record = wire.seal(ContentType::application_data, b"data");
            record[17] ^= 1;
            carried(&record, wire)
        },
    },
    RecordLie {
        name: "a record of TLS 1.3 with a flipped bit",
        provokes: "BadRecordMac",
        alert: Some(20),
        tell: |cast| {
            let mut wire = modern(cast);
            let mut record = wire.seal(ContentType::application_data, b"data");
            record[7] ^= 1;
            wire.carry(&record);
            Told::of(wire)
        },
    },
    RecordLie {
        name: "a message in the plain under keys of TLS 1.3",
        provokes: "UnprotectedRecord",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            let mut wire = modern(cast);
            wire.raw(ContentType::handshake, &[24, 0, 0, 1, 0]);
            Told::of(wire)
        },
    },
    RecordLie {
        name: "a heartbeat under keys of TLS 1.3",
        provokes: "ForeignContent",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| recorded(modern(cast), ContentType(24), &[1, 0x40, 0]),
    },
    RecordLie {
        name: "a record of zeros",
        provokes: "NoContentType",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| recorded(modern(cast), ContentType(0), &[0; 200]),
    },
    RecordLie {
        name: "a ChangeCipherSpec on an established connection of TLS 1.3",
        provokes: "StrayChangeCipherSpec",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            let mut wire = modern(cast);
            wire.raw(ContentType::change_cipher_spec, &[1]);
            Told::of(wire)
        },
    },
    RecordLie {
        name: "more early data than the server takes",
        provokes: "TooMuchEarlyData",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            let wire = but(cast, cast.modern_against_early_server(), 2);
            recorded(wire, ContentType::application_data, &[7; 1_001])
        },
    },
    RecordLie {
        name: "more early data than is skipped",
        provokes: "TooMuchEarlyData",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            let mut scene = cast.modern_against_early_server();
            scene.server.groups = vec![premaster_wire::NamedGroup::secp256r1];
            let mut wire = but(cast, scene, 2);
            // As much as a ticket of ours ever allowed is put up with: 16 KiB.
            for _ in 0..17 {
                assert_eq!(wire.victim.error, None);
                wire.record(ContentType::application_data, &[7; 1_000]);
            }
            Told::of(wire)
        },
    },
    RecordLie {
        name: "records of no data in a row",
        provokes: "TooManyEmptyRecords",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            flooded(classic(cast), |wire| {
                wire.record(ContentType::application_data, b"");
            })
        },
    },
    RecordLie {
        name: "warnings in a row",
        provokes: "TooManyWarnings",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            flooded(fresh(cast), |wire| {
                wire.record(ContentType::alert, &[1, 90]);
            })
        },
    },
    RecordLie {
        name: "key updates in a row",
        provokes: "TooManyKeyUpdates",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| flooded(modern(cast), |wire| said(wire, Type::key_update)),
    },
    RecordLie {
        name: "tickets in a row",
        provokes: "TooManyTickets",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            let client = but(cast, cast.modern_against_client(), 0);
            flooded(client, |wire| said(wire, Type::new_session_ticket))
        },
    },
    RecordLie {
        name: "wishes to renegotiate in a row",
        provokes: "TooManyRequests",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            let client = but(cast, cast.against_client(), 0);
            flooded(client, |wire| said(wire, Type::hello_request))
        },
    },
    RecordLie {
        name: "a message that announces too much",
        provokes: "MessageTooLong",
        alert: Some(47),
        tell: |cast| recorded(fresh(cast), ContentType::handshake, &[11, 1, 0, 1]),
    },
    RecordLie {
        name: "the first byte of a message behind Finished",
        provokes: "KeyChangeInMessage",
        alert: UNEXPECTED_MESSAGE,
        tell: |cast| {
            let mut wire = but(cast, cast.modern_against_server(), 1);
            let finished = Step::Message(Type::finished);
            wire.say_in(finished, |bytes| vec![[bytes, &[24]].concat()]);
            Told::of(wire)
        },
    },
    RecordLie {
        name: "a fatal alert",
        provokes: "AlertReceived",
        alert: None,
        tell: |cast| recorded(classic(cast), ContentType::alert, &[2, 40]),
    },
    RecordLie {
        name: "an alert of three bytes",
        provokes: "MalformedAlert",
        alert: Some(50),
        tell: |cast| recorded(classic(cast), ContentType::alert, &[2, 40, 0]),
    },
    RecordLie {
        name: "a KeyUpdate of a third kind",
        provokes: "UnknownKeyUpdate",
        alert: Some(47),
        tell: |cast| recorded(modern(cast), ContentType::handshake, &[24, 0, 0, 1, 2]),
    },
    RecordLie {
        name: "the transport ends in the handshake",
        provokes: "CutEarly",
        alert: None,
        tell: |cast| {
            let mut wire = but(cast, cast.against_server(), 1);
            wire.victim.end_of_input();
            Told::of(wire)
        },
    },
    RecordLie {
        name: "a goodbye in the handshake",
        provokes: "ClosedEarly",
        alert: None,
        tell: |cast| recorded(fresh(cast), ContentType::alert, &[1, 0]),
    },
    RecordLie {
        name: "the transport ends without a goodbye",
        provokes: "Truncated",
        alert: None,
        tell: |cast| {
            let mut wire = classic(cast);
            wire.victim.end_of_input();
            Told::of(wire)
        },
    },
];

/// Rules that a peer cannot break: the caller of the record layer does, and `record/src/fault.rs` provokes each.
const OF_THE_CALLER: &[(&str, &str)] = &[
    (
        "InboxFull",
        "a connection takes each message before it reads on",
    ),
    (
        "KeyExhausted",
        "it is our own key, and 2^24 records and more",
    ),
    ("ProtectedChangeCipherSpec", "we do not send it"),
    ("KeyChangeInFlight", "we do not change keys so"),
    ("ContentTooLong", "what we send"),
    ("NoRoom", "our buffer"),
    ("RandomFailed", "our randomness: see tests/randomness.rs"),
    ("SealingFailed", "our backend"),
];

/// properties 1, 3, 22 and 24: each lie ends the connection with its rule, the liar receives its alert as one record, and
/// nothing is taken for data.
#[test]
fn every_lie_about_records_is_found_out() {
    let cast = Cast::new();
    let mut wrong = Vec::new();
    for lie in LIES {
        let told = (lie.tell)(&cast);
        let expected: Vec<_> = lie.alert.iter().map(|alert| [2, *alert]).collect();
        if told.name() != lie.provokes || told.alerts != expected || !told.data.is_empty() {
            let Told {
                error,
                alerts,
                data,
            } = &told;
            wrong.push(format!("{}: {error:?}, {alerts:?}, {data:?}", lie.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every rule of the record layer, and every error of a connection that a peer has a part in, is provoked by some lie.
#[test]
fn every_rule_about_records_is_broken_by_some_lie() {
    let provoked: BTreeSet<_> = LIES.iter().map(|lie| lie.provokes).collect();
    let excused: BTreeSet<_> = OF_THE_CALLER.iter().map(|(name, _)| *name).collect();
    let rules = RecordFault::RULES.iter().map(|rule| rule.name);
    let missing: Vec<_> = rules
        .chain(Error::OF_THE_PEER.iter().copied())
        .filter(|name| !provoked.contains(name) && !excused.contains(name))
        .collect();
    assert!(missing.is_empty(), "no lie provokes {missing:?}");
    assert!(excused.is_disjoint(&provoked), "an excuse that is none");
}
