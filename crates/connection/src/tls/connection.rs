//! The connection as one value: handshake, records, alerts and the local host, glued.

use core::ops::{Deref, Range};
use std::collections::VecDeque;
use std::sync::Arc;

use premaster_crypto::{Provider, Side};
use premaster_handshake::{
    Ask, ChooseConfig, Claim, Direction, Facts, ForgetClientSession, ForgetSession, Handshake,
    Incoming, Limits, Message, Order, Question, Refusal, StaleClaim, Target, notify,
};
use premaster_record::{Margins, Protection};
use premaster_session::ClientKey;
use premaster_trace::{Epoch, Event, Tracer};
use rustls_pki_types::ServerName;

use super::opener::{Opener, Received, Sorted, unexpected};
use super::sealer::Sealer;
use crate::{ClientConfig, Error, Local, Resolved, ServerConfig};

/// A TLS connection without I/O.
///
/// ```text
///     loop:  next_step() ->  Transmit          write what transmit(..) yields to the transport
///                            Ask(question)     answer(claim, ..) now or later
///                            Receive{missing}  read, then receive(..) one record after the other
///                            Wait              nothing to do before an answer arrives
///                            Established       seal(..) and receive(..) application data
///                            Closed            over: cleanly, or with error()
/// ```
///
/// The caller owns all buffers, and nothing is ever called back. Each call makes progress or
/// says what it waits for.
#[derive(Debug)]
pub struct Connection {
    opener: Opener,
    sealer: Sealer,
    stage: Stage,
    local: Local,
    surface: Surface,
    asked: VecDeque<Question>,
    tracer: Tracer,
    /// A client's: by what its session is filed.
    client_key: Option<ClientKey>,
}

/// How far the connection has come.
#[derive(Debug)]
enum Stage {
    Handshaking(Box<Running>),
    Established(Box<Facts>),
    Over { error: Option<Error> },
}

/// A handshake under way.
#[derive(Debug)]
struct Running {
    handshake: Handshake,
    provider: Arc<Provider>,
}

/// What a connection needs next.
#[derive(Debug)]
#[must_use]
pub enum Next {
    /// [`Connection::transmit`] has bytes for the transport.
    Transmit,
    /// Somebody has to answer this, now or later. It is handed out once.
    Ask(Question),
    /// The peer has to say something: [`Connection::receive`] needs at least so many bytes more.
    Receive {
        /// Bytes that are missing for sure.
        missing: usize,
    },
    /// Answers are owed; nothing can be done before one arrives.
    Wait,
    /// Application data may flow in both directions.
    Established,
    /// It is over: cleanly, or with [`Connection::error`].
    Closed,
}

/// Which questions come to the caller instead of being answered from the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// None.
    #[default]
    Nothing,
    /// All of them; [`Connection::local`] still answers those the caller does not care for.
    Everything,
}

/// What a connection may be given besides its configuration.
#[derive(Debug, Default)]
pub struct Options {
    /// Who listens.
    pub tracer: Tracer,
    /// Which questions come to the caller.
    pub surface: Surface,
}

/// The connection cannot be split now. It comes back unharmed.
#[derive(Debug, thiserror::Error)]
#[error("only an established connection with nothing to transmit can be split")]
pub struct NotYet(pub Box<Connection>);

impl Connection {
    /// A client that connects to `name`.
    #[must_use]
    pub fn client(config: Arc<ClientConfig>, name: ServerName<'static>) -> Self {
        Self::client_with(config, name, Options::default())
    }

