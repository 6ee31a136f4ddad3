//! One end of a connection with its owner, who holds it to its promises at every call.

use premaster_connection::record::{Padding, RecordFault};
use premaster_connection::tls::{Connection, Next, Options, Received, Surface};
use premaster_connection::trace::Epoch;
use premaster_connection::{Error, Facts, Question, Refusal, Side};
use premaster_handshake::{ClientAuth, notify};
use premaster_wire::ContentType;

use super::body::Body;
use super::ear::Ear;
use super::script::Wish;
use super::setup::{NAME, World};

/// Most bytes that may ever wait to be transmitted: a flight, and answers to a bounded number of requests.
const MOST_PENDING: usize = 65_536;

/// A connection, its owner's buffers, and what was overheard of it.
pub(super) struct End {
    pub(super) ear: Ear,
    pub(super) side: Side,
    body: Body,
    /// Bytes for the peer.
    pub(super) sent: Vec<u8>,
    /// Application data that came.
    pub(super) data: Vec<u8>,
    /// Early data that came.
    pub(super) early: Vec<u8>,
    /// Why it has failed.
    pub(super) error: Option<Error>,
    /// How often the owner was handed who the client is.
    pub(super) authentications: usize,
    questions: Vec<Question>,
    backwards: bool,
    holds: bool,
    unread: Vec<u8>,
    /// How much of it has arrived, and how much arrives at a time; 0: all.
    arrived: usize,
    pub(super) trickle: usize,
    /// The next byte to be written.
    next_byte: u8,
    /// The facts as they were first told.
    told: Option<String>,
}

impl End {
    pub(super) fn new(world: &World, side: Side, late: bool, backwards: bool) -> Self {
        let ear = Ear::default();
        let options = Options {
            tracer: ear.tracer(),
            surface: match late {
                true => Surface::Everything,
                false => Surface::Nothing,
            },
        };
        let name = NAME.try_into().expect("a name");
        let connection = match side {
            Side::Client => Connection::client_with(world.client.clone(), name, options),
            Side::Server => Connection::server_with(world.server.clone(), options),
        };
        Self {
            ear,
            side,
            error: connection.error().cloned(),
            body: Body::Whole(Box::new(connection)),
            sent: Vec::new(),
            data: Vec::new(),
            early: Vec::new(),
            authentications: 0,
            questions: Vec::new(),
            backwards,
            holds: false,
            unread: Vec::new(),
            arrived: 0,
            trickle: 0,
            next_byte: 0,
            told: None,
        }
    }

    pub(super) fn facts(&self) -> Option<&Facts> {
        self.body.facts()
    }

