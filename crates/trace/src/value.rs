//! A thing that can be offered, chosen, expected or answered.
//!
//! Code points keep their number, so that a sink can print the name and a tool can still count on the value.

use std::borrow::Cow;
use std::fmt;

use premaster_wire::{
    AlertDescription, CipherSuite, ContentType, ExtensionType, HandshakeType, NamedGroup,
    ProtocolVersion, SignatureScheme,
};

/// One thing that was offered, chosen, expected or answered.
///
/// `Display` prints code points by their RFC name (or `0x1234` when they have none), and bytes as text when they are
/// printable ASCII, as ALPN names mostly are, else as hex.
///
/// ```
/// use premaster_trace::Value;
/// use premaster_wire::NamedGroup;
///
/// assert_eq!(Value::from(NamedGroup::x25519).to_string(), "x25519");
/// assert_eq!(Value::from(&b"h2"[..]).to_string(), "h2");
/// assert_eq!(Value::from(&[0xff_u8, 0x00][..]).to_string(), "ff00");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A protocol version.
    Version(ProtocolVersion),
    /// A cipher suite.
    Suite(CipherSuite),
    /// A group for key exchange.
    Group(NamedGroup),
    /// A signature scheme.
    Scheme(SignatureScheme),
    /// A handshake message.
    Message(HandshakeType),
    /// A record of some content type, such as `change_cipher_spec`.
    Record(ContentType),
    /// An extension.
    Extension(ExtensionType),
    /// An alert.
    Alert(AlertDescription),
    /// A number.
    Number(u64),
    /// Words.
    Text(Cow<'a, str>),
    /// Public bytes, such as an ALPN name.
    Bytes(Cow<'a, [u8]>),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(value) => value.fmt(f),
            Self::Suite(value) => value.fmt(f),
            Self::Group(value) => value.fmt(f),
            Self::Scheme(value) => value.fmt(f),
            Self::Message(value) => f.write_str(&message_name(*value)),
            Self::Record(value) => match value.name() {
                Some(name) => f.write_str(&structure_name(name)),
                None => value.fmt(f),
            },
            Self::Extension(value) => value.fmt(f),
            Self::Alert(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Bytes(value) => f.write_str(&text_or_hex(value)),
        }
    }
}

macro_rules! from {
    ($($source:ty => $variant:ident),* $(,)?) => {$(
        impl From<$source> for Value<'_> {
            fn from(value: $source) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

from! {
    ProtocolVersion => Version,
    CipherSuite => Suite,
    NamedGroup => Group,
    SignatureScheme => Scheme,
    HandshakeType => Message,
    ContentType => Record,
    ExtensionType => Extension,
    AlertDescription => Alert,
    u64 => Number,
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// The name of the message's structure: `ServerHelloDone`.
pub(crate) fn message_name(message: HandshakeType) -> String {
    message.name().map_or(message.to_string(), structure_name)
}

/// The name of the structure for that of the enumerator: `ServerHelloDone` for `server_hello_done`.
fn structure_name(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0xf)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// What a person can read is shown as it is; a peer's control characters never reach the terminal.
pub(crate) fn text_or_hex(bytes: &[u8]) -> String {
    if is_printable(bytes) {
        bytes.iter().copied().map(char::from).collect()
    } else {
        hex(bytes)
    }
}

/// ASCII that a person can read.
pub(crate) fn is_printable(bytes: &[u8]) -> bool {
    let printable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    !bytes.is_empty() && bytes.iter().all(printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_the_names_of_their_structures() {
        assert_eq!(
            message_name(HandshakeType::server_hello_done),
            "ServerHelloDone"
        );
        assert_eq!(message_name(HandshakeType::finished), "Finished");
        assert_eq!(message_name(HandshakeType(200)), "0xc8");
        let record = Value::from(ContentType::change_cipher_spec);
        assert_eq!(record.to_string(), "ChangeCipherSpec");
    }

    #[test]
    fn control_characters_of_a_peer_are_shown_as_hex() {
        assert_eq!(text_or_hex(b"http/1.1"), "http/1.1");
        assert_eq!(text_or_hex(b"h2\x1b[2J"), "68321b5b324a");
        assert_eq!(text_or_hex(b""), "");
    }
}
