//! Which cells a pair of programs plays: the full product of what matters together, then each further
//! thing once or a few times.

use super::{
    cell::{Cell, ClientAuth, Group, Key, MacOrder, Program, Refusal, Resumption, Version},
    cells13,
    suite::{Authentication, Cipher, Exchange, Suite},
};

/// All cells of a pair. No cells for two programs that do not meet: `curl` wants a server that speaks HTTP,
/// and Python with itself would be OpenSSL with itself.
pub(super) fn of_pair(client: Program, server: Program) -> Vec<Cell> {
    let meet = match (client, server) {
        (_, Program::Curl) | (Program::Python, Program::Python) => false,
        (Program::Curl, server) => matches!(server, Program::Premaster | Program::OpenSsl),
        _ => true,
    };
    if !meet {
        return Vec::new();
    }
    let plain = Cell {
        client,
        server,
        version: Version::Tls12,
        exchange: Exchange::Ecdhe,
        cipher: Cipher::Aes128Gcm,
        mac_order: None,
        key: Key::P256,
        client_auth: ClientAuth::NotAsked,
        resumption: Resumption::Full,
        group: None,
        fragment: None,
        act: None,
        both: None,
        refusal: None,
    };
    let bring_their_own = [Program::Premaster, Program::OpenSsl, Program::GnuTls];
    let brings_its_own = bring_their_own.contains(&client) && bring_their_own.contains(&server);
    let modern = match brings_its_own {
        true => product(plain),
        // Their cryptography is OpenSSL's.
        false => sample(plain),
    };
    let further = [classic(plain), fields(plain), fragments(plain)].concat();
    let tls12 = [modern, refusals(plain), further, classic_refusals(plain)].concat();
    [tls12, cells13::of_pair(plain, brings_its_own)].concat()
}

/// The suites that are on by default, with everything that may depend on them.
fn product(plain: Cell) -> Vec<Cell> {
    let mut cells = Vec::new();
    for cipher in Cipher::AEADS {
        for key in Key::ALL {
            for client_auth in [ClientAuth::NotAsked, ClientAuth::Required(Key::P256)] {
                for resumption in Resumption::ALL {
                    cells.push(Cell {
                        cipher,
                        key,
                        client_auth,
                        resumption,
                        ..plain
                    });
                }
            }
        }
    }
    for key in [Key::Rsa2048, Key::P384, Key::Ed25519] {
        cells.push(Cell {
            client_auth: ClientAuth::Required(key),
            ..plain
        });
    }
    for resumption in Resumption::ALL {
        cells.push(Cell {
            client_auth: ClientAuth::AskedHasNone,
            resumption,
            ..plain
        });
    }
    for group in Group::CURVES {
        for key in Key::ALL {
            cells.push(Cell {
                group: Some(group),
                key,
                ..plain
            });
        }
    }
    cells
}

/// The same, each thing once.
fn sample(plain: Cell) -> Vec<Cell> {
    let mut cells = Vec::new();
    for key in Key::ALL {
        cells.push(Cell { key, ..plain });
        cells.push(Cell {
            client_auth: ClientAuth::Required(key),
            ..plain
        });
    }
    for cipher in [Cipher::Aes256Gcm, Cipher::ChaCha20Poly1305] {
        for key in [Key::Rsa2048, Key::P256] {
            cells.push(Cell {
                cipher,
                key,
                ..plain
            });
        }
    }
    for resumption in [Resumption::SessionId, Resumption::Ticket] {
        for client_auth in [ClientAuth::NotAsked, ClientAuth::Required(Key::P256)] {
            cells.push(Cell {
                client_auth,
                resumption,
                ..plain
            });
        }
    }
    cells.push(Cell {
        client_auth: ClientAuth::AskedHasNone,
        ..plain
    });
    cells
}

/// What must be refused whatever the suite.
fn refusals(plain: Cell) -> Vec<Cell> {
    let refused = |refusal| Cell {
        refusal: Some(refusal),
        client_auth: match refusal {
            Refusal::NoClientCertificate | Refusal::UnknownClientRoot => {
                ClientAuth::Required(Key::P256)
            }
            _ => ClientAuth::NotAsked,
        },
        ..plain
    };
    Refusal::OF_CERTIFICATES.map(refused).to_vec()
}

/// Every classic suite in a full handshake, CBC in both orders; then a few of every kind with client
/// certificates and resumption.
fn classic(plain: Cell) -> Vec<Cell> {
    let mut cells: Vec<_> = Suite::all()
        .filter(|suite| suite.is_classic())
        .flat_map(|suite| orders(with_suite(plain, suite)))
        .collect();
    for (exchange, cipher, mac_order, key) in FEW {
        for (client_auth, resumption) in [
            (ClientAuth::NotAsked, Resumption::SessionId),
            (ClientAuth::NotAsked, Resumption::Ticket),
            (ClientAuth::Required(Key::P256), Resumption::Full),
            (ClientAuth::Required(Key::Rsa2048), Resumption::SessionId),
            (ClientAuth::Required(Key::P256), Resumption::Ticket),
        ] {
            cells.push(Cell {
                exchange,
                cipher,
                mac_order,
                key,
                client_auth,
                resumption,
                ..plain
            });
        }
    }
    cells
}

