//! Cookies of a HelloRetryRequest (RFC 8446 section 4.2.2): the key is secret, what is in a cookie is not.

use core::hint::black_box;
use core::time::Duration;

use premaster_handshake::{CookieContent, CookieKey, RetryCookie};
use premaster_session::UnixTime;
use premaster_wire::{CipherSuite, NamedGroup};

use crate::compare::candidates;
use crate::leaks;
use crate::trial::{Reason, count_input, declassify, poison};

const NOW: UnixTime = UnixTime::since_unix_epoch(Duration::from_secs(1_000_000));

fn key() -> CookieKey {
    let mut key = [0x6b; 32];
    poison(&mut key);
    CookieKey::from_shared(&key)
}

fn content() -> CookieContent {
    CookieContent {
        suite: CipherSuite::TLS_AES_128_GCM_SHA256,
        group: NamedGroup::x25519,
        client_hello: vec![0x99; 32],
        psk: None,
    }
}

/// A cookie, its tag still secret: nobody has seen it yet.
fn sealed() -> Vec<u8> {
    key().seal(&content(), NOW)
}

/// `CookieKey::open`: right cookies, and every byte of one changed.
pub(crate) fn cookies() {
    let key = key();
    let mut right = key.seal(&content(), NOW);
    declassify(&mut right, Reason::Sent);
    for (cookie, is_right) in candidates(&right) {
        count_input();
        let opened = key.open(&cookie, NOW);
        assert_eq!(opened, is_right.then(content));
    }
}

pub(crate) fn to_the_first_difference() {
    count_input();
    let cookie = sealed();
    let tag = &cookie[cookie.len() - 32..];
    black_box(leaks::to_the_first_difference(tag, &[0; 32]));
}
