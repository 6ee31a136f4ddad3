//! Decoding a message, reading all its extensions and walking all its lists allocates nothing.

#[path = "shared/forms.rs"]
mod forms;
#[path = "shared/vectors.rs"]
mod vectors;

use std::fmt::Write as _;
use std::hint::black_box;

use premaster_wire::tls12::{ClientKeyExchange, KeyExchangeAlgorithm, ServerKeyExchange};
use premaster_wire::{ClientHello, Decode, ExtensionType, Ja3, ProtocolVersion, split_message};

#[test]
fn a_client_hello_is_decoded_and_walked_without_allocation() {
    let hellos = vectors::vectors()
        .into_iter()
        .filter(|vector| vector.form == "ClientHello");
    for vector in hellos {
        let allocations = allocation_counter::measure(|| {
            let (_, body) = split_message(&vector.bytes).unwrap();
            let hello = ClientHello::decode(body).unwrap();
            // Comparing visits every element of every list and every extension.
            let same = ClientHello::decode(body).unwrap();
            assert!(black_box(&hello) == black_box(&same));
            assert!(!hello.cipher_suites.is_empty());
            black_box(hello.extensions().key_share());
            black_box(hello.extensions().find(ExtensionType::server_name));
            black_box(hello.binders_len());
        });
        assert_eq!(allocations.count_total, 0, "{}", vector.title);
    }
}

/// Every form, of golden bytes and of those of all other forms.
#[test]
fn every_message_is_decoded_and_walked_without_allocation() {
    for vector in vectors::vectors() {
        for form in forms::FORMS {
            let body = match form.handshake_type {
                Some(_) if vector.bytes.len() >= 4 => &vector.bytes[4..],
                _ => &vector.bytes[..],
            };
            let allocations = allocation_counter::measure(|| {
                let decoded = (form.walk)(black_box(body));
                assert!(decoded.is_ok() || form.name != vector.form);
            });
            assert_eq!(
                allocations.count_total, 0,
                "{} as {}",
                vector.title, form.name
            );
        }
    }
}

/// Of every form of a key exchange message too, picked by key exchange and version.
#[test]
fn every_key_exchange_is_read_without_allocation() {
    for vector in vectors::vectors() {
        let body = vector.bytes.get(4..).unwrap_or_default();
        let allocations = allocation_counter::measure(|| {
            for algorithm in KeyExchangeAlgorithm::ALL {
                for version in ProtocolVersion::ALL {
                    let server = ServerKeyExchange::decode_as(*algorithm, *version, body);
                    let _ = black_box(server);
                    let client = ClientKeyExchange::decode_as(*algorithm, *version, body);
                    let _ = black_box(client);
                }
            }
        });
        assert_eq!(allocations.count_total, 0, "{}", vector.title);
    }
}

#[test]
fn a_ja3_string_is_written_without_allocation() {
    let hellos = vectors::vectors()
        .into_iter()
        .filter(|vector| vector.form == "ClientHello");
    for vector in hellos {
        let mut text = String::with_capacity(4096);
        let allocations = allocation_counter::measure(|| {
            let (_, body) = split_message(&vector.bytes).unwrap();
            let hello = ClientHello::decode(body).unwrap();
            write!(text, "{}", Ja3::of(&hello)).unwrap();
        });
        assert_eq!(allocations.count_total, 0, "{}", vector.title);
        assert!(text.starts_with('7'), "{text}");
    }
}

#[test]
fn a_refusal_allocates_nothing_either() {
    let hello = vectors::vectors()
        .into_iter()
        .find(|vector| vector.form == "ClientHello")
        .unwrap();
    let allocations = allocation_counter::measure(|| {
        for end in 0..hello.bytes.len() {
            assert!(split_message(black_box(&hello.bytes[..end])).is_err());
            let _ = black_box(ClientHello::decode(black_box(
                &hello.bytes[4.min(end)..end],
            )));
        }
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn the_counter_counts() {
    assert_eq!(
        allocation_counter::measure(|| drop(black_box(vec![0u8; 9]))).count_total,
        1
    );
}
