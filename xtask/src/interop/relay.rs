//! A relay between the two ends that looks at the headers of records: how long is the longest, each way? The first one does
//! not count: a ClientHello comes before anything is agreed on, and a key share may be longer than a fragment.

use super::port;
use anyhow::{Context, Result, bail};
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// What protection adds at most: the explicit nonce and tag of AES-GCM are 24 bytes, the IV, MAC and padding of CBC
/// with HMAC-SHA-384 at most 80.
const PROTECTION: usize = 80;

/// The bytes of a record's header: type, version, length.
const HEADER: usize = 5;

/// A relay for the connections of one cell.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) port: u16,
    longest: [Longest; 2],
}

type Longest = Arc<AtomicUsize>;

impl Relay {
    /// Relays this many connections to a server.
    pub(super) fn start(server: u16, connections: usize) -> Result<Self> {
        let port = port::fresh()?;
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let longest: [Longest; 2] = Default::default();
        let [up, down] = longest.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten().take(connections) {
                // The cell fails for want of data if this fails.
                let _ = relay(client, server, &up, &down);
            }
        });
        Ok(Self { port, longest })
    }

    /// Whether records were as long as the limit lets them be, and no longer.
    pub(super) fn check(&self, limit: u16) -> Result<()> {
        let limit = usize::from(limit);
        for (longest, direction) in self.longest.iter().zip(["client", "server"]) {
            let longest = longest.load(Ordering::Relaxed);
            if longest > limit + PROTECTION {
                bail!(
                    "the {direction}'s longest record has {longest} bytes, with a limit of {limit}"
                );
            }
            if longest < limit / 2 {
                bail!("the {direction}'s longest record has {longest} bytes: nothing is proved");
            }
        }
        Ok(())
    }
}

fn relay(client: TcpStream, server: u16, up: &Longest, down: &Longest) -> Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server)).context("could not reach the server")?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    for (from, to, longest) in [
        (client.try_clone()?, server.try_clone()?, up),
        (server, client, down),
    ] {
        let longest = Arc::clone(longest);
        thread::spawn(move || copy(from, to, &longest));
    }
    Ok(())
}

/// Until either end is gone; then the other one hears of it.
fn copy(mut from: TcpStream, mut to: TcpStream, longest: &AtomicUsize) {
    let mut records = Records::default();
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        longest.fetch_max(records.longest_in(&buffer[..count]), Ordering::Relaxed);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Where in the stream of records the next byte is.
#[derive(Debug, Default)]
struct Records {
    header: Vec<u8>,
    /// Whether the first record has begun.
    begun: bool,
    /// How much of the current record's payload is still to come.
    payload: usize,
}

impl Records {
    /// The longest of the records that begin in these bytes.
    fn longest_in(&mut self, bytes: &[u8]) -> usize {
        let mut longest = 0;
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            if self.payload > 0 {
                let skipped = self.payload.min(rest.len());
                self.payload -= skipped;
                rest = &rest[skipped..];
                continue;
            }
            self.header.push(*first);
            rest = after;
            if self.header.len() == HEADER {
                self.payload = usize::from(u16::from_be_bytes([self.header[3], self.header[4]]));
                if self.begun {
                    longest = longest.max(self.payload);
                }
                self.begun = true;
                self.header.clear();
            }
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_record_is_found_however_the_stream_is_cut() {
        let stream = [
            &[22, 3, 3, 0, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1][..],
            &[22, 3, 3, 0, 2, 1, 1],
            &[23, 3, 3, 0, 7, 1, 2, 3, 4, 5, 6, 7],
            &[23, 3, 3, 0, 0],
            &[21, 3, 3, 0, 1, 9],
        ]
        .concat();
        for size in 1..=stream.len() {
            let mut records = Records::default();
            let longest = stream
                .chunks(size)
                .map(|piece| records.longest_in(piece))
                .max();
            assert_eq!(longest, Some(7));
        }
    }

    #[test]
    fn records_that_are_too_long_and_those_that_prove_nothing_are_errors() {
        for (longest, good) in [([512, 536], true), ([536, 600], false), ([536, 100], false)] {
            let relay = Relay {
                port: 0,
                longest: longest.map(|it| Arc::new(AtomicUsize::new(it))),
            };
            assert_eq!(relay.check(512).is_ok(), good, "{longest:?}");
        }
    }
}
