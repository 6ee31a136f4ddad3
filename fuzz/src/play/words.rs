//! Messages that nobody has said, ready to be said at any time.

use premaster_connection::Side;
use premaster_wire::HandshakeType as Type;

use super::Setup;
use super::forge::{self, message};
use super::provider::SKELETON;
use super::stage::Stage;

/// How many there are.
pub(super) const WORDS: u8 = 26;

/// One of them.
pub(super) fn word(stage: &Stage, which: u8) -> Vec<u8> {
    let certificate = include_bytes!("client.der");
    let length = |bytes: &[u8]| [0, (bytes.len() >> 8) as u8, bytes.len() as u8];
    let again = |kind: Type| {
        let said = stage.log.iter().find(|said| forge::kind(said) == kind);
        said.cloned().unwrap_or_else(|| message(kind, &[]))
    };
    let entry = [&length(certificate)[..], certificate, &[0, 0]].concat();
    match which % WORDS {
        0 => finished(stage).unwrap_or_else(|| message(Type::finished, &[0; 12])),
        1 => message(Type::key_update, &[0]),
        2 => message(Type::key_update, &[1]),
        3 => message(Type::key_update, &[2]),
        4 => message(Type::hello_request, &[]),
        5 => message(Type::server_hello_done, &[]),
        // A ticket of TLS 1.3 for an hour, with early data.
        6 => message(
            Type::new_session_ticket,
            &[
                &[
                    0,
                    0,
                    14,
                    16,
                    1,
                    2,
                    3,
                    4,
                    1,
                    stage.log.len() as u8,
                    0,
                    2,
                    8,
                    9,
                ][..],
                &[0, 8, 0, 42, 0, 4, 0, 0, 16, 0],
            ]
            .concat(),
        ),
        7 => message(Type::new_session_ticket, &[0, 0, 14, 16, 0, 2, 8, 9]),
        // A request after the handshake, for ECDSA with P-256.
        8 => message(
            Type::certificate_request,
            &[1, stage.log.len() as u8, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3],
        ),
        9 => message(
            Type::certificate_request,
            &[0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3],
        ),
        10 => message(Type::certificate_request, &[1, 64, 0, 2, 4, 3, 0, 0]),
        11 => message(Type::encrypted_extensions, &[0, 0]),
        12 => message(Type::certificate, &[0, 0, 0, 0]),
        13 => {
            let list = [&length(&entry)[..], &entry].concat();
            message(Type::certificate, &[&[0][..], &list].concat())
        }
        14 => {
            let list = &entry[..entry.len() - 2];
            message(Type::certificate, &[&length(list)[..], list].concat())
        }
        15 => message(
            Type::certificate_verify,
            &[&[4, 3, 0, 16][..], &SKELETON].concat(),
        ),
        16 => message(Type::end_of_early_data, &[]),
        17 => again(Type::client_hello),
        18 => again(Type::server_hello),
        19 => again(Type::certificate),
        20 => message(Type::client_key_exchange, &[&[32][..], &[7; 32]].concat()),
        21 => message(
            Type::server_key_exchange,
            &[&[3, 0, 29, 32][..], &[7; 32], &[4, 3, 0, 16], &SKELETON].concat(),
        ),
        22 => message(Type::certificate_status, &[1, 0, 0, 1, 7]),
        23 => message(Type::message_hash, &[7; 32]),
        24 => message(Type(99), &[]),
        // It says that it is longer than anybody would hold.
        _ => vec![Type::certificate.0, 0xff, 0xff, 0xff],
    }
}

/// A Finished that fits what was said so far, if the liar may forge one.
pub(super) fn finished(stage: &Stage) -> Option<Vec<u8>> {
    if !stage.setup.has(Setup::FORGED) {
        return None;
    }
    let (suite, _) = stage.victim.ear.heard().reads?;
    let sender: Side = stage.peer.side;
    forge::finished(&stage.victim.ear, suite, sender, &stage.log)
}
