//! One story out of two: both ends report, and each thing is told once, by the end that knows best.
//!
//! | event | told by |
//! |---|---|
//! | a message, data, an alert, a change of keys | the end that sends |
//! | a choice | the end that chooses |
//! | a session that goes on, a pre-shared key, what becomes of early data | the server, who decides |
//! | that early data is offered | the client |
//! | what the key exchange yields, and the master secret | both: from other inputs they come to the same |
//! | any other secret | the end that needs it first |
//! | who the peer is, what is agreed on | the client |

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use premaster::trace::{
    Context, Derivation, Direction, EarlyData, Event, SecretKind, Side, Sink, Text, Tracer,
};

/// Tells what both ends report, on stdout.
#[derive(Clone)]
pub(super) struct Narrator(Arc<Mutex<Story>>);

struct Story {
    text: Text<io::Stdout>,
    computed: Vec<(SecretKind, Option<Side>)>,
}

impl Narrator {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Story {
            text: Text::new(io::stdout()),
            computed: Vec::new(),
        })))
    }

    /// A new connection begins: its secrets are new.
    pub(super) fn begin(&self) {
        self.story().computed.clear();
    }

    /// For one end of the connection.
    pub(super) fn tracer(&self) -> Tracer {
        Tracer::default().with_sink(self.clone())
    }

    fn story(&self) -> MutexGuard<'_, Story> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Narrator {
    fn event(&mut self, context: &Context, event: &Event<'_>) {
        let mut story = self.story();
        if story.wants(context.side, event) {
            story.text.event(context, event);
        }
    }
}

impl Story {
    fn wants(&mut self, side: Side, event: &Event<'_>) -> bool {
        match event {
            Event::Message { direction, .. }
            | Event::Record { direction, .. }
            | Event::ChangeCipherSpec { direction }
            | Event::Alert { direction, .. }
            | Event::KeysInstalled { direction, .. }
            | Event::KeyUpdate { direction, .. }
            | Event::Closed { direction } => *direction == Direction::Sent,
            Event::Chosen(choice) => choice.by == side,
            Event::Derived(derivation) => self.is_news(derivation),
            Event::EarlyData {
                what: EarlyData::Offered,
                ..
            }
            | Event::Started { .. }
            | Event::SessionStored { .. }
            | Event::Established(_) => side == Side::Client,
            Event::Resuming { .. } | Event::PskChosen { .. } | Event::EarlyData { .. } => {
                side == Side::Server
            }
            // What an end waits for, the other one is about to send; how it asks itself is no story.
            Event::Expected { .. } | Event::Asked { .. } | Event::Answered { .. } => false,
            _ => true,
        }
    }

    fn is_news(&mut self, derivation: &Derivation<'_>) -> bool {
        let what = (derivation.secret, derivation.of);
        let known = self.computed.contains(&what);
        self.computed.push(what);
        let for_both = [
            SecretKind::PreMasterSecret,
            SecretKind::SharedSecret,
            SecretKind::MasterSecret,
        ];
        !known || for_both.contains(&derivation.secret)
    }
}
