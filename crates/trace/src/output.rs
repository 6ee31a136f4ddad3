//! Output that several sinks may share, and that can fail without harm.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A writer shared by the sinks of many connections.
///
/// One event is one `write_all`, made under the lock: lines of different connections never mix. A sink that panicked
/// while it wrote does not silence the others.
///
/// ```
/// use premaster_trace::{Shared, Text};
///
/// let output = Shared::new(Vec::new());
/// let client = Text::new(output.clone()).named("client");
/// let server = Text::new(output.clone()).named("server");
/// # let _ = (client, server);
/// output.with(|bytes| assert!(bytes.is_empty()));
/// ```
#[derive(Debug, Default)]
pub struct Shared<W>(Arc<Mutex<W>>);

impl<W> Shared<W> {
    /// Shares this writer.
    #[must_use]
    pub fn new(writer: W) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }

    /// Looks at the writer, or takes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut W) -> T) -> T {
        look(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, W> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W> Clone for Shared<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W> From<Arc<Mutex<W>>> for Shared<W> {
    fn from(writer: Arc<Mutex<W>>) -> Self {
        Self(writer)
    }
}

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.lock().write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

/// Writes one event's text. A full disk or a closed pipe is no reason to break a handshake.
pub(crate) fn write_or_drop(writer: &mut impl Write, text: &str) {
    let written = writer.write_all(text.as_bytes());
    drop(written.and_then(|()| writer.flush()));
}
