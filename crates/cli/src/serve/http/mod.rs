//! As much of HTTP/1 as answering one request takes (RFC 9112).

mod request;
mod status;
mod www;

use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::time::Instant;

use premaster::Stream;

use super::deadline::Deadline;
use crate::update_keys::Updates;
use request::{Method, Request, Unfit};

pub(super) use status::Status;
pub(super) use www::Www;

/// The request, and each piece of the answer, take no longer than this.
const TIME: Duration = Duration::from_secs(30);
/// What a client still sends after its answer is taken for so long, and no more than so much, for else
/// the system would break the connection before the answer has arrived.
const LINGER: (Duration, u64) = (Duration::from_secs(2), 1 << 20);

/// What a client asked for.
pub(super) trait Answerer {
    fn answer(&self, request: &Request, stream: &Stream<Deadline>) -> Answer;
}

/// Status line, headers and body.
pub(super) struct Answer {
    status: &'static str,
    content_type: &'static str,
    extra: String,
    length: u64,
    body: Box<dyn Read>,
}

impl Answer {
    /// A short text, ending in a line feed.
    fn text(status: &'static str, body: String) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            extra: String::new(),
            length: u64::try_from(body.len()).unwrap_or(u64::MAX),
            body: Box::new(io::Cursor::new(body)),
        }
    }

    /// The status alone, in words.
    fn refusal(status: &'static str) -> Self {
        Self::text(status, format!("{status}\n"))
    }

    /// One more header.
    fn with(mut self, header: &str) -> Self {
        self.extra = format!("{}{header}\r\n", self.extra);
        self
    }

    fn head(&self) -> String {
        format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            self.status, self.content_type, self.length, self.extra
        )
    }
}

/// Answers one request, which may have begun `early`, and says goodbye.
pub(super) fn serve(
    stream: &mut Stream<Deadline>,
    early: &[u8],
    answerer: &dyn Answerer,
    updates: &mut Updates,
) -> io::Result<()> {
    hurry(stream);
    let request = match Request::read(&mut early.chain(&mut *stream)) {
        Ok(request) => Ok(request),
        Err(Unfit::Empty) => return stream.close(),
        Err(Unfit::Broken(error)) => return Err(error),
        Err(Unfit::TooLong) => Err("431 Request Header Fields Too Large"),
        Err(Unfit::Malformed) => Err("400 Bad Request"),
    };
    let answer = match &request {
        Ok(request) => answerer.answer(request, stream),
        Err(status) => Answer::refusal(status),
    };
    let wants_body = !matches!(&request, Ok(request) if request.method == Method::Head);
    send(stream, answer, wants_body, updates)?;
    stream.close()?;
    linger(stream);
    Ok(())
}

fn send(
    stream: &mut Stream<Deadline>,
    mut answer: Answer,
    wants_body: bool,
    updates: &mut Updates,
) -> io::Result<()> {
    let mut piece = answer.head().into_bytes();
    let mut left = if wants_body { answer.length } else { 0 };
    loop {
        hurry(stream);
        if left > 0 {
            // The first piece of the body goes into the record of the head.
            let most = left.min(60_000);
            let read = (&mut answer.body).take(most).read_to_end(&mut piece)?;
            if read == 0 {
                return Err(io::Error::other(
                    "the file became shorter while it was sent",
                ));
            }
            left = left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        }
        updates.write_all(stream, &piece)?;
        piece.clear();
        if left == 0 {
            return stream.flush();
        }
    }
}

fn hurry(stream: &mut Stream<Deadline>) {
    stream.transport_mut().move_to(Instant::now() + TIME);
}

/// Waits until the client has closed; nothing that goes wrong now matters.
fn linger(stream: &mut Stream<Deadline>) {
    let (time, most) = LINGER;
    stream.transport_mut().move_to(Instant::now() + time);
    drop(stream.transport().socket().shutdown(Shutdown::Write));
    drop(io::copy(&mut stream.take(most), &mut io::sink()));
}
