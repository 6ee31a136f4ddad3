//! A session: what a full handshake agreed on and an abbreviated one takes up again.
//!
//! RFC 5246 section 7.3 (the abbreviated handshake), section F.1.4 (how long a session may live),
//! RFC 7627 section 5.3 (extended master secret) and RFC 8446 section 4.6.1 (tickets of TLS 1.3).

use core::fmt;
use core::time::Duration;

use premaster_crypto::Secret;
use rustls_pki_types::UnixTime;

use crate::{ExternalPskId, IsolationKey, SessionSecret, TicketPsk};

/// A clock may be set back by this many seconds before a session counts as coming from the future.
pub(crate) const CLOCK_SKEW: u64 = 60;

/// What a full handshake agreed on and a resumed one takes up again.
///
/// Both sides keep the same value: a server in its store or sealed in a ticket, a client inside a
/// [`ClientSession`](crate::ClientSession). It is immutable history: a resumed handshake stores the
/// session again with the same [`authenticated_at`](Self::authenticated_at), so that a chain of
/// resumptions ends when the first full handshake says so.
///
/// The record size limit is not here: it is negotiated anew in each handshake (RFC 8449 section 4).
///
/// ```
/// use core::time::Duration;
/// use premaster_crypto::Secret;
/// use premaster_session::{IsolationKey, NotResumable, Session, SessionSecret, UnixTime};
///
/// let second = |n| UnixTime::since_unix_epoch(Duration::from_secs(n));
/// let here = IsolationKey::builder().part("name", b"example.com").finish();
/// let there = IsolationKey::builder().part("name", b"example.net").finish();
/// let session = Session {
///     version: 0x0303,
///     suite: 0xc02b,
///     secret: SessionSecret::Master(Secret::from_bytes(&[7; 48])?),
///     extended_master_secret: true,
///     authenticated_at: second(1_000),
///     lifetime: 3_600,
///     isolation: here,
///     server_name: Some("example.com".into()),
///     alpn: None,
///     max_fragment_length: None,
///     peer_certificates: vec![],
///     peer_public_key: None,
///     external_psk: None,
///     resumable_across_names: false,
/// };
/// assert_eq!(session.check(&here, second(4_599)), Ok(()));
/// assert_eq!(session.check(&here, second(4_600)), Err(NotResumable::Expired));
/// assert_eq!(session.check(&there, second(2_000)), Err(NotResumable::OtherIsolation));
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
pub struct Session {
    /// The protocol version, as on the wire: `0x0303` is TLS 1.2, `0x0304` is TLS 1.3.
    pub version: u16,
    /// The cipher suite, as on the wire.
    pub suite: u16,
    /// The master secret, or the pre-shared key of a TLS 1.3 ticket.
    pub secret: SessionSecret,
    /// Whether the secret binds the handshake that made it (RFC 7627), as it always does in TLS 1.3
    /// (RFC 8446 appendix D).
    pub extended_master_secret: bool,
    /// When the full handshake authenticated the peers; resumption never changes it.
    pub authenticated_at: UnixTime,
    /// Seconds from [`authenticated_at`](Self::authenticated_at) for which the session may be resumed;
    /// more than [`MAX_LIFETIME`](Self::MAX_LIFETIME) counts as `MAX_LIFETIME`.
    pub lifetime: u32,
    /// The configuration under which the peers were authenticated.
    pub isolation: IsolationKey,
    /// The name that the client asked for (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// The application protocol that was chosen (RFC 7301).
    pub alpn: Option<Vec<u8>>,
    /// The longest fragment, as on the wire: 1 is 2^9 bytes, 4 is 2^12. It was agreed on for as long as the
    /// session (RFC 6066 section 4).
    pub max_fragment_length: Option<u8>,
    /// The peer's certificates in DER, its own first; empty when it presented none.
    pub peer_certificates: Vec<Vec<u8>>,
    /// The peer's public key as SubjectPublicKeyInfo in DER, as its verifier asserted it.
    pub peer_public_key: Option<Vec<u8>>,
    /// TLS 1.3: the external key that stands for the peer in place of certificates (RFC 8446 section 4.6.1). Such a
    /// session is resumed only where that very key is still known.
    pub external_psk: Option<ExternalPskId>,
    /// TLS 1.3: the server takes the ticket under its other names as well, as it said in the ticket's flags.
    pub resumable_across_names: bool,
}

impl Session {
    /// No session lives longer than this: seven days, in seconds (RFC 8446 section 4.6.1).
    pub const MAX_LIFETIME: u32 = 7 * 24 * 3600;

    /// A sensible lifetime for a server's sessions: 24 hours, in seconds.
    ///
    /// RFC 5246 section F.1.4 suggests it as the upper limit.
    pub const SUGGESTED_LIFETIME: u32 = 24 * 3600;

    /// The first second in which the session may no longer be resumed.
    pub fn expires_at(&self) -> UnixTime {
        let lifetime = u64::from(self.lifetime.min(Self::MAX_LIFETIME));
        at(self.authenticated_at.as_secs().saturating_add(lifetime))
    }

