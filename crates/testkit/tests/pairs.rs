//! Our client with our server, in memory: every suite, key, client authentication and resumption.

use premaster_connection::tls::Connection;
use premaster_connection::{Facts, ResumedBy};
use premaster_crypto::{BulkCipher, PublicKeyKind, Side, public_key_kind};
use premaster_testkit::Pair;
use premaster_testkit::cell::{Cell, ClientCertificate, NAME, World};
use premaster_testkit::pair::{carry, shuttle};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::tls13;
use premaster_trust::Certificate;
use premaster_wire::ProtocolVersion;

#[test]
fn the_table_has_all_its_cells() {
    // 3 ECDSA suites with 3 kinds of keys, 3 RSA suites with one; 6 ways to authenticate a
    // client or not; full, resumed by ID, resumed by ticket.
    assert_eq!(Cell::modern().len(), (3 * 3 + 3) * 6 * 3);
    // 5 AEAD suites of key transport and DHE, 16 CBC suites in two orders; with and without a
    // client certificate; full, resumed by ID, resumed by ticket.
    assert_eq!(Cell::classic().len(), (5 + 16 * 2) * 2 * 3);
}

#[test]
fn every_cell_completes_and_carries_data() {
    let world = World::new();
    for cell in Cell::all() {
        let (client, server) = (world.client(&cell), world.server(&cell));
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake()
            .unwrap_or_else(|error| panic!("{cell:?}: {error}"));
        check(&cell, &pair, None);
        exchange(&mut pair);
        if cell.resumption.is_some() {
            let mut pair = Pair::new(&client, &server, NAME);
            pair.handshake()
                .unwrap_or_else(|error| panic!("{cell:?}: {error}"));
            check(&cell, &pair, cell.resumption);
            exchange(&mut pair);
        }
    }
}

/// Both sides agree on the same, and it is what the cell says.
fn check(cell: &Cell, pair: &Pair, resumed: Option<ResumedBy>) {
    let (client, server) = (pair.client.facts().unwrap(), pair.server.facts().unwrap());
    for facts in [client, server] {
        assert_eq!(facts.suite, cell.suite, "{cell:?}");
        assert_eq!(facts.resumed, resumed, "{cell:?}");
        assert_eq!(facts.server_name.as_deref(), Some(NAME));
        let ephemeral = cell.suite.forward_secret() && resumed.is_none();
        assert_eq!(facts.group_name.is_some(), ephemeral, "{cell:?}");
        assert_eq!(facts.group.is_some(), ephemeral, "{cell:?}");
        assert_eq!(facts.server_scheme.is_some(), ephemeral, "{cell:?}");
        let cbc = matches!(cell.suite.cipher, BulkCipher::Cbc(_));
        assert_eq!(facts.encrypt_then_mac, cbc && cell.encrypt_then_mac);
        let client_signs =
            matches!(cell.client, ClientCertificate::Required(_)) && resumed.is_none();
        assert_eq!(facts.client_scheme.is_some(), client_signs, "{cell:?}");
        assert!(facts.extended_master_secret && facts.secure_renegotiation);
    }
    assert_eq!(client.session_id, server.session_id);
    assert_eq!(client.server_scheme, server.server_scheme);
    assert_eq!(leaf(client), Some(kind(cell.server)), "{cell:?}");
    let expected = match cell.client {
        ClientCertificate::Required(key) => Some(kind(key)),
        _ => None,
    };
    assert_eq!(leaf(server), expected, "{cell:?}");
    assert_eq!(export(client), export(server));
}

fn export(facts: &Facts) -> [u8; 32] {
    let mut out = [0; 32];
    facts
        .exporter
        .export(b"EXPORTER-test", None, &mut out)
        .unwrap();
    out
}

fn leaf(facts: &Facts) -> Option<PublicKeyKind> {
    let leaf = Certificate::parse(facts.peer_certificates.first()?).unwrap();
    public_key_kind(&leaf.spki())
}

