//! Peers by capability: counts of cells, as printed after a run and as committed.

use super::cell::Cell;
use anyhow::{Result, bail};
use std::{collections::BTreeMap, iter};

/// The committed counts.
const COMMITTED: &str = include_str!("../../interop/cells.txt");

/// What every cell counts under, beside its capabilities.
const TOTAL: &str = "total";

/// Counts by pair, in the order in which they first came, and by capability.
#[derive(Debug, Default)]
pub(super) struct Table {
    pairs: Vec<String>,
    counts: BTreeMap<(String, String), Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    played: usize,
    passed: usize,
}

impl Table {
    /// Counts one cell.
    pub(super) fn add(&mut self, cell: &Cell, passed: bool) {
        let pair = cell.pair();
        if !self.pairs.contains(&pair) {
            self.pairs.push(pair.clone());
        }
        for column in iter::once(TOTAL.to_owned()).chain(cell.capabilities()) {
            let count = self.counts.entry((pair.clone(), column)).or_default();
            count.played += 1;
            count.passed += usize::from(passed);
        }
    }

    /// The numbers of cells, a column per pair, in the form of the committed file.
    pub(super) fn played(&self) -> String {
        self.text(|count| count.played.to_string())
    }

    /// The numbers passed of those played.
    pub(super) fn passed(&self) -> String {
        self.text(|count| match count.played {
            0 => "-".to_owned(),
            played if played == count.passed => played.to_string(),
            played => format!("{}/{played}", count.passed),
        })
    }

    /// Compares with the committed counts, for the pairs that were played.
    ///
    /// # Errors
    /// When a count is another one; the message holds the table as it is now.
    pub(super) fn check(&self) -> Result<()> {
        self.check_against(COMMITTED)
    }

    fn check_against(&self, committed: &str) -> Result<()> {
        let committed = columns(committed);
        let played = self.played();
        for (pair, column) in columns(&played) {
            if committed.get(&pair) != Some(&column) {
                bail!(
                    "the cells of {pair} are not those of xtask/interop/cells.txt; if that is meant, the table is now:\n{played}"
                );
            }
        }
        Ok(())
    }

    fn text(&self, show: impl Fn(Count) -> String) -> String {
        let rows: Vec<_> = iter::once(TOTAL.to_owned())
            .chain(Cell::all_capabilities())
            .collect();
        let first = rows.iter().map(String::len).max().unwrap_or(0);
        let mut text = format!("{HEADING:first$}");
        for pair in &self.pairs {
            text += &format!("  {pair}");
        }
        for row in rows {
            text += &format!("\n{row:first$}");
            for pair in &self.pairs {
                let key = (pair.clone(), row.clone());
                let count = self.counts.get(&key).copied().unwrap_or_default();
                text += &format!("  {:>width$}", show(count), width = pair.len());
            }
        }
        text + "\n"
    }
}

/// Begins the line with the pairs.
const HEADING: &str = "capability";

/// The counts of each pair by capability, from one table or several.
fn columns(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut columns: BTreeMap<String, BTreeMap<_, _>> = BTreeMap::new();
    let mut pairs = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(row) = words.next() else { continue };
        if row == HEADING {
            pairs = words.collect();
            continue;
        }
        for (pair, count) in pairs.iter().zip(words) {
            let column = columns.entry((*pair).to_owned()).or_default();
            column.insert(row.to_owned(), count.to_owned());
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::matrix::{Matrix, Pairs};

    fn table(cells: &[Cell]) -> Table {
        let mut table = Table::default();
        cells.iter().for_each(|cell| table.add(cell, true));
        table
    }

    #[test]
    fn the_matrix_is_the_committed_one() {
        for pairs in [Pairs::Ours, Pairs::PeersOnly] {
            table(&Matrix::build(pairs).unwrap().cells).check().unwrap();
        }
    }

    #[test]
    fn one_cell_less_is_an_error() {
        let cells = Matrix::build(Pairs::Ours).unwrap().cells;
        let committed = table(&cells).played();
        assert!(table(&cells).check_against(&committed).is_ok());
        assert!(table(&cells[1..]).check_against(&committed).is_err());
    }

    #[test]
    fn a_failed_cell_shows_in_each_of_its_columns() {
        let cells = Matrix::build(Pairs::Ours).unwrap().cells;
        let mut table = Table::default();
        table.add(&cells[0], true);
        table.add(&cells[0], false);
        assert_eq!(
            table.passed().matches("1/2").count(),
            1 + cells[0].capabilities().len()
        );
    }
}
