//! The small engine that drives a script: no runtime, no waker, no callback.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;

use premaster_crypto::Side;
use premaster_crypto::tls13::FinishedKey;
use premaster_trace::{Event, Tracer};
use premaster_wire::HandshakeType;

use crate::desk::{Shared, Slot};
use crate::peer::Peer;
use crate::question::{Answer, Ask, Claim, Question, Refusal, StaleClaim};
use crate::server::Begun;
use crate::{
    After, Authentication, ClientPolicy, Clock, Error, Facts, Fault, Incoming, Limits, Order,
    Target,
};

/// A script, which ends with a `T`.
pub(crate) type Script<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// What a script leaves behind.
pub(crate) struct Ended {
    facts: Facts,
}

impl Ended {
    pub(crate) fn with(facts: Facts) -> Self {
        Self { facts }
    }
}

/// One handshake: messages in, orders out, questions in between.
///
/// ```text
///                deliver(Incoming)            answer(claim, ..)
///                       |                            |
///                       v                            v
///   carrier  <----  Handshake: a script that awaits messages and answers
///                       |                            |
///                  next_order()               next_question()
/// ```
///
/// Carry out all orders before delivering anything else: an order may change the keys.
///
/// ```
/// use std::sync::Arc;
/// use premaster_handshake::{ClientPolicy, Handshake, Limits, Order, Question, Target};
///
/// let policy = Arc::new(ClientPolicy::new(Arc::new(premaster_crypto_ring::provider())));
/// let target = Target::dns("example.com");
/// # let clock = Arc::new(premaster_testkit::FakeClock::default());
/// let mut handshake = Handshake::client(policy, target, clock, Limits::default(), Default::default());
///
/// // First it asks whether there is a session to resume: there is none.
/// let Some(Question::FindClientSession(asked)) = handshake.next_question() else { panic!() };
/// handshake.answer(asked.claim, Ok(None))?;
///
/// // Then it sends its ClientHello and waits for the server.
/// let Some(Order::Send(message)) = handshake.next_order() else { panic!() };
/// assert_eq!(message.kind().to_string(), "client_hello");
/// assert!(handshake.awaits_message());
/// # Ok::<(), premaster_handshake::StaleClaim>(())
/// ```
///
/// What comes after the handshake of TLS 1.3 is driven in the same way, and ends with something else than [`Facts`]:
/// see [`After`].
pub struct Handshake<T = Facts> {
    desk: Arc<Shared>,
    script: Option<Script<T>>,
    outcome: Option<Result<T, Error>>,
}

impl Handshake {
    /// A client's handshake with `target`.
    #[must_use]
    pub fn client(
        policy: Arc<ClientPolicy>,
        target: Target,
        clock: Arc<dyn Clock>,
        limits: Limits,
        tracer: Tracer,
    ) -> Self {
        Self::start(Side::Client, clock, limits, tracer, |peer| {
            Box::pin(async move {
                let ended = crate::client::script(peer, policy, target).await?;
                Ok(ended.facts)
            })
        })
    }

    /// A server's handshake. Under which policy it serves a client is its first question,
    /// [`ChooseConfig`](crate::ChooseConfig).
    #[must_use]
    pub fn server(clock: Arc<dyn Clock>, limits: Limits, tracer: Tracer) -> Self {
        Self::start(Side::Server, clock, limits, tracer, |peer| {
            Box::pin(async move {
                let ended = crate::server::script(peer, Begun::Here).await?;
                Ok(ended.facts)
            })
        })
    }

    /// A server's handshake that begins with the client's second ClientHello: another server has sent the
    /// HelloRetryRequest, and put into its cookie what has to be remembered (RFC 8446 section 4.2.2).
    ///
    /// What the client had under way is dropped: early data, and what it sends for middleboxes. `early_data` is how much of
    /// it the tickets of the servers allow, [`ServerPolicy::early_data`](crate::ServerPolicy::early_data): nobody has chosen
    /// a policy yet. A ClientHello without a cookie that [`retry_cookie`](crate::ServerPolicy::retry_cookie) can open is
    /// refused.
    #[must_use]
    pub fn server_after_retry(
        early_data: u32,
        clock: Arc<dyn Clock>,
        limits: Limits,
        tracer: Tracer,
    ) -> Self {
        Self::start(Side::Server, clock, limits, tracer, |peer| {
            Box::pin(async move {
                let begun = Begun::Elsewhere { early_data };
                let ended = crate::server::script(peer, begun).await?;
                Ok(ended.facts)
            })
        })
    }

