//! The session of a handshake: its ticket, and where it is kept.

use premaster_session::{ClientKey, ClientSession, Session};
use premaster_trace::{Event, ResumedBy};
use premaster_wire::tls12::NewSessionTicket;

use crate::answer::Answer;
use crate::classic::Hellos;
use crate::engine::refused;
use crate::offer::ClientOffer;
use crate::peer::Peer;
use crate::{Error, Fault, StoreClientSession};

/// Takes the ticket that the server promised (RFC 5077 section 3.3). An empty one takes the
/// promise back.
pub(super) async fn new_session_ticket(
    peer: &mut Peer,
    answer: &Answer,
) -> Result<Option<Ticket>, Error> {
    if !answer.session_ticket {
        return Ok(None);
    }
    let message = peer.expect::<NewSessionTicket<'_>>().await?;
    let ticket: NewSessionTicket<'_> = message.decode()?;
    let lifetime = match ticket.ticket_lifetime_hint {
        // Unspecified: the client's own policy counts.
        0 => Session::SUGGESTED_LIFETIME,
        seconds => seconds,
    };
    let bytes = ticket.ticket.to_vec();
    Ok((!bytes.is_empty()).then_some(Ticket { bytes, lifetime }))
}

pub(super) struct Ticket {
    pub(super) bytes: Vec<u8>,
    pub(super) lifetime: u32,
}

/// Keeps the session, if there is anything to resume it by.
pub(super) async fn store(
    peer: &mut Peer,
    offer: &ClientOffer,
    key: ClientKey,
    hellos: &Hellos,
    session: Session,
    ticket: Option<Ticket>,
) -> Result<(), Error> {
    let (session_id, ticket) = match ticket {
        Some(ticket) => (Vec::new(), ticket.bytes),
        None => (hellos.session_id.clone(), Vec::new()),
    };
    let by = if ticket.is_empty() {
        ResumedBy::SessionId
    } else {
        ResumedBy::Ticket
    };
    let length = session_id.len().max(ticket.len());
    // Without extended_master_secret a session is never resumed (RFC 7627 section 5.3).
    if !offer.policy.resumption || length == 0 || !session.extended_master_secret {
        return Ok(());
    }
    let lifetime = session.lifetime;
    let session = ClientSession {
        session,
        session_id,
        ticket,
    };
    peer.ask(StoreClientSession { key, session })
        .await
        .map_err(refused(Fault::QuestionFailed))?;
    peer.trace(|| Event::SessionStored {
        by,
        length,
        lifetime,
    });
    Ok(())
}
