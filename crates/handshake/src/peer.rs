//! What a script sees of the world: the other side, and whoever answers questions.
//!
//! `expect` takes the next message or is the fault; `accept` takes it only if it is of one kind;
//! `ask` is a question, to be awaited now or later; `send`, `install` are orders.

use core::future::{Future, poll_fn};
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use premaster_crypto::tls13::FinishedKey;
use premaster_crypto::{Provider, Side};
use premaster_trace::{Epoch, Event, SecretLabel};
use premaster_wire::{Encode, HandshakeMessage, HandshakeType, Random, encode_message};

use crate::clock::in_seconds;
use crate::desk::Shared;
use crate::narrate;
use crate::order::name;
use crate::question::{Ask, Asked, Claim, Refusal};
use crate::transcript::Transcript;
use crate::{After, Clock, Direction, Error, Fault, Incoming, Limits, Message, Order};

/// The other side of a handshake, seen by a script.
pub(crate) struct Peer {
    desk: Arc<Shared>,
    clock: Arc<dyn Clock>,
    /// What was said so far.
    pub(crate) transcript: Transcript,
    /// What the peer may make us hold.
    pub(crate) limits: Limits,
    side: Side,
    sends: Epoch,
    receives: Epoch,
    tls13: bool,
    ignored: u32,
    /// The content of the first Finished of TLS 1.2, whoever said it (RFC 5929 section 3.1).
    pub(crate) first_finished: Vec<u8>,
    /// Orders that are given all at once.
    held: Option<Vec<Order>>,
}

