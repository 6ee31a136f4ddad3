//! The request line; the headers are read and not looked at.

use std::io::{self, BufRead, Read};

/// A request's head is no longer than this.
const LONGEST_HEAD: u64 = 16 * 1024;

/// What a client asked for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::serve) struct Request {
    pub(super) method: Method,
    /// As it stands in the request line.
    pub(super) target: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Method {
    Get,
    Head,
    Other,
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum Unfit {
    /// The client said goodbye without a word.
    Empty,
    Broken(io::Error),
    TooLong,
    Malformed,
}

impl From<io::Error> for Unfit {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl Request {
    /// Reads up to the empty line that ends the headers (RFC 9112 section 2.1).
    pub(super) fn read(stream: &mut impl BufRead) -> Result<Self, Unfit> {
        let mut head = stream.take(LONGEST_HEAD);
        let first = line(&mut head)?;
        if first.is_empty() {
            return Err(Unfit::Empty);
        }
        loop {
            match line(&mut head)?.as_slice() {
                b"\r\n" | b"\n" => break,
                [] => return Err(Unfit::Malformed),
                _ => {}
            }
        }
        Self::parse(&first).ok_or(Unfit::Malformed)
    }

    /// `GET /index.html HTTP/1.1` (RFC 9112 section 3).
    fn parse(line: &[u8]) -> Option<Self> {
        let line = core::str::from_utf8(line).ok()?.trim_end();
        let mut words = line.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        let readable = !target.is_empty() && !target.contains(char::is_control);
        if words.next().is_some() || !version.starts_with("HTTP/1.") || !readable {
            return None;
        }
        let method = match method {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            _ => Method::Other,
        };
        let target = target.to_owned();
        Some(Self { method, target })
    }
}

/// One line with its end; nothing at the end of it all.
fn line(head: &mut io::Take<&mut impl BufRead>) -> Result<Vec<u8>, Unfit> {
    let mut line = Vec::new();
    head.read_until(b'\n', &mut line)?;
    match line.last() {
        Some(b'\n') => Ok(line),
        _ if head.limit() == 0 => Err(Unfit::TooLong),
        None => Ok(line),
        Some(_) => Err(Unfit::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Request, Unfit> {
        Request::read(&mut text.as_bytes())
    }

    #[test]
    fn a_request_line_is_three_words() {
        for (line, method, target) in [
            ("GET / HTTP/1.1", Method::Get, "/"),
            ("HEAD /a?b=c HTTP/1.0", Method::Head, "/a?b=c"),
            ("POST http://host/ HTTP/1.1", Method::Other, "http://host/"),
        ] {
            let request = read(&format!("{line}\r\nHost: a\r\n\r\n")).unwrap();
            assert_eq!((request.method, &*request.target), (method, target));
        }
        for line in [
            "GET /",
            "GET / HTTP/1.1 x",
            "GET  HTTP/1.1",
            "GET / HTTP/2",
            "\u{fe}",
        ] {
            let read = read(&format!("{line}\r\n\r\n"));
            assert!(matches!(read, Err(Unfit::Malformed)), "{line}: {read:?}");
        }
    }

    #[test]
    fn a_head_that_does_not_end_is_no_request() {
        assert!(matches!(read(""), Err(Unfit::Empty)));
        for cut in ["GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a"] {
            assert!(matches!(read(cut), Err(Unfit::Malformed)), "{cut}");
        }
        let long = "x".repeat(20_000);
        assert!(matches!(read(&long), Err(Unfit::TooLong)));
        let long = format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(5_000));
        assert!(matches!(read(&long), Err(Unfit::TooLong)));
    }
}
