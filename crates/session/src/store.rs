//! Where sessions are kept: two traits, one for servers and one for clients.

use core::fmt::Debug;

use rustls_pki_types::UnixTime;

use crate::{ClientKey, ClientSession, FileFault, Session, TooLong};

/// Keeps a server's sessions by session ID (RFC 5246 section 7.3).
///
/// A connection treats an error like a miss: the handshake becomes a full one. Session IDs are made by
/// the caller, from 32 random bytes.
pub trait ServerStore: Send + Sync + Debug {
    /// Keeps `session` under `id`, in place of what was there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it could not be kept. A store that has evicted it at once, for want of room, has not failed.
    fn put(&self, id: &[u8], session: &Session, now: UnixTime) -> Result<(), StoreError>;

    /// The session kept under `id`, unless it has expired.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not be asked.
    fn find(&self, id: &[u8], now: UnixTime) -> Result<Option<Session>, StoreError>;

    /// Takes the session kept under `id` out, unless it has expired: found and removed in one step, so that of all who ask at
    /// once one gets it.
    ///
    /// For what is used only once: a TLS 1.3 session that is kept here while its client has the ID for a ticket
    /// (RFC 8446 section 8.1).
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not be asked, or the session may still be there.
    fn take(&self, id: &[u8], now: UnixTime) -> Result<Option<Session>, StoreError>;

    /// Forgets the session: RFC 5246 section 7.2.2 wants it so after a fatal alert.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it may still be there.
    fn forget(&self, id: &[u8]) -> Result<(), StoreError>;
}

/// Keeps a client's sessions by server and configuration.
///
/// A session up to TLS 1.2 is used as often as its lifetime allows: there is one for each key. A TLS 1.3 session holds a
/// ticket, which is used once (RFC 8446 appendix C.4): there may be several for a key, as servers give several at
/// a time. Which of the two a server gave last is what it speaks now.
///
/// A connection treats an error like a miss: the handshake becomes a full one.
pub trait ClientStore: Send + Sync + Debug {
    /// Keeps `session` for the next connection to `key`: a TLS 1.3 session beside the others of that version, up to some
    /// number of which the oldest goes, and in place of all else.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it could not be kept.
    fn put(
        &self,
        key: &ClientKey,
        session: &ClientSession,
        now: UnixTime,
    ) -> Result<(), StoreError>;

    /// What to offer next with `key`: the newest session that has not expired.
    ///
    /// A TLS 1.3 session leaves the store as it is handed out, in one step, so that no two connections offer the same
    /// ticket and nobody sees by it that they belong together (RFC 8446 appendix C.4). Any other stays.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not be asked, or a ticket may still be there.
    fn find(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError>;

    /// Forgets every session for `key`: RFC 5246 section 7.2.2 wants it so after a fatal alert.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if one may still be there.
    fn forget(&self, key: &ClientKey) -> Result<(), StoreError>;
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A field of the session or the key is too long to be stored.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] FileFault),
    /// Another store's own reason.
    #[error("the session store failed: {0}")]
    Other(Box<dyn core::error::Error + Send + Sync>),
}
