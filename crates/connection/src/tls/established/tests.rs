//! What may be said when all is agreed on, and what may not.

use std::sync::mpsc;
use std::thread;

use premaster_handshake::Limits;
use premaster_record::RecordFault;
use premaster_wire::{AlertDescription, AlertLevel};

use super::*;
use crate::tls::opener::Received;
use crate::tls::testing::{End, TICKET, established, shaken, silent};

/// KeyUpdate that asks for none, and one that does.
const UPDATE: [u8; 5] = [24, 0, 0, 1, 0];
const REQUEST: [u8; 5] = [24, 0, 0, 1, 1];

fn refused(end: &mut End, record: Vec<u8>) -> AlertDescription {
    let error = end.receive(record).expect_err("it is a fault");
    // It stays one.
    assert_eq!(end.receive(vec![23]).unwrap_err(), error);
    error.alert().unwrap()
}

fn client() -> Opener {
    silent(Side::Client).opener
}

/// property 24: what asks for an answer is limited over a whole connection.
#[test]
fn renegotiation_is_refused_a_few_times_and_no_more() {
    let mut opener = client();
    for _ in 0..Limits::default().requests {
        opener.inbox.push(&[0, 0, 0, 0]).unwrap();
        assert!(opener.next_said().unwrap().is_some());
        // Data in between makes no difference.
        opener.flood.progress();
    }
    opener.inbox.push(&[0, 0, 0, 0]).unwrap();
    assert!(opener.next_said().is_err());
}

#[test]
fn after_the_handshake_only_a_wish_to_renegotiate_is_no_fault() {
    let messages: [(&[u8], bool); 4] = [
        (&[0, 0, 0, 0], true),
        (&[0, 0, 0, 1, 7], false),
        (&[1, 0, 0, 0], false),
        (&[20, 0, 0, 0], false),
    ];
    for (message, fine) in messages {
        let mut opener = client();
        opener.inbox.push(message).unwrap();
        assert_eq!(opener.next_said().is_ok(), fine, "{message:?}");
    }
}

/// RFC 8446 section 4.1.2, section 4.6. property 3.
#[test]
fn in_tls_1_3_there_is_no_renegotiation_and_no_other_handshake_message() {
    for kind in [0, 1, 2, 5, 8, 11, 14, 15, 16, 20, 22, 25, 254] {
        for receiver in [0, 1] {
            let mut ends = established();
            let record = ends[1 - receiver].messages(&[kind, 0, 0, 0]);
            let alert = refused(&mut ends[receiver], record);
            assert_eq!(alert, AlertDescription::unexpected_message, "{kind}");
        }
    }
}

/// The halves of both ends, after a handshake.
fn halves() -> [End; 2] {
    shaken().map(|connection| {
        let (opener, sealer, _) = connection.split().unwrap();
        End { opener, sealer }
    })
}

/// RFC 8446 section 4.6.1. property 24: they cost work, and are no data.
#[test]
fn tickets_come_to_clients_as_many_as_are_put_up_with() {
    let limit = usize::try_from(Limits::default().tickets).unwrap();
    for together in [1, 2, limit] {
        let [mut client, mut server] = halves();
        client.opener.flood.progress();
        for _ in 0..limit / together {
            let tickets = server.messages(&TICKET.repeat(together));
            assert_eq!(client.receive(tickets), Ok(vec![]));
        }
        let one_more = server.messages(&TICKET);
        let alert = refused(&mut client, one_more);
        assert_eq!(alert, AlertDescription::unexpected_message);
    }
    let [mut client, mut server] = halves();
    let to_server = client.messages(&TICKET);
    let alert = refused(&mut server, to_server);
    assert_eq!(alert, AlertDescription::unexpected_message);
    let malformed = server.messages(&[4, 0, 0, 1, 0]);
    let alert = refused(&mut client, malformed);
    assert_eq!(alert, AlertDescription::decode_error);
}

