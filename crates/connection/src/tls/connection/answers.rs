//! Questions for whoever owns a connection, and their answers.

use std::sync::Arc;

use premaster_handshake::{
    AdmitEarlyData, Ask, ChooseConfig, ChooseCredential, Claim, Decrypt, FindClientSession,
    FindPsk, FindSession, ForgetClientSession, ForgetSession, OpenTicket, Question, Refusal,
    SealTicket, Sign, StaleClaim, StoreClientSession, StoreSession, TakeSession, VerifyIdentity,
};

use super::{Connection, Stage};
use crate::{Error, Resolved, ServerConfig};

/// Questions that are answered by a value and nothing else: all but [`ChooseConfig`], whose answer
/// changes who answers the following ones.
///
/// ```
/// use premaster_connection::handshake::{Question, StaleClaim};
/// use premaster_connection::tls::Connection;
///
/// /// A server that knows nobody yet.
/// fn answer(connection: &mut Connection, question: Question) -> Result<(), StaleClaim> {
///     match question {
///         Question::FindPsk(asked) => connection.answer(asked.claim, Ok(None)),
///         Question::TakeSession(asked) => connection.answer(asked.claim, Ok(None)),
///         Question::AdmitEarlyData(asked) => connection.answer(asked.claim, Ok(false)),
///         other => connection.accept(connection.local().resolve(other)),
///     }
/// }
/// ```
pub trait Answerable: Ask {}

impl Answerable for ChooseCredential {}
impl Answerable for FindSession {}
impl Answerable for StoreSession {}
impl Answerable for ForgetSession {}
impl Answerable for TakeSession {}
impl Answerable for FindPsk {}
impl Answerable for OpenTicket {}
impl Answerable for SealTicket {}
impl Answerable for AdmitEarlyData {}
impl Answerable for FindClientSession {}
impl Answerable for StoreClientSession {}
impl Answerable for ForgetClientSession {}
impl Answerable for Sign {}
impl Answerable for Decrypt {}
impl Answerable for VerifyIdentity {}

impl Connection {
    /// Answers a question. [`ChooseConfig`] has a method of its own,
    /// [`choose_config`](Self::choose_config).
    ///
    /// # Errors
    ///
    /// [`StaleClaim`] if the claim is of another connection or already used. Nothing is changed.
    pub fn answer<Q: Answerable>(
        &mut self,
        claim: Claim<Q>,
        answer: Result<Q::Answer, Refusal>,
    ) -> Result<(), StaleClaim> {
        self.accept(claim.with(answer, "the caller").into())
    }

    /// Chooses the configuration that serves this client, or refuses to serve it.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer).
    pub fn choose_config(
        &mut self,
        claim: Claim<ChooseConfig>,
        chosen: Result<Arc<ServerConfig>, Refusal>,
    ) -> Result<(), StaleClaim> {
        self.accept(Resolved::config(claim, chosen, "the caller"))
    }

    /// Takes an answer that [`Local::resolve`](crate::Local::resolve) made, here or in another thread.
    ///
    /// Of a [`ChooseConfig`] that was answered by a policy alone the connection dies: [`Error::PolicyAlone`].
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer).
    pub fn accept(&mut self, resolved: Resolved) -> Result<(), StaleClaim> {
        let Stage::Handshaking(running) = &mut self.stage else {
            return self.accept_authentication(resolved);
        };
        let lacks_config = resolved.lacks_config();
        running.handshake.accept(resolved.answer)?;
        let chosen = match resolved.config {
            _ if lacks_config => Err(Error::PolicyAlone),
            Some(config) => self.reconfigure(config),
            None => Ok(()),
        };
        let outcome = chosen.and_then(|()| self.advance());
        if let Err(error) = outcome.and_then(|()| self.deliver_messages()) {
            // Kept: the next step and every later call tell it.
            drop(self.fail::<()>(error));
        }
        Ok(())
    }

    /// The next question, though there may be something to transmit: a host that answers at once asks for all of them first,
    /// and the flight needs fewer records. [`next_step`](Self::next_step) transmits first, and then
    /// [asks](super::Next::Ask).
    pub fn next_question(&mut self) -> Option<Question> {
        let of_script = match (&mut self.stage, &mut self.under_way) {
            (Stage::Handshaking(running), _) => running.handshake.next_question(),
            (_, Some(under_way)) => under_way.next_question(),
            _ => None,
        };
        of_script.or_else(|| self.asked.pop_front())
    }
}
