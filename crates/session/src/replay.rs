//! Early data is read once: which ClientHellos have been admitted already.
//!
//! RFC 8446 section 8.2 (ClientHello recording) and section 8.3 (freshness, which bounds how long one has to be
//! remembered).

use core::fmt;
use core::fmt::Debug;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use rustls_pki_types::UnixTime;

use crate::StoreError;
use crate::session::CLOCK_SKEW;

/// Remembers which ClientHellos with early data a server has admitted (RFC 8446 section 8.2).
///
/// A server asks after it has checked the PSK binder and that the ClientHello is
/// [fresh](crate::TicketPsk::is_fresh): so nobody without a ticket makes it remember anything, and what
/// nobody could send again any more need not be remembered.
///
/// Servers that share ticket keys have to share a register too, or agree on which of them reads the early data of which
/// ticket: whoever records a ClientHello may otherwise send it to each of them once.
pub trait ReplayRegister: Send + Sync + Debug {
    /// Whether this is here for the first time: true exactly once for a `key`, as long as the ClientHello is fresh. False
    /// always means: refuse the early data and go on with the handshake.
    ///
    /// The key stands for the ClientHello, or for more than it: its ticket, which carries early data once then
    /// (RFC 8446 section 8.1). When two threads ask with one key, one of them gets `true`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be told. A connection treats that like `false`.
    fn admit(&self, key: &[u8; 32], now: UnixTime) -> Result<bool, StoreError>;
}

/// A [`ReplayRegister`] in memory: exact, bounded, in constant time on average.
///
/// A key is remembered for the window and a minute more. The window is at least twice the tolerance of
/// [`TicketPsk::is_fresh`](crate::TicketPsk::is_fresh): the longest time for which one ClientHello is fresh. **Nothing is
/// forgotten early.** When the register is full, it refuses what is new until something old has had its time; the
/// handshakes go on, without early data.
///
/// It trusts no clock that goes backwards. One that was set back by up to a minute is put up with: that is what the
/// minute is for. If it was set back further, everything is refused until it has come back to the latest time that was seen:
/// what was forgotten in between might be fresh again.
///
/// One lock guards it. It is held for less than a microsecond, and for some milliseconds when a table of 100,000 keys has
/// to be put in order anew, once in about as many questions. A key costs up to 200 bytes.
///
/// ```
/// use core::time::Duration;
/// use premaster_session::{MemoryReplayRegister, ReplayRegister, UnixTime};
///
/// let second = |n| UnixTime::since_unix_epoch(Duration::from_secs(n));
/// let register = MemoryReplayRegister::new(2, 20);
/// assert!(register.admit(&[1; 32], second(1_000))?);
/// assert!(!register.admit(&[1; 32], second(1_020))?, "a replay");
/// assert!(register.admit(&[2; 32], second(1_020))?);
/// assert!(!register.admit(&[3; 32], second(1_020))?, "full");
/// assert!(register.admit(&[3; 32], second(1_081))?, "the first one has had its time");
/// # Ok::<(), premaster_session::StoreError>(())
/// ```
pub struct MemoryReplayRegister {
    capacity: usize,
    window: u64,
    /// The last second in which nothing is admitted, if there is one.
    distrusted_until: Option<u64>,
    admitted: Mutex<Admitted>,
}

impl MemoryReplayRegister {
    /// A register for up to `capacity` ClientHellos, each remembered for `window` seconds or longer.
    ///
    /// A server that admits `n` of them a second needs a capacity of `n` times (`window` + 60).
    pub fn new(capacity: usize, window: u32) -> Self {
        Self {
            capacity,
            window: u64::from(window),
            distrusted_until: None,
            admitted: Mutex::default(),
        }
    }

    /// The register that admits nothing for one window after `start`, the time at which the process began.
    ///
    /// For ticket keys that outlive the process: an earlier one may have admitted what is still fresh, and its register is
    /// gone (RFC 8446 section 8.2). [`TicketKeys`](crate::TicketKeys) do not outlive theirs.
    #[must_use]
    pub fn distrusting_before(mut self, start: UnixTime) -> Self {
        self.distrusted_until = Some(start.as_secs().saturating_add(self.window));
        self
    }

