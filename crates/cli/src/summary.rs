//! What two ends have agreed on, for people.

use core::fmt::Write;

use premaster::Facts;
use premaster::crypto::BulkCipher;
use premaster::trust::{Certificate, time_text};

/// In one line: `TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519, ecdsa_secp256r1_sha256, full,
/// extended master secret`. The words keep their order; the interop tests read them.
pub(crate) fn agreed(facts: &Facts) -> String {
    let mut parts = vec![facts.version.to_string(), facts.suite.name.to_owned()];
    parts.extend(facts.group_name.clone());
    parts.extend(facts.server_scheme.map(|scheme| scheme.to_string()));
    parts.push(how(facts));
    parts.push(binding(facts).to_owned());
    if let Some(protocol) = &facts.alpn {
        parts.push(format!("ALPN {}", protocol.escape_ascii()));
    }
    if let Some(scheme) = facts.client_scheme {
        parts.push(format!("client signed with {scheme}"));
    }
    parts.extend(mac_order(facts).map(str::to_owned));
    if !facts.suite.forward_secret() {
        parts.push("no forward secrecy".to_owned());
    }
    parts.join(", ")
}

/// In a line each.
pub(crate) fn table(facts: &Facts) -> String {
    let mut table = String::new();
    let mut line = |name, value: Option<String>| {
        if let Some(value) = value {
            // Writing to a String does not fail.
            let _ = writeln!(table, "{name:<22} {value}");
        }
    };
    line("version", Some(facts.version.to_string()));
    line("cipher suite", Some(facts.suite.name.to_owned()));
    line("group", facts.group_name.clone());
    line(
        "server signature",
        facts.server_scheme.map(|it| it.to_string()),
    );
    line(
        "client signature",
        facts.client_scheme.map(|it| it.to_string()),
    );
    line("handshake", Some(how(facts)));
    line("master secret", Some(binding(facts).to_owned()));
    line(
        "records",
        mac_order(facts).map(|order| format!("CBC, {order}")),
    );
    line("server name", facts.server_name.clone());
    let protocol = facts.alpn.as_ref();
    line(
        "application protocol",
        protocol.map(|it| it.escape_ascii().to_string()),
    );
    line("peer certificate", certificate(facts));
    for cost in costs(facts) {
        line("cost", Some(cost.to_owned()));
    }
    table
}

/// What the suite costs, in a sentence each: nothing for those that are on by default.
pub(crate) fn costs(facts: &Facts) -> Vec<&'static str> {
    let mut costs = Vec::new();
    if !facts.suite.forward_secret() {
        costs.push(
            "no forward secrecy: who gets the server's private key, even years later, can read what was recorded today",
        );
    }
    if matches!(facts.suite.cipher, BulkCipher::Cbc(_)) {
        costs.push(match facts.encrypt_then_mac {
            true => "CBC: slower than an AEAD; the MAC covers the ciphertext, so nothing is decrypted before it is checked",
            false => "CBC with MAC-then-encrypt: broken again and again where the check took longer for one padding than for \
                      another (Lucky 13); it does not here, and for the peer nobody can say",
        });
    }
    costs
}

/// What comes first in the records of a CBC suite.
fn mac_order(facts: &Facts) -> Option<&'static str> {
    match (facts.suite.cipher, facts.encrypt_then_mac) {
        (BulkCipher::Aead(_), _) => None,
        (BulkCipher::Cbc(_), true) => Some("encrypt-then-MAC"),
        (BulkCipher::Cbc(_), false) => Some("MAC-then-encrypt"),
    }
}

/// `full`, or by what it was resumed.
fn how(facts: &Facts) -> String {
    match facts.resumed {
        Some(by) => format!("resumed by {}", by.name()),
        None => "full".to_owned(),
    }
}

fn binding(facts: &Facts) -> &'static str {
    match facts.extended_master_secret {
        true => "extended master secret",
        false => "no extended master secret",
    }
}

/// The peer's: `CN=example.com, issued by CN=Example CA, valid until 2027-01-31 12:00:00 UTC`.
pub(crate) fn certificate(facts: &Facts) -> Option<String> {
    let leaf = Certificate::parse(facts.peer_certificates.first()?)?;
    let (subject, issuer) = (leaf.subject(), leaf.issuer());
    let end = time_text(leaf.not_after());
    Some(format!("{subject}, issued by {issuer}, valid until {end}"))
}