    /// Whether the session may no longer be resumed.
    ///
    /// A session from the future has expired too, but for a minute of clock skew: were the clock set
    /// back by a year, the session would otherwise live for a year more.
    pub fn expired(&self, now: UnixTime) -> bool {
        self.life().is_over(now)
    }

    pub(crate) fn life(&self) -> Life {
        Life {
            from: self.authenticated_at,
            until: self.expires_at(),
        }
    }

    /// Seconds for which the session may still be resumed: what a server tells in `ticket_lifetime_hint`
    /// (RFC 5077 section 3.3) or `ticket_lifetime` (RFC 8446 section 4.6.1).
    pub fn remaining(&self, now: UnixTime) -> u32 {
        if self.expired(now) {
            return 0;
        }
        let left = self.expires_at().as_secs().saturating_sub(now.as_secs());
        u32::try_from(left)
            .unwrap_or(u32::MAX)
            .min(self.lifetime)
            .min(Self::MAX_LIFETIME)
    }

    /// Shortens the lifetime so that the session ends at `until`; never lengthens it.
    ///
    /// For what ends before the session does: the peer's certificate, a ticket's lifetime hint.
    pub fn expire_by(&mut self, until: UnixTime) {
        let longest = until
            .as_secs()
            .saturating_sub(self.authenticated_at.as_secs());
        self.lifetime = self
            .lifetime
            .min(u32::try_from(longest).unwrap_or(u32::MAX));
    }

    /// Whether a connection of configuration `isolation` may resume this session now.
    ///
    /// # Errors
    ///
    /// The reason why not. Whether the session fits the hellos at hand (version, suite, extended master
    /// secret, name) is for the handshake to decide.
    pub fn check(&self, isolation: &IsolationKey, now: UnixTime) -> Result<(), NotResumable> {
        if self.isolation != *isolation {
            return Err(NotResumable::OtherIsolation);
        }
        if self.expired(now) {
            return Err(NotResumable::Expired);
        }
        Ok(())
    }

    /// The master secret; none in TLS 1.3.
    pub fn master_secret(&self) -> Option<&Secret<48>> {
        match &self.secret {
            SessionSecret::Master(secret) => Some(secret),
            SessionSecret::Resumption(_) => None,
        }
    }

    /// The pre-shared key of a TLS 1.3 ticket; none up to TLS 1.2.
    pub fn ticket_psk(&self) -> Option<&TicketPsk> {
        match &self.secret {
            SessionSecret::Master(_) => None,
            SessionSecret::Resumption(ticket) => Some(ticket),
        }
    }

    /// A second copy, the secret included. Named, because each copy of a secret should be meant.
    pub fn duplicate(&self) -> Self {
        Self {
            version: self.version,
            suite: self.suite,
            secret: self.secret.duplicate(),
            extended_master_secret: self.extended_master_secret,
            authenticated_at: self.authenticated_at,
            lifetime: self.lifetime,
            isolation: self.isolation,
            server_name: self.server_name.clone(),
            alpn: self.alpn.clone(),
            max_fragment_length: self.max_fragment_length,
            peer_certificates: self.peer_certificates.clone(),
            peer_public_key: self.peer_public_key.clone(),
            external_psk: self.external_psk.clone(),
            resumable_across_names: self.resumable_across_names,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("version", &format_args!("{:#06x}", self.version))
            .field("suite", &format_args!("{:#06x}", self.suite))
            .field("secret", &self.secret)
            .field("extended_master_secret", &self.extended_master_secret)
            .field("authenticated_at", &self.authenticated_at.as_secs())
            .field("lifetime", &self.lifetime)
            .field("isolation", &self.isolation)
            .field("server_name", &self.server_name)
            .field(
                "alpn",
                &self
                    .alpn
                    .as_deref()
                    .map(|alpn| alpn.escape_ascii().to_string()),
            )
            .field("peer_certificates", &self.peer_certificates.len())
            .field("external_psk", &self.external_psk)
            .field("resumable_across_names", &self.resumable_across_names)
            .finish_non_exhaustive()
    }
}

/// From when and until when a session may be resumed: all that a store has to know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) from: UnixTime,
    /// The first second in which it may not.
    pub(crate) until: UnixTime,
}

impl Life {
    pub(crate) fn is_over(self, now: UnixTime) -> bool {
        let from_the_future = self.from.as_secs() > now.as_secs().saturating_add(CLOCK_SKEW);
        // A lifetime of zero ends what it is about at once (RFC 8446 section 4.6.1), also by a clock that is late.
        let is_empty = self.until <= self.from;
        from_the_future || is_empty || now >= self.until
    }
}

/// Why a session that was found may not be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotResumable {
    /// Its lifetime, counted from the full handshake, is over.
    #[error("the session has expired")]
    Expired,
    /// It was made under another configuration: verifier, roots, name, client authentication, ALPN or suites.
    #[error("the session belongs to another configuration")]
    OtherIsolation,
}

