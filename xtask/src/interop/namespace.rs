//! A network of our own: loopback only, nobody else's ports, nothing reachable from outside.
//!
//! `gnutls-serv` listens on all interfaces. So the run starts this program again inside a network
//! namespace that has a loopback interface and nothing else; it vanishes with its last process.

use crate::command::{in_ci, succeeds_within};
use anyhow::{Context, Result, bail};
use std::{env, process::Command, time::Duration};

/// What runs inside: bring loopback up, then become the program.
const INSIDE: &str = "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && exec \"$@\"";

/// The flag that tells the inner run what it is.
pub(super) const FLAG: &str = "--inside-namespace";

/// Runs `cargo xtask interop` with the same arguments inside a namespace of its own. `Ok(false)` says
/// that none may be made and that this may be.
///
/// # Errors
/// When the inner run failed, or under CI no namespace may be made.
pub(super) fn run_inside() -> Result<bool> {
    let Some(mut command) = unshare() else {
        let advice = "no network namespace may be made here: run as root, or allow unprivileged user namespaces";
        if in_ci() {
            bail!("{advice}");
        }
        eprintln!("{advice}");
        return Ok(false);
    };
    let program = env::current_exe().context("could not find this program's own file")?;
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let is_interop = arguments.first().is_some_and(|first| first == "interop");
    command
        .args(["sh", "-c", INSIDE, "sh"])
        .arg(program)
        .arg("interop")
        .arg(FLAG);
    if is_interop {
        command.args(&arguments[1..]);
    }
    let status = command.status().context("could not start `unshare`")?;
    if !status.success() {
        bail!("interop failed");
    }
    Ok(true)
}

/// `unshare` as root, or with a user namespace as somebody else, whichever works here.
fn unshare() -> Option<Command> {
    let ways: [&[&str]; 2] = [&["--net"], &["--map-root-user", "--net"]];
    ways.iter().find_map(|way| {
        let command = || {
            let mut command = Command::new("unshare");
            command.args(*way);
            command
        };
        let mut trial = command();
        trial.args(["sh", "-c", INSIDE, "sh", "true"]);
        succeeds_within(&mut trial, Duration::from_secs(10)).then(command)
    })
}
