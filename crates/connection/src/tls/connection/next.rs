//! What a connection says of itself, and what it is given.

use premaster_handshake::Question;
use premaster_trace::Tracer;

/// What a connection needs next.
#[derive(Debug)]
#[must_use]
#[expect(
    clippy::large_enum_variant,
    reason = "short-lived; a box would cost every question"
)]
pub enum Next {
    /// [`Connection::transmit`] has bytes for the transport.
    Transmit,
    /// Somebody has to answer this, now or later. It is handed out once.
    Ask(Question),
    /// The peer has to say something: [`Connection::receive`] needs at least so many bytes more.
    Receive {
        /// Bytes that are missing for sure.
        missing: usize,
    },
    /// Answers are owed; nothing can be done before one arrives.
    Wait,
    /// Application data may flow in both directions.
    Established,
    /// It is over: cleanly, or with [`Connection::error`].
    Closed,
}

/// Which questions come to the caller instead of being answered from the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// None.
    #[default]
    Nothing,
    /// All of them; [`Connection::local`] still answers those the caller does not care for.
    Everything,
}

/// What a connection may be given besides its configuration.
#[derive(Debug, Default)]
pub struct Options {
    /// Who listens.
    pub tracer: Tracer,
    /// Which questions come to the caller.
    pub surface: Surface,
}
