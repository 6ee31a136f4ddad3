//! cargo-fuzz, the sanitizer, and the programs that they make.

use super::Program;
use crate::{
    command::{cargo, output, root, succeed},
    tools,
};
use anyhow::{Context, Result, bail};
use std::{fs, path::Path, process::Command};

/// The names of the targets: those of their programs in the manifest.
pub(super) fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).context("could not list fuzz/fuzz_targets")?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(path.file_stem().map(|it| it.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Installs cargo-fuzz unless it is there, and looks for the sanitizer's library.
pub(super) fn provide() -> Result<()> {
    tools::provide_cargo_tool("cargo-fuzz")?;
    let folder = output(rustc().args(["--print", "target-libdir"]))?;
    let entries = fs::read_dir(folder.trim()).context("could not list the compiler's libraries")?;
    let is_sanitizer = |name: &str| name.contains("rt.asan");
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    if !names.any(|name| is_sanitizer(&name)) {
        bail!("this Rust toolchain has no address sanitizer");
    }
    if !tools::on_path("c++") {
        bail!("libFuzzer is C++, and there is no c++: run `apt-get install g++` as root");
    }
    Ok(())
}

/// Builds one target, or all of them.
pub(super) fn programs(only: Option<&str>, targets: &[String]) -> Result<Vec<Program>> {
    let mut build = cargo_fuzz("build")?;
    succeed(build.args(only))?;
    let version = output(rustc().arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("`rustc -vV` names no host")?;
    let folder = root().join("fuzz/target").join(host).join("release");
    let program = |name: &String| Program {
        name: name.clone(),
        path: folder.join(name),
    };
    Ok(targets.iter().map(program).collect())
}

/// How a person builds and runs a target on one input.
pub(super) fn by_hand(what: &str, target: &str, input: &Path) -> Result<String> {
    let input = input.strip_prefix(root()).unwrap_or(input);
    let bootstrap = if is_stable()? {
        "RUSTC_BOOTSTRAP=1 "
    } else {
        ""
    };
    let input = input.display();
    Ok(format!(
        "{bootstrap}cargo fuzz {what} --features libfuzzer {target} {input}"
    ))
}

fn cargo_fuzz(what: &str) -> Result<Command> {
    let mut command = cargo(&["fuzz", what, "--features", "libfuzzer"]);
    command.arg("--target-dir").arg(root().join("fuzz/target"));
    // Sanitizers are unstable compiler options; the variable allows them on a stable compiler.
    if is_stable()? {
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    Ok(command)
}

fn is_stable() -> Result<bool> {
    Ok(!output(rustc().arg("-V"))?.contains("-nightly"))
}

/// The compiler of the workspace's toolchain.
fn rustc() -> Command {
    let mut command = Command::new("rustc");
    command.current_dir(root());
    command
}