    /// Bytes of the peer are on their way.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
    }

    /// Does all that can be done now.
    pub(super) fn run(&mut self) {
        for _ in 0..100_000 {
            let goes_on = match &mut self.body {
                Body::Whole(_) => self.step(),
                _ => self.step_of_halves(),
            };
            self.check();
            if !goes_on {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// One call, as the connection wants it; says whether there is more to do.
    fn step(&mut self) -> bool {
        let Body::Whole(connection) = &mut self.body else {
            return false;
        };
        match connection.next_step() {
            Next::Transmit if self.holds => self.receive(),
            Next::Transmit => {
                let pending = connection.pending();
                let mut out = vec![0; pending];
                let sent = connection.transmit(&mut out).expect("there is room");
                assert!(sent > 0, "there was something to transmit");
                self.sent.extend_from_slice(&out[..sent]);
                true
            }
            Next::Ask(question) => {
                // Who has failed may still ask that its session be forgotten.
                self.questions.push(question);
                true
            }
            Next::Wait => self.answer(),
            Next::Receive { missing } => {
                assert!(missing > 0, "it waits for nothing");
                assert!(self.error.is_none(), "it has failed and wants more");
                self.receive()
            }
            Next::Established => {
                assert!(connection.facts().is_some(), "established without facts");
                assert!(self.error.is_none(), "it has failed and is established");
                // What is asked meanwhile is answered when the owner comes to it.
                self.receive() || self.answer()
            }
            Next::PeerClosed => {
                assert!(connection.is_closed_by_peer());
                self.receive()
            }
            Next::Closed => {
                self.error = connection.error().cloned();
                false
            }
        }
    }

    /// Answers one question, if there is any.
    fn answer(&mut self) -> bool {
        let Body::Whole(connection) = &mut self.body else {
            return false;
        };
        let question = match self.backwards {
            true => self.questions.pop(),
            false => (!self.questions.is_empty()).then(|| self.questions.remove(0)),
        };
        if let Some(question) = question {
            let resolved = connection.local().resolve(question);
            // Of what was asked before an end the claim is stale.
            let _ = connection.accept(resolved);
            self.learn();
            return true;
        }
        false
    }

    /// An error may come of any call: it is kept.
    fn learn(&mut self) {
        if let Body::Whole(connection) = &self.body {
            let error = connection.error().cloned();
            assert!(
                self.error.is_none() || self.error == error,
                "{:?} became {error:?}",
                self.error
            );
            self.error = error;
        }
    }

    /// Takes the next record; says whether there is more to do.
    fn receive(&mut self) -> bool {
        let Body::Whole(connection) = &mut self.body else {
            return false;
        };
        if self.unread.is_empty() {
            return false;
        }
        if self.trickle == 0 || self.arrived > self.unread.len() {
            self.arrived = self.unread.len();
        }
        let established = connection.facts().is_some();
        let consumed = match connection.receive(&mut self.unread[..self.arrived]) {
            Ok(Received::More { missing }) => {
                assert!(missing > 0, "nothing is missing");
                let before = self.arrived;
                self.arrived = self.unread.len().min(before + self.trickle);
                return self.arrived > before;
            }
            Ok(Received::Control { consumed }) => consumed,
            Ok(Received::Data {
                plaintext,
                consumed,
            }) => {
                assert!(established, "data of nobody knows whom (property 3)");
                assert!(!plaintext.is_empty(), "data that is none");
                self.data.extend_from_slice(plaintext);
                consumed
            }
            Ok(Received::EarlyData {
                plaintext,
                consumed,
            }) => {
                assert!(!established && self.side == Side::Server && !plaintext.is_empty());
                self.early.extend_from_slice(plaintext);
                consumed
            }
            Ok(Received::Closed) => {
                self.unread.clear();
                return false;
            }
            Ok(Received::Later) => {
                let next = connection.next_step();
                let says_why = matches!(next, Next::Transmit | Next::Wait);
                if let Next::Ask(question) = next {
                    self.questions.push(question);
                    return true;
                }
                assert!(says_why, "later, but {next:?}");
                return self.holds && self.answer();
            }
            Ok(other) => panic!("{other:?} is for halves"),
            Err(error) => {
                assert_eq!(connection.error(), Some(&error), "an error is kept");
                let first = self.error.get_or_insert(error.clone());
                assert_eq!(*first, error, "one error and then another");
                self.unread.clear();
                return !self.holds;
            }
        };
        self.consume(consumed);
        self.learn();
        true
    }

    fn consume(&mut self, consumed: usize) {
        assert!(consumed > 0, "nothing was consumed (property 22)");
        assert!(consumed <= self.arrived, "more than there was");
        self.unread.drain(..consumed);
        self.arrived -= consumed;
    }

    fn step_of_halves(&mut self) -> bool {
        let Body::Halves(halves) = &mut self.body else {
            return false;
        };
        if halves.sealer.has_pending() && !self.holds {
            let mut out = vec![0; halves.sealer.pending()];
            let sent = halves.sealer.transmit(&mut out).expect("there is room");
            assert!(sent > 0, "there was something to transmit");
            self.sent.extend_from_slice(&out[..sent]);
            return true;
        }
        if self.error.is_some() {
            return false;
        }
        self.arrived = self.unread.len();
        let consumed = match halves.opener.receive(&mut self.unread) {
            Ok(Received::More { .. }) => return false,
            Ok(Received::Control { consumed }) => {
                assert!(consumed > 0, "nothing was consumed (property 22)");
                consumed
            }
            Ok(Received::Data {
                plaintext,
                consumed,
            }) => {
                assert!(!plaintext.is_empty() && consumed > 0);
                self.data.extend_from_slice(plaintext);
                consumed
            }
            Ok(Received::Oblige { notice, consumed }) => {
                halves.sealer.oblige(notice).expect("keys are not used up");
                consumed
            }
            Ok(Received::Ticket { ticket, consumed }) => {
                drop(halves.local.resolve(notify(*ticket)));
                consumed
            }
            Ok(Received::Closed) => {
                self.unread.clear();
                return false;
            }
            Ok(other) => panic!("{other:?} is not for halves"),
            Err(error) => {
                halves.sealer.fail(&error);
                self.error = Some(error);
                self.unread.clear();
                return true;
            }
        };
        self.unread.drain(..consumed);
        true
    }

    /// What holds after every call.
    fn check(&mut self) {
        let pending = self.body.pending();
        assert!(pending <= MOST_PENDING, "{pending} bytes wait to be sent");
        if let Body::Whole(connection) = &mut self.body
            && connection.take_authentication().is_some()
        {
            self.authentications += 1;
        }
        if self.told.is_none() {
            self.told = self.describe();
        }
    }

    /// The facts that never change: only who the client is may be learnt later.
    fn describe(&self) -> Option<String> {
        self.facts().map(|facts| {
            let agreed = (
                (
                    facts.version,
                    facts.suite.id,
                    facts.group,
                    facts.server_scheme,
                ),
                (
                    &facts.server_name,
                    &facts.alpn,
                    facts.resumed,
                    &facts.session_id,
                ),
                (facts.extended_master_secret, facts.max_fragment_length),
                (facts.retried, facts.early_data, &facts.ocsp_response),
            );
            format!("{agreed:?}")
        })
    }

    /// The transport has ended.
    pub(super) fn end_of_input(&mut self) {
        self.run();
        if let Err(error) = self.body.end_of_input() {
            assert!(
                self.error.is_none() || self.error.as_ref() == Some(&error),
                "{:?} became {error:?}",
                self.error
            );
            self.error = Some(error);
        }
        self.run();
    }

    /// The owner does something; what cannot be done now changes nothing.
    pub(super) fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::Write(length) => self.write(usize::from(length) % 3_000, false),
            Wish::WriteEarly(length) => self.write(usize::from(length) % 1_000, true),
            Wish::Hold(holds) => self.holds = holds,
            Wish::Part => self.body.part(),
            Wish::Refuse => self.refuse(),
            Wish::Export(length) => {
                if let Some(facts) = self.facts() {
                    let mut out = vec![0; usize::from(length)];
                    let _ = facts.exporter.export(b"EXPORTER-play", None, &mut out);
                }
            }
            Wish::UpdateKeys(asks) => drop(self.body.update_keys(asks)),
            Wish::Pad(multiple) => {
                let padding = Padding::ToMultiple(multiple.into());
                drop(self.body.set_padding(padding));
            }
            Wish::Close => drop(self.body.close()),
            Wish::Request(demands) => {
                let authorities = Vec::new();
                let wanted = match demands {
                    true => ClientAuth::Required { authorities },
                    false => ClientAuth::Optional { authorities },
                };
                if let (Body::Whole(connection), Side::Server) = (&mut self.body, self.side) {
                    drop(connection.request_certificate(wanted));
                }
            }
        }
        self.learn();
    }

    fn write(&mut self, length: usize, early: bool) {
        let bytes = (0..length).map(|_| {
            self.next_byte = (self.next_byte + 1) % 251;
            self.next_byte
        });
        let bytes: Vec<u8> = bytes.collect();
        let (sealed_len, pending) = (self.body.sealed_len(length), self.body.pending());
        let mut out = vec![0; sealed_len];
        match self.body.seal(early, &bytes, &mut out) {
            Ok(sealed) => {
                assert_eq!(
                    (sealed, pending),
                    (sealed_len, 0),
                    "exactly, and nothing waits"
                );
                assert!(self.error.is_none(), "data was sealed after the end");
                self.sent.extend_from_slice(&out);
                let epoch = match early {
                    true => Epoch::EarlyData,
                    false => Epoch::Traffic,
                };
                let kind = ContentType::application_data;
                self.ear.heard().say(kind, epoch, &bytes);
            }
            // It has failed before, and says so again.
            Err(error) if self.error.as_ref() == Some(&error) => {}
            Err(Error::TransmitFirst) => assert!(pending > 0, "nothing to transmit first"),
            Err(Error::Record(fault)) => {
                let told = matches!(fault, RecordFault::KeyExhausted);
                assert!(told, "there was room: {fault}");
            }
            Err(_) => {}
        }
    }

    /// Refuses to answer the oldest question.
    fn refuse(&mut self) {
        if let (Body::Whole(connection), false) = (&mut self.body, self.questions.is_empty()) {
            let refusal = Refusal::new("its owner refuses");
            let refused = self.questions.remove(0).refuse(refusal, "the owner");
            let _ = connection.accept(refused.into());
        }
    }

    /// What holds when all is over: an error stays, it has told the peer once, and facts are what they were.
    pub(super) fn autopsy(&mut self) {
        self.holds = false;
        self.run();
        assert_eq!(self.told, self.describe(), "other facts than before");
        let (fatal, said_goodbye) = {
            let heard = self.ear.heard();
            (heard.fatal.clone(), heard.said_goodbye)
        };
        let alert = self.error.as_ref().and_then(Error::alert);
        match alert {
            Some(alert) if !said_goodbye => assert_eq!(fatal, [alert], "{:?}", self.error),
            _ => assert_eq!(fatal, [], "{:?}", self.error),
        }
        let Some(error) = self.error.clone() else {
            return;
        };
        let mut record = [22, 3, 3, 0, 1, 0];
        match &mut self.body {
            Body::Whole(connection) => {
                assert!(matches!(connection.next_step(), Next::Closed));
                for _ in 0..2 {
                    assert_eq!(connection.receive(&mut record).err(), Some(error.clone()));
                    assert_eq!(connection.end_of_input(), Err(error.clone()));
                }
                let sealed = connection.seal_from(&[&b"data"[..]], &mut [0; 64]);
                assert_eq!(sealed, Err(error));
            }
            Body::Halves(halves) => {
                assert!(halves.opener.receive(&mut record).is_err());
                let sealed = halves.sealer.seal_from(&[&b"data"[..]], &mut [0; 64]);
                assert!(sealed.is_err(), "data was sealed after the end");
            }
            Body::Gone => {}
        }
    }
}
