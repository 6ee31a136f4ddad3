//! What talks to a TLS port without talking TLS: the first bytes of protocols that people mix up with it.
//!
//! Only the first record is looked at, and only to give the fault a better name: nothing of it is answered.

use core::fmt;

use premaster_wire::ProtocolVersion;

/// Another protocol, recognised by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Foreign {
    /// An HTTP request: a plain-text client at a TLS port.
    HttpRequest,
    /// An HTTP response: a TLS client at a plain-text port.
    HttpResponse,
    /// A greeting of an SMTP or FTP server, which wants STARTTLS (or `AUTH TLS`) first.
    MailGreeting,
    /// A greeting of a POP3 or IMAP server, which wants STARTTLS first.
    MailboxGreeting,
    /// SSH.
    Ssh,
    /// An SSL 2.0 compatible hello (RFC 6176 forbids it).
    Sslv2Hello {
        /// The highest version that the client speaks; SSL 2.0 if it has no other.
        version: ProtocolVersion,
    },
}

/// The first bytes, and whose they are.
const OPENINGS: &[(&[u8], Foreign)] = &[
    (b"GET /", Foreign::HttpRequest),
    (b"GET h", Foreign::HttpRequest),
    (b"POST ", Foreign::HttpRequest),
    (b"HEAD ", Foreign::HttpRequest),
    (b"PUT /", Foreign::HttpRequest),
    (b"DELET", Foreign::HttpRequest),
    (b"OPTIO", Foreign::HttpRequest),
    (b"PATCH", Foreign::HttpRequest),
    (b"TRACE", Foreign::HttpRequest),
    (b"CONNE", Foreign::HttpRequest),
    (b"PRI *", Foreign::HttpRequest),
    (b"HTTP/", Foreign::HttpResponse),
    // A request that cannot be read is answered in the oldest way, without a status line (RFC 1945 section 6).
    (b"<!DOC", Foreign::HttpResponse),
    (b"<!doc", Foreign::HttpResponse),
    (b"<HTML", Foreign::HttpResponse),
    (b"<html", Foreign::HttpResponse),
    (b"220 ", Foreign::MailGreeting),
    (b"220-", Foreign::MailGreeting),
    (b"+OK", Foreign::MailboxGreeting),
    (b"* OK", Foreign::MailboxGreeting),
    (b"SSH-", Foreign::Ssh),
];

impl Foreign {
    /// Recognises the first five bytes of a stream.
    pub(crate) fn recognise(start: &[u8; 5]) -> Option<Self> {
        let known = OPENINGS.iter().find(|(bytes, _)| start.starts_with(bytes));
        known
            .map(|(_, foreign)| *foreign)
            .or_else(|| sslv2_hello(start).map(|version| Self::Sslv2Hello { version }))
    }
}

/// A two-byte length with its high bit set, message type 1, then the highest version that the client speaks
/// (RFC 5246 appendix E.2).
const fn sslv2_hello(start: &[u8; 5]) -> Option<ProtocolVersion> {
    let [length, _, kind, major, minor] = *start;
    let known = major == 3 || (major == 0 && minor == 2);
    if length & 0x80 == 0 || kind != 1 || !known {
        return None;
    }
    Some(ProtocolVersion(u16::from_be_bytes([major, minor])))
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Sslv2Hello { version } => {
                return write!(f, "a hello in the form of SSL 2.0, for at most {version}");
            }
            Self::HttpRequest => "an HTTP request without TLS",
            Self::HttpResponse => "an answer of an HTTP server without TLS",
            Self::MailGreeting => "the greeting of an SMTP or FTP server, which needs STARTTLS",
            Self::MailboxGreeting => "the greeting of a POP3 or IMAP server, which needs STARTTLS",
            Self::Ssh => "SSH",
        };
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    /// property 12: whoever sends one learns from our log which version it would have spoken.
    #[test]
    fn a_hello_in_the_form_of_ssl_2_says_its_version() {
        for (hello, version, text) in [
            ([0x80, 0x2e, 1, 0, 2], 0x0002, "SSL 2.0"),
            ([0x80, 0x2e, 1, 3, 0], 0x0300, "SSL 3.0"),
            ([0x80, 0x2e, 1, 3, 3], 0x0303, "TLS 1.2"),
            ([0xff, 0x2e, 1, 3, 4], 0x0304, "TLS 1.3"),
        ] {
            let version = ProtocolVersion(version);
            let found = Foreign::recognise(&hello).expect("a hello");
            assert_eq!(found, Foreign::Sslv2Hello { version });
            assert!(found.to_string().ends_with(text), "{found}");
        }
        for other in [
            [0x16, 3, 1, 0, 2],
            [0x80, 0x2e, 2, 3, 3],
            [0x80, 0x2e, 1, 4, 3],
            [0x80, 0x2e, 1, 4, 2],
            [0x80, 0x2e, 1, 0, 3],
        ] {
            assert_eq!(Foreign::recognise(&other), None, "{other:?}");
        }
    }

    #[test]
    fn a_web_server_is_recognised_with_and_without_status_line() {
        for (answer, expected) in [
            (b"HTTP/", Some(Foreign::HttpResponse)),
            (b"<!DOC", Some(Foreign::HttpResponse)),
            (b"<!doc", Some(Foreign::HttpResponse)),
            (b"<HTML", Some(Foreign::HttpResponse)),
            (b"<html", Some(Foreign::HttpResponse)),
            (b"<3 al", None),
            (b"\x16\x03\x03\x00\x3c", None),
            (b"\x15\x03\x03\x00\x02", None),
        ] {
            let found = Foreign::recognise(answer);
            assert_eq!(found, expected, "{}", answer.escape_ascii());
        }
    }
}
