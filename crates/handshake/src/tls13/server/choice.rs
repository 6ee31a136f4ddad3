//! Suite and group of TLS 1.3: with what the handshake is made.

use premaster_crypto::{Side, Suite};
use premaster_wire::{
    ExtensionType, HandshakeType, KeyShareEntry, NamedGroup, ProtocolVersion, PskKeyExchangeMode,
};

use super::psk::ChosenPsk;
use crate::group::Group;
use crate::negotiate::{self, SuiteNeeds};
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::{code, group};
use crate::{Error, Fault, Preference, ServerPolicy, equals, narrate};

/// What a client has to bring along (RFC 8446 section 9.2, RFC 8446 section 4.2.8), and what it may not
/// (RFC 8446 section 4.1.2).
pub(super) fn check(offer: &Offer<'_>) -> Result<(), Error> {
    if !offer.uncompressed_only {
        return Err(Fault::CompressionOffered.into());
    }
    let belongs = |kind: &ExtensionType| kind.may_appear_in(HandshakeType::client_hello);
    if let Some(kind) = offer.extension_types.iter().find(|kind| !belongs(kind)) {
        let detail = format!("{kind} in ClientHello");
        return Err(Error::new(Fault::ExtensionMisplaced).detail(detail));
    }
    if offer.psks.is_none() && offer.schemes.is_empty() {
        return missing("ClientHello has neither signature_algorithms nor pre_shared_key");
    }
    check_psks(offer)?;
    match (&offer.groups, &offer.key_shares) {
        (Some(groups), Some(shares)) => {
            let (shares, groups) = (shares.iter().copied(), groups.iter().copied());
            match KeyShareEntry::match_groups(shares, groups) {
                true => Ok(()),
                false => Err(Fault::BadKeyShares.into()),
            }
        }
        (None, None) if offer.psks.is_some() => Ok(()),
        (None, None) => missing("ClientHello has neither supported_groups nor key_share"),
        (Some(_), None) => missing("ClientHello has supported_groups without key_share"),
        (None, Some(_)) => missing("ClientHello has key_share without supported_groups"),
    }
}

/// The keys come last, because their binders cover all before them; each has one (RFC 8446 section 4.2.11).
fn check_psks(offer: &Offer<'_>) -> Result<(), Error> {
    let Some(psks) = &offer.psks else {
        return Ok(());
    };
    if offer.extension_types.last() != Some(&ExtensionType::pre_shared_key) {
        return Err(Fault::PskNotLast.into());
    }
    if psks.pairs().is_none() {
        let (identities, binders) = (psks.identities.len(), psks.binders.len());
        let detail = format!("{identities} identities, {binders} binders");
        return Err(Error::new(Fault::BadPskCount).detail(detail));
    }
    if offer.psk_modes.is_none() {
        return missing("ClientHello has pre_shared_key without psk_key_exchange_modes");
    }
    Ok(())
}

fn missing<T>(detail: &str) -> Result<T, Error> {
    Err(Error::new(Fault::MissingExtension).detail(detail))
}

