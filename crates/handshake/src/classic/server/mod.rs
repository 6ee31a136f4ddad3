//! The server's side of the classic handshake, in the order of RFC 5246 section 7.3.

mod choice;
mod client_auth;
mod exchange;
mod flight;
mod resumption;

use std::sync::Arc;

use premaster_trace::Event;
use premaster_wire::tls12::{Asn1Cert, Certificate, ServerHelloDone};
use premaster_wire::{CertificateStatus, List};

use self::choice::choose;
use self::client_auth::{certificate_verify, client_chain};
use self::exchange::Exchange;
use self::flight::{Promised, hellos, send_certificate_request, send_hello, send_ticket, store};
use self::resumption::{Found, find_session};
use crate::classic::Profile;
use crate::classic::finish::{establish, receive_finished, send_finished};
use crate::classic::keys::{PeerProof, TrafficKeys, master_secret};
use crate::classic::sessions::{Authenticated, keep, master_of};
use crate::engine::Ended;
use crate::error::At as _;
use crate::group::Group;
use crate::identity;
use crate::negotiate;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::record_limits::{limit_fragments, limit_records};
use crate::{Error, Order, ServerPolicy};

/// From ClientHello to Finished.
pub(crate) async fn server(
    mut peer: Peer,
    policy: Arc<ServerPolicy>,
    offer: &Offer<'_>,
    profile: &'static Profile,
) -> Result<Ended, Error> {
    match find_session(&mut peer, &policy, offer, profile).await? {
        Some(found) => resumed(peer, &policy, offer, found, profile).await,
        None => full(peer, &policy, offer, profile).await,
    }
}

async fn full(
    mut peer: Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &'static Profile,
) -> Result<Ended, Error> {
    let chosen = choose(&mut peer, policy, offer, profile)
        .await
        .at("client_hello")?;
    let alpn =
        negotiate::application_protocol(&policy.alpn, offer.alpn.as_deref()).at("client_hello")?;
    let mut hellos = hellos(&peer, policy, offer, profile, chosen.suite, alpn)?;
    let ticket_promised = policy.tickets && offer.ticket.is_some() && hellos.extended_master_secret;
    // A session is kept by one side: with a ticket in sight the server gives no ID
    // (RFC 5077 section 3.4).
    if policy.session_ids && hellos.extended_master_secret && !ticket_promised {
        hellos.session_id = Vec::from(peer.random(&policy.provider)?.0);
    }
    let staple = chosen
        .credential
        .ocsp_response()
        .filter(|_| offer.ocsp_stapling);
    let promised = Promised {
        ticket: ticket_promised,
        staple: staple.is_some(),
        name: policy.acknowledge_name,
        timestamps: match offer.certificate_timestamps {
            true => chosen.credential.certificate_timestamps(),
            false => &[],
        },
    };
    limit_fragments(&mut peer, hellos.max_fragment_length);
    send_hello(&mut peer, offer, &hellos, &promised)?;
    peer.transcript.choose(hellos.suite.hash);
    peer.order(Order::FixVersion(profile.version));

    let list: Vec<_> = chosen
        .credential
        .chain()
        .iter()
        .map(|der| Asn1Cert::from(der.as_slice()))
        .collect();
    peer.send(&Certificate {
        certificate_list: List::from(list.as_slice()),
    })?;
    if let Some(response) = staple {
        peer.send(&CertificateStatus::Ocsp(response))?;
    }
    let exchange = Exchange::begin(&mut peer, &hellos, &chosen).await?;
    match policy.client_auth.authorities() {
        Some(authorities) => send_certificate_request(&mut peer, policy, authorities)?,
        // Nobody will sign the messages, so nobody has to keep them.
        None => peer.transcript.hash_only(),
    }
    peer.send(&ServerHelloDone {})?;

    let chain = client_chain(&mut peer, policy).await?;
    let (version, suite) = (hellos.version, hellos.suite);
    let verdict =
        (!chain.is_empty()).then(|| identity::ask(&mut peer, version, suite, &chain, None, None));
    if verdict.is_none() {
        peer.transcript.hash_only();
    }
    let client_version = offer.legacy_version;
    let premaster = exchange.complete(&mut peer, policy, client_version).await?;
    let master = master_secret(&mut peer, &hellos, &premaster)?;
    drop(premaster);
    let (proof, client_scheme) = match verdict {
        Some(pending) => {
            let verdict = identity::verdict(&peer, pending).await?;
            let (scheme, proof) = certificate_verify(&mut peer, policy, verdict).await?;
            (proof, Some(scheme))
        }
        None => (
            PeerProof::of_client_without_certificate(&policy.client_auth)?,
            None,
        ),
    };

    let keys = TrafficKeys::derive(&mut peer, &hellos, &master, &proof);
    limit_records(&mut peer, hellos.record_limits);
    let finished = receive_finished(&mut peer, &hellos, &master, keys.receive).await?;
    let authenticated = Authenticated {
        at: peer.now(),
        lifetime: policy.session_lifetime,
        isolation: policy.isolation,
        certificates: &chain,
        verdict: proof.verdict(),
    };
    let session = keep(&hellos, &master, &authenticated);
    if ticket_promised {
        send_ticket(&mut peer, session).await?;
    } else if !hellos.session_id.is_empty() {
        store(&mut peer, &hellos, session).await?;
    }
    send_finished(&mut peer, &hellos, &master, keys.send)?;
    Ok(establish(&mut peer, hellos, master, finished, |facts| {
        facts.group = chosen.group().and_then(Group::id);
        facts.group_name = chosen.group().map(|group| group.name().to_owned());
        facts.server_scheme = chosen.scheme();
        facts.client_scheme = client_scheme;
        facts.peer_certificates = chain;
    }))
}

/// The abbreviated handshake: the server speaks first (RFC 5246 section 7.3, RFC 5077 section 3.1).
async fn resumed(
    mut peer: Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    found: Found,
    profile: &'static Profile,
) -> Result<Ended, Error> {
    let Found {
        session,
        suite,
        by,
        renew,
        may,
    } = found;
    // The application protocol is agreed on anew (RFC 7301 section 3.1).
    let alpn =
        negotiate::application_protocol(&policy.alpn, offer.alpn.as_deref()).at("client_hello")?;
    let mut hellos = hellos(&peer, policy, offer, profile, suite, alpn)?;
    hellos.session_id = offer.session_id.to_vec();
    let age = peer
        .now()
        .as_secs()
        .saturating_sub(session.authenticated_at.as_secs());
    peer.trace(|| Event::Resuming { by, age });

    let promised = Promised {
        ticket: renew,
        staple: false,
        name: false,
        timestamps: &[],
    };
    limit_fragments(&mut peer, hellos.max_fragment_length);
    send_hello(&mut peer, offer, &hellos, &promised)?;
    peer.transcript.choose(suite.hash);
    peer.transcript.hash_only();
    peer.order(Order::FixVersion(profile.version));
    let chain = session.peer_certificates.clone();
    let master = master_of(suite, &session)?;
    let proof = PeerProof::Resumed(may);
    let keys = TrafficKeys::derive(&mut peer, &hellos, &master, &proof);
    limit_records(&mut peer, hellos.record_limits);
    if renew {
        // A new ticket for the old session: its life still counts from the full handshake.
        send_ticket(&mut peer, session).await?;
    }
    send_finished(&mut peer, &hellos, &master, keys.send)?;
    let finished = receive_finished(&mut peer, &hellos, &master, keys.receive).await?;
    Ok(establish(&mut peer, hellos, master, finished, |facts| {
        facts.resumed = Some(by);
        facts.peer_certificates = chain;
    }))
}
