//! All cells, and those that are left out with their reasons.

use super::cell::{Aead, Cell, ClientAuth, Group, Key, Program, Refusal, Resumption, Version};
use anyhow::{Context, Result, bail};

/// The combinations that no run can have; each line of the file says why.
const EXCLUSIONS: &str = include_str!("../../interop/exclusions.txt");

/// What is played and what is not.
#[derive(Debug)]
pub(super) struct Matrix {
    pub(super) cells: Vec<Cell>,
    /// The cells left out, each with its reason.
    pub(super) excluded: Vec<(Cell, String)>,
}

/// Which pairs of programs meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairs {
    /// Ours with everyone, in both directions, and with ourselves.
    Ours,
    /// The others among themselves: whether certificates, data and expectations hold without us.
    PeersOnly,
}

impl Matrix {
    /// The whole matrix.
    ///
    /// # Errors
    /// When a line of the exclusions is malformed or excludes nothing.
    pub(super) fn build(pairs: Pairs) -> Result<Self> {
        let exclusions = exclusions(EXCLUSIONS)?;
        let all: Vec<_> = Program::ALL
            .iter()
            .flat_map(|client| cells_of_client(*client))
            .collect();
        for exclusion in &exclusions {
            if !all.iter().any(|cell| exclusion.matches(cell)) {
                bail!(
                    "xtask/interop/exclusions.txt: `{}` excludes no cell: remove it",
                    exclusion.words.join(" ")
                );
            }
        }
        let mut matrix = Self {
            cells: Vec::new(),
            excluded: Vec::new(),
        };
        for cell in all.into_iter().filter(|cell| meets(pairs, cell)) {
            match exclusions.iter().find(|exclusion| exclusion.matches(&cell)) {
                Some(exclusion) => matrix.excluded.push((cell, exclusion.reason.clone())),
                None => matrix.cells.push(cell),
            }
        }
        Ok(matrix)
    }

    /// Keeps the cells whose words contain each of the filter's.
    pub(super) fn filter(&mut self, filter: &str) {
        let wanted: Vec<_> = filter.split_whitespace().collect();
        let fits = |cell: &Cell| wanted.iter().all(|word| cell.to_string().contains(word));
        self.cells.retain(fits);
        self.excluded.retain(|(cell, _)| fits(cell));
    }
}

fn meets(pairs: Pairs, cell: &Cell) -> bool {
    let ours = cell.client == Program::Premaster || cell.server == Program::Premaster;
    ours == (pairs == Pairs::Ours)
}

fn cells_of_client(client: Program) -> Vec<Cell> {
    Program::ALL
        .iter()
        .flat_map(|server| cells_of_pair(client, *server))
        .collect()
}

/// The full product of what matters together, then each further thing once or a few times.
fn cells_of_pair(client: Program, server: Program) -> Vec<Cell> {
    let plain = Cell {
        client,
        server,
        version: Version::Tls12,
        aead: Aead::Aes128Gcm,
        key: Key::P256,
        client_auth: ClientAuth::NotAsked,
        resumption: Resumption::Full,
        group: None,
        refusal: None,
    };
    let mut cells = Vec::new();
    for aead in Aead::ALL {
        for key in Key::ALL {
            for client_auth in [ClientAuth::NotAsked, ClientAuth::Required(Key::P256)] {
                for resumption in Resumption::ALL {
                    cells.push(Cell {
                        aead,
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
    for group in Group::ALL {
        for key in Key::ALL {
            cells.push(Cell {
                group: Some(group),
                key,
                ..plain
            });
        }
    }
    for refusal in Refusal::ALL {
        let client_auth = match refusal {
            Refusal::NoClientCertificate | Refusal::UnknownClientRoot => {
                ClientAuth::Required(Key::P256)
            }
            _ => ClientAuth::NotAsked,
        };
        cells.push(Cell {
            refusal: Some(refusal),
            client_auth,
            ..plain
        });
    }
    cells
}

/// One line of the exclusions: words that a cell must all have, and the reason.
#[derive(Debug)]
struct Exclusion {
    words: Vec<String>,
    reason: String,
}

impl Exclusion {
    fn matches(&self, cell: &Cell) -> bool {
        let text = cell.to_string();
        self.words
            .iter()
            .all(|word| text.split(' ').any(|it| it == word))
    }
}

fn exclusions(text: &str) -> Result<Vec<Exclusion>> {
    let lines = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (words, reason) = line.split_once(" | ").with_context(|| {
                format!("xtask/interop/exclusions.txt: `{line}`: expected `WORDS | REASON`")
            })?;
            let words = words.split_whitespace().map(str::to_owned).collect();
            Ok(Exclusion {
                words,
                reason: reason.trim().to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_cell_comes_twice() {
        for pairs in [Pairs::Ours, Pairs::PeersOnly] {
            let matrix = Matrix::build(pairs).unwrap();
            let names: BTreeSet<_> = matrix.cells.iter().map(Cell::to_string).collect();
            assert_eq!(names.len(), matrix.cells.len());
        }
    }

    #[test]
    fn every_suite_meets_every_key_and_every_way_to_resume() {
        let matrix = Matrix::build(Pairs::Ours).unwrap();
        for pair in [
            "premaster>openssl",
            "premaster>gnutls",
            "openssl>premaster",
            "gnutls>premaster",
            "premaster>premaster",
        ] {
            let cells = matrix
                .cells
                .iter()
                .chain(matrix.excluded.iter().map(|(cell, _)| cell));
            assert_eq!(
                cells.filter(|cell| cell.pair() == pair).count(),
                3 * 4 * 2 * 3 + 3 + 3 + 12 + 4
            );
        }
    }

    #[test]
    fn an_exclusion_needs_a_reason() {
        assert!(exclusions("premaster>gnutls ticket").is_err());
        assert_eq!(
            exclusions("# why\n\npremaster>gnutls ticket | it cannot\n")
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn an_exclusion_matches_whole_words() {
        let exclusion = &exclusions("client-cert=p256 full | no").unwrap()[0];
        let matrix = Matrix::build(Pairs::Ours).unwrap();
        let matched: Vec<_> = matrix
            .cells
            .iter()
            .filter(|cell| exclusion.matches(cell))
            .collect();
        assert!(
            matched
                .iter()
                .all(|cell| cell.client_auth == ClientAuth::Required(Key::P256))
        );
        assert!(!matched.is_empty());
    }
}
