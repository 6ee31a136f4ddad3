//! WebpkiVerifier against chains with something wrong, one thing each.

mod made;

use made::{
    Ca, NEW_YEAR_2025, NEW_YEAR_2026, at, authority, ca_params, changed, client, der, june, leaf,
    params, root, server, server_at, sign, verifier,
};
use premaster_trust::{Certificate, Roots, TrustError, Verifier, WebpkiVerifier};
use rcgen::{BasicConstraints, GeneralSubtree, IsCa, KeyPair, NameConstraints, date_time_ymd};

#[test]
fn a_good_chain_is_accepted_with_its_key_and_its_end() {
    let root = root("Root");
    let direct = leaf(&root);
    let verified = server(&verifier(&[&root]), std::slice::from_ref(&direct)).unwrap();
    assert_eq!(verified.spki(), Certificate::parse(&direct).unwrap().spki());
    assert_eq!(verified.valid_until(), Some(at(NEW_YEAR_2026)));

    let mut short = ca_params("Short");
    short.not_after = date_time_ymd(2025, 7, 1);
    let short = Ca::signed_by(short, KeyPair::generate().unwrap(), &root).unwrap();
    let verified = server(&verifier(&[&root]), &[leaf(&short), der(&short)]).unwrap();
    assert_eq!(
        verified.valid_until(),
        Some(at(1_751_328_000)),
        "the intermediate ends first"
    );
}

#[test]
fn a_certificate_is_valid_from_its_first_to_its_last_second() {
    let root = root("Root");
    let verifier = verifier(&[&root]);
    let chain = [leaf(&root)];
    for (now, error) in [
        (
            NEW_YEAR_2025 - 1,
            Some(
                "the certificate of CN=example.com is valid from 2025-01-01 00:00:00 UTC, \
                 and it is 2024-12-31 23:59:59 UTC: wait, or correct this clock",
            ),
        ),
        (NEW_YEAR_2025, None),
        (NEW_YEAR_2026, None),
        (
            NEW_YEAR_2026 + 1,
            Some(
                "the certificate of CN=example.com expired on 2026-01-01 00:00:00 UTC, \
                 and it is 2026-01-01 00:00:01 UTC: renew it, or correct this clock",
            ),
        ),
    ] {
        let answer = server_at(&verifier, &chain, "example.com", at(now)).map(drop);
        assert_eq!(
            answer.as_ref().err().map(ToString::to_string).as_deref(),
            error,
            "at {now}"
        );
        assert!(answer.err().is_none_or(|error| error.alert() == 45));
    }
}

#[test]
fn an_expired_intermediate_is_named() {
    let root = root("Root");
    let mut old = ca_params("Old");
    old.not_after = date_time_ymd(2025, 3, 1);
    let old = Ca::signed_by(old, KeyPair::generate().unwrap(), &root).unwrap();
    let refused = server(&verifier(&[&root]), &[leaf(&old), der(&old)]).unwrap_err();
    let told = refused.to_string();
    assert!(
        told.starts_with("the certificate of CN=Old expired on 2025-03-01"),
        "{told}"
    );
}

#[test]
fn an_unknown_issuer_is_refused_with_what_to_do() {
    let (root, other) = (root("Root"), root("Other"));
    let middle = authority("Middle", &root);
    for (roots, chain, expected) in [
        (
            vec![&other],
            vec![leaf(&root)],
            "the certificate of CN=example.com was issued by CN=Root and the one given root did not issue it, \
             nor an intermediate that was sent: \
             give the issuing root, or have the peer send the missing intermediate",
        ),
        (
            vec![&root, &other],
            vec![leaf(&middle)],
            "the certificate of CN=example.com was issued by CN=Middle and none of the 2 given roots issued it, \
             nor an intermediate that was sent: \
             give the issuing root, or have the peer send the missing intermediate",
        ),
        (
            vec![],
            vec![leaf(&root)],
            "the certificate of CN=example.com was issued by CN=Root and no roots were given, \
             nor an intermediate that was sent: \
             give the issuing root, or have the peer send the missing intermediate",
        ),
    ] {
        let refused = server(&verifier(&roots), &chain).unwrap_err();
        assert_eq!(refused.to_string(), expected);
        assert_eq!(refused.alert(), 48);
    }
}

#[test]
fn a_root_of_the_same_name_with_another_key_has_not_issued_it() {
    let (root, impostor) = (root("Root"), root("Root"));
    let refused = server(&verifier(&[&impostor]), &[leaf(&root)]);
    assert_eq!(refused.unwrap_err(), TrustError::BadSignature);
    assert_eq!(TrustError::BadSignature.alert(), 42);
    // With both, the right one is found.
    assert!(server(&verifier(&[&impostor, &root]), &[leaf(&root)]).is_ok());
}

