//! extended_master_secret binds sessions to their handshakes (RFC 7627): what is without it is
//! neither kept, nor resumed, nor exported from.

use premaster_handshake::{Fault, NoChannelBinding};
use premaster_testkit::scene::{Played, Scene};
use premaster_testkit::{Cast, Step};
use premaster_wire::{ExtensionType, HandshakeType as Type};

const EMS: ExtensionType = ExtensionType::extended_master_secret;

fn completes(scene: Scene) -> Played {
    let played = scene.play();
    assert!(played.facts().is_some(), "{:?}", played.error());
    played
}

/// A client whose server gives a session ID and a ticket, with the binding or without.
fn kept_by_client(cast: &Cast, bound: bool, ticket: bool) -> usize {
    let mut scene = cast.against_client();
    scene.plan.session_id = vec![7; 32];
    if !bound {
        scene.plan.without(EMS);
    }
    if ticket {
        scene.client.tickets = true;
        scene.plan.set(ExtensionType::session_ticket, []);
        let before_end = scene.script.len() - 2;
        scene
            .script
            .insert(before_end, Step::Message(Type::new_session_ticket));
    }
    completes(scene).victim.host.kept.len()
}

/// property 18: a client keeps no session without extended_master_secret.
#[test]
fn a_client_keeps_only_bound_sessions() {
    let cast = Cast::new();
    for ticket in [true, false] {
        assert_eq!(kept_by_client(&cast, true, ticket), 1);
        assert_eq!(kept_by_client(&cast, false, ticket), 0);
    }
}

/// property 18: a server keeps none either, and gives neither session ID nor ticket.
#[test]
fn a_server_keeps_only_bound_sessions() {
    let cast = Cast::new();
    for bound in [true, false] {
        for tickets in [true, false] {
            let mut scene = cast.against_server();
            scene.server.tickets = tickets;
            scene.plan.set(ExtensionType::session_ticket, []);
            if !bound {
                scene.plan.without(EMS);
            }
            let played = completes(scene);
            let by_id = played.victim.host.sessions.len();
            let given = !played.facts().unwrap().session_id.is_empty();
            assert_eq!((by_id == 1, given), (bound && !tickets, bound && !tickets));
            let ticket = Step::Message(Type::new_session_ticket);
            assert_eq!(played.victim.said.contains(&ticket), bound && tickets);
        }
    }
}

/// property 18: a session without the binding is not resumed, whoever kept it.
#[test]
fn an_unbound_session_is_not_resumed() {
    let cast = Cast::new();
    let mut server = cast.against_resuming_server();
    for session in server.host.sessions.values_mut() {
        session.extended_master_secret = false;
    }
    let fault = server.play().victim.fault();
    assert_eq!(
        fault,
        Some(Fault::UnexpectedChangeCipherSpec),
        "it wants a full handshake"
    );

    let mut client = cast.against_resuming_client();
    client
        .host
        .session
        .as_mut()
        .unwrap()
        .session
        .extended_master_secret = false;
    let fault = client.play().victim.fault();
    assert_eq!(
        fault,
        Some(Fault::UnexpectedChangeCipherSpec),
        "it did not offer it"
    );
}

/// property 18: resumption ends where the other side gives up the binding that the session has.
#[test]
fn a_bound_session_is_not_resumed_without_the_binding() {
    let cast = Cast::new();
    for mut scene in [
        cast.against_resuming_client(),
        cast.against_resuming_server(),
    ] {
        scene.plan.without(EMS);
        let fault = scene.play().victim.fault();
        assert_eq!(fault, Some(Fault::ResumedWithoutExtendedMasterSecret));
    }
}

/// property 18: without the binding no key material is exported, so no channel is bound to it.
#[test]
fn nothing_is_exported_from_an_unbound_connection() {
    let cast = Cast::new();
    for bound in [true, false] {
        for mut scene in [cast.against_client(), cast.against_server()] {
            if !bound {
                scene.plan.without(EMS);
            }
            let played = completes(scene);
            let exporter = &played.facts().unwrap().exporter;
            let mut out = [0; 32];
            let outcome = exporter.export(b"EXPORTER-Channel-Binding", None, &mut out);
            assert_eq!(outcome.is_ok(), bound);
            assert_eq!(out == [0; 32], !bound);
        }
    }
}

/// property 18: the exported material differs from connection to connection, and equals that of
/// the other side: see `every_cell_completes_and_carries_data` in pairs.rs.
#[test]
fn what_is_exported_is_this_connections_alone() {
    let cast = Cast::new();
    let export = |scene: Scene| {
        let mut out = [0; 32];
        let played = completes(scene);
        let exporter = &played.facts().unwrap().exporter;
        exporter
            .export(b"EXPORTER-test", Some(b"context"), &mut out)
            .unwrap();
        out
    };
    assert_ne!(export(cast.against_client()), export(cast.against_client()));
    let resumed = [
        cast.against_resuming_client(),
        cast.against_resuming_client(),
    ];
    let [first, second] = resumed.map(export);
    assert_ne!(first, second, "one master secret, two connections");
}

/// property 18: no channel binding either: whoever stands between two connections could have made theirs equal.
#[test]
fn what_is_not_bound_binds_no_channel() {
    let cast = Cast::new();
    for bound in [true, false] {
        let mut scene = cast.against_client();
        if !bound {
            scene.plan.without(EMS);
        }
        let played = completes(scene);
        let facts = played.facts().unwrap();
        let (unique, exported) = (facts.tls_unique().err(), facts.tls_exporter().err());
        let expected = (!bound).then_some(NoChannelBinding::NotBound);
        assert_eq!((unique, exported), (expected, expected));
    }
}
