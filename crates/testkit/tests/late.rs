//! Every cell again, with every question answered late: in reverse order of asking, from another
//! thread, over reads of one byte. And claims that do not fit.

use premaster_connection::tls::{Connection, Next};
use premaster_connection::{Facts, Local, Question, Refusal, ResumedBy};
use premaster_crypto::Side;
use premaster_testkit::caller::{Caller, Stop};
use premaster_testkit::cell::{Cell, ClientCertificate, NAME, World};
use premaster_testkit::late::{LatePair, surfaced};
use premaster_testkit::pair::connect;
use premaster_testkit::pki::KeyKind;
use premaster_testkit::{Pair, pair, tls13};

fn late(cell: &Cell, world: &World) -> impl Fn() -> LatePair + use<> {
    let (client, server) = (world.client(cell), world.server(cell));
    move || {
        LatePair::new(
            Caller::new(connect(&client, NAME, surfaced())),
            Caller::new(Connection::server_with(server.clone(), surfaced())),
        )
    }
}

/// What does not differ from one handshake to the next.
fn essence(facts: &Facts) -> String {
    let Facts {
        version,
        suite,
        group,
        server_scheme,
        client_scheme,
        server_name,
        alpn,
        resumed,
        extended_master_secret,
        peer_certificates,
        ..
    } = facts;
    let certificates = peer_certificates.len();
    format!(
        "{version} {} {group:?} {server_scheme:?} {client_scheme:?} {server_name:?} {alpn:?} \
         {resumed:?} {extended_master_secret} {certificates}",
        suite.name
    )
}

#[test]
fn every_cell_completes_with_late_answers_over_reads_of_one_byte() {
    let world = World::new();
    let mut most_open = 0;
    for cell in Cell::all() {
        let start = late(&cell, &world);
        let (client, server) = (world.client(&cell), world.server(&cell));
        let connections = if cell.resumption.is_some() { 2 } else { 1 };
        for number in 0..connections {
            let mut pair = start();
            pair.handshake();
            most_open = most_open.max(pair.most_open);

            let mut prompt = Pair::new(&client, &server, NAME);
            prompt.handshake().unwrap();
            for (late, prompt) in [(&pair.client, prompt.client), (&pair.server, prompt.server)] {
                let facts = late.connection.facts();
                let facts = facts.unwrap_or_else(|| panic!("{cell:?}: {:?}", late.error));
                assert_eq!(essence(facts), essence(prompt.facts().unwrap()), "{cell:?}");
                let expected = cell.resumption.filter(|_| number == 1);
                assert_eq!(facts.resumed, expected, "{cell:?}");
            }
            assert_eq!(pair.echo(b"late but whole"), b"late but whole");
        }
    }
    assert_eq!(
        most_open, 2,
        "the verdict and the client's certificate are open together"
    );
}

#[test]
fn every_cell_of_tls13_completes_with_late_answers_over_reads_of_one_byte() {
    let world = World::new();
    let mut most_open = 0;
    for cell in tls13::Cell::all() {
        let (client, server) = (world.modern_client(&cell), world.modern_server(&cell));
        for number in 0..cell.connections() {
            let mut pair = LatePair::new(
                Caller::new(connect(&client, NAME, surfaced())),
                Caller::new(Connection::server_with(server.clone(), surfaced())),
            );
            pair.handshake();
            most_open = most_open.max(pair.most_open);

            // One connection uses up a ticket and brings others.
            let mut prompt = Pair::new(&client, &server, NAME);
            prompt.handshake().unwrap();
            let sides = [
                (Side::Client, &pair.client, prompt.client),
                (Side::Server, &pair.server, prompt.server),
            ];
            for (side, late, prompt) in sides {
                let facts = late.connection.facts();
                let facts = facts.unwrap_or_else(|| panic!("{cell:?}: {:?}", late.error));
                let resumed = cell.resumed(number, side);
                assert_eq!(facts.resumed, resumed, "{cell:?}");
                assert_eq!(facts.retried, cell.retried, "{cell:?}");
                if resumed.is_some() || cell.resumption.is_none() {
                    assert_eq!(essence(facts), essence(prompt.facts().unwrap()), "{cell:?}");
                }
            }
            assert_eq!(pair.echo(b"late but whole"), b"late but whole");
        }
    }
    assert_eq!(
        most_open, 2,
        "the verdict and the client's certificate are open together"
    );
}

/// The first question that a side asks, and the local host that could answer it.
fn first_question(caller: &mut Caller) -> (Question, Local) {
    assert_eq!(caller.run(), Stop::NeedsAnswer);
    let question = caller.questions.remove(0);
    (question, caller.connection.local().clone())
}

#[test]
fn an_answer_for_another_connection_changes_nothing() {
    let world = World::new();
    let cell = Cell::all()[0];
    let mut pairs = [late(&cell, &world)(), late(&cell, &world)()];
    let [(first, first_host), (second, second_host)] = pairs
        .each_mut()
        .map(|pair| first_question(&mut pair.client));
    // Crosswise: each answer is good, and for the other connection.
    let (first, second) = (first_host.resolve(first), second_host.resolve(second));
    assert!(pairs[1].client.connection.accept(first).is_err());
    assert!(pairs[0].client.connection.accept(second).is_err());
    for pair in &mut pairs {
        assert!(matches!(pair.client.connection.next_step(), Next::Wait));
        assert!(pair.client.error.is_none() && pair.client.sent.is_empty());
    }
}

