//! Certificate, suite, group and signature scheme: they depend on each other.

use std::sync::Arc;

use premaster_crypto::{Side, Suite};
use premaster_wire::{NamedGroup, SignatureScheme};

use crate::classic::Profile;
use crate::engine::refused;
use crate::negotiate::{self, SuiteNeeds};
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::code;
use crate::{ChooseCredential, Credential, Error, Fault, Preference, ServerPolicy, narrate};

/// What a full handshake is made with.
pub(super) struct Chosen {
    pub(super) credential: Arc<Credential>,
    pub(super) suite: &'static Suite,
    pub(super) group: NamedGroup,
    pub(super) scheme: SignatureScheme,
}

/// Chooses certificate, suite, group and signature scheme; they depend on each other.
pub(super) async fn choose(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &Profile,
) -> Result<Chosen, Error> {
    let theirs = offer.groups.as_deref();
    let group = negotiate::group(&policy.groups, theirs, policy.preference);
    let mut needs = SuiteNeeds {
        version: profile.version,
        preference: policy.preference,
        group: group.is_ok(),
        authentication: None,
        theirs: &offer.suites,
    };
    let mut authentications = Vec::new();
    for suite in negotiate::common_suites(&policy.suites, &needs) {
        if !authentications.contains(&suite.authentication) {
            authentications.push(suite.authentication);
        }
    }
    // Without a common group no suite of ours is left: the group is the better reason.
    let group = group?;
    if authentications.is_empty() {
        negotiate::suite(&policy.suites, &needs)?;
    }
    let question = ChooseCredential {
        server_name: offer.server_name.clone(),
        schemes: offer.schemes.clone(),
        authentications,
        groups: offer.groups.clone(),
        certificate_types: Vec::new(),
        authorities: Vec::new(),
    };
    let credential = peer
        .ask(question)
        .await
        .map_err(refused(Fault::NoCredential))?;
    let credential = credential.ok_or_else(|| no_credential(offer))?;
    if let (Some(curve), Some(theirs)) = (credential.curve(), theirs)
        && !theirs.contains(&curve)
    {
        let detail = format!("the certificate's key is on {curve}, which the client does not list");
        return Err(Error::new(Fault::NoCredential).detail(detail));
    }
    needs.authentication = Some(credential.authentication());
    let suite = negotiate::suite(&policy.suites, &needs)?;
    let scheme = negotiate::scheme(credential.schemes(), &offer.schemes)?;
    tell_choices(peer, policy, offer, suite, group);
    Ok(Chosen {
        credential,
        suite,
        group,
        scheme,
    })
}

pub(super) fn no_credential(offer: &Offer<'_>) -> Error {
    let name = offer.server_name.as_deref().unwrap_or("no server name");
    Error::new(Fault::NoCredential).detail(format!("the client asks for {name}"))
}

pub(super) fn tell_choices(
    peer: &Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    suite: &Suite,
    group: NamedGroup,
) {
    let ours = policy.suites.iter().map(|suite| code(suite));
    let theirs = offer.suites.iter().copied();
    let reason = match policy.preference {
        Preference::Server => {
            "the first in the server's order that the client offers and the certificate can authenticate"
        }
        Preference::Client => {
            "the first in the client's order that the server knows and the certificate can authenticate"
        }
    };
    narrate::chose(
        peer,
        "cipher suite",
        Side::Server,
        code(suite),
        ours,
        theirs,
        reason,
    );
    let ours = policy.groups.iter().copied();
    let theirs = offer.groups.iter().flatten().copied();
    let reason = match policy.preference {
        Preference::Server => "the first in the server's order that the client offers",
        Preference::Client => "the first in the client's order that the server knows",
    };
    narrate::chose(peer, "group", Side::Server, group, ours, theirs, reason);
}
