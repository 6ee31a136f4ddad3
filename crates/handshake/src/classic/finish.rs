//! Finished, written once: both sides, both directions (RFC 5246 section 7.4.9).

use premaster_crypto::DirectionKeys;
use premaster_crypto::tls12::{FinishedProof, MasterSecret};
use premaster_wire::Finished;

use crate::classic::{Hellos, keys};
use crate::peer::Peer;
use crate::{Direction, Error, Facts, Fault, Order};

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
    peer.change_cipher_spec(hellos.version, hellos.suite, keys);
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
    let (version, suite) = (hellos.version, hellos.suite);
    peer.order(Order::Install {
        direction: Direction::Received,
        version,
        suite,
        keys,
    });
    let them = peer.side().other();
    // The transcript as it stood before the Finished that it proves.
    let transcript = keys::transcript_for_finished(peer, hellos, them)?;
    let message = peer.expect::<Finished<'_>>().await?;
    let finished: Finished<'_> = message.decode()?;
    master
        .check_verify_data(them, &transcript, finished.verify_data)
        .map_err(|_| Error::new(Fault::BadFinished).during("finished"))
}

/// Announces the record sizes that hold once records are protected (RFC 8449 section 4).
pub(crate) fn limit_records(peer: &mut Peer, hellos: &Hellos) {
    if let Some(limits) = hellos.record_limits {
        peer.order(Order::LimitRecords {
            send: usize::from(limits.theirs),
            receive: usize::from(limits.ours),
        });
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
) -> Facts {
    let mut facts = Facts::of(hellos, master);
    details(&mut facts);
    peer.trace(|| crate::narrate::established(&facts));
    facts
}
