//! A block of extensions, read as that of every message that may carry one.
//!
//! What decodes encodes to the same bytes; iterating, looking up and decoding one by one agree; no extension ends before
//! the lengths inside it do (property 1).

use std::{collections::BTreeSet, fmt::Debug};

use premaster_wire::{
    CertificateExtension, CertificateRequestExtension, ClientHelloExtension, EncryptedExtension,
    Extension, Extensions, HelloRetryRequestExtension, NewSessionTicketExtension,
    ServerHelloExtension, Vector,
};

/// Runs one input.
pub(crate) fn run(block: &[u8]) {
    check::<ClientHelloExtension<'_>>(block);
    check::<ServerHelloExtension<'_>>(block);
    check::<HelloRetryRequestExtension<'_>>(block);
    check::<EncryptedExtension<'_>>(block);
    check::<CertificateRequestExtension<'_>>(block);
    check::<CertificateExtension<'_>>(block);
    check::<NewSessionTicketExtension<'_>>(block);
}

fn check<'a, E: Extension<'a> + Debug + PartialEq + 'a>(block: &'a [u8]) {
    let Ok(extensions) = Extensions::<E>::from_content(block) else {
        return;
    };
    let values: Vec<E> = extensions.iter().collect();
    let types: BTreeSet<u16> = extensions.types().map(|it| it.0).collect();
    assert_eq!(types.len(), values.len(), "a type appears twice");
    let mut rest = block;
    for value in &values {
        let encoded = value.to_vec().expect("what decodes encodes");
        let (this, after) = rest.split_at(encoded.len());
        assert_eq!(encoded, this);
        assert_eq!(E::decode(this).as_ref(), Ok(value));
        assert_eq!(
            extensions.find(value.extension_type()).as_ref(),
            Some(value)
        );
        assert!(E::decode(&this[..this.len() - 1]).is_err());
        assert!(Extensions::<E>::from_content(&this[..this.len() - 1]).is_err());
        rest = after;
    }
    assert!(rest.is_empty());
    assert!(!format!("{extensions:?}").is_empty());
}
