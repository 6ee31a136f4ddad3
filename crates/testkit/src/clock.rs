//! A clock that stands still until a test moves it.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use premaster_handshake::Clock;
use premaster_session::UnixTime;

/// Tells the time that a test has set. Its clones tell the same.
///
/// ```
/// use premaster_handshake::Clock;
/// use premaster_testkit::FakeClock;
///
/// let clock = FakeClock::at(1_000);
/// let same = clock.clone();
/// clock.advance(60);
/// assert_eq!(same.now().as_secs(), 1_060);
/// ```
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<AtomicU64>);

impl FakeClock {
    /// A clock that shows this many seconds since 1970.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds)))
    }

    /// Lets this many seconds pass.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The same clock, shared as configurations want it.
    #[must_use]
    pub fn shared(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }
}

/// A time at which all test certificates are valid.
impl Default for FakeClock {
    fn default() -> Self {
        Self::at(1_900_000_000)
    }
}

impl Clock for FakeClock {
    fn now(&self) -> UnixTime {
        time(self.0.load(Ordering::Relaxed))
    }
}

/// The time this many seconds after 1970.
#[must_use]
pub fn time(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
