//! The hook: a connection holds one [`Tracer`] and tells it what happens.
//!
//! A tracer that is off costs one test of an `Option`: the event is made in a closure that is not run.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Direction, Event, Side};

/// Who reports an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The end whose connection this is.
    pub side: Side,
}

impl Context {
    /// Who sent something that went in this direction.
    ///
    /// ```
    /// use premaster_trace::{Context, Direction, Side};
    ///
    /// let context = Context { side: Side::Client };
    /// assert_eq!(context.sender(Direction::Received), Side::Server);
    /// ```
    #[must_use]
    pub const fn sender(&self, direction: Direction) -> Side {
        match direction {
            Direction::Sent => self.side,
            Direction::Received => self.side.other(),
        }
    }
}

/// Where events go.
///
/// A sink cannot fail: whatever goes wrong with its output never breaks a handshake.
///
/// ```
/// use premaster_trace::{Context, Event, Sink};
///
/// /// Counts handshake messages.
/// #[derive(Debug, Default)]
/// struct Messages(usize);
///
/// impl Sink for Messages {
///     fn event(&mut self, _context: &Context, event: &Event<'_>) {
///         self.0 += usize::from(matches!(event, Event::Message { .. }));
///     }
/// }
/// ```
pub trait Sink: Send {
    /// Takes note of one event.
    fn event(&mut self, context: &Context, event: &Event<'_>);
}

/// Several sinks get every event one after the other.
impl<A: Sink, B: Sink> Sink for (A, B) {
    fn event(&mut self, context: &Context, event: &Event<'_>) {
        self.0.event(context, event);
        self.1.event(context, event);
    }
}

/// Where secrets go, for analysers that decrypt recorded traffic.
///
/// Who has the secrets can read and forge the traffic. The one implementation here is
/// [`KeyLog`](crate::KeyLog), whose constructor begins with `dangerous_`.
pub trait SecretSink: Send {
    /// Takes note of one secret of the connection that `client_random` names.
    fn secret(&mut self, label: SecretLabel, client_random: &[u8; 32], secret: &[u8]);
}

/// Which secret: the labels of the SSLKEYLOGFILE format (RFC 9850 section 2).
///
/// `Display` prints the label as it stands in the file.
///
/// ```
/// use premaster_trace::{SecretLabel, Side};
///
/// assert_eq!(SecretLabel::traffic(Side::Client, 0).to_string(), "CLIENT_TRAFFIC_SECRET_0");
/// assert_eq!(SecretLabel::handshake_traffic(Side::Server).to_string(), "SERVER_HANDSHAKE_TRAFFIC_SECRET");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretLabel {
    /// The master secret of TLS 1.2 and below (the label tells what names the connection).
    ClientRandom,
    /// TLS 1.3 client_early_traffic_secret.
    ClientEarlyTrafficSecret,
    /// TLS 1.3 early_exporter_secret.
    EarlyExporterSecret,
    /// TLS 1.3 client_handshake_traffic_secret.
    ClientHandshakeTrafficSecret,
    /// TLS 1.3 server_handshake_traffic_secret.
    ServerHandshakeTrafficSecret,
    /// TLS 1.3 client_application_traffic_secret_N: N key updates came before it. The RFC has a label for N = 0 only,
    /// from which an analyser computes the others.
    ClientTrafficSecret(u64),
    /// TLS 1.3 server_application_traffic_secret_N.
    ServerTrafficSecret(u64),
    /// TLS 1.3 exporter_secret.
    ExporterSecret,
}

impl SecretLabel {
    /// That of `{of}_handshake_traffic_secret`.
    #[must_use]
    pub const fn handshake_traffic(of: Side) -> Self {
        match of {
            Side::Client => Self::ClientHandshakeTrafficSecret,
            Side::Server => Self::ServerHandshakeTrafficSecret,
        }
    }

    /// That of `{of}_application_traffic_secret_{generation}`.
    #[must_use]
    pub const fn traffic(of: Side, generation: u64) -> Self {
        match of {
            Side::Client => Self::ClientTrafficSecret(generation),
            Side::Server => Self::ServerTrafficSecret(generation),
        }
    }
}

