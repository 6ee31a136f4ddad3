//! The runner's flags: which there are, and what of a command line is for which connection.
//!
//! A flag counts for all connections, or with a prefix for one: `-on-initial-`, `-on-resume-`, or `-on-retry-` for what comes
//! after early data was rejected. A flag that is not in the table is not implemented, and the runner is told so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Stop;

/// How many words a flag has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It is there or not.
    Plain,
    /// One value follows; of several, those who ask for one get the last.
    Value,
}

use Kind::{Plain, Value};

/// What counts for a whole connection.
const CONNECTION: &[(&str, Kind)] = &[
    ("advertise-alpn", Value),
    ("allow-false-start-without-alpn", Plain),
    ("allow-unknown-alpn-protos", Plain),
    ("async", Plain),
    ("check-close-notify", Plain),
    ("cipher", Value),
    ("curves", Value),
    ("curves-flags", Value),
    ("decline-alpn", Plain),
    ("decline-ocsp-callback", Plain),
    ("early-write-after-message", Value),
    ("enable-early-data", Plain),
    ("enable-grease", Plain),
    ("enable-ocsp-stapling", Plain),
    ("enable-signed-cert-timestamps", Plain),
    ("expect-accept-early-data", Plain),
    ("expect-advertised-alpn", Value),
    ("expect-alpn", Value),
    ("expect-certificate-types", Value),
    ("expect-cipher", Value),
    ("expect-cipher-aes", Value),
    ("expect-cipher-no-aes", Value),
    ("expect-client-ca-list", Value),
    ("expect-curve-id", Value),
    ("expect-early-data-reason", Value),
    ("expect-extended-master-secret", Plain),
    ("expect-hrr", Plain),
    ("expect-no-ech-name-override", Plain),
    ("expect-no-hrr", Plain),
    ("expect-no-offer-early-data", Plain),
    ("expect-no-peer-cert", Plain),
    ("expect-no-secure-renegotiation", Plain),
    ("expect-no-server-name", Plain),
    ("expect-no-session", Plain),
    ("expect-no-session-id", Plain),
    ("expect-not-resumable-across-names", Plain),
    ("expect-ocsp-response", Value),
    ("expect-peer-cert-file", Value),
    ("expect-peer-signature-algorithm", Value),
    ("expect-peer-verify-pref", Value),
    ("expect-reject-early-data", Plain),
    ("expect-resumable-across-names", Plain),
    ("expect-secure-renegotiation", Plain),
    ("expect-selected-credential", Value),
    ("expect-server-name", Value),
    ("expect-session-id", Plain),
    ("expect-session-miss", Plain),
    ("expect-signed-cert-timestamps", Value),
    ("expect-ticket-age-skew", Value),
    ("expect-ticket-renewal", Plain),
    ("expect-ticket-supports-early-data", Plain),
    ("expect-verify-result", Plain),
    ("expect-version", Value),
    ("export-context", Value),
    ("export-keying-material", Value),
    ("export-label", Value),
    ("export-traffic-secrets", Plain),
    ("fail-cert-callback", Plain),
    ("fail-cert-callback-alert", Value),
    ("fail-ddos-callback", Plain),
    ("fail-early-callback", Plain),
    ("fail-ocsp-callback", Plain),
    ("fallback-scsv", Plain),
    ("false-start", Plain),
    ("handshake-never-done", Plain),
    ("handshake-twice", Plain),
    ("host-name", Value),
    ("implicit-handshake", Plain),
    ("install-cert-compression-algs", Plain),
    ("install-ddos-callback", Plain),
    ("install-one-cert-compression-alg", Value),
    ("ipv6", Plain),
    ("is-handshaker-supported", Plain),
    ("key-shares", Value),
    ("key-update", Plain),
    ("key-update-before-read", Plain),
    ("max-cert-list", Value),
    ("max-send-fragment", Value),
    ("max-version", Value),
    ("min-version", Value),
    ("no-key-shares", Plain),
    ("no-legacy-server-connect", Plain),
    ("no-op-extra-handshake", Plain),
    ("no-server-name-ack", Plain),
    ("no-ticket", Plain),
    ("no-tls1", Plain),
    ("no-tls11", Plain),
    ("no-tls12", Plain),
    ("no-tls13", Plain),
    ("peek-then-read", Plain),
    ("permute-extensions", Plain),
    ("port", Value),
    ("read-size", Value),
    ("read-with-unfinished-write", Plain),
    ("reject-alpn", Plain),
    ("renew-ticket", Plain),
    ("repeat-shim-initial-write", Value),
    ("require-any-client-certificate", Plain),
    ("resume-count", Value),
    ("resumption-delay", Value),
    ("reverify-on-resume", Plain),
    ("select-alpn", Value),
    ("send-alert", Plain),
    ("server", Plain),
    ("server-preference", Plain),
    ("server-supported-groups-hint", Value),
    ("set-ocsp-in-callback", Plain),
    ("shim-id", Value),
    ("shim-initial-write", Value),
    ("shim-shuts-down", Plain),
    ("shim-writes-first", Plain),
    ("skip-ticket", Plain),
    ("tls-unique", Plain),
    ("tls13-ciphers", Value),
    ("tls13-ciphers-flags", Value),
    ("trust-cert", Value),
    ("use-client-ca-list", Value),
    ("use-custom-verify-callback", Plain),
    ("use-early-callback", Plain),
    ("use-export-context", Plain),
    ("use-exporter-between-reads", Plain),
    ("use-ocsp-callback", Plain),
    ("use-old-client-cert-callback", Plain),
    ("use-ticket-aead-callback", Plain),
    ("use-ticket-callback", Plain),
    ("verify-fail", Plain),
    ("verify-peer", Plain),
    ("verify-prefs", Value),
    ("write-different-record-sizes", Plain),
    ("write-settings", Value),
];

