//! What an end of a connection says about it, and whether that is what the cell asked for.

use super::cell::{Aead, Cell, ClientAuth, Group, Key, Resumption, Version};
use anyhow::{Result, bail};
use std::fmt;

/// How the server's key signs, in a suite's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    Rsa,
    Ecdsa,
}

/// One connection as one end saw it. What a program does not tell is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) version: Version,
    pub(super) aead: Aead,
    pub(super) signature: Option<Signature>,
    pub(super) group: Option<Group>,
    pub(super) resumed: bool,
    pub(super) client_certificate: Option<bool>,
    /// What the session was resumed by.
    pub(super) resumed_by: Option<Resumption>,
    /// Whether the server issued a ticket.
    pub(super) ticket: Option<bool>,
}

impl Seen {
    /// Compares with the cell.
    ///
    /// # Errors
    /// Names the first thing that is otherwise.
    pub(super) fn check(&self, cell: &Cell, resumed: bool) -> Result<()> {
        let signature = if cell.key == Key::Rsa2048 {
            Signature::Rsa
        } else {
            Signature::Ecdsa
        };
        let has_certificate = matches!(cell.client_auth, ClientAuth::Required(_));
        same("version", self.version, cell.version)?;
        same("AEAD", self.aead, cell.aead)?;
        same("signature", self.signature.unwrap_or(signature), signature)?;
        same("resumed", self.resumed, resumed)?;
        same(
            "client certificate",
            self.client_certificate.unwrap_or(has_certificate),
            has_certificate,
        )?;
        same(
            "resumed by",
            self.resumed_by.unwrap_or(cell.resumption),
            cell.resumption,
        )?;
        if let (Some(ticket), false) = (self.ticket, resumed || cell.resumption == Resumption::Full)
        {
            same("ticket", ticket, cell.resumption == Resumption::Ticket)?;
        }
        match (self.group, cell.group) {
            (Some(seen), Some(wanted)) => same("group", seen, wanted),
            _ => Ok(()),
        }
    }
}

/// Compares all connections of one end: the first is full, a second one resumed.
pub(super) fn check(cell: &Cell, seen: &[Seen], resumed: &[bool]) -> Result<()> {
    if seen.len() != resumed.len() {
        bail!(
            "tells of {} connections, there were {}",
            seen.len(),
            resumed.len()
        );
    }
    seen.iter()
        .zip(resumed)
        .try_for_each(|(seen, resumed)| seen.check(cell, *resumed))
}

fn same<T: Copy + PartialEq + fmt::Debug>(what: &str, seen: T, wanted: T) -> Result<()> {
    if seen != wanted {
        bail!("{what} is {seen:?}, not {wanted:?}");
    }
    Ok(())
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
    use crate::interop::matrix::{Matrix, Pairs};

    #[test]
    fn anything_that_differs_from_the_cell_is_an_error() {
        let matrix = Matrix::build(Pairs::Ours).unwrap();
        let cell = matrix
            .cells
            .iter()
            .find(|cell| cell.group == Some(Group::P256) && cell.key == Key::P256)
            .unwrap();
        let good = Seen {
            version: Version::Tls12,
            aead: cell.aead,
            signature: Some(Signature::Ecdsa),
            group: cell.group,
            resumed: false,
            client_certificate: Some(false),
            resumed_by: None,
            ticket: None,
        };
        assert!(check(cell, &[good], &[false]).is_ok());
        let bad = [
            Seen {
                resumed_by: Some(Resumption::Ticket),
                ..good
            },
            Seen {
                aead: Aead::ChaCha20Poly1305,
                ..good
            },
            Seen {
                signature: Some(Signature::Rsa),
                ..good
            },
            Seen {
                group: Some(Group::X25519),
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
            assert!(check(cell, &[seen], &[false]).is_err(), "{seen:?}");
        }
        assert!(check(cell, &[good], &[false, true]).is_err());
        assert!(check(cell, &[], &[false]).is_err());
    }

    #[test]
    fn a_ticket_must_come_where_it_resumes_and_nowhere_else() {
        let cells = Matrix::build(Pairs::Ours).unwrap().cells;
        for (resumption, wanted) in [(Resumption::Ticket, true), (Resumption::SessionId, false)] {
            let of_this_kind =
                |cell: &&Cell| cell.resumption == resumption && cell.key == Key::P256;
            let cell = cells.iter().find(of_this_kind).unwrap();
            for ticket in [true, false] {
                let seen = Seen {
                    version: cell.version,
                    aead: cell.aead,
                    signature: None,
                    group: None,
                    resumed: false,
                    client_certificate: None,
                    resumed_by: None,
                    ticket: Some(ticket),
                };
                assert_eq!(seen.check(cell, false).is_ok(), ticket == wanted);
            }
        }
    }

    #[test]
    fn sections_begin_at_their_label() {
        let text = "before\nA: 1\nx\nA: 2\ny";
        assert_eq!(sections(text, "A:"), ["A: 1\nx\n", "A: 2\ny"]);
        assert_eq!(field(text, "A:"), Some("1"));
        assert_eq!(sections(text, "B:"), [""; 0]);
    }
}
