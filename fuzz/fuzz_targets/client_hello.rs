//! The body of a ClientHello: decoding, iterating and looking up agree, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use premaster_wire::{ClientHello, Decode, Encode, Extension};

fuzz_target!(|body: &[u8]| {
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
    if let Some(binders) = hello.binders_len() {
        assert!(binders < body.len());
    }
});