    /// A client with a listener, or with questions for the caller.
    #[must_use]
    pub fn client_with(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        options: Options,
    ) -> Self {
        let text = name.to_str().to_ascii_lowercase();
        let target = match &name {
            ServerName::DnsName(_) => Target::dns(&text),
            _ => Target::unnamed(&text),
        };
        let tracer = options.tracer.for_side(premaster_trace::Side::Client);
        let handshake = Handshake::client(
            Arc::clone(&config.policy),
            target,
            Arc::clone(&config.clock),
            config.limits,
            tracer.clone(),
        );
        let running = Running {
            handshake,
            provider: Arc::clone(&config.policy.provider),
        };
        let limits = config.limits;
        let isolation = config.policy.isolation;
        let local = Local::client(config, name);
        let key = ClientKey::new(text, isolation);
        let mut connection = Self::start(
            Side::Client,
            running,
            local,
            limits,
            options.surface,
            tracer,
        );
        connection.client_key = Some(key);
        connection
    }

    /// A server that awaits a ClientHello.
    #[must_use]
    pub fn server(config: Arc<ServerConfig>) -> Self {
        Self::server_with(config, Options::default())
    }

    /// A server with a listener, or with questions for the caller.
    #[must_use]
    pub fn server_with(config: Arc<ServerConfig>, options: Options) -> Self {
        let tracer = options.tracer.for_side(premaster_trace::Side::Server);
        let clock = Arc::clone(&config.clock);
        let policy = Arc::clone(&config.policy);
        let provider = Arc::clone(&policy.provider);
        let handshake = Handshake::server(policy, clock, config.limits, tracer.clone());
        let running = Running {
            handshake,
            provider,
        };
        let limits = config.limits;
        let local = Local::server(config);
        Self::start(
            Side::Server,
            running,
            local,
            limits,
            options.surface,
            tracer,
        )
    }

    fn start(
        side: Side,
        running: Running,
        local: Local,
        limits: Limits,
        surface: Surface,
        tracer: Tracer,
    ) -> Self {
        let mut connection = Self {
            opener: Opener::new(side, &limits, tracer.clone()),
            sealer: Sealer::new(tracer.clone()),
            tracer,
            client_key: None,
            stage: Stage::Handshaking(Box::new(running)),
            local,
            surface,
            asked: VecDeque::new(),
        };
        // An error is kept and seen by the caller at the next step.
        drop(connection.advance());
        connection
    }

    /// Says what the connection needs next. After any call it tells the truth.
    pub fn next_step(&mut self) -> Next {
        if self.sealer.has_pending() {
            return Next::Transmit;
        }
        if let Some(question) = self.asked.pop_front() {
            return Next::Ask(question);
        }
        match &self.stage {
            Stage::Over { .. } => Next::Closed,
            Stage::Established(_) if self.opener.is_closed() => Next::Closed,
            Stage::Established(_) => Next::Established,
            Stage::Handshaking(running) if running.handshake.awaits_message() => Next::Receive {
                missing: premaster_record::HEADER_LEN,
            },
            Stage::Handshaking(_) => Next::Wait,
        }
    }

