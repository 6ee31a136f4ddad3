//! What an end of a connection says about it, and whether that is what the cell asked for.

use super::{
    act::Act,
    cell::{Cell, ClientAuth, Group, MacOrder, Resumption, Version},
    suite::{Authentication, Cipher, Exchange, Suite},
};
use anyhow::{Result, bail};
use std::fmt;

/// One connection as one end saw it. What a program does not tell is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) version: Version,
    pub(super) exchange: Exchange,
    pub(super) cipher: Cipher,
    pub(super) authentication: Option<Authentication>,
    pub(super) group: Option<SeenGroup>,
    pub(super) mac_order: Option<MacOrder>,
    pub(super) resumed: bool,
    pub(super) client_certificate: Option<bool>,
    /// What the session was resumed by.
    pub(super) resumed_by: Option<Resumption>,
    /// Whether the server issued a ticket.
    pub(super) ticket: Option<bool>,
    /// What is special about it.
    pub(super) told: Told,
}

/// What an end tells of what happens in TLS 1.3 alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Whether there was a HelloRetryRequest.
    pub(super) retried: Option<bool>,
    /// Whether KeyUpdate went both ways; curl only receives.
    pub(super) key_updates: Option<bool>,
    /// Whether early data was accepted.
    pub(super) early_data: Option<bool>,
    /// Whether a key from elsewhere authenticated both.
    pub(super) psk: Option<bool>,
    /// Whether the client authenticated after the handshake.
    pub(super) post_handshake_auth: Option<bool>,
}

/// What one connection of a cell is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) resumed: bool,
    pub(super) early_data: bool,
}

/// A group as a program tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SeenGroup {
    Named(Group),
    /// A finite field, by the length of its prime.
    FieldOf(u32),
}

impl Seen {
    /// A full handshake of TLS 1.3 with this cipher, and nothing else told.
    pub(super) fn tls13(cipher: Cipher) -> Self {
        Self {
            version: Version::Tls13,
            exchange: Exchange::Ecdhe,
            cipher,
            authentication: None,
            group: None,
            mac_order: None,
            resumed: false,
            client_certificate: None,
            resumed_by: None,
            ticket: None,
            told: Told::default(),
        }
    }

    /// A full handshake with this suite, and nothing else told.
    pub(super) fn suite(version: Version, suite: Suite) -> Self {
        Self {
            version,
            exchange: suite.exchange,
            authentication: Some(suite.authentication),
            ..Self::tls13(suite.cipher)
        }
    }

    /// Compares with the cell.
    ///
    /// # Errors
    /// Names the first thing that is otherwise.
    pub(super) fn check(&self, cell: &Cell, wanted: Wanted) -> Result<()> {
        self.told.check(cell, wanted)?;
        let resumed = wanted.resumed;
        let has_certificate = matches!(cell.client_auth, ClientAuth::Required(_));
        same("version", self.version, cell.version)?;
        same("key exchange", self.exchange, cell.exchange)?;
        same("cipher", self.cipher, cell.cipher)?;
        same_if_told(
            "authentication",
            self.authentication,
            cell.key.authentication(),
        )?;
        same("resumed", self.resumed, resumed)?;
        same_if_told(
            "client certificate",
            self.client_certificate,
            has_certificate,
        )?;
        same_if_told("resumed by", self.resumed_by, cell.resumption)?;
        if let Some(order) = cell.mac_order {
            same_if_told("order of MAC", self.mac_order, order)?;
        }
        if !resumed && cell.resumption != Resumption::Full {
            let wanted = cell.resumption == Resumption::Ticket || cell.version == Version::Tls13;
            same_if_told("ticket", self.ticket, wanted)?;
        }
        match (self.group, cell.group) {
            (Some(SeenGroup::Named(seen)), Some(wanted)) => same("group", seen, wanted),
            (Some(SeenGroup::FieldOf(bits)), Some(wanted)) => {
                same("length of the field", Some(bits), wanted.field_bits())
            }
            _ => Ok(()),
        }
    }
}

impl Told {
    /// What is told of this.
    pub(super) fn of(self, act: Act) -> Option<bool> {
        match act {
            Act::HelloRetry => self.retried,
            Act::KeyUpdate | Act::PeerKeyUpdate => self.key_updates,
            Act::EarlyData => self.early_data,
            Act::Psk => self.psk,
            Act::PostHandshakeAuth => self.post_handshake_auth,
        }
    }

    fn check(&self, cell: &Cell, wanted: Wanted) -> Result<()> {
        let is = |act| cell.act == Some(act);
        same_if_told("retried", self.retried, is(Act::HelloRetry))?;
        let new_keys = cell.act.is_some_and(Act::is_key_update);
        same_if_told("KeyUpdate", self.key_updates, new_keys)?;
        same_if_told("early data", self.early_data, wanted.early_data)?;
        same_if_told("external PSK", self.psk, is(Act::Psk))?;
        let late = is(Act::PostHandshakeAuth);
        same_if_told("late certificate", self.post_handshake_auth, late)
    }
}

/// Compares all connections of one end.
pub(super) fn check(cell: &Cell, seen: &[Seen], wanted: &[Wanted]) -> Result<()> {
    if seen.len() != wanted.len() {
        bail!(
            "tells of {} connections, there were {}",
            seen.len(),
            wanted.len()
        );
    }
    seen.iter()
        .zip(wanted)
        .try_for_each(|(seen, wanted)| seen.check(cell, *wanted))
}

fn same<T: Copy + PartialEq + fmt::Debug>(what: &str, seen: T, wanted: T) -> Result<()> {
    if seen != wanted {
        bail!("{what} is {seen:?}, not {wanted:?}");
    }
    Ok(())
}

