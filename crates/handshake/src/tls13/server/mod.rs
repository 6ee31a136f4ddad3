//! The server's side of TLS 1.3, in the order of RFC 8446 section 2.

mod choice;
mod client_auth;
mod early_data;
mod flight;
mod psk;
mod retry;
mod tickets;

use std::sync::Arc;

use premaster_crypto::tls13::HandshakeSecret;
use premaster_wire::ClientHello;

use self::choice::{Chosen, ChosenGroup, Exchange, PskModes};
use self::client_auth::Client;
pub(super) use self::client_auth::identity;
use self::early_data::Early;
pub(super) use self::flight::send_certificate_request;
use self::flight::{credential, send_encrypted_extensions, send_hello, show_identity};
use self::psk::{ChosenPsk, Search};
use self::retry::{Request, Wanted};
use super::authentication::{receive_finished, send_finished};
use super::keys::{Proved, Schedule};
use super::{Agreed, CHANGE_CIPHER_SPECS, may_be_asked};
use crate::engine::Ended;
use crate::error::At as _;
use crate::negotiate;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::record_limits::{RecordLimits, limit_fragments, limit_records};
use crate::{
    After, Direction, Epoch, Error, Exporter, Facts, Fault, Order, Provisional, ServerPolicy,
    narrate,
};

/// Lets pass what a client may have under way when a server that it does not know yet takes its second ClientHello
/// (RFC 8446 section 4.2.2); so much early data if tickets allow it.
pub(crate) fn await_second_hello(peer: &mut Peer, allowed: u32) {
    peer.order(Order::DropChangeCipherSpecs(CHANGE_CIPHER_SPECS));
    early_data::skip(peer, allowed);
}

/// From ClientHello to Finished, with a second ClientHello if the first brought no share that will do.
pub(crate) async fn server(
    mut peer: Peer,
    policy: Arc<ServerPolicy>,
    offer: &Offer<'_>,
) -> Result<Ended, Error> {
    peer.speaks_tls13();
    peer.order(Order::DropChangeCipherSpecs(CHANGE_CIPHER_SPECS));
    choice::check(offer).at("client_hello")?;
    if let Some(request) = retry::remembered(&mut peer, &policy, offer).at("client_hello")? {
        let chosen = choose_again(&mut peer, &policy, offer, &request).await;
        let chosen = chosen.at("client_hello")?;
        return handshake(peer, &policy, (offer, false), chosen).await;
    }
    let wanted = match choose(&mut peer, &policy, offer).await.at("client_hello")? {
        Choice::Made(chosen) => {
            return handshake(peer, &policy, (offer, offer.early_data), *chosen).await;
        }
        Choice::Wanted(wanted) => wanted,
    };
    let request = retry::ask_again(&mut peer, &policy, offer, wanted)?;
    let message = peer.expect::<ClientHello<'_>>().await?;
    let hello: ClientHello<'_> = message.decode()?;
    let second = Offer::read(&hello).at("client_hello")?;
    choice::check(&second).at("client_hello")?;
    retry::check_second(&request, offer, &second).at("client_hello")?;
    let chosen = choose_again(&mut peer, &policy, &second, &request).await;
    let chosen = chosen.at("client_hello")?;
    handshake(peer, &policy, (&second, offer.early_data), chosen).await
}

/// What a first ClientHello leads to.
enum Choice {
    Made(Box<Chosen>),
    Wanted(Wanted),
}

