//! Sessions that began with an external key: known by that key alone, and only as long as it is at hand
//! (RFC 8446 section 4.6.1, RFC 9257 section 4).

use std::sync::Arc;

use premaster_crypto::{HashAlgorithm, Side};
use premaster_handshake::{ClientAuth, Clock as _, ExternalPsk, Fault, ResumedBy};
use premaster_testkit::Cast;
use premaster_wire::{HandshakeType, ProtocolVersion};

use crate::duo::Duo;
use crate::server_psk::knowing;

const IDENTITY: &[u8] = b"meter 7";
const HASH: HashAlgorithm = HashAlgorithm::Sha256;

fn key(byte: u8) -> ExternalPsk {
    ExternalPsk::new(IDENTITY, &[byte; 32], HASH).expect("a key")
}

/// What a test changes.
type Change = fn(&mut Duo);

/// Both once more, after a handshake with the external key.
fn again(cast: &Cast, change: Change) -> Duo {
    let mut duo = knowing(cast, HASH);
    change(&mut duo);
    duo.client.post_handshake_auth = true;
    let (client, server) = (duo.client.clone(), duo.server.clone());
    let played = duo.play();
    assert_eq!(played.server_facts().resumed, Some(ResumedBy::Psk));
    let mut duo = Duo::new(cast);
    (duo.client, duo.server) = (client, server);
    duo.again(played)
}

#[test]
fn it_goes_on_with_the_key_that_it_began_with() {
    let cast = Cast::new();
    let stored: Change = |duo| duo.server.tickets = false;
    for (change, by) in [
        ((|_| {}) as Change, ResumedBy::Ticket),
        (stored, ResumedBy::SessionId),
    ] {
        let mut duo = again(&cast, change);
        let begun = duo.client_host.clock.now();
        duo.server_host.credential = None;
        duo.client_host.clock.advance(100);
        let played = duo.play();
        let (client, server) = (played.client_facts(), played.server_facts());
        assert_eq!(server.resumed, Some(by));
        assert_eq!(client.resumed, Some(ResumedBy::Ticket));
        for facts in [client, server] {
            assert_eq!(facts.external_psk.as_deref(), Some(IDENTITY));
            assert!(facts.peer_certificates.is_empty());
        }
        let kept = played.sessions();
        assert_eq!(kept.len(), 1);
        for kept in kept {
            let id = kept.session.external_psk.as_ref();
            assert_eq!(id.map(|id| &id.identity[..]), Some(IDENTITY));
            assert_eq!(kept.session.authenticated_at, begun);
        }
        // And once more, with what came of that.
        let (mut duo, policies) = (Duo::new(&cast), again(&cast, change));
        (duo.client, duo.server) = (policies.client, policies.server);
        let facts = duo.again(played).play();
        let facts = facts.server_facts();
        assert_eq!(facts.resumed, Some(by));
        assert_eq!(facts.external_psk.as_deref(), Some(IDENTITY));
    }
}

/// property 20: a server lets nobody go on by a key that it does not know any more.
#[test]
fn a_server_that_has_lost_the_key_does_not_go_on() {
    let cast = Cast::new();
    let changes: [Change; 2] = [
        |duo| duo.server_host.psks.clear(),
        |duo| duo.server.external_psks = false,
    ];
    for change in changes {
        let mut duo = again(&cast, |_| {});
        change(&mut duo);
        let played = duo.play();
        assert_eq!(played.server_facts().resumed, None);
        assert_eq!(played.server_facts().external_psk, None);
    }
    // Another key goes by its name: the ticket is passed over, and behind it stands the key that it is not.
    let mut duo = again(&cast, |_| {});
    let other = Arc::new(key(8));
    duo.server_host.psks.insert(IDENTITY.to_vec(), other);
    assert_eq!(duo.play().server_fault(), Some(Fault::BadBinder));
}

/// property 20: a client offers nothing that rests on a key that it has no more.
#[test]
fn a_client_that_has_lost_the_key_does_not_offer_the_session() {
    let cast = Cast::new();
    let changes: [(usize, Change); 3] = [
        (2, |_| {}),
        (0, |duo| duo.client.external_psks.clear()),
        (1, |duo| duo.client.external_psks = vec![key(8)]),
    ];
    for (expected, change) in changes {
        let mut duo = again(&cast, |_| {});
        change(&mut duo);
        let played = duo.play();
        let hello = crate::resumption::client_hellos(&played)[0];
        assert_eq!(crate::resumption::identities(hello).len(), expected);
    }
}