fn same_if_told<T: Copy + PartialEq + fmt::Debug>(
    what: &str,
    seen: Option<T>,
    wanted: T,
) -> Result<()> {
    seen.map_or(Ok(()), |seen| same(what, seen, wanted))
}

/// The value after `label` on the first line that begins with it.
pub(super) fn field<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.trim_start().strip_prefix(label))
        .map(str::trim)
}

/// Splits a text before each line that begins with `label`; what stands before the first is dropped.
pub(super) fn sections<'a>(text: &'a str, label: &str) -> Vec<&'a str> {
    let mut starts: Vec<_> = Vec::new();
    let mut place = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(label) {
            starts.push(place);
        }
        place += line.len();
    }
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &text[*start..end])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::cell::Key;
    use crate::interop::matrix::{Matrix, Pairs};

    const FULL: Wanted = Wanted {
        resumed: false,
        early_data: false,
    };

    fn cells() -> Vec<Cell> {
        let mut cells = Matrix::build(Pairs::Ours).unwrap().cells;
        cells.retain(|cell| cell.version == Version::Tls12);
        cells
    }

    #[test]
    fn anything_that_differs_from_the_cell_is_an_error() {
        let cells = cells();
        let cell = cells
            .iter()
            .find(|cell| cell.group == Some(Group::P256) && cell.key == Key::P256)
            .unwrap();
        let good = Seen {
            group: Some(SeenGroup::Named(Group::P256)),
            client_certificate: Some(false),
            ..Seen::suite(cell.version, cell.suite())
        };
        assert!(check(cell, &[good], &[FULL]).is_ok());
        let bad = [
            Seen {
                resumed_by: Some(Resumption::Ticket),
                ..good
            },
            Seen {
                cipher: Cipher::ChaCha20Poly1305,
                ..good
            },
            Seen {
                exchange: Exchange::RsaTransport,
                ..good
            },
            Seen {
                authentication: Some(Authentication::Rsa),
                ..good
            },
            Seen {
                group: Some(SeenGroup::Named(Group::X25519)),
                ..good
            },
            Seen {
                group: Some(SeenGroup::FieldOf(2048)),
                ..good
            },
            Seen {
                resumed: true,
                ..good
            },
            Seen {
                client_certificate: Some(true),
                ..good
            },
        ];
        for seen in bad {
            assert!(check(cell, &[seen], &[FULL]).is_err(), "{seen:?}");
        }
        assert!(check(cell, &[good], &[FULL; 2]).is_err());
        assert!(check(cell, &[], &[FULL]).is_err());
    }

    #[test]
    fn the_order_of_mac_and_the_length_of_a_field_count_where_they_are_told() {
        let cells = cells();
        let of = |fits: &dyn Fn(&Cell) -> bool| cells.iter().find(|cell| fits(cell)).unwrap();
        let cell = of(&|cell| cell.mac_order == Some(MacOrder::MacThenEncrypt));
        for (told, good) in [
            (None, true),
            (Some(MacOrder::MacThenEncrypt), true),
            (Some(MacOrder::EncryptThenMac), false),
        ] {
            let seen = Seen {
                mac_order: told,
                ..Seen::suite(cell.version, cell.suite())
            };
            assert_eq!(seen.check(cell, FULL).is_ok(), good);
        }
        let cell = of(&|cell| cell.group == Some(Group::Modp3072));
        for (bits, good) in [(3072, true), (2048, false)] {
            let seen = Seen {
                group: Some(SeenGroup::FieldOf(bits)),
                ..Seen::suite(cell.version, cell.suite())
            };
            assert_eq!(seen.check(cell, FULL).is_ok(), good);
        }
    }

    #[test]
    fn a_ticket_must_come_where_it_resumes_and_nowhere_else() {
        for (resumption, wanted) in [(Resumption::Ticket, true), (Resumption::SessionId, false)] {
            let cells = cells();
            let of_this_kind =
                |cell: &&Cell| cell.resumption == resumption && cell.key == Key::P256;
            let cell = cells.iter().find(of_this_kind).unwrap();
            for ticket in [true, false] {
                let seen = Seen {
                    ticket: Some(ticket),
                    ..Seen::suite(cell.version, cell.suite())
                };
                assert_eq!(seen.check(cell, FULL).is_ok(), ticket == wanted);
            }
        }
    }

    #[test]
    fn what_is_special_must_happen_in_its_cells_and_in_no_other() {
        let cells = Matrix::build(Pairs::PeersOnly).unwrap().cells;
        let yes = Some(true);
        for (act, told) in [
            (
                Act::HelloRetry,
                Told {
                    retried: yes,
                    ..Told::default()
                },
            ),
            (
                Act::KeyUpdate,
                Told {
                    key_updates: yes,
                    ..Told::default()
                },
            ),
            (
                Act::Psk,
                Told {
                    psk: yes,
                    ..Told::default()
                },
            ),
            (
                Act::PostHandshakeAuth,
                Told {
                    post_handshake_auth: yes,
                    ..Told::default()
                },
            ),
        ] {
            for cell in cells.iter().filter(|cell| cell.version == Version::Tls13) {
                let good = cell.act == Some(act);
                assert_eq!(told.check(cell, FULL).is_ok(), good, "{act} {cell}");
            }
        }
        let early_data = Told {
            early_data: yes,
            ..Told::default()
        };
        assert!(early_data.check(&cells[0], FULL).is_err());
    }

    #[test]
    fn sections_begin_at_their_label() {
        let text = "before\nA: 1\nx\nA: 2\ny";
        assert_eq!(sections(text, "A:"), ["A: 1\nx\n", "A: 2\ny"]);
        assert_eq!(field(text, "A:"), Some("1"));
        assert_eq!(sections(text, "B:"), [""; 0]);
    }
}
