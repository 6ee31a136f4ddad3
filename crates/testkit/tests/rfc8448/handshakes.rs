//! The traces, played by our client and by our server.

use std::panic::{AssertUnwindSafe, catch_unwind};

use premaster_crypto::Side;

use crate::player::Player;
use crate::trace::Trace;

#[test]
fn our_server_says_what_the_rfc_says() {
    for trace in Trace::all() {
        Player::new(&trace, Side::Server).play();
    }
}

#[test]
fn our_client_says_what_the_rfc_says() {
    for trace in Trace::all() {
        Player::new(&trace, Side::Client).play();
    }
}

/// The cookie tells all that has to be known of what was said before (RFC 8446 section 4.2.2).
#[test]
fn a_server_that_has_not_seen_the_first_client_hello_says_the_same() {
    for trace in Trace::all().iter().filter(|trace| trace.retries()) {
        Player::new(trace, Side::Server).play_from(2);
    }
}

/// No byte is passed over: with one bit changed in whatever record, neither side can play the trace.
#[test]
fn a_trace_with_one_bit_changed_cannot_be_played() {
    let mut changes = 0;
    for section in 0..Trace::all().len() {
        for record in 0..Trace::all()[section].records.len() {
            for side in [Side::Client, Side::Server] {
                let mut trace = Trace::all().remove(section);
                trace.records[record].change_last_byte();
                let play = || Player::new(&trace, side).play();
                let played = catch_unwind(AssertUnwindSafe(play)).is_ok();
                let place = format!("section {}, record {record}", trace.section);
                assert!(!played, "{place}, we are the {side:?}");
                changes += 1;
            }
        }
    }
    assert_eq!(
        changes,
        2 * (9 + 10 + 8 + 6 + 8),
        "all records of all traces"
    );
}
