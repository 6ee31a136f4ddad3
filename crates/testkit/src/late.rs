//! Questions answered as late as can be: in reverse order, from another thread.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use premaster_connection::tls::{Options, Surface};
use premaster_connection::{Local, Question, Resolved};

use crate::caller::{Caller, Stop};

/// For a connection whose questions come to the caller.
#[must_use]
pub fn surfaced() -> Options {
    Options {
        surface: Surface::Everything,
        ..Options::default()
    }
}

/// A thread that answers questions from a configuration, the last one first.
#[derive(Debug)]
pub struct Clerk {
    questions: Option<Sender<(Local, Vec<Question>)>>,
    answers: Receiver<Vec<Resolved>>,
    thread: Option<JoinHandle<()>>,
}

impl Clerk {
    /// Starts the thread.
    #[must_use]
    pub fn start() -> Self {
        let (questions, asked) = channel::<(Local, Vec<Question>)>();
        let (reply, answers) = channel();
        let thread = thread::spawn(move || {
            for (local, questions) in asked {
                let backwards = questions.into_iter().rev();
                let answers = backwards.map(|question| local.resolve(question)).collect();
                if reply.send(answers).is_err() {
                    return;
                }
            }
        });
        Self {
            questions: Some(questions),
            answers,
            thread: Some(thread),
        }
    }

    /// Has all questions of a caller answered, and hands the answers in.
    ///
    /// Returns how many were open at the same time.
    ///
    /// # Panics
    ///
    /// If the thread is gone, or an answer is refused.
    pub fn answer(&self, caller: &mut Caller) -> usize {
        let questions = core::mem::take(&mut caller.questions);
        let open = questions.len();
        let local = caller.connection.local().clone();
        let desk = self.questions.as_ref().expect("until it is dropped");
        desk.send((local, questions)).expect("the thread listens");
        for resolved in self.answers.recv().expect("the thread answers") {
            caller
                .connection
                .accept(resolved)
                .expect("its own question");
        }
        open
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.questions = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A client and a server whose questions are answered late, over a wire that carries one byte
/// at a time.
#[derive(Debug)]
pub struct LatePair {
    /// The client.
    pub client: Caller,
    /// The server.
    pub server: Caller,
    /// The most questions that were open at once, on one side.
    pub most_open: usize,
    clerk: Clerk,
}

impl LatePair {
    /// A pair of connections made with [`surfaced`].
    #[must_use]
    pub fn new(client: Caller, server: Caller) -> Self {
        Self {
            client,
            server,
            most_open: 0,
            clerk: Clerk::start(),
        }
    }

    /// Runs both until nobody can do more.
    pub fn handshake(&mut self) {
        loop {
            let to_server = self.client.take_sent();
            let to_client = self.server.take_sent();
            let open = trickle(&to_server, &mut self.server, &self.clerk).max(trickle(
                &to_client,
                &mut self.client,
                &self.clerk,
            ));
            self.most_open = self.most_open.max(open);
            if self.client.sent.is_empty() && self.server.sent.is_empty() {
                return;
            }
        }
    }

    /// Sends application data from the client to the server and back; says what came back.
    ///
    /// # Panics
    ///
    /// If the data cannot be sealed.
    pub fn echo(&mut self, data: &[u8]) -> Vec<u8> {
        send(&mut self.client, data);
        self.handshake();
        let heard = core::mem::take(&mut self.server.data);
        send(&mut self.server, &heard);
        self.handshake();
        core::mem::take(&mut self.client.data)
    }
}

fn send(from: &mut Caller, data: &[u8]) {
    let mut wire = vec![0; from.connection.sealed_len(data.len())];
    let sealed = from.connection.seal_from(&[data], &mut wire);
    let sealed = sealed.expect("an established connection");
    from.sent.extend_from_slice(&wire[..sealed]);
}

/// Hands bytes over one by one; says how many questions were open at once.
fn trickle(bytes: &[u8], to: &mut Caller, clerk: &Clerk) -> usize {
    let mut open = settle(to, clerk);
    for byte in bytes {
        to.feed(&[*byte]);
        open = open.max(settle(to, clerk));
    }
    open
}

/// Answers only when nothing else can be done.
fn settle(caller: &mut Caller, clerk: &Clerk) -> usize {
    let mut most = 0;
    while caller.run() == Stop::NeedsAnswer {
        most = most.max(clerk.answer(caller));
    }
    most
}
