//! A lying peer: a list of lies, each with the fault that it must provoke.
//!
//! The forger gets everything right but the lie: signatures and Finished are computed over what
//! it really said. So a victim that believed the lie would complete its handshake.

#![allow(
    clippy::semicolon_if_nothing_returned,
    reason = "a table of deeds, one expression each"
)]

mod field;
mod limits;
mod modern;
mod own_side;
mod records;
mod server_identity;
mod to_client;
mod to_server;
mod transport;

use std::collections::BTreeSet;

use premaster_connection::Error as ConnectionError;
use premaster_handshake::{Error, Fault};
use premaster_testkit::forger::Plan;
use premaster_testkit::scene::{Scene, Scripted};
use premaster_testkit::wire::Keyed;
use premaster_testkit::{Cast, Step, Wire, tls13};
use premaster_wire::{AlertDescription, HandshakeType as Type};

/// One lie.
pub(crate) struct Lie {
    /// What is wrong.
    name: &'static str,
    /// The rule that it breaks.
    provokes: Fault,
    /// How it is told.
    scene: Told,
}

/// A scene with a forger of TLS 1.2, or with one of TLS 1.3.
enum Told {
    Classic(fn(&Cast) -> Scene),
    Modern(fn(&Cast) -> Scene<tls13::Forger>),
}

impl Lie {
    /// How it ends for the victim; `None`: it waits for more.
    fn tell(&self, cast: &Cast) -> Option<Result<(), Error>> {
        let victim = match self.scene {
            Told::Classic(scene) => scene(cast).play().victim,
            Told::Modern(scene) => scene(cast).play().victim,
        };
        Some(victim.outcome?.map(|_| ()))
    }
}

/// Faults that the record layer finds first, where there is one, and its own rules for them: whoever has other keys never
/// gets as far as Finished.
const FOUND_BY_RECORDS: &[(Fault, &str)] = &[
    (Fault::BadFinished, "BadRecordMac"),
    (Fault::BadFinished, "UnprotectedRecord"),
    (Fault::BadFinished, "MessageTooLong"),
    (Fault::BadCompressedCertificate, "MessageTooLong"),
];

/// After these the liar has other keys than its victim: the alert is sent, and the liar cannot read it.
const DEAF: &[&str] = &[
    "a session ID was altered on its way",
    "a session is resumed by a client without its master secret",
    "a server that cannot read the premaster secret",
    "a HelloRetryRequest behind ServerHello",
    "the client's share is another than it knows",
    "early data is accepted though none was offered",
    "early data is accepted of a client that resumes without",
    "early data is accepted and its key is not",
    "early data is accepted behind a HelloRetryRequest",
    "early data is accepted under another suite",
    "TLS 1.2 is chosen after early data",
];

/// What came of a lie that was told to a whole connection.
#[derive(Debug)]
struct Answered {
    error: Option<ConnectionError>,
    /// Level and description of every alert that the liar has received.
    alerts: Vec<[u8; 2]>,
    /// The liar no longer has the keys for what the victim says.
    deaf: bool,
    /// What the victim has taken for data, and what it has sent as such.
    data: [Vec<u8>; 3],
}

impl Lie {
    /// The alert that the liar has to receive for this error; `None` if the error is none that the lie provokes, or is
    /// told to nobody.
    fn alert_for(&self, error: &ConnectionError) -> Option<AlertDescription> {
        let is_it = match error {
            ConnectionError::Handshake(error) => error.fault() == self.provokes,
            ConnectionError::Record(fault) => {
                FOUND_BY_RECORDS.contains(&(self.provokes, fault.rule().name))
            }
            _ => false,
        };
        // A caller's request that is refused is no business of the peer's.
        let is_told = self.provokes != Fault::AuthenticationNotOffered;
        error.alert().filter(|_| is_it && is_told)
    }

    /// Tells it behind records.
    fn tell_in_records(&self, cast: &Cast) -> Answered {
        match self.scene {
            Told::Classic(scene) => answer(cast, scene(cast)),
            Told::Modern(scene) => answer(cast, scene(cast)),
        }
    }
}

fn answer<F: Keyed>(cast: &Cast, scene: Scene<F>) -> Answered {
    let mut stage = cast.behind_records(scene);
    stage.play();
    let Wire {
        victim,
        alerts,
        data,
        deaf,
        ..
    } = stage.wire;
    Answered {
        error: victim.error,
        alerts,
        deaf,
        data: [victim.data, victim.early_data, data],
    }
}

/// A line of a list of lies.
pub(crate) const fn lie(name: &'static str, provokes: Fault, scene: fn(&Cast) -> Scene) -> Lie {
    Lie {
        name,
        provokes,
        scene: Told::Classic(scene),
    }
}

/// A line of a list of lies that are told in TLS 1.3.
pub(crate) const fn modern(
    name: &'static str,
    provokes: Fault,
    scene: fn(&Cast) -> Scene<tls13::Forger>,
) -> Lie {
    Lie {
        name,
        provokes,
        scene: Told::Modern(scene),
    }
}