/// The time `seconds` after the Unix epoch.
pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::secret::tests::ticket_psk;

    /// A session with every field filled, made at second 1,000,000 for an hour.
    pub(crate) fn full() -> Session {
        Session {
            version: 0x0303,
            suite: 0xc02b,
            secret: SessionSecret::Master(Secret::from_bytes(&[0x5e; 48]).unwrap()),
            extended_master_secret: true,
            authenticated_at: at(1_000_000),
            lifetime: 3_600,
            isolation: IsolationKey::builder()
                .part("name", b"example.com")
                .finish(),
            server_name: Some("example.com".into()),
            alpn: Some(b"h2".to_vec()),
            max_fragment_length: Some(4),
            peer_certificates: vec![vec![0x30, 0x03, 1, 2, 3], vec![0x30, 0x00]],
            peer_public_key: Some(vec![0x30, 0x01, 9]),
            external_psk: None,
            resumable_across_names: false,
        }
    }

    /// A session with every optional field absent.
    pub(crate) fn bare() -> Session {
        Session {
            server_name: None,
            alpn: None,
            max_fragment_length: None,
            peer_certificates: vec![],
            peer_public_key: None,
            external_psk: None,
            resumable_across_names: false,
            extended_master_secret: false,
            ..full()
        }
    }

    /// A session of TLS 1.3, made and its ticket issued at second 1,000,000.
    pub(crate) fn tls13() -> Session {
        Session {
            version: 0x0304,
            suite: 0x1301,
            secret: SessionSecret::Resumption(ticket_psk()),
            max_fragment_length: None,
            ..full()
        }
    }

    /// One that rests on an external key, as long as a session of TLS 1.3 can be told of one.
    pub(crate) fn external() -> Session {
        Session {
            peer_certificates: vec![],
            peer_public_key: None,
            external_psk: Some(ExternalPskId {
                identity: b"meter\0 7".to_vec(),
                check: [0xc4; 32],
            }),
            resumable_across_names: true,
            ..tls13()
        }
    }

    /// Found by fuzzing: the minute of clock skew before a life begins is no life of its own.
    #[test]
    fn a_session_without_lifetime_is_over_whatever_the_clock_says() {
        let session = Session {
            lifetime: 0,
            ..full()
        };
        for now in [999_939, 999_940, 999_999, 1_000_000, 1_000_001] {
            assert!(session.expired(at(now)), "{now}");
            assert_eq!(session.remaining(at(now)), 0, "{now}");
        }
    }

    #[test]
    fn a_session_lives_from_its_full_handshake_to_the_end_of_its_lifetime() {
        // (authenticated at, lifetime, now, expired, remaining)
        let week = u64::from(Session::MAX_LIFETIME);
        for (made, lifetime, now, expired, remaining) in [
            (1_000_000, 3_600, 1_000_000, false, 3_600),
            (1_000_000, 3_600, 1_003_599, false, 1),
            (1_000_000, 3_600, 1_003_600, true, 0),
            (1_000_000, 0, 1_000_000, true, 0),
            // The clock was set back a little: still good, but not for longer.
            (1_000_000, 3_600, 999_940, false, 3_600),
            // The clock was set back a lot.
            (1_000_000, 3_600, 999_939, true, 0),
            (1_000_000, u32::MAX, 1_000_000 + week - 1, false, 1),
            (1_000_000, u32::MAX, 1_000_000 + week, true, 0),
            (u64::MAX, 3_600, 5, true, 0),
            (u64::MAX, 3_600, u64::MAX, true, 0),
        ] {
            let session = Session {
                authenticated_at: at(made),
                lifetime,
                ..full()
            };
            assert_eq!(session.expired(at(now)), expired, "{made} {lifetime} {now}");
            assert_eq!(
                session.remaining(at(now)),
                remaining,
                "{made} {lifetime} {now}"
            );
        }
    }

    #[test]
    fn a_lifetime_is_shortened_but_never_lengthened() {
        for (until, lifetime) in [(1_000_010, 10), (999_000, 0), (u64::MAX, 3_600)] {
            let mut session = full();
            session.expire_by(at(until));
            assert_eq!(session.lifetime, lifetime, "until {until}");
        }
    }

    /// property 20: resumption only inside the same isolation key.
    #[test]
    fn a_session_is_resumed_only_under_the_configuration_that_made_it() {
        let session = full();
        let other = IsolationKey::builder()
            .part("name", b"example.org")
            .finish();
        assert_eq!(session.check(&session.isolation, at(1_000_001)), Ok(()));
        assert_eq!(
            session.check(&other, at(1_000_001)),
            Err(NotResumable::OtherIsolation)
        );
        assert_eq!(
            session.check(&session.isolation, at(2_000_000)),
            Err(NotResumable::Expired)
        );
    }

    #[test]
    fn debug_tells_everything_but_the_secret() {
        for (session, suite) in [(full(), "0xc02b"), (tls13(), "0x1301")] {
            let text = format!("{session:?}");
            assert!(
                text.contains("example.com") && text.contains(suite),
                "{text}"
            );
            assert!(!text.contains("5e5e") && !text.contains("94, 94"), "{text}");
        }
    }

    #[test]
    fn a_session_has_the_one_secret_or_the_other() {
        assert!(full().master_secret().is_some() && full().ticket_psk().is_none());
        assert!(tls13().master_secret().is_none() && tls13().ticket_psk().is_some());
    }
}
