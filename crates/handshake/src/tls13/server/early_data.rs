//! Early data: whether it is read, and the keys that it comes under (RFC 8446 section 4.2.10, RFC 8446 section 8).

use premaster_crypto::tls13::TrafficSecret;
use premaster_trace::{EarlyData, EarlyDataReason};
use premaster_wire::tls13::EndOfEarlyData;

use super::choice::Chosen;
use super::psk::ChosenPsk;
use crate::engine::refused;
use crate::facts::EarlyExporter;
use crate::narrate;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::record_limits::RecordLimits;
use crate::tls13::Agreed;
use crate::tls13::keys::Schedule;
use crate::{AdmitEarlyData, Direction, Epoch, Error, Fault, Order, ServerPolicy};

/// What is dropped of early data in any case, known ticket or not: a full record.
const SKIPPED: u32 = 16_384;

/// A record of TLS 1.3 holds no more (RFC 8449 section 4).
const UNLIMITED: u16 = 16_385;

/// What becomes of early data.
pub(super) struct Early {
    what: What,
    reason: EarlyDataReason,
}

enum What {
    NotOffered,
    Rejected {
        /// How much of it may come; `None`: it has been dropped since a HelloRetryRequest.
        allowed: Option<u32>,
    },
    Accepted {
        limit: u32,
        secret: TrafficSecret,
        exporter: EarlyExporter,
    },
}

