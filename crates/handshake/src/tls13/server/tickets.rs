//! NewSessionTicket: what the client may come back with (RFC 8446 section 4.6.1).

use premaster_crypto::SecretBytes;
use premaster_crypto::tls13::ResumptionSecret;
use premaster_session::{ExternalPskId, Session, SessionSecret, TicketPsk, UnixTime};
use premaster_trace::{Derivation, Event, ResumedBy};
use premaster_wire::tls13::NewSessionTicket;
use premaster_wire::{Extensions, NewSessionTicketExtension, ProtocolVersion, encode_message};

use crate::engine::refused;
use crate::narrate::hash_name;
use crate::peer::Peer;
use crate::{
    Direction, Epoch, Error, Facts, Fault, Message, Order, SealTicket, SealedTicket, ServerPolicy,
    StoreSession, Verdict,
};

/// How long the ID of a stored session is, which stands for a ticket then.
pub(super) const ID_LEN: usize = 32;

/// What a session inherits from the full handshake at its root: who the client is, and for how long that holds.
pub(super) struct Lineage {
    authenticated_at: UnixTime,
    lifetime: u32,
    peer_public_key: Option<Vec<u8>>,
    /// The external key that stands for the client.
    external_psk: Option<ExternalPskId>,
    /// How many tickets are due.
    count: u8,
}

impl Lineage {
    /// A full handshake begins one.
    pub(super) fn begins(policy: &ServerPolicy, verdict: Option<&Verdict>, now: UnixTime) -> Self {
        let until = verdict.and_then(Verdict::valid_until);
        let left = until.map(|until| until.as_secs().saturating_sub(now.as_secs()));
        let left = left.and_then(|left| u32::try_from(left).ok());
        Self {
            authenticated_at: now,
            lifetime: left.unwrap_or(u32::MAX).min(policy.session_lifetime),
            peer_public_key: verdict.map(|verdict| verdict.spki().to_vec()),
            external_psk: None,
            count: policy.ticket_count,
        }
    }

    /// So does a handshake with an external key: the client is who knows that (RFC 8446 section 4.6.1).
    pub(super) fn of_external(policy: &ServerPolicy, id: ExternalPskId, now: UnixTime) -> Self {
        Self {
            external_psk: Some(id),
            ..Self::begins(policy, None, now)
        }
    }

    /// A session that goes on passes it on as it is; its client gets one ticket for the one that it has used
    /// (RFC 8446 appendix C.4).
    pub(super) fn goes_on(policy: &ServerPolicy, session: &Session) -> Self {
        Self {
            authenticated_at: session.authenticated_at,
            lifetime: session.lifetime,
            peer_public_key: session.peer_public_key.clone(),
            external_psk: session.external_psk.clone(),
            count: policy.ticket_count.min(1),
        }
    }

    fn session(&self, policy: &ServerPolicy, facts: &Facts, ticket: TicketPsk) -> Session {
        Session {
            version: ProtocolVersion::TLSv1_3.0,
            suite: facts.suite.id,
            secret: SessionSecret::Resumption(ticket),
            extended_master_secret: true,
            authenticated_at: self.authenticated_at,
            lifetime: self.lifetime,
            isolation: policy.isolation,
            server_name: facts.server_name.clone(),
            alpn: facts.alpn.clone(),
            max_fragment_length: None,
            peer_certificates: facts.peer_certificates.clone(),
            peer_public_key: self.peer_public_key.clone(),
            external_psk: self.external_psk.clone(),
            resumable_across_names: false,
        }
    }
}

/// Issues the tickets that are due, each with a key of its own.
pub(super) async fn issue(
    peer: &mut Peer,
    policy: &ServerPolicy,
    facts: &Facts,
    lineage: &Lineage,
    secret: &ResumptionSecret,
) -> Result<(), Error> {
    for number in 0..u16::from(lineage.count) {
        let nonce = number.to_be_bytes();
        let psk = secret.psk(&nonce)?;
        let (name, length) = (hash_name(psk.algorithm()), psk.secret().len());
        peer.trace(|| Event::Derived(Derivation::resumption_psk(name, length, &nonce)));
        let ticket = TicketPsk {
            psk: SecretBytes::new(psk.secret().as_bytes()),
            age_add: u32::from_be_bytes(random(policy)?),
            issued_at: peer.now(),
            max_early_data: policy.early_data,
        };
        let age_add = ticket.age_add;
        let session = lineage.session(policy, facts, ticket);
        let Some(kept) = keep(peer, policy, session).await? else {
            return Ok(());
        };
        let (by, length, lifetime) = (kept.by, kept.ticket.len(), kept.lifetime);
        peer.trace(|| Event::SessionStored {
            by,
            length,
            lifetime,
        });
        let early_data = [NewSessionTicketExtension::EarlyData(policy.early_data)];
        let extensions = early_data.get(..usize::from(policy.early_data > 0));
        let message = encode_message(&NewSessionTicket {
            ticket_lifetime: lifetime,
            ticket_age_add: age_add,
            ticket_nonce: &nonce,
            ticket: &kept.ticket,
            extensions: Extensions::from(extensions.unwrap_or_default()),
        })?;
        say(peer, message);
    }
    Ok(())
}

/// What stands for a session that is kept.
struct Kept {
    ticket: Vec<u8>,
    lifetime: u32,
    by: ResumedBy,
}

/// Has the session kept: sealed, by the client, or by us. `None` if it cannot be, or is not worth it any more.
async fn keep(
    peer: &mut Peer,
    policy: &ServerPolicy,
    session: Session,
) -> Result<Option<Kept>, Error> {
    let failed = || refused(Fault::QuestionFailed);
    let left = session.remaining(peer.now());
    if left == 0 {
        return Ok(None);
    }
    if policy.tickets {
        let sealed = peer.ask(SealTicket { session }).await.map_err(failed())?;
        let sealed = sealed.filter(|sealed| !sealed.ticket.is_empty());
        return Ok(sealed.map(|sealed| {
            let SealedTicket {
                ticket,
                lifetime_hint,
            } = sealed;
            let said = lifetime_hint.min(left);
            Kept {
                ticket,
                lifetime: if said == 0 { left } else { said },
                by: ResumedBy::Ticket,
            }
        }));
    }
    if !policy.session_ids {
        return Ok(None);
    }
    let id = random::<ID_LEN>(policy)?.to_vec();
    let ticket = id.clone();
    let stored = peer.ask(StoreSession { id, session }).await;
    stored.map_err(failed())?;
    Ok(Some(Kept {
        ticket,
        lifetime: left,
        by: ResumedBy::SessionId,
    }))
}

fn random<const N: usize>(policy: &ServerPolicy) -> Result<[u8; N], Error> {
    let mut random = [0; N];
    let filled = policy.provider.random.fill(&mut random);
    filled.map_err(|_| Fault::RandomFailed)?;
    Ok(random)
}

/// Sends a message that is no part of the handshake's transcript.
fn say(peer: &mut Peer, message: Vec<u8>) {
    peer.trace(|| Event::Message {
        direction: Direction::Sent,
        epoch: Epoch::Traffic,
        bytes: &message,
    });
    peer.order(Order::Send(Message::new(message)));
}
