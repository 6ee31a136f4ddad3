//! Who waits for a stream, and how they are woken.
//!
//! ```text
//!   transport, answers ----ring----> Bell ----wake----> the task that reads
//!                                     |
//!                                     +-------wake----> the task that writes
//! ```
//!
//! A transport remembers one waker for each direction: of whoever polled last. A stream that was split has two tasks, and both may
//! read from the transport (in the handshake) or write to it (what one has accepted, the other may push). So the transport is
//! only ever given the bell, and the bell wakes whoever waits.

use core::mem;
use core::task::Waker;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

/// On whose behalf a stream is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Reading,
    Writing,
}

/// Wakes the tasks that wait for a stream.
#[derive(Debug)]
pub(crate) struct Bell {
    waiting: Arc<Waiting>,
    waker: Waker,
}

#[derive(Debug, Default)]
struct Waiting(Mutex<Tasks>);

#[derive(Debug, Default)]
struct Tasks {
    reading: Option<Waker>,
    writing: Option<Waker>,
}

impl Bell {
    pub(crate) fn new() -> Self {
        let waiting = Arc::new(Waiting::default());
        let waker = Waker::from(Arc::clone(&waiting));
        Self { waiting, waker }
    }

    /// From now on this task is woken, once, on behalf of this half. Hands out what to poll the transport with.
    pub(crate) fn enlist(&self, half: Half, task: &Waker) -> Waker {
        let mut tasks = self.waiting.lock();
        let place = tasks.place(half);
        match place {
            Some(known) if known.will_wake(task) => {}
            _ => *place = Some(task.clone()),
        }
        self.waker.clone()
    }

    /// This half does not wait any more.
    pub(crate) fn dismiss(&self, half: Half) {
        *self.waiting.lock().place(half) = None;
    }

    /// Wakes the other half, if it waits: there is news.
    pub(crate) fn tell_other(&self, half: Half) {
        let other = match half {
            Half::Reading => Half::Writing,
            Half::Writing => Half::Reading,
        };
        let task = self.waiting.lock().place(other).take();
        // Outside of the lock: a waker may do anything.
        task.into_iter().for_each(Waker::wake);
    }
}

impl Waiting {
    /// Nothing panics while it is held.
    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tasks {
    fn place(&mut self, half: Half) -> &mut Option<Waker> {
        match half {
            Half::Reading => &mut self.reading,
            Half::Writing => &mut self.writing,
        }
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let Tasks { reading, writing } = mem::take(&mut *self.lock());
        reading.into_iter().chain(writing).for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn task() -> (Arc<Task>, Waker) {
        let task = Arc::new(Task::default());
        (Arc::clone(&task), Waker::from(task))
    }

    fn woken(task: &Task) -> usize {
        task.0.load(Ordering::SeqCst)
    }

    #[test]
    fn both_halves_are_woken_once() {
        let (bell, (reader, reading), (writer, writing)) = (Bell::new(), task(), task());
        let rope = bell.enlist(Half::Reading, &reading);
        bell.enlist(Half::Writing, &writing);
        rope.wake_by_ref();
        rope.wake();
        assert_eq!((woken(&reader), woken(&writer)), (1, 1));
    }

    #[test]
    fn the_task_that_polled_last_is_woken() {
        let (bell, (before, first), (after, second)) = (Bell::new(), task(), task());
        bell.enlist(Half::Reading, &first);
        bell.enlist(Half::Reading, &second).wake();
        assert_eq!((woken(&before), woken(&after)), (0, 1));
    }

    #[test]
    fn who_does_not_wait_is_not_woken() {
        let (bell, (reader, reading), (writer, writing)) = (Bell::new(), task(), task());
        bell.enlist(Half::Reading, &reading);
        let rope = bell.enlist(Half::Writing, &writing);
        bell.dismiss(Half::Writing);
        rope.wake();
        assert_eq!((woken(&reader), woken(&writer)), (1, 0));

        bell.enlist(Half::Reading, &reading);
        bell.tell_other(Half::Reading);
        assert_eq!(woken(&reader), 1, "it is the other that is told");
        bell.tell_other(Half::Writing);
        assert_eq!(woken(&reader), 2);
    }
}
