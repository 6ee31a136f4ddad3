//! Early data: what follows the ClientHello before anybody has answered it (RFC 8446 section 4.2.10).

use premaster_trace::{EarlyData, EarlyDataReason};

use super::Before;
use super::agree::ChosenPsk;
use super::answer::{Answer, Encrypted};
use crate::offer::ClientOffer;
use crate::peer::Peer;
use crate::tls13::keys::Schedule;
use crate::{Direction, Epoch, Error, Fault, Order, narrate};

/// Lets early data follow the ClientHello.
pub(crate) fn begin_early_data(
    peer: &mut Peer,
    offer: &ClientOffer,
    before: &mut Before,
) -> Result<(), Error> {
    let Some(psk) = offer.psks.first().filter(|_| offer.early_data.is_ok()) else {
        return Ok(());
    };
    let Some(suite) = psk.suite() else {
        return Ok(());
    };
    before.change_cipher_spec(peer, offer);
    let schedule = Schedule {
        suite,
        client_random: offer.random,
    };
    let (secret, exporter) = schedule.early(peer, psk.early());
    schedule.install(peer, Direction::Sent, Epoch::EarlyData, secret);
    let limit = usize::try_from(psk.max_early_data()).unwrap_or(usize::MAX);
    peer.order(Order::EarlyData { limit });
    narrate::early_data(peer, EarlyData::Offered, "the session allows it");
    before.early = Some(exporter);
    before.early_is_read = true;
    Ok(())
}

/// What the server makes of it, which EncryptedExtensions says, and why. It may be accepted only under the key and in the protocol
/// that it was sent in.
pub(super) fn settle(
    peer: &mut Peer,
    offer: &ClientOffer,
    before: &mut Before,
    answer: &Answer,
    psk: Option<&ChosenPsk>,
    encrypted: &Encrypted,
) -> Result<EarlyDataReason, Error> {
    if encrypted.early_data && !before.early_is_read {
        // Nothing is under way, whatever a shaped ClientHello said.
        let detail = "the server answered early_data".to_owned();
        return Err(Error::new(Fault::ExtensionNotOffered).detail(detail));
    }
    if before.early.is_none() {
        let not_offered = offer.early_data.err();
        return Ok(not_offered.unwrap_or(EarlyDataReason::NotOffered));
    }
    if !encrypted.early_data {
        before.early_is_read = false;
        if !before.retried {
            // Nobody reads any more of it.
            peer.order(Order::EarlyData { limit: 0 });
        }
        let why = match (before.retried, psk) {
            (true, _) => EarlyDataReason::HelloRetryRequest,
            (false, None) => EarlyDataReason::SessionNotResumed,
            (false, Some(_)) => EarlyDataReason::Declined,
        };
        narrate::early_data(peer, EarlyData::Rejected, why.words());
        return Ok(why);
    }
    let Some(psk) = psk.filter(|_| answer.psk == Some(0)) else {
        return Err(Fault::EarlyDataMisplaced.into());
    };
    let changed = |detail: String| Err(Error::new(Fault::EarlyDataChanged).detail(detail));
    if psk.session_suite() != Some(answer.suite.id) {
        return changed(format!("the server chose {}", answer.suite.name));
    }
    if psk.alpn() != encrypted.alpn.as_deref() {
        return changed("the server chose another application protocol".to_owned());
    }
    narrate::early_data(peer, EarlyData::Accepted, "the server reads it");
    Ok(EarlyDataReason::Accepted)
}
