//! The local host: answers the handshake's questions at once, from the configuration.

use std::sync::Arc;

use premaster_handshake::{
    Answer, Ask, Asked, ChooseConfig, Claim, Decrypt, Decrypted, ExternalPsk, Fault, FindPsk,
    OpenTicket, OpenedTicket, Question, Refusal, SealTicket, SealedTicket, ServerPolicy, Sign,
    Verdict, VerifyIdentity,
};
use premaster_session::{StoreError, UnixTime};
use premaster_trust::{Certificate, TrustError, Verifier, VerifyRequest};
use premaster_wire::AlertDescription;
use rustls_pki_types::ServerName;

use crate::{ClientConfig, ServerConfig};

const BY: &str = "the local configuration";

/// Answers questions from a configuration. Cheap to clone and to send to another thread.
#[derive(Clone, Debug)]
pub struct Local(Role);

#[derive(Clone, Debug)]
enum Role {
    Client {
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    },
    Server {
        config: Arc<ServerConfig>,
    },
}

/// An answer, and the configuration to go on with where that was the question.
#[derive(Debug)]
#[must_use = "an answer does nothing until the connection has accepted it"]
pub struct Resolved {
    pub(crate) answer: Answer,
    pub(crate) config: Option<Arc<ServerConfig>>,
    /// The configuration stays although a policy was chosen.
    policy_alone: bool,
}

impl Resolved {
    /// A policy of one's own for this client, without a configuration around it: who verifies, which keys seal tickets,
    /// and all else stays as it was. For tools that make policies by hand.
    ///
    /// Dangerous: nothing keeps the two from contradicting each other. The verifier may know nothing of the clients
    /// that the policy lets in. Others take [`choose_config`](crate::tls::Connection::choose_config).
    pub fn dangerous_policy(
        claim: Claim<ChooseConfig>,
        chosen: Result<Arc<ServerPolicy>, Refusal>,
        by: &'static str,
    ) -> Self {
        Self {
            policy_alone: true,
            ..claim.with(chosen, by).into()
        }
    }

    /// Whether it would change the policy and not the configuration, by mistake.
    pub(crate) fn lacks_config(&self) -> bool {
        self.config.is_none() && !self.policy_alone && self.answer.is_policy()
    }

    /// A client's configuration is chosen, or the client is refused.
    pub(crate) fn config(
        claim: Claim<ChooseConfig>,
        chosen: Result<Arc<ServerConfig>, Refusal>,
        by: &'static str,
    ) -> Self {
        let config = chosen.as_ref().ok().map(Arc::clone);
        let answer = claim.with(chosen.map(|chosen| Arc::clone(&chosen.policy)), by);
        Self {
            config,
            ..answer.into()
        }
    }
}

/// Any answer but the choice of a configuration: see [`choose_config`](crate::tls::Connection::choose_config).
impl From<Answer> for Resolved {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            config: None,
            policy_alone: false,
        }
    }
}

impl Local {
    pub(crate) fn client(config: Arc<ClientConfig>, name: ServerName<'static>) -> Self {
        Self(Role::Client { config, name })
    }

    pub(crate) fn server(config: Arc<ServerConfig>) -> Self {
        Self(Role::Server { config })
    }

    /// The same question answered from `config` from now on: it was chosen for this client.
    pub(crate) fn reconfigure(&mut self, chosen: Arc<ServerConfig>) {
        if let Role::Server { config } = &mut self.0 {
            *config = chosen;
        }
    }

    /// Answers any question as the configuration says.
    pub fn resolve(&self, question: Question) -> Resolved {
        match &self.0 {
            Role::Client { config, name } => client(config, name, question).into(),
            Role::Server { config } => server(config, question),
        }
    }
}

fn reply<Q: Ask>(asked: Asked<Q>, answer: impl FnOnce(Q) -> Result<Q::Answer, Refusal>) -> Answer {
    let Asked { question, claim } = asked;
    claim.with(answer(question), BY)
}

/// Asks a store, if there is one. A store that fails costs the resumption, not the connection.
fn from_store<Q: Ask<Answer: Default>, S: ?Sized>(
    asked: Asked<Q>,
    store: Option<&S>,
    ask: impl FnOnce(&S, &Q) -> Result<Q::Answer, StoreError>,
) -> Answer {
    let Asked { question, claim } = asked;
    match store.map(|store| ask(store, &question)).transpose() {
        Ok(answer) => claim.with(Ok(answer.unwrap_or_default()), BY),
        Err(error) => claim.with(Ok(Q::Answer::default()), BY).noting(&error),
    }
}

fn client(config: &ClientConfig, name: &ServerName<'static>, question: Question) -> Answer {
    let now = config.clock.now();
    let store = config.store.as_deref();
    match question {
        Question::FindClientSession(asked) => {
            from_store(asked, store, |store, q| store.find(&q.key, now))
        }
        Question::StoreClientSession(asked) => {
            from_store(asked, store, |store, q| store.put(&q.key, &q.session, now))
        }
        Question::ForgetClientSession(asked) => {
            from_store(asked, store, |store, q| store.forget(&q.key))
        }
        Question::ChooseCredential(asked) => reply(asked, |question| {
            Ok(config
                .credential
                .clone()
                .filter(|credential| question.takes_signatures_of(credential)))
        }),
        Question::VerifyIdentity(asked) => reply(asked, |question| {
            let request = VerifyRequest::of_server(&question.chain, name, now);
            let request = match question.decrypts {
                true => request.for_encipherment(),
                false => request,
            };
            verdict(config.verifier.as_ref(), &stapled(request, &question))
        }),
        Question::Sign(asked) => reply(asked, |question| sign(&question)),
        other => misplaced(other),
    }
}

