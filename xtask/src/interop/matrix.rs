//! All cells, and those that are left out with their reasons.

use super::{
    cell::{Cell, Program},
    cells,
};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;

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

    /// How many cells are left out for which reason.
    pub(super) fn reasons(&self) -> BTreeMap<&str, usize> {
        let mut reasons = BTreeMap::new();
        for (_, reason) in &self.excluded {
            *reasons.entry(reason.as_str()).or_default() += 1;
        }
        reasons
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
    cell.involves(Program::Premaster) == (pairs == Pairs::Ours)
}

fn cells_of_client(client: Program) -> Vec<Cell> {
    Program::ALL
        .iter()
        .flat_map(|server| cells::of_pair(client, *server))
        .collect()
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
            .all(|word| text.split(' ').any(|it| is_meant(it, word)))
    }
}

/// Whether an exclusion's word means this one of a cell: `curl>` any cell with this client, `>gnutls` any with
/// this server, `max-fragment=` any with such a word, everything else itself.
fn is_meant(word: &str, by: &str) -> bool {
    match (by.starts_with('>'), by.ends_with(['>', '='])) {
        (true, _) => word.ends_with(by),
        (_, true) => word.starts_with(by),
        _ => word == by,
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
    use crate::interop::{
        act::{Act, Both},
        cell::{ClientAuth, Key},
    };
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
    fn everything_that_may_happen_in_tls13_is_played_by_somebody() {
        let cells = Matrix::build(Pairs::PeersOnly).unwrap().cells;
        for act in Act::ALL.into_iter().filter(|it| *it != Act::PeerKeyUpdate) {
            let played = cells.iter().filter(|cell| cell.act == Some(act));
            assert!(played.count() >= 6, "{act}");
        }
        for both in Both::ALL {
            assert!(cells.iter().any(|cell| cell.both == Some(both)), "{both}");
        }
    }

    #[test]
    fn new_keys_are_begun_with_by_ours_everywhere_and_by_whoever_can() {
        let cells = Matrix::build(Pairs::Ours).unwrap().cells;
        let pairs = |act| {
            let of_this_kind = |cell: &&Cell| cell.act == Some(act);
            let played = cells.iter().filter(of_this_kind).map(Cell::pair);
            played.collect::<BTreeSet<_>>()
        };
        let all: BTreeSet<_> = cells.iter().map(Cell::pair).collect();
        assert_eq!(pairs(Act::KeyUpdate), all);
        let by_peer = ["gnutls>premaster", "openssl>premaster", "premaster>openssl"];
        assert!(pairs(Act::PeerKeyUpdate).iter().eq(&by_peer));
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

    #[test]
    fn an_exclusion_can_mean_one_end_or_any_value() {
        for (word, by, meant) in [
            ("curl>premaster", "curl>", true),
            ("curl>premaster", ">premaster", true),
            ("curl>premaster", "premaster>", false),
            ("max-fragment=512", "max-fragment=", true),
            ("max-fragment=512", "max-fragment", false),
        ] {
            assert_eq!(is_meant(word, by), meant, "{word} {by}");
        }
    }
}
