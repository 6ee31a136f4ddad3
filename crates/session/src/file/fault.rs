//! Why a session file cannot be used.

use std::io;
use std::path::PathBuf;

use crate::DecodeFault;

/// Why a session file cannot be used. Every message names the file and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// The file is there and cannot be read.
    #[error("cannot read the session file {path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be written; what was there before is still there, whole.
    #[error("cannot write the session file {path}: {source}", path = path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a directory, a device or the like.
    #[error("{path} is not a regular file: name another file for sessions", path = path.display())]
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// Others than the owner may read or write the file, and it holds secrets.
    #[error(
        "the session file {path} is open to others (mode {mode:04o}, expected 0600): delete it, its secrets may be known",
        path = path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Something else is in the file.
    #[error("{path} is not a premaster session file: name another file for sessions", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Another version of this crate wrote the file.
    #[error(
        "the session file {path} has version {version}, this program reads version 1: delete it or name another file",
        path = path.display()
    )]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version of its layout.
        version: u8,
    },
    /// The file begins as a session file and does not go on like one.
    #[error("the session file {path} is damaged ({what}): delete it or name another file", path = path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: DecodeFault,
    },
}