impl fmt::Display for SecretLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientRandom => "CLIENT_RANDOM",
            Self::ClientEarlyTrafficSecret => "CLIENT_EARLY_TRAFFIC_SECRET",
            Self::EarlyExporterSecret => "EARLY_EXPORTER_SECRET",
            Self::ClientHandshakeTrafficSecret => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            Self::ServerHandshakeTrafficSecret => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            Self::ClientTrafficSecret(generation) => {
                return write!(f, "CLIENT_TRAFFIC_SECRET_{generation}");
            }
            Self::ServerTrafficSecret(generation) => {
                return write!(f, "SERVER_TRAFFIC_SECRET_{generation}");
            }
            Self::ExporterSecret => "EXPORTER_SECRET",
        })
    }
}

/// What a connection holds: two doors, both closed unless somebody opened them.
///
/// A clone tells the same sinks, so the two halves of a connection can report from two threads.
/// Only an open door has a lock.
///
/// ```
/// use premaster_trace::{Direction, Event, Side, Text, Tracer};
///
/// let off = Tracer::default();
/// off.emit(|| unreachable!("an event is not even made when nobody listens"));
///
/// let tracer = Tracer::new(Side::Client).with_sink(Text::new(std::io::stdout()));
/// tracer.emit(|| Event::ChangeCipherSpec { direction: Direction::Sent });
/// ```
#[derive(Clone)]
pub struct Tracer {
    context: Context,
    sink: Option<Shared<dyn Sink>>,
    secrets: Option<Shared<dyn SecretSink>>,
}

type Shared<S> = Arc<Mutex<S>>;

/// A sink that panicked once is asked again: what it makes of that is its own matter.
fn lock<S: ?Sized>(sink: &Mutex<S>) -> MutexGuard<'_, S> {
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tracer {
    /// A tracer for one end of a connection, off until it has a sink.
    #[must_use]
    pub const fn new(side: Side) -> Self {
        Self {
            context: Context { side },
            sink: None,
            secrets: None,
        }
    }

    /// Sends events to this sink.
    #[must_use]
    pub fn with_sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = Some(Arc::new(Mutex::new(sink)));
        self
    }

    /// Sends secrets to this sink.
    #[must_use]
    pub fn with_secrets(mut self, secrets: impl SecretSink + 'static) -> Self {
        self.secrets = Some(Arc::new(Mutex::new(secrets)));
        self
    }

    /// The same sinks, for a connection in which we are `side`.
    #[must_use]
    pub const fn for_side(mut self, side: Side) -> Self {
        self.context.side = side;
        self
    }

    /// The end that reports.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.context.side
    }

    /// Does anybody want events?
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.sink.is_some()
    }

    /// Does anybody want secrets?
    #[must_use]
    pub const fn wants_secrets(&self) -> bool {
        self.secrets.is_some()
    }

    /// Tells the sink what happened; `event` runs only if there is one.
    #[inline]
    pub fn emit<'a>(&self, event: impl FnOnce() -> Event<'a>) {
        if let Some(sink) = &self.sink {
            // Made before the lock is taken: what makes it may report something itself.
            let event = event();
            lock(sink).event(&self.context, &event);
        }
    }

    /// Tells the secret sink, if there is one, a secret of the connection that `client_random` names.
    #[inline]
    pub fn secret(&self, label: SecretLabel, client_random: &[u8; 32], secret: &[u8]) {
        if let Some(secrets) = &self.secrets {
            lock(secrets).secret(label, client_random, secret);
        }
    }
}

/// Off.
impl Default for Tracer {
    fn default() -> Self {
        Self::new(Side::Client)
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer")
            .field("side", &self.context.side)
            .field("events", &self.is_on())
            .field("secrets", &self.wants_secrets())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JsonLines, Shared};

    #[test]
    fn a_clone_tells_the_same_sinks() {
        let output = Shared::new(Vec::new());
        let tracer = Tracer::new(Side::Client).with_sink(JsonLines::new(output.clone()));
        for half in [&tracer.clone(), &tracer] {
            half.emit(|| Event::Closed {
                direction: Direction::Sent,
            });
        }
        let lines = output.with(|bytes| bytes.split(|byte| *byte == b'\n').count());
        assert_eq!(lines, 2 + 1);
    }

    #[test]
    fn debug_output_tells_only_which_doors_are_open() {
        let tracer = Tracer::new(Side::Server).with_sink(JsonLines::new(Vec::new()));
        let shown = format!("{tracer:?}");
        assert_eq!(
            shown,
            "Tracer { side: Server, events: true, secrets: false }"
        );
    }
}
