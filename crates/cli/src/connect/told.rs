//! A session file that cannot be used any more breaks no connection: it is told, and the handshake is a full one.

use core::fmt;

use premaster::session::{ClientKey, ClientSession, ClientStore, StoreError, UnixTime};

use crate::console::{self, Form};

/// A store whose failures are told on stderr.
#[derive(Debug)]
pub(super) struct Told<S> {
    store: S,
    form: Form,
}

impl<S> Told<S> {
    pub(super) fn new(store: S, form: Form) -> Self {
        Self { store, form }
    }

    fn told<T: Default>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        Ok(outcome.unwrap_or_else(|error| {
            self.warn(&error);
            T::default()
        }))
    }

    fn warn(&self, error: &impl fmt::Display) {
        console::warn(self.form, &format!("--session-file: {error}"));
    }
}

impl<S: ClientStore> ClientStore for Told<S> {
    fn put(
        &self,
        key: &ClientKey,
        session: &ClientSession,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        self.told(self.store.put(key, session, now))
    }

    fn find(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        self.told(self.store.find(key, now))
    }

    fn forget(&self, key: &ClientKey) -> Result<(), StoreError> {
        self.told(self.store.forget(key))
    }
}
