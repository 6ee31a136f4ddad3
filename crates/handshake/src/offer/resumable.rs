//! Whether a session that is at hand may be offered.

use premaster_crypto::suite;
use premaster_session::{ClientSession, NotResumable, Session, UnixTime};
use premaster_wire::ProtocolVersion;

use crate::classic::sessions::fragment_length;
use crate::{ClientPolicy, Target};

/// A session with this very server, unexpired, that this policy would have made: in words, why not.
pub(crate) fn may_offer(
    policy: &ClientPolicy,
    target: &Target,
    found: &ClientSession,
    now: UnixTime,
) -> Result<(), &'static str> {
    let session = &found.session;
    session
        .check(&policy.isolation, now)
        .map_err(|reason| match reason {
            NotResumable::Expired => "the session has expired",
            _ => "the session was made under another configuration",
        })?;
    if session.server_name != target.sni {
        return Err("the session was made for another server name");
    }
    match &session.external_psk {
        None if policy.require_external_psk => {
            return Err("the session rests on certificates, and an external key is required");
        }
        Some(id) if !policy.external_psks.iter().any(|psk| psk.id() == *id) => {
            return Err("the external key that the session rests on is not known any more");
        }
        None if session.peer_certificates.is_empty() => {
            return Err("the session does not say who the server is");
        }
        _ => {}
    }
    if !policy.versions.contains(&ProtocolVersion(session.version)) {
        return Err("the session was made under a version that is not offered");
    }
    if !policy.tickets && !found.ticket.is_empty() {
        return Err("the session has a ticket, and none are wanted");
    }
    match session.version == ProtocolVersion::TLSv1_3.0 {
        true => may_offer_tls13(policy, found),
        false => may_offer_classic(policy, session),
    }
}

/// A session of TLS 1.2 is resumed under its own suite, and bound to its handshake (RFC 7627 section 5.3).
fn may_offer_classic(policy: &ClientPolicy, session: &Session) -> Result<(), &'static str> {
    if session.master_secret().is_none() || !session.extended_master_secret {
        return Err("the session is not bound by extended_master_secret");
    }
    if !policy.suites.iter().any(|suite| suite.id == session.suite) {
        return Err("the session was made under a suite that is not offered");
    }
    // A server may refuse whoever asks for another one than the session has.
    let length = fragment_length(session);
    if length.is_some() && policy.max_fragment_length != length {
        return Err("the session was made with another max_fragment_length");
    }
    Ok(())
}

/// A ticket of TLS 1.3 is good for all suites of its hash function (RFC 8446 section 4.2.11).
fn may_offer_tls13(policy: &ClientPolicy, found: &ClientSession) -> Result<(), &'static str> {
    if found.session.ticket_psk().is_none() || found.ticket.is_empty() {
        return Err("the session has no ticket");
    }
    if policy.psk_modes.is_empty() {
        return Err("pre-shared keys are not wanted");
    }
    let made = suite(found.session.suite);
    let fits = made.is_some_and(|made| policy.tls13_suites().any(|suite| suite.hash == made.hash));
    match fits {
        true => Ok(()),
        false => Err("no suite is offered that has the session's hash function"),
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::sync::Arc;

    use premaster_crypto::{Secret, SecretBytes};
    use premaster_session::{SessionSecret, TicketPsk};

    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn policy() -> ClientPolicy {
        ClientPolicy::new(Arc::new(premaster_crypto_ring::provider()))
    }

    fn tls13() -> ClientSession {
        let secret = SessionSecret::Resumption(TicketPsk {
            psk: SecretBytes::new(&[7; 32]),
            age_add: 1,
            issued_at: at(1_000),
            max_early_data: 0,
        });
        ClientSession {
            session: Session {
                version: 0x0304,
                suite: 0x1301,
                secret,
                extended_master_secret: true,
                authenticated_at: at(1_000),
                lifetime: 100,
                isolation: policy().isolation,
                server_name: Some("server.test".into()),
                alpn: None,
                max_fragment_length: None,
                peer_certificates: vec![vec![1]],
                peer_public_key: None,
                external_psk: None,
                resumable_across_names: false,
            },
            session_id: Vec::new(),
            ticket: b"ticket".to_vec(),
        }
    }

    fn tls12() -> ClientSession {
        let mut found = tls13();
        found.session.version = 0x0303;
        found.session.suite = 0xc02b;
        found.session.secret = SessionSecret::Master(Secret::from_bytes(&[7; 48]).unwrap());
        found
    }

    type Change = fn(&mut ClientPolicy, &mut Target, &mut ClientSession);

    fn offered(found: ClientSession, change: Change) -> bool {
        let (mut policy, mut target, mut found) = (policy(), Target::dns("server.test"), found);
        change(&mut policy, &mut target, &mut found);
        may_offer(&policy, &target, &found, at(1_050)).is_ok()
    }

    /// property 20: resumption only inside the same isolation key, for the same name, before its end.
    #[test]
    fn a_session_is_offered_where_it_would_be_made_again() {
        let changes: [(bool, bool, Change); 14] = [
            // (offered in TLS 1.3, in TLS 1.2)
            (true, true, |_, _, _| {}),
            (false, false, |_, target, _| {
                *target = Target::dns("other.test");
            }),
            (false, false, |_, target, _| {
                *target = Target::unnamed("server.test");
            }),
            (false, false, |policy, _, _| {
                policy.isolation = premaster_session::IsolationKey::builder()
                    .part("verifier", b"another")
                    .finish();
            }),
            (false, false, |_, _, found| found.session.lifetime = 50),
            (false, false, |_, _, found| {
                found.session.peer_certificates.clear();
            }),
            (false, false, |policy, _, _| policy.tickets = false),
            (false, false, |_, _, found| found.session.version = 0x0302),
            (true, false, |policy, _, _| {
                policy.versions = vec![ProtocolVersion::TLSv1_3];
            }),
            (false, true, |policy, _, _| {
                policy.versions = vec![ProtocolVersion::TLSv1_2];
            }),
            (false, true, |policy, _, _| policy.psk_modes.clear()),
            (false, true, |_, _, found| {
                found.session.suite = match found.session.suite {
                    0x1301 => 0x1302,
                    other => other,
                };
            }),
            (true, true, |_, _, found| {
                // Of the same hash function.
                found.session.suite = match found.session.suite {
                    0x1301 => 0x1303,
                    other => other,
                };
            }),
            (true, false, |_, _, found| {
                found.session.extended_master_secret = false;
            }),
        ];
        for (number, (new, old, change)) in changes.into_iter().enumerate() {
            // Without the suites of SHA-384.
            let without: Change = |policy, _, _| policy.suites.retain(|suite| suite.id != 0x1302);
            let offered = |found| {
                let (mut policy, mut target, mut found) =
                    (policy(), Target::dns("server.test"), found);
                without(&mut policy, &mut target, &mut found);
                change(&mut policy, &mut target, &mut found);
                may_offer(&policy, &target, &found, at(1_050)).is_ok()
            };
            assert_eq!(offered(tls13()), new, "TLS 1.3, {number}");
            assert_eq!(offered(tls12()), old, "TLS 1.2, {number}");
        }
    }

    #[test]
    fn a_secret_of_one_version_is_none_of_another() {
        assert!(!offered(tls13(), |_, _, found| {
            found.session.version = 0x0303;
            found.session.suite = 0xc02b;
        }));
        assert!(!offered(tls12(), |_, _, found| {
            found.session.version = 0x0304;
            found.session.suite = 0x1301;
        }));
    }
}