impl Early {
    /// Whether it is read. ClientHello is the last message so far, and its binder is right; the first ClientHello of two
    /// says whether there is any.
    pub(super) async fn decide(
        peer: &mut Peer,
        policy: &ServerPolicy,
        (offer, offered): (&Offer<'_>, bool),
        chosen: &Chosen,
        alpn: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let (psk, limit) = match may_read(peer, policy, (offer, offered), chosen, alpn) {
            Ok(may) => may,
            Err(reason) if !offered => return Ok(What::NotOffered.because(reason)),
            Err(reason) if chosen.retried => {
                return Ok(What::Rejected { allowed: None }.because(reason));
            }
            Err(reason) => {
                rejected(peer, reason);
                let allowed = Some(allowed(policy, chosen));
                return Ok(What::Rejected { allowed }.because(reason));
            }
        };
        let question = AdmitEarlyData { key: psk.ticket };
        let admitted = peer.ask(question).await;
        if !admitted.map_err(refused(Fault::QuestionFailed))? {
            rejected(peer, EarlyDataReason::Repeated);
            let allowed = Some(limit);
            return Ok(What::Rejected { allowed }.because(EarlyDataReason::Repeated));
        }
        let schedule = Schedule {
            suite: chosen.suite,
            client_random: offer.random,
        };
        let (secret, exporter) = schedule.early(peer, &psk.early);
        narrate::early_data(peer, EarlyData::Accepted, "it comes for the first time");
        let accepted = What::Accepted {
            limit,
            secret,
            exporter,
        };
        Ok(accepted.because(EarlyDataReason::Accepted))
    }

    pub(super) fn told(&self) -> Option<EarlyData> {
        match self.what {
            What::NotOffered => None,
            What::Rejected { .. } => Some(EarlyData::Rejected),
            What::Accepted { .. } => Some(EarlyData::Accepted),
        }
    }

    pub(super) fn reason(&self) -> EarlyDataReason {
        self.reason
    }

    /// Has the client's next records read: early data first if it is accepted. Then the handshake's keys have to wait for
    /// its end, and come back.
    pub(super) fn read(
        self,
        peer: &mut Peer,
        schedule: Schedule,
        handshake: TrafficSecret,
    ) -> (Option<EarlyExporter>, Option<TrafficSecret>) {
        match self.what {
            What::Accepted {
                limit,
                secret,
                exporter,
            } => {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                schedule.install(peer, Direction::Received, Epoch::EarlyData, secret);
                peer.order(Order::EarlyData { limit });
                return (Some(exporter), Some(handshake));
            }
            What::Rejected {
                allowed: Some(allowed),
            } => skip(peer, allowed),
            What::Rejected { allowed: None } | What::NotOffered => {}
        }
        schedule.install(peer, Direction::Received, Epoch::Handshake, handshake);
        (None, None)
    }
}

impl What {
    fn because(self, reason: EarlyDataReason) -> Early {
        Early { what: self, reason }
    }
}

/// By how much the ticket's age in the client's words is off, in milliseconds, if a session is resumed.
pub(super) fn age_skew(peer: &Peer, chosen: &Chosen) -> Option<i64> {
    let resumed = chosen.psk.as_ref()?.resumed()?;
    let ticket = resumed.session.ticket_psk()?;
    Some(ticket.age_skew(resumed.obfuscated_age, peer.now()))
}

/// Takes the end of early data; then the handshake goes on under its own keys (RFC 8446 section 4.5).
pub(super) async fn end(
    peer: &mut Peer,
    schedule: Schedule,
    handshake: Option<TrafficSecret>,
) -> Result<(), Error> {
    let Some(handshake) = handshake else {
        return Ok(());
    };
    let message = peer.expect::<EndOfEarlyData>().await?;
    message.decode::<EndOfEarlyData>()?;
    schedule.install(peer, Direction::Received, Epoch::Handshake, handshake);
    Ok(())
}

/// Has early data dropped that comes though it is not read; so much of it if the ticket allows it.
pub(super) fn skip(peer: &mut Peer, allowed: u32) {
    let limit = allowed.max(SKIPPED);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    peer.order(Order::SkipEarlyData { limit });
}

/// The sizes of records as long as early data may come: what was under way before the client knew of our limit is not held
/// to it (RFC 8449 section 4).
pub(super) fn limits_for_now(agreed: &Agreed) -> Option<RecordLimits> {
    let early = agreed.early_data.is_some();
    agreed.record_limits.map(|limits| RecordLimits {
        ours: if early { UNLIMITED } else { limits.ours },
        theirs: limits.theirs,
    })
}

/// Tells that early data is dropped, and why.
pub(super) fn rejected(peer: &Peer, reason: EarlyDataReason) {
    narrate::early_data(peer, EarlyData::Rejected, reason.words());
}

/// How much early data the ticket allows, if we know it; else what tickets allow now.
fn allowed(policy: &ServerPolicy, chosen: &Chosen) -> u32 {
    let resumed = chosen.psk.as_ref().and_then(|psk| psk.resumed());
    let ticket = resumed.and_then(|resumed| resumed.session.ticket_psk());
    let said = ticket.map_or(0, |ticket| ticket.max_early_data);
    said.max(policy.early_data)
}

/// Everything but the register of those that have come before: the key that it stands under, and how much may come; else
/// why not.
fn may_read<'a>(
    peer: &Peer,
    policy: &ServerPolicy,
    (offer, offered): (&Offer<'_>, bool),
    chosen: &'a Chosen,
    alpn: Option<&[u8]>,
) -> Result<(&'a ChosenPsk, u32), EarlyDataReason> {
    if policy.early_data == 0 {
        return Err(EarlyDataReason::Disabled);
    }
    let none = match &offer.psks {
        Some(_) => EarlyDataReason::SessionNotResumed,
        None => EarlyDataReason::NoSession,
    };
    let psk = chosen.psk.as_ref().ok_or(none)?;
    let resumed = psk.resumed().ok_or(EarlyDataReason::NoSession)?;
    let session = &resumed.session;
    let ticket = session.ticket_psk();
    let ticket = ticket.filter(|ticket| ticket.max_early_data > 0);
    let ticket = ticket.ok_or(EarlyDataReason::NotAllowedBySession)?;
    let tolerance = policy.ticket_age_tolerance;
    let fresh = || ticket.is_fresh(resumed.obfuscated_age, peer.now(), tolerance);
    match () {
        () if !offered => Err(EarlyDataReason::NotOffered),
        () if psk.index != 0 => Err(EarlyDataReason::NotFirstKey),
        () if ticket.max_early_data > policy.early_data => Err(EarlyDataReason::LimitLowered),
        () if session.suite != chosen.suite.id => Err(EarlyDataReason::CipherSuite),
        () if session.alpn.as_deref() != alpn => Err(EarlyDataReason::ApplicationProtocol),
        () if !fresh() => Err(EarlyDataReason::TicketAge),
        () if chosen.retried => Err(EarlyDataReason::HelloRetryRequest),
        () => Ok((psk, ticket.max_early_data)),
    }
}
