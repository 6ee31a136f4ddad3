//! Suite and group of TLS 1.3: with what the handshake is made.

use premaster_crypto::{Side, Suite, SuiteVersion};
use premaster_wire::NamedGroup;

use crate::group::Group;
use crate::negotiate;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::{code, group};
use crate::{Error, Fault, Preference, ServerPolicy, narrate};

/// What a client has to bring along (RFC 8446 section 9.2, RFC 8446 section 4.2.8), and what it may not
/// (RFC 8446 section 4.1.2).
pub(super) fn check(offer: &Offer<'_>) -> Result<(), Error> {
    if !offer.uncompressed_only {
        return Err(Fault::CompressionOffered.into());
    }
    let missing = |detail: &str| Err(Error::new(Fault::MissingExtension).detail(detail));
    if offer.psks.is_none() && offer.schemes.is_empty() {
        return missing("ClientHello has neither signature_algorithms nor pre_shared_key");
    }
    if offer.psks.is_some() && offer.psk_modes.is_none() {
        return missing("ClientHello has pre_shared_key without psk_key_exchange_modes");
    }
    match (&offer.groups, &offer.key_shares) {
        (Some(groups), Some(shares)) => {
            let mut places = shares
                .iter()
                .map(|share| groups.iter().position(|group| *group == share.group));
            // In the order of the groups, each once: duplicates are out with that too.
            let ordered = places.try_fold(None, |last, place| {
                place
                    .filter(|place| last.is_none_or(|last| last < *place))
                    .map(Some)
            });
            match ordered {
                Some(_) => Ok(()),
                None => Err(Fault::BadKeyShares.into()),
            }
        }
        (None, None) if offer.psks.is_some() => Ok(()),
        (None, None) => missing("ClientHello has neither supported_groups nor key_share"),
        (Some(_), None) => missing("ClientHello has supported_groups without key_share"),
        (None, Some(_)) => missing("ClientHello has key_share without supported_groups"),
    }
}

/// The suite of TLS 1.3 that both want.
pub(super) fn suite(policy: &ServerPolicy, offer: &Offer<'_>) -> Result<&'static Suite, Error> {
    let ours: Vec<_> = policy
        .suites
        .iter()
        .copied()
        .filter(|suite| suite.version == SuiteVersion::Tls13)
        .collect();
    let chosen = match policy.preference {
        Preference::Server => ours
            .iter()
            .find(|suite| offer.suites.contains(&code(suite))),
        Preference::Client => offer
            .suites
            .iter()
            .find_map(|id| ours.iter().find(|suite| code(suite) == *id)),
    };
    chosen.copied().ok_or_else(|| {
        let ours: Vec<_> = ours.iter().map(|suite| suite.name).collect();
        let detail = negotiate::both(&negotiate::names(&offer.suites), &ours.join(", "));
        Error::new(Fault::NoCommonSuite).detail(detail)
    })
}

/// In what the key exchange will be.
pub(super) enum ChosenGroup {
    /// The client has sent a share for it.
    Shared { group: Group, theirs: Vec<u8> },
    /// The client has to send one (RFC 8446 section 4.1.4).
    Wanted(NamedGroup),
}

/// The best group of those that the client has sent a share for, else the best of all that both know.
pub(super) fn key_exchange(policy: &ServerPolicy, offer: &Offer<'_>) -> Result<ChosenGroup, Error> {
    let fields = policy.dh_groups.iter().filter_map(|field| field.id());
    let mut ours = policy.groups.clone();
    ours.extend(fields.map(NamedGroup));
    let shares = offer.key_shares.as_deref().unwrap_or_default();
    let sent: Vec<_> = shares.iter().map(|share| share.group).collect();
    let chosen = negotiate::group(&ours, Some(&sent), policy.preference);
    if let Ok(id) = chosen {
        let share = shares.iter().find(|share| share.group == id);
        let theirs = share.map(|share| share.key_exchange.to_vec());
        return Ok(ChosenGroup::Shared {
            group: group(&policy.provider, &policy.dh_groups, id)?,
            theirs: theirs.unwrap_or_default(),
        });
    }
    let listed = offer.groups.as_deref().unwrap_or_default();
    negotiate::group(&ours, Some(listed), policy.preference).map(ChosenGroup::Wanted)
}

/// Tells of both choices.
pub(super) fn tell(
    peer: &Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    suite: &'static Suite,
    group: Option<&Group>,
) {
    let (suite_reason, group_reason) = match policy.preference {
        Preference::Server => (
            "the first in the server's order that the client offers",
            "the first in the server's order that the client has sent a share for",
        ),
        Preference::Client => (
            "the first in the client's order that the server knows",
            "the first of the client's shares that the server knows",
        ),
    };
    let ours = policy.suites.iter().map(|suite| code(suite));
    let theirs = offer.suites.iter().copied();
    let chosen = code(suite);
    narrate::chose(
        peer,
        "cipher suite",
        Side::Server,
        chosen,
        ours,
        theirs,
        suite_reason,
    );
    if let Some(id) = group.and_then(Group::id) {
        let ours = policy.groups.iter().copied();
        let theirs = offer.groups.iter().flatten().copied();
        narrate::chose(peer, "group", Side::Server, id, ours, theirs, group_reason);
    }
}
