//! External keys at the server, and the groups of a key exchange beside them.

use std::sync::Arc;

use premaster_crypto::{HashAlgorithm, Side};
use premaster_handshake::{ClientAuth, EarlyData, ExternalPsk, Fault, Preference, ResumedBy};
use premaster_testkit::Cast;
use premaster_wire::{HandshakeType, NamedGroup, PskKeyExchangeMode};

use crate::duo::Duo;

fn psk(identity: &[u8], key: u8, algorithm: HashAlgorithm) -> ExternalPsk {
    ExternalPsk::new(identity, &[key; 32], algorithm).expect("a key")
}

/// A client that offers this key, and a server that knows it.
pub(crate) fn knowing(cast: &Cast, algorithm: HashAlgorithm) -> Duo {
    let mut duo = Duo::new(cast);
    duo.client.external_psks = vec![psk(b"meter 7", 7, algorithm)];
    duo.server.external_psks = true;
    let known = Arc::new(psk(b"meter 7", 7, algorithm));
    duo.server_host.psks.insert(b"meter 7".to_vec(), known);
    duo
}

#[test]
fn who_knows_the_key_needs_no_certificate_and_gets_tickets() {
    let cast = Cast::new();
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
        let mut duo = knowing(&cast, algorithm);
        duo.server_host.credential = None;
        let played = duo.play();
        let facts = played.server_facts();
        assert_eq!(facts.resumed, Some(ResumedBy::Psk));
        assert_eq!(facts.suite.hash, algorithm);
        assert!(facts.group.is_some());
        let count = |kind| played.count(Side::Server, kind);
        assert_eq!(count(HandshakeType::certificate), 0);
        assert_eq!(count(HandshakeType::new_session_ticket), 2);
    }
}

/// The suite of a HelloRetryRequest fits the key, too.
#[test]
fn the_key_is_good_after_a_retry() {
    let cast = Cast::new();
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
        let mut duo = knowing(&cast, algorithm);
        duo.server.groups = vec![NamedGroup::secp384r1];
        let played = duo.play();
        let facts = played.server_facts();
        assert!(facts.retried);
        assert_eq!(facts.resumed, Some(ResumedBy::Psk));
        assert_eq!(facts.suite.hash, algorithm);
    }
}

#[test]
fn imported_keys_and_provisioned_ones_are_not_mixed_up() {
    let cast = Cast::new();
    let import = |context: &[u8]| {
        ExternalPsk::imported(b"meter 7", &[7; 32], context, HashAlgorithm::Sha256).expect("keys")
    };
    let with = |theirs: ExternalPsk, ours: ExternalPsk| {
        let mut duo = Duo::new(&cast);
        duo.client.external_psks = vec![theirs];
        duo.server.external_psks = true;
        let identity = ours.identity().to_vec();
        duo.server_host.psks.insert(identity, Arc::new(ours));
        duo.play().server.map(|ended| {
            ended
                .map(|facts| facts.resumed)
                .map_err(|error| error.fault())
        })
    };
    let [first, second] = import(b"a to b");
    let [ours, _] = import(b"a to b");
    assert_eq!(with(first, ours), Some(Ok(Some(ResumedBy::Psk))));
    let [ours, _] = import(b"b to a");
    assert_eq!(
        with(second, ours),
        Some(Ok(None)),
        "another context is another identity"
    );
    let [theirs, _] = import(b"a to b");
    let ours = psk(theirs.identity(), 7, HashAlgorithm::Sha256);
    assert_eq!(
        with(theirs, ours),
        Some(Err(Fault::BadBinder)),
        "property 21"
    );
}

/// property 21: a side is not answered by itself.
#[test]
fn a_key_of_both_roles_is_refused() {
    let cast = Cast::new();
    let both = psk(b"meter 7", 7, HashAlgorithm::Sha256);
    let mut duo = knowing(&cast, HashAlgorithm::Sha256);
    duo.client.external_psks = vec![both.clone()];
    duo.server_host
        .psks
        .insert(b"meter 7".to_vec(), Arc::new(both));
    let played = duo.play();
    assert_eq!(played.server_fault(), Some(Fault::PskOfOtherRole));
    assert_eq!(played.count(Side::Server, HandshakeType::server_hello), 0);
}

/// property 21: who knows the identity and not the key does not say for which role it is.
#[test]
fn a_stranger_does_not_give_a_key_its_role() {
    let cast = Cast::new();
    let ours = psk(b"meter 7", 7, HashAlgorithm::Sha256);
    let mut duo = knowing(&cast, HashAlgorithm::Sha256);
    duo.client.external_psks = vec![psk(b"meter 7", 8, HashAlgorithm::Sha256)];
    let known = Arc::new(ours.clone());
    duo.server_host.psks.insert(b"meter 7".to_vec(), known);
    assert_eq!(duo.play().server_fault(), Some(Fault::BadBinder));
    // It is still good for a client.
    let mut duo = knowing(&cast, HashAlgorithm::Sha256);
    duo.client.external_psks = vec![ours];
    assert_eq!(duo.play().client_facts().resumed, Some(ResumedBy::Psk));
}

