//! Every form of every message: the first byte picks it, the rest is its body.

#[path = "../../crates/wire/tests/shared/forms.rs"]
mod forms;

use premaster_wire::tls12::{ClientKeyExchange, KeyExchangeAlgorithm, ServerKeyExchange};
use premaster_wire::{AnyMessage, Encode, ProtocolVersion, split_message};

/// One for each way in which messages differ.
const VERSIONS: [ProtocolVersion; 4] = [
    ProtocolVersion::SSLv3,
    ProtocolVersion::TLSv1_1,
    ProtocolVersion::TLSv1_2,
    ProtocolVersion::TLSv1_3,
];

/// The first byte of inputs whose body is of the form with this name.
#[must_use]
pub fn pick(form: &str) -> Option<u8> {
    let at = forms::FORMS.iter().position(|it| it.name == form)?;
    u8::try_from(at).ok()
}

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    for version in VERSIONS {
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
    for version in VERSIONS {
        for algorithm in KeyExchangeAlgorithm::ALL {
            if let Ok(message) = ServerKeyExchange::decode_as(*algorithm, version, body) {
                assert_eq!(message.to_vec().as_deref(), Ok(body));
            }
            if let Ok(message) = ClientKeyExchange::decode_as(*algorithm, version, body) {
                assert_eq!(message.to_vec().as_deref(), Ok(body));
            }
        }
    }
}
