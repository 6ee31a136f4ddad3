//! The session that a client wants back, and whether it gets it.

use premaster_crypto::Suite;
use premaster_session::Session;
use premaster_trace::{Event, ResumedBy};

use crate::classic::Profile;
use crate::classic::sessions::{MayResume, Resumption, may_resume};
use crate::engine::refused;
use crate::error::At as _;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::{Error, Fault, FindSession, OpenTicket, ServerPolicy};

/// A session that will be resumed.
pub(super) struct Found {
    pub(super) session: Session,
    pub(super) suite: &'static Suite,
    pub(super) by: ResumedBy,
    pub(super) renew: bool,
    pub(super) may: MayResume,
}

/// Looks for the session that the client wants back. A ticket goes before an ID
/// (RFC 5077 section 3.4).
pub(super) async fn find_session(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &Profile,
) -> Result<Option<Found>, Error> {
    let ticket = offer
        .ticket
        .filter(|ticket| policy.tickets && !ticket.is_empty());
    let (session, by, renew) = if let Some(ticket) = ticket {
        let question = OpenTicket {
            ticket: ticket.to_vec(),
        };
        let opened = peer
            .ask(question)
            .await
            .map_err(refused(Fault::QuestionFailed))?;
        match opened {
            Some(opened) => (opened.session, ResumedBy::Ticket, opened.renew),
            None => return Ok(not_resumed(peer, "the ticket cannot be opened")),
        }
    } else if policy.session_ids && !offer.session_id.is_empty() {
        let question = FindSession {
            id: offer.session_id.to_vec(),
        };
        let found = peer
            .ask(question)
            .await
            .map_err(refused(Fault::QuestionFailed))?;
        match found {
            Some(session) => (session, ResumedBy::SessionId, false),
            None => return Ok(not_resumed(peer, "no session of this ID is kept")),
        }
    } else {
        return Ok(None);
    };
    let now = peer.now();
    match may_resume(policy, offer, &session, profile.version, now).at("client_hello")? {
        Resumption::Granted(suite, may) => Ok(Some(Found {
            session,
            suite,
            by,
            renew,
            may,
        })),
        Resumption::Denied(reason) => Ok(not_resumed(peer, reason)),
    }
}

pub(super) fn not_resumed(peer: &Peer, reason: &'static str) -> Option<Found> {
    peer.trace(|| Event::NotResumed {
        reason: reason.into(),
    });
    None
}