/// property 2: flipping any bit of a certificate gives an error.
#[test]
fn a_certificate_with_any_byte_changed_is_refused() {
    let root = root("Root");
    let verifier = verifier(&[&root]);
    let good = leaf(&root);
    assert!(server(&verifier, std::slice::from_ref(&good)).is_ok());
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        assert!(server(&verifier, &[bad]).is_err(), "byte {place}");
    }
}

#[test]
fn a_self_signed_certificate_is_refused_unless_it_is_a_root() {
    let key = KeyPair::generate().unwrap();
    let mut params = params("myself", &["example.com"]);
    let itself = params.self_signed(&key).unwrap().der().to_vec();
    let refused = server(&verifier(&[]), std::slice::from_ref(&itself)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the certificate of CN=myself is self-signed and no roots were given: \
         pin its key, or give it as a root"
    );
    let mut roots = Roots::new();
    roots.add(&itself).unwrap();
    let trusting = WebpkiVerifier::new(roots, &premaster_crypto_ring::provider());
    assert!(server(&trusting, &[itself]).is_ok());
    // As `openssl req -x509` makes it: with the mark of an authority.
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap().der().to_vec();
    let mut roots = Roots::new();
    roots.add(&authority).unwrap();
    let trusting = WebpkiVerifier::new(roots, &premaster_crypto_ring::provider());
    let refused = server(&trusting, &[authority]).unwrap_err();
    assert_eq!(refused, TrustError::AuthorityAsPeer);
    assert_eq!(refused.alert(), 43);
}

#[test]
fn an_authority_must_be_marked_as_one() {
    let root = root("Root");
    let no_authority = Ca::signed_by(
        params("Leaf", &["leaf.example"]),
        KeyPair::generate().unwrap(),
        &root,
    )
    .unwrap();
    let refused = server(
        &verifier(&[&root]),
        &[leaf(&no_authority), der(&no_authority)],
    )
    .unwrap_err();
    assert_eq!(refused, TrustError::IssuerIsNoAuthority);
    assert_eq!(refused.alert(), 48);
}

#[test]
fn constraints_of_an_authority_are_kept() {
    let root = root("Root");
    let mut narrow = ca_params("Narrow");
    narrow.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    narrow.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("example.net".into())],
        excluded_subtrees: vec![],
    });
    let narrow = Ca::signed_by(narrow, KeyPair::generate().unwrap(), &root).unwrap();
    let below = authority("Below", &narrow);
    let refused = server(&verifier(&[&root]), &[leaf(&narrow), der(&narrow)]).unwrap_err();
    assert_eq!(refused, TrustError::ConstraintViolated { reason: "names" });
    let refused = server(
        &verifier(&[&root]),
        &[leaf(&below), der(&below), der(&narrow)],
    )
    .unwrap_err();
    assert_eq!(
        refused,
        TrustError::ConstraintViolated {
            reason: "path length"
        }
    );
    let within = sign(&params("leaf", &["example.net"]), &narrow);
    assert!(
        server_at(
            &verifier(&[&root]),
            &[within, der(&narrow)],
            "example.net",
            june()
        )
        .is_ok()
    );
}

#[test]
fn only_the_providers_algorithms_count() {
    static ONLY_RSA: &[&dyn rustls_pki_types::SignatureVerificationAlgorithm] =
        &[webpki::ring::RSA_PKCS1_2048_8192_SHA256];
    let root = root("Root");
    let mut roots = Roots::new();
    roots.add(root.der()).unwrap();
    let mut provider = premaster_crypto_ring::provider();
    provider.certificate_algorithms = ONLY_RSA;
    let refused = server(&WebpkiVerifier::new(roots, &provider), &[leaf(&root)]).unwrap_err();
    assert!(
        matches!(refused, TrustError::UnsupportedAlgorithm { .. }),
        "{refused}"
    );
    assert_eq!(refused.alert(), 43);
}

#[test]
fn a_chain_has_at_most_ten_certificates() {
    let root = root("Root");
    let verifier = verifier(&[&root]);
    let chain = |length: usize| -> Vec<Vec<u8>> {
        let more = std::iter::repeat_n(der(&root), length - 1);
        std::iter::once(leaf(&root)).chain(more).collect()
    };
    assert!(server(&verifier, &chain(10)).is_ok());
    for length in [11, 100] {
        let refused = server(&verifier, &chain(length)).unwrap_err();
        assert_eq!(
            refused,
            TrustError::ChainTooLong {
                presented: length,
                most: 10
            }
        );
        assert_eq!(refused.alert(), 46);
    }
}