/// What else is in a record is not forgotten when one of its messages is for the caller.
#[test]
fn all_messages_of_a_record_are_heard() {
    let [mut client, mut server] = halves();
    let mut record = server.messages(&[&TICKET[..], &TICKET, &REQUEST].concat());
    let length = record.len();
    for used_up in [length, 0] {
        let received = client.opener.receive(&mut record[length - used_up..]);
        let Ok(Received::Ticket { ticket, consumed }) = received else {
            panic!("{received:?}")
        };
        assert_eq!((ticket.session.ticket, consumed), (vec![7], used_up));
    }
    let received = client.opener.receive(&mut []).unwrap();
    let Received::Oblige {
        notice,
        consumed: 0,
    } = received
    else {
        panic!("{received:?}")
    };
    assert_eq!(notice, Notice::KEY_UPDATE);
    let received = client.opener.receive(&mut []).unwrap();
    assert!(matches!(received, Received::More { missing: 5 }));
}

/// RFC 8446 section 4.6.3.
#[test]
fn keys_change_one_way_or_both() {
    for request in [false, true] {
        let [mut client, mut server] = established();
        for round in 0..5 {
            let before = client.data(b"before");
            assert_eq!(server.receive(before), Ok(b"before".to_vec()));
            client.sealer.update_keys(request).unwrap();
            let update = client.transmit();
            assert_eq!(server.receive(update), Ok(vec![]));
            assert_eq!(
                server.sealer.has_pending(),
                request,
                "it answers if asked to"
            );
            let answer = server.transmit();
            assert_eq!(client.receive(answer), Ok(vec![]));
            assert!(!client.sealer.has_pending(), "an answer asks for nothing");
            for data in [&b"there"[..], b""] {
                let there = client.data(data);
                assert_eq!(server.receive(there), Ok(data.to_vec()));
            }
            let back = server.data(b"back");
            assert_eq!(client.receive(back), Ok(b"back".to_vec()), "{round}");
        }
    }
}

/// property 17: a record under keys that were given up is none.
#[test]
fn the_old_keys_open_nothing_any_more() {
    let [mut client, mut server] = established();
    let late = client.data(b"late");
    client.sealer.update_keys(false).unwrap();
    let update = client.transmit();
    let [mut other, _] = established();
    other.data(b"late");
    let same = other.messages(&UPDATE);
    assert_eq!(server.receive(late), Ok(b"late".to_vec()));
    assert_eq!(server.receive(update), Ok(vec![]));
    // The sequence number fits neither before nor after.
    assert_eq!(refused(&mut server, same), AlertDescription::bad_record_mac);
}

#[test]
fn both_sides_may_ask_at_once() {
    let [mut client, mut server] = established();
    for end in [&mut client, &mut server] {
        end.sealer.update_keys(true).unwrap();
    }
    let (there, back) = (client.transmit(), server.transmit());
    assert_eq!(server.receive(there), Ok(vec![]));
    assert_eq!(client.receive(back), Ok(vec![]));
    // Each has answered, and that is the end of it.
    let (there, back) = (client.transmit(), server.transmit());
    assert_eq!(server.receive(there), Ok(vec![]));
    assert_eq!(client.receive(back), Ok(vec![]));
    assert!(!client.sealer.has_pending() && !server.sealer.has_pending());
    let data = server.data(b"data");
    assert_eq!(client.receive(data), Ok(b"data".to_vec()));
}

/// RFC 8446 section 4.6.3: who is silent answers several requests with one KeyUpdate. property 24.
#[test]
fn many_requests_have_one_answer() {
    let [mut client, mut server] = established();
    for _ in 0..10 {
        client.sealer.update_keys(true).unwrap();
        let request = client.transmit();
        assert_eq!(server.receive(request), Ok(vec![]));
    }
    let answer = server.transmit();
    assert_eq!(answer.len(), 5 + UPDATE.len() + 1 + 16);
    assert_eq!(client.receive(answer), Ok(vec![]));
    // What is asked for after an answer has gone is answered again.
    client.sealer.update_keys(true).unwrap();
    let request = client.transmit();
    assert_eq!(server.receive(request), Ok(vec![]));
    assert!(server.sealer.has_pending());
}

/// property 24: key updates that bring no data are as idle as other records.
#[test]
fn a_flood_of_key_updates_is_refused() {
    let limit = Limits::default().key_updates;
    for request in [false, true] {
        let [mut client, mut server] = established();
        let mut update = |client: &mut End| {
            client.sealer.update_keys(request).unwrap();
            let record = client.transmit();
            server.receive(record)
        };
        for _ in 0..limit {
            assert_eq!(update(&mut client), Ok(vec![]));
        }
        let fault = RecordFault::TooManyKeyUpdates { limit };
        assert_eq!(update(&mut client), Err(fault.into()));
    }
}

