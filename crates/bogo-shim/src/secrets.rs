//! What a connection tells of itself: its secrets, for a runner that compares them with its own, and what it has heard last.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use premaster::connection::tls::Options;
use premaster::trace::{Context, Direction, Event, SecretLabel, SecretSink, Side, Sink, Tracer};

use crate::Stop;
use crate::flags::Flags;

/// What protects application data from the handshake on, as far as anybody wants to know, and the type of the last message
/// that has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    told: Arc<Mutex<Vec<Told>>>,
    heard: Arc<AtomicU8>,
}

type Told = (SecretLabel, Vec<u8>);

impl Secrets {
    /// Has a connection tell them.
    pub(crate) fn listen(&self, flags: &Flags, options: &mut Options) {
        if flags.has("export-traffic-secrets") {
            let tracer = Tracer::default();
            options.tracer = tracer.with_secrets(self.clone());
        }
        if flags.has("early-write-after-message") {
            options.tracer = Tracer::default().with_sink(self.clone());
        }
    }

    /// Whether a message of this type came last.
    pub(crate) fn has_heard(&self, kind: u8) -> bool {
        self.heard.load(Ordering::Relaxed) == kind
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
        let all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().find(|(label, _)| *label == wanted);
        let missing = || Stop::wrong(format!("no secret {wanted}"));
        Ok(found.ok_or_else(missing)?.1.clone())
    }
}

impl SecretSink for Secrets {
    fn secret(&mut self, label: SecretLabel, _client_random: &[u8; 32], secret: &[u8]) {
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((label, secret.to_vec()));
    }
}

impl Sink for Secrets {
    fn event(&mut self, _context: &Context, event: &Event<'_>) {
        if let Event::Message {
            direction: Direction::Received,
            bytes,
            ..
        } = event
        {
            let kind = bytes.first().copied().unwrap_or_default();
            self.heard.store(kind, Ordering::Relaxed);
        }
    }
}
