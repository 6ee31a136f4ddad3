//! Running other programs: cargo without what cargo told us, everything else with its deadline.

use anyhow::{Context, Result, bail};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Whether CI runs this: then anything missing is a failure.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true")
}

/// `cargo` in the workspace's root, with `--locked` left to the caller.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    of_the_workspace(Command::new(program), arguments)
}

/// `cargo` of another toolchain that rustup has.
pub(crate) fn cargo_of(toolchain: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", toolchain, "cargo"]);
    of_the_workspace(command, arguments)
}

/// What the outer `cargo run` set for this package is taken out again: build scripts watch those
/// variables and would rebuild at every change of hands.
fn of_the_workspace(mut command: Command, arguments: &[&str]) -> Command {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_this_package = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ]
        .iter()
        .any(|prefix| text.starts_with(prefix));
        if of_this_package || text == "OUT_DIR" {
            command.env_remove(&name);
        }
    }
    command.args(arguments).current_dir(root());
    command
}

/// Adds `--locked` under CI, where a stale lock file is a failure.
pub(crate) fn locked(command: &mut Command) -> &mut Command {
    if in_ci() {
        command.arg("--locked");
    }
    command
}

/// Runs to the end with our own output; anything but success is an error naming the command.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let line = printable(command);
    let status = command.stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("could not start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs to the end and returns what was written to stdout.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = printable(command);
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("could not start `{line}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{line}` failed ({}): {}", output.status, said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` did not write UTF-8"))
}

/// Runs silently, for at most `limit`; says whether it succeeded.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(50)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// The command as a person would type it.
pub(crate) fn printable(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy();
    let mut line = name.into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_named_in_the_error() {
        let error = succeed(Command::new("false").arg("--why")).unwrap_err();
        assert!(
            error.to_string().contains("`false --why` failed"),
            "{error}"
        );
    }

    #[test]
    fn a_program_that_outlives_its_limit_has_not_succeeded() {
        let limit = Duration::from_millis(20);
        assert!(!succeeds_within(Command::new("sleep").arg("60"), limit));
        assert!(succeeds_within(
            &mut Command::new("true"),
            Duration::from_secs(60)
        ));
    }

    #[test]
    fn an_inner_cargo_does_not_see_which_package_runs_it() {
        let cargo = cargo(&["version"]);
        let removed = cargo.get_envs().any(|(name, value)| {
            name.to_string_lossy().starts_with("CARGO_PKG_") && value.is_none()
        });
        assert!(removed);
    }
}
