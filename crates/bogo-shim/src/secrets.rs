//! The secrets of a connection, for a runner that compares them with its own.

use std::sync::{Arc, Mutex, PoisonError};

use premaster::connection::tls::Options;
use premaster::trace::{SecretLabel, SecretSink, Side, Tracer};

use crate::Stop;
use crate::flags::Flags;

/// What protects application data from the handshake on, as far as anybody wants to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Arc<Mutex<Vec<Told>>>);

type Told = (SecretLabel, Vec<u8>);

impl Secrets {
    /// Has a connection tell them.
    pub(crate) fn listen(&self, flags: &Flags, options: &mut Options) {
        if flags.has("export-traffic-secrets") {
            let tracer = Tracer::default();
            options.tracer = tracer.with_secrets(self.clone());
        }
    }

    /// Their length, what we read with, what we write with.
    pub(crate) fn exported(&self) -> Result<Vec<u8>, Stop> {
        let (read, write) = (
            self.find(SecretLabel::traffic(Side::Server, 0))?,
            self.find(SecretLabel::traffic(Side::Client, 0))?,
        );
        let length = u16::try_from(read.len()).unwrap_or_default();
        Ok([&length.to_le_bytes(), read.as_slice(), write.as_slice()].concat())
    }

    fn find(&self, wanted: SecretLabel) -> Result<Vec<u8>, Stop> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().find(|(label, _)| *label == wanted);
        let missing = || Stop::wrong(format!("no secret {wanted}"));
        Ok(found.ok_or_else(missing)?.1.clone())
    }
}

impl SecretSink for Secrets {
    fn secret(&mut self, label: SecretLabel, _client_random: &[u8; 32], secret: &[u8]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((label, secret.to_vec()));
    }
}
