//! `premaster completions`

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{Cli, Failure};

/// Print a script that completes this command's options in a shell.
///
/// For bash: premaster completions bash > ~/.local/share/bash-completion/completions/premaster
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "premaster", &mut script);
        match io::stdout().write_all(&script) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::usage(format!("cannot write to stdout: {error}")))
            }
            _ => Ok(()),
        }
    }
}
