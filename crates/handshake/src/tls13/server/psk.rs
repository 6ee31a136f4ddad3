//! The pre-shared key that a client offers and we take: a session that goes on, or an external key
//! (RFC 8446 section 4.2.11).

use std::sync::Arc;

use premaster_crypto::tls13::{BinderProof, EarlySecret, Psk};
use premaster_crypto::{HashAlgorithm, Suite, suite};
use premaster_session::{ExternalPskId, Session, TicketPsk, UnixTime};
use premaster_trace::{Derivation, Event, ResumedBy};
use premaster_wire::{OfferedPsks, ProtocolVersion, PskIdentity};

use super::choice;
use crate::engine::refused;
use crate::narrate::hash_name;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::tls13::keys::told;
use crate::{
    ClientAuth, Error, ExternalPsk, Fault, FindPsk, OpenTicket, ServerPolicy, StoreSession,
    TakeSession,
};

/// A session that passed every check for resumption, or an external key that this client may use; made in this file alone.
struct MayUse(());

/// A key that both sides know: it may be used, and the client has proved that it knows it.
pub(super) struct ChosenPsk {
    /// Its place among those that the client offers.
    pub(super) index: u16,
    /// The suite that it is used with.
    pub(super) suite: &'static Suite,
    /// Where the key schedule begins with it (RFC 8446 section 7.1).
    pub(super) early: EarlySecret,
    pub(super) proof: BinderProof,
    /// Where the key comes from.
    pub(super) kind: premaster_crypto::tls13::PskKind,
    /// What stands for this ticket and no other: a hash of the identity.
    pub(super) ticket: [u8; 32],
    pub(super) root: Root,
    #[expect(dead_code, reason = "held, not read: that it exists is the proof")]
    may: MayUse,
}

/// What the key says about the client.
pub(super) enum Root {
    Session(Resumed),
    /// An external key stands for it.
    External(ExternalPskId),
}

/// A session that goes on.
pub(super) struct Resumed {
    pub(super) session: Box<Session>,
    pub(super) by: ResumedBy,
    /// How old the client says that its ticket is.
    pub(super) obfuscated_age: u32,
}

impl ChosenPsk {
    /// By what it is known.
    pub(super) fn by(&self) -> ResumedBy {
        self.resumed().map_or(ResumedBy::Psk, |resumed| resumed.by)
    }

    /// The session that goes on; `None` with an external key.
    pub(super) fn resumed(&self) -> Option<&Resumed> {
        match &self.root {
            Root::Session(resumed) => Some(resumed),
            Root::External(_) => None,
        }
    }

    /// The external key that stands for the client, now or since the session began.
    pub(super) fn external(&self) -> Option<&ExternalPskId> {
        match &self.root {
            Root::Session(resumed) => resumed.session.external_psk.as_ref(),
            Root::External(id) => Some(id),
        }
    }

    /// Tells that it was chosen.
    pub(super) fn tell(&self, peer: &Peer, key_exchange: bool) {
        let now = peer.now().as_secs();
        let begun = |resumed: &Resumed| resumed.session.authenticated_at.as_secs();
        let begun = self.resumed().map(begun);
        peer.trace(|| Event::PskChosen {
            psk: told(self.kind),
            index: self.index,
            key_exchange,
            age: begun.map(|begun| now.saturating_sub(begun)),
        });
    }
}

/// How far a search goes.
#[derive(Clone, Copy)]
pub(super) struct Search {
    /// The suite, if a HelloRetryRequest has fixed it.
    pub(super) suite: Option<&'static Suite>,
    /// Whether this is the last ClientHello. Else sessions that can be taken but once stay where they are.
    pub(super) last: bool,
}

/// The first key of the client's that we know and that may be used here and now. ClientHello is the last message so far.
///
/// The binder of that key alone is checked, and it is wrong for nobody who knows the key (RFC 8446 section 4.2.11).
pub(super) async fn find(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    search: Search,
) -> Result<Option<ChosenPsk>, Error> {
    let Some(offered) = &offer.psks else {
        return Ok(None);
    };
    let pairs = offered.pairs().ok_or(Fault::BadPskCount)?;
    let limit = peer.limits.psk_identities;
    for (index, (identity, binder)) in (0..).zip(pairs).take(limit) {
        let Some(found) = look_up(peer, policy, &identity, search).await? else {
            not_used(peer, "nothing is known under this identity");
            continue;
        };
        match may_use(policy, offer, &found, search, peer.now()) {
            Ok((suite, may)) => {
                let psk = found.psk()?;
                let early = EarlySecret::new(&psk);
                let proof = check_binder(peer, offered, &psk, &early, binder.binder)?;
                if let Some(external) = found.external() {
                    external.choose(&proof)?;
                }
                return Ok(Some(ChosenPsk {
                    index,
                    suite,
                    early,
                    proof,
                    kind: psk.kind(),
                    ticket: fingerprint(identity.identity),
                    root: found.root(identity.obfuscated_ticket_age),
                    may,
                }));
            }
            Err(reason) => {
                not_used(peer, reason);
                found.put_back(peer, &identity).await?;
            }
        }
    }
    Ok(None)
}

