//! The `premaster` command: one file or folder per subcommand.
#![forbid(unsafe_code)]

mod completions;
mod connect;
mod console;
mod cryptography;
mod demo;
mod failure;
mod options;
mod psk;
mod serve;
mod summary;
mod update_keys;
mod usage;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// TLS from the command line: talk to a server, be one, or watch a handshake happen.
///
/// Exit status: 0 if all went well, 1 if the handshake or the peer failed, 2 if the command
/// was not right (an unknown name, a file that cannot be read, a port in use).
#[derive(Parser)]
#[command(
    name = "premaster",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Connect(Box<connect::Connect>),
    Serve(Box<serve::Serve>),
    Completions(completions::Completions),
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Demo(demo) => demo.run(),
            Self::Connect(connect) => connect.run(),
            Self::Serve(serve) => serve.run(),
            Self::Completions(completions) => completions.run(),
        }
    }
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::tell(&error),
    };
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            failure.code()
        }
    }
}
