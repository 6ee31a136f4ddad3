//! WebpkiVerifier: whose name is in the certificate?

mod made;

use made::{client, june, leaf, params, root, server, server_at, sign, verifier};
use premaster_trust::{TrustError, Verifier, VerifyRequest};

#[test]
fn names_are_compared_as_rfc_6125_says() {
    let root = root("Root");
    let verifier = verifier(&[&root]);
    for (presented, wanted, accepted) in [
        ("example.com", "example.com", true),
        ("example.com", "EXAMPLE.Com", true),
        ("ExAmPlE.COM", "example.com", true),
        ("example.com", "example.net", false),
        ("example.com", "www.example.com", false),
        ("www.example.com", "example.com", false),
        ("example.com", "example.com.evil.net", false),
        ("*.example.com", "www.example.com", true),
        ("*.example.com", "WWW.example.com", true),
        ("*.EXAMPLE.com", "www.example.com", true),
        ("*.example.com", "example.com", false),
        ("*.example.com", "a.b.example.com", false),
        ("*.com", "example.com", false),
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8::1", "2001:db8::1", true),
        ("2001:db8::1", "2001:db8:0:0:0:0:0:1", true),
        ("2001:db8::1", "2001:db8::2", false),
        ("example.com", "192.0.2.1", false),
    ] {
        let chain = [sign(&params("leaf", &[presented]), &root)];
        let answer = server_at(&verifier, &chain, wanted, june());
        if accepted {
            assert!(answer.is_ok(), "{presented} for {wanted}: {answer:?}");
        } else {
            let Err(TrustError::NameMismatch {
                wanted: told,
                presented: names,
            }) = answer
            else {
                panic!("{presented} for {wanted}: {answer:?}");
            };
            assert_eq!(
                (told.as_str(), names),
                (wanted, vec![presented.to_string()])
            );
        }
    }
}

#[test]
fn one_of_many_names_is_enough() {
    let root = root("Root");
    let chain = [sign(
        &params("leaf", &["a.example", "b.example", "192.0.2.7"]),
        &root,
    )];
    for name in ["a.example", "b.example", "192.0.2.7"] {
        assert!(
            server_at(&verifier(&[&root]), &chain, name, june()).is_ok(),
            "{name}"
        );
    }
    let refused = server_at(&verifier(&[&root]), &chain, "c.example", june()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the certificate is not valid for c.example, only for a.example, b.example, 192.0.2.7: \
         connect under one of its names, or have it issued for this one"
    );
}

#[test]
fn a_certificate_without_subject_alt_name_is_for_no_host() {
    let root = root("Root");
    let chain = [sign(&params("example.com", &[]), &root)];
    let refused = server(&verifier(&[&root]), &chain).unwrap_err();
    assert_eq!(refused.alert(), 42);
    assert_eq!(
        refused.to_string(),
        "the certificate names no host at all, wanted example.com: \
         have it issued with a subjectAltName (the common name does not count)"
    );
}

#[test]
fn what_a_stranger_wrote_is_escaped_and_cut() {
    let root = root("Root");
    let chain = [sign(
        &params(
            &format!("evil\n\x1b[31m{}", "x".repeat(500)),
            &["example.com"],
        ),
        &root,
    )];
    let told = server(&verifier(&[]), &chain).unwrap_err().to_string();
    assert!(
        told.contains("CN=evil\\n\\u{1b}[31mxxx") && told.contains("xxx..."),
        "{told}"
    );
    assert!(told.len() < 500 && !told.contains('\n') && !told.contains('\x1b'));
    let many: Vec<String> = (0..50).map(|number| format!("{number}.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let chain = [sign(&params("many", &many), &root)];
    let told = server(&verifier(&[&root]), &chain).unwrap_err().to_string();
    assert!(
        told.contains("only for 0.example, 1.example") && told.contains("and 42 more: "),
        "{told}"
    );
}

#[test]
fn a_client_needs_no_name_and_a_server_does() {
    let root = root("Root");
    let chain = [leaf(&root)];
    assert!(client(&verifier(&[&root]), &chain).is_ok());
    let nameless = VerifyRequest::of_nameless_server(&chain, june());
    let refused = verifier(&[&root]).verify(&nameless).unwrap_err();
    assert_eq!(refused, TrustError::NoNameWanted);
    assert_eq!(refused.alert(), 46);
}
