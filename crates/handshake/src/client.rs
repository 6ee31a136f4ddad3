//! The client's hello exchange: offers, reads the ServerHello, follows the version it chose.

use std::sync::Arc;

use premaster_crypto::Side;
use premaster_session::{ClientKey, ClientSession};
use premaster_trace::Event;
use premaster_wire::{HelloRetryRequest, ProtocolVersion, Random, ServerHello, ServerHelloOrRetry};

use crate::answer::{Answer, selected_version};
use crate::engine::{Ended, refused};
use crate::error::At as _;
use crate::offer::{ClientOffer, may_offer};
use crate::peer::Peer;
use crate::tls13::client::{Before, Retry};
use crate::{
    ClientPolicy, Error, Fault, FindClientSession, Message, Target, classic, narrate, negotiate,
    tls13,
};

/// A client's handshake, to its end.
pub(crate) async fn script(
    mut peer: Peer,
    policy: Arc<ClientPolicy>,
    target: Target,
) -> Result<Ended, Error> {
    peer.trace(|| Event::Started {
        peer: Some(target.name.as_str().into()),
    });
    let policy = policy.in_effect()?;
    let key = ClientKey::new(target.name.clone(), policy.isolation);
    let session = find_session(&mut peer, &policy, &target, &key).await?;
    let mut offer = ClientOffer::new(&mut peer, policy, target, session)?;
    offer.send(&mut peer)?;

    let mut before = Before::default();
    tls13::client::begin_early_data(&mut peer, &offer, &mut before)?;

    let mut message = peer.expect::<ServerHello<'_>>().await?;
    if let Some(request) = retry_request(&offer, &message)? {
        let request = Retry::read(&offer, &request).at("hello_retry_request")?;
        tls13::client::retry(&mut peer, &mut offer, &request, message.len(), &mut before)?;
        message = peer.expect::<ServerHello<'_>>().await?;
        if retry_request(&offer, &message)?.is_some() {
            return Err(Error::new(Fault::UnexpectedMessage)
                .detail("a second HelloRetryRequest")
                .during("hello_retry_request"));
        }
    }
    let hello: ServerHello<'_> = message.decode()?;
    let version = check_version(&peer, &offer, &hello, &before).at("server_hello")?;
    if version == ProtocolVersion::TLSv1_3 {
        let answer = tls13::client::Answer::read(&offer, &hello).at("server_hello")?;
        return tls13::client::client(peer, offer, key, answer, before).await;
    }
    if offer.is_no_session(hello.session_id) {
        return Err(Error::new(Fault::SessionIdOfNoSession).during("server_hello"));
    }
    let answer = Answer::read(&offer, &hello, version).at("server_hello")?;
    classic::client(peer, offer, key, answer, classic::profile(version)?).await
}

/// A ServerHello with the one random that asks for another ClientHello (RFC 8446 section 4.1.4). Who does not speak
/// TLS 1.3 knows of no such thing.
fn retry_request<'a>(
    offer: &ClientOffer,
    message: &'a Message,
) -> Result<Option<HelloRetryRequest<'a>>, Error> {
    if !offer.policy.speaks_tls13() {
        return Ok(None);
    }
    match message.decode::<ServerHelloOrRetry<'_>>()? {
        ServerHelloOrRetry::HelloRetryRequest(request) => Ok(Some(request)),
        ServerHelloOrRetry::ServerHello(_) => Ok(None),
    }
}

/// Looks for a session with this very server that we would still make.
async fn find_session(
    peer: &mut Peer,
    policy: &ClientPolicy,
    target: &Target,
    key: &ClientKey,
) -> Result<Option<ClientSession>, Error> {
    if !policy.resumption {
        return Ok(None);
    }
    let question = FindClientSession { key: key.clone() };
    let found = peer
        .ask(question)
        .await
        .map_err(refused(Fault::QuestionFailed))?;
    let Some(found) = found else {
        return Ok(None);
    };
    match may_offer(policy, target, &found, peer.now()) {
        Ok(()) => Ok(Some(found)),
        Err(reason) => {
            peer.trace(|| Event::NotResumed {
                reason: reason.into(),
            });
            Ok(None)
        }
    }
}

/// The version that the server chose was offered, and nobody lowered it.
fn check_version(
    peer: &Peer,
    offer: &ClientOffer,
    hello: &ServerHello<'_>,
    before: &Before,
) -> Result<ProtocolVersion, Error> {
    let offered = &offer.policy.versions;
    let selected = hello.extensions().supported_versions();
    if before.retried && selected != Some(ProtocolVersion::TLSv1_3) {
        let version = selected.unwrap_or(hello.legacy_version);
        let detail = format!("the server chose {version}");
        return Err(Error::new(Fault::RetryVersionChanged).detail(detail));
    }
    let version = selected_version(hello, offered)?;
    let highest = offered.iter().copied().max().unwrap_or(version);
    let random: &Random = &hello.random;
    negotiate::refuse_downgrade(highest, version, random)?;
    if before.early.is_some() && version != ProtocolVersion::TLSv1_3 {
        let detail = format!("the server chose {version}");
        return Err(Error::new(Fault::EarlyDataDowngraded).detail(detail));
    }
    narrate::chose(
        peer,
        "version",
        Side::Server,
        version,
        offered.iter().copied(),
        [],
        "the server chose it among those that we offered",
    );
    Ok(version)
}
