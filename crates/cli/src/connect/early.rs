//! `--early-data`: what is said before the server has answered, and what became of it (RFC 8446 section 2.3).
//!
//! ```text
//!   FILE |<-- as much as the session allows, 64 KiB -->|<------ the rest ------>|
//!   accepted      is not sent again                       sent after the handshake
//!   rejected      sent after the handshake, all of it
//!   not offered   sent after the handshake, all of it
//! ```

use core::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use premaster::trace::{EarlyData, EarlyDataReason};
use premaster::{Facts, Stream};
use serde_json::{Value, json};

use crate::Failure;

/// No more goes early: so much fits between two ends of which neither reads, for we do not while we send it.
const MOST: usize = 65_536;

/// A file, and how much of it went with the ClientHello.
#[derive(Debug)]
pub(super) struct Early {
    data: Vec<u8>,
    sent: usize,
}

impl Early {
    /// Reads the file: none of it is lost if the server does not take it.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let data = fs::read(path).map_err(|error| {
            let path = path.display();
            Failure::usage(format!(
                "--early-data {path}: cannot read the file: {error}"
            ))
        })?;
        Ok(Self { data, sent: 0 })
    }

    /// Sends what may go with the ClientHello.
    pub(super) fn send(&mut self, stream: &mut Stream) -> io::Result<()> {
        if let Some(mut early) = stream.early_data()? {
            let most = early.remaining().min(self.data.len()).min(MOST);
            early.write_all(self.data.get(..most).unwrap_or_default())?;
            self.sent = most;
        }
        Ok(())
    }

    /// After the handshake: what became of it.
    pub(super) fn outcome(&self, facts: &Facts) -> Outcome {
        let length = self.data.len();
        match facts.early_data {
            None => Outcome::NotOffered(facts.early_data_reason),
            Some(EarlyData::Accepted) => Outcome::Accepted {
                sent: self.sent,
                length,
            },
            Some(_) => Outcome::Rejected(facts.early_data_reason),
        }
    }

    /// What is still to be sent after that.
    pub(super) fn rest(mut self, outcome: Outcome) -> Vec<u8> {
        match outcome {
            Outcome::Accepted { sent, .. } => self.data.split_off(sent.min(self.data.len())),
            Outcome::Rejected(_) | Outcome::NotOffered(_) => self.data,
        }
    }
}

/// What became of early data.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    /// The server has taken `sent` bytes of `length`.
    Accepted { sent: usize, length: usize },
    /// The server has dropped it.
    Rejected(EarlyDataReason),
    /// It could not be offered.
    NotOffered(EarlyDataReason),
}

impl Outcome {
    /// For tools.
    pub(super) fn json(self) -> Value {
        match self {
            Self::Accepted { sent, .. } => json!({"outcome": "accepted", "bytes": sent}),
            Self::Rejected(why) => {
                json!({"outcome": "rejected", "reason": why.name(), "bytes": 0})
            }
            Self::NotOffered(why) => {
                json!({"outcome": "not offered", "reason": why.name(), "bytes": 0})
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { sent, length } if sent == length => {
                write!(f, "accepted, {sent} bytes")
            }
            Self::Accepted { sent, length } => {
                write!(
                    f,
                    "accepted, {sent} of {length} bytes; the rest follows now"
                )
            }
            Self::Rejected(why) => {
                write!(f, "rejected: {}; all of it follows now", why.words())
            }
            Self::NotOffered(why) => {
                write!(f, "not offered: {}; all of it follows now", why.words())
            }
        }
    }
}
