//! Which cells of TLS 1.3 a pair of programs plays, and in which cells the two versions meet.
//!
//! Suite, certificates and key exchange do not depend on each other here, so there is no product as in TLS 1.2: each
//! meets each other where it could matter, and that is mostly the ticket, which binds all of it together.

use super::{
    act::{Act, Both},
    cell::{Cell, ClientAuth, Group, Key, Program, Refusal, Resumption, Version},
    suite::{Cipher, Exchange},
};

/// All cells of a pair in which somebody speaks TLS 1.3; `all` of them, or each thing once where both programs have the
/// same cryptography.
pub(super) fn of_pair(plain: Cell, all: bool) -> Vec<Cell> {
    let tls12 = Cell {
        exchange: Exchange::Ecdhe,
        ..plain
    };
    let plain = Cell {
        version: Version::Tls13,
        ..tls12
    };
    let quiet = match all {
        true => [full(plain), certificates(plain), tickets(plain)].concat(),
        false => sample(plain),
    };
    [
        quiet,
        groups(plain),
        retries(plain),
        fragments(plain),
        acts(plain, all),
        versions(tls12, plain),
        refusals(tls12, plain),
    ]
    .concat()
}

const ONE_WITH_CERTIFICATE: [ClientAuth; 2] =
    [ClientAuth::NotAsked, ClientAuth::Required(Key::P256)];

/// Every suite with every kind of key.
fn full(plain: Cell) -> Vec<Cell> {
    let with_cipher = |cipher| {
        Key::ALL.map(|key| Cell {
            cipher,
            key,
            ..plain
        })
    };
    Cipher::AEADS.into_iter().flat_map(with_cipher).collect()
}

/// Every kind of client certificate, and none where one is asked for.
fn certificates(plain: Cell) -> Vec<Cell> {
    let required = Key::ALL.into_iter().map(ClientAuth::Required);
    let with = |client_auth| Cell {
        client_auth,
        ..plain
    };
    required
        .chain([ClientAuth::AskedHasNone])
        .map(with)
        .collect()
}

/// Tickets of every suite and from every kind of key, both with what they hold and with what they name, with and without
/// a client certificate.
fn tickets(plain: Cell) -> Vec<Cell> {
    let mut cells = Vec::new();
    for resumption in [Resumption::Ticket, Resumption::SessionId] {
        for cipher in Cipher::AEADS {
            for client_auth in ONE_WITH_CERTIFICATE {
                cells.push(Cell {
                    cipher,
                    client_auth,
                    resumption,
                    ..plain
                });
            }
        }
    }
    for key in [Key::Rsa2048, Key::P384, Key::Ed25519] {
        cells.push(Cell {
            key,
            resumption: Resumption::Ticket,
            ..plain
        });
    }
    cells.push(Cell {
        client_auth: ClientAuth::AskedHasNone,
        resumption: Resumption::Ticket,
        ..plain
    });
    cells
}

/// The same, each thing once.
fn sample(plain: Cell) -> Vec<Cell> {
    let mut cells = Vec::new();
    for key in Key::ALL {
        cells.push(Cell { key, ..plain });
    }
    for cipher in [Cipher::Aes256Gcm, Cipher::ChaCha20Poly1305] {
        cells.push(Cell { cipher, ..plain });
    }
    for client_auth in [
        ClientAuth::Required(Key::P256),
        ClientAuth::Required(Key::Rsa2048),
        ClientAuth::AskedHasNone,
    ] {
        cells.push(Cell {
            client_auth,
            ..plain
        });
    }
    for resumption in [Resumption::Ticket, Resumption::SessionId] {
        for client_auth in ONE_WITH_CERTIFICATE {
            cells.push(Cell {
                client_auth,
                resumption,
                ..plain
            });
        }
    }
    cells
}

/// Each group as the client's only one.
fn groups(plain: Cell) -> Vec<Cell> {
    let with = |group| Cell {
        group: Some(group),
        ..plain
    };
    let groups = Group::CURVES.into_iter().chain([Group::X25519MlKem768]);
    groups.map(with).collect()
}

/// The shortest and the longest of max_fragment_length, and one that a ticket must not forget.
fn fragments(plain: Cell) -> Vec<Cell> {
    let with = |length, resumption| Cell {
        fragment: Some(length),
        resumption,
        ..plain
    };
    vec![
        with(512, Resumption::Full),
        with(4096, Resumption::Full),
        with(1024, Resumption::Ticket),
    ]
}

/// HelloRetryRequest, alone and with what it changes: the hash of the first ClientHello, the binders, the certificates'
/// transcript.
fn retries(plain: Cell) -> Vec<Cell> {
    let retried = Cell {
        act: Some(Act::HelloRetry),
        group: Some(Group::P384),
        ..plain
    };
    let with = |cipher, client_auth, resumption| Cell {
        cipher,
        client_auth,
        resumption,
        ..retried
    };
    let [without, required] = ONE_WITH_CERTIFICATE;
    vec![
        retried,
        with(Cipher::Aes256Gcm, required, Resumption::Full),
        with(Cipher::ChaCha20Poly1305, without, Resumption::Ticket),
        with(Cipher::Aes256Gcm, without, Resumption::Ticket),
    ]
}

