//! property 14: whatever is wrong with a record of a CBC suite, the peer hears one and the same alert
//! (RFC 5246 section 6.2.3.2, RFC 7366 section 3).
//!
//! The records are bent, not forged: a changed byte of a ciphertext block changes the same byte of the next block's
//! plaintext, so any padding can be made out of the right one. That is what an attacker has.

use std::sync::Arc;

use premaster_connection::ServerConfig;
use premaster_connection::tls::{Connection, Options};
use premaster_crypto::{BulkCipher, CLASSIC_SUITES, Side, Suite, suite};
use premaster_testkit::cell::{Cell, ClientCertificate, NAME, World};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::{Cast, Pair, Wire};
use premaster_wire::{ContentType, ExtensionType};

/// A server with one CBC suite, and who talks to it.
struct Bench {
    cast: Cast,
    server: Arc<ServerConfig>,
    suite: &'static Suite,
    encrypt_then_mac: bool,
}

impl Bench {
    fn new(id: u16, encrypt_then_mac: bool) -> Self {
        let cast = Cast::new();
        let suite = suite(id).unwrap();
        let server = cast.world.server(&Cell {
            suite,
            server: KeyKind::P256,
            client: ClientCertificate::NotAsked,
            resumption: None,
            encrypt_then_mac,
        });
        Self {
            cast,
            server,
            suite,
            encrypt_then_mac,
        }
    }

    fn established(&self) -> Wire {
        let mut scene = self.cast.against_server();
        scene.plan.suites = vec![self.suite.id];
        if self.encrypt_then_mac {
            scene.plan.set(ExtensionType::encrypt_then_mac, []);
        }
        let connection = Connection::server_with(Arc::clone(&self.server), Options::default());
        let mut wire = Wire::new(connection, Side::Client, scene.plan);
        wire.play(&scene.script, |bytes| vec![bytes.to_vec()]);
        let facts = wire.victim.connection.facts().expect("established");
        assert_eq!(facts.encrypt_then_mac, self.encrypt_then_mac);
        wire
    }

    /// What the server lets out when this becomes of a good record: bytes on the wire, the alert in them, its error.
    fn bent(&self, length: usize, bend: &dyn Fn(&mut Vec<u8>)) -> (usize, Vec<[u8; 2]>, String) {
        let mut wire = self.established();
        let content = vec![0x61; length];
        let mut record = wire.seal(ContentType::application_data, &content);
        bend(&mut record);
        let length = u16::try_from(record.len() - 5).unwrap();
        record[3..5].copy_from_slice(&length.to_be_bytes());
        wire.carry(&record);
        assert_eq!(wire.victim.data, [0_u8; 0], "nothing of it is handed out");
        let sent = wire.victim.sent.len();
        wire.listen();
        let error = wire.victim.error.as_ref().expect("an error");
        (sent, wire.alerts.clone(), format!("{error} {error:?}"))
    }
}

type Bend = Box<dyn Fn(&mut Vec<u8>)>;

/// All that can be wrong with a record of this length, header included.
fn bends(record: usize) -> Vec<(String, Bend)> {
    let mut list: Vec<(String, Bend)> = Vec::new();
    // The last byte of the last block but one is that of the padding length.
    for delta in (1..=255_u8).step_by(6) {
        let at = record - 17;
        let bend: Bend = Box::new(move |bytes| bytes[at] ^= delta);
        list.push((format!("padding length, changed by {delta:#x}"), bend));
    }
    for at in (5..record).step_by(3) {
        let bend: Bend = Box::new(move |bytes| bytes[at] ^= 0x80);
        list.push((format!("byte {at}"), bend));
    }
    for left_out in [1, 2, 15, 16, 17, 32, 48] {
        let bend: Bend = Box::new(move |bytes| bytes.truncate(record - left_out));
        list.push((format!("{left_out} bytes less"), bend));
    }
    for more in [1, 16, 32, 256] {
        let bend: Bend = Box::new(move |bytes| bytes.extend(vec![7; more]));
        list.push((format!("{more} bytes more"), bend));
    }
    for left in [0, 1, 15, 16, 17, 32, 48] {
        let bend: Bend = Box::new(move |bytes| bytes.truncate(5 + left));
        list.push((format!("{left} bytes of it"), bend));
    }
    list
}

/// property 14: padding that is too long, padding that says so, a MAC that is wrong, a length that cannot be: the
/// server sends as many bytes, the alert in them is bad_record_mac, and its log says the same.
#[test]
fn every_wrong_record_gets_one_and_the_same_alert() {
    let by_mac = [
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    ];
    let by_mac = by_mac.map(|name| premaster_crypto::suite_named(name).unwrap());
    for suite in by_mac {
        for encrypt_then_mac in [true, false] {
            let bench = Bench::new(suite.id, encrypt_then_mac);
            let length = 41;
            let record = bench
                .established()
                .seal(ContentType::application_data, &vec![0x61; length]);
            let (what, bends) = (suite.name, bends(record.len()));
            let expected = bench.bent(length, &bends[0].1);
            assert_eq!(expected.1, [[2, 20]], "{what}");
            for (how, bend) in &bends {
                let seen = bench.bent(length, bend);
                assert_eq!(seen, expected, "{what}, {encrypt_then_mac}: {how}");
            }
        }
    }
}

/// property 14: encrypt-then-MAC is used where both sides have it, and only with CBC.
#[test]
fn encrypt_then_mac_is_used_where_both_sides_have_it() {
    let world = World::new();
    let aead = suite(0xc02b);
    for suite in CLASSIC_SUITES.iter().chain(aead) {
        let is_cbc = matches!(suite.cipher, BulkCipher::Cbc(_));
        for (client_has, server_has) in [(true, true), (true, false), (false, true), (false, false)]
        {
            let cell = |encrypt_then_mac| Cell {
                suite,
                server: match suite.authentication {
                    premaster_crypto::Authentication::Rsa => KeyKind::Rsa2048,
                    premaster_crypto::Authentication::RsaDecryption => KeyKind::RsaDecryption,
                    _ => KeyKind::P256,
                },
                client: ClientCertificate::NotAsked,
                resumption: None,
                encrypt_then_mac,
            };
            let client = world.client(&cell(client_has));
            let server = world.server(&cell(server_has));
            let mut pair = Pair::new(&client, &server, NAME);
            pair.handshake().unwrap();
            let expected = is_cbc && client_has && server_has;
            for side in [&pair.client, &pair.server] {
                let facts = side.facts().unwrap();
                let what = format!("{}: {client_has} {server_has}", suite.name);
                assert_eq!(facts.encrypt_then_mac, expected, "{what}");
            }
        }
    }
}
