//! WebpkiVerifier: what may the key be used for?

mod made;

use made::{changed, client, root, server, verifier};
use premaster_trust::TrustError;
use rcgen::{CustomExtension, ExtendedKeyUsagePurpose, KeyUsagePurpose};

#[test]
fn the_extended_key_usage_must_allow_the_role() {
    use ExtendedKeyUsagePurpose::{ClientAuth, CodeSigning, ServerAuth};
    let root = root("Root");
    let verifier = verifier(&[&root]);
    for (usages, for_server, for_client) in [
        (vec![], true, true),
        (vec![ServerAuth], true, false),
        (vec![ClientAuth], false, true),
        (vec![ServerAuth, ClientAuth], true, true),
        (vec![CodeSigning], false, false),
    ] {
        let chain = [changed(&root, |params| {
            params.extended_key_usages = usages.clone();
        })];
        assert_eq!(server(&verifier, &chain).is_ok(), for_server, "{usages:?}");
        assert_eq!(client(&verifier, &chain).is_ok(), for_client, "{usages:?}");
    }
    let chain = [changed(&root, |params| {
        params.extended_key_usages = vec![ClientAuth];
    })];
    let refused = server(&verifier, &chain).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the certificate may not be used to authenticate a server: \
         have it issued with extended key usage serverAuth"
    );
    assert_eq!(refused.alert(), 43);
}

#[test]
fn the_key_usage_must_allow_signatures_where_it_is_present() {
    use KeyUsagePurpose::{DigitalSignature, KeyAgreement, KeyEncipherment};
    let root = root("Root");
    let verifier = verifier(&[&root]);
    for (usages, accepted) in [
        (vec![], true),
        (vec![DigitalSignature], true),
        (vec![KeyEncipherment, DigitalSignature], true),
        (vec![KeyEncipherment], false),
        (vec![KeyAgreement], false),
    ] {
        let chain = [changed(&root, |params| params.key_usages = usages.clone())];
        let expected = if accepted {
            Ok(())
        } else {
            Err(TrustError::NoDigitalSignature)
        };
        assert_eq!(server(&verifier, &chain).map(drop), expected, "{usages:?}");
        assert_eq!(client(&verifier, &chain).map(drop), expected, "{usages:?}");
    }
    assert_eq!(TrustError::NoDigitalSignature.alert(), 43);
}

#[test]
fn a_key_usage_that_cannot_be_read_allows_nothing() {
    let root = root("Root");
    for content in [
        vec![0x04, 0x01, 0x80],
        vec![0x03, 0x02, 0x08, 0x80],
        vec![0x03, 0x00],
        vec![0x03, 0x01, 0x00],
    ] {
        let chain = [changed(&root, |params| {
            params.custom_extensions = vec![CustomExtension::from_oid_content(
                &[2, 5, 29, 15],
                content.clone(),
            )];
        })];
        let refused = server(&verifier(&[&root]), &chain).unwrap_err();
        let expected = matches!(
            refused,
            TrustError::Malformed { .. } | TrustError::NoDigitalSignature
        );
        assert!(expected, "{content:02x?}: {refused}");
    }
}
