//! What becomes of early data, and why (RFC 8446 section 4.2.10).

/// What became of the data that a client of TLS 1.3 sends along with its ClientHello (RFC 8446 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EarlyData {
    /// The client has asked to send it.
    Offered,
    /// The server reads it.
    Accepted,
    /// The server drops it unread.
    Rejected,
}

impl EarlyData {
    /// `offered`, `accepted` or `rejected`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// Why early data was accepted, rejected, or not even offered.
///
/// | | a client says it | a server says it |
/// |---|---|---|
/// | nothing was offered | `Disabled`, `ProtocolVersion`, `NoSession`, `NotAllowedBySession`, `CipherSuite`, `ApplicationProtocol` | `NotOffered`, or what stands in the way besides |
/// | it was rejected | `HelloRetryRequest`, `SessionNotResumed`, `Declined` | all but `Accepted`, `Declined`, `NotOffered` |
/// | it was accepted | `Accepted` | `Accepted` |
///
/// A server never says why it rejects: the client learns what the handshake shows.
///
/// ```
/// use premaster_trace::EarlyDataReason;
///
/// let reason = EarlyDataReason::TicketAge;
/// assert_eq!(reason.name(), "ticket_age");
/// assert!(reason.words().contains("age"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EarlyDataReason {
    /// It was accepted.
    Accepted,
    /// This side sends none, or takes none: its configuration has it so.
    Disabled,
    /// The version is older than TLS 1.3.
    ProtocolVersion,
    /// There is no session that it could go with: the client has none at hand, or knows the server by another key.
    NoSession,
    /// The session's ticket allows none (RFC 8446 section 4.2.10).
    NotAllowedBySession,
    /// The client offered none.
    NotOffered,
    /// The server resumed the session and did not take the data. It does not say why.
    Declined,
    /// The session was not resumed: the handshake was a full one.
    SessionNotResumed,
    /// The first of the client's pre-shared keys was not the one that was chosen.
    NotFirstKey,
    /// The server asked for a second ClientHello (RFC 8446 section 4.1.4).
    HelloRetryRequest,
    /// The session is one of another cipher suite.
    CipherSuite,
    /// The session is one of another application protocol.
    ApplicationProtocol,
    /// The ticket allows more than the server takes by now.
    LimitLowered,
    /// The ticket's age as the client counts it does not fit the server's clock (RFC 8446 section 8.3).
    TicketAge,
    /// The ticket may have carried early data before (RFC 8446 section 8.2).
    Repeated,
}

impl EarlyDataReason {
    /// For tools: `ticket_age`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Disabled => "disabled",
            Self::ProtocolVersion => "protocol_version",
            Self::NoSession => "no_session",
            Self::NotAllowedBySession => "not_allowed_by_session",
            Self::NotOffered => "not_offered",
            Self::Declined => "declined",
            Self::SessionNotResumed => "session_not_resumed",
            Self::NotFirstKey => "not_first_key",
            Self::HelloRetryRequest => "hello_retry_request",
            Self::CipherSuite => "cipher_suite",
            Self::ApplicationProtocol => "application_protocol",
            Self::LimitLowered => "limit_lowered",
            Self::TicketAge => "ticket_age",
            Self::Repeated => "repeated",
        }
    }

    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Accepted => "nothing stands against it",
            Self::Disabled => "none is sent or taken here",
            Self::ProtocolVersion => "there is none before TLS 1.3",
            Self::NoSession => "there is no session that it could go with",
            Self::NotAllowedBySession => "the session allows none",
            Self::NotOffered => "the client offered none",
            Self::Declined => "the server drops it unread",
            Self::SessionNotResumed => "the session was not resumed",
            Self::NotFirstKey => "the first pre-shared key was not chosen",
            Self::HelloRetryRequest => "the server asked for another ClientHello",
            Self::CipherSuite => "the session was made under another cipher suite",
            Self::ApplicationProtocol => "the session was made for another application protocol",
            Self::LimitLowered => "the ticket allows more than is taken now",
            Self::TicketAge => {
                "the ClientHello has been under way for too long, or the ticket's age is wrong"
            }
            Self::Repeated => "it may have come before",
        }
    }

    /// Whether there was anything to be expected: not where this side wants none, the version knows none, or the client
    /// offered none.
    #[must_use]
    pub const fn is_telling(self) -> bool {
        !matches!(
            self,
            Self::Disabled | Self::ProtocolVersion | Self::NotOffered
        )
    }
}
