//! Programs that were started here. Nothing waits without a limit, and each is ended by its own process id.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Nothing here takes so long, on any machine.
const LIMIT: Duration = Duration::from_secs(60);

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// The one line that says what was wrong.
    pub(crate) fn only_line(&self) -> &str {
        let mut lines = self.stderr.lines();
        let line = lines.next().unwrap_or_default();
        assert_eq!(lines.next(), None, "one line: {}", self.stderr);
        assert!(line.starts_with("premaster: "), "{line}");
        line
    }
}

/// Starts the command.
pub(crate) fn start<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_premaster"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs the command to its end, with this on stdin.
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>, stdin: &[u8]) -> Ended {
    let mut child = start(args);
    let (mut input, data) = (child.stdin.take().unwrap(), stdin.to_vec());
    // Who does not read it all has its reasons.
    thread::spawn(move || drop(input.write_all(&data)));
    let stdout = collected(child.stdout.take().unwrap());
    let stderr = collected(child.stderr.take().unwrap());
    let stderr = stderr.recv_timeout(LIMIT).unwrap();
    Ended {
        stdout: stdout.recv_timeout(LIMIT).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
        code: child.wait().unwrap().code(),
    }
}

fn collected(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        let _ = sender.send(bytes);
    });
    receiver
}

/// `premaster serve`, listening.
pub(crate) struct Serving {
    child: Child,
    lines: Receiver<String>,
    pub(crate) port: u16,
}

impl Serving {
    /// Starts a server on a free port and waits until it listens.
    pub(crate) fn start<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Self {
        let fixed = ["serve", "--listen", "127.0.0.1:0"]
            .map(OsStr::new)
            .map(OsStr::to_owned);
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        let mut child = start(fixed.into_iter().chain(args));
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stderr.lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        let mut serving = Self {
            child,
            lines,
            port: 0,
        };
        let line = serving.line();
        let port = line
            .split_once("127.0.0.1:")
            .map(|(_, rest)| rest.trim_end_matches(|it: char| !it.is_ascii_digit()));
        let port = port
            .map(|rest| rest.split('"').next().unwrap_or_default())
            .unwrap_or_default();
        serving.port = port
            .parse()
            .unwrap_or_else(|_| panic!("not listening: {line}"));
        serving
    }

    /// `localhost:PORT`
    pub(crate) fn address(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The next line that it tells.
    pub(crate) fn line(&mut self) -> String {
        self.lines.recv_timeout(LIMIT).expect("one more line")
    }

    /// Asks it to end, and waits until it has: its status, and what it told that nobody has read yet.
    pub(crate) fn stop(mut self, signal: &str) -> (ExitStatus, Vec<String>) {
        let id = self.child.id().to_string();
        // The shell has a `kill` of its own; a bare machine has no program of that name.
        let ask = ["-c", "kill \"$0\" \"$1\"", signal, &id];
        let asked = Command::new("sh").args(ask).status().unwrap();
        assert!(asked.success());
        let mut rest = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(LIMIT) {
            rest.push(line);
        }
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
