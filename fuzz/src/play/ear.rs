//! What one end says and hears, overheard through its tracer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use premaster_connection::trace::{
    Context, Direction, Epoch, Event, SecretLabel, SecretSink, Sink, Tracer,
};
use premaster_crypto::{Suite, suite};
use premaster_wire::{AlertDescription, AlertLevel, ContentType};

/// One thing that an end has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) kind: ContentType,
    /// What protected it.
    pub(super) epoch: Epoch,
    pub(super) bytes: Vec<u8>,
}

/// A handshake message, and whether the end has sent it.
pub(super) type Spoken = (Direction, Vec<u8>);

/// All that was overheard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// What was said and not taken from here yet.
    pub(super) said: Vec<Unit>,
    /// All handshake messages, in both directions.
    pub(super) messages: Vec<Spoken>,
    /// What opens records now.
    pub(super) reads: Option<(&'static Suite, Epoch)>,
    /// The fatal alerts that were sent.
    pub(super) fatal: Vec<AlertDescription>,
    /// Goodbye was said.
    pub(super) said_goodbye: bool,
    secrets: HashMap<SecretLabel, Vec<u8>>,
}

/// Listens to one end.
#[derive(Clone, Debug, Default)]
pub(super) struct Ear(Arc<Mutex<Heard>>);

impl Ear {
    pub(super) fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().expect("nobody panics while holding it")
    }

    /// What an end is given so that this ear hears it.
    pub(super) fn tracer(&self) -> Tracer {
        Tracer::default()
            .with_sink(self.clone())
            .with_secrets(self.clone())
    }

    pub(super) fn secret(&self, label: SecretLabel) -> Option<Vec<u8>> {
        self.heard().secrets.get(&label).cloned()
    }
}

impl SecretSink for Ear {
    fn secret(&mut self, label: SecretLabel, _: &[u8; 32], secret: &[u8]) {
        self.heard().secrets.insert(label, secret.to_vec());
    }
}

impl Sink for Ear {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        let mut heard = self.heard();
        match *event {
            Event::Message {
                direction,
                epoch,
                bytes,
            } => {
                heard.messages.push((direction, bytes.to_vec()));
                if direction == Direction::Sent {
                    heard.say(ContentType::handshake, epoch, bytes);
                }
            }
            Event::ChangeCipherSpec {
                direction: Direction::Sent,
            } => heard.say(ContentType::change_cipher_spec, Epoch::Plain, &[1]),
            Event::Alert {
                direction: Direction::Sent,
                epoch,
                level,
                description,
            } => {
                heard.say(ContentType::alert, epoch, &[level.0, description.0]);
                match description {
                    AlertDescription::close_notify => heard.said_goodbye = true,
                    _ if level == AlertLevel::fatal => heard.fatal.push(description),
                    _ => {}
                }
            }
            Event::KeysInstalled {
                direction: Direction::Received,
                epoch,
                suite: id,
            } => heard.reads = suite(id.0).map(|suite| (suite, epoch)),
            _ => {}
        }
    }
}

impl Heard {
    /// An end has said this.
    pub(super) fn say(&mut self, kind: ContentType, epoch: Epoch, bytes: &[u8]) {
        let bytes = bytes.to_vec();
        self.said.push(Unit { kind, epoch, bytes });
    }
}
