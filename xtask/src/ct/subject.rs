//! What runs under valgrind: a case or a deliberate leak, as `premaster-ct list` tells them.

use anyhow::{Context, Result, bail};
use std::fmt;

/// A case or a leak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// What is secret in a case; what a leak stands beside.
    pub(super) about: String,
}

/// What memcheck should say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Case,
    /// That it leaks.
    Leak,
}

impl Kind {
    /// The word of the command line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Leak => "leak",
        }
    }
}

impl Subject {
    /// Reads lines of kind, name and what it is about, with tabs between.
    pub(super) fn parse_list(text: &str) -> Result<Vec<Self>> {
        text.lines().map(Self::parse).collect()
    }

    fn parse(line: &str) -> Result<Self> {
        let mut fields = line.split('\t');
        let mut field = || {
            fields
                .next()
                .with_context(|| format!("`{line}` is too short"))
        };
        let kind = match field()? {
            "case" => Kind::Case,
            "leak" => Kind::Leak,
            _ => bail!("`{line}` is neither a case nor a leak"),
        };
        Ok(Self {
            kind,
            name: field()?.to_owned(),
            about: field()?.to_owned(),
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, relation) = match self.kind {
            Kind::Case => ("case", "secret:"),
            Kind::Leak => ("leak", "beside"),
        };
        write!(f, "{kind}  {:<32}  {relation} {}", self.name, self.about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_line_by_line() {
        let subjects = Subject::parse_list("case\ta\tthe key\nleak\tb\ta\n").unwrap();
        let names: Vec<_> = subjects
            .iter()
            .map(|it| (it.kind, &*it.name, &*it.about))
            .collect();
        assert_eq!(
            names,
            [(Kind::Case, "a", "the key"), (Kind::Leak, "b", "a")]
        );
    }

    #[test]
    fn a_line_that_is_something_else_is_an_error() {
        for bad in ["case\ta", "test\ta\tb", ""] {
            assert!(Subject::parse(bad).is_err(), "{bad}");
        }
    }
}