/// Who asks for them is not flooded by the answers.
#[test]
fn what_was_asked_for_is_no_flood() {
    let limit = Limits::default().key_updates;
    let [mut client, mut server] = established();
    for _ in 0..10 * limit {
        client.sealer.update_keys(true).unwrap();
        let mut there = client.transmit();
        there.extend(client.data(b"an upload"));
        server.receive(there).unwrap();
        let answer = server.transmit();
        assert_eq!(client.receive(answer), Ok(vec![]));
    }
    // All are answered: from here on they count.
    for _ in 0..limit {
        server.sealer.update_keys(false).unwrap();
        let update = server.transmit();
        assert_eq!(client.receive(update), Ok(vec![]));
    }
    server.sealer.update_keys(false).unwrap();
    let one_more = server.transmit();
    assert!(client.receive(one_more).is_err());
}

/// What asks is no answer: of the answers none is one too many.
#[test]
fn what_was_asked_for_is_no_flood_where_the_other_side_asks_too() {
    let [mut client, mut server] = established();
    let rounds = 2 * Limits::default().key_updates;
    let ask = |end: &mut End| {
        end.sealer.update_keys(true).unwrap();
        let mut records = end.transmit();
        records.extend(end.data(b"!"));
        records
    };
    let requests: Vec<_> = (0..rounds).map(|_| ask(&mut server)).collect();
    for _ in 0..rounds {
        let request = ask(&mut client);
        assert_eq!(server.receive(request), Ok(b"!".to_vec()));
    }
    for request in requests {
        assert_eq!(client.receive(request), Ok(b"!".to_vec()));
        let answer = client.transmit();
        assert_eq!(server.receive(answer), Ok(vec![]));
    }
}

#[test]
fn data_between_key_updates_makes_them_no_flood() {
    let [mut client, mut server] = established();
    for _ in 0..3 * Limits::default().key_updates {
        client.sealer.update_keys(false).unwrap();
        let mut records = client.transmit();
        records.extend(client.data(b"!"));
        assert_eq!(server.receive(records), Ok(b"!".to_vec()));
    }
}

/// RFC 8446 section 5.1: no message spans the change of keys, nor follows it in the same record. property 23.
#[test]
fn nothing_follows_a_key_update_in_its_record() {
    for behind in [&[24][..], &UPDATE, &[4, 0, 0]] {
        let [mut client, mut server] = established();
        let record = client.messages(&[&UPDATE[..], behind].concat());
        let fault = RecordFault::KeyChangeInMessage;
        assert_eq!(server.receive(record), Err(fault.into()), "{behind:?}");
    }
}

/// property 23: any split of a message gives the same.
#[test]
fn a_key_update_may_come_in_pieces_with_nothing_in_between() {
    for cut in 1..REQUEST.len() {
        let [mut client, mut server] = established();
        let (first, second) = REQUEST.split_at(cut);
        let first = client.messages(first);
        assert_eq!(server.receive(first), Ok(vec![]));
        let second = client.messages(second);
        assert_eq!(server.receive(second), Ok(vec![]));
        assert!(server.sealer.has_pending(), "{cut}");

        let [mut client, mut server] = established();
        let first = client.messages(&REQUEST[..cut]);
        assert_eq!(server.receive(first), Ok(vec![]));
        let data = client.data(b"data");
        let alert = refused(&mut server, data);
        assert_eq!(alert, AlertDescription::unexpected_message);
    }
}

/// RFC 8446 section 4.6.3, section 6.2.
#[test]
fn a_key_update_asks_or_does_not() {
    for (body, alert) in [
        (&[2][..], AlertDescription::illegal_parameter),
        (&[255], AlertDescription::illegal_parameter),
        (&[], AlertDescription::decode_error),
        (&[0, 0], AlertDescription::decode_error),
    ] {
        let [mut client, mut server] = established();
        let header = [24, 0, 0, u8::try_from(body.len()).unwrap()];
        let record = client.messages(&[&header[..], body].concat());
        assert_eq!(refused(&mut server, record), alert, "{body:?}");
    }
}

