//! Pre-shared keys, as a client offers them (RFC 8446 section 4.2.11).

use premaster_crypto::{HashAlgorithm, Side, suite};
use premaster_handshake::{Clock as _, ExternalPsk, Facts, ResumedBy};
use premaster_testkit::Cast;
use premaster_wire::tls13::EncryptedExtensions;
use premaster_wire::{
    ClientHello, Decode as _, ExtensionType, HandshakeType, NamedGroup, ProtocolVersion,
    PskKeyExchangeMode, ServerHello,
};
use std::sync::Arc;

use crate::duo::{Duo, Played};

const AES_128: u16 = 0x1301;
const AES_256: u16 = 0x1302;
const CHACHA20: u16 = 0x1303;

fn only(suites: &[u16]) -> Vec<&'static premaster_crypto::Suite> {
    let known = suites.iter().map(|id| suite(*id).expect("a suite"));
    known.collect()
}

/// The bodies of all ClientHellos.
pub(crate) fn client_hellos(played: &Played) -> Vec<&[u8]> {
    let said = played.said.iter();
    let hellos = said.filter(|(_, message)| message[0] == HandshakeType::client_hello.0);
    hellos.map(|(_, message)| &message[4..]).collect()
}

/// The identities that a ClientHello offers, and their obfuscated ages.
pub(crate) fn identities(body: &[u8]) -> Vec<(Vec<u8>, u32)> {
    let hello = ClientHello::decode(body).expect("a ClientHello");
    let offered = hello.extensions().pre_shared_key();
    let identities = offered.iter().flat_map(|offered| offered.identities.iter());
    identities
        .map(|one| (one.identity.to_vec(), one.obfuscated_ticket_age))
        .collect()
}

fn exported(facts: &Facts) -> [u8; 32] {
    let mut out = [0; 32];
    let label = b"EXPORTER-test";
    facts.exporter.export(label, None, &mut out).expect("short");
    out
}

#[test]
fn a_session_goes_on_with_the_server_of_its_full_handshake() {
    let cast = Cast::new();
    let duo = Duo::new(&cast);
    let clock = duo.client_host.clock.clone();
    let begun = clock.now();
    let duo = duo.after_a_first_one();
    clock.advance(100);
    let played = duo.play();
    let facts = played.client_facts();
    assert_eq!(facts.resumed, Some(ResumedBy::Ticket));
    assert_eq!(facts.peer_certificates, cast.server.chain);
    assert_eq!(facts.server_scheme, None);
    assert_eq!(facts.group, Some(NamedGroup::x25519));
    assert_eq!(exported(facts), exported(played.server_facts()));
    assert_eq!(played.count(Side::Server, HandshakeType::certificate), 0);
    // The clocks of both tell the same time here: the age is what is hidden in it.
    let hello = client_hellos(&played)[0];
    assert_eq!(identities(hello).len(), 1);
    for kept in played.sessions() {
        assert_eq!(kept.session.authenticated_at, begun);
        assert_eq!(kept.session.peer_certificates, cast.server.chain);
        assert!(kept.session.peer_public_key.is_some());
    }
    assert!(!played.sessions().is_empty());
}

/// RFC 8446 section 4.2.11: a key is bound to a hash function, not to a suite.
#[test]
fn a_ticket_is_offered_for_all_suites_of_its_hash_function() {
    let cast = Cast::new();
    for (first, second, offered) in [
        (AES_128, AES_128, true),
        (AES_128, CHACHA20, true),
        (AES_128, AES_256, false),
        (AES_256, AES_256, true),
        (AES_256, AES_128, false),
    ] {
        let mut duo = Duo::new(&cast);
        duo.server.suites = only(&[first]);
        let mut duo = duo.after_a_first_one();
        duo.client.suites = only(&[second]);
        duo.server.suites = only(&[second]);
        let played = duo.play();
        let identities = identities(client_hellos(&played)[0]);
        assert_eq!(
            !identities.is_empty(),
            offered,
            "{first:#06x} {second:#06x}"
        );
        assert_eq!(played.client_facts().suite.id, second);
        let resumed = played.client_facts().resumed.is_some();
        assert_eq!(resumed, offered);
    }
}

