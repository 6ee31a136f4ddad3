//! The pre-shared keys of a ClientHello: tickets and external keys, and the binders that prove them
//! (RFC 8446 section 4.2.11).

use std::sync::Arc;

use premaster_crypto::tls13::{EarlySecret, Psk, PskKind};
use premaster_crypto::{HashAlgorithm, Suite, suite};
use premaster_session::{ClientSession, Session, TicketPsk, UnixTime};
use premaster_trace::ResumedBy;
use premaster_wire::{PskBinderEntry, PskIdentity};

use crate::transcript::Transcript;
use crate::{ClientPolicy, Error, Fault};

/// A key that we offer.
pub(crate) struct OfferedPsk {
    identity: Vec<u8>,
    algorithm: HashAlgorithm,
    kind: PskKind,
    early: EarlySecret,
    /// What it resumes; `None` for an external key.
    session: Option<Session>,
}

impl OfferedPsk {
    /// The session's, then the external ones: each good for a suite that we offer.
    pub(crate) fn all(
        policy: &ClientPolicy,
        resumable: Option<ClientSession>,
    ) -> Result<Vec<Self>, Error> {
        let offered = |algorithm| {
            let mut suites = policy.tls13_suites();
            suites.any(|suite| suite.hash == algorithm)
        };
        let mut psks = Vec::new();
        if policy.psk_modes.is_empty() {
            return Ok(psks);
        }
        if let Some(ClientSession {
            session, ticket, ..
        }) = resumable
            && let Some(resumed) = session.ticket_psk()
            && let Some(suite) = policy
                .tls13_suites()
                .find(|suite| suite.id == session.suite)
        {
            let psk = Psk::resumption(suite.hash, resumed.psk.as_bytes())
                .map_err(|_| Fault::CryptoFailed)?;
            psks.push(Self::new(ticket, &psk, Some(session)));
        }
        for external in &policy.external_psks {
            let psk: &Arc<Psk> = external.psk();
            if offered(psk.algorithm()) {
                psks.push(Self::new(external.identity().to_vec(), psk, None));
            }
        }
        Ok(psks)
    }

    fn new(identity: Vec<u8>, psk: &Psk, session: Option<Session>) -> Self {
        Self {
            identity,
            algorithm: psk.algorithm(),
            kind: psk.kind(),
            early: EarlySecret::new(psk),
            session,
        }
    }

    /// The hash function of the suites that it is good for.
    pub(crate) fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// By what it is known.
    pub(crate) fn by(&self) -> ResumedBy {
        match self.session {
            Some(_) => ResumedBy::Ticket,
            None => ResumedBy::Psk,
        }
    }

    /// Most bytes of early data that the server said it would take under this key.
    pub(crate) fn max_early_data(&self) -> u32 {
        let ticket = self.session.as_ref().and_then(Session::ticket_psk);
        ticket.map_or(0, |ticket| ticket.max_early_data)
    }

    /// Where the key schedule begins with it (RFC 8446 section 7.1).
    pub(crate) fn early(&self) -> &EarlySecret {
        &self.early
    }

    /// See [`OfferedPsk::early`]; and what it resumes.
    pub(crate) fn into_parts(self) -> (EarlySecret, Option<Session>) {
        (self.early, self.session)
    }

    /// Where the key comes from.
    pub(crate) fn kind(&self) -> PskKind {
        self.kind
    }

    /// The suite of the session that it resumes: early data is protected by it (RFC 8446 section 4.2.10).
    pub(crate) fn suite(&self) -> Option<&'static Suite> {
        self.session
            .as_ref()
            .and_then(|session| suite(session.suite))
    }

    /// As it stands in the ClientHello; the age of a ticket hides behind what the server added to it
    /// (RFC 8446 section 4.2.11.1).
    pub(crate) fn identity(&self, now: UnixTime) -> PskIdentity<'_> {
        let ticket = self.session.as_ref().and_then(Session::ticket_psk);
        PskIdentity {
            identity: &self.identity,
            obfuscated_ticket_age: ticket
                .map_or(0, |ticket: &TicketPsk| ticket.obfuscated_age(now)),
        }
    }

    /// Where its binder will stand.
    pub(crate) fn no_binder(&self) -> PskBinderEntry<'static> {
        const ZEROS: [u8; 64] = [0; 64];
        PskBinderEntry {
            binder: ZEROS.get(..self.algorithm.output_len()).unwrap_or(&ZEROS),
        }
    }

    /// Writes the binders over the end of an encoded ClientHello: each proves that we know its key, and for this
    /// ClientHello alone (RFC 8446 section 4.2.11.2).
    pub(crate) fn bind(psks: &[Self], transcript: &Transcript, message: &mut [u8]) {
        let binders = psks
            .iter()
            .map(|psk| psk.algorithm.output_len().saturating_add(1));
        let length: usize = binders.sum::<usize>().saturating_add(2);
        if psks.is_empty() {
            return;
        }
        let Some((covered, binders)) = message
            .len()
            .checked_sub(length)
            .and_then(|end| message.split_at_mut_checked(end))
        else {
            return;
        };
        let mut rest = binders.get_mut(2..).unwrap_or_default();
        for psk in psks {
            let digest = transcript.digest_with(psk.algorithm, covered);
            let binder = psk.early.binder_key().binder(&digest);
            let Some((entry, behind)) = rest.split_at_mut_checked(binder.len().saturating_add(1))
            else {
                return;
            };
            if let Some(place) = entry.get_mut(1..) {
                place.copy_from_slice(&binder);
            }
            rest = behind;
        }
    }
}