impl Peer {
    pub(crate) fn new(
        side: Side,
        desk: Arc<Shared>,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Self {
        let transcript = Transcript::new(limits.transcript);
        Self {
            desk,
            clock,
            transcript,
            limits,
            side,
            sends: Epoch::Plain,
            receives: Epoch::Plain,
            tls13: false,
            ignored: 0,
            first_finished: Vec::new(),
            held: None,
        }
    }

    /// The peer of an established connection of TLS 1.3, after what was said so far.
    pub(crate) fn established(mut self, transcript: Transcript) -> Self {
        self.transcript = transcript;
        self.sends = Epoch::Traffic;
        self.receives = Epoch::Traffic;
        self.tls13 = true;
        self
    }

    /// A Finished was said or came.
    pub(crate) fn note_finished(&mut self, verify_data: &[u8]) {
        if self.first_finished.is_empty() {
            self.first_finished = verify_data.to_vec();
        }
    }

    /// Gives no order until [`Peer::release`], and then all at once.
    pub(crate) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// See [`Peer::hold`].
    pub(crate) fn release(&mut self) {
        if let Some(held) = self.held.take() {
            self.desk.lock().orders.extend(held);
        }
    }

    /// The key of the client's Finished after the handshake, as the carrier said last.
    pub(crate) fn finished_key(&self) -> Result<FinishedKey, Error> {
        let key = self.desk.lock().client_finished_key.take();
        key.ok_or_else(|| {
            Error::new(Fault::CryptoFailed).detail("no key for the client's Finished")
        })
    }

    /// Who tells the time.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Which side we are.
    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// The time, as the host tells it.
    pub(crate) fn now(&self) -> premaster_session::UnixTime {
        self.clock.now()
    }

    /// The time in so many seconds.
    pub(crate) fn in_seconds(&self, seconds: u32) -> premaster_session::UnixTime {
        in_seconds(self.now(), seconds)
    }

    /// Fresh random bytes for a hello.
    pub(crate) fn random(&self, provider: &Provider) -> Result<Random, Error> {
        let mut random = [0; 32];
        provider
            .random
            .fill(&mut random)
            .map_err(|_| Fault::RandomFailed)?;
        Ok(Random(random))
    }

    /// Takes the next message, which has to be an `M`, and adds it to the transcript.
    pub(crate) async fn expect<M: HandshakeMessage>(&mut self) -> Result<Message, Error> {
        let message = match self.front(&[M::TYPE]).await? {
            Front::Message(kind) if kind == M::TYPE => self.take()?,
            Front::Message(kind) => return Err(unexpected(kind, M::TYPE)),
            Front::ChangeCipherSpec => return Err(early_change_cipher_spec(M::TYPE)),
        };
        Ok(message)
    }

    /// Takes the next message if it is an `M`; leaves any other, which should be an `Else`, for the
    /// next `expect`.
    pub(crate) async fn accept<M: HandshakeMessage, Else: HandshakeMessage>(
        &mut self,
    ) -> Result<Option<Message>, Error> {
        match self.front(&[M::TYPE, Else::TYPE]).await? {
            Front::Message(kind) if kind == M::TYPE => self.take().map(Some),
            _ => Ok(None),
        }
    }

    /// Waits for the next message, which has to be one of these kinds, and leaves it for the next `expect`.
    pub(crate) async fn one_of(
        &mut self,
        kinds: &'static [HandshakeType],
    ) -> Result<HandshakeType, Error> {
        let wanted = kinds.first().copied().unwrap_or(HandshakeType::finished);
        match self.front(kinds).await? {
            Front::Message(kind) if kinds.contains(&kind) => Ok(kind),
            Front::Message(kind) => Err(unexpected(kind, wanted)),
            Front::ChangeCipherSpec => Err(early_change_cipher_spec(wanted)),
        }
    }

    /// From here on this is TLS 1.3, where nothing is passed over.
    pub(crate) fn speaks_tls13(&mut self) {
        self.tls13 = true;
    }

    /// See [`Peer::speaks_tls13`].
    pub(crate) fn is_tls13(&self) -> bool {
        self.tls13
    }

    /// Waits for the peer's ChangeCipherSpec; the caller has the keys ready.
    pub(crate) async fn expect_change_cipher_spec(&mut self) -> Result<(), Error> {
        match self.front(&[]).await? {
            Front::ChangeCipherSpec => {
                self.desk.lock().inbox.pop_front();
                self.trace(|| Event::ChangeCipherSpec {
                    direction: Direction::Received,
                });
                Ok(())
            }
            Front::Message(kind) => Err(Error::new(Fault::UnexpectedMessage)
                .during(name(kind))
                .detail(format!("received {kind}, expected ChangeCipherSpec"))),
        }
    }

    /// Sends a message and adds it to the transcript.
    pub(crate) fn send<M: HandshakeMessage + Encode>(&mut self, message: &M) -> Result<(), Error> {
        self.send_encoded(encode_message(message)?)
    }

    /// Sends a message that is encoded already and adds it to the transcript.
    pub(crate) fn send_encoded(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.transcript.add(&bytes)?;
        self.trace(|| Event::Message {
            direction: Direction::Sent,
            epoch: self.epoch(Direction::Sent),
            bytes: &bytes,
        });
        self.order(Order::Send(Message::new(bytes)));
        Ok(())
    }

    /// Changes our cipher: what follows is sent under new keys, by the order that the caller gives next
    /// (RFC 5246 section 7.1).
    pub(crate) fn change_cipher_spec(&mut self) {
        self.trace(|| Event::ChangeCipherSpec {
            direction: Direction::Sent,
        });
        self.order(Order::ChangeCipherSpec);
    }

    /// Gives an order to the carrier.
    pub(crate) fn order(&mut self, order: Order) {
        if let Order::Install {
            direction,
            epoch,
            suite,
            ..
        } = &order
        {
            self.trace(|| narrate::keys_installed(*direction, *epoch, suite));
            match direction {
                Direction::Sent => self.sends = *epoch,
                Direction::Received => self.receives = *epoch,
            }
        }
        match &mut self.held {
            Some(held) => held.push(order),
            None => self.desk.lock().orders.push_back(order),
        }
    }

    /// What protects messages of this direction at the moment.
    fn epoch(&self, direction: Direction) -> Epoch {
        match direction {
            Direction::Sent => self.sends,
            Direction::Received => self.receives,
        }
    }

    /// Asks a question. It is out at once; the answer may be awaited now or later.
    pub(crate) fn ask<Q: Ask>(&mut self, question: Q) -> Pending<Q> {
        let mut desk = self.desk.lock();
        let serial = desk.open_slot(Q::NAME);
        desk.tracer.emit(|| Event::Asked {
            question: Q::NAME,
            detail: question.told().into(),
        });
        let claim = Claim {
            desk: Arc::downgrade(&self.desk),
            serial,
            question: PhantomData,
        };
        desk.questions.push_back(Q::wrap(Asked { question, claim }));
        drop(desk);
        Pending {
            desk: Arc::clone(&self.desk),
            serial,
            question: PhantomData,
        }
    }

    /// Tells the trace, if anybody listens.
    pub(crate) fn trace<'e>(&self, event: impl FnOnce() -> Event<'e>) {
        self.desk.lock().tracer.emit(event);
    }

