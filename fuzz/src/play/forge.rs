//! How the liar makes his words fit: messages taken apart and mended, Finished and signatures of his own.

use premaster_connection::Side;
use premaster_connection::trace::SecretLabel;
use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::tls13::{TrafficSecret, message_hash};
use premaster_crypto::{Digest, HashAlgorithm, Secret, Suite, SuiteVersion};
use premaster_wire::HandshakeType;

use super::ear::Ear;
use super::provider::SKELETON;
use super::script::Deed;

/// The kind of a message.
pub(super) fn kind(message: &[u8]) -> HandshakeType {
    HandshakeType(message.first().copied().unwrap_or_default())
}

/// A message of this kind.
pub(super) fn message(kind: HandshakeType, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind.0, 0, 0, 0];
    message.extend_from_slice(body);
    mend(&mut message);
    message
}

/// The header says how long the message is.
pub(super) fn mend(message: &mut [u8]) {
    let Some(length) = message.len().checked_sub(4) else {
        return;
    };
    let [.., high, middle, low] = length.to_be_bytes();
    message[1..4].copy_from_slice(&[high, middle, low]);
}

/// The random by which a ServerHello is a HelloRetryRequest (RFC 8446 section 4.1.3) begins so.
pub(super) const RETRY: [u8; 4] = [0xcf, 0x21, 0xad, 0x74];

/// The hash of what was said. The first ClientHello before a HelloRetryRequest counts by its hash
/// (RFC 8446 section 4.4.1).
fn transcript(hash: HashAlgorithm, said: &[Vec<u8>]) -> Digest {
    let mut parts: Vec<&[u8]> = said.iter().map(Vec::as_slice).collect();
    let first = match said {
        [hello, retry, ..]
            if kind(retry) == HandshakeType::server_hello && retry.get(6..10) == Some(&RETRY) =>
        {
            Some(message_hash(&hash.hash(&[hello])))
        }
        _ => None,
    };
    if let Some(first) = &first {
        parts[0] = first;
    }
    hash.hash(&parts)
}

/// A Finished of `sender` that fits what was said to the victim and by it.
pub(super) fn finished(
    ear: &Ear,
    suite: &Suite,
    sender: Side,
    said: &[Vec<u8>],
) -> Option<Vec<u8>> {
    let transcript = transcript(suite.hash, said);
    let verify_data = match suite.version {
        SuiteVersion::Tls13 => {
            let secret = ear.secret(SecretLabel::handshake_traffic(trace_side(sender)))?;
            let secret = TrafficSecret::from_key_log(suite.hash, &secret).ok()?;
            secret.finished_key().verify_data(&transcript).to_vec()
        }
        SuiteVersion::Tls12 => {
            let secret = Secret::from_bytes(&ear.secret(SecretLabel::ClientRandom)?).ok()?;
            let master = MasterSecret::from_secret(suite.hash, secret);
            master.verify_data(sender, &transcript).to_vec()
        }
    };
    Some(message(HandshakeType::finished, &verify_data))
}

fn trace_side(side: Side) -> premaster_connection::trace::Side {
    match side {
        Side::Client => premaster_connection::trace::Side::Client,
        Side::Server => premaster_connection::trace::Side::Server,
    }
}

/// Puts the signature that fits every message where the signature is: at the end.
pub(super) fn sign(message: &mut [u8]) {
    let signs = matches!(
        kind(message),
        HandshakeType::certificate_verify | HandshakeType::server_key_exchange
    );
    if signs && let Some(end) = message.last_chunk_mut() {
        *end = SKELETON;
    }
}

