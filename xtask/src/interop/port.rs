//! Ports to serve on, and whether somebody serves there.

use anyhow::{Result, bail};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the ports that the kernel gives to clients, so that no client has it by chance.
const FIRST: u16 = 10_000;
const LAST: u16 = 30_000;

/// No two cells of a run get the same one.
static NEXT: AtomicU16 = AtomicU16::new(FIRST);

/// A port that nobody listens on and that no other cell was given.
pub(super) fn fresh() -> Result<u16> {
    loop {
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        if port > LAST {
            bail!("no port between {FIRST} and {LAST} is free");
        }
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
}

/// Whether this process listens on this port: asking the kernel, because a connection to try would
/// be a connection to serve.
pub(super) fn is_served(process: u32, port: u16) -> bool {
    let tables = ["tcp", "tcp6"].map(|it| File::open(format!("/proc/{process}/net/{it}")));
    let sockets: Vec<_> = tables
        .into_iter()
        .flatten()
        .flat_map(|table| listening(BufReader::new(table), port))
        .collect();
    !sockets.is_empty() && holds_one(process, &sockets)
}

/// The sockets of a kernel's table that listen on this port, as a process's files name them. Those that listen come
/// first, and all that a run has closed come after them: nobody needs to read these.
fn listening(table: impl BufRead, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let place = format!(":{port:04X}");
    let mut sockets = Vec::new();
    for line in table.lines().skip(1).map_while(Result::ok) {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [_, local, _, LISTEN, _, _, _, _, _, inode, ..] = fields[..] else {
            break;
        };
        if local.ends_with(&place) {
            sockets.push(format!("socket:[{inode}]"));
        }
    }
    sockets
}

fn holds_one(process: u32, sockets: &[String]) -> bool {
    let files = fs::read_dir(format!("/proc/{process}/fd"));
    files.into_iter().flatten().flatten().any(|file| {
        fs::read_link(file.path())
            .is_ok_and(|target| sockets.iter().any(|it| target.as_os_str() == it.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_port_is_given_once_and_only_if_free() {
        let port = fresh().unwrap();
        assert_ne!(fresh().unwrap(), port);
        let next = NEXT.load(Ordering::Relaxed);
        let _taken = TcpListener::bind(("127.0.0.1", next));
        assert_ne!(fresh().unwrap(), next);
    }

    #[test]
    fn only_the_process_that_listens_serves() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(is_served(std::process::id(), port));
        assert!(!is_served(other.id(), port));
        other.kill().unwrap();
        other.wait().unwrap();
        drop(listener);
        assert!(!is_served(std::process::id(), port));
    }
}
