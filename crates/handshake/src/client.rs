//! The client's hello exchange: offers, reads the ServerHello, follows the version it chose.

use std::sync::Arc;

use premaster_crypto::Side;
use premaster_session::{ClientKey, ClientSession};
use premaster_trace::Event;
use premaster_wire::{ProtocolVersion, Random, ServerHello};

use crate::answer::Answer;
use crate::classic::sessions::fragment_length;
use crate::engine::refused;
use crate::error::At as _;
use crate::offer::ClientOffer;
use crate::peer::Peer;
use crate::{
    ClientPolicy, Error, Facts, Fault, FindClientSession, Target, classic, narrate, negotiate,
};

/// A client's handshake, to its end.
pub(crate) async fn script(
    mut peer: Peer,
    policy: Arc<ClientPolicy>,
    target: Target,
) -> Result<Facts, Error> {
    peer.trace(|| Event::Started {
        peer: Some(target.name.as_str().into()),
    });
    let key = ClientKey::new(target.name.clone(), policy.isolation);
    let session = find_session(&mut peer, &policy, &target, &key).await?;
    let mut offer = ClientOffer::new(&mut peer, policy, target, session)?;
    offer.send(&mut peer)?;

    let message = peer.expect::<ServerHello<'_>>().await?;
    let hello: ServerHello<'_> = message.decode()?;
    let version = check_version(&peer, &offer, &hello).at("server_hello")?;
    let answer = Answer::read(&offer, &hello).at("server_hello")?;
    classic::client(peer, offer, key, answer, classic::profile(version)?).await
}

/// Looks for a session with this very server, whose version, suite and fragment length we would still offer.
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
    let now = peer.now();
    Ok(found.filter(|found| {
        let session = &found.session;
        session.check(&policy.isolation, now).is_ok()
            && session.extended_master_secret
            && session.server_name == target.sni
            && !session.peer_certificates.is_empty()
            && (policy.tickets || found.ticket.is_empty())
            && policy.versions.contains(&ProtocolVersion(session.version))
            && policy.suites.iter().any(|suite| suite.id == session.suite)
            && fragment_length(session).is_none_or(|length| {
                // A server may refuse whoever asks for another one than the session has.
                policy.max_fragment_length == Some(length)
            })
    }))
}

/// The version that the server chose was offered, and nobody lowered it.
fn check_version(
    peer: &Peer,
    offer: &ClientOffer,
    hello: &ServerHello<'_>,
) -> Result<ProtocolVersion, Error> {
    let version = crate::answer::selected_version(hello);
    let offered = &offer.policy.versions;
    if !offered.contains(&version) {
        let detail = format!("the server chose {version}");
        return Err(Error::new(Fault::VersionNotOffered).detail(detail));
    }
    let highest = offered.iter().copied().max().unwrap_or(version);
    let random: &Random = &hello.random;
    negotiate::refuse_downgrade(highest, version, random)?;
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
