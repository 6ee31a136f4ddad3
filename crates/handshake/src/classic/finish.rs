//! Finished, written once: both sides, both directions (RFC 5246 section 7.4.9).

use premaster_crypto::DirectionKeys;
use premaster_crypto::tls12::{FinishedProof, MasterSecret};
use premaster_trace::Epoch;
use premaster_wire::Finished;

use crate::classic::{Hellos, keys};
use crate::engine::Ended;
use crate::peer::Peer;
use crate::{Direction, Error, Facts, Fault, Keys, Order};

/// Changes our cipher and says Finished under the new keys.
pub(crate) fn send_finished(
    peer: &mut Peer,
    hellos: &Hellos,
    master: &MasterSecret,
    keys: DirectionKeys,
) -> Result<(), Error> {
    let us = peer.side();
    let transcript = keys::transcript_for_finished(peer, hellos, us)?;
    let verify_data = master.verify_data(us, &transcript);
    peer.note_finished(&verify_data);
    peer.change_cipher_spec();
    peer.order(install(Direction::Sent, hellos, keys));
    peer.send(&Finished {
        verify_data: &verify_data,
    })
}

/// Lets the peer change its cipher and checks its Finished under the new keys.
pub(crate) async fn receive_finished(
    peer: &mut Peer,
    hellos: &Hellos,
    master: &MasterSecret,
    keys: DirectionKeys,
) -> Result<FinishedProof, Error> {
    peer.expect_change_cipher_spec().await?;
    peer.order(install(Direction::Received, hellos, keys));
    let them = peer.side().other();
    // The transcript as it stood before the Finished that it proves.
    let transcript = keys::transcript_for_finished(peer, hellos, them)?;
    let message = peer.expect::<Finished<'_>>().await?;
    let finished: Finished<'_> = message.decode()?;
    let proof = master
        .check_verify_data(them, &transcript, finished.verify_data)
        .map_err(|_| Error::new(Fault::BadFinished).during("finished"))?;
    peer.note_finished(finished.verify_data);
    Ok(proof)
}

fn install(direction: Direction, hellos: &Hellos, keys: DirectionKeys) -> Order {
    Order::Install {
        direction,
        epoch: Epoch::Traffic,
        version: hellos.version,
        suite: hellos.suite,
        keys: Keys::Block {
            keys,
            mac_order: hellos.mac_order(),
        },
    }
}

/// What the two sides may rely on from now on. That there is a proof means that the peer's
/// Finished was right: both saw the same handshake and hold the same keys.
pub(crate) fn establish(
    peer: &mut Peer,
    hellos: Hellos,
    master: MasterSecret,
    _finished: FinishedProof,
    details: impl FnOnce(&mut Facts),
) -> Ended {
    let mut facts = Facts::of(hellos, master);
    facts.first_finished = core::mem::take(&mut peer.first_finished);
    details(&mut facts);
    peer.trace(|| crate::narrate::established(&facts));
    Ended::with(facts)
}
