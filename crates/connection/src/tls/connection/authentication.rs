//! Authentication of the client after the handshake (RFC 8446 section 4.6.2).
//!
//! ```text
//!   server: request_certificate(..) -> a script that asks, then hears Certificate to Finished -> take_authentication()
//!   client: CertificateRequest      -> a script that answers, at once or when its questions are answered
//! ```
//!
//! Application data flows meanwhile; only the client's messages come in a row.

use std::collections::VecDeque;

use premaster_crypto::Side;
use premaster_crypto::tls13::FinishedKey;
use premaster_handshake::{
    Authentication, ClientAuth, Error as HandshakeError, Fault, Handshake, Incoming, Message,
    Question, StaleClaim,
};
use premaster_record::Idle;
use premaster_wire::HandshakeType;

use super::{Connection, Stage};
use crate::tls::established::after_the_handshake;
use crate::tls::opener::unexpected;
use crate::{Error, Resolved};

/// Most requests that wait while a client makes up its mind about another one: nobody asks so much at a time.
const WAITING: usize = 4;

/// An authentication that is under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    script: Handshake<Authentication>,
    /// Of a client: requests that have come meanwhile.
    waiting: VecDeque<Message>,
    /// Of a server: what the client has said last.
    heard: Option<HandshakeType>,
}

impl UnderWay {
    fn new(script: Handshake<Authentication>, waiting: VecDeque<Message>) -> Box<Self> {
        Box::new(Self {
            script,
            waiting,
            heard: None,
        })
    }

    /// The next question for whoever owns the connection.
    pub(super) fn next_question(&mut self) -> Option<Question> {
        self.script.next_question()
    }

    /// Whether the client's answer goes on with this, as far as the messages so far tell (RFC 8446 section 4.4): while the
    /// script waits for a verdict no more than a Certificate, CertificateVerify and Finished wait for it.
    fn goes_on_with(&self, kind: HandshakeType) -> bool {
        use HandshakeType as Type;
        let certificate = |kind| matches!(kind, Type::certificate | Type::compressed_certificate);
        match self.heard {
            None => certificate(kind),
            Some(Type::certificate_verify) => kind == Type::finished,
            // Without a certificate there is nothing to verify.
            Some(last) if certificate(last) => {
                matches!(kind, Type::certificate_verify | Type::finished)
            }
            Some(_) => false,
        }
    }
}

impl Connection {
    /// Asks the client for a certificate, on a server's established connection of TLS 1.3 (RFC 8446 section 4.6.2).
    ///
    /// The request waits to be transmitted. Data goes on in both directions; when the client has answered and was found to
    /// be who it says, [`take_authentication`](Self::take_authentication) tells, and the
    /// [`facts`](Self::facts) know its certificates. A client may decline; with [`ClientAuth::Required`] that ends the
    /// connection.
    ///
    /// # Errors
    ///
    /// Nothing is changed by these: [`Error::Handshake`] with [`Fault::AuthenticationNotOffered`] if the client did not offer
    /// it, as no client of TLS 1.2 does; [`Error::AuthenticationUnderWay`] while another one is;
    /// [`Error::NotEstablished`]; [`Error::AlreadyClosed`] after [`close`](Self::close).
    pub fn request_certificate(&mut self, client_auth: ClientAuth) -> Result<(), Error> {
        self.may_send()?;
        if self.sealer.is_closed() {
            return Err(Error::AlreadyClosed);
        }
        if self.under_way.is_some() {
            return Err(Error::AuthenticationUnderWay);
        }
        let Some(after) = &self.opener.after else {
            return Err(HandshakeError::new(Fault::AuthenticationNotOffered).into());
        };
        let script = after.request_certificate(client_auth)?;
        self.under_way = Some(UnderWay::new(script, VecDeque::new()));
        self.advance_authentication()
            .or_else(|error| self.fail(error))
    }

    /// What came of an authentication after the handshake, once: of a server's [request](Self::request_certificate), or
    /// of the last that a client has answered.
    pub fn take_authentication(&mut self) -> Option<Authentication> {
        self.authentication.take()
    }

    /// A message of an authentication: the request, or a part of the answer.
    pub(super) fn hear_authentication(&mut self, message: Message) -> Result<(), Error> {
        match self.opener.side {
            Side::Client => self.hear_request(message),
            Side::Server => self.hear_answer(message),
        }
    }