    /// Keys at hand, old ones included that have not been removed yet.
    pub fn len(&self) -> usize {
        self.with(|admitted| admitted.in_order.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // A thread that panicked while it held the lock left at most a key that nothing will forget.
    fn with<T>(&self, work: impl FnOnce(&mut Admitted) -> T) -> T {
        work(&mut self.admitted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ReplayRegister for MemoryReplayRegister {
    fn admit(&self, key: &[u8; 32], now: UnixTime) -> Result<bool, StoreError> {
        let now = now.as_secs();
        if self.distrusted_until.is_some_and(|until| now <= until) {
            return Ok(false);
        }
        let kept_for = self.window.saturating_add(CLOCK_SKEW);
        Ok(self.with(|admitted| admitted.admit(*key, now, kept_for, self.capacity)))
    }
}

impl Debug for MemoryReplayRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayRegister")
            .field("admitted", &self.len())
            .field("capacity", &self.capacity)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// What was admitted, and when.
#[derive(Default)]
struct Admitted {
    /// When each key was admitted last.
    times: HashMap<[u8; 32], u64>,
    /// The same in order of time. A key that came again after its time may be here twice, with both times.
    in_order: VecDeque<(u64, [u8; 32])>,
    latest: u64,
}

impl Admitted {
    fn admit(&mut self, key: [u8; 32], now: u64, kept_for: u64, capacity: usize) -> bool {
        if now.saturating_add(CLOCK_SKEW) < self.latest {
            return false;
        }
        self.latest = self.latest.max(now);
        let now = self.latest;
        let is_old = |time: u64| time.saturating_add(kept_for) < now;
        // Two, so that the time stays constant; as each call adds one at most, the old end drains.
        for _ in 0..2 {
            self.forget_first_if(is_old);
        }
        let known = self.times.get(&key).is_some_and(|time| !is_old(*time));
        if known || self.in_order.len() >= capacity {
            return false;
        }
        self.times.insert(key, now);
        self.in_order.push_back((now, key));
        true
    }

    fn forget_first_if(&mut self, is_old: impl Fn(u64) -> bool) {
        let Some((time, key)) = self.in_order.front().copied() else {
            return;
        };
        if !is_old(time) {
            return;
        }
        self.in_order.pop_front();
        if self.times.get(&key) == Some(&time) {
            self.times.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;
    use crate::session::at;

    const START: u64 = 1_000_000;
    const WINDOW: u32 = 20;

    fn key(number: u32) -> [u8; 32] {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&number.to_be_bytes());
        key
    }

    fn admits(register: &MemoryReplayRegister, number: u32, second: u64) -> bool {
        register.admit(&key(number), at(START + second)).unwrap()
    }

    /// Replay of early data: it is read once, in every second in which its ClientHello is fresh.
    #[test]
    fn a_key_is_admitted_once_within_the_window() {
        let register = MemoryReplayRegister::new(10, WINDOW);
        assert!(admits(&register, 1, 0));
        for second in 0..=u64::from(WINDOW) {
            assert!(!admits(&register, 1, second), "{second}");
        }
        assert!(
            admits(&register, 2, 0),
            "another key, and a clock a little behind"
        );
        assert!(!admits(&register, 1, 80));
        assert!(admits(&register, 1, 81), "a window and a minute later");
        assert!(!admits(&register, 1, 100));
    }

    /// Replay of early data: of all threads that bring the same ClientHello, one may read it.
    #[test]
    fn of_many_threads_with_one_key_one_is_admitted() {
        let register = MemoryReplayRegister::new(1_000, WINDOW);
        let admitted: [AtomicUsize; 500] = [const { AtomicUsize::new(0) }; 500];
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for (number, count) in (0..).zip(&admitted) {
                        if admits(&register, number, u64::from(number) / 100) {
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert!(
            admitted
                .iter()
                .all(|count| count.load(Ordering::Relaxed) == 1)
        );
    }

    /// Replay of early data: no flood makes the register forget. property 24: nor does it grow.
    #[test]
    fn a_full_register_refuses_and_never_forgets_early() {
        let register = MemoryReplayRegister::new(100, WINDOW);
        for number in 0..100 {
            assert!(admits(&register, number, 0));
        }
        for number in 0..100_000 {
            assert!(
                !admits(&register, number, u64::from(number) / 1_250),
                "{number}"
            );
        }
        assert_eq!(register.len(), 100);
        for number in 100..200 {
            assert!(
                admits(&register, number, 81),
                "each call makes room for its own"
            );
        }
        assert!(!admits(&register, 200, 81));
        assert_eq!(register.len(), 100);
    }

    #[test]
    fn a_register_without_room_admits_nothing() {
        assert!(!admits(&MemoryReplayRegister::new(0, WINDOW), 1, 0));
        let register = MemoryReplayRegister::new(1, 0);
        assert!(admits(&register, 1, 0));
        assert!(!admits(&register, 1, 0), "not even without a window");
    }

    /// Replay of early data: a clock that went forwards and back again lets nothing in twice.
    #[test]
    fn a_clock_that_was_set_back_admits_nothing_until_it_has_caught_up() {
        let register = MemoryReplayRegister::new(10, WINDOW);
        assert!(admits(&register, 1, 0));
        assert!(admits(&register, 2, 3_600));
        // The first key is forgotten by now, and would be fresh again.
        for second in [0, 10, 1_000, 3_539] {
            assert!(!admits(&register, 1, second), "{second}");
            assert!(!admits(&register, 3, second), "{second}");
        }
        assert!(admits(&register, 3, 3_540));
        assert!(!admits(&register, 2, 3_541));
    }

    /// Replay of early data: what an earlier process admitted is out of date before this one admits anything.
    #[test]
    fn what_an_earlier_process_may_have_admitted_is_refused() {
        let register = MemoryReplayRegister::new(10, WINDOW).distrusting_before(at(START));
        for second in 0..=u64::from(WINDOW) {
            assert!(!admits(&register, 1, second), "{second}");
        }
        assert!(admits(&register, 1, 21));
        let late = MemoryReplayRegister::new(10, WINDOW).distrusting_before(at(u64::MAX));
        assert!(!admits(&late, 1, 0));
    }

    /// A slow and obvious model, driven with the same pseudo-random questions by an honest clock.
    #[test]
    fn it_admits_what_is_not_on_a_plain_list() {
        let register = MemoryReplayRegister::new(5, WINDOW);
        let mut model: Vec<(u64, u32)> = Vec::new();
        let (mut state, mut second) = (1_u32, 0);
        for step in 0..50_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = (state >> 16) % 7;
            // Slow times, in which the register is full, and times so quick that it drains.
            second += u64::from((state >> 8) % if step % 1_000 < 500 { 20 } else { 200 });
            model.retain(|(time, _)| time + 80 >= second);
            let known = model.iter().any(|(_, known)| *known == number);
            let full = register.len() == 5;
            let admitted = admits(&register, number, second);
            assert!(!(admitted && known), "twice, in step {step}");
            assert!(admitted || known || full, "for no reason, in step {step}");
            if admitted {
                model.push((second, number));
            }
            assert!(register.len() <= 5);
            register.with(|admitted| assert!(admitted.times.len() <= admitted.in_order.len()));
        }
        assert!(model.len() <= 5);
    }

    #[test]
    fn times_at_the_end_of_the_world_are_none_to_panic_at() {
        let register = MemoryReplayRegister::new(10, u32::MAX);
        assert!(register.admit(&key(1), at(u64::MAX)).unwrap());
        assert!(!register.admit(&key(1), at(u64::MAX)).unwrap());
        assert!(!register.admit(&key(2), at(0)).unwrap());
    }

    #[test]
    fn debug_tells_how_many() {
        let register = MemoryReplayRegister::new(10, WINDOW);
        admits(&register, 1, 0);
        assert_eq!(
            format!("{register:?}"),
            "MemoryReplayRegister { admitted: 1, capacity: 10, window: 20, .. }"
        );
    }
}