    /// What a connection of TLS 1.3 still needs when its handshake is over; `None` before that, in older versions, and once
    /// it was taken.
    pub fn take_after(&mut self) -> Option<After> {
        self.desk.lock().after.take()
    }
}

impl Handshake<Authentication> {
    /// Says with which key the client's Finished is made: that of the client's traffic secret as it stands now,
    /// [`TrafficSecret::finished_key`](premaster_crypto::tls13::TrafficSecret::finished_key). The last one counts.
    pub fn set_client_finished_key(&mut self, key: FinishedKey) {
        self.desk.lock().client_finished_key = Some(key);
    }
}

impl<T> Handshake<T> {
    pub(crate) fn start(
        side: Side,
        clock: Arc<dyn Clock>,
        limits: Limits,
        tracer: Tracer,
        script: impl FnOnce(Peer) -> Script<T>,
    ) -> Self {
        let desk = Arc::new(Shared::new(tracer));
        let peer = Peer::new(side, Arc::clone(&desk), clock, limits);
        let mut handshake = Self {
            desk,
            script: Some(script(peer)),
            outcome: None,
        };
        handshake.advance();
        handshake
    }

    /// Hands over what the peer said next.
    pub fn deliver(&mut self, incoming: Incoming) {
        self.desk.lock().inbox.push_back(incoming);
        self.advance();
    }

    /// The next order to carry out, oldest first.
    pub fn next_order(&mut self) -> Option<Order> {
        self.desk.lock().orders.pop_front()
    }

    /// The next question, oldest first. Each is handed out once.
    pub fn next_question(&mut self) -> Option<Question> {
        self.desk.lock().questions.pop_front()
    }

    /// Whether a question waits to be taken by [`Handshake::next_question`].
    #[must_use]
    pub fn has_question(&self) -> bool {
        !self.desk.lock().questions.is_empty()
    }

    /// Whether an answer is still owed, its question handed out or not.
    #[must_use]
    pub fn awaits_answer(&self) -> bool {
        self.desk.lock().awaits_answers()
    }

    /// Whether the script cannot go on without a message of the peer.
    #[must_use]
    pub fn awaits_message(&self) -> bool {
        self.script.is_some() && self.desk.lock().awaiting_message
    }

    /// Which messages the script would take next; for errors and traces.
    #[must_use]
    pub fn expected(&self) -> &'static [HandshakeType] {
        self.desk.lock().expected
    }

    /// Answers a question, or refuses to.
    ///
    /// # Errors
    ///
    /// [`StaleClaim`] if the claim is of another handshake or its question is no longer open.
    pub fn answer<Q: Ask>(
        &mut self,
        claim: Claim<Q>,
        answer: Result<Q::Answer, Refusal>,
    ) -> Result<(), StaleClaim> {
        self.accept(claim.with(answer, "the host"))
    }

    /// Takes an answer that was made elsewhere by [`Claim::with`].
    ///
    /// # Errors
    ///
    /// As [`Handshake::answer`].
    pub fn accept(&mut self, answer: Answer) -> Result<(), StaleClaim> {
        if !answer.belongs_to(&self.desk) {
            return Err(StaleClaim);
        }
        let mut desk = self.desk.lock();
        let waits = |slot: &&mut Slot| slot.serial == answer.serial && slot.answer.is_none();
        let slot = desk.open.iter_mut().find(waits).ok_or(StaleClaim)?;
        slot.answer = Some(answer.content);
        desk.tracer.emit(|| Event::Answered {
            question: answer.name,
            by: answer.by.into(),
            answer: answer.told.into(),
        });
        drop(desk);
        self.advance();
        Ok(())
    }

    /// How it ended, once it has. All orders still stand: the last flight and its keys.
    pub fn take_outcome(&mut self) -> Option<Result<T, Error>> {
        self.outcome.take()
    }

    /// Whether the script has come to its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.script.is_none()
    }

    /// Whether the peer has said something that the script has not taken.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        !self.desk.lock().inbox.is_empty()
    }

    fn advance(&mut self) {
        let Some(script) = &mut self.script else {
            return;
        };
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(outcome) = script.as_mut().poll(&mut context) {
            self.outcome = Some(outcome);
            // Everything the script held, its secrets first of all, goes now.
            self.script = None;
            let mut desk = self.desk.lock();
            desk.awaiting_message = false;
            desk.questions.clear();
            desk.open.clear();
        }
    }
}