    /// Takes the record at the front of `buf`. Application data is decrypted where it lies.
    ///
    /// # Errors
    ///
    /// Any [`Error`] is fatal and kept; [`transmit`](Self::transmit) once more sends its alert.
    pub fn receive<'b>(&mut self, buf: &'b mut [u8]) -> Result<Received<'b>, Error> {
        match &self.stage {
            Stage::Established(_) => {}
            Stage::Handshaking(running) if !running.handshake.awaits_message() => {
                return Ok(Received::Later);
            }
            Stage::Handshaking(_) => return self.receive_handshake(buf),
            Stage::Over { error: Some(error) } => return Err(error.clone()),
            Stage::Over { error: None } => {
                return Ok(Received::Control {
                    consumed: buf.len(),
                });
            }
        }
        match self.opener.receive(buf) {
            Ok(Received::Oblige { notice, consumed }) => {
                self.sealer.oblige(notice)?;
                Ok(Received::Control { consumed })
            }
            Ok(received) => Ok(received),
            Err(error) => self.fail(error),
        }
    }

    fn receive_handshake<'b>(&mut self, buf: &'b mut [u8]) -> Result<Received<'b>, Error> {
        let outcome = match self.opener.sort(buf) {
            Ok(Sorted::More { missing }) => return Ok(Received::More { missing }),
            Ok(Sorted::Handshake { consumed }) => self.deliver_messages().map(|()| consumed),
            Ok(Sorted::ChangeCipherSpec { consumed }) => {
                self.deliver_change_cipher_spec().map(|()| consumed)
            }
            Ok(Sorted::Ignored { consumed }) => self.closed_early().map(|()| consumed),
            Ok(Sorted::Data { .. }) => Err(unexpected("application data before Finished")),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(consumed) => Ok(Received::Control { consumed }),
            Err(error) => self.fail(error),
        }
    }

    /// Hands all whole messages of a record to the handshake, one by one: an order between them
    /// may change the keys.
    fn deliver_messages(&mut self) -> Result<(), Error> {
        while let Stage::Handshaking(running) = &mut self.stage {
            let Some(message) = self.opener.inbox.next_message() else {
                return Ok(());
            };
            running
                .handshake
                .deliver(Incoming::Message(Message::new(message)));
            self.advance()?;
        }
        if self.opener.inbox.is_empty() {
            return Ok(());
        }
        Err(unexpected("a message behind Finished in the same record"))
    }

    /// A ChangeCipherSpec stands between whole messages only, and the handshake has to wait for
    /// it (RFC 5246 section 7.1).
    fn deliver_change_cipher_spec(&mut self) -> Result<(), Error> {
        let Stage::Handshaking(running) = &mut self.stage else {
            return Ok(());
        };
        if !self.opener.inbox.is_empty() || running.handshake.has_unread() {
            return Err(unexpected("ChangeCipherSpec within a handshake message"));
        }
        let direction = Direction::Received;
        self.tracer.emit(|| Event::ChangeCipherSpec { direction });
        running.handshake.deliver(Incoming::ChangeCipherSpec);
        self.advance()
    }

    fn closed_early(&mut self) -> Result<(), Error> {
        match &self.stage {
            Stage::Handshaking(running) if self.opener.is_closed() => Err(Error::ClosedEarly {
                expected: expected(&running.handshake),
            }),
            _ => Ok(()),
        }
    }

    /// The transport has ended: nothing more will be read.
    ///
    /// # Errors
    ///
    /// [`Error::ClosedEarly`] during the handshake, [`Error::Truncated`] without a close_notify.
    pub fn end_of_input(&mut self) -> Result<(), Error> {
        let outcome = match &self.stage {
            Stage::Handshaking(running) => Err(Error::ClosedEarly {
                expected: expected(&running.handshake),
            }),
            Stage::Established(_) => self.opener.end_of_input(),
            Stage::Over { error: Some(error) } => return Err(error.clone()),
            Stage::Over { error: None } => return Ok(()),
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(error) => self.fail(error),
        }
    }

    /// Moves waiting records to `out`, whole records only; says how many bytes that made.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] if the key has protected all it may.
    pub fn transmit(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        self.sealer.transmit(out)
    }

    /// How many bytes wait to be transmitted.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.sealer.pending()
    }

    /// Answers a question.
    ///
    /// # Errors
    ///
    /// [`StaleClaim`] if the claim is of another connection or already used. Nothing is changed.
    pub fn answer<Q: Ask>(
        &mut self,
        claim: Claim<Q>,
        answer: Result<Q::Answer, Refusal>,
    ) -> Result<(), StaleClaim> {
        self.accept(claim.with(answer, "the caller").into())
    }

    /// Chooses the configuration that serves this client.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer).
    pub fn choose_config(
        &mut self,
        claim: Claim<ChooseConfig>,
        config: Arc<ServerConfig>,
    ) -> Result<(), StaleClaim> {
        let answer = claim.with(Ok(Arc::clone(&config.policy)), "the caller");
        self.accept(Resolved {
            answer,
            config: Some(config),
        })
    }

    /// Takes an answer that [`Local::resolve`] made, here or in another thread.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer).
    pub fn accept(&mut self, resolved: Resolved) -> Result<(), StaleClaim> {
        let Stage::Handshaking(running) = &mut self.stage else {
            return Err(StaleClaim);
        };
        running.handshake.accept(resolved.answer)?;
        if let Some(config) = resolved.config {
            running.provider = Arc::clone(&config.policy.provider);
            self.local.reconfigure(config);
        }
        if let Err(error) = self.advance() {
            // Kept: the next step and every later call tell it.
            drop(self.fail::<()>(error));
        }
        Ok(())
    }

    /// Answers questions from the configuration; may be sent to another thread.
    #[must_use]
    pub fn local(&self) -> &Local {
        &self.local
    }

    /// How many bytes a record needs before and behind its content.
    #[must_use]
    pub fn margins(&self) -> Margins {
        self.sealer.margins()
    }

    /// Seals application data where it lies; see [`Sealer::seal`].
    ///
    /// # Errors
    ///
    /// As [`Sealer::seal`].
    pub fn seal(&mut self, buf: &mut [u8], content: Range<usize>) -> Result<Range<usize>, Error> {
        self.may_send()?;
        self.sealer.seal(buf, content)
    }

    /// Gathers and seals application data; see [`Sealer::seal_from`].
    ///
    /// # Errors
    ///
    /// As [`Sealer::seal_from`].
    pub fn seal_from(
        &mut self,
        parts: &[impl Deref<Target = [u8]>],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.may_send()?;
        self.sealer.seal_from(parts, out)
    }

    /// How many bytes `content` bytes of application data make on the wire.
    #[must_use]
    pub fn sealed_len(&self, content: usize) -> usize {
        self.sealer.sealed_len(content)
    }

    /// The most content that one record can hold.
    #[must_use]
    pub fn content_limit(&self) -> usize {
        self.sealer.content_limit()
    }

    fn may_send(&self) -> Result<(), Error> {
        match &self.stage {
            Stage::Established(_) => Ok(()),
            Stage::Handshaking(_) => Err(Error::NotEstablished),
            Stage::Over { error } => Err(error.clone().unwrap_or(Error::AlreadyClosed)),
        }
    }

    /// Says goodbye: nothing more is sent, what the peer still sends can be received.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] if the key has protected all it may.
    pub fn close(&mut self) -> Result<(), Error> {
        self.sealer.close()?;
        if matches!(self.stage, Stage::Handshaking(_)) {
            self.stage = Stage::Over { error: None };
        }
        Ok(())
    }

    /// What was agreed on, once it is.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        match &self.stage {
            Stage::Established(facts) => Some(facts),
            _ => None,
        }
    }

    /// Why the connection failed, if it did.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match &self.stage {
            Stage::Over { error } => error.as_ref(),
            _ => self.opener.error(),
        }
    }

    /// Whether the peer has said goodbye.
    #[must_use]
    pub fn is_closed_by_peer(&self) -> bool {
        self.opener.is_closed()
    }

    /// Two halves that share nothing, and the facts.
    ///
    /// # Errors
    ///
    /// [`NotYet`] gives the connection back unless it is established with nothing to transmit.
    pub fn split(self) -> Result<(Opener, Sealer, Facts), NotYet> {
        match self.stage {
            Stage::Established(facts) if !self.sealer.has_pending() && self.asked.is_empty() => {
                Ok((self.opener, self.sealer, *facts))
            }
            _ => Err(NotYet(Box::new(self))),
        }
    }

    /// Does all that can be done now: answers what the local host answers, carries out orders.
    fn advance(&mut self) -> Result<(), Error> {
        while let Stage::Handshaking(running) = &mut self.stage {
            if let Some(order) = running.handshake.next_order() {
                self.carry_out(order)?;
            } else if let Some(question) = running.handshake.next_question() {
                match self.surface {
                    Surface::Everything => self.asked.push_back(question),
                    Surface::Nothing => {
                        let Resolved { answer, config } = self.local.resolve(question);
                        if let Some(config) = config {
                            running.provider = Arc::clone(&config.policy.provider);
                            self.local.reconfigure(config);
                        }
                        // The claim was made for this very handshake.
                        let _ = running.handshake.accept(answer);
                    }
                }
            } else if let Some(outcome) = running.handshake.take_outcome() {
                let facts = outcome?;
                if running.handshake.has_unread() {
                    return Err(unexpected("a message behind Finished"));
                }
                self.stage = Stage::Established(Box::new(facts));
            } else {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A session that a fatal alert ended is not resumed (RFC 5246 section 7.2.2).
    ///
    /// A server forgets only what the peer has proved to share, by its Finished: else whoever
    /// overhears a session ID could have the session forgotten.
    fn forget_session(&mut self, error: &Error) {
        if error.alert().is_none() && !matches!(error, Error::AlertReceived(_)) {
            return;
        }
        let question = match (&self.client_key, &self.stage) {
            (Some(key), _) => notify(ForgetClientSession { key: key.clone() }),
            (None, Stage::Established(facts)) if !facts.session_id.is_empty() => {
                notify(ForgetSession {
                    id: facts.session_id.clone(),
                })
            }
            _ => return,
        };
        match self.surface {
            Surface::Everything => self.asked.push_back(question),
            // Its answer changes nothing: the store has done it, or will tell its owner.
            Surface::Nothing => drop(self.local.resolve(question)),
        }
    }

    fn carry_out(&mut self, order: Order) -> Result<(), Error> {
        match order {
            Order::Send(message) => self.sealer.message(message.bytes()),
            Order::ChangeCipherSpec => {
                let direction = Direction::Sent;
                self.tracer.emit(|| Event::ChangeCipherSpec { direction });
                self.sealer.change_cipher_spec()
            }
            Order::Install {
                direction,
                version,
                suite,
                keys,
            } => {
                let Stage::Handshaking(running) = &self.stage else {
                    return Ok(());
                };
                let protection = Protection::new(&running.provider, suite, version, keys)
                    .map_err(premaster_handshake::Error::from)?;
                self.tracer.emit(|| Event::KeysInstalled {
                    direction,
                    epoch: Epoch::Traffic,
                    suite: premaster_wire::CipherSuite(suite.id),
                });
                match direction {
                    Direction::Sent => self.sealer.install(protection),
                    Direction::Received => self.opener.install(protection),
                }
            }
            Order::LimitRecords { send, receive } => {
                self.sealer.set_content_limit(send);
                self.opener.records.set_content_limit(receive);
                Ok(())
            }
            Order::FixVersion(version) => {
                self.sealer.set_version(version);
                self.opener.records.set_version(version);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Ends the connection: the alert waits to be transmitted, a resumed session is forgotten,
    /// the error is kept.
    fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        if let Stage::Over { error: Some(first) } = &self.stage {
            return Err(first.clone());
        }
        self.tracer.emit(|| Event::Fault {
            rule: error.rule(),
            alert: error
                .alert()
                .unwrap_or(premaster_wire::AlertDescription::close_notify),
            section: error.section(),
            detail: error.to_string().into(),
        });
        self.sealer.fail(&error);
        self.asked.clear();
        self.forget_session(&error);
        self.stage = Stage::Over {
            error: Some(error.clone()),
        };
        Err(error)
    }
}

/// What the handshake was waiting for, in words.
fn expected(handshake: &Handshake) -> String {
    let names: Vec<_> = handshake
        .expected()
        .iter()
        .map(ToString::to_string)
        .collect();
    if names.is_empty() {
        "ChangeCipherSpec".to_owned()
    } else {
        names.join(" or ")
    }
}
