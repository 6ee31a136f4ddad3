//! TLS 1.2 with rustls: every suite and key it has, client certificates, resumption, 100 KiB each way.

use premaster_crypto::{Side, suite_named};
use premaster_testkit::FakeClock;
use premaster_testkit::cell::{Cell, ClientCertificate, World};
use premaster_testkit::pki::KeyKind;
use rustls::version::TLS12;

use crate::peer::{Backend, Setup};
use crate::sides::{Sides, Table, group};

#[test]
fn we_connect_to_servers_of_rustls_on_ring() {
    all_cells(Backend::Ring, Side::Client);
}

#[test]
fn we_connect_to_servers_of_rustls_on_aws_lc() {
    all_cells(Backend::AwsLc, Side::Client);
}

#[test]
fn we_serve_clients_of_rustls_on_ring() {
    all_cells(Backend::Ring, Side::Server);
}

#[test]
fn we_serve_clients_of_rustls_on_aws_lc() {
    all_cells(Backend::AwsLc, Side::Server);
}

/// All modern cells; of those that resume, with one kind of client certificate instead of four.
fn cells() -> impl Iterator<Item = Cell> {
    let kept = |cell: &Cell| match cell.client {
        ClientCertificate::Required(kind) => kind == KeyKind::P256 || cell.resumption.is_none(),
        _ => true,
    };
    Cell::modern().into_iter().filter(kept)
}

fn all_cells(backend: Backend, side: Side) {
    let world = World::new();
    for cell in cells() {
        let outcome = Sides::of(&world, &cell, setup(backend, &world.clock, &[]), side).play(&cell);
        outcome.unwrap_or_else(|error| panic!("{cell:?}: {error}"));
    }
}

fn setup<'a>(backend: Backend, clock: &'a FakeClock, groups: &'a [&'a str]) -> Setup<'a> {
    Setup {
        backend,
        version: &TLS12,
        clock,
        groups,
    }
}

#[test]
fn every_group_of_rustls_is_ours_with_either_backend() {
    // In TLS 1.2 the list of groups is that of the curves of keys too: so the key is on none.
    let cell = Cell {
        suite: suite_named("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256").expect("a suite"),
        server: KeyKind::Rsa2048,
        client: ClientCertificate::NotAsked,
        resumption: None,
        encrypt_then_mac: true,
    };
    for table in Table::all() {
        let world = table.world();
        for name in ["x25519", "secp256r1", "secp384r1"] {
            let sides = Sides::of(
                &world,
                &cell,
                setup(table.theirs, &world.clock, &[name]),
                table.side,
            );
            let mut mixed = sides.connection();
            let outcome = mixed.handshake();
            outcome.unwrap_or_else(|error| panic!("{table:?} {name}: {error}"));
            assert_eq!(group(&mixed), name);
            mixed
                .converse()
                .unwrap_or_else(|error| panic!("{table:?} {name}: {error}"));
        }
    }
}
