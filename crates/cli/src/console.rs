//! What the command tells on stderr. Nobody may be listening; that is no failure.

use core::fmt;
use std::io::{self, Write};

use serde_json::json;

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

/// Tells of what does not matter enough to end for it.
pub(crate) fn warn(form: Form, reason: &str) {
    match form {
        Form::Text => line(&format!("warning: {reason}")),
        Form::Json => line(&json!({"event": "warning", "reason": reason})),
    }
}
