//! The time, as the host tells it.

use core::fmt;
use std::time::SystemTime;

use premaster_session::UnixTime;

/// Tells the time of day. Tests tell it their own.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Now.
    fn now(&self) -> UnixTime;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        UnixTime::since_unix_epoch(elapsed.unwrap_or_default())
    }
}
