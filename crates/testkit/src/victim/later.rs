//! What a victim of TLS 1.3 still does when its handshake is over: tickets, and the client's authentication
//! (RFC 8446 section 4.6).

use premaster_handshake::{Authentication, ClientAuth, Clock as _, Error, Handshake, Incoming};
use premaster_wire::HandshakeType;

use super::{Victim, drive};

impl Victim {
    /// A server victim wants to know who its client is.
    pub fn request_certificate(&mut self, client_auth: ClientAuth) {
        let Some(after) = &self.after else { return };
        let begun = after.request_certificate(client_auth);
        self.begin(begun);
    }

    /// Something is said to it on the established connection. What is none of the handshake's business is a connection's,
    /// and ignored here.
    pub(super) fn deliver_later(&mut self, incoming: Incoming) {
        let key = self.client_secret.as_ref();
        let (Some(after), Some(key)) = (&mut self.after, key) else {
            return;
        };
        let key = key.finished_key();
        if let Some(running) = &mut self.running {
            running.set_client_finished_key(key);
            running.deliver(incoming);
            return self.settle_later();
        }
        let Incoming::Message(message) = incoming else {
            return;
        };
        match message.kind() {
            HandshakeType::new_session_ticket => {
                let now = self.host.clock.now();
                match after.ticket(&message, now) {
                    Ok(kept) => self.host.kept.extend(kept.map(|kept| kept.session)),
                    Err(error) => self.end(Err(error)),
                }
            }
            HandshakeType::certificate_request => {
                let begun = after.answer_request(message, key);
                self.begin(begun);
            }
            _ => {}
        }
    }

    fn begin(&mut self, begun: Result<Handshake<Authentication>, Error>) {
        match begun {
            Ok(script) => {
                self.running = Some(script);
                self.settle_later();
            }
            Err(error) => self.end(Err(error)),
        }
    }

    fn settle_later(&mut self) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        for order in drive(&mut running, &mut self.host) {
            self.carry_out(order);
        }
        match running.take_outcome() {
            None => self.running = Some(running),
            Some(Ok(authentication)) => self.authentications.push(authentication),
            Some(Err(error)) => self.end(Err(error)),
        }
    }
}