impl<T> core::fmt::Debug for Handshake<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let desk = self.desk.lock();
        f.debug_struct("Handshake")
            .field("over", &self.script.is_none())
            .field("expected", &desk.expected)
            .field(
                "open_questions",
                &desk.open.iter().map(|slot| slot.name).collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}

/// What a refused question means for the handshake: the refusal's own fault, or the question's.
pub(crate) fn refused(fault: Fault) -> impl FnOnce(Refusal) -> Error {
    move |refusal| {
        let error = Error::new(refusal.fault.unwrap_or(fault)).detail(refusal.reason);
        match refusal.alert {
            Some(alert) => error.with_alert(alert),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use premaster_session::UnixTime;

    use super::*;
    use crate::{FindPsk, Message};

    #[derive(Debug)]
    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> UnixTime {
            UnixTime::since_unix_epoch(core::time::Duration::ZERO)
        }
    }

    fn find(identity: &[u8]) -> FindPsk {
        FindPsk {
            identity: identity.to_vec(),
        }
    }

    /// Asks two questions at once and says how they were answered; `waits` for a Finished first.
    fn two_questions(waits: bool) -> Handshake<[bool; 2]> {
        let (clock, limits) = (Arc::new(Standing), Limits::default());
        Handshake::start(
            Side::Server,
            clock,
            limits,
            Tracer::default(),
            |mut peer| {
                Box::pin(async move {
                    if waits {
                        peer.one_of(&[HandshakeType::finished]).await?;
                    }
                    let (first, second) = (peer.ask(find(b"first")), peer.ask(find(b"second")));
                    Ok([first.await.is_ok(), second.await.is_ok()])
                })
            },
        )
    }

    fn claim(handshake: &mut Handshake<[bool; 2]>) -> Claim<FindPsk> {
        match handshake.next_question() {
            Some(Question::FindPsk(asked)) => asked.claim,
            other => panic!("{other:?}"),
        }
    }

    /// Whether it has a question, awaits an answer, awaits a message, and is over.
    fn state(handshake: &Handshake<[bool; 2]>) -> [bool; 4] {
        [
            handshake.has_question(),
            handshake.awaits_answer(),
            handshake.awaits_message(),
            handshake.is_over(),
        ]
    }

    #[test]
    fn an_answer_goes_to_its_own_question_in_whatever_order() {
        for first_fails in [true, false] {
            let mut handshake = two_questions(false);
            let (first, second) = (claim(&mut handshake), claim(&mut handshake));
            let answer = |fails: bool| match fails {
                true => Err(Refusal::new("no")),
                false => Ok(None),
            };
            handshake.answer(second, answer(!first_fails)).unwrap();
            assert!(handshake.take_outcome().is_none(), "one is still owed");
            handshake.answer(first, answer(first_fails)).unwrap();
            let outcome = handshake.take_outcome().unwrap().unwrap();
            assert_eq!(outcome, [!first_fails, first_fails]);
        }
    }

    #[test]
    fn a_claim_of_another_handshake_answers_nothing() {
        let (mut one, mut other) = (two_questions(false), two_questions(false));
        let stale = one.answer(claim(&mut other), Ok(None));
        assert_eq!(stale, Err(StaleClaim));
        let (first, second) = (claim(&mut one), claim(&mut one));
        one.answer(first, Ok(None)).unwrap();
        one.answer(second, Ok(None)).unwrap();
        assert!(one.is_over());
    }

    #[test]
    fn an_engine_knows_what_it_waits_for() {
        let mut handshake = two_questions(true);
        assert_eq!(state(&handshake), [false, false, true, false]);
        assert_eq!(handshake.expected(), [HandshakeType::finished]);
        assert!(!handshake.has_unread());
        let message = Message::new(vec![20, 0, 0, 0]);
        handshake.deliver(Incoming::Message(message));
        // It was looked at and not taken.
        assert!(handshake.has_unread());
        assert_eq!(state(&handshake), [true, true, false, false]);
        let first = claim(&mut handshake);
        assert_eq!(state(&handshake), [true, true, false, false]);
        let second = claim(&mut handshake);
        assert_eq!(state(&handshake), [false, true, false, false]);
        handshake.answer(first, Ok(None)).unwrap();
        assert_eq!(state(&handshake), [false, true, false, false]);
        handshake.answer(second, Ok(None)).unwrap();
        assert_eq!(state(&handshake), [false, false, false, true]);
    }
}
