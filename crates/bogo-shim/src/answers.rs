//! The host: answers the handshake's questions as the runner's flags say, and remembers what was asked.

use std::sync::Arc;

use premaster::connection::handshake::{
    Asked, ChooseConfig, ChooseCredential, Claim, OpenedTicket, Refusal, SealedTicket,
    VerifyIdentity,
};
use premaster::connection::tls::Connection;
use premaster::connection::{Question, Resolved};
use premaster::crypto::Provider;
use premaster::handshake::{Answer, Fault, ServerPolicy};
use premaster::session::{ServerStore as _, Session, UnixTime};
use premaster::trust::Certificate;
use premaster::wire::{
    AlertDescription, ClientHello, Decode, Extension as _, ExtensionType, split_message,
};

use crate::Stop;
use crate::credentials::Credentials;
use crate::exchange::World;
use crate::flags::Flags;
use crate::secrets::Secrets;
use crate::{setup, trust};

/// Answers for one connection.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) flags: Flags,
    /// Those that count once early data was rejected.
    pub(crate) retry: Flags,
    /// Has early data been sent?
    pub(crate) is_early: bool,
    /// Are questions answered late?
    pub(crate) is_late: bool,
    /// Is it the first connection?
    pub(crate) is_first: bool,
    pub(crate) provider: Arc<Provider>,
    pub(crate) credentials: Credentials,
    pub(crate) world: World,
    pub(crate) secrets: Secrets,
    pub(crate) seen: Seen,
}

/// What the handshake has asked for.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The handshake is complete, and all was as it was expected to be.
    pub(crate) checked: bool,
    /// A session was to be kept.
    pub(crate) new_session: bool,
    /// Of a client of TLS 1.3: does its last ticket allow early data?
    pub(crate) ticket_allows_early_data: bool,
    /// And is it good for the server's other names?
    pub(crate) ticket_is_for_all_names: bool,
    /// The number of the credential that was chosen.
    pub(crate) credential: i64,
    /// What the verifier said when it was asked last, though it may have been let pass: was the peer's chain refused?
    pub(crate) refused: Option<bool>,
    /// The host was asked for its configuration.
    pub(crate) configured: bool,
    verified: bool,
    pub(crate) chosen: bool,
    /// Did the client ask for a stapled response?
    wants_staple: bool,
    authorities: Vec<Vec<u8>>,
    /// What the client takes as a signature.
    schemes: Vec<u16>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            checked: false,
            new_session: false,
            ticket_allows_early_data: false,
            ticket_is_for_all_names: false,
            credential: -1,
            refused: None,
            configured: false,
            verified: false,
            chosen: false,
            wants_staple: false,
            authorities: Vec::new(),
            schemes: Vec::new(),
        }
    }
}