fn server(config: &Arc<ServerConfig>, question: Question) -> Resolved {
    let now = config.clock.now();
    let store = config.store.as_deref();
    match question {
        Question::ChooseConfig(asked) => {
            let Asked { question, claim } = asked;
            let chosen = match &config.chooser {
                Some(chooser) => chooser.choose(&question),
                None => Ok(Arc::clone(config)),
            };
            Resolved::config(claim, chosen, BY)
        }
        Question::ChooseCredential(asked) => {
            reply(asked, |question| config.credentials.choose(&question)).into()
        }
        Question::FindSession(asked) => {
            from_store(asked, store, |store, q| store.find(&q.id, now)).into()
        }
        Question::StoreSession(asked) => {
            from_store(asked, store, |store, q| store.put(&q.id, &q.session, now)).into()
        }
        Question::ForgetSession(asked) => {
            from_store(asked, store, |store, q| store.forget(&q.id)).into()
        }
        Question::TakeSession(asked) => {
            from_store(asked, store, |store, q| store.take(&q.id, now)).into()
        }
        Question::FindPsk(asked) => reply(asked, |q| Ok(find_psk(config, &q))).into(),
        Question::AdmitEarlyData(asked) => {
            let register = Some(config.replay_register.as_ref());
            // A register that fails knows nothing: the data comes once more by the ordinary way.
            from_store(asked, register, |register, q| register.admit(&q.key, now)).into()
        }
        Question::OpenTicket(asked) => reply(asked, |q| Ok(open_ticket(config, &q, now))).into(),
        Question::SealTicket(asked) => reply(asked, |q| Ok(seal_ticket(config, &q, now))).into(),
        Question::VerifyIdentity(asked) => reply(asked, |question| {
            let request = VerifyRequest::of_client(&question.chain, now);
            verdict(config.verifier.as_ref(), &stapled(request, &question))
        })
        .into(),
        Question::Sign(asked) => reply(asked, |question| sign(&question)).into(),
        Question::Decrypt(asked) => reply(asked, |question| decrypt(&question)).into(),
        other => misplaced(other).into(),
    }
}

/// A client is never asked a server's question, nor the other way round.
fn misplaced(question: Question) -> Answer {
    question.refuse(
        Refusal::new("the configuration cannot answer this question"),
        BY,
    )
}

fn stapled<'a>(request: VerifyRequest<'a>, question: &'a VerifyIdentity) -> VerifyRequest<'a> {
    match &question.ocsp_response {
        Some(response) => request.with_ocsp_response(response),
        None => request,
    }
}

/// The verifier's words and alert become the handshake's. Whoever verifies, the certificate has the last word on
/// what its key is for (property 12).
fn verdict(verifier: &dyn Verifier, request: &VerifyRequest<'_>) -> Result<Verdict, Refusal> {
    let key_use = request.key_use;
    let leaf = request
        .chain
        .first()
        .and_then(|der| Certificate::parse(der));
    let allowed = leaf.is_none_or(|leaf| leaf.allows(key_use));
    let verified = match verifier.verify(request) {
        Ok(_) if !allowed => Err(TrustError::UseNotAllowed { key_use }),
        verified => verified,
    };
    let verified = verified
        .map_err(|error| Refusal::new(error.to_string()).alert(AlertDescription(error.alert())))?;
    let verdict = Verdict::assert_verified(verified.spki().to_vec(), "the configured verifier");
    Ok(match verified.valid_until() {
        Some(end) => verdict.until(end),
        None => verdict,
    })
}

fn sign(question: &Sign) -> Result<Vec<u8>, Refusal> {
    let Some(key) = question.credential.key() else {
        return Err(Refusal::new(
            "the key of this credential is elsewhere: answer Sign yourself",
        ));
    };
    key.sign(question.scheme.0, &question.message)
        .map_err(|error| Refusal::new(error.to_string()).fault(Fault::SigningFailed))
}

/// The bare RSA operation. The handshake takes the padding off, and draws a premaster secret where there is none.
fn decrypt(question: &Decrypt) -> Result<Decrypted, Refusal> {
    let Some(key) = question.credential.decryption_key() else {
        return Err(Refusal::new(
            "the key of this credential is elsewhere: answer Decrypt yourself",
        ));
    };
    key.decrypt(&question.ciphertext)
        .map(Decrypted::Block)
        .map_err(|error| Refusal::new(error.to_string()))
}

fn find_psk(config: &ServerConfig, question: &FindPsk) -> Option<Arc<ExternalPsk>> {
    let mut psks = config.external_psks.iter();
    let found = psks.find(|psk| psk.identity() == question.identity)?;
    Some(Arc::new(found.clone()))
}

fn open_ticket(
    config: &ServerConfig,
    question: &OpenTicket,
    now: UnixTime,
) -> Option<OpenedTicket> {
    let keys = config.ticket_keys.as_ref()?;
    let session = keys.open(&question.ticket, now).ok()?;
    // Half-way through its life a session gets a new ticket: the key of the old one may go first.
    let renew = session.remaining(now) < session.lifetime / 2;
    Some(OpenedTicket { session, renew })
}

fn seal_ticket(
    config: &ServerConfig,
    question: &SealTicket,
    now: UnixTime,
) -> Option<SealedTicket> {
    let keys = config.ticket_keys.as_ref()?;
    let ticket = keys.seal(&question.session, now).ok()?;
    Some(SealedTicket {
        ticket,
        lifetime_hint: keys.lifetime_hint(&question.session, now),
    })
}
