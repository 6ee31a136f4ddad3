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
    /// [`Connection::transmit`](super::Connection::transmit) has bytes for the transport.
    Transmit,
    /// Somebody has to answer this, now or later. It is handed out once; a claim that is dropped
    /// leaves the connection waiting.
    ///
    /// A connection that has failed may still ask that its session be forgotten; the claim of
    /// that is stale, for nothing waits for the answer.
    Ask(Question),
    /// The peer has to say something: [`Connection::receive`](super::Connection::receive) wants its next record. A client
    /// with leave to may send early data meanwhile: see
    /// [`Connection::early_data_limit`](super::Connection::early_data_limit). So may a side that has said Finished, where it
    /// may send before the peer's: see [`Connection::provisional`](super::Connection::provisional).
    Receive {
        /// Bytes that a record has at the least. [`Received::More`](super::Received::More) says
        /// how many are missing to one that has begun.
        missing: usize,
    },
    /// Answers are owed; nothing can be done before one arrives.
    Wait,
    /// Application data may flow; after our own goodbye only towards us.
    Established,
    /// The peer has said goodbye: send what is left to be sent, then
    /// [`close`](super::Connection::close).
    PeerClosed,
    /// It is over: both sides have said goodbye, or [`Connection::error`](super::Connection::error) says what happened.
    Closed,
}

/// Which questions come to the caller instead of being answered from the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// None.
    #[default]
    Nothing,
    /// All of them; [`Connection::local`](super::Connection::local) still answers those the caller does not care for.
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