/// Why a chain is refused, and what the peer hears of it.
type Judgement = Result<(), (&'static str, AlertDescription)>;

const BY: &str = "the runner's flags";

impl Host {
    fn now(&self) -> UnixTime {
        use premaster::handshake::Clock as _;
        self.world.clock.now()
    }

    /// Answers one question.
    pub(crate) fn answer(
        &mut self,
        connection: &mut Connection,
        question: Question,
    ) -> Result<(), Stop> {
        let answer = match question {
            Question::ChooseConfig(Asked { question, claim }) => {
                let chosen = self.choose_config(&question)?;
                // All other questions are answered here as well.
                return accept(connection, Resolved::dangerous_policy(claim, chosen, BY));
            }
            Question::ChooseCredential(Asked { question, claim }) => {
                self.choose_credential(&question, claim)?
            }
            Question::VerifyIdentity(asked) => return self.verify(connection, asked),
            Question::FindClientSession(Asked { question, claim }) => {
                let mut found = self.world.session.as_ref().map(|it| it.duplicate());
                if let Some(found) = &mut found {
                    found.session.isolation = question.key.isolation;
                }
                let again = match &found {
                    Some(found) => self.verify_again(&found.session.peer_certificates)?,
                    None => Ok(()),
                };
                claim.with(again.map(|()| found), BY)
            }
            Question::StoreClientSession(Asked { question, claim }) => {
                self.seen.new_session = true;
                let psk = question.session.session.ticket_psk();
                self.seen.ticket_allows_early_data = psk.is_some_and(|psk| psk.max_early_data > 0);
                self.seen.ticket_is_for_all_names = question.session.session.resumable_across_names;
                self.world.new_session = Some(question.session);
                claim.with(Ok(()), BY)
            }
            Question::ForgetClientSession(Asked { claim, .. }) => claim.with(Ok(()), BY),
            Question::FindSession(_)
            | Question::TakeSession(_)
            | Question::StoreSession(_)
            | Question::ForgetSession(_)
            | Question::OpenTicket(_)
            | Question::SealTicket(_) => return self.answer_as_store(connection, question),
            Question::FindPsk(Asked { question, claim }) => {
                let found = self.credentials.psk(&question.identity);
                claim.with(Ok(found.map(|(_, psk)| Arc::new(psk))), BY)
            }
            Question::AdmitEarlyData(Asked { claim, .. }) => claim.with(Ok(true), BY),
            // Signatures and decryptions are what they are.
            other => return accept(connection, connection.local().resolve(other)),
        };
        accept(connection, answer.into())
    }

    /// Whoever seals the tickets may also decline to, or renew them.
    fn has_ticket_callback(&self) -> bool {
        let flags = &self.flags;
        flags.has("use-ticket-callback") || flags.has("use-ticket-aead-callback")
    }

    /// A session, unless its certificates are looked at once more and found wanting.
    fn still_good(
        &mut self,
        found: Option<Session>,
    ) -> Result<Result<Option<Session>, Refusal>, Stop> {
        let again = match &found {
            Some(session) => self.verify_again(&session.peer_certificates)?,
            None => Ok(()),
        };
        Ok(again.map(|()| found))
    }

    /// Who wants certificates to be verified in each handshake does so when he is asked for the session.
    ///
    /// The question is about the session: that its refusal is about the identity is the host's to say.
    fn verify_again(&mut self, chain: &[Vec<u8>]) -> Result<Result<(), Refusal>, Stop> {
        if !self.flags.has("reverify-on-resume") {
            return Ok(Ok(()));
        }
        let judged = self.judge(chain, true)?;
        Ok(judged.map_err(|(why, alert)| {
            let refusal = Refusal::new(why).alert(alert);
            refusal.fault(Fault::IdentityRefused)
        }))
    }

    /// Who has verified a session's chain before early data does so again when that is rejected, for the flags are others then.
    pub(crate) fn judge_again(
        &mut self,
        chain: &[Vec<u8>],
    ) -> Result<Option<AlertDescription>, Stop> {
        match self.flags.has("reverify-on-resume") {
            true => Ok(self.judge(chain, true)?.err().map(|(_, alert)| alert)),
            false => Ok(None),
        }
    }

    /// The verifier: of a chain that the peer shows, and of one that a session stands for.
    ///
    /// It has to end at the runner's root, if that is known to be of this chain, and then the runner's verdict counts.
    fn judge(&mut self, chain: &[Vec<u8>], has_root: bool) -> Result<Judgement, Stop> {
        let flags = &self.flags;
        let leaf = chain.first().and_then(|leaf| Certificate::parse(leaf));
        if leaf.is_none() {
            self.seen.refused = Some(true);
            return Ok(Err(("no certificate", AlertDescription::decode_error)));
        }
        let root = flags.text("trust-cert").filter(|file| !file.is_empty());
        let issued = match root.filter(|_| has_root) {
            Some(file) => trust::is_issued_by(file, chain, self.provider.certificate_algorithms)?,
            None => true,
        };
        let is_fatal = flags.has("verify-peer") || flags.has("require-any-client-certificate");
        let refused = flags.has("verify-fail");
        self.seen.refused = Some(refused || !issued);
        Ok(match () {
            () if !issued => Err(("not of the runner's root", AlertDescription::unknown_ca)),
            () if refused && is_fatal => Err(("-verify-fail", setup::refused(flags))),
            () => Ok(()),
        })
    }

    /// What a server asks those who keep sessions, and seal them.
    fn answer_as_store(
        &mut self,
        connection: &mut Connection,
        question: Question,
    ) -> Result<(), Stop> {
        let now = self.now();
        let answer = match question {
            Question::FindSession(Asked { question, claim }) => {
                let found = self.world.sessions.find(&question.id, now);
                claim.with(self.still_good(found.unwrap_or_default())?, BY)
            }
            Question::TakeSession(Asked { question, claim }) => {
                let found = self.world.sessions.take(&question.id, now);
                claim.with(self.still_good(found.unwrap_or_default())?, BY)
            }
            Question::StoreSession(Asked { question, claim }) => {
                let sessions = &self.world.sessions;
                let kept = sessions.put(&question.id, &question.session, now);
                // Under an ID, and found there.
                self.seen.new_session = kept.is_ok() && !question.id.is_empty();
                claim.with(Ok(()), BY)
            }
            Question::ForgetSession(Asked { question, claim }) => {
                let _ = self.world.sessions.forget(&question.id);
                claim.with(Ok(()), BY)
            }
            Question::OpenTicket(Asked { question, claim }) => {
                let opened = self.world.tickets.open(&question.ticket, now).ok();
                let renew = self.has_ticket_callback() && self.flags.has("renew-ticket");
                let good = self.still_good(opened)?;
                let opened = good.map(|it| it.map(|session| OpenedTicket { session, renew }));
                claim.with(opened, BY)
            }
            Question::SealTicket(Asked { question, claim }) => {
                let tickets = &self.world.tickets;
                let sealed = tickets.seal(&question.session, now).ok();
                let skips = self.has_ticket_callback() && self.flags.has("skip-ticket");
                let sealed = sealed.filter(|_| !skips);
                let lifetime_hint = tickets.lifetime_hint(&question.session, now);
                let sealed = sealed.map(|ticket| SealedTicket {
                    ticket,
                    lifetime_hint,
                });
                claim.with(Ok(sealed), BY)
            }
            other => return accept(connection, connection.local().resolve(other)),
        };
        accept(connection, answer.into())
    }

    fn choose_config(
        &mut self,
        question: &ChooseConfig,
    ) -> Result<Result<Arc<ServerPolicy>, Refusal>, Stop> {
        self.seen.configured = true;
        let flags = &self.flags;
        let name = question.server_name.as_deref();
        if flags.has("expect-no-server-name") && name.is_some() {
            return Err(Stop::wrong("a server name that was not expected"));
        }
        if let Some(expected) = flags.text("expect-server-name")
            && name != Some(expected)
        {
            return Err(Stop::wrong(format!("server name {name:?}")));
        }
        if let Some(expected) = flags.text("expect-advertised-alpn")
            && question.alpn != setup::protocols(expected.as_bytes())
        {
            return Err(Stop::wrong(format!(
                "client's protocols {:?}",
                question.alpn
            )));
        }
        self.read_hello(&question.client_hello);
        let flags = &self.flags;
        let refuse = |why: &str, alert| Refusal::new(why).alert(alert);
        let refusal = match () {
            () if flags.has("fail-early-callback") => Some(refuse(
                "-fail-early-callback",
                AlertDescription::handshake_failure,
            )),
            () if flags.has("fail-ddos-callback") => Some(refuse(
                "-fail-ddos-callback",
                AlertDescription::internal_error,
            )),
            () => None,
        };
        let policy = setup::policy(flags, &self.provider, &self.credentials, &self.seen.schemes)?;
        Ok(refusal.map_or(Ok(Arc::new(policy)), Err))
    }

    fn read_hello(&mut self, message: &[u8]) {
        let Ok((_, body)) = split_message(message) else {
            return;
        };
        let Ok(hello) = ClientHello::decode(body) else {
            return;
        };
        let types: Vec<_> = hello
            .extensions()
            .iter()
            .map(|it| it.extension_type())
            .collect();
        self.seen.wants_staple = types.contains(&ExtensionType::status_request);
        let authorities = hello.extensions().certificate_authorities();
        self.seen.authorities = authorities
            .map(|names| names.iter().map(|name| name.der.to_vec()).collect())
            .unwrap_or_default();
        let schemes = hello.extensions().signature_algorithms();
        self.seen.schemes = schemes
            .map(|schemes| schemes.iter().map(|scheme| scheme.0).collect())
            .unwrap_or_default();
    }

    fn choose_credential(
        &mut self,
        question: &ChooseCredential,
        claim: Claim<ChooseCredential>,
    ) -> Result<Answer, Stop> {
        if std::mem::replace(&mut self.seen.chosen, true) {
            return Err(Stop::wrong("asks for a credential twice"));
        }
        let flags = &self.flags;
        self.check_schemes(question)?;
        if !flags.is_server() {
            self.check_request(question)?;
        }
        if flags.has("fail-cert-callback") {
            let alert = flags.number("fail-cert-callback-alert")?;
            let alert = alert
                .and_then(|it| u8::try_from(it).ok())
                .map(AlertDescription);
            let refusal = Refusal::new("-fail-cert-callback")
                .alert(alert.unwrap_or(AlertDescription::internal_error));
            return Ok(claim.with(Err(refusal), BY));
        }
        let staples = flags.is_server() && flags.has("use-ocsp-callback") && self.seen.wants_staple;
        if staples && flags.has("fail-ocsp-callback") {
            let refusal =
                Refusal::new("-fail-ocsp-callback").alert(AlertDescription::internal_error);
            return Ok(claim.with(Err(refusal), BY));
        }
        let authorities = match flags.is_server() {
            true => &self.seen.authorities,
            false => &question.authorities,
        };
        let late = flags.has("set-ocsp-in-callback") && !flags.has("use-ocsp-callback");
        let declined = late || (staples && flags.has("decline-ocsp-callback"));
        let chosen = self.credentials.choose(question, authorities, !declined);
        self.seen.credential = chosen.as_ref().map_or(-1, |(number, _)| *number);
        if chosen.is_none() && !flags.is_server() && self.credentials.has_certificates() {
            // Rather than to show none, as a client may.
            let refusal = Refusal::new("no certificate of ours suits the server")
                .alert(AlertDescription::handshake_failure)
                .fault(Fault::NoCredential);
            return Ok(claim.with(Err(refusal), BY));
        }
        Ok(claim.with(Ok(chosen.map(|(_, credential)| credential)), BY))
    }

    /// Which signatures the peer takes: ours, and those of our certificates.
    fn check_schemes(&self, question: &ChooseCredential) -> Result<(), Stop> {
        let expected = self.flags.numbers("expect-peer-verify-pref")?;
        for schemes in [&question.schemes, &question.certificate_schemes] {
            let schemes: Vec<_> = schemes.iter().map(|scheme| scheme.0).collect();
            if !expected.is_empty() && expected != schemes {
                return Err(Stop::wrong(format!("the peer's schemes are {schemes:?}")));
            }
        }
        Ok(())
    }

    /// What a server says when it asks for a certificate.
    fn check_request(&self, question: &ChooseCredential) -> Result<(), Stop> {
        let flags = &self.flags;
        let types: Vec<_> = question.certificate_types.iter().map(|it| it.0).collect();
        if flags
            .bytes("expect-certificate-types")?
            .is_some_and(|expected| expected != types)
        {
            return Err(Stop::wrong(format!("certificate types {types:?}")));
        }
        if let Some(list) = flags.text("expect-client-ca-list")
            && setup::hexadecimal(list)? != question.authorities
        {
            return Err(Stop::wrong("the server's authorities"));
        }
        Ok(())
    }

    fn verify(
        &mut self,
        connection: &mut Connection,
        asked: Asked<VerifyIdentity>,
    ) -> Result<(), Stop> {
        if self.is_early {
            // A certificate after early data: the session was declined, and the data with it.
            self.flags = self.retry.clone();
        }
        let flags = &self.flags;
        if std::mem::replace(&mut self.seen.verified, true) {
            return Err(Stop::wrong("a certificate is verified twice"));
        }
        let name = flags.text("host-name").unwrap_or("127.0.0.1");
        let renamed = asked.question.server_name.as_deref() != Some(name);
        if flags.has("expect-no-ech-name-override") && renamed {
            return Err(Stop::wrong("a certificate for another name is verified"));
        }
        let stapled = asked.question.ocsp_response.is_some();
        if flags.bytes("expect-ocsp-response")?.is_some() && !stapled {
            return Err(Stop::wrong("no stapled response when it is verified"));
        }
        let staple_refused =
            !flags.is_server() && flags.has("use-ocsp-callback") && flags.has("fail-ocsp-callback");
        // The root is of what the first connection shows.
        let judged = self.judge(&asked.question.chain, self.is_first)?;
        let staple = AlertDescription::bad_certificate_status_response;
        let judged = judged.and(match staple_refused {
            true => Err(("-fail-ocsp-callback", staple)),
            false => Ok(()),
        });
        match judged {
            Ok(()) => {
                let question = Question::VerifyIdentity(asked);
                accept(connection, connection.local().resolve(question))
            }
            Err((why, alert)) => {
                let answer = asked.claim.with(Err(Refusal::new(why).alert(alert)), BY);
                accept(connection, answer.into())
            }
        }
    }
}

fn accept(connection: &mut Connection, answer: Resolved) -> Result<(), Stop> {
    // A question of a connection that is over has a stale claim.
    match connection.accept(answer) {
        Err(error) if connection.error().is_none() && connection.facts().is_none() => {
            Err(Stop::wrong(error.to_string()))
        }
        _ => Ok(()),
    }
}
