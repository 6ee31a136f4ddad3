//! Pure decisions: two offers in, one choice or one fault out.

use std::sync::Arc;

use premaster_crypto::{Authentication, DhGroup, KeyExchangeKind, Suite, SuiteVersion};
use premaster_wire::{CipherSuite, NamedGroup, ProtocolVersion, Random, SignatureScheme};

use crate::policy::{code, is_finite_field};
use crate::{Credential, Error, Fault, Preference};

/// The version a server chooses.
///
/// `theirs` is the list of `supported_versions`, or `legacy` stands for itself and all versions
/// below (RFC 8446 section 4.2.1, RFC 5246 appendix E.1).
pub(crate) fn version(
    ours: &[ProtocolVersion],
    legacy: ProtocolVersion,
    theirs: Option<&[ProtocolVersion]>,
    fallback_scsv: bool,
) -> Result<ProtocolVersion, Error> {
    // Whoever writes SSL 3.0 there means no version that has supported_versions (RFC 8446 appendix D.5).
    if theirs.is_some() && legacy < ProtocolVersion::TLSv1_0 {
        let detail = format!("supported_versions in a ClientHello of {legacy}");
        return Err(Error::new(Fault::NoCommonVersion).detail(detail));
    }
    let highest = ours.iter().copied().max().unwrap_or(legacy);
    let offered = |version: &ProtocolVersion| match theirs {
        Some(list) => list.contains(version),
        // A client without the extension cannot mean TLS 1.3, whatever number it writes.
        None => *version <= legacy && *version <= ProtocolVersion::TLSv1_2,
    };
    // What a client lists to grease us is no version (RFC 8701 section 3.1).
    let real = |version: &ProtocolVersion| *version <= ProtocolVersion::TLSv1_3;
    let best_offered = theirs
        .and_then(|list| list.iter().copied().filter(real).max())
        .unwrap_or(legacy);
    if fallback_scsv && highest > best_offered {
        let detail = format!("the client offers up to {best_offered}, we speak {highest}");
        return Err(Error::new(Fault::InappropriateFallback).detail(detail));
    }
    ours.iter().copied().find(offered).ok_or_else(|| {
        let offer = theirs.map_or_else(|| format!("up to {legacy}"), names);
        Error::new(Fault::NoCommonVersion).detail(both(&offer, &names(ours)))
    })
}

/// Refuses a server random that says that the server would have spoken a newer version
/// (RFC 8446 section 4.1.3).
pub(crate) fn refuse_downgrade(
    highest: ProtocolVersion,
    chosen: ProtocolVersion,
    server_random: &Random,
) -> Result<(), Error> {
    let to_12 = server_random.ends_with(Random::DOWNGRADE_TLS12);
    let to_11 = server_random.ends_with(Random::DOWNGRADE_TLS11);
    // A client of TLS 1.3 looks for either value, one of TLS 1.2 for the second only.
    let lowered = (highest >= ProtocolVersion::TLSv1_3
        && chosen <= ProtocolVersion::TLSv1_2
        && (to_12 || to_11))
        || (highest >= ProtocolVersion::TLSv1_2 && chosen <= ProtocolVersion::TLSv1_1 && to_11);
    if lowered {
        let detail = format!("{chosen} was chosen though both sides speak a newer version");
        return Err(Error::new(Fault::DowngradeDetected).detail(detail));
    }
    Ok(())
}

/// Has the server random say that we would have spoken a newer version, where that is so
/// (RFC 8446 section 4.1.3).
pub(crate) fn mark_downgrade(
    ours: &[ProtocolVersion],
    chosen: ProtocolVersion,
    server_random: &mut Random,
) {
    let highest = ours.iter().copied().max().unwrap_or(chosen);
    let sentinel = if highest <= chosen || highest < ProtocolVersion::TLSv1_2 {
        return;
    } else if chosen == ProtocolVersion::TLSv1_2 {
        Random::DOWNGRADE_TLS12
    } else {
        Random::DOWNGRADE_TLS11
    };
    if let Some(end) = server_random.0.last_chunk_mut::<8>() {
        *end = sentinel;
    }
}

/// What the choice of a suite depends on besides the two lists.
#[derive(Clone, Copy)]
pub(crate) struct SuiteNeeds<'a> {
    pub(crate) version: ProtocolVersion,
    pub(crate) preference: Preference,
    /// Whether the two sides share a curve for ECDHE.
    pub(crate) curve: bool,
    /// Whether they share a finite field for DHE.
    pub(crate) field: bool,
    /// Who authenticates; `None` before it was chosen.
    pub(crate) credential: Option<&'a Credential>,
    /// The signature schemes that the client accepts.
    pub(crate) schemes: &'a [SignatureScheme],
    pub(crate) theirs: &'a [CipherSuite],
}

impl SuiteNeeds<'_> {
    fn met_by(&self, suite: &Suite) -> bool {
        let group = match suite.key_exchange {
            KeyExchangeKind::Ecdhe => self.curve,
            KeyExchangeKind::Dhe => self.field,
            KeyExchangeKind::Rsa | KeyExchangeKind::Any => true,
        };
        let authenticated = self.credential.is_none_or(|credential| {
            let signs = suite.authentication != Authentication::RsaDecryption;
            credential.authenticates(suite.authentication)
                && (!signs || scheme(credential.schemes(), self.schemes).is_ok())
        });
        group && authenticated && version_of(suite) == self.version
    }
}

/// All suites that would do, best first.
pub(crate) fn common_suites(
    ours: &[&'static Suite],
    needs: &SuiteNeeds<'_>,
) -> Vec<&'static Suite> {
    let fits = |suite: &&'static Suite| needs.met_by(suite);
    match needs.preference {
        Preference::Server => {
            let offered = |suite: &&'static Suite| needs.theirs.contains(&code(suite));
            ours.iter().copied().filter(offered).filter(fits).collect()
        }
        Preference::Client => {
            let known = |id: &CipherSuite| ours.iter().copied().find(|suite| code(suite) == *id);
            needs.theirs.iter().filter_map(known).filter(fits).collect()
        }
    }
}

