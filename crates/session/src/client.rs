//! What a client keeps: the session, and what it shows to the server to find it again.
//!
//! RFC 5246 section 7.3 (session ID), RFC 5077 section 3.4 (ticket) and RFC 8446 section 4.6.1 (ticket of TLS 1.3).

use core::fmt;

use crate::{IsolationKey, Session};

/// What a client keeps of a connection in order to resume it.
///
/// In TLS 1.3 it is the `ticket`, which is the identity of the pre-shared key (RFC 8446 section 4.2.11), and good for one
/// connection. Before, one of `session_id` and `ticket` is filled, or both: RFC 5077 section 3.4 lets a client invent a session
/// ID to go with its ticket, so that the server's answer shows whether the ticket was taken.
///
/// ```
/// # use premaster_session::{ClientSession, IsolationKey, Session, SessionSecret, UnixTime};
/// # let session = Session {
/// #     version: 0x0303,
/// #     suite: 0xc02b,
/// #     secret: SessionSecret::Master(premaster_crypto::Secret::from_bytes(&[7; 48])?),
/// #     extended_master_secret: true,
/// #     authenticated_at: UnixTime::since_unix_epoch(core::time::Duration::from_secs(1_000)),
/// #     lifetime: 3_600,
/// #     isolation: IsolationKey::builder().finish(),
/// #     server_name: Some("example.com".into()),
/// #     alpn: None,
/// #     max_fragment_length: None,
/// #     peer_certificates: vec![],
/// #     peer_public_key: None,
/// #     external_psk: None,
/// #     resumable_across_names: false,
/// # };
/// let kept = ClientSession { session, session_id: vec![1; 32], ticket: vec![] };
/// let stored = kept.encode()?;
/// let again = ClientSession::decode(&stored)?;
/// assert_eq!(again.session_id, kept.session_id);
/// assert_eq!(again.session.server_name.as_deref(), Some("example.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ClientSession {
    /// What was agreed on.
    pub session: Session,
    /// The session ID that the server gave, up to 32 bytes; empty if it gave none.
    pub session_id: Vec<u8>,
    /// The ticket that the server gave; empty if it gave none. Whoever has it, but not the
    /// session's secret, cannot use it.
    pub ticket: Vec<u8>,
}

/// TLS 1.3 sessions that a store keeps for each key, unless told otherwise: servers give one to a few at a time.
pub(crate) const TICKETS_PER_SERVER: usize = 4;

impl ClientSession {
    /// Whether it is for one connection only, as a TLS 1.3 ticket is (RFC 8446 appendix C.4).
    pub fn is_used_once(&self) -> bool {
        self.session.ticket_psk().is_some()
    }

    /// A second copy, the secret included. Named, because each copy of a secret should be meant.
    pub fn duplicate(&self) -> Self {
        Self {
            session: self.session.duplicate(),
            session_id: self.session_id.clone(),
            ticket: self.ticket.clone(),
        }
    }
}

impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSession")
            .field("session", &self.session)
            .field(
                "session_id",
                &format_args!("{} bytes", self.session_id.len()),
            )
            .field("ticket", &format_args!("{} bytes", self.ticket.len()))
            .finish()
    }
}

/// Under what a client stores a session and looks for it again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey {
    /// The server: a host name, or `host:port` where several servers share a host.
    pub server: String,
    /// The client's own configuration.
    pub isolation: IsolationKey,
}

impl ClientKey {
    /// The key for `server` under the configuration `isolation`.
    pub fn new(server: impl Into<String>, isolation: IsolationKey) -> Self {
        Self {
            server: server.into(),
            isolation,
        }
    }
}