#[test]
fn what_waits_is_sent_before_data_and_nothing_after_goodbye() {
    let [mut client, mut server] = established();
    client.sealer.update_keys(false).unwrap();
    let mut out = [0; 99];
    assert_eq!(
        client.sealer.seal_from(&[&b"data"[..]], &mut out),
        Err(Error::TransmitFirst)
    );
    client.transmit();
    server.sealer.close().unwrap();
    assert_eq!(server.sealer.update_keys(true), Err(Error::AlreadyClosed));
    server.transmit();
    server.sealer.oblige(Notice::KEY_UPDATE).unwrap();
    assert!(!server.sealer.has_pending());
}

/// The halves of both ends, on four threads, each with its own keys. What is obliged to is handed over by a channel.
#[test]
fn halves_on_their_own_threads_follow_each_others_keys() {
    const ROUNDS: usize = 300;
    let [client, server] = established();
    thread::scope(|scope| {
        let (to_server, from_client) = mpsc::channel::<Vec<u8>>();
        let (to_client, from_server) = mpsc::channel::<Vec<u8>>();
        for (end, wire_out, wire_in) in [
            (client, to_server, from_server),
            (server, to_client, from_client),
        ] {
            let End {
                mut opener,
                mut sealer,
            } = end;
            let (notify, notices) = mpsc::channel::<Notice>();
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    for notice in notices.try_iter() {
                        sealer.oblige(notice).unwrap();
                    }
                    if round % 7 == 0 {
                        sealer.update_keys(round % 2 == 0).unwrap();
                    }
                    let mut out = vec![0; sealer.pending()];
                    sealer.transmit(&mut out).unwrap();
                    let data = [u8::try_from(round % 251).unwrap(); 100];
                    let mut record = vec![0; sealer.sealed_len(data.len())];
                    sealer.seal_from(&[&data[..]], &mut record).unwrap();
                    out.extend(record);
                    wire_out.send(out).unwrap();
                }
                sealer.close().unwrap();
                let mut out = vec![0; sealer.pending()];
                sealer.transmit(&mut out).unwrap();
                wire_out.send(out).unwrap();
            });
            scope.spawn(move || {
                let mut rounds = 0;
                for mut wire in wire_in {
                    let mut rest = &mut wire[..];
                    while !rest.is_empty() && !opener.is_closed() {
                        let consumed = match opener.receive(rest).unwrap() {
                            Received::Data {
                                plaintext,
                                consumed,
                            } => {
                                let wanted = u8::try_from(rounds % 251).unwrap();
                                assert_eq!(plaintext, [wanted; 100]);
                                rounds += 1;
                                consumed
                            }
                            Received::Oblige { notice, consumed } => {
                                // The other half may have gone: then nobody is to be told.
                                let _ = notify.send(notice);
                                consumed
                            }
                            Received::Control { consumed } => consumed,
                            other => panic!("{other:?}"),
                        };
                        rest = &mut rest[consumed..];
                    }
                }
                assert_eq!(rounds, ROUNDS);
                assert!(opener.is_closed());
            });
        }
    });
}

/// RFC 8446 section 6: in TLS 1.3 the description says what an alert means. property 24: what means nothing is counted.
#[test]
fn an_alert_of_an_established_connection_is_an_error_unless_it_is_about_closing() {
    let alert = |level: u8, description: AlertDescription| {
        let [mut client, mut server] = established();
        client.sealer.alert(AlertLevel(level), description).unwrap();
        let record = client.transmit();
        (server.receive(record), server)
    };
    for level in [1, 2] {
        let (received, _) = alert(level, AlertDescription::decode_error);
        let error = Error::AlertReceived(AlertDescription::decode_error);
        assert_eq!(received, Err(error));
        let (received, server) = alert(level, AlertDescription::user_canceled);
        assert_eq!(received, Ok(vec![]));
        assert!(!server.opener.is_closed());
    }
    let [mut client, mut server] = established();
    client.sealer.close().unwrap();
    let goodbye = client.transmit();
    assert!(matches!(
        server.opener.receive(&mut goodbye.clone()),
        Ok(Received::Control { .. })
    ));
    assert!(server.opener.is_closed());
    // RFC 8446 section 6.1: the other direction goes on.
    let back = server.data(b"back");
    assert_eq!(client.receive(back), Ok(b"back".to_vec()));
}
