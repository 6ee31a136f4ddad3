//! The time, as the host tells it.

use core::fmt;
use core::time::Duration;

use premaster_session::UnixTime;

/// Tells the time of day. Nothing in this crate reads a clock of its own.
///
/// ```
/// use std::time::Duration;
/// use premaster_handshake::Clock;
/// use premaster_session::UnixTime;
///
/// /// A clock that stands still.
/// #[derive(Debug)]
/// struct Standing(u64);
///
/// impl Clock for Standing {
///     fn now(&self) -> UnixTime {
///         UnixTime::since_unix_epoch(Duration::from_secs(self.0))
///     }
/// }
///
/// assert_eq!(Standing(7).now().as_secs(), 7);
/// ```
pub trait Clock: fmt::Debug + Send + Sync {
    /// Now.
    fn now(&self) -> UnixTime;
}

/// So many seconds after `now`.
pub(crate) fn in_seconds(now: UnixTime, seconds: u32) -> UnixTime {
    let then = now.as_secs().saturating_add(u64::from(seconds));
    UnixTime::since_unix_epoch(Duration::from_secs(then))
}
