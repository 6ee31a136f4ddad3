//! What BoringSSL's test runner drives: one connection after the other to the runner, which lies and counts.
//!
//! The exit code says what came of it: 0, 1 with the error's name on standard error, or 89 where the runner asks for
//! something that is not implemented.
#![forbid(unsafe_code)]

mod answers;
mod compression;
mod credentials;
mod drive;
mod exchange;
mod expect;
mod flags;
mod provider;
mod secrets;
mod setup;
mod suites;
mod trust;
mod wire;

use std::process::ExitCode;

use premaster::connection::Error;

use crate::exchange::World;
use crate::flags::Script;

/// Why the shim ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The connection failed.
    Failed(Error),
    /// It did not do what the runner expects, or the transport failed.
    Wrong(String),
    /// The runner asks for what there is not.
    Unimplemented(String),
}

impl Stop {
    pub(crate) fn wrong(what: impl Into<String>) -> Self {
        Self::Wrong(what.into())
    }

    pub(crate) fn unimplemented(what: impl Into<String>) -> Self {
        Self::Unimplemented(what.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Wrong(format!("transport: {error}"))
    }
}

fn main() -> ExitCode {
    let script = Script::read(std::env::args().skip(1));
    let noted = |script: &Script| script.initial.text("write-settings").map(str::to_owned);
    let notes = script.as_ref().ok().and_then(noted);
    let fail = |name: &str, more: &str| {
        eprintln!("{name}{more}");
        // The runner keeps what is said on standard error only of cases that do not pass.
        let written = notes.map(|prefix| std::fs::write(format!("{prefix}fault"), name));
        match written {
            Some(Err(error)) => {
                eprintln!("the fault cannot be noted: {error}");
                ExitCode::from(90)
            }
            _ => ExitCode::FAILURE,
        }
    };
    match script.and_then(|script| run(&script)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Failed(error)) => fail(&name_of(&error), &format!("\n{error}")),
        Err(Stop::Wrong(what)) => fail(&what, ""),
        Err(Stop::Unimplemented(what)) => {
            eprintln!("not implemented: {what}");
            ExitCode::from(89)
        }
    }
}

fn run(script: &Script) -> Result<(), Stop> {
    if script.initial.has("is-handshaker-supported") {
        println!("No");
        return Ok(());
    }
    let resumptions = script.initial.number("resume-count")?.unwrap_or(0);
    let mut world = World::new()?;
    for number in 0..=resumptions {
        let flags = match number {
            0 => &script.initial,
            _ => &script.resume,
        };
        world = world.connect(flags, &script.retry, number > 0)?;
        if let Some(seconds) = flags.number("resumption-delay")? {
            world.clock.advance(seconds.unsigned_abs());
        }
    }
    // Not when it ends in an error: then much is not come to.
    match script.forgotten().as_slice() {
        [] => Ok(()),
        forgotten => Err(Stop::wrong(format!("nobody looked at {forgotten:?}"))),
    }
}

/// The error's name between colons, as `config.json` maps it to the runner's names.
fn name_of(error: &Error) -> String {
    match error {
        Error::Handshake(error) => format!(":{}:", error.fault().name()),
        Error::Record(fault) => format!(":{}:", fault.rule().name),
        Error::AlertReceived(alert) => format!(":AlertReceived({alert}):"),
        Error::CutEarly { .. } => ":CutEarly:".to_owned(),
        Error::ClosedEarly { .. } => ":ClosedEarly:".to_owned(),
        Error::MalformedAlert => ":MalformedAlert:".to_owned(),
        Error::UnknownKeyUpdate(_) => ":UnknownKeyUpdate:".to_owned(),
        Error::Truncated => ":Truncated:".to_owned(),
        other => format!(":{other:?}:"),
    }
}
