//! The programs that tests need beside cargo: where they come from, and installing them when we may.

use crate::command::{cargo, in_ci, succeed};
use anyhow::{Result, bail};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// A program and the Debian package that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    /// The program's name on the search path, or where it is.
    pub(crate) program: &'static str,
    /// The Debian package to install.
    pub(crate) package: &'static str,
}

/// The system's Python, not one that somebody keeps for other work: its `ssl` is Debian's OpenSSL.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// What `cargo xtask interop` drives.
pub(crate) const PEERS: [Tool; 8] = [
    Tool {
        program: "openssl",
        package: "openssl",
    },
    Tool {
        program: "gnutls-serv",
        package: "gnutls-bin",
    },
    Tool {
        program: "gnutls-cli",
        package: "gnutls-bin",
    },
    Tool {
        program: "curl",
        package: "curl",
    },
    Tool {
        program: PYTHON,
        package: "python3",
    },
    Tool {
        program: "ip",
        package: "iproute2",
    },
    Tool {
        program: "unshare",
        package: "util-linux",
    },
    Tool {
        program: "stdbuf",
        package: "coreutils",
    },
];

/// What `cargo xtask ct` runs its cases under.
pub(crate) const VALGRIND: [Tool; 1] = [Tool {
    program: "valgrind",
    package: "valgrind",
}];

/// Makes the peers available, as [`provide`] does.
pub(crate) fn provide_peers() -> Result<bool> {
    provide(&PEERS, "the interop tests")
}

/// Makes programs available; `Ok(false)` says that some are missing and that this may be.
///
/// # Errors
/// Under CI, when one is still missing after trying to install it.
pub(crate) fn provide(tools: &[Tool], who: &str) -> Result<bool> {
    let mut missing = missing(tools);
    if !missing.is_empty() && may_install() {
        let packages = packages(&missing);
        eprintln!("installing {}", packages.join(" "));
        install(&packages)?;
        missing = self::missing(tools);
    }
    if missing.is_empty() {
        return Ok(true);
    }
    let advice = advice(&missing, who);
    if in_ci() {
        bail!("{advice}");
    }
    eprintln!("{advice}");
    Ok(false)
}

/// Installs a cargo subcommand unless it is there.
pub(crate) fn provide_cargo_tool(name: &str) -> Result<()> {
    if on_path(name) {
        return Ok(());
    }
    eprintln!("installing {name}");
    succeed(&mut cargo(&["install", "--locked", name]))
}

fn missing(tools: &[Tool]) -> Vec<Tool> {
    tools
        .iter()
        .copied()
        .filter(|tool| !on_path(tool.program))
        .collect()
}

/// Whether a program is on the search path, where Debian keeps the administrator's programs, or where
/// cargo installs.
pub(crate) fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let home = PathBuf::from(env::var_os("HOME").unwrap_or_default());
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let more = ["/usr/sbin".into(), "/sbin".into(), cargo.join("bin")];
    let folders = env::split_paths(&path).chain(more);
    folders
        .into_iter()
        .any(|folder| folder.join(program).is_file())
}

/// Installing takes root and apt.
fn may_install() -> bool {
    rustix::process::geteuid().is_root() && Path::new("/usr/bin/apt-get").exists()
}

fn install(packages: &[&str]) -> Result<()> {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-qq", "-y"])
            .args(arguments);
        succeed(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], packages].concat())
}

fn packages(tools: &[Tool]) -> Vec<&'static str> {
    let mut packages: Vec<_> = tools.iter().map(|tool| tool.package).collect();
    packages.dedup();
    packages
}

fn advice(missing: &[Tool], who: &str) -> String {
    let programs: Vec<_> = missing.iter().map(|tool| tool.program).collect();
    format!(
        "missing {}: needed for {who}; run `apt-get install {}` as root, then try again",
        programs.join(", "),
        packages(missing).join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_nobody_has_is_missing() {
        let unheard_of = Tool {
            program: "premaster-no-such-program",
            package: "none",
        };
        let shell = Tool {
            program: "sh",
            package: "dash",
        };
        assert_eq!(missing(&[unheard_of, shell]), [unheard_of]);
    }

    #[test]
    fn the_advice_names_programs_and_the_command_to_run() {
        let text = advice(&PEERS[1..3], "the interop tests");
        assert!(
            text.contains("gnutls-serv, gnutls-cli: needed for the interop tests"),
            "{text}"
        );
        assert!(text.contains("`apt-get install gnutls-bin`"), "{text}");
    }
}