/// Chooses suite, group and pre-shared key. A key that both sides know saves certificates; alone it is used only where not
/// both want the key exchange too, or share no group for it (RFC 8446 section 2.2).
async fn choose(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
) -> Result<Choice, Error> {
    let modes = PskModes::common(policy, offer);
    let exchange = choice::key_exchange(policy, offer);
    let alone = modes.alone && !(modes.exchanged && exchange.is_ok());
    let search = Search {
        suite: None,
        // Else a second ClientHello follows.
        last: alone || matches!(exchange, Ok(ChosenGroup::Shared(_))),
    };
    let psk = match modes.any() {
        true => psk::find(peer, policy, offer, search).await?,
        false => None,
    };
    let suite = match &psk {
        Some(psk) => psk.suite,
        None => choice::suite(policy, offer)?,
    };
    let exchange = match exchange {
        _ if alone && psk.is_some() => None,
        Ok(ChosenGroup::Shared(exchange)) => Some(exchange),
        Ok(ChosenGroup::Wanted(group)) => {
            let psk = psk.map(|psk| psk.ticket);
            return Ok(Choice::Wanted(Wanted { suite, group, psk }));
        }
        Err(error) => return Err(error),
    };
    Ok(Choice::Made(Box::new(Chosen {
        suite,
        exchange,
        psk,
        retried: false,
    })))
}

/// Chooses what a HelloRetryRequest has left open: the pre-shared key.
async fn choose_again(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    request: &Request,
) -> Result<Chosen, Error> {
    let search = Search {
        suite: Some(request.suite),
        last: true,
    };
    let psk = match PskModes::common(policy, offer).exchanged {
        true => psk::find(peer, policy, offer, search).await?,
        false => None,
    };
    let exchange = choice::shared(policy, offer, request.group)?;
    Ok(Chosen {
        suite: request.suite,
        exchange: Some(exchange.ok_or(Fault::SecondHelloChanged)?),
        psk,
        retried: true,
    })
}

