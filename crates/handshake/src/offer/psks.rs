//! The pre-shared keys of a ClientHello: tickets and external keys, and the binders that prove them
//! (RFC 8446 section 4.2.11).

use premaster_crypto::tls13::{EarlySecret, Psk, PskKind};
use premaster_crypto::{Digest, HashAlgorithm, Suite, suite};
use premaster_session::{ClientSession, ExternalPskId, Session, TicketPsk, UnixTime};
use premaster_trace::{Derivation, EarlyDataReason, Event, ResumedBy};
use premaster_wire::{PskBinderEntry, PskIdentity};

use crate::narrate::hash_name;
use crate::peer::Peer;
use crate::tls13::told;
use crate::{ClientPolicy, Error, Fault};

/// A key that we offer.
pub(crate) struct OfferedPsk {
    identity: Vec<u8>,
    algorithm: HashAlgorithm,
    kind: PskKind,
    early: EarlySecret,
    /// What it resumes; `None` for an external key.
    session: Option<Session>,
    /// The external key that stands for the server, at once or since the session began.
    external: Option<ExternalPskId>,
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
            && let Some(suite) = suite(session.suite).filter(|suite| offered(suite.hash))
        {
            let psk = Psk::resumption(suite.hash, resumed.psk.as_bytes())
                .map_err(|_| Fault::CryptoFailed)?;
            let root = session.external_psk.clone();
            psks.push(Self::new(ticket, &psk, Some(session), root));
        }
        for external in &policy.external_psks {
            if offered(external.algorithm()) {
                let psk = external.offer()?;
                let identity = external.identity().to_vec();
                psks.push(Self::new(identity, psk, None, Some(external.id())));
            }
        }
        Ok(psks)
    }

    fn new(
        identity: Vec<u8>,
        psk: &Psk,
        session: Option<Session>,
        external: Option<ExternalPskId>,
    ) -> Self {
        Self {
            identity,
            algorithm: psk.algorithm(),
            kind: psk.kind(),
            early: EarlySecret::new(psk),
            session,
            external,
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

    /// Whether data may follow the ClientHello at once: under the session's own suite, in the session's own application
    /// protocol (RFC 8446 section 4.2.10). Else why not.
    pub(crate) fn may_carry_early_data(
        &self,
        policy: &ClientPolicy,
    ) -> Result<(), EarlyDataReason> {
        let session = self.session.as_ref().ok_or(EarlyDataReason::NoSession)?;
        if self.max_early_data() == 0 {
            return Err(EarlyDataReason::NotAllowedBySession);
        }
        if !policy.tls13_suites().any(|suite| suite.id == session.suite) {
            return Err(EarlyDataReason::CipherSuite);
        }
        let spoken = |alpn: &Vec<u8>| policy.alpn.contains(alpn);
        match session.alpn.as_ref().is_none_or(spoken) {
            true => Ok(()),
            false => Err(EarlyDataReason::ApplicationProtocol),
        }
    }

    /// Seconds since the full handshake behind a ticket.
    pub(crate) fn age(&self, now: UnixTime) -> Option<u64> {
        let session = self.session.as_ref()?;
        let since = session.authenticated_at.as_secs();
        Some(now.as_secs().saturating_sub(since))
    }

    /// Where the key schedule begins with it (RFC 8446 section 7.1).
    pub(crate) fn early(&self) -> &EarlySecret {
        &self.early
    }

    /// See [`OfferedPsk::early`]; what it resumes, and the external key that stands for the server.
    pub(crate) fn into_parts(self) -> (EarlySecret, Option<Session>, Option<ExternalPskId>) {
        (self.early, self.session, self.external)
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

    /// How many bytes the binders take at the end of a ClientHello, their length included.
    pub(crate) fn binders_len(psks: &[Self]) -> usize {
        let entries = psks
            .iter()
            .map(|psk| psk.algorithm.output_len().saturating_add(1));
        entries.fold(2, usize::saturating_add)
    }

    /// Writes the binders over the end of an encoded ClientHello: each proves that we know its key, and for this
    /// ClientHello alone (RFC 8446 section 4.2.11.2).
    pub(crate) fn bind(psks: &[Self], peer: &Peer, message: &mut [u8]) {
        let Some((covered, binders)) = message
            .len()
            .checked_sub(Self::binders_len(psks))
            .and_then(|end| message.split_at_mut_checked(end))
            .filter(|_| !psks.is_empty())
        else {
            return;
        };
        let mut rest = binders.get_mut(2..).unwrap_or_default();
        for psk in psks {
            let digest = peer.transcript.digest_with(psk.algorithm, covered);
            psk.tell(peer, &digest);
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

    /// Tells of the binder, and once of what it comes from.
    fn tell(&self, peer: &Peer, digest: &Digest) {
        let (name, length) = (hash_name(self.algorithm), self.algorithm.output_len());
        let kind = told(self.kind);
        if peer.transcript.messages().is_empty() {
            peer.trace(|| Event::Derived(Derivation::early_secret(name, length, Some(kind))));
            peer.trace(|| Event::Derived(Derivation::binder_key(name, length, kind)));
        }
        peer.trace(|| Event::Derived(Derivation::binder(name, digest)));
    }
}
