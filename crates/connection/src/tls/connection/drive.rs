//! How a handshake is driven: records become messages, orders become records, questions answers.

use std::sync::Arc;

use premaster_handshake::{
    ForgetClientSession, ForgetSession, Handshake, Incoming, Message, Question, ResumedBy, notify,
};
use premaster_trace::Event;

use super::{Connection, Stage, Surface, expected};
use crate::tls::established::Said;
use crate::tls::opener::{Received, Sorted, unexpected, unexpected_change_cipher_spec};
use crate::tls::shape::Shape;
use crate::{Error, Resolved, ServerConfig};

impl Connection {
    pub(super) fn receive_handshake<'b>(
        &mut self,
        buf: &'b mut [u8],
    ) -> Result<Received<'b>, Error> {
        let outcome = match self.opener.sort(buf) {
            Ok(Sorted::More { missing }) => return Ok(Received::More { missing }),
            Ok(Sorted::Handshake { consumed }) => self.deliver_messages().map(|()| consumed),
            Ok(Sorted::ChangeCipherSpec { consumed }) => {
                self.deliver_change_cipher_spec().map(|()| consumed)
            }
            Ok(Sorted::Ignored { consumed }) => self.closed_early().map(|()| consumed),
            Ok(Sorted::Closed) => return Ok(Received::Closed),
            Ok(Sorted::Data {
                plaintext,
                consumed,
            }) => match self.opener.early_data(plaintext.len()) {
                Ok(()) if plaintext.is_empty() => Ok(consumed),
                Ok(()) => {
                    return Ok(Received::EarlyData {
                        plaintext,
                        consumed,
                    });
                }
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        match outcome {
            Ok(consumed) => Ok(Received::Control { consumed }),
            Err(error) => self.fail(error),
        }
    }

    /// Hands whole messages to the handshake, one by one: an order between them may change the
    /// keys. Those that come while an answer is awaited stay where they are; those that come
    /// behind Finished are treated as if they had come in a record of their own.
    pub(super) fn deliver_messages(&mut self) -> Result<(), Error> {
        while let Stage::Handshaking(running) = &mut self.stage {
            if !running.handshake.awaits_message() {
                return Ok(());
            }
            let Some(message) = self.opener.inbox.next_message() else {
                return Ok(());
            };
            running
                .handshake
                .deliver(Incoming::Message(Message::new(message)));
            self.advance()?;
        }
        self.hear_all()
    }

    pub(super) fn receive_established<'b>(
        &mut self,
        buf: &'b mut [u8],
    ) -> Result<Received<'b>, Error> {
        match self.opener.sort(buf)? {
            Sorted::More { missing } => Ok(Received::More { missing }),
            Sorted::Ignored { consumed } => Ok(Received::Control { consumed }),
            Sorted::Closed => Ok(Received::Closed),
            Sorted::Data {
                plaintext,
                consumed,
            } => self.opener.application_data(plaintext, consumed),
            Sorted::ChangeCipherSpec { .. } => Err(unexpected_change_cipher_spec()),
            Sorted::Handshake { consumed } => {
                self.hear_all()?;
                Ok(Received::Control { consumed })
            }
        }
    }

    /// All that is said on an established connection, message by message.
    fn hear_all(&mut self) -> Result<(), Error> {
        while let Some(said) = self.opener.next_said()? {
            match said {
                Said::Nothing => {}
                Said::Obliges(notice) => self.sealer.oblige(notice)?,
                Said::Ticket(ticket) => self.tell(notify(*ticket)),
                Said::Authentication(message) => self.hear_authentication(message)?,
            }
        }
        Ok(())
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

    /// Does all that can be done now; the handshake may be over then.
    pub(super) fn advance(&mut self) -> Result<(), Error> {
        let Some(facts) = self.drive(Self::handshake)? else {
            return Ok(());
        };
        if let Some(handshake) = self.handshake() {
            if handshake.has_unread() {
                return Err(unexpected("a message behind Finished"));
            }
            self.opener.after = handshake.take_after();
        }
        self.provisional = None;
        self.facts = Some(Box::new(facts));
        self.stage = Stage::Established;
        Ok(())
    }

    fn handshake(&mut self) -> Option<&mut Handshake> {
        match &mut self.stage {
            Stage::Handshaking(running) => Some(&mut running.handshake),
            Stage::Established | Stage::Over => None,
        }
    }

    /// Carries out all that a script orders now, and answers what the local host answers; questions for the owner stay
    /// where they are. Says how the script has ended, if it has.
    pub(super) fn drive<T>(
        &mut self,
        script: impl Fn(&mut Self) -> Option<&mut Handshake<T>>,
    ) -> Result<Option<T>, Error> {
        let answers = matches!(self.surface, Surface::Nothing);
        while let Some(running) = script(self) {
            if let Some(order) = running.next_order() {
                self.carry_out(order)?;
            } else if answers && let Some(question) = running.next_question() {
                let Resolved { answer, config, .. } = self.local.resolve(question);
                // The claim was made for this very script.
                let _ = script(self).map(|running| running.accept(answer));
                if let Some(config) = config {
                    self.reconfigure(config)?;
                }
            } else {
                return Ok(running.take_outcome().transpose()?);
            }
        }
        Ok(None)
    }

    /// Another configuration was chosen for this client.
    pub(super) fn reconfigure(&mut self, config: Arc<ServerConfig>) -> Result<(), Error> {
        if let Stage::Handshaking(running) = &mut self.stage {
            running.provider = Arc::clone(&config.policy.provider);
        }
        let shape = Shape::from(&*config);
        self.local.reconfigure(config);
        self.sealer.set_shape(shape)
    }

    /// A session that a fatal alert ended is not resumed (RFC 5246 section 7.2.2).
    ///
    /// A server forgets only what the peer has proved to share, by its Finished: else whoever
    /// overhears a session ID could have the session forgotten.
    fn forget_session(&mut self, error: &Error) {
        if error.alert().is_none() && !matches!(error, Error::AlertReceived(_)) {
            return;
        }
        let question = match (&self.client_key, &self.facts) {
            (Some(key), _) => notify(ForgetClientSession { key: key.clone() }),
            // With a ticket the ID is the client's own word, and proves nothing.
            (None, Some(facts))
                if !facts.session_id.is_empty() && facts.resumed != Some(ResumedBy::Ticket) =>
            {
                notify(ForgetSession {
                    id: facts.session_id.clone(),
                })
            }
            _ => return,
        };
        self.tell(question);
    }

    /// Asks for something whose answer changes nothing: the store has done it, or will tell its owner.
    fn tell(&mut self, question: Question) {
        match self.surface {
            Surface::Everything => self.asked.push_back(question),
            Surface::Nothing => drop(self.local.resolve(question)),
        }
    }

    /// Keeps an error of sending, unless it only says that nothing was done.
    pub(super) fn kept<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        match outcome {
            Err(error) if !error.is_refusal() => self.fail(error),
            outcome => outcome,
        }
    }

    /// Keeps an error of sealing data if it says that there are no new keys. A key that is used up still seals the goodbye.
    pub(super) fn kept_without_keys<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        match outcome {
            Err(error @ Error::Handshake(_)) => self.fail(error),
            outcome => outcome,
        }
    }

    /// Ends the connection: the alert waits to be transmitted, the session is forgotten, the
    /// error is kept.
    pub(super) fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        if let Some(first) = &self.error {
            return Err(first.clone());
        }
        self.tracer.emit(|| Event::Fault {
            rule: error.rule(),
            alert: error.alert(),
            section: error.section(),
            detail: error.to_string().into(),
        });
        self.sealer.fail(&error);
        self.asked.clear();
        self.under_way = None;
        self.provisional = None;
        self.forget_session(&error);
        self.stage = Stage::Over;
        self.error = Some(error.clone());
        Err(error)
    }
}