/// What is known under an identity.
enum Found {
    Session {
        session: Box<Session>,
        by: ResumedBy,
        /// The key that is known under the identity of the one that it rests on, if it rests on one.
        external: Option<Arc<ExternalPsk>>,
    },
    External(Arc<ExternalPsk>),
}

impl Found {
    fn psk(&self) -> Result<Arc<Psk>, Error> {
        match self {
            Self::External(external) => Ok(Arc::clone(external.to_check())),
            Self::Session { session, .. } => {
                let (suite, ticket) = secret(session).ok_or(Fault::CryptoFailed)?;
                Ok(Arc::new(Psk::resumption(
                    suite.hash,
                    ticket.psk.as_bytes(),
                )?))
            }
        }
    }

    /// A stored session that does not fit this time may fit another: after a HelloRetryRequest that fixed another hash
    /// function, under another name.
    async fn put_back(self, peer: &mut Peer, identity: &PskIdentity<'_>) -> Result<(), Error> {
        match self {
            Self::Session {
                session,
                by: ResumedBy::SessionId,
                ..
            } if !session.expired(peer.now()) => {
                put_back(peer, identity.identity.to_vec(), *session).await
            }
            _ => Ok(()),
        }
    }

    /// The external key that proves who the client is, itself or by a session of its.
    fn external(&self) -> Option<&ExternalPsk> {
        match self {
            Self::External(external) => Some(external),
            Self::Session { external, .. } => external.as_deref(),
        }
    }

    fn root(self, obfuscated_age: u32) -> Root {
        match self {
            Self::External(external) => Root::External(external.id()),
            Self::Session { session, by, .. } => Root::Session(Resumed {
                session,
                by,
                obfuscated_age,
            }),
        }
    }
}

/// Asks for a ticket's session, a stored one, and for an external key, as the policy has them.
async fn look_up(
    peer: &mut Peer,
    policy: &ServerPolicy,
    identity: &PskIdentity<'_>,
    search: Search,
) -> Result<Option<Found>, Error> {
    let failed = || refused(Fault::QuestionFailed);
    let bytes = identity.identity.to_vec();
    if policy.tickets {
        let question = OpenTicket {
            ticket: bytes.clone(),
        };
        if let Some(opened) = peer.ask(question).await.map_err(failed())? {
            let found = session(peer, policy, opened.session, ResumedBy::Ticket);
            return found.await.map(Some);
        }
    } else if policy.session_ids && search.last && bytes.len() == super::tickets::ID_LEN {
        let id = bytes.clone();
        match peer.ask(TakeSession { id }).await.map_err(failed())? {
            Some(stored) if stored.ticket_psk().is_some() => {
                let found = session(peer, policy, stored, ResumedBy::SessionId);
                return found.await.map(Some);
            }
            // One of TLS 1.2, whose ID everybody on the path has seen: it is not theirs to use up.
            Some(stored) => put_back(peer, bytes.clone(), stored).await?,
            None => {}
        }
    }
    let found = find_external(peer, policy, identity.identity).await?;
    Ok(found.map(Found::External))
}

/// A session, with the external key of today for the one that it rests on.
async fn session(
    peer: &mut Peer,
    policy: &ServerPolicy,
    session: Session,
    by: ResumedBy,
) -> Result<Found, Error> {
    let external = match &session.external_psk {
        Some(id) => find_external(peer, policy, &id.identity).await?,
        None => None,
    };
    Ok(Found::Session {
        session: Box::new(session),
        by,
        external,
    })
}

/// The external key of this identity, where there are any.
async fn find_external(
    peer: &mut Peer,
    policy: &ServerPolicy,
    identity: &[u8],
) -> Result<Option<Arc<ExternalPsk>>, Error> {
    if !policy.external_psks {
        return Ok(None);
    }
    let question = FindPsk {
        identity: identity.to_vec(),
    };
    let found = peer.ask(question).await;
    let found = found.map_err(refused(Fault::QuestionFailed))?;
    // Whoever answers may have compared less than all of it.
    Ok(found.filter(|psk| psk.identity() == identity))
}

