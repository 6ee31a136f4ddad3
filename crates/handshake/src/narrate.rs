//! What scripts tell the trace, in the trace's words.

use std::borrow::Cow;

use premaster_crypto::{BulkCipher, HashAlgorithm, Side, Suite};
use premaster_trace::{Choice, Direction, EarlyData, Epoch, Event, Value};
use premaster_wire::{ContentType, HandshakeType, ProtocolVersion, SignatureScheme};

use crate::Facts;
use crate::peer::Peer;
use crate::policy::code;

/// The trace's word for our side.
pub(crate) fn side(side: Side) -> premaster_trace::Side {
    match side {
        Side::Client => premaster_trace::Side::Client,
        Side::Server => premaster_trace::Side::Server,
    }
}

/// A hash function's name as the RFCs write it.
pub(crate) fn hash_name(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha256 => "SHA-256",
        HashAlgorithm::Sha384 => "SHA-384",
    }
}

/// What may come next; nothing named means a ChangeCipherSpec (RFC 5246 section 7.1).
pub(crate) fn expected(kinds: &[HandshakeType], tls13: bool) -> Event<'static> {
    let any_of = match kinds {
        [] => vec![Value::from(ContentType::change_cipher_spec)],
        kinds => kinds.iter().copied().map(Value::from).collect(),
    };
    Event::Expected {
        any_of,
        section: match tls13 {
            true => "RFC 8446 section 2",
            false => "RFC 5246 section 7.3",
        },
    }
}

/// New keys are in force.
pub(crate) fn keys_installed(direction: Direction, epoch: Epoch, suite: &Suite) -> Event<'static> {
    Event::KeysInstalled {
        direction,
        epoch,
        suite: code(suite),
    }
}

/// Tells what becomes of early data.
pub(crate) fn early_data(peer: &Peer, what: EarlyData, why: &'static str) {
    peer.trace(|| Event::EarlyData {
        what,
        detail: why.into(),
    });
}

/// Tells of a choice and its reason.
pub(crate) fn chose<'a, T>(
    peer: &Peer,
    what: &'static str,
    by: Side,
    chosen: T,
    ours: impl IntoIterator<Item = T>,
    theirs: impl IntoIterator<Item = T>,
    reason: &'static str,
) where
    Value<'a>: From<T>,
{
    peer.trace(|| {
        Event::Chosen(Choice {
            what,
            by: side(by),
            chosen: Value::from(chosen),
            ours: ours.into_iter().map(Value::from).collect(),
            theirs: theirs.into_iter().map(Value::from).collect(),
            reason: Cow::Borrowed(reason),
        })
    });
}

/// Tells why a client shows no certificate though it was asked for one.
pub(crate) fn declined(
    peer: &Peer,
    ours: &[SignatureScheme],
    theirs: &[SignatureScheme],
    reason: &'static str,
) {
    let values = |list: &[SignatureScheme]| -> Vec<Value<'static>> {
        list.iter().copied().map(Value::from).collect()
    };
    let (ours, theirs) = (values(ours), values(theirs));
    let (none, by) = (Value::from("none"), Side::Client);
    chose(peer, "certificate", by, none, ours, theirs, reason);
}

/// The summary of a complete handshake.
pub(crate) fn established(facts: &Facts) -> Event<'_> {
    Event::Established(premaster_trace::Facts {
        version: facts.version,
        suite: code(facts.suite),
        group: match facts.group {
            Some(group) => Some(Value::from(group)),
            None => facts.group_name.as_deref().map(Value::from),
        },
        // With a pre-shared key alone nothing is (RFC 8446 section 4.2.9).
        forward_secret: facts.suite.forward_secret()
            && (facts.version != ProtocolVersion::TLSv1_3 || facts.group_name.is_some()),
        encrypt_then_mac: matches!(facts.suite.cipher, BulkCipher::Cbc(_))
            .then_some(facts.encrypt_then_mac),
        server_signature: facts.server_scheme,
        client_signature: facts.client_scheme,
        resumed: facts.resumed,
        early_data: facts.early_data,
        early_data_reason: facts.early_data_reason,
        retried: facts.retried,
        extended_master_secret: facts.extended_master_secret,
        server_name: facts.server_name.as_deref().map(Cow::Borrowed),
        alpn: facts.alpn.as_deref().map(Cow::Borrowed),
        peer_certificates: facts.peer_certificates.len(),
    })
}
