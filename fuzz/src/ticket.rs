//! Tickets that we sealed, forged and altered: only what was sealed opens (property 20).
//!
//! Two bytes pick the session and the hour at which it is opened; the rest are changes to the ticket, each an operation,
//! a place of two bytes and a value.

use std::time::Duration;

use premaster_crypto::{Secret, SecretBytes};
use premaster_session::{
    IsolationKey, Session, SessionSecret, TicketKeys, TicketMiss, TicketPsk, UnixTime,
};

use crate::{fixed::PROVIDER, input::Input};

/// When everything is sealed, in seconds.
const BEGIN: u64 = 1_000_000;

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    let mut input = Input(input);
    let session = session(input.byte());
    let hours = u64::from(input.byte() % 32);
    let keys = TicketKeys::new(&PROVIDER, at(BEGIN)).expect("a provider that works");
    let others = TicketKeys::new(&PROVIDER, at(BEGIN)).expect("a provider that works");
    let sealed = keys.seal(&session, at(BEGIN)).expect("a ticket");
    let altered = alter(&sealed, input);
    let now = at(BEGIN + hours * 3600);

    assert!(
        others.open(&altered, now).is_err(),
        "another server's key opened it"
    );
    let opened = keys.open(&altered, now);
    if altered != sealed {
        assert!(opened.is_err(), "an altered ticket was opened");
    } else if hours * 3600 >= TicketKeys::ACCEPTANCE {
        assert!(matches!(opened, Err(TicketMiss::UnknownKey)));
    } else if session.expired(now) {
        assert!(matches!(opened, Err(TicketMiss::Expired)));
    } else {
        let opened = opened.expect("what was sealed opens");
        assert_eq!(opened.encode().as_deref(), session.encode().as_deref());
        assert!(keys.lifetime_hint(&opened, now) <= session.remaining(now));
    }
}

/// The ticket after all changes.
fn alter(sealed: &[u8], mut changes: Input<'_>) -> Vec<u8> {
    let mut ticket = sealed.to_vec();
    while !changes.is_empty() {
        let operation = changes.byte();
        let place = changes.number() % (ticket.len() + 1);
        let value = changes.byte();
        match operation % 5 {
            0 => ticket
                .iter_mut()
                .skip(place)
                .take(1)
                .for_each(|it| *it ^= value),
            1 => ticket.truncate(place),
            2 => ticket.insert(place, value),
            3 => ticket = sealed.to_vec(),
            _ => ticket
                .splice(place.., changes.take(value.into()).iter().copied())
                .for_each(drop),
        }
    }
    ticket
}

/// A session of TLS 1.2 or 1.3, with more or less in it.
fn session(pick: u8) -> Session {
    let flag = |bit: u8| pick & bit != 0;
    let secret = if flag(1) {
        SessionSecret::Resumption(TicketPsk {
            psk: SecretBytes::new(&[7; 32]),
            age_add: 0x0102_0304,
            issued_at: at(BEGIN),
            max_early_data: if flag(2) { 16384 } else { 0 },
        })
    } else {
        SessionSecret::Master(Secret::from_bytes(&[7; 48]).expect("48 bytes"))
    };
    Session {
        version: if flag(1) { 0x0304 } else { 0x0303 },
        suite: if flag(1) { 0x1301 } else { 0xc02b },
        secret,
        extended_master_secret: flag(4),
        authenticated_at: at(BEGIN),
        lifetime: if flag(8) { 7200 } else { Session::MAX_LIFETIME },
        isolation: IsolationKey::builder().part("pick", &[pick]).finish(),
        server_name: flag(16).then(|| "example.com".to_owned()),
        alpn: flag(32).then(|| b"h2".to_vec()),
        external_psk: None,
        resumable_across_names: false,
        max_fragment_length: flag(64).then_some(1),
        peer_certificates: if flag(128) {
            vec![vec![0x30, 0]]
        } else {
            Vec::new()
        },
        peer_public_key: flag(128).then(|| vec![0x30, 0]),
    }
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