/// property 20: what is kept under one configuration is not offered under another.
#[test]
fn a_session_of_another_configuration_is_not_offered() {
    let cast = Cast::new();
    let changes: [fn(&mut Duo); 5] = [
        |duo| {
            duo.client.isolation = premaster_session::IsolationKey::builder()
                .part("roots", b"others")
                .finish();
        },
        |duo| duo.client.tickets = false,
        |duo| duo.client.resumption = false,
        |duo| duo.client.psk_modes.clear(),
        |duo| duo.client_host.clock.advance(7 * 24 * 3600),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut duo = Duo::new(&cast).after_a_first_one();
        change(&mut duo);
        let played = duo.play();
        let hello = client_hellos(&played)[0];
        assert!(identities(hello).is_empty(), "{number}");
        // After a week the certificates may have ended too.
        if let Some(Ok(facts)) = &played.client {
            assert_eq!(facts.resumed, None, "{number}");
        }
    }
}

#[test]
fn who_keeps_no_sessions_asks_nobody_to() {
    let cast = Cast::new();
    let changes: [fn(&mut Duo); 2] = [
        |duo| duo.client.resumption = false,
        |duo| duo.client.tickets = false,
    ];
    for change in changes {
        let mut duo = Duo::new(&cast);
        change(&mut duo);
        let played = duo.play();
        assert!(played.count(Side::Server, HandshakeType::new_session_ticket) > 0);
        assert!(played.sessions().is_empty());
    }
}

/// RFC 8446 section 4.2.9.
#[test]
fn a_key_is_used_in_a_way_that_both_want() {
    let cast = Cast::new();
    let (alone, exchanged) = (PskKeyExchangeMode::psk_ke, PskKeyExchangeMode::psk_dhe_ke);
    for (client, server, group) in [
        (vec![exchanged], vec![exchanged], true),
        (vec![alone], vec![alone], false),
        (vec![alone, exchanged], vec![exchanged], true),
        (vec![alone, exchanged], vec![alone], false),
    ] {
        let mut duo = Duo::new(&cast);
        (duo.client.psk_modes, duo.server.psk_modes) = (client, server);
        let played = duo.after_a_first_one().play();
        assert!(played.client_facts().resumed.is_some());
        assert_eq!(played.client_facts().group.is_some(), group);
        assert_eq!(
            exported(played.client_facts()),
            exported(played.server_facts())
        );
    }
}

/// property 21: an external key is one thing, an imported one another, and neither is a ticket's.
#[test]
fn external_keys_stand_behind_the_ticket_and_need_no_certificates() {
    let cast = Cast::new();
    let plain = |identity: &[u8], hash| ExternalPsk::new(identity, &[7; 32], hash).expect("a key");
    let imported = || {
        let keys = ExternalPsk::imported(b"meter", &[8; 32], b"context", HashAlgorithm::Sha256);
        keys.expect("keys")
    };
    let (short, long) = (HashAlgorithm::Sha256, HashAlgorithm::Sha384);
    // Each side has a value of its own: one is for one role.
    for (ours, known) in [
        (vec![plain(b"one", short)], plain(b"one", short)),
        (vec![plain(b"one", long)], plain(b"one", long)),
        (imported().to_vec(), imported()[0].clone()),
        (imported().to_vec(), imported()[1].clone()),
    ] {
        let mut duo = Duo::new(&cast);
        let hash = known.algorithm();
        duo.server.suites.retain(|suite| suite.hash == hash);
        duo.client.external_psks = ours;
        duo.server.external_psks = true;
        let identity = known.identity().to_vec();
        duo.server_host
            .psks
            .insert(identity.clone(), Arc::new(known));
        let played = duo.play();
        let facts = played.client_facts();
        assert_eq!(facts.resumed, Some(ResumedBy::Psk));
        assert_eq!(exported(facts), exported(played.server_facts()));
        assert!(facts.peer_certificates.is_empty());
        assert_eq!(facts.external_psk.as_deref(), Some(&identity[..]));
        for kept in played.sessions() {
            let id = kept.session.external_psk.as_ref().expect("the key");
            assert_eq!(id.identity, identity);
        }
    }
    let mut duo = Duo::new(&cast).after_a_first_one();
    duo.client.external_psks = vec![plain(b"one", HashAlgorithm::Sha256)];
    let played = duo.play();
    let identities = identities(client_hellos(&played)[0]);
    assert_eq!(identities.len(), 2);
    assert_eq!(identities[1], (b"one".to_vec(), 0));
    assert_eq!(played.client_facts().resumed, Some(ResumedBy::Ticket));
}

