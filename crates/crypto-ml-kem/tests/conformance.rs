//! ring's curves with this crate's ML-KEM pass the tests of every backend.

use premaster_crypto::{KeyExchange, conformance};
use premaster_crypto_ml_kem::{extend, extend_with_ml_kem_1024};
use premaster_crypto_ring::provider;

/// Property 8: exchanges are fresh and single use, in both halves; malformed halves are refused.
#[test]
fn the_extended_backend_conforms() {
    conformance::check(&extend_with_ml_kem_1024(extend(provider())), &[]);
}

#[test]
fn hybrids_are_the_first_choices() {
    let names = |groups: &[&dyn KeyExchange]| groups.iter().map(|it| it.name()).collect::<Vec<_>>();
    let extended = extend(provider());
    let expected = [
        "X25519MLKEM768",
        "SecP256r1MLKEM768",
        "x25519",
        "secp256r1",
        "secp384r1",
    ];
    assert_eq!(names(&extended.groups), expected);
    assert_eq!(names(&extend(extended).groups), expected);
    let and_alone = [&expected[..], &["MLKEM1024"]].concat();
    let all = extend_with_ml_kem_1024(extend(provider()));
    assert_eq!(names(&all.groups), and_alone);
    assert_eq!(names(&extend_with_ml_kem_1024(all).groups), and_alone);
    let mut less = provider();
    less.groups.retain(|group| group.name() != "secp256r1");
    let expected = ["X25519MLKEM768", "x25519", "secp384r1"];
    assert_eq!(names(&extend(less).groups), expected);
}
