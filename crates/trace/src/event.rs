//! The events: what one end of a connection can say about what it did, saw and decided.
//!
//! An event holds public values only: messages as they were on the wire (decrypted where they were protected), code
//! points, lengths, names. Secret bytes have a door of their own, [`SecretSink`](crate::SecretSink).

use std::borrow::Cow;
use std::fmt;

use premaster_wire::{
    AlertDescription, AlertLevel, CipherSuite, ContentType, ProtocolVersion, SignatureScheme,
};

use crate::{Derivation, EarlyData, EarlyDataReason, PskKind, Value};

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The end that sends the ClientHello.
    Client,
    /// The end that answers it.
    Server,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// `client` or `server`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which way something went, seen from the end that reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From us to the peer.
    Sent,
    /// From the peer to us.
    Received,
}

/// What protected a message on its way.
///
/// TLS 1.2 knows [`Plain`](Self::Plain) and [`Traffic`](Self::Traffic), TLS 1.3 all four (RFC 8446 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Epoch {
    /// Nothing: anybody on the path can read it.
    Plain,
    /// Keys of TLS 1.3 early data.
    EarlyData,
    /// Keys of the TLS 1.3 handshake.
    Handshake,
    /// The keys that protect application data.
    Traffic,
}

impl Epoch {
    /// Was it encrypted?
    #[must_use]
    pub const fn is_protected(self) -> bool {
        !matches!(self, Self::Plain)
    }

    /// `plain`, `early data`, `handshake` or `traffic`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::EarlyData => "early data",
            Self::Handshake => "handshake",
            Self::Traffic => "traffic",
        }
    }
}

/// What an earlier session was found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResumedBy {
    /// The session ID: the server kept the session (RFC 5246 section 7.3).
    SessionId,
    /// A ticket: the client kept the session, sealed by the server (RFC 5077).
    Ticket,
    /// A pre-shared key of TLS 1.3 (RFC 8446 section 2.2).
    Psk,
}

impl ResumedBy {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SessionId => "session ID",
            Self::Ticket => "session ticket",
            Self::Psk => "pre-shared key",
        }
    }
}

/// A decision, with what both sides wanted and why it fell as it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// What was to be chosen: `cipher suite`, `group`, `version`, `signature scheme`, `application protocol`,
    /// `certificate`.
    pub what: &'static str,
    /// Who chose: us, or the peer whose choice we checked.
    pub by: Side,
    /// The outcome.
    pub chosen: Value<'a>,
    /// What we were ready to use, in our order of preference.
    pub ours: Vec<Value<'a>>,
    /// What the peer was ready to use, in its order; empty when it never said.
    pub theirs: Vec<Value<'a>>,
    /// Why this one, in words: `first of the server's suites that the client offered`.
    pub reason: Cow<'a, str>,
}

/// A signature that was made or checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureUse<'a> {
    /// Whose private key made it.
    pub by: Side,
    /// Made by us, or made by the peer and checked by us.
    pub direction: Direction,
    /// The scheme.
    pub scheme: SignatureScheme,
    /// What it covers: `client_random, server_random and the server's key exchange parameters`.
    pub over: Cow<'a, str>,
    /// What that proves to the receiver.
    pub proves: Cow<'a, str>,
    /// `RFC 5246 section 7.4.3`.
    pub section: &'static str,
}

/// What two ends have agreed on when a handshake is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The version.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub suite: CipherSuite,
    /// The group of the key exchange: a [`Value::Group`], or a [`Value::Text`] with the name of a finite field that
    /// has no code point. `None` when there was none: a session was resumed, or the premaster secret was encrypted.
    pub group: Option<Value<'a>>,
    /// Whether the keys die with the connection: `false` if something long-lived opens them, the server's key with RSA
    /// key transport, the pre-shared key where it is all there is (`psk_ke`, RFC 8446 section 4.2.9).
    pub forward_secret: bool,
    /// Which came first under a CBC suite: encryption (RFC 7366), or the MAC (RFC 5246 section 6.2.3.2). `None` for
    /// AEAD suites, which do both at once.
    pub encrypt_then_mac: Option<bool>,
    /// The scheme of the server's signature; `None` when a session was resumed, or the server proved its identity by
    /// decrypting.
    pub server_signature: Option<SignatureScheme>,
    /// The scheme of the client's signature, if it authenticated itself with a certificate.
    pub client_signature: Option<SignatureScheme>,
    /// How an earlier session was resumed; `None` after a full handshake.
    pub resumed: Option<ResumedBy>,
    /// What became of early data; `None` if the client offered none.
    pub early_data: Option<EarlyData>,
    /// Why, whatever became of it.
    pub early_data_reason: EarlyDataReason,
    /// Whether the server asked for a second ClientHello (HelloRetryRequest, RFC 8446 section 4.1.4).
    pub retried: bool,
    /// Whether the master secret is bound to the handshake (RFC 7627). Always so in TLS 1.3.
    pub extended_master_secret: bool,
    /// The name that the client asked for.
    pub server_name: Option<Cow<'a, str>>,
    /// The application protocol (RFC 7301).
    pub alpn: Option<Cow<'a, [u8]>>,
    /// The number of certificates that the peer showed, now or in the session that was resumed.
    pub peer_certificates: usize,
}

