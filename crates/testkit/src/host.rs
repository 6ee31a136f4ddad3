//! A host for a handshake without a connection: answers every question, or refuses one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use premaster_connection::Resolved;
use premaster_handshake::{
    Answer, Ask, Asked, Clock, Credential, Decrypted, ExternalPsk, OpenedTicket, Question, Refusal,
    SealedTicket, ServerPolicy, Verdict, VerifyIdentity,
};
use premaster_session::{ClientSession, Session, TicketKeys};
use premaster_trust::{ServerName, Verifier, VerifyRequest};
use premaster_wire::AlertDescription;

use crate::FakeClock;

/// Answers the questions of one handshake. All fields may be changed before it begins.
#[derive(Debug)]
pub struct Host {
    /// Whom a client wants to reach.
    pub name: ServerName<'static>,
    /// Who judges certificates.
    pub verifier: Arc<dyn Verifier>,
    /// The time.
    pub clock: FakeClock,
    /// A server's policy.
    pub policy: Arc<ServerPolicy>,
    /// With what this side authenticates.
    pub credential: Option<Arc<Credential>>,
    /// A server's ticket keys.
    pub tickets: Option<Arc<TicketKeys>>,
    /// A server's sessions by their IDs.
    pub sessions: BTreeMap<Vec<u8>, Session>,
    /// A server's external keys by their identities.
    pub psks: BTreeMap<Vec<u8>, Arc<ExternalPsk>>,
    /// Early data that was admitted: each key once.
    pub admitted: BTreeSet<[u8; 32]>,
    /// What a client finds.
    pub session: Option<ClientSession>,
    /// What a client was asked to keep.
    pub kept: Vec<ClientSession>,
    /// The name of a question that is refused.
    pub refuses: Option<&'static str>,
    /// Whether opened tickets are to be renewed.
    pub renews: bool,
}

impl Host {
    /// Answers a question of a whole connection: a policy is chosen without a configuration around it.
    pub fn resolve(&mut self, question: Question) -> Resolved {
        const BY: &str = "the test's host";
        match question {
            Question::ChooseConfig(asked) if self.refuses != Some("ChooseConfig") => {
                let policy = Ok(Arc::clone(&self.policy));
                Resolved::dangerous_policy(asked.claim, policy, BY)
            }
            question => self.answer(question).into(),
        }
    }

    /// Answers a question.
    pub fn answer(&mut self, question: Question) -> Answer {
        const BY: &str = "the test's host";
        if self.refuses == Some(question.name()) {
            return question.refuse(Refusal::new("refused by the test"), BY);
        }
        let now = self.clock.now();
        match question {
            Question::ChooseConfig(asked) => reply(asked, |_| Ok(Arc::clone(&self.policy))),
            Question::ChooseCredential(asked) => reply(asked, |_| Ok(self.credential.clone())),
            Question::FindSession(asked) => reply(asked, |q| {
                Ok(self.sessions.get(&q.id).map(Session::duplicate))
            }),
            Question::StoreSession(asked) => reply(asked, |q| {
                self.sessions.insert(q.id, q.session);
                Ok(())
            }),
            Question::OpenTicket(asked) => reply(asked, |q| {
                let keys = self.tickets.as_ref();
                let session = keys.and_then(|keys| keys.open(&q.ticket, now).ok());
                let renew = self.renews;
                Ok(session.map(|session| OpenedTicket { session, renew }))
            }),
            Question::SealTicket(asked) => reply(asked, |q| {
                let keys = self.tickets.as_ref();
                let ticket = keys.and_then(|keys| keys.seal(&q.session, now).ok());
                Ok(ticket.map(|ticket| SealedTicket {
                    ticket,
                    lifetime_hint: q.session.remaining(now),
                }))
            }),
            Question::FindClientSession(asked) => reply(asked, |_| Ok(self.session.take())),
            Question::StoreClientSession(asked) => reply(asked, |q| {
                self.kept.push(q.session);
                Ok(())
            }),
            Question::Sign(asked) => reply(asked, |q| {
                let key = q.credential.key().ok_or(Refusal::new("no key"))?;
                key.sign(q.scheme.0, &q.message)
                    .map_err(|error| Refusal::new(error.to_string()))
            }),
            Question::Decrypt(asked) => reply(asked, |q| {
                let key = q.credential.decryption_key();
                let key = key.ok_or(Refusal::new("no key"))?;
                let block = key.decrypt(&q.ciphertext);
                block
                    .map(Decrypted::Block)
                    .map_err(|error| Refusal::new(error.to_string()))
            }),
            Question::FindPsk(asked) => {
                reply(asked, |q| Ok(self.psks.get(&q.identity).map(Arc::clone)))
            }
            Question::TakeSession(asked) => reply(asked, |q| Ok(self.sessions.remove(&q.id))),
            Question::AdmitEarlyData(asked) => reply(asked, |q| Ok(self.admitted.insert(q.key))),
            Question::VerifyIdentity(asked) => reply(asked, |q| self.verify(&q)),
            other => other.refuse(Refusal::new("not answered by the test"), BY),
        }
    }

    fn verify(&self, question: &VerifyIdentity) -> Result<Verdict, Refusal> {
        let now = self.clock.now();
        let request = match &question.server_name {
            Some(_) => VerifyRequest::of_server(&question.chain, &self.name, now),
            None => VerifyRequest::of_client(&question.chain, now),
        };
        let request = match question.decrypts {
            true => request.for_encipherment(),
            false => request,
        };
        let verified = self.verifier.verify(&request).map_err(|error| {
            Refusal::new(error.to_string()).alert(AlertDescription(error.alert()))
        })?;
        let verdict = Verdict::assert_verified(verified.spki().to_vec(), "the test's host");
        Ok(match verified.valid_until() {
            Some(end) => verdict.until(end),
            None => verdict,
        })
    }
}

fn reply<Q: Ask>(asked: Asked<Q>, answer: impl FnOnce(Q) -> Result<Q::Answer, Refusal>) -> Answer {
    let Asked { question, claim } = asked;
    claim.with(answer(question), "the test's host")
}