    /// Who listens, for what outlives the handshake.
    pub(crate) fn tracer(&self) -> premaster_trace::Tracer {
        self.desk.lock().tracer.clone()
    }

    /// Leaves behind what is still needed when the handshake is over.
    pub(crate) fn leave(&self, after: After) {
        self.desk.lock().after = Some(after);
    }

    /// Gives a secret to whoever asked for it under a dangerous name.
    pub(crate) fn secret(&self, label: SecretLabel, client_random: &[u8; 32], secret: &[u8]) {
        self.desk.lock().tracer.secret(label, client_random, secret);
    }

    /// Waits until the peer has said something that counts and tells what it is.
    async fn front(&mut self, expected: &'static [HandshakeType]) -> Result<Front, Error> {
        loop {
            let front = self.said(expected).await;
            match front {
                Front::Message(HandshakeType::hello_request)
                    if self.side == Side::Client && !self.tls13 =>
                {
                    self.pass_over_hello_request()?;
                }
                _ => return Ok(front),
            }
        }
    }

    async fn said(&mut self, expected: &'static [HandshakeType]) -> Front {
        poll_fn(|_| {
            let mut desk = self.desk.lock();
            desk.expected = expected;
            let front = match desk.inbox.front() {
                Some(Incoming::Message(message)) => Front::Message(message.kind()),
                Some(Incoming::ChangeCipherSpec) => Front::ChangeCipherSpec,
                None => {
                    if !desk.awaiting_message {
                        desk.tracer.emit(|| narrate::expected(expected, self.tls13));
                    }
                    desk.awaiting_message = true;
                    return Poll::Pending;
                }
            };
            desk.awaiting_message = false;
            Poll::Ready(front)
        })
        .await
    }

    /// Takes the message that `front` saw.
    fn take(&mut self) -> Result<Message, Error> {
        let epoch = self.epoch(Direction::Received);
        let mut desk = self.desk.lock();
        let Some(Incoming::Message(message)) = desk.inbox.pop_front() else {
            return Err(Fault::UnexpectedMessage.into());
        };
        desk.tracer.emit(|| Event::Message {
            direction: Direction::Received,
            epoch,
            bytes: message.bytes(),
        });
        drop(desk);
        message.check_length()?;
        self.transcript.add(message.bytes())?;
        Ok(message)
    }

    /// A client ignores HelloRequest while it handshakes, and it is no part of the transcript
    /// (RFC 5246 section 7.4.1.1). A flood of them is no accident.
    fn pass_over_hello_request(&mut self) -> Result<(), Error> {
        self.ignored = self.ignored.saturating_add(1);
        if self.ignored > self.limits.requests {
            return Err(Fault::HelloRequestFlood.into());
        }
        if let Some(Incoming::Message(message)) = self.desk.lock().inbox.pop_front() {
            message.check_length()?;
            message.decode::<premaster_wire::tls12::HelloRequest>()?;
        }
        Ok(())
    }
}

/// What the peer has said next.
enum Front {
    Message(HandshakeType),
    ChangeCipherSpec,
}

fn unexpected(received: HandshakeType, expected: HandshakeType) -> Error {
    Error::new(Fault::UnexpectedMessage)
        .during(name(received))
        .detail(format!("received {received}, expected {expected}"))
}

fn early_change_cipher_spec(expected: HandshakeType) -> Error {
    Error::new(Fault::UnexpectedChangeCipherSpec)
        .during("ChangeCipherSpec")
        .detail(format!("expected {expected}"))
}

/// The answer to a question, to be awaited.
pub(crate) struct Pending<Q> {
    desk: Arc<Shared>,
    serial: u64,
    question: PhantomData<fn() -> Q>,
}

impl<Q: Ask> Future for Pending<Q> {
    type Output = Result<Q::Answer, Refusal>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let mut desk = self.desk.lock();
        // Waiting for an answer is not waiting for the peer.
        desk.awaiting_message = false;
        let Some(answer) = desk.take_answer(self.serial) else {
            return Poll::Pending;
        };

        Poll::Ready(match answer.downcast::<Result<Q::Answer, Refusal>>() {
            Ok(answer) => *answer,
            // `Handshake::answer` boxes exactly this type for a `Claim<Q>`.
            Err(_) => Err(Refusal::new("an answer of another question")),
        })
    }
}
