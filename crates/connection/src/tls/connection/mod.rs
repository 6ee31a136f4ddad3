//! The connection as one value: handshake, records, alerts and the local host, glued.

mod answers;
mod authentication;
mod before_finished;
mod drive;
mod early_data;
mod next;
mod orders;

pub use answers::Answerable;
pub use next::{Next, Options, Surface};

use core::ops::{Deref, Range};
use std::collections::VecDeque;
use std::sync::Arc;

use premaster_crypto::{Provider, Side};
use premaster_handshake::{
    Authentication, Clock, Facts, Handshake, Limits, Provisional, Question, Target,
};
use premaster_record::{Margins, Padding};
use premaster_session::ClientKey;
use premaster_trace::Tracer;
use premaster_wire::AlertDescription;
use rustls_pki_types::ServerName;

use self::authentication::UnderWay;
use super::opener::{Opener, Received};
use super::requests::Requests;
use super::sealer::Sealer;
use super::shape::Shape;
use crate::{ClientConfig, Error, Local, ServerConfig};

/// A TLS connection without I/O.
///
/// ```text
///     loop:  next_step() ->  Transmit          write what transmit(..) yields to the transport
///                            Ask(question)     answer(claim, ..) now or later
///                            Receive{missing}  read, then receive(..) one record after the other;
///                                              a client may seal_early(..) while early_data_limit() allows it;
///                                              seal_before_finished(..) while there is something provisional()
///                            Wait              nothing to do before an answer arrives
///                            Established       seal(..) and receive(..) application data
///                            PeerClosed        send what is left, then close()
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
    /// Questions that nobody waits for: those of a script stay with it until they are handed out.
    asked: VecDeque<Question>,
    /// What was agreed on, once it is.
    facts: Option<Box<Facts>>,
    /// What was agreed on as far as we know, while data may be sent before the peer's Finished.
    provisional: Option<Box<Provisional>>,
    /// The client is asked for a certificate in the handshake, which is one of TLS 1.3.
    asks_for_certificate: bool,
    /// Why it failed, if it did.
    error: Option<Error>,
    tracer: Tracer,
    /// An authentication after the handshake.
    under_way: Option<Box<UnderWay>>,
    /// What came of the last one.
    authentication: Option<Authentication>,
    /// A client's: by what its session is filed.
    client_key: Option<ClientKey>,
}

/// How far the connection has come.
#[derive(Debug)]
enum Stage {
    Handshaking(Box<Running>),
    Established,
    Over,
}

/// A handshake under way.
#[derive(Debug)]
struct Running {
    handshake: Handshake,
    provider: Arc<Provider>,
}

