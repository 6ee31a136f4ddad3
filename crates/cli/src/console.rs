//! What the command tells on stderr. Nobody may be listening; that is no failure.

use core::fmt;
use std::io::{self, Write};

/// How the command tells what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// A JSON object per line.
    Json,
}

/// Writes one line to stderr, at once.
pub(crate) fn line(text: &impl fmt::Display) {
    drop(io::stderr().write_all(format!("{text}\n").as_bytes()));
}
