//! What may the key be used for?

mod made;

use made::{changed, client, june, root, server, verifier};
use premaster_trust::{
    Certificate, KeyUse, Pin, PinVerifier, ServerName, TrustError, Verifier, VerifyRequest,
};
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

/// What a KeyUsage extension allows: signing, encipherment.
fn key_usages() -> Vec<(Vec<KeyUsagePurpose>, bool, bool)> {
    use KeyUsagePurpose::{
        ContentCommitment, CrlSign, DataEncipherment, DecipherOnly, DigitalSignature, EncipherOnly,
        KeyAgreement, KeyCertSign, KeyEncipherment,
    };
    let others = vec![
        ContentCommitment,
        DataEncipherment,
        KeyAgreement,
        KeyCertSign,
        CrlSign,
        EncipherOnly,
        DecipherOnly,
    ];
    vec![
        (vec![], true, true),
        (vec![DigitalSignature], true, false),
        (vec![KeyEncipherment], false, true),
        (vec![DigitalSignature, KeyEncipherment], true, true),
        ([&others[..], &[DigitalSignature]].concat(), true, false),
        ([&others[..], &[KeyEncipherment]].concat(), false, true),
        (others, false, false),
    ]
}

fn expected(allowed: bool, key_use: KeyUse) -> Result<(), TrustError> {
    match allowed {
        true => Ok(()),
        false => Err(TrustError::UseNotAllowed { key_use }),
    }
}

/// property 12: a certificate whose KeyUsage does not allow the use at hand is refused, by roots and by pins, whoever
/// presents it, and its owner can see so beforehand.
#[test]
fn the_key_usage_must_allow_the_use_where_it_is_present() {
    let root = root("Root");
    let webpki = verifier(&[&root]);
    let name = ServerName::try_from("example.com").unwrap();
    for (usages, sign, encipher) in key_usages() {
        let chain = [changed(&root, |params| params.key_usages = usages.clone())];
        let pins = PinVerifier::new(Pin::of_certificate(&chain[0]));
        let own = Certificate::parse(&chain[0]).unwrap();
        assert_eq!(own.allows(KeyUse::Sign), sign, "{usages:?}");
        assert_eq!(own.allows(KeyUse::Encipher), encipher, "{usages:?}");
        for request in [
            VerifyRequest::of_server(&chain, &name, june()),
            VerifyRequest::of_client(&chain, june()),
        ] {
            let verifiers: [&dyn Verifier; 2] = [&webpki, &pins];
            for verifier in verifiers {
                assert_eq!(
                    verifier.verify(&request).map(drop),
                    expected(sign, KeyUse::Sign),
                    "{usages:?} {verifier:?}"
                );
                assert_eq!(
                    verifier.verify(&request.for_encipherment()).map(drop),
                    expected(encipher, KeyUse::Encipher),
                    "{usages:?} {verifier:?}"
                );
            }
        }
    }
}

#[test]
fn a_missing_use_is_named() {
    for (key_use, told) in [
        (
            KeyUse::Sign,
            "the certificate's key usage lacks digitalSignature, and in this cipher suite its key has to sign: \
             have it issued with digitalSignature",
        ),
        (
            KeyUse::Encipher,
            "the certificate's key usage lacks keyEncipherment, and in this cipher suite the premaster secret is \
             encrypted to its key: have it issued with keyEncipherment, or choose a suite with ECDHE",
        ),
    ] {
        let refused = TrustError::UseNotAllowed { key_use };
        assert_eq!(refused.to_string(), told);
        assert_eq!(refused.alert(), 43, "unsupported_certificate");
    }
}

/// property 12: a KeyUsage that cannot be read allows neither use.
#[test]
fn a_key_usage_that_cannot_be_read_allows_nothing() {
    let root = root("Root");
    let webpki = verifier(&[&root]);
    let name = ServerName::try_from("example.com").unwrap();
    let key_usage =
        |content: &[u8]| CustomExtension::from_oid_content(&[2, 5, 29, 15], content.to_vec());
    for extensions in [
        vec![key_usage(&[0x04, 0x02, 0x05, 0xa0])],
        vec![key_usage(&[0x03, 0x02, 0x08, 0xa0])],
        vec![key_usage(&[0x03, 0x02, 0x06, 0xa0])],
        vec![key_usage(&[0x03, 0x00])],
        vec![key_usage(&[0x03, 0x02, 0x05, 0xa0]); 2],
    ] {
        let chain = [changed(&root, |params| {
            params.custom_extensions = extensions.clone();
        })];
        let pins = PinVerifier::new(Pin::of_certificate(&chain[0]));
        let own = Certificate::parse(&chain[0]).unwrap();
        assert!(!own.allows(KeyUse::Sign) && !own.allows(KeyUse::Encipher));
        let request = VerifyRequest::of_server(&chain, &name, june());
        for request in [request, request.for_encipherment()] {
            let verifiers: [&dyn Verifier; 2] = [&webpki, &pins];
            for verifier in verifiers {
                let refused = verifier.verify(&request).unwrap_err();
                let malformed = matches!(refused, TrustError::Malformed { number: 1, .. });
                assert!(malformed, "{verifier:?}: {refused}");
            }
        }
    }
}
