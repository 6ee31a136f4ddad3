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
/// A connection treats an error like a miss: the handshake becomes a full one.
pub trait ClientStore: Send + Sync + Debug {
    /// Keeps `session` for the next connection to `key`, in place of what was there.
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

    /// The session to resume with `key`, unless it has expired. It stays in the store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not be asked.
    fn find(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError>;

    /// Forgets the session for `key`: RFC 5246 section 7.2.2 wants it so after a fatal alert.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it may still be there.
    fn forget(&self, key: &ClientKey) -> Result<(), StoreError>;

    /// Takes the session out, for what may be used only once.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find) and [`forget`](Self::forget).
    fn take(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        let found = self.find(key, now)?;
        if found.is_some() {
            self.forget(key)?;
        }
        Ok(found)
    }
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
