//! The cipher suites that the runner wants, and which of them are as good as each other.

use premaster::crypto::{CLASSIC_SUITES, Provider, Suite, SuiteVersion, suite_named};
use premaster::wire::{CipherSuite, NamedGroup};

use crate::Stop;
use crate::flags::Flags;

/// Suites, best first.
#[derive(Debug, Default)]
pub(crate) struct Suites {
    pub(crate) list: Vec<&'static Suite>,
    /// Among those of one list here the client's order decides.
    pub(crate) equals: Vec<Vec<CipherSuite>>,
}

impl Suites {
    /// Without a wish all that there are.
    pub(crate) fn wanted(flags: &Flags, provider: &Provider) -> Result<Self, Stop> {
        let mut suites = Self::default();
        suites.add_tls13(flags, provider)?;
        match flags.text("cipher") {
            None => suites.list.extend(by_default(provider)),
            Some(list) => {
                let missing = || Stop::unimplemented(format!("the cipher list {list}"));
                suites.read(list, provider).ok_or_else(missing)?;
            }
        }
        Ok(suites)
    }

    fn add_tls13(&mut self, flags: &Flags, provider: &Provider) -> Result<(), Stop> {
        let all = provider.suites.iter().copied();
        let all: Vec<_> = all.filter(|suite| is_tls13(suite)).collect();
        let wanted = flags.numbers("tls13-ciphers")?;
        self.equals = equals(&wanted, &flags.numbers("tls13-ciphers-flags")?, CipherSuite)?;
        if wanted.is_empty() {
            self.list.clone_from(&all);
        }
        for id in wanted {
            let found = all.iter().copied().find(|suite| suite.id == id);
            let missing = || Stop::unimplemented(format!("the cipher suite {id:#06x}"));
            self.list.push(found.ok_or_else(missing)?);
        }
        Ok(())
    }

    /// Words between colons; a word in brackets is a list of suites that are as good as each other.
    fn read(&mut self, list: &str, provider: &Provider) -> Option<()> {
        for word in list.split(':') {
            let inner = word.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
            if let Some(inner) = inner {
                let found: Option<Vec<_>> =
                    inner.split('|').map(|name| named(name, provider)).collect();
                let found = found?;
                let equals = found.iter().map(|suite| CipherSuite(suite.id));
                self.equals.push(equals.collect());
                self.list.extend(found);
            } else if let Some(out) = word.strip_prefix('!') {
                self.list
                    .retain(|suite| is_tls13(suite) || !is_a(suite, out));
            } else if word == "ALL" || word == "DEFAULT" {
                self.list.extend(by_default(provider));
            } else if let Some(suite) = named(word, provider) {
                self.list.push(suite);
            } else {
                let found: Vec<_> = all(provider).filter(|suite| is_a(suite, word)).collect();
                // A kind that we have none of adds nothing to a list that has others.
                let has_others = self.list.iter().any(|suite| !is_tls13(suite));
                if found.is_empty() && !(has_others && part(word).is_some()) {
                    return None;
                }
                self.list.extend(found);
            }
        }
        Some(())
    }
}

/// Which of a list are as good as each other: a flag says that one is as good as the next.
pub(crate) fn equals<T>(
    list: &[u16],
    flags: &[u16],
    code: impl Fn(u16) -> T,
) -> Result<Vec<Vec<T>>, Stop> {
    const AS_GOOD_AS_THE_NEXT: u16 = 1;
    let mut all = Vec::new();
    let mut with_next = false;
    for (one, flag) in list.iter().zip(flags) {
        match (with_next, all.last_mut()) {
            (true, Some(equals)) => Vec::push(equals, code(*one)),
            _ => all.push(vec![code(*one)]),
        }
        with_next = *flag == AS_GOOD_AS_THE_NEXT;
    }
    match flags
        .iter()
        .all(|flag| [0, AS_GOOD_AS_THE_NEXT].contains(flag))
    {
        true => Ok(all),
        false => Err(Stop::unimplemented("a flag of a list")),
    }
}

/// Which groups are as good as each other.
pub(crate) fn equal_groups(flags: &Flags) -> Result<Vec<Vec<NamedGroup>>, Stop> {
    let groups = flags.numbers("curves")?;
    equals(&groups, &flags.numbers("curves-flags")?, NamedGroup)
}

pub(crate) fn is_tls13(suite: &Suite) -> bool {
    suite.version == SuiteVersion::Tls13
}

/// All of TLS 1.2 that there are.
fn all(provider: &Provider) -> impl Iterator<Item = &'static Suite> {
    let modern = provider.suites.iter().copied();
    let modern = modern.filter(|suite| !is_tls13(suite));
    let classic = CLASSIC_SUITES.iter();
    modern.chain(classic.filter(|suite| provider.supports(suite)))
}

/// But what the runner never speaks, or has only by name.
fn by_default(provider: &Provider) -> impl Iterator<Item = &'static Suite> {
    all(provider).filter(|suite| !suite.name.starts_with("TLS_DHE_") && !is_a(suite, "3DES"))
}

fn named(name: &str, provider: &Provider) -> Option<&'static Suite> {
    suite_named(name).filter(|suite| provider.supports(suite))
}

/// Whether a word of the runner's means this suite.
fn is_a(suite: &Suite, word: &str) -> bool {
    part(word).is_some_and(|part| suite.name.contains(part))
}

/// What the names of a kind of suites have in common.
fn part(word: &str) -> Option<&'static str> {
    match word {
        "AES" => Some("_AES_"),
        "AES128" => Some("_AES_128_"),
        "AES256" => Some("_AES_256_"),
        "3DES" => Some("_3DES_"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_ties_one_to_the_next() {
        let tied = |flags: &[u16]| equals(&[10, 20, 30], flags, |code| code).ok();
        assert_eq!(tied(&[]), Some(vec![]));
        assert_eq!(tied(&[0, 0, 0]), Some(vec![vec![10], vec![20], vec![30]]));
        assert_eq!(tied(&[1, 0, 0]), Some(vec![vec![10, 20], vec![30]]));
        assert_eq!(tied(&[1, 1, 0]), Some(vec![vec![10, 20, 30]]));
        assert_eq!(tied(&[0, 2, 0]), None);
    }
}
