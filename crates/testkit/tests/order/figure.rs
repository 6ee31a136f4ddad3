//! The figures of TLS 1.2, written once, from the RFCs and from nothing else.

use premaster_crypto::Side::{self, Client, Server};
use premaster_testkit::Step::{self, ChangeCipherSpec, Message};
use premaster_testkit::figure::{Figure, Line, Presence};
use premaster_wire::HandshakeType as Type;

use Presence::{May, Must};

/// What the figure depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// A session goes on (RFC 5246 section 7.3, figure 2).
    pub(crate) resumes: bool,
    /// RSA key transport, in which the server has no key of its own to send (RFC 5246 section 7.4.3).
    pub(crate) transport: bool,
    /// The server's hello has status_request (RFC 6066 section 8).
    pub(crate) staple: bool,
    /// The server's hello has session_ticket (RFC 5077 section 3.2).
    pub(crate) ticket: bool,
    /// What the client answers to a request.
    pub(crate) client: Answer,
}

/// A client's answer to CertificateRequest (RFC 5246 section 7.4.6, section 7.4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// There was no request.
    None,
    /// An empty Certificate.
    Empty,
    /// A certificate, and a signature with its key.
    Signed,
}

/// A full handshake with ephemeral keys, and nothing beside.
pub(crate) const FULL: Course = Course {
    resumes: false,
    transport: false,
    staple: false,
    ticket: false,
    client: Answer::None,
};

type Row = (Side, Step, fn(&Course) -> Presence);

fn must(_: &Course) -> Presence {
    Must
}

/// RFC 5246 section 7.3, figure 1; NewSessionTicket as in RFC 5077 section 3.1, CertificateStatus as in RFC 6066 section 8.
const FIGURE_1: [Row; 15] = [
    (Client, Message(Type::client_hello), must),
    (Server, Message(Type::server_hello), must),
    (Server, Message(Type::certificate), must),
    (Server, Message(Type::certificate_status), |course| {
        May.when(course.staple)
    }),
    (Server, Message(Type::server_key_exchange), |course| {
        Must.when(!course.transport)
    }),
    (Server, Message(Type::certificate_request), |_| May),
    (Server, Message(Type::server_hello_done), must),
    (Client, Message(Type::certificate), |course| {
        Must.when(course.client != Answer::None)
    }),
    (Client, Message(Type::client_key_exchange), must),
    (Client, Message(Type::certificate_verify), |course| {
        Must.when(course.client == Answer::Signed)
    }),
    (Client, ChangeCipherSpec, must),
    (Client, Message(Type::finished), must),
    (Server, Message(Type::new_session_ticket), |course| {
        Must.when(course.ticket)
    }),
    (Server, ChangeCipherSpec, must),
    (Server, Message(Type::finished), must),
];

/// RFC 5246 section 7.3, figure 2; NewSessionTicket as in RFC 5077 section 3.1.
const FIGURE_2: [Row; 7] = [
    (Client, Message(Type::client_hello), must),
    (Server, Message(Type::server_hello), must),
    (Server, Message(Type::new_session_ticket), |course| {
        Must.when(course.ticket)
    }),
    (Server, ChangeCipherSpec, must),
    (Server, Message(Type::finished), must),
    (Client, ChangeCipherSpec, must),
    (Client, Message(Type::finished), must),
];

impl Course {
    /// The lines of one side.
    pub(crate) fn lines(&self, of: Side) -> Figure {
        let figure: &[Row] = if self.resumes { &FIGURE_2 } else { &FIGURE_1 };
        let own = figure.iter().filter(|(side, ..)| *side == of);
        Figure::new(own.map(|(_, step, presence)| Line {
            presence: presence(self),
            steps: vec![*step],
        }))
    }
}
