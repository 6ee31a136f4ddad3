//! The tests of every backend, and the order of this one's groups.

#[path = "../../crypto/tests/support/backend.rs"]
mod backend;
#[path = "../../crypto/tests/support/mod.rs"]
mod support;

use premaster_crypto_aws_lc::provider;

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