/// Each key exchange with an AEAD where it has a classic one, and with both orders of CBC and MAC.
const FEW: [(Exchange, Cipher, Option<MacOrder>, Key); 8] = [
    (
        Exchange::RsaTransport,
        Cipher::Aes128Gcm,
        None,
        Key::Rsa2048,
    ),
    (
        Exchange::RsaTransport,
        Cipher::Aes128CbcSha,
        Some(MacOrder::EncryptThenMac),
        Key::Rsa2048,
    ),
    (
        Exchange::RsaTransport,
        Cipher::Aes256CbcSha256,
        Some(MacOrder::MacThenEncrypt),
        Key::Rsa2048,
    ),
    (Exchange::Dhe, Cipher::ChaCha20Poly1305, None, Key::Rsa2048),
    (
        Exchange::Dhe,
        Cipher::Aes256CbcSha,
        Some(MacOrder::EncryptThenMac),
        Key::Rsa2048,
    ),
    (
        Exchange::Dhe,
        Cipher::Aes128CbcSha256,
        Some(MacOrder::MacThenEncrypt),
        Key::Rsa2048,
    ),
    (
        Exchange::Ecdhe,
        Cipher::Aes256CbcSha384,
        Some(MacOrder::EncryptThenMac),
        Key::P256,
    ),
    (
        Exchange::Ecdhe,
        Cipher::Aes128CbcSha,
        Some(MacOrder::MacThenEncrypt),
        Key::Rsa2048,
    ),
];

fn with_suite(plain: Cell, suite: Suite) -> Cell {
    Cell {
        exchange: suite.exchange,
        cipher: suite.cipher,
        key: match suite.authentication {
            Authentication::Rsa => Key::Rsa2048,
            Authentication::Ecdsa => Key::P256,
        },
        ..plain
    }
}

/// A cell for each order of CBC and MAC, or the one of an AEAD.
fn orders(cell: Cell) -> Vec<Cell> {
    let in_order = |order| Cell {
        mac_order: Some(order),
        ..cell
    };
    match cell.cipher.is_cbc() {
        true => MacOrder::ALL.map(in_order).to_vec(),
        false => vec![cell],
    }
}

/// Each finite field.
fn fields(plain: Cell) -> Vec<Cell> {
    let with = |group| Cell {
        exchange: Exchange::Dhe,
        key: Key::Rsa2048,
        group: Some(group),
        ..plain
    };
    Group::FIELDS.map(with).to_vec()
}

/// Each length of max_fragment_length; with CBC, whose records are longer; and in a resumed session.
fn fragments(plain: Cell) -> Vec<Cell> {
    let with = |length| Cell {
        fragment: Some(length),
        ..plain
    };
    let cbc = Cell {
        cipher: Cipher::Aes128CbcSha,
        ..with(512)
    };
    let resumed = [Resumption::SessionId, Resumption::Ticket].map(|resumption| Cell {
        resumption,
        ..with(1024)
    });
    [
        [512, 1024, 2048, 4096].map(with).to_vec(),
        orders(cbc),
        resumed.to_vec(),
    ]
    .concat()
}

/// What ours must refuse: nobody else is asked to.
fn classic_refusals(plain: Cell) -> Vec<Cell> {
    if !plain.involves(Program::Premaster) {
        return Vec::new();
    }
    let refused = |exchange, cipher: Cipher, refusal| Cell {
        exchange,
        cipher,
        mac_order: cipher.is_cbc().then_some(MacOrder::EncryptThenMac),
        key: Key::Rsa2048,
        refusal: Some(refusal),
        ..plain
    };
    let mut cells = vec![
        refused(
            Exchange::RsaTransport,
            Cipher::Aes128Gcm,
            Refusal::NotOptedIn,
        ),
        refused(Exchange::Dhe, Cipher::Aes128Gcm, Refusal::NotOptedIn),
        refused(Exchange::Ecdhe, Cipher::Aes128CbcSha, Refusal::NotOptedIn),
    ];
    // As a server, ours cannot even be started with these.
    if plain.client == Program::Premaster && plain.server != Program::Premaster {
        cells.push(refused(
            Exchange::Dhe,
            Cipher::Aes128Gcm,
            Refusal::WeakField,
        ));
        cells.push(refused(
            Exchange::RsaTransport,
            Cipher::Aes128Gcm,
            Refusal::NoKeyEncipherment,
        ));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_meets_every_end_of_ours() {
        for (client, server) in [
            (Program::Premaster, Program::Premaster),
            (Program::Premaster, Program::OpenSsl),
            (Program::Premaster, Program::GnuTls),
            (Program::Premaster, Program::Python),
            (Program::OpenSsl, Program::Premaster),
            (Program::GnuTls, Program::Premaster),
            (Program::Python, Program::Premaster),
            (Program::Curl, Program::Premaster),
        ] {
            let cells = of_pair(client, server);
            for suite in Suite::all() {
                let full = |cell: &&Cell| {
                    cell.suite() == suite
                        && cell.resumption == Resumption::Full
                        && cell.refusal.is_none()
                };
                assert!(
                    cells.iter().any(|cell| full(&cell)),
                    "{client}>{server} {suite}"
                );
            }
        }
    }

    #[test]
    fn only_cbc_has_an_order_and_the_key_fits_the_suite() {
        let cells = of_pair(Program::OpenSsl, Program::Premaster);
        for cell in cells {
            assert_eq!(cell.cipher.is_cbc(), cell.mac_order.is_some(), "{cell}");
            assert!(Suite::all().any(|suite| suite == cell.suite()), "{cell}");
        }
    }

    #[test]
    fn every_key_exchange_resumes_in_every_order_and_with_client_certificates() {
        for exchange in Exchange::ALL {
            for order in MacOrder::ALL {
                for resumption in [Resumption::SessionId, Resumption::Ticket] {
                    let fits = |cell: &&Cell| {
                        (cell.exchange, cell.mac_order) == (exchange, Some(order))
                            && cell.resumption == resumption
                            && matches!(cell.client_auth, ClientAuth::Required(_))
                    };
                    let cells = of_pair(Program::GnuTls, Program::Premaster);
                    assert_eq!(cells.iter().filter(fits).count(), 1);
                }
            }
        }
    }
}
