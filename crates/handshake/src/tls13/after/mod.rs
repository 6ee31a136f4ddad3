//! What TLS 1.3 still says when the handshake is over (RFC 8446 section 4.6).
//!
//! ```text
//!        Client                                           Server
//!
//!                                <--------   [NewSessionTicket]   a session to resume
//!
//!                                <--------   [CertificateRequest]
//!        [Certificate]
//!        [CertificateVerify*]
//!        [Finished]              -------->                        who the client is
//! ```
//!
//! KeyUpdate changes the keys of records and nothing else: it is the carrier's.

mod authentication;
mod ticket;

use core::fmt;
use std::sync::Arc;

use premaster_crypto::tls13::FinishedKey;
use premaster_crypto::{Side, Suite};
use premaster_session::UnixTime;
use premaster_trace::Tracer;

pub use self::authentication::Authentication;
use self::authentication::{Basis, Policy};
pub(crate) use self::ticket::{Authenticated, Tickets};
use crate::engine::Script;
use crate::peer::Peer;
use crate::transcript::Transcript;
use crate::{
    ClientAuth, ClientPolicy, Clock, Error, Fault, Handshake, Limits, Message, ServerPolicy,
    StoreClientSession,
};

/// What a connection of TLS 1.3 keeps of its handshake, for what may still be said.
///
/// [`Handshake::take_after`](crate::Handshake::take_after) hands it over with the outcome. It belongs to whoever reads the
/// messages that come on the established connection: it is `Send`, and holds nothing of the handshake's machinery.
///
/// ```
/// use premaster_crypto::tls13::TrafficSecret;
/// use premaster_handshake::{After, Authentication, Error, Handshake, Message, Question, notify};
/// use premaster_session::UnixTime;
///
/// /// A client gets a NewSessionTicket: a question for its host, to whom nobody listens.
/// fn ticket(after: &mut After, message: &Message, now: UnixTime) -> Result<Option<Question>, Error> {
///     Ok(after.ticket(message, now)?.map(notify))
/// }
///
/// /// A client gets a CertificateRequest: a script, to be driven as the handshake was.
/// fn request(
///     after: &After,
///     message: Message,
///     sends: &TrafficSecret,
/// ) -> Result<Handshake<Authentication>, Error> {
///     after.answer_request(message, sends.finished_key())
/// }
/// ```
pub struct After {
    suite: &'static Suite,
    clock: Arc<dyn Clock>,
    limits: Limits,
    tracer: Tracer,
    /// For a client that keeps sessions.
    tickets: Option<Tickets>,
    /// For authentication after the handshake, if the server may ask for it.
    authentication: Option<Basis>,
}

impl After {
    fn new(peer: &Peer, suite: &'static Suite, may_ask: bool, policy: Policy) -> Self {
        let transcript = peer.transcript.hash().filter(|_| may_ask);
        Self {
            suite,
            clock: peer.clock(),
            limits: peer.limits,
            tracer: peer.tracer(),
            tickets: None,
            authentication: transcript.map(|transcript| Basis { transcript, policy }),
        }
    }

    /// A client's, which may be asked for a certificate or not. The transcript ends with its Finished.
    pub(crate) fn client(
        peer: &Peer,
        suite: &'static Suite,
        policy: &Arc<ClientPolicy>,
        may_ask: bool,
    ) -> Self {
        Self::new(peer, suite, may_ask, Policy::Client(Arc::clone(policy)))
    }

    /// The same for a client that keeps sessions.
    pub(crate) fn with_tickets(self, tickets: Option<Tickets>) -> Self {
        Self { tickets, ..self }
    }

    /// A server's, which may ask for a certificate or not. The transcript ends with the client's Finished.
    pub(crate) fn server(
        peer: &Peer,
        suite: &'static Suite,
        policy: &Arc<ServerPolicy>,
        may_ask: bool,
    ) -> Self {
        Self::new(peer, suite, may_ask, Policy::Server(Arc::clone(policy)))
    }

    /// Takes a NewSessionTicket, header included: what a client gets to resume its session with (RFC 8446 section 4.6.1).
    ///
    /// The answer is a question for the host, asked by [`notify`](crate::notify): nobody waits for the session to be
    /// stored. `None`: there is nothing to store. The server said that the ticket is good for no time, this client keeps
    /// no sessions, or it has got more tickets on this connection than anybody uses.
    ///
    /// It tells the trace of the key that comes with the ticket, not of the message: that is the carrier's, as for all that
    /// comes after the handshake.
    ///
    /// # Errors
    ///
    /// [`Fault::Malformed`]; [`Fault::BadTicket`] if the server promises more than seven days;
    /// [`Fault::ExtensionMisplaced`] if it says what belongs into other messages.
    pub fn ticket(
        &mut self,
        message: &Message,
        now: UnixTime,
    ) -> Result<Option<StoreClientSession>, Error> {
        ticket::take(
            self.tickets.as_mut(),
            self.suite,
            &self.tracer,
            message,
            now,
        )
        .map_err(|error| error.during("new_session_ticket"))
    }