/// Where the list of extensions begins in a message that has one: its two bytes of length.
fn extensions_at(message: &[u8]) -> Option<usize> {
    let byte = |at: usize| message.get(at).map(|byte| usize::from(*byte));
    let word = |at: usize| Some(byte(at)? << 8 | byte(at + 1)?);
    let after_session_id = || Some(4 + 34 + 1 + byte(4 + 34)?);
    match kind(message) {
        HandshakeType::client_hello => {
            let suites = after_session_id()?;
            let compressions = suites + 2 + word(suites)?;
            Some(compressions + 1 + byte(compressions)?)
        }
        HandshakeType::server_hello => Some(after_session_id()? + 3),
        HandshakeType::encrypted_extensions => Some(4),
        HandshakeType::certificate_request => Some(4 + 1 + byte(4)?),
        HandshakeType::new_session_ticket => {
            let nonce = 4 + 8;
            let ticket = nonce + 1 + byte(nonce)?;
            Some(ticket + 2 + word(ticket)?)
        }
        // Of the first certificate.
        HandshakeType::certificate => {
            let list = 4 + 1 + byte(4)?;
            Some(list + 3 + 3 + word(list + 4)?)
        }
        _ => None,
    }
}

/// Does this to one of a message's extensions; says whether there was any.
pub(super) fn change_extension(message: &mut Vec<u8>, which: u8, deed: Deed) -> bool {
    let Some(at) = extensions_at(message) else {
        return false;
    };
    let Some(&[high, low]) = message.get(at..at + 2) else {
        return false;
    };
    let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
    let Some(mut rest) = message.get(at + 2..end) else {
        return false;
    };
    let mut list = Vec::new();
    while let Some(&[_, _, high, low]) = rest.get(..4) {
        let length = 4 + usize::from(u16::from_be_bytes([high, low]));
        let Some((one, others)) = rest.split_at_checked(length) else {
            return false;
        };
        list.push(one.to_vec());
        rest = others;
    }
    if list.is_empty() {
        return false;
    }
    let which = usize::from(which) % list.len();
    match deed {
        Deed::Remove => drop(list.remove(which)),
        Deed::Double => list.insert(which, list[which].clone()),
        Deed::First => list.swap(0, which),
        Deed::Rename(name) => list[which][..2].copy_from_slice(&name.to_be_bytes()),
        Deed::Empty => {
            list[which].truncate(4);
            list[which][2..].fill(0);
        }
    }
    let list = list.concat();
    let Ok(length) = u16::try_from(list.len()) else {
        return false;
    };
    message.splice(at..end, [&length.to_be_bytes()[..], &list].concat());
    mend(message);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_found_and_changed() {
        let list = [0, 1, 0, 1, 7, 0, 2, 0, 0];
        let mut encrypted = vec![0, 9];
        encrypted.extend(list);
        let mut cases = vec![message(HandshakeType::encrypted_extensions, &encrypted)];
        let mut hello = vec![3, 3];
        hello.extend([5; 32]);
        hello.extend([1, 9, 0, 2, 0x13, 1, 1, 0, 0, 9]);
        hello.extend(list);
        cases.push(message(HandshakeType::client_hello, &hello));
        let mut ticket = vec![0; 8];
        ticket.extend([1, 9, 0, 1, 8, 0, 9]);
        ticket.extend(list);
        cases.push(message(HandshakeType::new_session_ticket, &ticket));
        for original in cases {
            for (deed, length, last) in [
                (Deed::Remove, 5, &[0, 1, 0, 1, 7][..]),
                (Deed::Double, 13, &[0, 2, 0, 0, 0, 2, 0, 0]),
                (Deed::Empty, 9, &[0, 2, 0, 0]),
                (Deed::Rename(0x0908), 9, &[9, 8, 0, 0]),
                (Deed::First, 9, &[0, 1, 0, 1, 7]),
            ] {
                let mut changed = original.clone();
                assert!(change_extension(&mut changed, 1, deed));
                assert!(changed.ends_with(last), "{deed:?}: {changed:?}");
                assert_eq!(changed.len(), original.len() + length - 9);
                assert_eq!(usize::from(changed[3]), changed.len() - 4);
            }
        }
    }
}