/// What records are held to, from the configuration.
struct Terms {
    limits: Limits,
    shape: Shape,
    clock: Arc<dyn Clock>,
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
        // A trailing dot is no part of the name (RFC 6066 section 3).
        let text = name.to_str().trim_end_matches('.').to_ascii_lowercase();
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
        let terms = Terms {
            limits: config.limits,
            shape: Shape::from(&*config),
            clock: Arc::clone(&config.clock),
        };
        let isolation = config.policy.isolation;
        let local = Local::client(config, name);
        let key = ClientKey::new(text, isolation);
        let mut connection =
            Self::start(Side::Client, running, local, terms, options.surface, tracer);
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
        Self::serve(config, options, Handshake::server)
    }

    /// A server whose client begins with its second ClientHello: another server has sent the HelloRetryRequest, and this
    /// one can open its cookie (RFC 8446 section 4.2.2). See
    /// [`retry_cookie`](crate::ServerConfigBuilder::retry_cookie).
    #[must_use]
    pub fn server_after_retry(config: Arc<ServerConfig>, options: Options) -> Self {
        let early_data = config.policy.early_data;
        Self::serve(config, options, |clock, limits, tracer| {
            Handshake::server_after_retry(early_data, clock, limits, tracer)
        })
    }

    fn serve(
        config: Arc<ServerConfig>,
        options: Options,
        begin: impl FnOnce(Arc<dyn Clock>, Limits, Tracer) -> Handshake,
    ) -> Self {
        let tracer = options.tracer.for_side(premaster_trace::Side::Server);
        let clock = Arc::clone(&config.clock);
        let provider = Arc::clone(&config.policy.provider);
        let handshake = begin(clock, config.limits, tracer.clone());
        let running = Running {
            handshake,
            provider,
        };
        let terms = Terms {
            limits: config.limits,
            shape: Shape::from(&*config),
            clock: Arc::clone(&config.clock),
        };
        let local = Local::server(config);
        Self::start(Side::Server, running, local, terms, options.surface, tracer)
    }

    fn start(
        side: Side,
        running: Running,
        local: Local,
        Terms {
            limits,
            shape,
            clock,
        }: Terms,
        surface: Surface,
        tracer: Tracer,
    ) -> Self {
        let requests = Requests::default();
        let mut connection = Self {
            opener: Opener::new(side, &limits, clock, requests.clone(), tracer.clone()),
            sealer: Sealer::new(side, shape, requests, tracer.clone()),
            tracer,
            under_way: None,
            authentication: None,
            client_key: None,
            facts: None,
            provisional: None,
            asks_for_certificate: false,
            error: None,
            stage: Stage::Handshaking(Box::new(running)),
            local,
            surface,
            asked: VecDeque::new(),
        };
        if let Err(error) = connection.advance() {
            // Kept: the next step and every later call tell it.
            drop(connection.fail::<()>(error));
        }
        connection
    }

    /// Says what the connection needs next. After any call it tells the truth.
    pub fn next_step(&mut self) -> Next {
        if self.sealer.has_pending() {
            return Next::Transmit;
        }
        if let Some(question) = self.next_question() {
            return Next::Ask(question);
        }
        match &self.stage {
            Stage::Over => Next::Closed,
            Stage::Established => match (self.opener.is_closed(), self.sealer.is_closed()) {
                (true, true) => Next::Closed,
                (true, false) => Next::PeerClosed,
                (false, _) => Next::Established,
            },
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
            Stage::Established => {}
            Stage::Handshaking(running) if !running.handshake.awaits_message() => {
                return Ok(Received::Later);
            }
            Stage::Handshaking(_) => return self.receive_handshake(buf),
            Stage::Over => return self.error.clone().map_or(Ok(Received::Closed), Err),
        }
        let received = self.receive_established(buf);
        received.or_else(|error| self.fail(error))
    }

    /// The transport has ended, and all that it brought was received: nothing more will come.
    ///
    /// # Errors
    ///
    /// [`Error::CutEarly`] during the handshake, [`Error::Truncated`] without a close_notify.
    pub fn end_of_input(&mut self) -> Result<(), Error> {
        let outcome = match &self.stage {
            Stage::Handshaking(running) => Err(Error::CutEarly {
                expected: expected(&running.handshake),
            }),
            Stage::Established => self.opener.end_of_input(),
            Stage::Over => return self.error.clone().map_or(Ok(()), Err),
        };
        outcome.or_else(|error| self.fail(error))
    }

    /// Moves waiting records to `out`, whole records only; says how many bytes that made.
    ///
    /// # Errors
    ///
    /// As [`Sealer::transmit`].
    pub fn transmit(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let sent = self.sealer.transmit(out);
        self.kept(sent)
    }

    /// How many bytes wait to be transmitted, at the most; see [`Sealer::pending`].
    #[must_use]
    pub fn pending(&self) -> usize {
        self.sealer.pending()
    }

    /// Answers questions from the configuration; may be sent to another thread.
    #[must_use]
    pub fn local(&self) -> &Local {
        &self.local
    }

    /// How many bytes a record needs before and behind its content; see [`Sealer::margins`].
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
        let sealed = self.sealer.seal(buf, content);
        self.kept_without_keys(sealed)
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
        let sealed = self.sealer.seal_from(parts, out);
        self.kept_without_keys(sealed)
    }

    /// How many bytes `content` bytes of application data make on the wire, exactly.
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
            Stage::Established => Ok(()),
            Stage::Handshaking(_) => Err(Error::NotEstablished),
            Stage::Over => Err(self.error.clone().unwrap_or(Error::AlreadyClosed)),
        }
    }

    /// Hides the lengths of records, in TLS 1.3; see [`Sealer::set_padding`].
    ///
    /// # Errors
    ///
    /// As [`Sealer::set_padding`].
    pub fn set_padding(&mut self, padding: Padding) -> Result<(), Error> {
        let set = self.sealer.set_padding(padding);
        self.kept(set)
    }

    /// Changes the keys of what we send, in TLS 1.3; see [`Sealer::update_keys`].
    ///
    /// # Errors
    ///
    /// As [`Sealer::update_keys`].
    pub fn update_keys(&mut self, request: bool) -> Result<(), Error> {
        self.may_send()?;
        let updated = self.sealer.update_keys(request);
        self.kept(updated)
    }

    /// Says goodbye: nothing more is sent, what the peer still sends can be received. During the handshake it ends the
    /// connection: whoever has [sealed data before the peer's Finished](Self::seal_before_finished) completes the handshake
    /// first, or is neither answered nor told that somebody stood in between. A client that was asked for a certificate
    /// does not answer any more: the claims of its open questions are stale.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] if the key has protected all it may.
    pub fn close(&mut self) -> Result<(), Error> {
        let closed = self.sealer.close();
        self.stop_answering();
        if matches!(self.stage, Stage::Handshaking(_)) {
            self.asked.clear();
            self.provisional = None;
            self.stage = Stage::Over;
        }
        self.kept(closed)
    }

    /// Ends the connection with a fatal alert of the caller's choice, for what only he can know: the application's own
    /// protocol was broken, a client is not welcome after all (RFC 8446 section 6.2). The alert waits to be transmitted;
    /// [`error`](Self::error) is [`Error::Aborted`] then.
    ///
    /// A client forgets its sessions with this server, and a server the session that its store keeps under a session ID of
    /// TLS 1.2 (RFC 5246 section 7.2.2). Tickets that a server has given out, all sessions of TLS 1.3 among them, can
    /// still be resumed: a client that is not welcome has to be known again.
    ///
    /// An alert that is no error (`close_notify`, `user_canceled`) is sent as `internal_error`: to say goodbye there is
    /// [`close`](Self::close). After the end, and after a goodbye, nothing is sent.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use premaster_connection::tls::{Connection, Next};
    /// # use premaster_connection::{ClientConfig, Error};
    /// # let provider = Arc::new(premaster_crypto_ring::provider());
    /// # let verifier = Arc::new(premaster_trust::RefuseAll);
    /// # let config = Arc::new(ClientConfig::builder(provider, verifier).build()?);
    /// use premaster_wire::AlertDescription;
    ///
    /// # let mut connection = Connection::client(config, "example.com".try_into()?);
    /// connection.abort(AlertDescription::access_denied);
    /// let mut out = vec![0; connection.pending()];
    /// let sent = connection.transmit(&mut out)?;
    /// assert!(out[..sent].ends_with(&[2, AlertDescription::access_denied.0]));
    /// assert_eq!(connection.error(), Some(&Error::Aborted(AlertDescription::access_denied)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn abort(&mut self, description: AlertDescription) {
        if !matches!(self.stage, Stage::Over) {
            drop(self.fail::<()>(Error::Aborted(description)));
        }
    }

    /// Which side this is.
    #[must_use]
    pub fn side(&self) -> Side {
        self.opener.side
    }

    /// What was agreed on, once it is; also after the end.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        self.facts.as_deref()
    }

    /// Why the connection failed, if it did.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Whether the peer has said goodbye.
    #[must_use]
    pub fn is_closed_by_peer(&self) -> bool {
        self.opener.is_closed()
    }

    /// Two halves that share nothing but a count of key updates, and the facts.
    ///
    /// In TLS 1.3, [authentication after the handshake](Self::request_certificate) is over then: a server that asks for it
    /// all the same is refused.
    ///
    /// If one of them fails with an alert, sent or received, the session must not be resumed
    /// (RFC 5246 section 7.2.2): the caller forgets it in its store.
    ///
    /// # Errors
    ///
    /// [`NotYet`] gives the connection back unless it is established with nothing to transmit.
    pub fn split(mut self) -> Result<(Opener, Sealer, Facts), NotYet> {
        let ready = self.is_at_rest() && !self.sealer.has_pending() && self.asked.is_empty();
        match self.facts.take_if(|_| ready) {
            Some(facts) => Ok((self.opener, self.sealer, *facts)),
            None => Err(NotYet(Box::new(self))),
        }
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

#[cfg(test)]
mod tests;