    /// Whether the server may ask the client for a certificate now: the client has offered it (RFC 8446 section 4.2.6), and
    /// they know each other by something else than an external pre-shared key (RFC 8446 section 4.3.2).
    #[must_use]
    pub fn allows_authentication(&self) -> bool {
        self.authentication.is_some()
    }

    /// Answers a CertificateRequest, header included, that a client has got on the established connection
    /// (RFC 8446 section 4.6.2): a script with questions and orders, driven as the handshake was.
    ///
    /// `key` is that of the client's traffic secret now, [`TrafficSecret::finished_key`]: whoever changes the client's keys
    /// before all orders are there calls [`Handshake::set_client_finished_key`]. Its orders are messages and nothing else,
    /// and come all at once: no other message may stand between them.
    ///
    /// As with [`After::ticket`], that the request has come is for the carrier to tell the trace.
    ///
    /// [`TrafficSecret::finished_key`]: premaster_crypto::tls13::TrafficSecret::finished_key
    ///
    /// # Errors
    ///
    /// [`Fault::UnexpectedMessage`] unless [`After::allows_authentication`]. What is wrong with the request itself is the
    /// outcome of the script.
    pub fn answer_request(
        &self,
        request: Message,
        key: FinishedKey,
    ) -> Result<Handshake<Authentication>, Error> {
        let Some((basis, Policy::Client(policy))) = self.basis() else {
            return Err(Error::new(Fault::UnexpectedMessage)
                .detail("post_handshake_auth was not offered, or an external key was chosen")
                .during("certificate_request"));
        };
        let (policy, suite) = (Arc::clone(policy), self.suite);
        let mut script = self.script(Side::Client, basis, |peer| {
            Box::pin(authentication::answer(peer, policy, suite, request))
        });
        script.set_client_finished_key(key);
        Ok(script)
    }

    /// Asks the client for a certificate, on a server's established connection (RFC 8446 section 4.6.2): a script with
    /// questions and orders, driven as the handshake was.
    ///
    /// What the client says is to be delivered from its Certificate to its Finished; everything else may come in between
    /// and before, and is none of the script's business. Before each message the carrier says by
    /// [`Handshake::set_client_finished_key`] which key is in force: the client may have changed its keys.
    ///
    /// With [`ClientAuth::Required`] a client that declines is refused.
    ///
    /// # Errors
    ///
    /// [`Fault::AuthenticationNotOffered`] unless [`After::allows_authentication`]; nothing is sent then.
    pub fn request_certificate(
        &self,
        client_auth: ClientAuth,
    ) -> Result<Handshake<Authentication>, Error> {
        let Some((basis, Policy::Server(policy))) = self.basis() else {
            return Err(Fault::AuthenticationNotOffered.into());
        };
        let client_auth = match client_auth {
            ClientAuth::None => ClientAuth::Optional {
                authorities: Vec::new(),
            },
            wanted => wanted,
        };
        let policy = ServerPolicy {
            client_auth,
            ..ServerPolicy::clone(policy)
        };
        let suite = self.suite;
        Ok(self.script(Side::Server, basis, |peer| {
            Box::pin(authentication::request(peer, Arc::new(policy), suite))
        }))
    }

    fn basis(&self) -> Option<(&Basis, &Policy)> {
        let basis = self.authentication.as_ref();
        basis.map(|basis| (basis, &basis.policy))
    }

    fn script(
        &self,
        side: Side,
        basis: &Basis,
        script: impl FnOnce(Peer) -> Script<Authentication>,
    ) -> Handshake<Authentication> {
        let transcript = Transcript::after(basis.transcript.clone(), self.limits.transcript);
        let clock = Arc::clone(&self.clock);
        Handshake::start(side, clock, self.limits, self.tracer.clone(), |peer| {
            script(peer.established(transcript))
        })
    }
}

impl fmt::Debug for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("After")
            .field("suite", &self.suite.name)
            .field("keeps_tickets", &self.tickets.is_some())
            .field("allows_authentication", &self.allows_authentication())
            .finish_non_exhaustive()
    }
}
