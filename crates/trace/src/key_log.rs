//! Secrets in the SSLKEYLOGFILE format (RFC 9850), as Wireshark and other analysers read it.

use std::fmt;
use std::io::Write;

use crate::output::write_or_drop;
use crate::value::hex;
use crate::{SecretLabel, SecretSink};

/// Writes one line per secret: label, client random, secret.
///
/// ```
/// use premaster_trace::{KeyLog, SecretLabel, Shared, Side, Tracer};
///
/// let file = Shared::new(Vec::new());
/// let tracer = Tracer::new(Side::Client).with_secrets(KeyLog::dangerous_key_log(file.clone()));
/// tracer.secret(SecretLabel::ClientRandom, &[0xab; 32], &[0xcd; 48]);
///
/// let line = format!("CLIENT_RANDOM {} {}\n", "ab".repeat(32), "cd".repeat(48));
/// file.with(|bytes| assert_eq!(*bytes, line.as_bytes()));
/// ```
pub struct KeyLog<W>(W);

impl<W: Write + Send> KeyLog<W> {
    /// Writes secrets to `writer`. Whoever can read them can decrypt the traffic of every connection in it, and, while a
    /// connection lives, forge it.
    #[must_use]
    pub const fn dangerous_key_log(writer: W) -> Self {
        Self(writer)
    }
}

impl<W: Write + Send> SecretSink for KeyLog<W> {
    fn secret(&mut self, label: SecretLabel, client_random: &[u8; 32], secret: &[u8]) {
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        write_or_drop(&mut self.0, &line);
    }
}

impl<W> fmt::Debug for KeyLog<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyLog")
    }
}
