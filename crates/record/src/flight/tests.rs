//! What becomes of messages on their way into records.

use std::vec;

use super::*;
use crate::testing::{CBC, CBC_ETM, GCM, TLS13, pair, protection};
use crate::{Inbox, Opened, RecordOpener};

/// The records in `wire`: content type and content.
fn open_all(opener: &mut RecordOpener, mut wire: &mut [u8]) -> Vec<(ContentType, Vec<u8>)> {
    let mut records = Vec::new();
    while !wire.is_empty() {
        let opened = opener.open(wire).unwrap();
        let Opened::Record {
            content_type,
            payload,
            consumed,
            ..
        } = opened
        else {
            panic!("whole records")
        };
        records.push((content_type, payload.to_vec()));
        wire = &mut wire[consumed..];
    }
    records
}

fn transmit_all(flight: &mut Flight, sealer: &mut RecordSealer) -> Vec<u8> {
    let mut out = vec![0; flight.pending_len()];
    let n = flight.transmit(sealer, &mut out).unwrap();
    assert!(n <= out.len() && out.len() < n + 16);
    assert!(flight.is_empty());
    out.truncate(n);
    out
}

#[test]
fn messages_of_one_epoch_share_records() {
    for kind in [None, Some(GCM), Some(CBC), Some(CBC_ETM)] {
        let (mut sealer, mut opener) = pair(kind, 0);
        let mut flight = Flight::new();
        flight.message(&mut sealer, &[2, 0, 0, 1, 9]).unwrap();
        flight.message(&mut sealer, &[14, 0, 0, 0]).unwrap();
        let mut wire = transmit_all(&mut flight, &mut sealer);
        let wanted = (ContentType::handshake, vec![2, 0, 0, 1, 9, 14, 0, 0, 0]);
        assert_eq!(open_all(&mut opener, &mut wire), [wanted]);
    }
}

#[test]
fn everything_goes_out_in_order_and_under_the_keys_of_its_time() {
    let (mut sealer, mut opener) = pair(None, 0);
    let mut flight = Flight::new();
    flight.message(&mut sealer, &[16, 0, 0, 0]).unwrap();
    flight.change_cipher_spec(&mut sealer).unwrap();
    flight.message(&mut sealer, &[4, 0, 0, 0]).unwrap();
    flight.install(&mut sealer, protection(GCM)).unwrap();
    flight.message(&mut sealer, &[20, 0, 0, 0]).unwrap();
    flight
        .alert(
            &mut sealer,
            AlertLevel::warning,
            AlertDescription::close_notify,
        )
        .unwrap();
    let mut wire = transmit_all(&mut flight, &mut sealer);

    let plain = [
        (22, vec![16, 0, 0, 0]),
        (20, vec![1]),
        (22, vec![4, 0, 0, 0]),
    ];
    let sealed = [(22, vec![20, 0, 0, 0]), (21, vec![1, 0])];
    let plain_len = 3 * HEADER_LEN + 4 + 1 + 4;
    let typed = |records: &[(u8, Vec<u8>)]| -> Vec<_> {
        records
            .iter()
            .map(|(kind, content)| (ContentType(*kind), content.clone()))
            .collect()
    };
    let (before, after) = wire.split_at_mut(plain_len);
    assert_eq!(open_all(&mut opener, before), typed(&plain));
    opener.install(protection(GCM));
    assert_eq!(open_all(&mut opener, after), typed(&sealed));
}

