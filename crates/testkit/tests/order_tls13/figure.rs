//! The figures of TLS 1.3, written once, from RFC 8446 section 2 and appendix A, and from nothing else.

use premaster_crypto::Side::{self, Client, Server};
use premaster_testkit::Step::Message;
use premaster_testkit::figure::Presence::{May, Must};
use premaster_testkit::figure::{Figure, Line, Presence};
use premaster_wire::HandshakeType as Type;

/// What the figure depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// There is a HelloRetryRequest (figure 2).
    pub(crate) retried: bool,
    /// It was another server's: this one gets the second ClientHello alone (RFC 8446 section 4.2.2).
    pub(crate) remembered: bool,
    /// A pre-shared key is used: the server shows no certificate (figure 3).
    pub(crate) psk: bool,
    /// The server takes early data (figure 4).
    pub(crate) early: bool,
    /// Certificates may be compressed (RFC 8879 section 4).
    pub(crate) compressed: bool,
    /// What the client answers to a request in the handshake.
    pub(crate) client: Answer,
    /// What it answers to one on the established connection (RFC 8446 section 4.6.2).
    pub(crate) later: Answer,
}

/// A client's answer to CertificateRequest (RFC 8446 section 4.4.2, section 4.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// There was no request.
    None,
    /// An empty Certificate.
    Empty,
    /// A certificate, and a signature with its key.
    Signed,
}

impl Answer {
    fn is_some(self) -> bool {
        self != Self::None
    }

    fn is_signed(self) -> bool {
        self == Self::Signed
    }
}

/// Figure 1 without its stars.
pub(crate) const FULL: Course = Course {
    retried: false,
    remembered: false,
    psk: false,
    early: false,
    compressed: false,
    client: Answer::None,
    later: Answer::None,
};

type Row = (Side, Type, fn(&Course) -> Presence);

fn must(_: &Course) -> Presence {
    Must
}

/// RFC 8446 section 2, figures 1 to 4, and section 4.6.2; tickets and key updates belong to an established connection: see
/// `established.rs`. A HelloRetryRequest is a ServerHello on the wire.
const FIGURE: [Row; 17] = [
    (Client, Type::client_hello, must),
    (Server, Type::server_hello, |it| Must.when(it.retried)),
    (Client, Type::client_hello, |it| {
        Must.when(it.retried && !it.remembered)
    }),
    (Server, Type::server_hello, must),
    (Server, Type::encrypted_extensions, must),
    (Server, Type::certificate_request, |it| May.when(!it.psk)),
    (Server, Type::certificate, |it| Must.when(!it.psk)),
    (Server, Type::certificate_verify, |it| Must.when(!it.psk)),
    (Server, Type::finished, must),
    (Client, Type::end_of_early_data, |it| Must.when(it.early)),
    (Client, Type::certificate, |it| {
        Must.when(it.client.is_some())
    }),
    (Client, Type::certificate_verify, |it| {
        Must.when(it.client.is_signed())
    }),
    (Client, Type::finished, must),
    (Server, Type::certificate_request, |it| {
        Must.when(it.later.is_some())
    }),
    (Client, Type::certificate, |it| {
        Must.when(it.later.is_some())
    }),
    (Client, Type::certificate_verify, |it| {
        Must.when(it.later.is_signed())
    }),
    (Client, Type::finished, |it| Must.when(it.later.is_some())),
];

impl Course {
    /// The lines of one side.
    pub(crate) fn lines(&self, of: Side) -> Figure {
        let own = FIGURE.iter().filter(|(side, ..)| *side == of);
        Figure::new(own.map(|(_, kind, presence)| Line {
            presence: presence(self),
            steps: match *kind {
                Type::certificate if self.compressed => {
                    vec![Message(*kind), Message(Type::compressed_certificate)]
                }
                kind => vec![Message(kind)],
            },
        }))
    }

    /// How many authentications of the client follow the handshake.
    pub(crate) fn authentications(&self) -> usize {
        usize::from(self.later.is_some())
    }
}