/// RFC 8446 section 4.1.2: the ages are told anew, and keys that the suite has no use for are left out.
#[test]
fn after_a_retry_only_keys_for_the_suite_are_offered() {
    let cast = Cast::new();
    let duo = Duo::new(&cast);
    let mut duo = duo.after_a_first_one();
    let other = ExternalPsk::new(b"other", &[7; 48], HashAlgorithm::Sha384).expect("a key");
    duo.client.external_psks = vec![other];
    duo.server.groups = vec![NamedGroup::secp256r1];
    duo.client.key_shares = vec![NamedGroup::x25519];
    let played = duo.play();
    let facts = played.client_facts();
    assert!(facts.retried && facts.resumed == Some(ResumedBy::Ticket));
    let hellos = client_hellos(&played);
    assert_eq!(hellos.len(), 2);
    assert_eq!(identities(hellos[0]).len(), 2);
    assert_eq!(identities(hellos[1]).len(), 1);
    let last = |body| {
        let hello = ClientHello::decode(body).expect("a ClientHello");
        hello.extensions().types().last()
    };
    for hello in hellos {
        assert_eq!(last(hello), Some(ExtensionType::pre_shared_key));
    }
}

/// Whether the server says that it knows the name.
fn acknowledges(played: &Played) -> bool {
    let mut said = played.said.iter().map(|(_, message)| message);
    let message = said.find(|message| message[0] == HandshakeType::encrypted_extensions.0);
    let message = message.expect("EncryptedExtensions");
    let extensions = EncryptedExtensions::decode(&message[4..]).expect("EncryptedExtensions");
    extensions.extensions.contains(ExtensionType::server_name)
}

/// RFC 6066 section 3: not where a session is resumed.
#[test]
fn a_name_is_acknowledged_in_full_handshakes_only() {
    let cast = Cast::new();
    assert!(acknowledges(&Duo::new(&cast).play()));
    let resumed = Duo::new(&cast).after_a_first_one().play();
    assert!(resumed.client_facts().resumed.is_some());
    assert!(!acknowledges(&resumed));
}

/// RFC 6066 section 3: only a server that goes by the name says so. Before TLS 1.3 it does in its ServerHello.
#[test]
fn a_server_may_keep_from_acknowledging_a_name() {
    let cast = Cast::new();
    for acknowledge in [false, true] {
        let mut duo = Duo::new(&cast);
        duo.server.acknowledge_name = acknowledge;
        let played = duo.play();
        assert_eq!(acknowledges(&played), acknowledge);
        let name = played.server_facts().server_name.as_deref();
        assert_eq!(name, Some(premaster_testkit::cell::NAME));

        let mut duo = Duo::new(&cast);
        duo.server.acknowledge_name = acknowledge;
        duo.server.versions = vec![ProtocolVersion::TLSv1_2];
        let played = duo.play();
        let mut said = played.said.iter().map(|(_, message)| message);
        let message = said.find(|message| message[0] == HandshakeType::server_hello.0);
        let hello = ServerHello::decode(&message.expect("a ServerHello")[4..]);
        let hello = hello.expect("a ServerHello");
        let answered = hello.extensions().contains(ExtensionType::server_name);
        assert_eq!(answered, acknowledge);
    }
}
