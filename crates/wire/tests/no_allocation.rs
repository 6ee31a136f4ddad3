//! Decoding a ClientHello, reading all its extensions and walking all its lists allocates nothing.

#[path = "shared/vectors.rs"]
mod vectors;

use std::hint::black_box;

use premaster_wire::{ClientHello, Decode, ExtensionType, split_message};

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