/// property 5: a required client certificate is shown, whatever else the client knows.
#[test]
fn an_external_key_stands_for_no_client_certificate() {
    let cast = Cast::new();
    let mut duo = knowing(&cast, HashAlgorithm::Sha256);
    duo.server.client_auth = ClientAuth::Required {
        authorities: Vec::new(),
    };
    let played = duo.play();
    let facts = played.server_facts();
    assert_eq!(facts.resumed, None);
    assert_eq!(facts.peer_certificates, cast.client.chain);
}

#[test]
fn a_key_is_used_alone_only_where_both_want_that_and_nothing_better() {
    let cast = Cast::new();
    let (with, alone) = (PskKeyExchangeMode::psk_dhe_ke, PskKeyExchangeMode::psk_ke);
    // Their modes, ours, whether they share a group, then whether the key is used and whether there is an exchange.
    type Used = Option<(bool, bool)>;
    let cases: &[(&[_], &[_], bool, Used)] = &[
        (&[with], &[with, alone], true, Some((true, true))),
        (&[with, alone], &[with, alone], true, Some((true, true))),
        (&[alone], &[with, alone], true, Some((true, false))),
        (&[with, alone], &[alone], true, Some((true, false))),
        (&[alone], &[with], true, Some((false, true))),
        (&[with, alone], &[with, alone], false, Some((true, false))),
        (&[with], &[with, alone], false, None),
    ];
    for (theirs, ours, share, expected) in cases {
        let mut duo = knowing(&cast, HashAlgorithm::Sha256);
        duo.client.psk_modes = theirs.to_vec();
        duo.server.psk_modes = ours.to_vec();
        if !share {
            duo.client.groups = vec![NamedGroup::x25519];
            duo.server.groups = vec![NamedGroup::secp256r1];
        }
        let played = duo.play();
        let what = format!("{theirs:?} {ours:?} {share}");
        let Some((used, exchanged)) = expected else {
            assert_eq!(played.server_fault(), Some(Fault::NoCommonGroup), "{what}");
            continue;
        };
        let facts = played.server_facts();
        assert_eq!(facts.resumed.is_some(), *used, "{what}");
        assert_eq!(facts.group.is_some(), *exchanged, "{what}");
        assert!(!facts.retried, "{what}");
        assert_eq!(facts.early_data, None::<EarlyData>);
    }
}

#[test]
fn an_unknown_key_leads_to_a_full_handshake_and_a_wrong_one_to_none() {
    let cast = Cast::new();
    let mut duo = knowing(&cast, HashAlgorithm::Sha256);
    duo.server_host.psks.clear();
    assert_eq!(duo.play().server_facts().resumed, None);
    let mut duo = knowing(&cast, HashAlgorithm::Sha256);
    let other = Arc::new(psk(b"meter 7", 8, HashAlgorithm::Sha256));
    duo.server_host.psks.insert(b"meter 7".to_vec(), other);
    assert_eq!(duo.play().server_fault(), Some(Fault::BadBinder));
}

/// RFC 8446 section 4.2.8.1.
#[test]
fn a_finite_field_will_do_for_the_key_exchange() {
    let cast = Cast::new();
    let provider = premaster_crypto_classic::extend(premaster_crypto_ring::provider());
    let provider = Arc::new(provider);
    for preference in [Preference::Server, Preference::Client] {
        for retries in [false, true] {
            let mut duo = Duo::with(&cast, &provider);
            duo.server.preference = preference;
            duo.server.groups.clear();
            if !retries {
                duo.client.key_shares = vec![NamedGroup::ffdhe2048];
            }
            let facts = duo.play();
            let facts = facts.server_facts();
            assert_eq!(facts.group, Some(NamedGroup::ffdhe2048));
            assert_eq!(facts.retried, retries);
        }
    }
}

/// property 7: a share is as long as the prime, and its value is one of the group.
#[test]
fn a_share_of_a_finite_field_is_as_long_as_the_prime() {
    let cast = Cast::new();
    let provider = premaster_crypto_classic::extend(premaster_crypto_ring::provider());
    let provider = Arc::new(provider);
    let field = Arc::clone(&provider.dh_groups[0]);
    let prime = field.prime().to_vec();
    type Wrong = fn(&mut Vec<u8>);
    let wrongs: [(Wrong, Fault); 3] = [
        (|share| share.fill(0), Fault::BadDhPublicValue),
        (|share| share.fill(0xff), Fault::BadDhPublicValue),
        (
            |share| {
                let last = share.len() - 1;
                share.fill(0);
                share[last] = 1;
            },
            Fault::BadDhPublicValue,
        ),
    ];
    for (wrong, fault) in wrongs {
        let length = prime.len();
        let mut duo = Duo::with(&cast, &provider);
        duo.server.groups.clear();
        duo.client.key_shares = vec![NamedGroup::ffdhe2048];
        duo.change = Some(Box::new(move |side, number, message| {
            if side == Side::Client && number == 0 {
                // key_share, its length, that of the list, the group, the length of its share.
                let header = [0, 51, 1, 6, 1, 4, 1, 0, 1, 0];
                let place = message.windows(10).position(|bytes| bytes == header);
                let at = place.expect("the share") + 10;
                let mut share = message[at..at + length].to_vec();
                wrong(&mut share);
                message[at..at + length].copy_from_slice(&share);
            }
        }));
        assert_eq!(duo.play().server_fault(), Some(fault));
    }
}