/// What counts for the credential that was begun last, or for the one without a number.
const CREDENTIAL: &[(&str, Kind)] = &[
    ("cert-file", Value),
    ("key-file", Value),
    ("must-match-issuer", Plain),
    ("ocsp-response", Value),
    ("psk-importer-context", Value),
    ("psk-importer-identity", Value),
    ("psk-importer-key", Value),
    ("psk-importer-sha256", Plain),
    ("psk-importer-sha384", Plain),
    ("session-id-context", Value),
    ("signed-cert-timestamps", Value),
    ("signing-prefs", Value),
];

/// What begins a credential.
const NEW_CREDENTIAL: &[&str] = &["new-x509-credential", "new-psk-credential"];

/// A flag with its values, in order.
#[derive(Clone, Debug, Default)]
struct Given {
    values: Vec<String>,
    /// Of each time that it was given: has anybody looked at it, for whichever connection?
    looked_at: Vec<Arc<AtomicBool>>,
}

/// Flags and their values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set(BTreeMap<&'static str, Given>);

/// A credential of its own.
#[derive(Clone, Debug)]
pub(crate) struct Numbered {
    pub(crate) is_psk: bool,
    pub(crate) flags: Set,
}

/// All that was said about one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) connection: Set,
    /// The flags of the credential without a number.
    pub(crate) credential: Set,
    pub(crate) credentials: Vec<Numbered>,
}

/// All that was said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) initial: Flags,
    pub(crate) resume: Flags,
    pub(crate) retry: Flags,
    /// What was said, word by word, and whether anybody has looked at it.
    words: Vec<(String, Arc<AtomicBool>)>,
}

impl Script {
    /// Reads a command line.
    pub(crate) fn read(words: impl IntoIterator<Item = String>) -> Result<Self, Stop> {
        let mut script = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let name = word.strip_prefix('-').unwrap_or(&word);
            // What is said to the program that makes handshakes for another one: there is none.
            let (name, is_ours) = match name.strip_prefix("on-handshaker-") {
                Some(name) => (name, false),
                None => (name.strip_prefix("on-shim-").unwrap_or(name), true),
            };
            let Self {
                initial,
                resume,
                retry,
                words: said,
            } = &mut script;
            let (name, targets) = match name.strip_prefix("on-").and_then(|it| it.split_once('-')) {
                Some(("initial", name)) => (name, vec![initial]),
                Some(("resume", name)) => (name, vec![resume]),
                Some(("retry", name)) => (name, vec![retry]),
                _ => (name, vec![initial, resume, retry]),
            };
            let targets = targets.into_iter().filter(|_| is_ours);
            let value = match kind(name) {
                None => return Err(Stop::unimplemented(format!("the flag {word}"))),
                Some(Plain) => None,
                Some(Value) => words.next(),
            };
            let looked_at = Arc::new(AtomicBool::new(!is_ours));
            for target in targets {
                target.take(name, value.clone(), &looked_at);
            }
            said.push((word, looked_at));
        }
        Ok(script)
    }

    /// What was said and nobody has looked at, when all is done.
    pub(crate) fn forgotten(&self) -> Vec<&str> {
        let forgotten = self.words.iter();
        let forgotten = forgotten.filter(|(_, looked_at)| !looked_at.load(Ordering::Relaxed));
        forgotten.map(|(word, _)| word.as_str()).collect()
    }
}

fn find(table: &'static [(&'static str, Kind)], name: &str) -> Option<(&'static str, Kind)> {
    table.iter().copied().find(|(known, _)| *known == name)
}

fn kind(name: &str) -> Option<Kind> {
    if NEW_CREDENTIAL.contains(&name) {
        return Some(Plain);
    }
    let found = find(CONNECTION, name).or_else(|| find(CREDENTIAL, name));
    found.map(|(_, kind)| kind)
}

