//! As much of HTTP/1 as answering one request takes (RFC 9112).

use core::time::Duration;
use std::io::{self, BufRead, Read, Write};
use std::time::Instant;

use premaster::Stream;

use super::deadline::Deadline;
use crate::summary;

/// A request's head is no longer than this.
const LONGEST_HEAD: u64 = 16 * 1024;
/// Request and answer take no longer than this.
const TIME: Duration = Duration::from_secs(30);

/// Answers every request with what was agreed on.
pub(super) fn status(stream: &mut Stream<Deadline>) -> io::Result<()> {
    stream.transport_mut().move_to(Instant::now() + TIME);
    read_head(stream)?;
    let body = stream.facts().map(summary::agreed).unwrap_or_default() + "\n";
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())
}

/// Reads up to the empty line.
fn read_head(stream: &mut Stream<Deadline>) -> io::Result<()> {
    let mut head = stream.take(LONGEST_HEAD);
    let mut line = Vec::new();
    loop {
        line.clear();
        head.read_until(b'\n', &mut line)?;
        if matches!(&line[..], [] | b"\n" | b"\r\n") {
            return Ok(());
        }
    }
}
