//! The pre-shared keys of a second ClientHello: of the first's only those go that do not fit the suite
//! (RFC 8446 section 4.1.2).

use std::sync::Arc;

use premaster_crypto::{HashAlgorithm, Side};
use premaster_handshake::{CookieKey, ExternalPsk, Fault, ResumedBy};
use premaster_testkit::Cast;
use premaster_wire::{
    ClientHello, ClientHelloExtension, Decode as _, Extension as _, ExtensionType, Extensions,
    List, NamedGroup, OfferedPsks, encode_message,
};

use crate::duo::Duo;

fn key(identity: &[u8]) -> ExternalPsk {
    ExternalPsk::new(identity, &[7; 32], HashAlgorithm::Sha256).expect("a key")
}

/// A client with three keys, of which the server knows the second, and wants another share first.
fn retried(cast: &Cast) -> Duo {
    let mut duo = Duo::new(cast);
    duo.client.external_psks = vec![key(b"one"), key(b"two"), key(b"three")];
    duo.server.external_psks = true;
    let known = Arc::new(key(b"two"));
    duo.server_host.psks.insert(b"two".to_vec(), known);
    duo.server.groups = vec![NamedGroup::secp384r1];
    duo
}

/// The same ClientHello with the keys of these numbers; with `None` without the extension.
fn with_psks(message: &[u8], kept: Option<&[usize]>) -> Vec<u8> {
    let hello = ClientHello::decode(&message[4..]).expect("a ClientHello");
    let offered = hello.extensions().pre_shared_key().expect("keys");
    let all: Vec<_> = offered.pairs().expect("pairs").collect();
    let (identities, binders): (Vec<_>, Vec<_>) =
        kept.unwrap_or_default().iter().map(|at| all[*at]).unzip();
    let mut extensions: Vec<_> = hello.extensions().iter().collect();
    extensions.retain(|one| one.extension_type() != ExtensionType::pre_shared_key);
    if kept.is_some() {
        extensions.push(ClientHelloExtension::PreSharedKey(OfferedPsks {
            identities: List::from(identities.as_slice()),
            binders: List::from(binders.as_slice()),
        }));
    }
    let extensions = Extensions::from(extensions.as_slice());
    encode_message(&ClientHello {
        extensions: Some(extensions),
        ..hello
    })
    .expect("it fits")
}

/// property 19: what the first ClientHello led to is held across the retry.
#[test]
fn the_key_that_fits_comes_again() {
    let cast = Cast::new();
    let facts = retried(&cast).play();
    assert_eq!(facts.server_facts().resumed, Some(ResumedBy::Psk));
    let kept: [(Option<&[usize]>, Fault); 6] = [
        (None, Fault::MissingExtension),
        (Some(&[0]), Fault::SecondHelloChanged),
        (Some(&[0, 2]), Fault::SecondHelloChanged),
        (Some(&[1, 0, 2]), Fault::SecondHelloChanged),
        // Nothing is wrong with these but that we cannot make the binder anew.
        (Some(&[1]), Fault::BadBinder),
        (Some(&[0, 1]), Fault::BadBinder),
    ];
    for cookie in [false, true] {
        for (kept, fault) in kept {
            let mut duo = retried(&cast);
            if cookie {
                duo.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[7; 32])));
            }
            duo.change = Some(Box::new(move |side, number, message| {
                if side == Side::Client && number == 1 {
                    *message = with_psks(message, kept);
                }
            }));
            assert_eq!(duo.play().server_fault(), Some(fault), "{kept:?} {cookie}");
        }
    }
}

/// A server that has nothing but the cookie knows from it which key was to come again.
#[test]
fn a_cookie_tells_which_key_that_is() {
    let cast = Cast::new();
    let kept: [(Option<&[usize]>, Fault); 3] = [
        (None, Fault::MissingExtension),
        (Some(&[0, 2]), Fault::SecondHelloChanged),
        (Some(&[1]), Fault::BadBinder),
    ];
    for (kept, fault) in kept {
        let mut duo = retried(&cast);
        duo.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[7; 32])));
        let change = move |message: &mut Vec<u8>| *message = with_psks(message, kept);
        let ended = crate::server_retry::elsewhere_with(duo, change);
        assert_eq!(ended.err(), Some(fault), "{kept:?}");
    }
}
