//! The operating system's clock.

use std::time::SystemTime;

use premaster_handshake::Clock;
use premaster_session::UnixTime;

/// The operating system's clock: what a configuration uses unless it is given another.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        UnixTime::since_unix_epoch(elapsed.unwrap_or_default())
    }
}
