//! Every form of every message: the first byte picks it, the rest is its body.
#![no_main]

#[path = "../../crates/wire/tests/shared/forms.rs"]
mod forms;

use libfuzzer_sys::fuzz_target;
use premaster_wire::{AnyMessage, ProtocolVersion, split_message};

fuzz_target!(|input: &[u8]| {
    for version in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3] {
        let whole = AnyMessage::decode(version, input).map(|message| format!("{message:?}"));
        assert!(whole.is_err() || split_message(input).is_ok());
    }
    let Some((pick, body)) = input.split_first() else {
        return;
    };
    let form = &forms::FORMS[usize::from(*pick) % forms::FORMS.len()];
    if let Ok(recoded) = (form.recode)(body) {
        assert_eq!(recoded, body, "{} as {:?}", form.name, form.handshake_type);
    }
});