/// Everything else that may happen; suites matter where there are new keys.
fn acts(plain: Cell, all: bool) -> Vec<Cell> {
    let act = |act, cipher, client_auth, resumption| Cell {
        act: Some(act),
        cipher,
        client_auth,
        resumption,
        ..plain
    };
    let [without, required] = ONE_WITH_CERTIFICATE;
    let mut cells = vec![
        act(
            Act::EarlyData,
            Cipher::Aes128Gcm,
            without,
            Resumption::SessionId,
        ),
        act(
            Act::EarlyData,
            Cipher::Aes128Gcm,
            required,
            Resumption::Ticket,
        ),
        act(
            Act::PostHandshakeAuth,
            Cipher::Aes256Gcm,
            required,
            Resumption::Full,
        ),
        act(
            Act::PostHandshakeAuth,
            Cipher::Aes128Gcm,
            ClientAuth::Required(Key::Rsa2048),
            Resumption::Full,
        ),
        // A key from elsewhere goes with SHA-256, says RFC 8446 section 4.2.11 unless somebody says otherwise.
        act(Act::Psk, Cipher::Aes128Gcm, without, Resumption::Full),
        act(
            Act::Psk,
            Cipher::ChaCha20Poly1305,
            without,
            Resumption::Full,
        ),
    ];
    let ciphers = match all {
        true => &Cipher::AEADS[..],
        false => &Cipher::AEADS[..1],
    };
    for cipher in ciphers {
        cells.push(act(Act::KeyUpdate, *cipher, without, Resumption::Full));
        cells.push(act(Act::EarlyData, *cipher, without, Resumption::Ticket));
        if plain.involves(Program::Premaster) && plain.client != plain.server {
            let by_peer = Act::PeerKeyUpdate;
            cells.push(act(by_peer, *cipher, without, Resumption::Full));
        }
    }
    cells
}

/// One end or both allow both versions: the higher one that both have is agreed on.
fn versions(tls12: Cell, tls13: Cell) -> Vec<Cell> {
    let both = |plain, both| Cell {
        both: Some(both),
        ..plain
    };
    let mut cells = Vec::new();
    for plain in [tls12, tls13] {
        cells.extend([Both::Client, Both::Server].map(|ends| both(plain, ends)));
    }
    cells.push(both(tls13, Both::Ends));
    cells.push(Cell {
        resumption: Resumption::Ticket,
        ..both(tls13, Both::Ends)
    });
    cells
}

/// What must be refused in TLS 1.3 too, and versions that do not meet.
fn refusals(tls12: Cell, tls13: Cell) -> Vec<Cell> {
    let refused = |plain, refusal| Cell {
        refusal: Some(refusal),
        client_auth: match refusal {
            Refusal::NoClientCertificate | Refusal::UnknownClientRoot => {
                ClientAuth::Required(Key::P256)
            }
            _ => ClientAuth::NotAsked,
        },
        ..plain
    };
    let mut cells = Refusal::OF_CERTIFICATES
        .map(|refusal| refused(tls13, refusal))
        .to_vec();
    cells.extend([tls12, tls13].map(|plain| refused(plain, Refusal::VersionsApart)));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::{cells, program::End};

    fn cells() -> Vec<Cell> {
        let servers = [Program::GnuTls, Program::Premaster];
        let of = |server| cells::of_pair(Program::OpenSsl, server);
        servers.map(of).concat()
    }

    #[test]
    fn nothing_of_tls12_alone_is_in_a_cell_of_tls13() {
        for cell in cells().iter().filter(|it| it.version == Version::Tls13) {
            assert!(cell.cipher.tls13().is_some(), "{cell}");
            assert_eq!(cell.mac_order, None, "{cell}");
            assert_eq!(cell.exchange, Exchange::Ecdhe, "{cell}");
        }
    }

    #[test]
    fn every_act_happens_and_only_in_tls13() {
        for act in Act::ALL {
            let of_this_kind = |cell: &&Cell| cell.act == Some(act);
            assert!(cells().iter().any(|cell| of_this_kind(&cell)), "{act}");
            let cells = cells();
            let mut found = cells.iter().filter(of_this_kind);
            assert!(found.all(|cell| cell.version == Version::Tls13), "{act}");
        }
    }

    #[test]
    fn what_is_agreed_on_is_the_highest_that_both_allow() {
        for cell in cells().iter().filter(|it| it.refusal.is_none()) {
            let [client, server] = [End::Client, End::Server].map(|end| cell.versions(end));
            let common = Version::ALL
                .into_iter()
                .filter(|it| client.contains(it) && server.contains(it));
            assert_eq!({ common }.next_back(), Some(cell.version), "{cell}");
        }
    }
}
