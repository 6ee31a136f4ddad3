//! What is just within a limit is taken.

use std::sync::Arc;

use premaster_handshake::{Fault, Handshake, Incoming, Limits, Message, Target};
use premaster_testkit::Cast;
use premaster_testkit::cell::NAME;
use premaster_testkit::forger::vector24;
use premaster_testkit::tls13::set;
use premaster_trace::Tracer;
use premaster_wire::ExtensionType;

use crate::duo::Duo;

#[test]
fn an_rsa_key_may_be_as_long_as_the_limit() {
    let cast = Cast::new();
    for (limit, fault) in [(2_048, None), (2_047, Some(Fault::KeyTooLong))] {
        let mut scene = cast.modern_against_client();
        scene.plan.chain.clone_from(&cast.rsa.chain);
        scene.plan.key = Some(cast.rsa.key(&cast.modern));
        scene.plan.scheme = 0x0804;
        scene.limits.rsa_bits = limit;
        assert_eq!(scene.play().victim.fault(), fault, "{limit}");
    }
}

/// RFC 8879 section 4: the length is known before anything is decompressed.
#[test]
fn a_certificate_may_be_as_long_as_the_limit_once_decompressed() {
    let cast = Cast::new();
    for (more, fault) in [(0, None), (1, Some(Fault::BadCompressedCertificate))] {
        let mut scene = cast.modern_compressed(cast.modern_against_client());
        // A context, and of each certificate its length, itself and no extensions.
        let entries = scene.plan.chain.iter().map(|der| 3 + der.len() + 2);
        scene.limits.handshake_message = 1 + 3 + entries.sum::<usize>() - more;
        assert_eq!(scene.play().victim.fault(), fault, "{more}");
    }
}

/// RFC 5246 section 7.4.1.1: a HelloRequest in a handshake is ignored.
#[test]
fn as_many_hello_requests_are_ignored_as_the_limit_says() {
    let cast = Cast::new();
    let (duo, limits) = (Duo::new(&cast), Limits::default());
    let (policy, clock) = (Arc::new(duo.client), duo.client_host.clock.shared());
    let target = Target::dns(NAME);
    let mut client = Handshake::client(policy, target, clock, limits, Tracer::default());
    let mut host = duo.client_host;
    while let Some(question) = client.next_question() {
        client.accept(host.answer(question)).expect("its own");
    }
    let ask = |client: &mut Handshake| {
        client.deliver(Incoming::Message(Message::new(vec![0, 0, 0, 0])));
        let ended = client.take_outcome()?;
        Some(ended.expect_err("a flood").fault())
    };
    for _ in 0..limits.requests {
        assert_eq!(ask(&mut client), None);
    }
    assert_eq!(ask(&mut client), Some(Fault::HelloRequestFlood));
}

/// RFC 8446 section 4.4.2.1: each certificate may have a staple; the one of the server's own is the one that counts.
#[test]
fn the_staple_is_that_of_the_first_certificate() {
    let cast = Cast::new();
    let staple = |of: &[u8]| Some([&[1][..], &vector24(of)].concat());
    let kind = ExtensionType::status_request;
    for own in [None, Some(&b"own"[..])] {
        let mut scene = cast.modern_against_client();
        scene.client.ocsp_stapling = true;
        if let Some(own) = own {
            set(&mut scene.plan.entry, kind, staple(own));
        }
        set(&mut scene.plan.other_entries, kind, staple(b"other"));
        assert!(scene.plan.chain.len() > 1);
        let played = scene.play();
        let facts = played.facts().expect("facts");
        assert_eq!(facts.ocsp_response.as_deref(), own);
    }
}
