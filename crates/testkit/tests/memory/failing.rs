//! Handshakes and connections of TLS 1.3 that end before their time.

use premaster_connection::handshake::ClientAuth;
use premaster_connection::tls::{Connection, Received};
use premaster_testkit::pair::{receive, transmit};

use crate::allocator::keep_stack;
use crate::modern::{Stage, begin_early, talk};
use crate::secrets::run;

/// What goes wrong, each time at another place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    /// The handshake is given up after so many flights.
    GivenUp(usize),
    /// A byte of this flight is altered: its last one.
    Altered(usize),
    /// The client does not trust the server.
    Distrust,
    /// The client has no certificate and needs one.
    NoCertificate,
}

pub(crate) const FAILURES: [Failure; 10] = [
    Failure::GivenUp(1),
    Failure::GivenUp(2),
    Failure::GivenUp(3),
    Failure::GivenUp(4),
    Failure::GivenUp(5),
    Failure::Altered(1),
    Failure::Altered(2),
    Failure::Altered(3),
    Failure::Distrust,
    Failure::NoCertificate,
];

pub(crate) fn fail(stage: &Stage, failure: Failure) {
    let configs = stage.configs(Some(failure));
    let [mut client, mut server] = stage.connections(&configs);
    let Failure::GivenUp(flights) = failure else {
        return fail_late(&mut client, &mut server, failure);
    };
    run(&mut client, &mut server, flights);
}

fn fail_late(client: &mut Connection, server: &mut Connection, failure: Failure) {
    let altered = match failure {
        Failure::Altered(flight) => flight,
        _ => usize::MAX,
    };
    for flight in 0..8 {
        let (from, to) = match flight % 2 {
            0 => (&mut *client, &mut *server),
            _ => (&mut *server, &mut *client),
        };
        let mut wire = transmit(from).unwrap();
        keep_stack();
        let Some(last) = wire.last_mut() else {
            continue;
        };
        *last ^= u8::from(flight == altered);
        let mut wire = &mut wire[..];
        while !wire.is_empty() {
            let Ok(Received::Control { consumed }) = to.receive(wire) else {
                keep_stack();
                break;
            };
            keep_stack();
            wire = &mut wire[consumed..];
        }
    }
    assert!(client.error().or(server.error()).is_some(), "{failure:?}");
}

/// Established, and then a record of new keys is altered: the side that has changed its keys last, or answered with its
/// certificate.
pub(crate) fn fail_later(stage: &Stage) {
    for authenticates in [false, true] {
        let configs = stage.configs(None);
        let [mut client, mut server] = stage.connections(&configs);
        run(&mut client, &mut server, usize::MAX);
        client.update_keys(true).unwrap();
        talk(&mut client, &mut server);
        if authenticates {
            let authorities = Vec::new();
            server
                .request_certificate(ClientAuth::Required { authorities })
                .unwrap();
            run(&mut server, &mut client, 1);
        } else {
            client.update_keys(true).unwrap();
        }
        let mut wire = transmit(&mut client).unwrap();
        *wire.last_mut().unwrap() ^= 1;
        receive(&mut server, &mut wire).unwrap_err();
        keep_stack();
        let mut alert = transmit(&mut server).unwrap();
        receive(&mut client, &mut alert).unwrap_err();
        keep_stack();
    }
}

/// A binder that is wrong, and a second connection that is given up in the middle of its early data.
pub(crate) fn fail_to_resume(stage: &Stage) {
    for altered in [true, false] {
        let configs = stage.configs(None);
        let [mut client, mut server] = stage.connections(&configs);
        run(&mut client, &mut server, usize::MAX);
        drop((client, server));
        let [mut client, mut server] = stage.connections(&configs);
        if altered {
            let mut hello = transmit(&mut client).unwrap();
            let last = 4 + usize::from(u16::from_be_bytes([hello[3], hello[4]]));
            hello[last] ^= 1;
            server.receive(&mut hello).unwrap_err();
        } else {
            let early = begin_early(&mut client, &mut server);
            assert_eq!(early, !stage.retried);
        }
        keep_stack();
    }
}
