//! A program that was started here: fed and heard through pipes, never waited for without a
//! deadline, ended by its own process id.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How often to look whether something has happened that nobody tells us of.
pub(super) const GLANCE: Duration = Duration::from_millis(3);

/// How long data may be under way after its sender has ended.
const LAST_BYTES: Duration = Duration::from_secs(2);

/// A running program. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Running {
    name: String,
    line: String,
    child: Child,
    stdin: Option<Sender<Vec<u8>>>,
    pub(super) stdout: Heard,
    pub(super) stderr: Heard,
}

impl Running {
    /// Starts a program.
    pub(super) fn start(name: &str, mut command: Command) -> Result<Self> {
        let line = crate::command::printable(&command);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("could not start `{line}`"))?;
        let stdin = child.stdin.take().map(feed);
        let stdout = child.stdout.take().map(Heard::listen).unwrap_or_default();
        let stderr = child.stderr.take().map(Heard::listen).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            line,
            child,
            stdin,
            stdout,
            stderr,
        })
    }

    /// Hands bytes to the program's stdin, without waiting until it has read them.
    pub(super) fn feed(&self, bytes: &[u8]) {
        if let Some(stdin) = &self.stdin {
            // A closed pipe shows as data that never arrives, which somebody waits for.
            let _ = stdin.send(bytes.to_vec());
        }
    }

    /// Ends the program's stdin.
    pub(super) fn end_input(&mut self) {
        self.stdin = None;
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program has ended, without waiting.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the program to end by itself, and for all that it wrote.
    pub(super) fn ended(&mut self, deadline: Instant) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.stdout.wait_for_end(deadline);
                self.stderr.wait_for_end(deadline);
                return Ok(status);
            }
            if Instant::now() >= deadline {
                bail!("{} did not end in time", self.name);
            }
            thread::sleep(GLANCE);
        }
    }

    /// Asks the program to end and waits until it has.
    pub(super) fn stop(&mut self, signal: Signal, deadline: Instant) -> Result<ExitStatus> {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // A program that has just ended by itself is no error.
            let _ = kill_process(pid, signal);
        }
        self.ended(deadline)
    }

    /// The command and all that the program wrote, for a person to read.
    pub(super) fn account(&self) -> String {
        let (out, err) = (self.stdout.text(), self.stderr.text());
        format!(
            "--- {}: {}\nstdout: {}\nstderr: {}\n",
            self.name,
            self.line,
            brief(&out),
            brief(&err)
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A megabyte of test data helps nobody.
fn brief(text: &str) -> String {
    const MOST: usize = 6000;
    let shown: String = text
        .chars()
        .take(MOST)
        .map(|it| {
            if it.is_control() && it != '\n' {
                '.'
            } else {
                it
            }
        })
        .collect();
    let rest = text.chars().count().saturating_sub(MOST);
    if rest == 0 {
        shown
    } else {
        format!("{shown}... and {rest} more")
    }
}

/// Writes to a pipe in a thread of its own, so that a program that does not read blocks nobody.
fn feed(mut pipe: impl Write + Send + 'static) -> Sender<Vec<u8>> {
    let (sender, receiver) = channel::<Vec<u8>>();
    thread::spawn(move || {
        for bytes in receiver {
            if pipe.write_all(&bytes).and_then(|()| pipe.flush()).is_err() {
                break;
            }
        }
    });
    sender
}

/// What a program writes to a pipe, as it comes.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<(Mutex<Bytes>, Condvar)>);

#[derive(Debug, Default)]
struct Bytes {
    all: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl Heard {
    fn listen(mut pipe: impl Read + Send + 'static) -> Self {
        let heard = Self::default();
        let writer = heard.clone();
        thread::spawn(move || {
            let mut buffer = [0; 64 * 1024];
            loop {
                let count = pipe.read(&mut buffer).unwrap_or(0);
                let mut bytes = writer.lock();
                bytes.all.extend_from_slice(&buffer[..count]);
                bytes.ended = count == 0;
                writer.0.1.notify_all();
                if count == 0 {
                    break;
                }
            }
        });
        heard
    }

    /// Takes the next `count` bytes, waiting for them as long as `source`, where they come from, is
    /// there to send them.
    pub(super) fn take(&self, count: usize, source: &Self, deadline: Instant) -> Result<Vec<u8>> {
        let mut deadline = deadline;
        loop {
            if let Some(bytes) = self.take_now(count) {
                return Ok(bytes);
            }
            let why = if self.has_ended() {
                "the program closed its output"
            } else if Instant::now() >= deadline {
                "time was up"
            } else {
                if source.has_ended() {
                    // What is under way may still arrive.
                    deadline = deadline.min(Instant::now() + LAST_BYTES);
                }
                self.wait(GLANCE * 10);
                continue;
            };
            bail!("{} of {count} bytes had come when {why}", self.untaken());
        }
    }

    /// Takes everything up to the end of these bytes, waiting for them as [`take`](Self::take) does.
    pub(super) fn find(&self, wanted: &[u8], source: &Self, deadline: Instant) -> Result<()> {
        let mut deadline = deadline;
        while !self.find_now(wanted) {
            if self.has_ended() || Instant::now() >= deadline {
                bail!("{} bytes did not come in one piece", wanted.len());
            }
            if source.has_ended() {
                deadline = deadline.min(Instant::now() + LAST_BYTES);
            }
            self.wait(GLANCE * 10);
        }
        Ok(())
    }

    fn find_now(&self, wanted: &[u8]) -> bool {
        let mut bytes = self.lock();
        let untaken = bytes.all.get(bytes.taken..).unwrap_or_default();
        let place = untaken.windows(wanted.len()).position(|it| it == wanted);
        if let Some(place) = place {
            bytes.taken += place + wanted.len();
        }
        place.is_some()
    }

    fn take_now(&self, count: usize) -> Option<Vec<u8>> {
        let mut bytes = self.lock();
        let end = bytes.taken + count;
        let taken = bytes.all.get(bytes.taken..end)?.to_vec();
        bytes.taken = end;
        Some(taken)
    }

    /// Waits until something new was heard, for at most `limit`.
    fn wait(&self, limit: Duration) {
        let bytes = self.lock();
        let known = bytes.all.len();
        let unchanged = |bytes: &mut Bytes| bytes.all.len() == known && !bytes.ended;
        let _ = self.0.1.wait_timeout_while(bytes, limit, unchanged);
    }

    fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// How many bytes nobody has taken.
    pub(super) fn untaken(&self) -> usize {
        let bytes = self.lock();
        bytes.all.len() - bytes.taken
    }

    /// All that was heard, taken or not.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().all).into_owned()
    }

    fn wait_for_end(&self, deadline: Instant) {
        while !self.has_ended() && Instant::now() < deadline {
            self.wait(GLANCE * 10);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Bytes> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn what_is_fed_is_heard() {
        let mut cat = Running::start("cat", Command::new("cat")).unwrap();
        cat.feed(b"one ");
        cat.feed(b"two");
        assert_eq!(cat.stdout.take(7, &cat.stdout, soon()).unwrap(), b"one two");
        cat.end_input();
        assert!(cat.ended(soon()).unwrap().success());
        assert_eq!(cat.stdout.untaken(), 0);
    }

    #[test]
    fn waiting_ends_with_the_deadline_and_with_the_output() {
        let mut cat = Running::start("cat", Command::new("cat")).unwrap();
        let error = cat.stdout.take(1, &cat.stdout, Instant::now()).unwrap_err();
        assert_eq!(error.to_string(), "0 of 1 bytes had come when time was up");
        assert!(cat.ended(Instant::now()).is_err());
        cat.end_input();
        let error = cat.stdout.take(1, &cat.stdout, soon()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "0 of 1 bytes had come when the program closed its output"
        );
    }

    #[test]
    fn what_stands_among_other_things_is_found_once() {
        let mut cat = Running::start("cat", Command::new("cat")).unwrap();
        cat.feed(b"talk, data, talk");
        let find = |wanted| {
            cat.stdout
                .find(wanted, &cat.stdout, Instant::now() + GLANCE * 30)
        };
        assert!(cat.stdout.find(b"data", &cat.stdout, soon()).is_ok());
        assert!(find(b"data").is_err());
        assert!(find(b"talk").is_ok());
        cat.end_input();
        assert!(cat.ended(soon()).unwrap().success());
    }

    #[test]
    fn a_program_is_ended_by_its_own_id() {
        let mut cat = Running::start("cat", Command::new("cat")).unwrap();
        assert!(!cat.has_ended());
        assert!(!cat.stop(Signal::TERM, soon()).unwrap().success());
        assert!(cat.has_ended());
    }
}