/// An honest server, but for what the plan says.
pub(crate) fn server(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene {
    let mut scene = cast.against_client();
    plan(&mut scene.plan);
    scene
}

/// Changes a message as the server says it.
pub(crate) fn lied<F: Scripted>(
    mut scene: Scene<F>,
    kind: Type,
    mut lie: impl FnMut(&mut Vec<u8>) + 'static,
) -> Scene<F> {
    scene.lie = Some(Box::new(move |step, bytes| {
        if step == Step::Message(kind) {
            lie(bytes);
        }
    }));
    scene
}

/// Changes a message on its way: the server knows nothing of it.
pub(crate) fn altered<F: Scripted>(
    mut scene: Scene<F>,
    kind: Type,
    mut alter: impl FnMut(&mut Vec<u8>) + 'static,
) -> Scene<F> {
    scene.alteration = Some(Box::new(move |step, bytes| {
        if step == Step::Message(kind) {
            alter(bytes);
        }
    }));
    scene
}

/// One byte more at the end, with a header that says so.
pub(crate) fn longer(message: &mut Vec<u8>) {
    message.push(0);
    message[3] += 1;
}

/// One byte less, with a header that says so.
pub(crate) fn shorter(message: &mut Vec<u8>) {
    message.pop();
    message[3] -= 1;
}

/// Faults that no lie can provoke, each with its reason. There is none at present.
const OUT_OF_REACH: &[(Fault, &str)] = &[];

fn all() -> Vec<&'static Lie> {
    let about_the_peer = [
        to_client::LIES,
        server_identity::LIES,
        to_server::LIES,
        field::LIES,
        transport::LIES,
        limits::LIES,
        modern::LIES,
    ]
    .concat();
    let lies = about_the_peer.into_iter().flatten();
    lies.chain(own_side::LIES).collect()
}

/// properties 2, 4, 5, 6, 7, 9, 10, 12, 14, 16, 18, 19, 21 and ALPACA: each lie ends the handshake with its fault
/// and that fault's alert, and the victim never completes.
#[test]
fn every_lie_is_found_out() {
    let cast = Cast::new();
    let mut believed = Vec::new();
    for lie in all() {
        let Lie { name, provokes, .. } = lie;
        let ended = lie.tell(&cast);
        let Some(Err(error)) = &ended else {
            believed.push(format!("{name}: {ended:?} instead of {provokes:?}"));
            continue;
        };
        // The verifier knows best why it refused.
        let said_better = *provokes == Fault::IdentityRefused;
        if error.fault() != *provokes || (error.alert() != provokes.alert() && !said_better) {
            believed.push(format!("{name}: {error:?} instead of {provokes:?}"));
        }
    }
    assert!(believed.is_empty(), "{believed:#?}");
}

/// properties 1, 2, 4 and 24: the same lies, told to whole connections. The liar receives the fault's alert as one fatal
/// record, and not a byte is taken for data.
#[test]
fn every_lie_is_answered_by_its_alert_and_brings_nothing() {
    let cast = Cast::new();
    let (mut wrong, mut deaf) = (Vec::new(), Vec::new());
    for lie in all() {
        let answered = lie.tell_in_records(&cast);
        let alert = answered
            .error
            .as_ref()
            .and_then(|error| lie.alert_for(error));
        let expected: &[[u8; 2]] = match alert {
            Some(alert) => &[[2, alert.0]],
            None => &[],
        };
        let is_answered = match alert {
            None => lie.provokes == Fault::AuthenticationNotOffered,
            Some(_) => answered.deaf || answered.alerts == expected,
        };
        if !is_answered || !answered.data.iter().all(Vec::is_empty) {
            wrong.push(format!("{}: {answered:?}", lie.name));
        }
        if answered.deaf {
            deaf.push(lie.name);
        }
    }
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
    assert_eq!(deaf, DEAF, "who can be told");
}

/// Every rule is broken by some lie, or the list above says why none can.
#[test]
fn every_fault_is_provoked_by_some_lie() {
    let names = |faults: &mut dyn Iterator<Item = Fault>| -> BTreeSet<_> {
        faults.map(Fault::name).collect()
    };
    let excused = names(&mut OUT_OF_REACH.iter().map(|(fault, _)| *fault));
    let provoked = names(&mut all().iter().map(|lie| lie.provokes));
    let known = names(&mut Fault::ALL.iter().copied());
    let missing: Vec<_> = known
        .difference(&provoked)
        .filter(|name| !excused.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no lie provokes {missing:?}");
    assert!(excused.is_disjoint(&provoked), "an excuse that is none");
}

/// No two lies have the same name: else one of them might be a forgotten copy.
#[test]
fn every_lie_has_a_name_of_its_own() {
    let lies = all();
    let names: BTreeSet<_> = lies.iter().map(|lie| lie.name).collect();
    assert_eq!(names.len(), lies.len());
    assert!(lies.len() > 550, "{}", lies.len());
}
