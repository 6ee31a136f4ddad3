//! Why the command did not do what it was asked to.

use core::fmt;
use std::process::ExitCode;

use serde_json::json;

use crate::console::{self, Form};

/// A reason in one line, and whose fault it is.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    reason: String,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The command was not right.
    Usage,
    /// The handshake or the peer failed.
    Peer,
}

impl Failure {
    /// The command was not right: exit status 2.
    pub(crate) fn usage(reason: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, reason)
    }

    /// The handshake or the peer failed: exit status 1.
    pub(crate) fn peer(reason: impl fmt::Display) -> Self {
        Self::new(Kind::Peer, reason)
    }

    fn new(kind: Kind, reason: impl fmt::Display) -> Self {
        Self {
            kind,
            reason: reason.to_string(),
            form: Form::Text,
        }
    }

    /// Tells it in this form.
    pub(crate) fn in_form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// The exit status.
    pub(crate) fn code(&self) -> ExitCode {
        match self.kind {
            Kind::Usage => ExitCode::from(2),
            Kind::Peer => ExitCode::FAILURE,
        }
    }

    /// Tells it on stderr.
    pub(crate) fn tell(&self) {
        match self.form {
            Form::Text => console::line(&format!("premaster: {}", self.reason)),
            Form::Json => console::line(&json!({"event": "failed", "reason": self.reason})),
        }
    }
}
