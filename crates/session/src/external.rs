//! On which external key a session rests (RFC 8446 section 4.6.1, RFC 9257 section 4).

use core::fmt;

/// The external pre-shared key that a session rests on: its identity, and by what the key itself is known again.
///
/// A session that began with an external key proves no certificate. Whoever resumes it is known by that key, and only as
/// long as it is one of the keys that are at hand: its identity given to another key, or the key withdrawn, ends the
/// session.
///
/// ```
/// use premaster_session::ExternalPskId;
///
/// let id = ExternalPskId { identity: b"meter 7".to_vec(), check: [1; 32] };
/// assert_ne!(id, ExternalPskId { check: [2; 32], ..id.clone() }, "another key of that name");
/// assert_eq!(format!("{id:?}"), "ExternalPskId(meter 7)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalPskId {
    /// The identity, as it is sent.
    pub identity: Vec<u8>,
    /// What only this key gives, by a pseudorandom function: it tells nothing else about the key.
    pub check: [u8; 32],
}

impl fmt::Debug for ExternalPskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalPskId({})", self.identity.escape_ascii())
    }
}
