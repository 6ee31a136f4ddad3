//! What two ends have agreed on, for people.

use core::fmt::{self, Write};

use premaster::Facts;
use premaster::connection::ResumedBy;
use premaster::crypto::BulkCipher;
use premaster::trace::{EarlyData, QuantumSafety};
use premaster::trust::{Certificate, time_text};
use premaster::wire::{ProtocolVersion, SignatureScheme};

/// In one line: `TLS 1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768 (hybrid), ecdsa_secp256r1_sha256 (classical), full`.
/// The words keep their order; the interop tests read them.
pub(crate) fn agreed(facts: &Facts) -> String {
    let mut parts = vec![facts.version.to_string(), facts.suite.name.to_owned()];
    parts.extend(group(facts).map(|(name, safety)| rated(name, safety.map(QuantumSafety::name))));
    parts.extend(facts.server_scheme.map(|scheme| {
        rated(
            scheme,
            QuantumSafety::of_scheme(scheme).map(QuantumSafety::name),
        )
    }));
    parts.push(how(facts));
    parts.extend(facts.retried.then(|| RETRIED.to_owned()));
    parts.extend(binding(facts).map(str::to_owned));
    if let Some(protocol) = &facts.alpn {
        parts.push(format!("ALPN {}", protocol.escape_ascii()));
    }
    if let Some(scheme) = facts.client_scheme {
        parts.push(format!("client signed with {scheme}"));
    }
    parts.extend(early_data(facts).map(|told| format!("early data {told}")));
    parts.extend(mac_order(facts).map(str::to_owned));
    if !forward_secret(facts) {
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
    line(
        "group",
        group(facts).map(|(name, safety)| rated(name, safety)),
    );
    line("server signature", facts.server_scheme.map(signature));
    line("client signature", facts.client_scheme.map(signature));
    line("handshake", Some(handshake(facts)));
    line("early data", early_data(facts));
    line("master secret", binding(facts).map(str::to_owned));
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

/// What was agreed on costs, in a sentence each: nothing where both ends did what is on by default.
pub(crate) fn costs(facts: &Facts) -> Vec<&'static str> {
    let mut costs = Vec::new();
    if !facts.suite.forward_secret() {
        costs.push(
            "no forward secrecy: who gets the server's private key, even years later, can read what was recorded today",
        );
    } else if !forward_secret(facts) {
        costs.push(
            "no forward secrecy: who gets the pre-shared key, even years later, can read what was recorded today",
        );
    }
    if facts.early_data == Some(EarlyData::Accepted) {
        costs.push(
            "early data: who gets the session's key, even later, can read it; who recorded it can send it again",
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

/// `accepted`, or `rejected (the session was not resumed)`.
fn early_data(facts: &Facts) -> Option<String> {
    let name = facts.early_data?.name();
    Some(match facts.early_data {
        Some(EarlyData::Rejected) => format!("{name} ({})", facts.early_data_reason.words()),
        _ => name.to_owned(),
    })
}

/// The group's name, and whether it holds against a quantum computer.
fn group(facts: &Facts) -> Option<(&str, Option<QuantumSafety>)> {
    let safety = match facts.group {
        Some(group) => QuantumSafety::of_group(group),
        // A finite field without a number.
        None => Some(QuantumSafety::Classical),
    };
    Some((facts.group_name.as_deref()?, safety))
}

fn signature(scheme: SignatureScheme) -> String {
    rated(scheme, QuantumSafety::of_scheme(scheme))
}

/// `x25519 (classical)`
fn rated(name: impl fmt::Display, safety: Option<impl fmt::Display>) -> String {
    match safety {
        Some(safety) => format!("{name} ({safety})"),
        None => name.to_string(),
    }
}

/// Whether the keys die with the connection.
fn forward_secret(facts: &Facts) -> bool {
    let key_exchange = facts.version != ProtocolVersion::TLSv1_3 || facts.group_name.is_some();
    facts.suite.forward_secret() && key_exchange
}

/// What comes first in the records of a CBC suite.
fn mac_order(facts: &Facts) -> Option<&'static str> {
    match (facts.suite.cipher, facts.encrypt_then_mac) {
        (BulkCipher::Aead(_), _) => None,
        (BulkCipher::Cbc(_), true) => Some("encrypt-then-MAC"),
        (BulkCipher::Cbc(_), false) => Some("MAC-then-encrypt"),
    }
}

const RETRIED: &str = "after HelloRetryRequest";

/// `full`, or why no certificates were shown.
fn how(facts: &Facts) -> String {
    match facts.resumed {
        // Nothing was there before that it could resume.
        Some(ResumedBy::Psk) => "pre-shared key".to_owned(),
        Some(by) if facts.external_psk.is_some() => {
            format!("resumed by {}, since a pre-shared key", by.name())
        }
        Some(by) => format!("resumed by {}", by.name()),
        None => "full".to_owned(),
    }
}

fn handshake(facts: &Facts) -> String {
    match facts.retried {
        true => format!("{}, {RETRIED}", how(facts)),
        false => how(facts),
    }
}

/// Whether the master secret is bound to the handshake; in TLS 1.3 it always is.
fn binding(facts: &Facts) -> Option<&'static str> {
    match facts.extended_master_secret {
        _ if facts.version == ProtocolVersion::TLSv1_3 => None,
        true => Some("extended master secret"),
        false => Some("no extended master secret"),
    }
}

/// The peer's: `CN=example.com, issued by CN=Example CA, valid until 2027-01-31 12:00:00 UTC`.
pub(crate) fn certificate(facts: &Facts) -> Option<String> {
    let leaf = Certificate::parse(facts.peer_certificates.first()?)?;
    let (subject, issuer) = (leaf.subject(), leaf.issuer());
    let end = time_text(leaf.not_after());
    Some(format!("{subject}, issued by {issuer}, valid until {end}"))
}
