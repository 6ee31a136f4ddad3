//! What the tests of several files need: the halves of a connection with keys made by hand.

use std::sync::{Arc, LazyLock};

use premaster_crypto::tls13::TrafficSecret;
use premaster_crypto::{Provider, Side, Suite, suite_named};
use premaster_handshake::{Keys, Limits};
use premaster_testkit::pki::Authority;
use premaster_trace::{Epoch, Tracer};
use premaster_wire::ProtocolVersion;

use super::connection::Connection;
use super::opener::{Opener, Received};
use super::requests::Requests;
use super::sealer::Sealer;
use super::shape::Shape;
use super::traffic::NewKeys;
use crate::{ClientConfig, Error, ServerConfig, SystemClock};

static PROVIDER: LazyLock<Arc<Provider>> =
    LazyLock::new(|| Arc::new(premaster_crypto_ring::provider()));

pub(super) fn suite() -> &'static Suite {
    suite_named("TLS_AES_128_GCM_SHA256").unwrap()
}

/// A ticket without extensions, for a day.
pub(super) const TICKET: [u8; 18] = [4, 0, 0, 14, 0, 1, 0x51, 0x80, 1, 2, 3, 4, 0, 0, 1, 7, 0, 0];

/// The traffic secret of one sender in one epoch.
pub(super) fn secret(sender: Side, epoch: Epoch) -> TrafficSecret {
    let sender: &[u8] = match sender {
        Side::Client => b"client",
        Side::Server => b"server",
    };
    let bytes = suite().hash.hash(&[sender, epoch.name().as_bytes()]);
    TrafficSecret::from_key_log(suite().hash, &bytes).unwrap()
}

pub(super) fn keys(sender: Side, epoch: Epoch) -> NewKeys {
    let version = ProtocolVersion::TLSv1_3;
    let secret = Keys::Secret(secret(sender, epoch));
    NewKeys::new(&PROVIDER, (version, suite()), epoch, secret).unwrap()
}

/// One end of a connection, split.
pub(super) struct End {
    pub(super) opener: Opener,
    pub(super) sealer: Sealer,
}

/// An end without keys.
pub(super) fn silent(side: Side) -> End {
    let limits = Limits::default();
    let (clock, requests) = (Arc::new(SystemClock), Requests::default());
    End {
        opener: Opener::new(side, &limits, clock, requests.clone(), Tracer::default()),
        sealer: Sealer::new(side, Shape::default(), requests, Tracer::default()),
    }
}

/// An end with keys of this epoch in both directions.
pub(super) fn end(side: Side, epoch: Epoch) -> End {
    let mut end = silent(side);
    end.opener.install(keys(side.other(), epoch)).unwrap();
    end.sealer.install(keys(side, epoch)).unwrap();
    end
}

/// A client and a server that it trusts.
pub(super) fn configs() -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let authority = Authority::new();
    let credential = authority.issue(&PROVIDER, &["localhost"], &rcgen::PKCS_ECDSA_P256_SHA256);
    let verifier = authority.verifier(&PROVIDER);
    let client = ClientConfig::builder(Arc::clone(&PROVIDER), verifier).build();
    let server = ServerConfig::builder(Arc::clone(&PROVIDER), credential).build();
    (Arc::new(client.unwrap()), Arc::new(server.unwrap()))
}

/// Both ends of an established connection, after a handshake of the newest version.
pub(super) fn shaken() -> [Connection; 2] {
    let (client, server) = configs();
    let name = "localhost".try_into().unwrap();
    let mut client = Connection::client(client, name);
    let mut server = Connection::server(server);
    while carry(&mut client, &mut server) | carry(&mut server, &mut client) {}
    [client, server]
}

/// Carries what waits from one to the other, if anything does.
fn carry(from: &mut Connection, to: &mut Connection) -> bool {
    let mut wire = vec![0; from.pending()];
    let length = from.transmit(&mut wire).unwrap();
    let mut rest = &mut wire[..length];
    while !rest.is_empty() {
        let Received::Control { consumed } = to.receive(rest).unwrap() else {
            panic!("a handshake and nothing else")
        };
        rest = &mut rest[consumed..];
    }
    length > 0
}

/// Both ends of an established connection of TLS 1.3, by keys that were made by hand.
pub(super) fn established() -> [End; 2] {
    [Side::Client, Side::Server].map(|side| end(side, Epoch::Traffic))
}

impl End {
    /// All that waits to be transmitted.
    pub(super) fn transmit(&mut self) -> Vec<u8> {
        let mut out = vec![0; self.sealer.pending()];
        let length = self.sealer.transmit(&mut out).unwrap();
        out.truncate(length);
        out
    }

    /// Application data, as records.
    pub(super) fn data(&mut self, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0; self.sealer.sealed_len(data.len())];
        self.sealer.seal_from(&[data], &mut out).unwrap();
        out
    }

    /// Handshake messages, in one record.
    pub(super) fn messages(&mut self, messages: &[u8]) -> Vec<u8> {
        self.sealer.message(messages).unwrap();
        self.transmit()
    }

    /// Takes records; says what data was in them.
    pub(super) fn receive(&mut self, mut wire: Vec<u8>) -> Result<Vec<u8>, Error> {
        let mut data = Vec::new();
        let mut rest = &mut wire[..];
        loop {
            let empty = rest.is_empty();
            let consumed = match self.opener.receive(rest)? {
                Received::More { .. } if empty => return Ok(data),
                Received::Data {
                    plaintext,
                    consumed,
                } => {
                    data.extend_from_slice(plaintext);
                    consumed
                }
                Received::Oblige { notice, consumed } => {
                    self.sealer.oblige(notice)?;
                    consumed
                }
                Received::Control { consumed } | Received::Ticket { consumed, .. } => consumed,
                other => panic!("{other:?}"),
            };
            rest = &mut rest[consumed..];
        }
    }
}