/// property 21: a key that is a client's here stands for nobody who comes as one.
#[test]
fn the_key_of_a_session_keeps_its_role() {
    let cast = Cast::new();
    let mut duo = again(&cast, |_| {});
    let both = key(7);
    duo.client.external_psks = vec![both.clone()];
    duo.server_host
        .psks
        .insert(IDENTITY.to_vec(), Arc::new(both));
    let played = duo.play();
    assert_eq!(played.server_fault(), Some(Fault::PskOfOtherRole));
    assert_eq!(played.count(Side::Server, HandshakeType::server_hello), 0);
}

/// property 5: nor does such a session stand for a client's certificate.
#[test]
fn it_stands_for_no_client_certificate() {
    let cast = Cast::new();
    let mut duo = again(&cast, |_| {});
    duo.server.client_auth = ClientAuth::Required {
        authorities: Vec::new(),
    };
    let played = duo.play();
    assert_eq!(played.server_facts().resumed, None);
    assert_eq!(played.server_facts().peer_certificates, cast.client.chain);
}

/// RFC 8446 appendix E.1: external keys and certificates are not combined, after a resumption neither.
#[test]
fn nobody_is_asked_for_a_certificate_behind_it() {
    let cast = Cast::new();
    let played = again(&cast, |_| {}).play();
    assert_eq!(played.server_facts().resumed, Some(ResumedBy::Ticket));
    for later in [&played.client_later, &played.server_later] {
        let after = later.after.as_ref().expect("what is left");
        assert!(!after.allows_authentication());
    }
}

/// Unless the server says by name that it stands for one.
#[test]
fn it_stands_for_a_client_certificate_where_that_is_said() {
    let cast = Cast::new();
    let either: Change = |duo| {
        duo.server.external_psk_as_client_auth = true;
        duo.server.client_auth = ClientAuth::Required {
            authorities: Vec::new(),
        };
    };
    let played = again(&cast, either).play();
    let facts = played.server_facts();
    assert_eq!(facts.resumed, Some(ResumedBy::Ticket));
    assert_eq!(facts.external_psk.as_deref(), Some(IDENTITY));
    // Who has none still needs a certificate.
    let mut duo = Duo::new(&cast);
    either(&mut duo);
    duo.client_host.credential = None;
    assert_eq!(duo.play().server_fault(), Some(Fault::NoClientCertificate));
}

/// property 5: a client that requires a key takes no certificate, nor a session that rests on one; nor does it offer an older
/// version, in which a certificate is all there is.
#[test]
fn a_client_may_require_a_server_that_knows_a_key() {
    let cast = Cast::new();
    let require: Change = |duo| duo.client.require_external_psk = true;
    let known = again(&cast, require).play();
    assert_eq!(known.client_facts().resumed, Some(ResumedBy::Ticket));
    let mut duo = knowing(&cast, HASH);
    require(&mut duo);
    duo.server_host.psks.clear();
    let played = duo.play();
    let ended = played.client.expect("an outcome");
    assert_eq!(
        ended.err().map(|e| e.fault()),
        Some(Fault::MissingExtension)
    );
    // The session of a full handshake is at hand, and not offered.
    let mut duo = Duo::new(&cast).after_a_first_one();
    duo.client.external_psks = vec![key(7)];
    require(&mut duo);
    let played = duo.play();
    let hello = crate::resumption::client_hellos(&played)[0];
    let offered = crate::resumption::identities(hello);
    assert_eq!(offered, [(IDENTITY.to_vec(), 0)]);
    // Older versions are not offered, whatever the policy says, and alone they are nothing to begin with.
    let versions = [ProtocolVersion::TLSv1_3, ProtocolVersion::TLSv1_2];
    let play = |client: &[ProtocolVersion]| {
        let mut duo = knowing(&cast, HASH);
        require(&mut duo);
        duo.client.versions = client.to_vec();
        duo.server.versions = versions[1..].to_vec();
        duo.play()
    };
    let played = play(&versions);
    assert_eq!(played.server_fault(), Some(Fault::NoCommonVersion));
    let played = play(&versions[1..]);
    assert!(crate::resumption::client_hellos(&played).is_empty());
    let ended = played.client.expect("an outcome");
    assert_eq!(ended.err().map(|e| e.fault()), Some(Fault::NoCommonVersion));
}