/// The suites of TLS 1.3 that both want, best first.
pub(super) fn common_suites(policy: &ServerPolicy, offer: &Offer<'_>) -> Vec<&'static Suite> {
    negotiate::common_suites(&policy.suites, &suite_needs(policy, offer))
}

/// The suite of TLS 1.3 that both want.
pub(super) fn suite(policy: &ServerPolicy, offer: &Offer<'_>) -> Result<&'static Suite, Error> {
    negotiate::suite(&policy.suites, &suite_needs(policy, offer))
}

/// A suite of TLS 1.3 says nothing about groups and signatures (RFC 8446 section 4.1.1).
fn suite_needs<'a>(policy: &ServerPolicy, offer: &'a Offer<'_>) -> SuiteNeeds<'a> {
    SuiteNeeds {
        version: ProtocolVersion::TLSv1_3,
        preference: policy.preference,
        curve: false,
        field: false,
        credential: None,
        schemes: &[],
        theirs: &offer.suites,
    }
}

/// How both sides would use a pre-shared key (RFC 8446 section 4.2.9).
#[derive(Clone, Copy)]
pub(super) struct PskModes {
    /// With a key exchange: `psk_dhe_ke`. Where both want it, it is what is done.
    pub(super) exchanged: bool,
    /// Alone: `psk_ke`.
    pub(super) alone: bool,
}

impl PskModes {
    pub(super) fn common(policy: &ServerPolicy, offer: &Offer<'_>) -> Self {
        let theirs = offer.psk_modes.as_deref().unwrap_or_default();
        let both = |mode| policy.psk_modes.contains(&mode) && theirs.contains(&mode);
        Self {
            exchanged: both(PskKeyExchangeMode::psk_dhe_ke),
            alone: both(PskKeyExchangeMode::psk_ke),
        }
    }

    /// Whether they would use one at all.
    pub(super) fn any(self) -> bool {
        self.exchanged || self.alone
    }
}

/// A group, and the client's half.
pub(super) struct Exchange {
    pub(super) group: Group,
    pub(super) theirs: Vec<u8>,
}

/// In what the key exchange will be.
pub(super) enum ChosenGroup {
    /// The client has sent a share for it.
    Shared(Exchange),
    /// The client has to send one (RFC 8446 section 4.1.4).
    Wanted(NamedGroup),
}

/// The best group of those that the client has sent a share for, else the best of all that both know; by the policy, the
/// latter in any case.
pub(super) fn key_exchange(policy: &ServerPolicy, offer: &Offer<'_>) -> Result<ChosenGroup, Error> {
    let ours = groups(policy);
    let shares = offer.key_shares.as_deref().unwrap_or_default();
    let sent: Vec<_> = shares.iter().map(|share| share.group).collect();
    let Some(listed) = offer.groups.as_deref() else {
        return missing("there is no supported_groups, and no pre-shared key to use alone");
    };
    let best = || negotiate::group(&ours, Some(listed), policy.preference);
    let chosen = match policy.retry_for_best_group {
        true => best()?,
        false => negotiate::group(&ours, Some(&sent), policy.preference).or_else(|_| best())?,
    };
    Ok(match shared(policy, offer, chosen)? {
        Some(exchange) => ChosenGroup::Shared(exchange),
        None => ChosenGroup::Wanted(chosen),
    })
}

/// This group, if the client has sent a share for it.
pub(super) fn shared(
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    id: NamedGroup,
) -> Result<Option<Exchange>, Error> {
    let shares = offer.key_shares.as_deref().unwrap_or_default();
    let Some(share) = shares.iter().find(|share| share.group == id) else {
        return Ok(None);
    };
    let group = group(&policy.provider, &policy.dh_groups, id)?;
    let theirs = share.key_exchange.to_vec();
    group.check_tls13_share(&theirs)?;
    Ok(Some(Exchange { group, theirs }))
}

/// All groups that we know, best first: curves, then finite fields.
pub(super) fn groups(policy: &ServerPolicy) -> Vec<NamedGroup> {
    let mut all = policy.groups.clone();
    let fields = policy.dh_groups.iter().filter_map(|field| field.id());
    for field in fields.map(NamedGroup) {
        if !all.contains(&field) {
            all.push(field);
        }
    }
    all
}

/// With what the handshake is made.
pub(super) struct Chosen {
    pub(super) suite: &'static Suite,
    /// `None` with a pre-shared key alone.
    pub(super) exchange: Option<Exchange>,
    pub(super) psk: Option<ChosenPsk>,
    pub(super) retried: bool,
}

impl Chosen {
    /// Tells of all choices.
    pub(super) fn tell(&self, peer: &Peer, policy: &ServerPolicy, offer: &Offer<'_>) {
        let suite_reason = match policy.preference {
            _ if self.psk.is_some() => "it has the hash function of the pre-shared key",
            Preference::Server if equals::decides(&policy.equal_suites, &code(self.suite)) => {
                "the first in the client's order of those that are equally good for the server"
            }
            Preference::Server => "the first in the server's order that the client offers",
            Preference::Client => "the first in the client's order that the server knows",
        };
        let (by, ours) = (Side::Server, policy.suites.iter().map(|suite| code(suite)));
        let theirs = offer.suites.iter().copied();
        let chosen = code(self.suite);
        narrate::chose(peer, "cipher suite", by, chosen, ours, theirs, suite_reason);
        let group = self.exchange.as_ref().map(|exchange| &exchange.group);
        if let Some(id) = group.and_then(Group::id) {
            let theirs = offer.groups.iter().flatten().copied();
            let group_reason = match policy.preference {
                Preference::Server if equals::decides(&policy.equal_groups, &id) => {
                    "the first of the client's shares of those that are equally good for the server"
                }
                Preference::Server => {
                    "the first in the server's order that the client has sent a share for"
                }
                Preference::Client => "the first of the client's shares that the server knows",
            };
            narrate::chose(peer, "group", by, id, groups(policy), theirs, group_reason);
        }
        if let Some(psk) = &self.psk {
            psk.tell(peer, group.is_some());
        }
    }
}
