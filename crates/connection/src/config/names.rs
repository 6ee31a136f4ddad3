//! Names that a person wrote, looked up when the configuration is built.

use std::sync::Arc;

use premaster_crypto::{
    BulkCipher, CLASSIC_SUITES, DhGroup, KeyExchangeKind, Provider, Side, Suite, suite_named,
};
use premaster_handshake::versions_of;
use premaster_wire::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::ConfigError;

/// Names as they were written; none: the defaults.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) suites: Vec<String>,
    pub(super) groups: Vec<String>,
    /// Those for which a client's first ClientHello has shares.
    pub(super) key_shares: Vec<String>,
    pub(super) certificate_schemes: Vec<String>,
    /// Of the suites and groups above: which are as good as each other.
    suite_ranks: Vec<Vec<String>>,
    group_ranks: Vec<Vec<String>>,
    pub(super) min_version: Option<ProtocolVersion>,
    pub(super) max_version: Option<ProtocolVersion>,
}

/// The lists of a policy that names are looked up for.
pub(super) struct Lists<'a> {
    pub(super) side: Side,
    pub(super) provider: &'a Provider,
    pub(super) suites: &'a mut Vec<&'static Suite>,
    pub(super) groups: &'a mut Vec<NamedGroup>,
    pub(super) dh_groups: &'a mut Vec<Arc<dyn DhGroup>>,
    pub(super) versions: &'a mut Vec<ProtocolVersion>,
}

impl Names {
    /// Puts what was named into the lists, and refuses what cannot work together.
    pub(super) fn look_up(&self, lists: &mut Lists<'_>) -> Result<(), ConfigError> {
        if !self.suites.is_empty() {
            let find = |name: &String| suite(lists.side, lists.provider, name);
            *lists.suites = self.suites.iter().map(find).collect::<Result<_, _>>()?;
        }
        if !self.groups.is_empty() {
            self.groups(lists)?;
        }
        self.versions(lists)?;
        let known_to_tls12 = |id: &NamedGroup| {
            let group = lists.provider.group(id.0);
            group.is_none_or(|group| !group.tls13_only())
        };
        let curves = lists.groups.iter().any(known_to_tls12);
        let fields = !lists.dh_groups.is_empty();
        let any =
            !lists.groups.is_empty() || lists.dh_groups.iter().any(|field| field.id().is_some());
        let has_group = |suite: &&'static Suite| match suite.key_exchange {
            KeyExchangeKind::Ecdhe => curves,
            KeyExchangeKind::Dhe => fields,
            KeyExchangeKind::Any => any,
            KeyExchangeKind::Rsa => true,
        };
        // Only a suite that somebody named is missed.
        match lists.suites.iter().find(|suite| !has_group(suite)) {
            Some(suite) if !self.suites.is_empty() => {
                Err(ConfigError::SuiteWithoutGroup { suite: suite.name })
            }
            _ => {
                lists.suites.retain(has_group);
                // A version without a suite is not spoken.
                let left = versions_of(lists.suites);
                lists.versions.retain(|version| left.contains(version));
                match lists.suites.is_empty() {
                    true => Err(ConfigError::NoSuite),
                    false => Ok(()),
                }
            }
        }
    }

    /// The groups to send shares for; each has to be one that is offered (RFC 8446 section 4.2.8).
    pub(super) fn key_shares(&self, lists: &Lists<'_>) -> Result<Vec<NamedGroup>, ConfigError> {
        let fields = lists.dh_groups.iter().filter_map(|field| field.id());
        let known: Vec<_> = lists
            .groups
            .iter()
            .copied()
            .chain(fields.map(NamedGroup))
            .collect();
        let find = |name: &String| {
            let group = known.iter().find(|group| group.name() == Some(name));
            group.copied().ok_or_else(|| ConfigError::UnknownGroup {
                name: name.clone(),
                known: names(&known),
            })
        };
        // In the order of the groups (RFC 8446 section 4.2.8).
        let wanted: Vec<_> = self.key_shares.iter().map(find).collect::<Result<_, _>>()?;
        Ok(known
            .into_iter()
            .filter(|group| wanted.contains(group))
            .collect())
    }

    /// Each better than the next.
    pub(super) fn set_suites(&mut self, names: impl Iterator<Item = String>) {
        self.rank_suites(names.map(|name| vec![name]).collect());
    }

    /// Each better than the next.
    pub(super) fn set_groups(&mut self, names: impl Iterator<Item = String>) {
        self.rank_groups(names.map(|name| vec![name]).collect());
    }

    /// Those of one list as good as each other.
    pub(super) fn rank_suites(&mut self, ranks: Vec<Vec<String>>) {
        self.suites = ranks.concat();
        self.suite_ranks = ranks;
    }

    /// Those of one list as good as each other.
    pub(super) fn rank_groups(&mut self, ranks: Vec<Vec<String>>) {
        self.groups = ranks.concat();
        self.group_ranks = ranks;
    }

    /// Suites that are as good as each other. Their names were looked up before.
    pub(super) fn equal_suites(&self) -> Vec<Vec<CipherSuite>> {
        let code = |name: &String| suite_named(name).map(|suite| CipherSuite(suite.id));
        equals(&self.suite_ranks, code)
    }

    /// Groups that are as good as each other: curves, for finite fields are chosen apart.
    pub(super) fn equal_groups(&self, provider: &Provider) -> Vec<Vec<NamedGroup>> {
        let code = |name: &String| {
            let mut groups = provider.groups.iter();
            let group = groups.find(|group| group.name() == name)?;
            Some(NamedGroup(group.id()))
        };
        equals(&self.group_ranks, code)
    }

    /// The signatures that certificates may have.
    pub(super) fn certificate_schemes(&self) -> Result<Vec<SignatureScheme>, ConfigError> {
        let find = |name: &String| {
            SignatureScheme::from_name(name).ok_or_else(|| ConfigError::UnknownScheme {
                name: name.clone(),
                known: names(SignatureScheme::ALL),
            })
        };
        self.certificate_schemes.iter().map(find).collect()
    }

    /// Curves and finite fields stand in one list of names, and in two of the policy.
    fn groups(&self, lists: &mut Lists<'_>) -> Result<(), ConfigError> {
        let (mut curves, mut fields) = (Vec::new(), Vec::new());
        for name in &self.groups {
            let curve = lists.groups.iter().find(|group| group.name() == Some(name));
            let field = lists.dh_groups.iter().find(|group| group.name() == name);
            match (curve, field) {
                (Some(curve), _) => curves.push(*curve),
                (None, Some(field)) => fields.push(Arc::clone(field)),
                (None, None) => {
                    let curves = lists.groups.iter().map(ToString::to_string);
                    let fields = lists.dh_groups.iter().map(|group| group.name().to_owned());
                    let known: Vec<_> = curves.chain(fields).collect();
                    return Err(ConfigError::UnknownGroup {
                        name: name.clone(),
                        known: known.join(", "),
                    });
                }
            }
        }
        (*lists.groups, *lists.dh_groups) = (curves, fields);
        Ok(())
    }

    /// The versions that were asked for and that a suite is left for, and the suites of those.
    fn versions(&self, lists: &mut Lists<'_>) -> Result<(), ConfigError> {
        let known = versions_of(lists.suites);
        *lists.versions = known
            .iter()
            .copied()
            .filter(|version| {
                self.min_version.is_none_or(|min| *version >= min)
                    && self.max_version.is_none_or(|max| *version <= max)
            })
            .collect();
        if lists.versions.is_empty() {
            let known: Vec<_> = known.iter().map(ToString::to_string).collect();
            let known = known.join(", ");
            return Err(ConfigError::NoVersion { known });
        }
        let versions = lists.versions.as_slice();
        let spoken = |suite: &&'static Suite| {
            versions_of(&[suite])
                .iter()
                .all(|one| versions.contains(one))
        };
        // Only a suite that somebody named is missed.
        if let Some(suite) = lists.suites.iter().find(|suite| !spoken(suite))
            && !self.suites.is_empty()
        {
            return Err(ConfigError::SuiteOfOtherVersion { suite: suite.name });
        }
        lists.suites.retain(spoken);
        Ok(())
    }
}