/// property 23: whatever the sizes of messages and records, the same messages arrive.
#[test]
fn messages_of_any_size_arrive_whole() {
    // Miri interprets each cipher's software: one limit shows all that is done with memory.
    let limits: &[usize] = if cfg!(miri) {
        &[65]
    } else {
        &[64, 65, 100, 1000]
    };
    for &limit in limits {
        for kind in [None, Some(GCM), Some(CBC), Some(CBC_ETM)] {
            let (mut sealer, mut opener) = pair(kind, 0);
            sealer.set_content_limit(limit);
            let long = if cfg!(miri) { 130 } else { 500 };
            let messages = [0_u16, 1, 59, 60, 61, 124, long, 0, 3].map(|length| {
                let [high, low] = length.to_be_bytes();
                let body = vec![0x42; length.into()];
                [&[11, 0, high, low][..], &body].concat()
            });
            let mut flight = Flight::new();
            for message in &messages {
                flight.message(&mut sealer, message).unwrap();
            }
            let mut wire = transmit_all(&mut flight, &mut sealer);
            let records = open_all(&mut opener, &mut wire);
            let total = messages.concat().len();
            // Only protected records keep to the limit (RFC 8449 section 4).
            let limit = kind.map_or(crate::MAX_CONTENT, |_| limit);
            assert_eq!(records.len(), total.div_ceil(limit), "as few as possible");
            let mut inbox = Inbox::new(65536);
            for (_, content) in records {
                inbox.push(&content).unwrap();
            }
            assert!(core::iter::from_fn(|| inbox.next_message()).eq(messages));
        }
    }
}

/// property 22: only whole records go out; too little room is told apart from nothing to send.
#[test]
fn only_whole_records_are_transmitted() {
    for room in 0..80 {
        let (mut sealer, mut opener) = pair(Some(GCM), 0);
        let mut flight = Flight::new();
        flight.message(&mut sealer, &[20, 0, 0, 2, 7, 7]).unwrap();
        flight.change_cipher_spec(&mut sealer).unwrap();
        let (first, both) = (29 + 6, 29 + 6 + 29 + 1);
        assert_eq!(flight.pending_len(), both);

        let mut out = vec![0xee; room];
        let n = flight.transmit(&mut sealer, &mut out).unwrap();
        let wanted = if room >= both {
            both
        } else if room >= first {
            first
        } else {
            0
        };
        assert_eq!(n, wanted, "room for {room}");
        assert_eq!(flight.pending_len(), both - n);
        assert_eq!(flight.is_empty(), n == both);
        assert!(out[n..].iter().all(|byte| *byte == 0xee));

        out.truncate(n);
        out.extend(transmit_all(&mut flight, &mut sealer));
        assert_eq!(open_all(&mut opener, &mut out).len(), 2);
        assert_eq!(
            flight.bytes.capacity(),
            0,
            "nothing is held when all is sent"
        );
    }
}

#[test]
fn what_padding_leaves_of_the_margin_is_not_sent() {
    let step = if cfg!(miri) { 13 } else { 1 };
    for kind in [CBC, CBC_ETM] {
        for length in (0..40).step_by(step) {
            let (mut sealer, mut opener) = pair(Some(kind), 0);
            let mut flight = Flight::new();
            let message = [&[20, 0, 0, length][..], &vec![7; length.into()]].concat();
            flight.message(&mut sealer, &message).unwrap();
            flight.change_cipher_spec(&mut sealer).unwrap();
            flight.message(&mut sealer, &message).unwrap();
            let records = [message.len(), 1, message.len()].map(|n| sealer.sealed_len(n));
            let mut wire = transmit_all(&mut flight, &mut sealer);
            assert_eq!(wire_lengths(&wire), records.map(|n| n - HEADER_LEN));
            assert_eq!(open_all(&mut opener, &mut wire).len(), 3);
        }
    }
}

#[test]
fn keys_that_change_behind_the_flight_are_noticed() {
    let (mut sealer, _) = pair(None, 0);
    let mut flight = Flight::new();
    flight.message(&mut sealer, &[14, 0, 0, 0]).unwrap();
    sealer.install(protection(GCM));
    let fault = flight.transmit(&mut sealer, &mut [0; 99]);
    assert_eq!(fault, Err(RecordFault::KeyChangeInFlight));
}