#[test]
fn a_connection_goes_on_as_if_nothing_had_happened_after_a_foreign_answer() {
    let world = World::new();
    let cell = Cell::all()[0];
    let (mut pair, mut other) = (late(&cell, &world)(), late(&cell, &world)());
    let (question, host) = first_question(&mut other.client);
    let foreign = host.resolve(question);
    assert_eq!(pair.client.run(), Stop::NeedsAnswer);
    assert!(pair.client.connection.accept(foreign).is_err());
    pair.handshake();
    assert!(pair.client.connection.facts().is_some());
}

#[test]
fn an_answer_that_comes_too_late_changes_nothing() {
    let world = World::new();
    let cell = Cell::all()[0];
    // The connection is over.
    let mut pair = late(&cell, &world)();
    let (question, host) = first_question(&mut pair.client);
    let answer = host.resolve(question);
    pair.client.connection.close().unwrap();
    assert!(pair.client.connection.accept(answer).is_err());
    assert_eq!(pair.client.run(), Stop::Closed);
    assert!(pair.client.error.is_none());

    // The connection is gone.
    let mut pair = late(&cell, &world)();
    let (question, host) = first_question(&mut pair.client);
    drop(pair);
    let mut other = late(&cell, &world)();
    assert!(
        other
            .client
            .connection
            .accept(host.resolve(question))
            .is_err()
    );
}

#[test]
fn a_refused_question_is_fatal_whichever_it_is() {
    let world = World::new();
    let mut refused = Vec::new();
    for by in [ResumedBy::Ticket, ResumedBy::SessionId] {
        let cell = Cell {
            client: ClientCertificate::Required(KeyKind::P256),
            resumption: Some(by),
            encrypt_then_mac: true,
            ..Cell::all()[0]
        };
        // Two connections, so that there is something to be resumed; the nth question is refused.
        let nth_refused = |nth| refuse_nth(&late(&cell, &world), nth);
        refused.extend((0..).map_while(nth_refused));
    }
    for name in [
        "ChooseConfig",
        "ChooseCredential",
        "FindClientSession",
        "FindSession",
        "OpenTicket",
        "SealTicket",
        "Sign",
        "StoreClientSession",
        "StoreSession",
        "VerifyIdentity",
    ] {
        assert!(
            refused.contains(&name),
            "{name} was never asked: {refused:?}"
        );
    }
}

/// Refuses the nth question of two connections; its name, if there are that many.
fn refuse_nth(start: &impl Fn() -> LatePair, nth: usize) -> Option<&'static str> {
    let mut left = nth;
    for _ in 0..2 {
        let LatePair {
            mut client,
            mut server,
            ..
        } = start();
        loop {
            let refused = answer_or_refuse(&mut client, &mut left)
                .or_else(|| answer_or_refuse(&mut server, &mut left));
            if refused.is_some() {
                return refused;
            }
            let (to_server, to_client) = (client.take_sent(), server.take_sent());
            if to_server.is_empty() && to_client.is_empty() {
                break;
            }
            server.feed(&to_server);
            client.feed(&to_client);
        }
    }
    None
}

/// Answers, until it is the turn of the one to be refused: that ends the connection, at the
/// latest when the others that are open have been answered.
fn answer_or_refuse(caller: &mut Caller, left: &mut usize) -> Option<&'static str> {
    let mut refused = None;
    while caller.run() == Stop::NeedsAnswer || !caller.questions.is_empty() {
        let question = caller.questions.remove(0);
        if *left == 0 && refused.is_none() {
            refused = Some(question.name());
            let answer = question.refuse(Refusal::new("not today"), "a test");
            caller.connection.accept(answer.into()).unwrap();
            continue;
        }
        *left = left.saturating_sub(1);
        let answer = caller.connection.local().resolve(question);
        // After the end of a connection only a wish to forget is left, with a stale claim.
        let accepted = caller.connection.accept(answer);
        assert!(accepted.is_ok() || refused.is_some());
    }
    if let Some(name) = refused {
        assert_eq!(caller.run(), Stop::Closed, "{name}");
        let error = caller.connection.error().expect("the refusal").to_string();
        assert!(error.contains("not today"), "{error}");
        assert!(!caller.sent.is_empty(), "{name}: the peer is told");
    }
    refused
}

#[test]
fn late_pairs_and_prompt_pairs_understand_each_other() {
    let world = World::new();
    let cell = Cell::all()[4];
    let mut late = Caller::new(connect(&world.client(&cell), NAME, surfaced()));
    let mut prompt = Connection::server(world.server(&cell));
    let clerk = premaster_testkit::late::Clerk::start();
    loop {
        while late.run() == Stop::NeedsAnswer {
            clerk.answer(&mut late);
        }
        let mut bytes = late.take_sent();
        pair::receive(&mut prompt, &mut bytes).unwrap();
        let answer = pair::transmit(&mut prompt).unwrap();
        if answer.is_empty() && bytes.is_empty() {
            break;
        }
        late.feed(&answer);
    }
    assert!(late.connection.facts().is_some() && prompt.facts().is_some());
}