/// From ServerHello on; with this ClientHello or the one before it early data was offered, or not.
async fn handshake(
    mut peer: Peer,
    policy: &Arc<ServerPolicy>,
    (offer, early_data): (&Offer<'_>, bool),
    chosen: Chosen,
) -> Result<Ended, Error> {
    chosen.tell(&peer, policy, offer);
    let alpn =
        negotiate::application_protocol(&policy.alpn, offer.alpn.as_deref()).at("client_hello")?;
    let own = match &chosen.psk {
        Some(_) => None,
        None => Some(credential(&mut peer, offer).await.at("client_hello")?),
    };
    let offered = (offer, early_data);
    let early = Early::decide(&mut peer, policy, offered, &chosen, alpn.as_deref()).await?;
    let schedule = Schedule {
        suite: chosen.suite,
        client_random: offer.random,
    };
    let agreed = agreed(&peer, policy, offer, &chosen, (alpn, &early));
    limit_fragments(&mut peer, agreed.max_fragment_length);
    let (secret, known) = say_hello(&mut peer, policy, offer, chosen)?;
    let keys = schedule.handshake(&peer, &secret)?;
    schedule.install(&mut peer, Direction::Sent, Epoch::Handshake, keys.send);
    let (early_exporter, waiting) = early.read(&mut peer, schedule, keys.receive);
    limit_records(&mut peer, early_data::limits_for_now(&agreed));
    send_encrypted_extensions(&mut peer, policy, &agreed)?;
    let server_scheme = own.as_ref().map(|(_, scheme)| *scheme);
    if let Some(own) = own {
        send_certificate_request(&mut peer, policy, &[])?;
        show_identity(&mut peer, policy, offer, own).await?;
    }
    send_finished(&mut peer, schedule.suite, &keys.ours, Epoch::Handshake)?;

    let main = schedule.main(&peer, secret);
    let application = schedule.application(&peer, &main)?;
    schedule.install(&mut peer, Direction::Sent, Epoch::Traffic, application.send);
    let exporter = Exporter::of_tls13(application.exporter);
    // Whoever is asked for a certificate is told nothing before it was checked.
    if known.is_some() || policy.client_auth.authorities().is_none() {
        let provisional = Provisional::of_tls13(&agreed, &exporter);
        peer.order(Order::DataBeforeFinished(Box::new(provisional)));
    }
    early_data::end(&mut peer, schedule, waiting).await?;
    let client = match known {
        Some(client) => client,
        None => Client::receive(&mut peer, policy, schedule.suite).await?,
    };
    let finished =
        receive_finished(&mut peer, schedule.suite, &keys.theirs, Epoch::Handshake).await?;
    if agreed.early_data.is_some() {
        limit_records(&mut peer, agreed.record_limits);
    }
    let proved = Proved {
        peer: &client.proof,
        finished,
    };
    schedule.receive_application(&mut peer, application.receive, proved);
    peer.order(Order::DropChangeCipherSpecs(0));
    let resumption = schedule.resumption(&peer, main)?;
    let mut facts = Facts::of_tls13(agreed, exporter);
    let may_ask = offer.post_handshake_auth && may_be_asked(&facts);
    peer.leave(After::server(&peer, schedule.suite, policy, may_ask));

    facts.server_scheme = server_scheme;
    facts.client_scheme = client.scheme;
    facts.peer_certificates = client.chain;
    facts.early_exporter = early_exporter;
    if PskModes::common(policy, offer).any() {
        tickets::issue(&mut peer, policy, &facts, &client.lineage, &resumption).await?;
    }
    peer.trace(|| narrate::established(&facts));
    Ok(Ended::with(facts))
}

fn agreed(
    peer: &Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    chosen: &Chosen,
    (alpn, early): (Option<Vec<u8>>, &Early),
) -> Agreed {
    let exchange = chosen.exchange.as_ref();
    let limits = policy.record_size_limit.zip(offer.record_size_limit);
    Agreed {
        suite: chosen.suite,
        group: exchange.map(|exchange| exchange.group.clone()),
        psk: chosen.psk.as_ref().map(ChosenPsk::by),
        external_psk: chosen
            .psk
            .as_ref()
            .and_then(ChosenPsk::external)
            .map(|id| id.identity.clone()),
        server_name: offer.server_name.clone(),
        alpn,
        record_limits: limits.map(|(ours, theirs)| RecordLimits { ours, theirs }),
        max_fragment_length: offer.agreed_fragment_length(policy),
        early_data: early.told(),
        early_data_reason: early.reason(),
        ticket_age_skew: early_data::age_skew(peer, chosen),
        retried: chosen.retried,
    }
}

/// Says ServerHello, and what middleboxes wait for behind it (RFC 8446 appendix D.4); gives what both sides know then, and
/// who the client is if a pre-shared key says so.
fn say_hello(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    chosen: Chosen,
) -> Result<(HandshakeSecret, Option<Client>), Error> {
    let Chosen {
        suite,
        exchange,
        psk,
        retried,
    } = chosen;
    let respond = |exchange: Exchange| {
        let id = exchange.group.id().ok_or(Fault::CryptoFailed)?;
        let (share, shared) = exchange.group.respond(peer, &exchange.theirs)?;
        Ok::<_, Error>((id, share, shared))
    };
    let answer = exchange.map(respond).transpose().at("client_hello")?;
    let share = answer
        .as_ref()
        .map(|(id, share, _)| (*id, share.as_slice()));
    let index = psk.as_ref().map(|psk| psk.index);
    send_hello(peer, policy, offer, suite, share, index)?;
    if !offer.session_id.is_empty() && !retried {
        peer.change_cipher_spec();
    }
    peer.transcript.choose(suite.hash);
    peer.transcript.hash_only();

    let schedule = Schedule {
        suite,
        client_random: offer.random,
    };
    let shared = answer.as_ref().map(|(_, _, shared)| shared);
    let (early, known) = match psk {
        Some(psk) => {
            let (early, client) = Client::known(policy, psk, peer.now());
            (Some(early), Some(client))
        }
        None => (None, None),
    };
    let secret = match (early, shared) {
        (Some(early), Some(shared)) => early.into_handshake(shared),
        (Some(early), None) => Ok(early.into_handshake_of_psk_alone()),
        (None, Some(shared)) => {
            schedule.tell_no_psk(peer);
            HandshakeSecret::without_psk(suite.hash, shared)
        }
        (None, None) => return Err(Fault::CryptoFailed.into()),
    };
    schedule.tell_handshake_secret(peer, answer.is_some());
    let secret = secret.map_err(|_| Error::new(Fault::BadKeyShare).during("client_hello"))?;
    Ok((secret, known))
}
