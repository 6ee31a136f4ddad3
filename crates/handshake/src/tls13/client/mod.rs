//! The client's side of TLS 1.3, in the order of RFC 8446 section 2.

mod agree;
mod answer;
mod server_auth;

use premaster_session::ClientKey;
use premaster_trace::EarlyData;
use premaster_wire::tls13::{EncryptedExtensions, EndOfEarlyData};

pub(crate) use self::answer::{Answer, Retry};

use self::agree::{Secret, agree};
use self::answer::Encrypted;
use self::server_auth::{ServerShown, answer_request};
use super::after::Tickets;
use super::authentication::{receive_finished, send_finished};
use super::keys::{Proved, Schedule};
use super::{Agreed, CHANGE_CIPHER_SPECS};
use crate::engine::Ended;
use crate::error::At as _;
use crate::facts::EarlyExporter;
use crate::offer::ClientOffer;
use crate::peer::Peer;
use crate::record_limits::{limit_fragments, limit_records};
use crate::{After, Direction, Epoch, Error, Facts, Fault, Order, narrate};

/// What came before ServerHello.
#[derive(Default)]
pub(crate) struct Before {
    /// The server asked for another ClientHello.
    pub(crate) retried: bool,
    /// Early data has been under way since the ClientHello.
    pub(crate) early: Option<EarlyExporter>,
    /// A ChangeCipherSpec was sent.
    pub(crate) changed_cipher: bool,
}

/// Sends what middleboxes wait for, once (RFC 8446 appendix D.4).
pub(crate) fn change_cipher_spec(peer: &mut Peer, offer: &ClientOffer, before: &mut Before) {
    if offer.policy.middlebox_compatibility && !before.changed_cipher {
        before.changed_cipher = true;
        peer.change_cipher_spec();
    }
}

/// Lets early data follow the ClientHello (RFC 8446 section 4.2.10).
pub(crate) fn begin_early_data(
    peer: &mut Peer,
    offer: &ClientOffer,
    before: &mut Before,
) -> Result<(), Error> {
    let Some(psk) = offer.psks.first().filter(|_| offer.early_data) else {
        return Ok(());
    };
    let Some(suite) = psk.suite() else {
        return Ok(());
    };
    change_cipher_spec(peer, offer, before);
    let schedule = Schedule {
        suite,
        client_random: offer.random,
    };
    schedule.tell_psk(peer, psk.kind());
    let (secret, exporter) = schedule.early(peer, psk.early())?;
    schedule.install(peer, Direction::Sent, Epoch::EarlyData, secret);
    let limit = usize::try_from(psk.max_early_data()).unwrap_or(usize::MAX);
    peer.order(Order::EarlyData { limit });
    narrate::early_data(peer, EarlyData::Offered, "the session allows it");
    before.early = Some(exporter);
    Ok(())
}

/// Does what a HelloRetryRequest asks for (RFC 8446 section 4.1.4). It is the last message so far.
pub(crate) fn retry(
    peer: &mut Peer,
    offer: &mut ClientOffer,
    request: &Retry,
    length: usize,
    before: &mut Before,
) -> Result<(), Error> {
    peer.speaks_tls13();
    peer.order(Order::DropChangeCipherSpecs(CHANGE_CIPHER_SPECS));
    before.retried = true;
    let hash = request.suite.hash;
    peer.transcript.retry(hash, length);
    offer.retry(request.group, request.cookie.as_deref(), hash)?;
    change_cipher_spec(peer, offer, before);
    offer.send(peer)
}

/// From ServerHello to Finished.
pub(crate) async fn client(
    mut peer: Peer,
    mut offer: ClientOffer,
    key: ClientKey,
    answer: Answer,
    mut before: Before,
) -> Result<Ended, Error> {
    peer.speaks_tls13();
    if !before.retried {
        peer.order(Order::DropChangeCipherSpecs(CHANGE_CIPHER_SPECS));
        peer.transcript.choose(answer.suite.hash);
    }
    peer.transcript.hash_only();
    let schedule = Schedule {
        suite: answer.suite,
        client_random: offer.random,
    };
    let Secret {
        handshake,
        group,
        psk,
    } = agree(&peer, &mut offer, &answer, schedule).at("server_hello")?;
    let keys = schedule.handshake(&peer, &handshake)?;
    schedule.install(
        &mut peer,
        Direction::Received,
        Epoch::Handshake,
        keys.receive,
    );

    let message = peer.expect::<EncryptedExtensions<'_>>().await?;
    let extensions: EncryptedExtensions<'_> = message.decode()?;
    let encrypted = Encrypted::read(&offer, &extensions).at("encrypted_extensions")?;
    limit_fragments(&mut peer, encrypted.max_fragment_length);
    let first_psk_chosen = answer.psk == Some(0) && psk.is_some();
    if encrypted.early_data && !(before.early.is_some() && offer.early_data && first_psk_chosen) {
        return Err(Error::new(Fault::EarlyDataMisplaced).during("encrypted_extensions"));
    }

    let shown =
        ServerShown::receive(&mut peer, &offer.policy, &offer.target, answer.suite, psk).await?;
    let finished =
        receive_finished(&mut peer, answer.suite, &keys.theirs, Epoch::Handshake).await?;

    let main = schedule.main(&peer, handshake);
    let application = schedule.application(&peer, &main)?;
    if encrypted.early_data {
        peer.send(&EndOfEarlyData {})?;
    }
    change_cipher_spec(&mut peer, &offer, &mut before);
    schedule.install(&mut peer, Direction::Sent, Epoch::Handshake, keys.send);
    limit_records(&mut peer, encrypted.record_limits);
    let client_scheme =
        answer_request(&mut peer, &offer.policy, answer.suite, shown.request).await?;
    send_finished(&mut peer, answer.suite, &keys.ours, Epoch::Handshake)?;

    schedule.install(&mut peer, Direction::Sent, Epoch::Traffic, application.send);
    let proved = Proved {
        peer: &shown.proof,
        finished,
    };
    schedule.receive_application(&mut peer, application.receive, proved);
    peer.order(Order::DropChangeCipherSpecs(0));
    let resumption = schedule.resumption(&peer, main)?;

    let offered = before.early.is_some();
    let early_data = match encrypted.early_data {
        true => EarlyData::Accepted,
        false => EarlyData::Rejected,
    };
    let agreed = Agreed {
        suite: answer.suite,
        client_random: offer.random,
        group,
        psk: shown.resumed,
        server_name: offer.target.sni.clone(),
        alpn: encrypted.alpn,
        record_limits: encrypted.record_limits,
        early_data: offered.then_some(early_data),
        retried: before.retried,
    };
    let keeps = offer.policy.resumption && offer.policy.tickets;
    let names = (agreed.server_name.clone(), agreed.alpn.clone());
    let tickets = shown
        .authenticated
        .filter(|_| keeps)
        .map(|server| Tickets::new(key, resumption, names, server));
    peer.leave(After::new(&peer, answer.suite).with_tickets(tickets));
    let mut facts = Facts::of_tls13(agreed, application.exporter);
    facts.server_scheme = shown.scheme;
    facts.client_scheme = client_scheme;
    facts.peer_certificates = shown.chain;
    facts.ocsp_response = shown.ocsp_response;
    facts.certificate_timestamps = shown.certificate_timestamps;
    facts.early_exporter = before.early;
    peer.trace(|| narrate::established(&facts));
    Ok(Ended::with(facts))
}