#[test]
fn a_path_is_found_in_whatever_order_the_chain_comes() {
    let root = root("Root");
    let mut path = vec![authority("1", &root)];
    for depth in 2..=6 {
        path.push(authority(&depth.to_string(), path.last().unwrap()));
    }
    let decoys = ["3", "4", "5"].map(|name| authority(name, &root));
    let mut chain = vec![leaf(path.last().unwrap())];
    chain.extend(path.iter().map(der));
    chain.extend(decoys.iter().map(der));
    assert_eq!(chain.len(), 10);
    assert!(server(&verifier(&[&root]), &chain).is_ok());
    chain[1..].reverse();
    assert!(server(&verifier(&[&root]), &chain).is_ok());
}

#[test]
fn a_path_has_at_most_six_intermediates() {
    let root = root("Root");
    let mut path = vec![authority("1", &root)];
    for depth in 2..=7 {
        path.push(authority(&depth.to_string(), path.last().unwrap()));
    }
    let mut chain = vec![leaf(path.last().unwrap())];
    chain.extend(path.iter().map(der));
    let refused = server(&verifier(&[&root]), &chain).unwrap_err();
    assert_eq!(refused, TrustError::PathTooLong);
    assert_eq!(refused.alert(), 46);
}

/// property 'X.509 work': the search for a path has a budget.
#[test]
fn a_chain_of_mutual_issuers_is_given_up_soon() {
    let trusted = root("Root");
    // Authorities of one name, each of which might have issued each other: five make 325 paths, nine 79,209.
    for authorities in [5, 9] {
        let loops: Vec<Ca> = (0..authorities).map(|_| root("Loop")).collect();
        let mut chain = vec![leaf(&loops[0])];
        chain.extend(loops.iter().map(der));
        let refused = server(&verifier(&[&trusted]), &chain).unwrap_err();
        assert_eq!(refused, TrustError::TooMuchWork, "{authorities}");
        assert_eq!(refused.alert(), 46);
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    let root = root("Root");
    let verifier = verifier(&[&root]);
    let good = leaf(&root);
    let empty: &[Vec<u8>] = &[];
    assert_eq!(
        server(&verifier, empty).unwrap_err(),
        TrustError::NoCertificate
    );
    assert_eq!(
        client(&verifier, empty).unwrap_err(),
        TrustError::NoCertificate
    );
    assert_eq!(TrustError::NoCertificate.alert(), 40);
    let mut garbage = vec![
        vec![],
        vec![0x30],
        vec![0x30, 0x00],
        b"garbage".to_vec(),
        vec![0xff; 1_000],
    ];
    garbage.push([&good[..], &[0]].concat());
    garbage.extend(
        (0..good.len())
            .step_by(7)
            .map(|length| good[..length].to_vec()),
    );
    for bytes in garbage {
        let refused = server(&verifier, std::slice::from_ref(&bytes)).unwrap_err();
        assert!(
            matches!(refused, TrustError::Malformed { number: 1, .. }),
            "{bytes:02x?}: {refused}"
        );
        assert_eq!(refused.alert(), 42);
        // Behind a leaf that needs no intermediate it does no harm.
        assert!(server(&verifier, &[good.clone(), bytes]).is_ok());
    }
}

#[test]
fn a_client_is_told_by_the_same_errors() {
    let (root, other) = (root("Root"), root("Other"));
    let expired = changed(&root, |params| params.not_after = date_time_ymd(2025, 2, 1));
    for (chain, alert) in [
        (vec![leaf(&other)], 48),
        (vec![expired], 45),
        (vec![vec![1, 2, 3]], 42),
    ] {
        assert_eq!(
            client(&verifier(&[&root]), &chain).unwrap_err().alert(),
            alert
        );
    }
}

/// property 20: a verifier with other roots is another verifier.
#[test]
fn the_isolation_is_that_of_the_roots() {
    let (one, two) = (root("Root"), root("Root"));
    let isolation = |roots: &[&Ca]| verifier(roots).isolation();
    assert_eq!(
        isolation(&[&one, &two]),
        isolation(&[&two, &one]),
        "their order does not count"
    );
    assert_eq!(isolation(&[&one, &one]), isolation(&[&one]));
    let all = [
        isolation(&[]),
        isolation(&[&one]),
        isolation(&[&two]),
        isolation(&[&one, &two]),
    ];
    for (i, left) in all.iter().enumerate() {
        for (j, right) in all.iter().enumerate() {
            assert_eq!(left == right, i == j, "{i} and {j}");
        }
    }
}

#[test]
fn the_authorities_to_name_are_the_roots_subjects() {
    let root = root("Root");
    let subjects = verifier(&[&root]).certificate_authorities();
    // SEQUENCE { SET { SEQUENCE { commonName, UTF8String } } }
    assert_eq!(
        subjects,
        [b"\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04Root".to_vec()]
    );
}
