//! The server's side of TLS 1.3, in the order of RFC 8446 section 2.

mod choice;
mod client_auth;
mod flight;
mod retry;

use std::sync::Arc;

use premaster_crypto::tls13::HandshakeSecret;
use premaster_crypto::{SharedSecret, Suite};
use premaster_wire::ClientHello;

use self::choice::ChosenGroup;
use self::client_auth::identity;
use self::flight::{
    credential, send_certificate_request, send_encrypted_extensions, send_hello, show_identity,
};
use super::authentication::{receive_finished, send_finished};
use super::keys::{PeerProof, Proved, Schedule};
use super::{Agreed, CHANGE_CIPHER_SPECS};
use crate::engine::Ended;
use crate::error::At as _;
use crate::group::Group;
use crate::negotiate;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::record_limits::{RecordLimits, limit_fragments, limit_records};
use crate::{Direction, Epoch, Error, Facts, Fault, Order, ServerPolicy, narrate};

/// From ClientHello to Finished, with a second ClientHello if the first brought no share that will do.
pub(crate) async fn server(
    mut peer: Peer,
    policy: Arc<ServerPolicy>,
    offer: &Offer<'_>,
) -> Result<Ended, Error> {
    peer.speaks_tls13();
    peer.order(Order::DropChangeCipherSpecs(CHANGE_CIPHER_SPECS));
    choice::check(offer).at("client_hello")?;
    let suite = choice::suite(&policy, offer).at("client_hello")?;
    let group = match choice::key_exchange(&policy, offer).at("client_hello")? {
        ChosenGroup::Shared { group, theirs } => {
            let exchange = Exchange { group, theirs };
            return handshake(peer, &policy, offer, suite, exchange, false).await;
        }
        ChosenGroup::Wanted(group) => group,
    };
    retry::ask_again(&mut peer, offer, suite, group)?;
    if !offer.session_id.is_empty() {
        peer.change_cipher_spec();
    }
    let message = peer.expect::<ClientHello<'_>>().await?;
    let hello: ClientHello<'_> = message.decode()?;
    let second = Offer::read(&hello).at("client_hello")?;
    choice::check(&second).at("client_hello")?;
    match choice::key_exchange(&policy, &second).at("client_hello")? {
        ChosenGroup::Shared { group: now, theirs } if now.id() == Some(group) => {
            let exchange = Exchange { group: now, theirs };
            handshake(peer, &policy, &second, suite, exchange, true).await
        }
        _ => Err(Error::new(Fault::SecondHelloChanged)
            .detail(format!("it has no share for {group}"))
            .during("client_hello")),
    }
}

/// A group, and the client's half.
struct Exchange {
    group: Group,
    theirs: Vec<u8>,
}

async fn handshake(
    mut peer: Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    suite: &'static Suite,
    exchange: Exchange,
    retried: bool,
) -> Result<Ended, Error> {
    choice::tell(&peer, policy, offer, suite, Some(&exchange.group));
    let alpn =
        negotiate::application_protocol(&policy.alpn, offer.alpn.as_deref()).at("client_hello")?;
    let own = credential(&mut peer, offer).await.at("client_hello")?;
    let scheme = own.1;
    let (share, shared) = exchange
        .group
        .respond(&peer, &exchange.theirs)
        .at("client_hello")?;
    let id = exchange.group.id().ok_or(Fault::CryptoFailed)?;
    let fragments = offer.agreed_fragment_length(policy);
    limit_fragments(&mut peer, fragments);
    send_hello(&mut peer, policy, offer, suite, Some((id, &share)), None)?;
    if !offer.session_id.is_empty() && !retried {
        peer.change_cipher_spec();
    }
    peer.transcript.choose(suite.hash);
    peer.transcript.hash_only();

    let schedule = Schedule {
        suite,
        client_random: offer.random,
    };
    let secret = handshake_secret(&peer, schedule, &shared)?;
    let keys = schedule.handshake(&peer, &secret)?;
    schedule.install(&mut peer, Direction::Sent, Epoch::Handshake, keys.send);
    schedule.install(
        &mut peer,
        Direction::Received,
        Epoch::Handshake,
        keys.receive,
    );
    let limits = policy.record_size_limit.zip(offer.record_size_limit);
    let agreed = Agreed {
        suite,
        client_random: offer.random,
        group: Some(exchange.group),
        psk: None,
        server_name: offer.server_name.clone(),
        alpn,
        record_limits: limits.map(|(ours, theirs)| RecordLimits { ours, theirs }),
        early_data: None,
        retried,
    };
    limit_records(&mut peer, agreed.record_limits);
    send_encrypted_extensions(&mut peer, &agreed, fragments)?;
    let asked = policy.client_auth.authorities();
    if let Some(authorities) = asked {
        send_certificate_request(&mut peer, policy, authorities, &[])?;
    }
    show_identity(&mut peer, policy, offer, suite, own).await?;
    send_finished(&mut peer, suite, &keys.ours, Epoch::Handshake)?;

    let main = schedule.main(&peer, secret);
    let application = schedule.application(&peer, &main)?;
    schedule.install(&mut peer, Direction::Sent, Epoch::Traffic, application.send);
    let client = match asked {
        Some(_) => identity(&mut peer, policy, suite, &[]).await?,
        None => None,
    };
    let (proof, client_scheme, chain) = match client {
        Some(client) => (client.proof, Some(client.scheme), client.chain),
        None => {
            let proof = PeerProof::of_client_without_certificate(&policy.client_auth)?;
            (proof, None, Vec::new())
        }
    };
    let finished = receive_finished(&mut peer, suite, &keys.theirs, Epoch::Handshake).await?;
    let proved = Proved {
        peer: &proof,
        finished,
    };
    schedule.receive_application(&mut peer, application.receive, proved);
    peer.order(Order::DropChangeCipherSpecs(0));
    let _resumption = schedule.resumption(&peer, main)?;

    let mut facts = Facts::of_tls13(agreed, application.exporter);
    facts.server_scheme = Some(scheme);
    facts.client_scheme = client_scheme;
    facts.peer_certificates = chain;
    peer.trace(|| narrate::established(&facts));
    Ok(Ended::with(facts))
}

fn handshake_secret(
    peer: &Peer,
    schedule: Schedule,
    shared: &SharedSecret,
) -> Result<HandshakeSecret, Error> {
    schedule.tell_handshake_secret(peer, true);
    let secret = HandshakeSecret::without_psk(schedule.suite.hash, shared);
    secret.map_err(|_| Error::new(Fault::BadKeyShare).during("client_hello"))
}
