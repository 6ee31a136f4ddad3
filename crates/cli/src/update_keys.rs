//! `--update-keys`: new keys again and again, for who wants to see whether a peer bears it (RFC 8446 section 4.6.3).
//!
//! ```text
//!   BYTES of data | KeyUpdate, update_requested | BYTES of data with new keys | KeyUpdate, .. | ..
//!                      the peer: KeyUpdate, update_not_requested, and new keys of its own
//! ```

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::io::{self, Read, Write};
use std::sync::Arc;

use clap::Args;
use premaster::Stream;
use premaster::io::WriteHalf;
use premaster::trace::{Context, Direction, Event, Sink};
use premaster::wire::ProtocolVersion;

use crate::Failure;
use crate::options::Terms;

/// How often.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct UpdateKeys {
    /// Change to new keys whenever so many bytes have been sent, and have the other side change its own (TLS 1.3). Nobody
    /// needs this to be safe: before a key is used up it is changed anyway. It is for trying out what the other side makes of it
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    update_keys: Option<u64>,
}

/// What data goes to, whose keys can be changed.
pub(crate) trait Keyed: Write {
    fn update_keys(&mut self, request: bool) -> io::Result<()>;
}

/// Counts what is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Updates {
    every: Option<u64>,
    sent: u64,
}

/// Counts the KeyUpdates of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    received: AtomicU64,
}

impl UpdateKeys {
    /// Refuses what could never happen.
    pub(crate) fn check(self, terms: &Terms) -> Result<(), Failure> {
        match self.update_keys {
            Some(_) if !terms.allow_tls13() => Err(Failure::usage(
                "--update-keys: there are no new keys without TLS 1.3, and --max-version or --suite leaves it out",
            )),
            _ => Ok(()),
        }
    }

    /// Why nothing comes of it in this version.
    pub(crate) fn in_vain(self, version: ProtocolVersion) -> Option<String> {
        let in_vain = self.update_keys.is_some() && version != ProtocolVersion::TLSv1_3;
        in_vain.then(|| format!("--update-keys: {version} has no new keys: they stay as they are"))
    }

    /// For a connection of this version.
    pub(crate) fn begin(self, version: ProtocolVersion) -> Updates {
        let is_tls13 = version == ProtocolVersion::TLSv1_3;
        Updates {
            every: self.update_keys.filter(|_| is_tls13),
            sent: 0,
        }
    }

    /// For a connection, if anybody wants to know.
    pub(crate) fn tally(self) -> Option<Tally> {
        self.update_keys.map(|_| Tally::default())
    }
}

impl Updates {
    /// Whether there will be any.
    pub(crate) fn happen(self) -> bool {
        self.every.is_some()
    }

    /// Sends all of it, with new keys where they are due.
    pub(crate) fn write_all(&mut self, to: &mut impl Keyed, mut data: &[u8]) -> io::Result<()> {
        let Some(every) = self.every else {
            return to.write_all(data);
        };
        while !data.is_empty() {
            let due = usize::try_from(every.saturating_sub(self.sent)).unwrap_or(usize::MAX);
            let (now, later) = data.split_at_checked(due).unwrap_or((data, &[]));
            to.write_all(now)?;
            data = later;
            self.sent += u64::try_from(now.len()).unwrap_or(u64::MAX);
            if self.sent >= every {
                to.update_keys(true)?;
                self.sent = 0;
            }
        }
        Ok(())
    }
}

impl<S: Read + Write> Keyed for Stream<S> {
    fn update_keys(&mut self, request: bool) -> io::Result<()> {
        Stream::update_keys(self, request)
    }
}

impl<S: Write> Keyed for WriteHalf<S> {
    fn update_keys(&mut self, request: bool) -> io::Result<()> {
        WriteHalf::update_keys(self, request)
    }
}

impl Sink for Tally {
    fn event(&mut self, _context: &Context, event: &Event<'_>) {
        if let Event::KeyUpdate { direction, .. } = event {
            let count = match direction {
                Direction::Sent => &self.0.sent,
                Direction::Received => &self.0.received,
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// `10 sent, 10 received`. The words keep their order; the interop tests read them.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sent, received] =
            [&self.0.sent, &self.0.received].map(|count| count.load(Ordering::Relaxed));
        write!(f, "{sent} sent, {received} received")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what goes where: a line of data for each key.
    #[derive(Default)]
    struct Lines(Vec<u8>);

    impl Write for Lines {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            self.0.write(data)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Keyed for Lines {
        fn update_keys(&mut self, request: bool) -> io::Result<()> {
            assert!(request);
            self.0.write_all(b"|")
        }
    }

    #[test]
    fn keys_are_new_after_so_many_bytes_however_they_come() {
        for (every, version, expected) in [
            (Some(1), ProtocolVersion::TLSv1_3, "a|b|c|d|e|f|g|"),
            (Some(3), ProtocolVersion::TLSv1_3, "abc|def|g"),
            (Some(7), ProtocolVersion::TLSv1_3, "abcdefg|"),
            (Some(8), ProtocolVersion::TLSv1_3, "abcdefg"),
            (Some(3), ProtocolVersion::TLSv1_2, "abcdefg"),
            (None, ProtocolVersion::TLSv1_3, "abcdefg"),
        ] {
            let option = UpdateKeys { update_keys: every };
            for pieces in [1, 2, 3, 7] {
                let (mut lines, mut updates) = (Lines::default(), option.begin(version));
                for piece in b"abcdefg".chunks(pieces) {
                    updates.write_all(&mut lines, piece).unwrap();
                }
                let written = String::from_utf8(lines.0).unwrap();
                assert_eq!(written, expected, "{every:?} {pieces}");
            }
        }
    }
}
