//! A connection in a line or two.

use premaster::Facts;
use premaster::trust::Certificate;

/// `TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519, full, extended master secret`
pub(crate) fn agreed(facts: &Facts) -> String {
    let mut parts = vec![facts.version.to_string(), facts.suite.name.to_owned()];
    parts.extend(facts.group.map(|group| group.to_string()));
    parts.extend(facts.server_scheme.map(|scheme| scheme.to_string()));
    parts.push(match facts.resumed {
        Some(by) => format!("resumed by {}", by.name()),
        None => "full".to_owned(),
    });
    if facts.extended_master_secret {
        parts.push("extended master secret".to_owned());
    }
    if let Some(protocol) = &facts.alpn {
        parts.push(format!("ALPN {}", protocol.escape_ascii()));
    }
    parts.join(", ")
}

/// `CN=example.com, issued by CN=Example CA, valid until 2027-01-31 12:00:00 UTC`
pub(crate) fn certificate(facts: &Facts) -> Option<String> {
    let leaf = Certificate::parse(facts.peer_certificates.first()?)?;
    Some(format!("{}, issued by {}", leaf.subject(), leaf.issuer(),))
}