/// The suite a server chooses.
pub(crate) fn suite(
    ours: &[&'static Suite],
    needs: &SuiteNeeds<'_>,
) -> Result<&'static Suite, Error> {
    common_suites(ours, needs).first().copied().ok_or_else(|| {
        let of_version = |suite: &&&Suite| version_of(suite) == needs.version;
        let ours: Vec<_> = ours.iter().filter(of_version).collect();
        let ours: Vec<_> = ours.iter().map(|suite| suite.name).collect();
        Error::new(Fault::NoCommonSuite).detail(both(&names(needs.theirs), &ours.join(", ")))
    })
}

/// The group for the key exchange that a server chooses. A client without the extension leaves
/// the choice to the server (RFC 8422 section 4), which then takes the most widely known curve.
pub(crate) fn group(
    ours: &[NamedGroup],
    theirs: Option<&[NamedGroup]>,
    preference: Preference,
) -> Result<NamedGroup, Error> {
    let chosen = match (theirs, preference) {
        (None, _) => ours
            .iter()
            .find(|group| **group == NamedGroup::secp256r1)
            .or_else(|| ours.first()),
        (Some(theirs), Preference::Server) => ours.iter().find(|group| theirs.contains(group)),
        (Some(theirs), Preference::Client) => theirs.iter().find(|group| ours.contains(group)),
    };
    chosen.copied().ok_or_else(|| {
        let offer = theirs.map(names).unwrap_or_default();
        Error::new(Fault::NoCommonGroup).detail(both(&offer, &names(ours)))
    })
}

/// The finite field for the key exchange that a server chooses. A client that lists finite fields gets one of
/// them or none; the lists of others say nothing about them (RFC 7919 section 4).
pub(crate) fn field(
    ours: &[Arc<dyn DhGroup>],
    theirs: Option<&[NamedGroup]>,
    preference: Preference,
) -> Result<Arc<dyn DhGroup>, Error> {
    let listed: Vec<_> = theirs
        .unwrap_or_default()
        .iter()
        .copied()
        .filter(|group| is_finite_field(*group))
        .collect();
    let is = |group: &Arc<dyn DhGroup>, id: &NamedGroup| group.id() == Some(id.0);
    let chosen = if listed.is_empty() {
        ours.first()
    } else if preference == Preference::Server {
        let offered = |group: &&Arc<dyn DhGroup>| listed.iter().any(|id| is(group, id));
        ours.iter().find(offered)
    } else {
        let known = |id| ours.iter().find(|group| is(group, id));
        listed.iter().find_map(known)
    };
    chosen.map(Arc::clone).ok_or_else(|| {
        let ours: Vec<_> = ours.iter().map(|group| group.name()).collect();
        Error::new(Fault::NoCommonDhGroup).detail(both(&names(&listed), &names(&ours)))
    })
}

/// The scheme we sign with: the first of our key's that the peer accepts.
pub(crate) fn scheme(
    ours: &[SignatureScheme],
    theirs: &[SignatureScheme],
) -> Result<SignatureScheme, Error> {
    ours.iter()
        .copied()
        .find(|scheme| theirs.contains(scheme))
        .ok_or_else(|| Error::new(Fault::NoCommonScheme).detail(both(&names(theirs), &names(ours))))
}

/// The application protocol a server chooses (RFC 7301 section 3.2).
///
/// `None` if one of the two sides has none: then there is nothing to agree on. Two lists without
/// a common name are the fault, never a silent choice: else a peer could be led to another
/// service (ALPACA).
pub(crate) fn application_protocol(
    ours: &[Vec<u8>],
    theirs: Option<&[&[u8]]>,
) -> Result<Option<Vec<u8>>, Error> {
    let Some(theirs) = theirs.filter(|_| !ours.is_empty()) else {
        return Ok(None);
    };
    let chosen = ours.iter().find(|name| theirs.contains(&name.as_slice()));
    chosen.cloned().map(Some).ok_or_else(|| {
        let ours: Vec<_> = ours.iter().map(|name| text(name)).collect();
        let theirs: Vec<_> = theirs.iter().take(SHOWN).map(|name| text(name)).collect();
        let detail = both(&names(&theirs), &names(&ours));
        Error::new(Fault::NoApplicationProtocol).detail(detail)
    })
}

fn version_of(suite: &Suite) -> ProtocolVersion {
    match suite.version {
        SuiteVersion::Tls12 => ProtocolVersion::TLSv1_2,
        SuiteVersion::Tls13 => ProtocolVersion::TLSv1_3,
    }
}

/// A list as people read it, cut where it gets long: a peer's list may be huge.
pub(crate) fn names<T: core::fmt::Display>(list: &[T]) -> String {
    let mut shown: Vec<_> = list.iter().take(SHOWN).map(ToString::to_string).collect();
    if list.len() > SHOWN {
        shown.push("...".to_owned());
    }
    if shown.is_empty() {
        "nothing".to_owned()
    } else {
        shown.join(", ")
    }
}

pub(crate) fn both(theirs: &str, ours: &str) -> String {
    format!("offered: {theirs}; ours: {ours}")
}

/// How many elements of a list, and ten times how many characters of a text, an error shows.
const SHOWN: usize = 24;

fn text(name: &[u8]) -> String {
    cut(&name.escape_ascii().to_string())
}

/// A peer's text, cut where it gets long.
pub(crate) fn cut(text: &str) -> String {
    let most = SHOWN.saturating_mul(10);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
