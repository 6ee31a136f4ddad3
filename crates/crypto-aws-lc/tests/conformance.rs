//! The tests of every backend, and the order of this one's groups.

#[path = "../../crypto/tests/support/backend.rs"]
mod backend;
#[path = "../../crypto/tests/support/mod.rs"]
mod support;

use premaster_crypto_aws_lc::provider;

/// Property 2: each flipped bit of a signature, its message or its key is fatal.
/// Property 6: each scheme is accepted only with the keys and in the versions that it is legal for.
/// Property 8: exchanges are fresh and single use.
#[test]
fn the_backend_conforms() {
    backend::check_conformance();
}

/// Property 6.
#[test]
fn signatures_of_another_program_are_accepted_where_they_are_legal() {
    backend::check_signatures();
}

#[test]
fn the_groups_are_in_their_documented_order() {
    let provider = provider();
    let groups: Vec<_> = provider.groups.iter().map(|group| group.name()).collect();
    assert_eq!(
        groups,
        [
            "X25519MLKEM768",
            "SecP256r1MLKEM768",
            "x25519",
            "secp256r1",
            "secp384r1"
        ]
    );
}