/// The code points of those that have equals.
fn equals<T>(ranks: &[Vec<String>], code: impl Fn(&String) -> Option<T>) -> Vec<Vec<T>> {
    let several = ranks.iter().filter(|rank| rank.len() > 1);
    several
        .map(|rank| rank.iter().filter_map(&code).collect())
        .collect()
}

fn names<T: ToString>(list: &[T]) -> String {
    list.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The suite of this name, if the provider has all that it needs.
fn suite(side: Side, provider: &Provider, name: &str) -> Result<&'static Suite, ConfigError> {
    let Some(suite) = suite_named(name) else {
        let classic = CLASSIC_SUITES
            .iter()
            .filter(|suite| provider.supports(suite));
        let known = provider.suites.iter().copied().chain(classic);
        let known: Vec<_> = known.map(|suite| suite.name).collect();
        return Err(ConfigError::UnknownSuite {
            name: name.to_owned(),
            known: known.join(", "),
        });
    };
    // Only a client encrypts premaster secrets: a server has a key for them, or somebody who has.
    let decrypts = side == Side::Server && suite.key_exchange == KeyExchangeKind::Rsa;
    let ciphers = provider.supports_cipher(suite.cipher);
    if ciphers && (decrypts || provider.supports(suite)) {
        return Ok(suite);
    }
    let cbc = !ciphers && matches!(suite.cipher, BulkCipher::Cbc(_));
    let needs = match suite.key_exchange {
        KeyExchangeKind::Rsa if !decrypts && provider.key_transport.is_none() => {
            "RSA key transport: extend the provider with premaster-crypto-rsa-transport"
        }
        KeyExchangeKind::Dhe if provider.dh_groups.is_empty() => {
            "finite fields: extend the provider with premaster-crypto-classic"
        }
        _ if cbc => "CBC with HMAC: extend the provider with premaster-crypto-classic",
        _ => "an algorithm that it does not have",
    };
    Err(ConfigError::UnsupportedSuite {
        name: suite.name,
        provider: provider.name,
        needs,
    })
}
