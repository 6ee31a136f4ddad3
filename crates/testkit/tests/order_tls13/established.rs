//! An established connection: what may come in which order, on whole connections behind records
//! (RFC 8446 section 4.6, appendix A).

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{ClientConfig, Error, ServerConfig};
use premaster_handshake::{ClientAuth, Fault};
use premaster_testkit::cell::NAME;
use premaster_testkit::pair::connect;
use premaster_testkit::tls13::Forger;
use premaster_testkit::{Cast, Step, Wire};
use premaster_wire::HandshakeType as Type;

/// A situation: what the peer says in it, step by step, and beside each step what else it may say there.
struct Situation {
    name: &'static str,
    begin: fn(&Cast) -> Wire<Forger>,
    said: &'static [(Type, &'static [Type])],
}

const UPDATE: Type = Type::key_update;
const TICKET: Type = Type::new_session_ticket;
const REQUEST: Type = Type::certificate_request;

/// The server's part is NewSessionTicket, KeyUpdate and, to who offered it, CertificateRequest, in any order. The client's
/// is KeyUpdate, and the answer to a request, in which nothing comes between (RFC 8446 section 4.6.2).
const SITUATIONS: &[Situation] = &[
    Situation {
        name: "a client",
        begin: client,
        said: &[
            (TICKET, &[UPDATE]),
            (UPDATE, &[TICKET]),
            (UPDATE, &[TICKET]),
        ],
    },
    Situation {
        name: "a client that may be asked",
        begin: willing_client,
        said: &[
            (REQUEST, &[UPDATE, TICKET]),
            (TICKET, &[UPDATE, REQUEST]),
            (UPDATE, &[TICKET, REQUEST]),
            (REQUEST, &[UPDATE, TICKET]),
        ],
    },
    Situation {
        name: "a server",
        begin: server,
        said: &[(UPDATE, &[]), (UPDATE, &[])],
    },
    Situation {
        name: "a server that asks",
        begin: asking_server,
        said: &[
            (UPDATE, &[Type::certificate]),
            (Type::certificate, &[UPDATE]),
            (Type::certificate_verify, &[]),
            (Type::finished, &[]),
            (UPDATE, &[]),
        ],
    },
    Situation {
        name: "a server that asks and is told no",
        begin: |cast| {
            let mut wire = asking_server(cast);
            wire.forger.plan.chain.clear();
            wire
        },
        said: &[
            (Type::certificate, &[UPDATE]),
            (Type::finished, &[]),
            (UPDATE, &[]),
        ],
    },
];

/// property 4: on an established connection everything but what the RFC has there is refused, told, and ends it; and what it
/// has is taken.
#[test]
fn after_the_handshake_only_what_has_its_place_is_taken() {
    let cast = Cast::new();
    for situation in SITUATIONS {
        for at in 0..situation.said.len() {
            for step in Step::everything() {
                let what = format!("{}: {step:?} as step {at}", situation.name);
                let mut wire = (situation.begin)(&cast);
                for (kind, _) in &situation.said[..at] {
                    wire.say(Step::Message(*kind));
                    assert_eq!(wire.victim.error, None, "{what}");
                }
                let (honest, others) = situation.said[at];
                let is_allowed = |kind: &Type| *kind == honest || others.contains(kind);
                wire.say(step);
                wire.listen();
                match step {
                    Step::Message(kind) if is_allowed(&kind) => {
                        assert_eq!(wire.victim.error, None, "{what}");
                        assert_eq!(wire.alerts, [[0; 2]; 0], "{what}");
                    }
                    _ => {
                        assert!(is_out_of_order(&wire), "{what}: {:?}", wire.victim.error);
                        assert_eq!(wire.alerts, [[2, 10]], "{what}");
                    }
                }
                assert_eq!(wire.victim.data, b"", "{what}");
            }
        }
    }
}

/// property 5: each of the situations is what it says, and an authentication that is complete is told.
#[test]
fn every_situation_comes_to_its_end() {
    let cast = Cast::new();
    for situation in SITUATIONS {
        let mut wire = (situation.begin)(&cast);
        let asks = situation
            .said
            .iter()
            .any(|(kind, _)| *kind == Type::finished);
        for (kind, _) in situation.said {
            wire.say(Step::Message(*kind));
        }
        wire.listen();
        let name = situation.name;
        assert_eq!(wire.victim.error, None, "{name}");
        let told = wire.victim.connection.take_authentication();
        let is_client = wire.forger.side == premaster_crypto::Side::Server;
        let answered = wire
            .heard
            .iter()
            .filter(|step| **step == CERTIFICATE)
            .count();
        match is_client {
            true => {
                let asked = situation.said.iter().filter(|(kind, _)| *kind == REQUEST);
                assert_eq!(answered, asked.count(), "{name}");
            }
            false => assert_eq!(told.is_some(), asks, "{name}"),
        }
    }
}

const CERTIFICATE: Step = Step::Message(Type::certificate);

fn is_out_of_order(wire: &Wire<Forger>) -> bool {
    match &wire.victim.error {
        Some(Error::Handshake(error)) => error.fault() == Fault::UnexpectedMessage,
        Some(Error::Record(fault)) => fault.rule().name == "StrayChangeCipherSpec",
        _ => false,
    }
}

/// Established, with the script of an honest forger.
fn established(connection: Connection, forger: Forger, script: &[Step]) -> Wire<Forger> {
    let mut wire = Wire::with(connection, forger);
    wire.play(script, |bytes| vec![bytes.to_vec()]);
    assert!(
        wire.victim.connection.facts().is_some(),
        "{:?}",
        wire.victim.error
    );
    wire.alerts.clear();
    wire
}

fn client(cast: &Cast) -> Wire<Forger> {
    client_with(cast, false)
}

fn willing_client(cast: &Cast) -> Wire<Forger> {
    client_with(cast, true)
}

fn client_with(cast: &Cast, willing: bool) -> Wire<Forger> {
    let (world, scene) = (&cast.world, cast.modern_against_client());
    let verifier = world.authority.verifier(&cast.modern);
    let mut config = ClientConfig::builder(Arc::clone(&cast.modern), verifier);
    config = config.clock(world.clock.shared());
    if willing {
        let credential = cast.client.credential(&cast.modern);
        config = config.credential(credential).post_handshake_auth();
    }
    let config = Arc::new(config.build().unwrap());
    let forger = Forger::new(scene.victim.other(), &scene.provider, scene.plan);
    let connection = connect(&config, NAME, Options::default());
    let mut wire = established(connection, forger, &scene.script);
    wire.forger.plan.context = Some(b"of this request".to_vec());
    wire
}

fn server(cast: &Cast) -> Wire<Forger> {
    let (world, scene) = (&cast.world, cast.modern_against_server_asking_later());
    let credential = cast.server.credential(&cast.modern);
    let config = ServerConfig::builder(Arc::clone(&cast.modern), credential)
        .clock(world.clock.shared())
        .late_client_auth(world.authority.verifier(&cast.modern));
    let config = config.no_tickets().no_session_ids().build().unwrap();
    let forger = Forger::new(scene.victim.other(), &scene.provider, scene.plan);
    established(
        Connection::server(Arc::new(config)),
        forger,
        &scene.script[..2],
    )
}

fn asking_server(cast: &Cast) -> Wire<Forger> {
    let mut wire = server(cast);
    let authorities = Vec::new();
    let asked = ClientAuth::Optional { authorities };
    wire.victim.connection.request_certificate(asked).unwrap();
    wire.victim.run();
    wire.listen();
    wire
}