#[test]
fn what_could_not_be_sealed_is_not_sent_but_an_alert_still_is() {
    let limit = premaster_crypto::AeadAlgorithm::Aes128Gcm.confidentiality_limit();
    let (mut sealer, mut opener) = pair(Some(GCM), limit - 4);
    let mut flight = Flight::new();
    flight.message(&mut sealer, &[14, 0, 0, 0]).unwrap();
    let fault = flight.transmit(&mut sealer, &mut [0; 99]);
    assert_eq!(fault, Err(RecordFault::KeyExhausted));

    flight
        .alert(
            &mut sealer,
            AlertLevel::fatal,
            AlertDescription::internal_error,
        )
        .unwrap();
    let mut wire = transmit_all(&mut flight, &mut sealer);
    assert_eq!(
        open_all(&mut opener, &mut wire),
        [(ContentType::alert, vec![2, 80])]
    );
}

/// The limit of protected records comes while a message without protection is being collected.
#[test]
fn a_limit_that_comes_later_leaves_what_is_collected_as_it_is() {
    let mut sealer = RecordSealer::new();
    let mut flight = Flight::new();
    let message = [&[11, 0, 3, 0xe8][..], &[7; 1000]].concat();
    flight.message(&mut sealer, &message).unwrap();
    sealer.set_content_limit(64);
    flight.change_cipher_spec(&mut sealer).unwrap();
    flight.install(&mut sealer, protection(GCM)).unwrap();
    flight.message(&mut sealer, &message).unwrap();
    let wire = transmit_all(&mut flight, &mut sealer);
    let lengths = wire_lengths(&wire);
    assert_eq!(lengths.len(), 2 + 1004_usize.div_ceil(64));
    assert_eq!(lengths[..3], [1004, 1, 64 + 8 + 16]);
}

/// max_fragment_length counts from the server's hello on, without protection too (RFC 6066 section 4).
#[test]
fn messages_without_protection_keep_to_max_fragment_length() {
    let (mut sealer, mut opener) = pair(None, 0);
    sealer.set_fragment_limit(512);
    opener.set_fragment_limit(512);
    let mut flight = Flight::new();
    let message = [&[11, 0, 3, 0xe8][..], &[7; 1000]].concat();
    flight.message(&mut sealer, &[2, 0, 0, 1, 7]).unwrap();
    flight.message(&mut sealer, &message).unwrap();
    let mut wire = transmit_all(&mut flight, &mut sealer);
    assert_eq!(wire_lengths(&wire), [512, 5 + 1004 - 512]);
    assert_eq!(open_all(&mut opener, &mut wire).len(), 2);
}

/// The lengths of the fragments on the wire.
fn wire_lengths(mut wire: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let [_, _, _, high, low, rest @ ..] = wire {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        lengths.push(length);
        wire = &rest[length..];
    }
    lengths
}

/// A client that has sent early data sends a second ClientHello without protection (RFC 8446 section 4.1.2).
#[test]
fn what_follows_early_data_may_be_without_protection_again() {
    let (mut sealer, mut opener) = pair(None, 0);
    let mut flight = Flight::new();
    flight.install(&mut sealer, protection(TLS13)).unwrap();
    flight.message(&mut sealer, &[5, 0, 0, 0]).unwrap();
    flight.uninstall(&mut sealer).unwrap();
    assert!(!sealer.is_protected());
    flight.message(&mut sealer, &[1, 0, 0, 0]).unwrap();
    let mut wire = transmit_all(&mut flight, &mut sealer);
    let lengths = wire_lengths(&wire);
    assert_eq!(lengths, [4 + 1 + 16, 4]);
    let (protected, plain) = wire.split_at_mut(HEADER_LEN + lengths[0]);
    let hello = (ContentType::handshake, vec![1, 0, 0, 0]);
    assert_eq!(open_all(&mut opener, plain), [hello]);
    opener.install(protection(TLS13));
    let early = (ContentType::handshake, vec![5, 0, 0, 0]);
    assert_eq!(open_all(&mut opener, protected), [early]);
}

#[test]
fn sealed_messages_get_no_company() {
    let (mut sealer, _) = pair(None, 0);
    let mut flight = Flight::new();
    for _ in 0..2 {
        flight.message(&mut sealer, &[24, 0, 0, 1, 0]).unwrap();
        flight.seal_messages(&mut sealer).unwrap();
    }
    let wire = transmit_all(&mut flight, &mut sealer);
    assert_eq!(wire_lengths(&wire), [5, 5]);
}
