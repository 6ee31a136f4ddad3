//! The client's side of the classic handshake, in the order of RFC 5246 section 7.3.

mod client_auth;
mod exchange;
mod false_start;
mod server_auth;
mod session;

use premaster_crypto::Side;
use premaster_session::{ClientKey, ClientSession, Session};
use premaster_trace::{Event, ResumedBy};
use premaster_wire::tls12::ServerHelloDone;

use self::client_auth::{CredentialRequest, send_certificate, send_certificate_verify};
use self::exchange::Exchange;
use self::server_auth::Identity;
use self::session::{new_session_ticket, store};
use crate::answer::Answer;
use crate::classic::Profile;
use crate::classic::finish::{establish, receive_finished, send_finished};
use crate::classic::keys::{PeerProof, TrafficKeys, master_secret};
use crate::classic::sessions::{Authenticated, check_resumed, fragment_length, keep, master_of};
use crate::engine::Ended;
use crate::error::At as _;
use crate::group::Group;
use crate::offer::ClientOffer;
use crate::peer::Peer;
use crate::policy::code;
use crate::record_limits::{limit_fragments, limit_records};
use crate::{Error, narrate};

/// From ServerHello to Finished.
pub(crate) async fn client(
    mut peer: Peer,
    mut offer: ClientOffer,
    key: ClientKey,
    mut answer: Answer,
    profile: &'static Profile,
) -> Result<Ended, Error> {
    peer.order(crate::Order::FixVersion(profile.version));
    peer.transcript.choose(answer.hellos.suite.hash);
    tell_choices(&peer, &offer, &answer);
    let found = offer.resumable_by(&answer.hellos.session_id, |event| peer.trace(|| event));
    if let Some(found) = &found
        && answer.hellos.record_limits.is_none()
    {
        // It holds as long as the session, whether the server says so once more or not (RFC 6066 section 4,
        // RFC 5246 section 7.4.1.4).
        let hellos = &mut answer.hellos;
        hellos.max_fragment_length = hellos
            .max_fragment_length
            .or(fragment_length(&found.session));
    }
    limit_fragments(&mut peer, answer.hellos.max_fragment_length);
    match found {
        Some(session) => resumed(peer, offer, key, answer, session).await,
        None => full(peer, offer, key, answer).await,
    }
}

async fn full(
    mut peer: Peer,
    offer: ClientOffer,
    key: ClientKey,
    answer: Answer,
) -> Result<Ended, Error> {
    let hellos = &answer.hellos;
    let identity = Identity::receive(&mut peer, &offer, &answer).await?;
    let exchange = exchange::receive(&mut peer, hellos).await?;
    let request = CredentialRequest::receive(&mut peer).await?;
    let done = peer.expect::<ServerHelloDone>().await?;
    done.decode::<ServerHelloDone>()?;

    let (chain, ocsp_response, verdict) = identity.verified(&peer, &offer, hellos).await?;
    let exchange = Exchange::read(&peer, &offer, hellos, &verdict, exchange.as_ref())?;

    let mut credential = None;
    match request {
        Some(request) => {
            credential = request.answered().await?;
            send_certificate(&mut peer, credential.as_ref())?;
        }
        // Nobody will sign the messages, so nobody has to keep them.
        None => peer.transcript.hash_only(),
    }
    let agreed = exchange.answer(&mut peer, &offer, verdict)?;
    let master = master_secret(&mut peer, hellos, &agreed.premaster)?;
    drop(agreed.premaster);
    let mut client_scheme = None;
    if let Some(credential) = credential {
        client_scheme = Some(send_certificate_verify(&mut peer, credential).await?);
    }

    let keys = TrafficKeys::derive(&mut peer, hellos, &master, &agreed.proof);
    limit_records(&mut peer, hellos.record_limits);
    send_finished(&mut peer, hellos, &master, keys.send)?;
    false_start::begin(&mut peer, offer.policy.false_start, hellos, &master);
    let ticket = new_session_ticket(&mut peer, &answer).await?;
    let finished = receive_finished(&mut peer, hellos, &master, keys.receive).await?;

    let lifetime = ticket
        .as_ref()
        .map_or(Session::SUGGESTED_LIFETIME, |ticket| ticket.lifetime);
    let authenticated = Authenticated {
        at: peer.now(),
        lifetime,
        isolation: offer.policy.isolation,
        certificates: &chain,
        verdict: agreed.proof.verdict(),
    };
    let session = keep(hellos, &master, &authenticated);
    store(&mut peer, &offer, key, hellos, session, ticket).await?;
    Ok(establish(
        &mut peer,
        answer.hellos,
        master,
        finished,
        |facts| {
            facts.group = agreed.group.as_ref().and_then(Group::id);
            facts.group_name = agreed.group.map(|group| group.name().to_owned());
            facts.server_scheme = agreed.scheme;
            facts.client_scheme = client_scheme;
            facts.peer_certificates = chain;
            facts.ocsp_response = ocsp_response;
            facts.certificate_timestamps = answer.certificate_timestamps;
        },
    ))
}

/// The abbreviated handshake: the server speaks first (RFC 5246 section 7.3, RFC 5077 section 3.1).
async fn resumed(
    mut peer: Peer,
    offer: ClientOffer,
    key: ClientKey,
    answer: Answer,
    found: ClientSession,
) -> Result<Ended, Error> {
    let hellos = &answer.hellos;
    peer.transcript.hash_only();
    let proof = PeerProof::Resumed(check_resumed(hellos, &found.session).at("server_hello")?);
    let by = if found.ticket.is_empty() {
        ResumedBy::SessionId
    } else {
        ResumedBy::Ticket
    };
    let age = peer
        .now()
        .as_secs()
        .saturating_sub(found.session.authenticated_at.as_secs());
    peer.trace(|| Event::Resuming { by, age });

    let mut session = found.session;
    let master = master_of(hellos.suite, &session)?;
    let keys = TrafficKeys::derive(&mut peer, hellos, &master, &proof);
    limit_records(&mut peer, hellos.record_limits);
    let ticket = new_session_ticket(&mut peer, &answer).await?;
    let finished = receive_finished(&mut peer, hellos, &master, keys.receive).await?;
    send_finished(&mut peer, hellos, &master, keys.send)?;

    let chain = session.peer_certificates.clone();
    if let Some(ticket) = ticket {
        // A new ticket for the old session: its life still counts from the full handshake, and
        // the server may shorten it (RFC 5077 section 3.3).
        session.expire_by(peer.in_seconds(ticket.lifetime));
        store(&mut peer, &offer, key, hellos, session, Some(ticket)).await?;
    }
    Ok(establish(
        &mut peer,
        answer.hellos,
        master,
        finished,
        |facts| {
            facts.resumed = Some(by);
            facts.peer_certificates = chain;
        },
    ))
}

fn tell_choices(peer: &Peer, offer: &ClientOffer, answer: &Answer) {
    let policy = &offer.policy;
    narrate::chose(
        peer,
        "cipher suite",
        Side::Server,
        code(answer.hellos.suite),
        policy.suites.iter().map(|suite| code(suite)),
        [],
        "the server chose it among those that we offered",
    );
}