    fn hear_request(&mut self, request: Message) -> Result<(), Error> {
        // Who has said goodbye answers nothing any more.
        if self.sealer.is_closed() {
            return Ok(());
        }
        // What is not answered yet, or not sent, is kept: data in between makes it no less.
        match self.under_way.is_some() || self.sealer.has_pending() {
            true => self.opener.owing.idle(Idle::Request)?,
            false => self.opener.owing.progress(),
        }
        if let Some(under_way) = &mut self.under_way {
            if under_way.waiting.len() >= WAITING {
                return Err(unexpected("one CertificateRequest more than can wait"));
            }
            under_way.waiting.push_back(request);
            return Ok(());
        }
        self.answer_request(request, VecDeque::new())
    }

    fn answer_request(
        &mut self,
        request: Message,
        waiting: VecDeque<Message>,
    ) -> Result<(), Error> {
        let (Some(after), Some(key)) = (&self.opener.after, self.client_finished_key()) else {
            return Err(after_the_handshake(request.kind()));
        };
        let script = after.answer_request(request, key)?;
        self.under_way = Some(UnderWay::new(script, waiting));
        self.advance_authentication()
    }

    fn hear_answer(&mut self, message: Message) -> Result<(), Error> {
        let key = self.client_finished_key();
        let kind = message.kind();
        let under_way = self.under_way.as_mut().filter(|it| it.goes_on_with(kind));
        let (Some(under_way), Some(key)) = (under_way, key) else {
            return Err(after_the_handshake(kind));
        };
        under_way.heard = Some(kind);
        self.opener.within_answer = kind != HandshakeType::finished;
        under_way.script.set_client_finished_key(key);
        under_way.script.deliver(Incoming::Message(message));
        self.advance_authentication()
    }

    /// The key of the client's Finished comes from the secret of what the client sends now.
    fn client_finished_key(&self) -> Option<FinishedKey> {
        let traffic = match self.opener.side {
            Side::Client => self.sealer.traffic.as_ref(),
            Side::Server => self.opener.traffic.as_ref(),
        };
        traffic.map(|traffic| traffic.finished_key())
    }

    /// An answer to a question of an authentication.
    pub(super) fn accept_authentication(&mut self, resolved: Resolved) -> Result<(), StaleClaim> {
        let key = match self.opener.side {
            Side::Client => self.client_finished_key(),
            // The answer was heard under the keys of its time.
            Side::Server => None,
        };
        let Some(under_way) = &mut self.under_way else {
            return Err(StaleClaim);
        };
        if let Some(key) = key {
            under_way.script.set_client_finished_key(key);
        }
        under_way.script.accept(resolved.answer)?;
        if let Err(error) = self.advance_authentication() {
            // Kept: the next step and every later call tell it.
            drop(self.fail::<()>(error));
        }
        Ok(())
    }

    /// Does all that can be done now, and begins with what waits.
    fn advance_authentication(&mut self) -> Result<(), Error> {
        let Some(outcome) = self.drive(Self::authentication)? else {
            return Ok(());
        };
        self.authenticated(outcome);
        let mut waiting = match self.under_way.take() {
            Some(under_way) => under_way.waiting,
            None => VecDeque::new(),
        };
        match waiting.pop_front() {
            Some(request) => self.answer_request(request, waiting),
            None => Ok(()),
        }
    }

    fn authentication(&mut self) -> Option<&mut Handshake<Authentication>> {
        let under_way = self.under_way.as_mut()?;
        Some(&mut under_way.script)
    }

    /// This side has said goodbye. A client answers nothing any more, and what it was asked for that is void; a server
    /// says nothing anyway, and hears the answer.
    pub(super) fn stop_answering(&mut self) {
        if self.opener.side == Side::Client {
            self.under_way = None;
        }
    }

    fn authenticated(&mut self, outcome: Authentication) {
        if let (Some(facts), true) = (&mut self.facts, outcome.client_scheme.is_some()) {
            facts.client_scheme = outcome.client_scheme;
            if self.opener.side == Side::Server {
                facts
                    .peer_certificates
                    .clone_from(&outcome.peer_certificates);
            }
        }
        self.authentication = Some(outcome);
    }

    /// Whether nobody waits for an answer to a CertificateRequest.
    pub(super) fn is_at_rest(&self) -> bool {
        matches!(self.stage, Stage::Established) && self.under_way.is_none()
    }
}
