//! The body of a ClientHello: decoding, iterating and looking up agree, and nothing panics.

use premaster_wire::{ClientHello, Decode, Encode, Extension, Ja3, Ja4};

/// Runs one input.
pub(crate) fn run(body: &[u8]) {
    let Ok(hello) = ClientHello::decode(body) else {
        return;
    };
    assert_eq!(hello.to_vec().as_deref(), Ok(body));
    let extensions = hello.extensions();
    for extension in extensions {
        assert_eq!(extensions.find(extension.extension_type()), Some(extension));
        let bytes = extension.to_vec().expect("what decodes encodes");
        assert_eq!(Decode::decode(&bytes), Ok(extension));
    }
    assert_eq!(Ja3::of(&hello).to_string().split(',').count(), 5);
    let fingerprint = Ja4::of(&hello).hashed(|_| [0xff; 32]);
    assert_eq!(
        (fingerprint.len(), fingerprint.matches('_').count()),
        (36, 2)
    );
    if let Some(binders) = hello.binders_len() {
        assert!(binders < body.len());
    }
}