fn kind(key: KeyKind) -> PublicKeyKind {
    match key {
        KeyKind::Rsa2048 | KeyKind::RsaDecryption => PublicKeyKind::Rsa { bits: 2048 },
        KeyKind::P256 => PublicKeyKind::EcdsaP256,
        KeyKind::P384 => PublicKeyKind::EcdsaP384,
        KeyKind::Ed25519 => PublicKeyKind::Ed25519,
    }
}

#[test]
fn the_table_of_tls13_has_all_its_cells() {
    // 3 suites with 4 kinds of keys, 3 ways to authenticate a client or not; full, resumed by ticket, resumed by what the
    // server has stored; and 4 kinds of keys of clients. 4 groups, at once and asked for, with 4 kinds of sessions and keys.
    let (authentications, exchanges) = (3 * 4 * 3 * 3 + 4, 4 * 2 * 4);
    assert_eq!(tls13::Cell::all().len(), authentications + exchanges);
}

#[test]
fn every_cell_of_tls13_completes_and_carries_data() {
    let world = World::new();
    for cell in tls13::Cell::all() {
        let (client, server) = (world.modern_client(&cell), world.modern_server(&cell));
        for number in 0..cell.connections() {
            let mut pair = Pair::new(&client, &server, NAME);
            pair.handshake()
                .unwrap_or_else(|error| panic!("{cell:?}: {error}"));
            check_modern(&cell, &pair, number);
            exchange(&mut pair);
        }
    }
}

/// Both sides agree on the same, and it is what the cell of TLS 1.3 says.
fn check_modern(cell: &tls13::Cell, pair: &Pair, number: usize) {
    let (client, server) = (pair.client.facts().unwrap(), pair.server.facts().unwrap());
    let by = |side| cell.resumed(number, side);
    assert_eq!(client.resumed, by(Side::Client), "{cell:?}");
    assert_eq!(server.resumed, by(Side::Server), "{cell:?}");
    let resumed = by(Side::Server);
    let full = resumed.is_none();
    let signs = matches!(cell.client, ClientCertificate::Required(_)) && full;
    for facts in [client, server] {
        assert_eq!(facts.version, ProtocolVersion::TLSv1_3);
        assert_eq!(facts.suite, cell.suite, "{cell:?}");
        assert_eq!(facts.server_name.as_deref(), Some(NAME));
        assert_eq!(facts.group_name.as_deref(), Some(cell.group), "{cell:?}");
        assert_eq!(facts.retried, cell.retried, "{cell:?}");
        assert_eq!(facts.server_scheme.is_some(), full, "{cell:?}");
        assert_eq!(facts.client_scheme.is_some(), signs, "{cell:?}");
    }
    assert_eq!(client.server_scheme, server.server_scheme);
    assert_eq!(client.client_scheme, server.client_scheme);
    let known = resumed != Some(ResumedBy::Psk);
    assert_eq!(leaf(client), known.then(|| kind(cell.server)), "{cell:?}");
    let expected = match cell.client {
        ClientCertificate::Required(key) => Some(kind(key)),
        _ => None,
    };
    assert_eq!(leaf(server), expected, "{cell:?}");
    assert_eq!(export(client), export(server));
}

/// Data both ways, more than a record of it, then goodbye both ways.
fn exchange(pair: &mut Pair) {
    let question = b"ping".repeat(10);
    let answer = b"pong".repeat(5_000);
    let (client, server) = (&mut pair.client, &mut pair.server);
    assert_eq!(carry(client, server, &question).unwrap(), question);
    assert_eq!(carry(server, client, &answer).unwrap(), answer);
    close(client, server);
    close(server, client);
}

fn close(from: &mut Connection, to: &mut Connection) {
    from.close().unwrap();
    shuttle(from, to).unwrap();
    assert!(to.is_closed_by_peer() && to.error().is_none());
    to.end_of_input().unwrap();
}

#[test]
fn a_cells_suites_are_authenticated_by_its_keys() {
    for cell in Cell::all() {
        assert_eq!(cell.suite.authentication, cell.server.authentication());
    }
}
