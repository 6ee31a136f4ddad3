//! Certificate, suite, group and signature scheme: they depend on each other.

use std::sync::Arc;

use premaster_crypto::{KeyExchangeKind, Side, Suite};
use premaster_wire::SignatureScheme;

use crate::classic::Profile;
use crate::engine::refused;
use crate::group::Group;
use crate::negotiate::{self, SuiteNeeds};
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::{classic, code};
use crate::{
    ChooseCredential, Credential, Error, Fault, Preference, ServerPolicy, equals, narrate, schemes,
};

/// What a full handshake is made with.
pub(super) struct Chosen {
    pub(super) credential: Arc<Credential>,
    pub(super) suite: &'static Suite,
    pub(super) method: Method,
}

/// How the premaster secret comes about.
pub(super) enum Method {
    /// From key pairs made for this handshake; the server signs its own.
    Ephemeral {
        group: Group,
        scheme: SignatureScheme,
    },
    /// The client makes it and encrypts it to the credential's key.
    Transport,
}

impl Chosen {
    pub(super) fn group(&self) -> Option<&Group> {
        match &self.method {
            Method::Ephemeral { group, .. } => Some(group),
            Method::Transport => None,
        }
    }

    pub(super) fn scheme(&self) -> Option<SignatureScheme> {
        match self.method {
            Method::Ephemeral { scheme, .. } => Some(scheme),
            Method::Transport => None,
        }
    }
}

/// Chooses certificate, suite, group and signature scheme.
pub(super) async fn choose(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &Profile,
) -> Result<Chosen, Error> {
    let theirs = offer.groups.as_deref();
    let curves: Vec<_> = classic(&policy.provider, &policy.groups).collect();
    let curve = negotiate::group(&curves, theirs, policy.preference);
    let field = negotiate::field(&policy.dh_groups, theirs, policy.preference);
    let schemes = match offer.schemes.as_slice() {
        [] => schemes::OF_SILENCE.to_vec(),
        listed => schemes::of_classic(listed),
    };
    let needs = SuiteNeeds {
        version: profile.version,
        preference: policy.preference,
        curve: curve.is_ok(),
        field: field.is_ok(),
        credential: None,
        schemes: &schemes,
        theirs: &offer.suites,
    };
    let mut authentications = Vec::new();
    for suite in negotiate::common_suites(&policy.suites, &needs) {
        if !authentications.contains(&suite.authentication) {
            authentications.push(suite.authentication);
        }
    }
    if authentications.is_empty() {
        return Err(nothing_common(policy, needs, curve.err(), field.err()));
    }
    let question = ChooseCredential {
        server_name: offer.server_name.clone(),
        schemes: schemes.clone(),
        certificate_schemes: offer.certificate_schemes(),
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
    let needs = SuiteNeeds {
        credential: Some(&credential),
        ..needs
    };
    let suite = negotiate::suite(&policy.suites, &needs).or_else(|error| {
        // Where the key fits and its signatures do not, that is the better reason.
        negotiate::scheme(credential.schemes(), &schemes)?;
        Err(error)
    })?;
    let group = match suite.key_exchange {
        KeyExchangeKind::Rsa => None,
        KeyExchangeKind::Dhe => Some(Group::Field(field?)),
        KeyExchangeKind::Ecdhe | KeyExchangeKind::Any => {
            Some(Group::curve(&policy.provider, curve?)?)
        }
    };
    let method = match group {
        None => Method::Transport,
        Some(group) => Method::Ephemeral {
            group,
            scheme: negotiate::scheme(credential.schemes(), &schemes)?,
        },
    };
    let chosen = Chosen {
        credential: Arc::clone(&credential),
        suite,
        method,
    };
    tell_choices(peer, policy, offer, &chosen);
    Ok(chosen)
}

/// Why no suite is left: where only a group is missing, the group is the better reason.
fn nothing_common(
    policy: &ServerPolicy,
    needs: SuiteNeeds<'_>,
    curve: Option<Error>,
    field: Option<Error>,
) -> Error {
    let with_groups = SuiteNeeds {
        curve: true,
        field: true,
        ..needs
    };
    let wanted = negotiate::common_suites(&policy.suites, &with_groups);
    let wants = |kind| wanted.iter().any(|suite| suite.key_exchange == kind);
    // A client that lists fields none of which is known is told so by an alert of its own
    // (RFC 7919 section 4).
    let missing = match wants(KeyExchangeKind::Dhe) {
        true => field.or(curve),
        false => curve.filter(|_| wants(KeyExchangeKind::Ecdhe)),
    };
    missing
        .or_else(|| negotiate::suite(&policy.suites, &with_groups).err())
        .unwrap_or_else(|| Error::new(Fault::NoCommonSuite))
}

fn no_credential(offer: &Offer<'_>) -> Error {
    let name = offer.server_name.as_deref().unwrap_or("no server name");
    Error::new(Fault::NoCredential).detail(format!("the client asks for {name}"))
}

fn tell_choices(peer: &Peer, policy: &ServerPolicy, offer: &Offer<'_>, chosen: &Chosen) {
    let ours = policy.suites.iter().map(|suite| code(suite));
    let theirs = offer.suites.iter().copied();
    let suite = code(chosen.suite);
    let reason = match policy.preference {
        Preference::Server if equals::decides(&policy.equal_suites, &suite) => {
            "the first in the client's order of those that are equally good for the server and that the certificate can authenticate"
        }
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
        suite,
        ours,
        theirs,
        reason,
    );
    let Some(group) = chosen.group() else { return };
    let names = |group: &premaster_wire::NamedGroup| group.to_string();
    let ours: Vec<_> = match group {
        Group::Curve(_) => classic(&policy.provider, &policy.groups)
            .map(|group| names(&group))
            .collect(),
        Group::Field(_) => {
            let names = policy.dh_groups.iter().map(|group| group.name().to_owned());
            names.collect()
        }
    };
    let theirs = offer.groups.iter().flatten().map(names);
    let is_equal = |id| equals::decides(&policy.equal_groups, &id);
    let reason = match policy.preference {
        Preference::Server if group.id().is_some_and(is_equal) => {
            "the first in the client's order of those that are equally good for the server"
        }
        Preference::Server => "the first in the server's order that the client offers",
        Preference::Client => "the first in the client's order that the server knows",
    };
    let name = group.name().to_owned();
    narrate::chose(peer, "group", Side::Server, name, ours, theirs, reason);
}
