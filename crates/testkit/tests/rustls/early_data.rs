//! Early data with rustls, in both directions: taken, and refused and then said once more.

use std::io::{Read, Write};
use std::sync::Arc;

use premaster_connection::ResumedBy;
use premaster_connection::tls::{Connection, Received};
use premaster_crypto::Side;
use premaster_handshake::EarlyData;
use premaster_testkit::FakeClock;
use premaster_testkit::cell::{Cell, World};
use premaster_testkit::pair::transmit;

use crate::peer::{Mixed, Theirs};
use crate::sides::{Ours, Sides, Table};
use crate::tls13::{client, expect, plain, server, setup};

const EARLY: &[u8] = b"what a client says before the server has answered";
const LIMIT: u32 = 1024;

#[test]
fn early_data_arrives() {
    for table in Table::all() {
        let world = table.world();
        let sides = sides(table, &world, &world.clock, &X25519);
        expect(first(&sides), table, "first");
        for again in ["second", "third"] {
            let mut mixed = sides.connection();
            let early = expect(say_early(&mut mixed), table, again);
            assert_eq!(early.as_deref(), Some(EARLY), "{table:?}, {again}");
            expect(mixed.handshake(), table, again);
            assert_eq!(
                outcome(&mixed),
                (Some(EarlyData::Accepted), true),
                "{table:?}"
            );
            expect(mixed.converse(), table, again);
        }
    }
}

/// A ticket that is older than its client says: the session goes on, without early data.
#[test]
fn early_data_that_may_be_old_is_refused_and_said_again() {
    for table in Table::all() {
        let world = table.world();
        let theirs = FakeClock::default();
        let sides = sides(table, &world, &theirs, &X25519);
        expect(first(&sides), table, "first");
        theirs.advance(600);
        refused_and_said_again(table, &sides);
    }
}

/// Who has to say hello once more has said early data in vain (RFC 8446 section 4.2.10).
#[test]
fn early_data_before_another_client_hello_is_refused_and_said_again() {
    for table in Table::all() {
        let world = table.world();
        let groups = (&["x25519", "secp256r1"][..], &["secp256r1"][..]);
        let sides = sides(table, &world, &world.clock, &groups);
        expect(first(&sides), table, "first");
        let mixed = refused_and_said_again(table, &sides);
        let facts = mixed.ours.facts().expect("established");
        assert!(facts.retried && facts.resumed.is_some(), "{table:?}");
    }
}

fn refused_and_said_again(table: Table, sides: &Sides) -> Mixed {
    let mut mixed = sides.connection();
    assert_eq!(expect(say_early(&mut mixed), table, "second"), None);
    expect(mixed.handshake(), table, "second");
    assert_eq!(
        outcome(&mixed),
        (Some(EarlyData::Rejected), false),
        "{table:?}"
    );
    let again = match table.side {
        Side::Client => mixed.we_say(EARLY),
        Side::Server => mixed.they_say(EARLY),
    };
    assert_eq!(expect(again, table, "again"), EARLY);
    expect(mixed.converse(), table, "second");
    mixed
}

/// The groups of the client and those of the server, best first.
type Groups<'a> = (&'a [&'a str], &'a [&'a str]);

const X25519: Groups<'static> = (&["x25519"], &["x25519"]);

/// rustls takes early data for sessions that it keeps itself, and for no tickets.
fn sides(table: Table, world: &World, theirs: &FakeClock, groups: &Groups<'_>) -> Sides {
    let (of_client, of_server) = *groups;
    let groups_of_theirs = match table.side {
        Side::Client => of_server,
        Side::Server => of_client,
    };
    let cell = Cell {
        resumption: Some(ResumedBy::SessionId),
        ..plain()
    };
    let setup = crate::peer::Setup {
        clock: theirs,
        ..setup(table, &world.clock, groups_of_theirs)
    };
    match table.side {
        Side::Client => {
            let mut theirs = Theirs::server(world, &cell, setup);
            theirs.max_early_data_size = LIMIT;
            let ours = client(world, &cell, of_client).early_data();
            Sides {
                ours: Ours::Client(Arc::new(ours.build().expect("a client"))),
                theirs: Theirs::Server(Arc::new(theirs)),
            }
        }
        Side::Server => {
            let mut theirs = Theirs::client(world, &cell, setup);
            theirs.enable_early_data = true;
            let ours = server(world, &cell, of_server).early_data(LIMIT);
            Sides {
                ours: Ours::Server(Arc::new(ours.build().expect("a server"))),
                theirs: Theirs::Client(Arc::new(theirs)),
            }
        }
    }
}

/// The connection that makes the session.
fn first(sides: &Sides) -> Result<(), String> {
    let mut mixed = sides.connection();
    mixed.handshake()?;
    assert_eq!(outcome(&mixed), (None, false), "nothing was offered");
    mixed.converse()
}

/// What we say became of it, and whether rustls says that it was accepted.
fn outcome(mixed: &Mixed) -> (Option<EarlyData>, bool) {
    let ours = mixed.ours.facts().expect("established").early_data;
    let theirs = match &mixed.theirs {
        rustls::Connection::Client(client) => client.is_early_data_accepted(),
        // It says nothing afterwards, but what it has read is behind us.
        rustls::Connection::Server(_) => ours == Some(EarlyData::Accepted),
    };
    (ours, theirs)
}

/// The client's first flight with early data; what the server reads of it.
fn say_early(mixed: &mut Mixed) -> Result<Option<Vec<u8>>, String> {
    match mixed.side {
        Side::Client => {
            let mut wire = transmit(&mut mixed.ours).map_err(|error| error.to_string())?;
            let limit = mixed.ours.early_data_limit();
            assert_eq!(limit, Some(LIMIT as usize));
            let mut record = vec![0; mixed.ours.sealed_len(EARLY.len())];
            let sealed = mixed.ours.seal_early_from(&[EARLY], &mut record);
            let sealed = sealed.map_err(|error| error.to_string())?;
            wire.extend_from_slice(&record[..sealed]);
            mixed.feed(&wire)?;
            let rustls::Connection::Server(server) = &mut mixed.theirs else {
                panic!("we are the client");
            };
            let mut read = Vec::new();
            if let Some(mut early) = server.early_data() {
                early
                    .read_to_end(&mut read)
                    .map_err(|error| error.to_string())?;
            }
            Ok((!read.is_empty()).then_some(read))
        }
        Side::Server => {
            let rustls::Connection::Client(client) = &mut mixed.theirs else {
                panic!("we are the server");
            };
            let mut early = client.early_data().ok_or("no early data is allowed")?;
            early.write_all(EARLY).map_err(|error| error.to_string())?;
            let mut wire = mixed.wire();
            receive_early(&mut mixed.ours, &mut wire)
        }
    }
}

fn receive_early(ours: &mut Connection, mut wire: &mut [u8]) -> Result<Option<Vec<u8>>, String> {
    let mut read = None::<Vec<u8>>;
    while !wire.is_empty() {
        match ours.receive(wire).map_err(|error| error.to_string())? {
            Received::Control { consumed } => wire = &mut wire[consumed..],
            Received::EarlyData {
                plaintext,
                consumed,
            } => {
                read.get_or_insert_default().extend_from_slice(plaintext);
                wire = &mut wire[consumed..];
            }
            other => return Err(format!("not early data: {other:?}")),
        }
    }
    Ok(read)
}