/// Stores a session again that was taken and not used.
async fn put_back(peer: &mut Peer, id: Vec<u8>, session: Session) -> Result<(), Error> {
    let stored = peer.ask(StoreSession { id, session }).await;
    stored.map_err(refused(Fault::QuestionFailed))
}

/// Whether this key may be used for this client, and with what suite; else why not, in words.
fn may_use(
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    found: &Found,
    search: Search,
    now: UnixTime,
) -> Result<(&'static Suite, MayUse), &'static str> {
    let (hash, own) = match found {
        Found::Session {
            session, external, ..
        } => {
            if session.external_psk != external.as_ref().map(|psk| psk.id()) {
                return Err("the external key that the session rests on is not known any more");
            }
            let suite = may_resume(policy, offer, session, now)?;
            (suite.hash, Some(suite))
        }
        Found::External(_)
            if matches!(policy.client_auth, ClientAuth::Required { .. })
                && !policy.external_psk_as_client_auth =>
        {
            return Err("a client certificate is required, and an external key knows none");
        }
        Found::External(external) => (external.algorithm(), None),
    };
    let suite = suite_for(policy, offer, hash, own, search.suite);
    let suite = suite.ok_or("no suite that both sides want has the hash function of the key")?;
    Ok((suite, MayUse(())))
}

/// Whether a session goes on for this client: only inside the same isolation key and for the same name, unexpired, with a
/// certificate where one is required (property 20). Gives the suite that it was made under.
fn may_resume(
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    session: &Session,
    now: UnixTime,
) -> Result<&'static Suite, &'static str> {
    session
        .check(&policy.isolation, now)
        .map_err(|reason| match reason {
            premaster_session::NotResumable::Expired => "the session has expired",
            _ => "the session was made under another configuration",
        })?;
    if session.version != ProtocolVersion::TLSv1_3.0 {
        return Err("the session was made under another version");
    }
    if session.server_name != offer.server_name {
        return Err("the session was made for another server name");
    }
    let required = matches!(policy.client_auth, ClientAuth::Required { .. });
    let known = session.external_psk.is_some() && policy.external_psk_as_client_auth;
    if required && session.peer_certificates.is_empty() && !known {
        return Err("the session knows no client certificate, and one is required");
    }
    let (suite, _) = secret(session).ok_or("the session has no secret of TLS 1.3")?;
    Ok(suite)
}

fn secret(session: &Session) -> Option<(&'static Suite, &TicketPsk)> {
    let (suite, ticket) = (suite(session.suite)?, session.ticket_psk()?);
    (ticket.psk.len() == suite.hash.output_len()).then_some((suite, ticket))
}

/// The suite that was fixed, the session's own, or the best that has the key's hash function
/// (RFC 8446 section 4.2.11).
fn suite_for(
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    hash: HashAlgorithm,
    own: Option<&'static Suite>,
    fixed: Option<&'static Suite>,
) -> Option<&'static Suite> {
    if let Some(fixed) = fixed {
        return (fixed.hash == hash).then_some(fixed);
    }
    let common = choice::common_suites(policy, offer);
    let is_own = |suite: &&&'static Suite| own.is_some_and(|own| own.id == suite.id);
    let fits = |suite: &&&'static Suite| suite.hash == hash;
    let chosen = common.iter().find(is_own);
    chosen.or_else(|| common.iter().find(fits)).copied()
}

/// Checks that the client knows the key (RFC 8446 section 4.2.11.2).
fn check_binder(
    peer: &Peer,
    offered: &OfferedPsks<'_>,
    psk: &Psk,
    early: &EarlySecret,
    binder: &[u8],
) -> Result<BinderProof, Error> {
    let hash = psk.algorithm();
    let covered = peer.transcript.digest_but_last(hash, offered.binders_len());
    let (name, length) = (hash_name(hash), hash.output_len());
    let kind = told(psk.kind());
    peer.trace(|| Event::Derived(Derivation::early_secret(name, length, Some(kind))));
    peer.trace(|| Event::Derived(Derivation::binder_key(name, length, kind)));
    peer.trace(|| Event::Derived(Derivation::binder(name, &covered)));
    early
        .binder_key()
        .check(&covered, binder)
        .map_err(|_| Fault::BadBinder.into())
}

/// What stands for an identity and no other.
pub(super) fn fingerprint(identity: &[u8]) -> [u8; 32] {
    let digest = HashAlgorithm::Sha256.hash(&[identity]);
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    key
}

fn not_used(peer: &Peer, reason: &'static str) {
    peer.trace(|| Event::NotResumed {
        reason: reason.into(),
    });
}
