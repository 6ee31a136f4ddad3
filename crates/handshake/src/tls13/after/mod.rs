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

mod ticket;

use core::fmt;

use premaster_crypto::Suite;
use premaster_session::UnixTime;
use premaster_trace::Tracer;

pub(crate) use self::ticket::{Authenticated, Tickets};
use crate::peer::Peer;
use crate::{Error, Message, StoreClientSession};

/// What a connection of TLS 1.3 keeps of its handshake, for what may still be said.
///
/// [`Handshake::take_after`](crate::Handshake::take_after) hands it over with the outcome. It belongs to whoever reads the
/// messages that come on the established connection: it is `Send`, and holds nothing of the handshake's machinery.
pub struct After {
    suite: &'static Suite,
    tracer: Tracer,
    /// For a client that keeps sessions.
    tickets: Option<Tickets>,
}

impl After {
    pub(crate) fn new(peer: &Peer, suite: &'static Suite) -> Self {
        Self {
            suite,
            tracer: peer.tracer(),
            tickets: None,
        }
    }

    /// A client's, which turns tickets into sessions.
    pub(crate) fn with_tickets(mut self, tickets: Option<Tickets>) -> Self {
        self.tickets = tickets;
        self
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
    /// [`Fault::Malformed`](crate::Fault::Malformed), and [`Fault::BadTicket`](crate::Fault::BadTicket) if the server
    /// promises more than seven days.
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
}

impl fmt::Debug for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("After")
            .field("suite", &self.suite.name)
            .field("keeps_tickets", &self.tickets.is_some())
            .finish_non_exhaustive()
    }
}
