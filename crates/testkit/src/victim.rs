//! A real handshake at the mercy of a test: what is said to it, what it says, what it installs.

mod later;

use premaster_crypto::Side;
use premaster_crypto::tls13::TrafficSecret;
use premaster_handshake::{
    After, Authentication, Direction, Epoch, Error, Facts, Fault, Handshake, Incoming, Keys,
    Message, Order,
};
use premaster_wire::HandshakeType;

use crate::Host;

/// One thing that is said: a handshake message, or a ChangeCipherSpec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A handshake message with its header.
    Message(Vec<u8>),
    /// A ChangeCipherSpec record.
    ChangeCipherSpec,
}

/// What kind of thing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A message of this type.
    Message(HandshakeType),
    /// A ChangeCipherSpec.
    ChangeCipherSpec,
}

impl Step {
    /// Messages of all types that have a name and of some that have none, and ChangeCipherSpec.
    #[must_use]
    pub fn everything() -> Vec<Self> {
        let named = (0..=255)
            .map(HandshakeType)
            .filter(|kind| kind.name().is_some());
        let unnamed = [7, 18, 99, 200, 255].map(HandshakeType);
        let messages = named.chain(unnamed).map(Self::Message);
        messages.chain([Self::ChangeCipherSpec]).collect()
    }
}

impl Said {
    /// Its kind.
    #[must_use]
    pub fn step(&self) -> Step {
        match self {
            Self::Message(bytes) => Step::Message(HandshakeType(bytes[0])),
            Self::ChangeCipherSpec => Step::ChangeCipherSpec,
        }
    }
}

/// A handshake of ours, with its host.
#[derive(Debug)]
pub struct Victim {
    /// Who answers its questions.
    pub host: Host,
    /// How it ended.
    pub outcome: Option<Result<Facts, Error>>,
    /// Which keys it has installed, in order.
    pub installed: Vec<Direction>,
    /// What it has said, in order.
    pub said: Vec<Step>,
    handshake: Handshake,
    /// What came of the client's authentications after the handshake.
    pub authentications: Vec<Authentication>,
    side: Side,
    /// What TLS 1.3 needs when the handshake is over.
    after: Option<After>,
    /// An authentication after the handshake.
    running: Option<Handshake<Authentication>>,
    /// Of the client's application data.
    client_secret: Option<TrafficSecret>,
    sent: Vec<Said>,
}

impl Victim {
    /// Begins a handshake.
    #[must_use]
    pub fn new(side: Side, handshake: Handshake, host: Host) -> Self {
        let mut victim = Self {
            host,
            outcome: None,
            installed: Vec::new(),
            said: Vec::new(),
            handshake,
            authentications: Vec::new(),
            side,
            after: None,
            running: None,
            client_secret: None,
            sent: Vec::new(),
        };
        victim.settle();
        victim
    }

    /// Something is said to it.
    pub fn deliver(&mut self, said: &Said) {
        let incoming = match said {
            Said::Message(bytes) => Incoming::Message(Message::new(bytes.clone())),
            Said::ChangeCipherSpec => Incoming::ChangeCipherSpec,
        };
        if self.after.is_some() {
            return self.deliver_later(incoming);
        }
        self.handshake.deliver(incoming);
        self.settle();
    }

    /// Takes what it said since.
    pub fn take_sent(&mut self) -> Vec<Said> {
        core::mem::take(&mut self.sent)
    }

    /// Whether it has come to its end, good or bad, and takes nothing more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.outcome.is_some() && self.after.is_none()
    }

    /// Whether its handshake was good.
    #[must_use]
    pub fn has_completed(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }

    /// The fault that ended it.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        match &self.outcome {
            Some(Err(error)) => Some(error.fault()),
            _ => None,
        }
    }

    /// Whether it opens records with negotiated keys.
    #[must_use]
    pub fn has_receive_keys(&self) -> bool {
        self.installed.contains(&Direction::Received)
    }

    fn settle(&mut self) {
        for order in drive(&mut self.handshake, &mut self.host) {
            self.carry_out(order);
        }
        if let Some(outcome) = self.handshake.take_outcome() {
            self.after = self.handshake.take_after();
            self.end(outcome);
        }
    }

    fn end(&mut self, outcome: Result<Facts, Error>) {
        if outcome.is_err() {
            self.after = None;
        }
        self.outcome = Some(outcome);
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Send(message) => self.say(Said::Message(message.bytes().to_vec())),
            Order::ChangeCipherSpec => self.say(Said::ChangeCipherSpec),
            Order::Install {
                direction,
                epoch,
                keys,
                ..
            } => {
                self.installed.push(direction);
                let of_client = (direction == Direction::Sent) == (self.side == Side::Client);
                if let (Epoch::Traffic, true, Keys::Secret(secret)) = (epoch, of_client, keys) {
                    self.client_secret = Some(secret);
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, said: Said) {
        self.said.push(said.step());
        self.sent.push(said);
    }
}

/// Answers all questions of a script until it waits for its peer; all its orders.
fn drive<T>(handshake: &mut Handshake<T>, host: &mut Host) -> Vec<Order> {
    let mut orders = Vec::new();
    loop {
        if let Some(order) = handshake.next_order() {
            orders.push(order);
        } else if let Some(question) = handshake.next_question() {
            let answer = host.answer(question);
            handshake.accept(answer).expect("its own question");
        } else {
            return orders;
        }
    }
}