/// One thing that happened in a connection.
///
/// Whoever reports it has a [`Side`], which comes along in the [`Context`](crate::Context).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A connection begins.
    Started {
        /// The name or address of the peer as the user gave it, when it is known.
        peer: Option<Cow<'a, str>>,
    },
    /// A record went over the wire.
    Record {
        /// Which way.
        direction: Direction,
        /// What protected it.
        epoch: Epoch,
        /// What it holds: in TLS 1.3 the type within, not the one outside, which is always `application_data`.
        content_type: ContentType,
        /// Bytes on the wire, header included.
        length: usize,
    },
    /// A handshake message was sent or received.
    Message {
        /// Which way.
        direction: Direction,
        /// What protected it.
        epoch: Epoch,
        /// The message with its 4-byte header, decrypted.
        bytes: &'a [u8],
    },
    /// A ChangeCipherSpec was sent or received (RFC 5246 section 7.1). In TLS 1.3 it means nothing (RFC 8446 appendix
    /// D.4).
    ChangeCipherSpec {
        /// Which way.
        direction: Direction,
    },
    /// An alert was sent or received.
    Alert {
        /// Which way.
        direction: Direction,
        /// What protected it.
        epoch: Epoch,
        /// Warning or fatal.
        level: AlertLevel,
        /// The reason.
        description: AlertDescription,
    },
    /// We wait for the peer: one of these may come next.
    Expected {
        /// Messages, or records that are no messages.
        any_of: Vec<Value<'a>>,
        /// The RFC section that says so.
        section: &'static str,
    },
    /// The handshake needs something from its host: a credential, a signature, a verdict, a stored session.
    Asked {
        /// The name of the question: `ChooseCredential`, `Sign`, `VerifyIdentity`.
        question: &'static str,
        /// What exactly is asked.
        detail: Cow<'a, str>,
    },
    /// A question was answered.
    Answered {
        /// The name of the question.
        question: &'static str,
        /// Who answered: `local configuration`, `session store`, `webpki`.
        by: Cow<'a, str>,
        /// The answer, without secrets.
        answer: Cow<'a, str>,
    },
    /// Something was decided.
    Chosen(Choice<'a>),
    /// A signature was made or found good.
    Signature(SignatureUse<'a>),
    /// The peer is who it should be.
    IdentityVerified {
        /// Whose identity.
        of: Side,
        /// Who vouches for that: `webpki`, `pinned key`.
        by: Cow<'a, str>,
        /// What was checked, in words.
        detail: Cow<'a, str>,
    },
    /// A secret was computed.
    Derived(Derivation<'a>),
    /// New keys protect one direction from now on.
    KeysInstalled {
        /// `Sent`: what we send; `Received`: what we open.
        direction: Direction,
        /// What they protect.
        epoch: Epoch,
        /// The suite that the keys belong to.
        suite: CipherSuite,
    },
    /// A pre-shared key of TLS 1.3 is used: no certificates (RFC 8446 section 2.2).
    PskChosen {
        /// Where it comes from.
        psk: PskKind,
        /// Its place among the identities in the ClientHello (`selected_identity`).
        index: u16,
        /// Whether there is a key exchange as well (`psk_dhe_ke`), or the PSK is all there is (`psk_ke`).
        key_exchange: bool,
        /// Of a ticket: seconds since the full handshake that authenticated the session.
        age: Option<u64>,
    },
    /// Early data was offered, accepted or rejected (RFC 8446 section 4.2.10).
    EarlyData {
        /// Which.
        what: EarlyData,
        /// How much may be sent, or why it is rejected, in words.
        detail: Cow<'a, str>,
    },
    /// One direction has its next traffic secret, after the handshake (RFC 8446 section 4.6.3).
    KeyUpdate {
        /// `Sent`: our keys; `Received`: the peer's.
        direction: Direction,
        /// Whether the message asks the other side to change its keys too.
        requested: bool,
        /// The number of the new secret: 1 after the first KeyUpdate of this sender.
        generation: u64,
    },
    /// An earlier session of TLS 1.2 goes on: no certificates, no key exchange.
    Resuming {
        /// What it was found by.
        by: ResumedBy,
        /// Seconds since the full handshake that authenticated it.
        age: u64,
    },
    /// An earlier session was at hand, but is not used.
    NotResumed {
        /// Why, in words.
        reason: Cow<'a, str>,
    },
    /// The session can be resumed later.
    SessionStored {
        /// What it can be found by.
        by: ResumedBy,
        /// Length of the session ID or ticket in bytes.
        length: usize,
        /// Seconds for which it may be used.
        lifetime: u32,
    },
    /// The handshake is complete.
    Established(Facts<'a>),
    /// A rule was broken, or something of ours failed: the connection is over.
    Fault {
        /// The name of the rule in the table of faults.
        rule: &'static str,
        /// The alert that tells the peer, if it is told.
        alert: Option<AlertDescription>,
        /// The RFC section of the rule.
        section: &'static str,
        /// What was seen, what would have been right, and what to change.
        detail: Cow<'a, str>,
    },
    /// One direction is closed.
    Closed {
        /// `Sent`: we have sent close_notify; `Received`: the peer has.
        direction: Direction,
    },
}

impl Event<'_> {
    /// The event's name, as the JSON sink writes it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Record { .. } => "record",
            Self::Message { .. } => "message",
            Self::ChangeCipherSpec { .. } => "change_cipher_spec",
            Self::Alert { .. } => "alert",
            Self::Expected { .. } => "expected",
            Self::Asked { .. } => "asked",
            Self::Answered { .. } => "answered",
            Self::Chosen(_) => "chosen",
            Self::Signature(_) => "signature",
            Self::IdentityVerified { .. } => "identity_verified",
            Self::Derived(_) => "derived",
            Self::KeysInstalled { .. } => "keys_installed",
            Self::PskChosen { .. } => "psk_chosen",
            Self::EarlyData { .. } => "early_data",
            Self::KeyUpdate { .. } => "key_update",
            Self::Resuming { .. } => "resuming",
            Self::NotResumed { .. } => "not_resumed",
            Self::SessionStored { .. } => "session_stored",
            Self::Established(_) => "established",
            Self::Fault { .. } => "fault",
            Self::Closed { .. } => "closed",
        }
    }
}
