//! From the hellos to the handshake secret.

use premaster_crypto::tls13::HandshakeSecret;

use super::answer::{Answer, missing};
use crate::group::Group;
use crate::offer::{ClientOffer, OfferedPsk};
use crate::peer::Peer;
use crate::tls13::keys::{PeerProof, Schedule, begin_with_psk, told};
use crate::{Error, Fault};
use premaster_crypto::SharedSecret;
use premaster_session::{ExternalPskId, Session};
use premaster_trace::{Event, ResumedBy};
use premaster_wire::PskKeyExchangeMode;

/// What both sides know now.
pub(super) struct Secret {
    pub(super) handshake: HandshakeSecret,
    pub(super) group: Option<Group>,
    pub(super) psk: Option<ChosenPsk>,
}

/// A pre-shared key that the server chose.
pub(super) struct ChosenPsk {
    pub(super) by: ResumedBy,
    pub(super) session: Option<Session>,
    /// The external key that stands for the server, at once or since the session began.
    pub(super) external: Option<ExternalPskId>,
    pub(super) proof: PeerProof,
}

/// Joins our half with the server's (RFC 8446 section 7.1).
pub(super) fn agree(
    peer: &Peer,
    offer: &mut ClientOffer,
    answer: &Answer,
    schedule: Schedule,
) -> Result<Secret, Error> {
    let psk = answer
        .psk
        .map(|at| take_psk(offer, answer, at))
        .transpose()?;
    if psk.is_none() && offer.policy.require_external_psk {
        return Err(missing(
            "ServerHello has no pre_shared_key, and no certificate will do",
        ));
    }
    let modes = &offer.policy.psk_modes;
    let mode = match (&psk, &answer.share) {
        (None, None) => {
            return Err(missing(
                "ServerHello has neither key_share nor pre_shared_key",
            ));
        }
        (None, Some(_)) => None,
        (Some(_), Some(_)) => Some(PskKeyExchangeMode::psk_dhe_ke),
        (Some(_), None) => Some(PskKeyExchangeMode::psk_ke),
    };
    if let Some(mode) = mode.filter(|mode| !modes.contains(mode)) {
        let detail = format!("the server chose {mode}");
        return Err(Error::new(Fault::PskAloneNotOffered).detail(detail));
    }
    let exchanged = exchange(peer, offer, answer)?;
    let (group, shared) = exchanged.unzip();
    tell(peer, offer, answer, psk.as_ref(), schedule);
    schedule.tell_handshake_secret(peer, shared.is_some());
    let Some(psk) = psk else {
        let shared = shared.ok_or(Fault::CryptoFailed)?;
        let secret = HandshakeSecret::without_psk(answer.suite.hash, &shared);
        return Ok(Secret {
            handshake: secret.map_err(|_| Fault::BadKeyShare)?,
            group,
            psk: None,
        });
    };
    let by = psk.by();
    let (early, session, external) = psk.into_parts();
    let (handshake, proof) = begin_with_psk(early, shared.as_ref())?;
    Ok(Secret {
        handshake,
        group,
        psk: Some(ChosenPsk {
            by,
            session,
            external,
            proof,
        }),
    })
}

impl ChosenPsk {
    /// The suite of the session: early data was sent under it.
    pub(super) fn session_suite(&self) -> Option<u16> {
        self.session.as_ref().map(|session| session.suite)
    }

    /// The application protocol of the session: early data was sent in it.
    pub(super) fn alpn(&self) -> Option<&[u8]> {
        let session = self.session.as_ref();
        session.and_then(|session| session.alpn.as_deref())
    }
}

/// Tells what the schedule begins with. Of the keys that were offered the early secrets have been told already.
fn tell(
    peer: &Peer,
    offer: &ClientOffer,
    answer: &Answer,
    psk: Option<&OfferedPsk>,
    schedule: Schedule,
) {
    match (psk, answer.psk) {
        (Some(psk), Some(index)) => peer.trace(|| Event::PskChosen {
            psk: told(psk.kind()),
            index,
            key_exchange: answer.share.is_some(),
            age: psk.age(peer.now()),
        }),
        _ => {
            if !offer.psks.is_empty() {
                peer.trace(|| Event::NotResumed {
                    reason: "the server wants a full handshake".into(),
                });
            }
            schedule.tell_no_psk(peer);
        }
    }
}

/// One that we offered, for the hash function of the suite (RFC 8446 section 4.2.11).
fn take_psk(offer: &mut ClientOffer, answer: &Answer, at: u16) -> Result<OfferedPsk, Error> {
    let at = usize::from(at);
    let fits = offer
        .psks
        .get(at)
        .is_some_and(|psk| psk.algorithm() == answer.suite.hash);
    if !fits {
        let detail = format!("number {at} of {}", offer.psks.len());
        return Err(Error::new(Fault::PskNotOffered).detail(detail));
    }
    Ok(offer.psks.swap_remove(at))
}

/// The key exchange, if there is one. Our other key pairs are dropped.
fn exchange(
    peer: &Peer,
    offer: &mut ClientOffer,
    answer: &Answer,
) -> Result<Option<(Group, SharedSecret)>, Error> {
    let shares = core::mem::take(&mut offer.shares);
    let Some((id, theirs)) = &answer.share else {
        return Ok(None);
    };
    let share = shares.into_iter().find(|share| share.id == *id);
    let share = share.ok_or_else(|| {
        let detail = format!("the server chose {id}");
        Error::new(Fault::KeyShareNotOffered).detail(detail)
    })?;
    share.group.check_tls13_share(theirs)?;
    let shared = share.group.complete(peer, share.ours, theirs)?;
    Ok(Some((share.group, shared)))
}