impl Flags {
    fn take(&mut self, name: &str, value: Option<String>, looked_at: &Arc<AtomicBool>) {
        if NEW_CREDENTIAL.contains(&name) {
            looked_at.store(true, Ordering::Relaxed);
            self.credentials.push(Numbered {
                is_psk: name == "new-psk-credential",
                flags: Set::default(),
            });
        } else if let Some((name, _)) = find(CREDENTIAL, name) {
            match self.credentials.last_mut() {
                Some(last) => last.flags.put(name, value, looked_at),
                None => self.credential.put(name, value, looked_at),
            }
        } else if let Some((name, _)) = find(CONNECTION, name) {
            self.connection.put(name, value, looked_at);
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.connection.has(name)
    }

    pub(crate) fn is_server(&self) -> bool {
        self.has("server")
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.connection.text(name)
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Stop> {
        let number = |text: &str| text.parse().map_err(|_| malformed(name));
        self.text(name).map(number).transpose()
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<u16>, Stop> {
        self.connection.numbers(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Stop> {
        self.connection.bytes(name)
    }
}

impl Set {
    fn put(&mut self, name: &'static str, value: Option<String>, looked_at: &Arc<AtomicBool>) {
        let given = self.0.entry(name).or_default();
        given.values.extend(value);
        given.looked_at.push(Arc::clone(looked_at));
    }

    /// Looks at a flag.
    fn look(&self, name: &str) -> Option<&[String]> {
        let given = self.0.get(name)?;
        for looked_at in &given.looked_at {
            looked_at.store(true, Ordering::Relaxed);
        }
        Some(&given.values)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.look(name).is_some()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.look(name)?.last().map(String::as_str)
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<u16>, Stop> {
        let values = self.look(name).unwrap_or_default();
        let number = |text: &String| text.parse().map_err(|_| malformed(name));
        values.iter().map(number).collect()
    }

    /// A value in base 64.
    pub(crate) fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Stop> {
        let decode = |text: &str| base64(text).ok_or_else(|| malformed(name));
        self.text(name).map(decode).transpose()
    }
}

fn malformed(name: &str) -> Stop {
    Stop::wrong(format!("the value of -{name} cannot be read"))
}

/// RFC 4648 section 4.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Script {
        Script::read(words.iter().map(|word| (*word).to_owned())).unwrap()
    }

    #[test]
    fn a_prefix_says_for_which_connection_a_flag_is() {
        let script = read(&[
            "-async",
            "-on-resume-no-ticket",
            "-on-retry-expect-alpn",
            "x",
        ]);
        assert!(script.initial.has("async") && script.retry.has("async"));
        assert!(script.resume.has("no-ticket") && !script.initial.has("no-ticket"));
        assert_eq!(script.retry.text("expect-alpn"), Some("x"));
    }

    #[test]
    fn a_flag_belongs_to_the_credential_that_was_begun_last() {
        let new = "-new-x509-credential";
        let script = read(&[
            "-key-file",
            "a",
            new,
            "-key-file",
            "b",
            new,
            "-key-file",
            "c",
        ]);
        let flags = script.initial;
        assert_eq!(flags.credential.text("key-file"), Some("a"));
        let keys: Vec<_> = flags
            .credentials
            .iter()
            .map(|one| one.flags.text("key-file").unwrap())
            .collect();
        assert_eq!(keys, ["b", "c"]);
    }

    #[test]
    fn an_unknown_flag_is_not_implemented() {
        let outcome = Script::read(["-expect-the-unexpected".to_owned()]);
        assert!(matches!(outcome, Err(Stop::Unimplemented(_))));
    }

    #[test]
    fn base64_is_what_the_rfc_says() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(base64(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(base64("?"), None);
    }

    /// No flag is accepted and then forgotten.
    #[test]
    fn what_nobody_looks_at_is_remembered() {
        let script = read(&["-async", "-cipher", "A", "-on-resume-cipher", "B", "-ipv6"]);
        assert_eq!(script.forgotten().len(), 4);
        assert_eq!(script.initial.text("cipher"), Some("A"));
        assert!(script.retry.clone().has("async"));
        assert!(!script.initial.has("server"));
        assert_eq!(script.forgotten(), ["-on-resume-cipher", "-ipv6"]);
        assert_eq!(script.resume.text("cipher"), Some("B"));
        assert!(script.initial.has("ipv6") && script.forgotten().is_empty());
    }

    #[test]
    fn what_is_for_another_program_is_not_ours_to_look_at() {
        let script = read(&["-on-handshaker-curves", "29", "-on-shim-curves", "23"]);
        assert_eq!(script.forgotten(), ["-on-shim-curves"]);
        assert_eq!(script.initial.numbers("curves").unwrap(), [23]);
    }
}
