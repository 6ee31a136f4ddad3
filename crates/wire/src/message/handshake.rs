//! The header that all handshake messages share (RFC 8446 section 4, RFC 5246 section 7.4).

use alloc::vec::Vec;

use crate::code_point::HandshakeType;
use crate::codec::{
    Decode, DecodeError, DecodeErrorKind, Encode, EncodeError, Parsed, Place, Vector as _, Writer,
    located, unwrap_nom,
};

/// The body of a handshake message, which knows its type.
pub trait HandshakeMessage {
    /// What the header says.
    const TYPE: HandshakeType;
}

/// Gives messages their types.
macro_rules! handshake_types {
    ($($message:ty => $handshake_type:ident),* $(,)?) => { $(
        impl $crate::HandshakeMessage for $message {
            const TYPE: $crate::HandshakeType = $crate::HandshakeType::$handshake_type;
        }
    )* };
}
pub(crate) use handshake_types;

/// A message with its header: type, length in three bytes, body.
///
/// ```
/// use premaster_wire::{Finished, encode_message};
///
/// let message = encode_message(&Finished { verify_data: &[7; 12] })?;
/// assert_eq!(message[..4], [20, 0, 0, 12]);
/// # Ok::<(), premaster_wire::EncodeError>(())
/// ```
///
/// # Errors
/// The first field that is shorter or longer than its RFC allows.
pub fn encode_message<M: HandshakeMessage + Encode>(message: &M) -> Result<Vec<u8>, EncodeError> {
    let mut out = Writer::new();
    M::TYPE.encode(&mut out);
    out.vector::<0, 0xff_ffff>(PLACE, |out| message.encode(out));
    out.into_vec()
}

/// Takes exactly one message apart: its type, and its body.
///
/// ```
/// use premaster_wire::{HandshakeType, split_message};
///
/// assert_eq!(split_message(&[14, 0, 0, 0])?, (HandshakeType::server_hello_done, &[][..]));
/// # Ok::<(), premaster_wire::DecodeError>(())
/// ```
///
/// # Errors
/// The bytes are less or more than the header says.
#[inline]
pub fn split_message(message: &[u8]) -> Result<(HandshakeType, &[u8]), DecodeError> {
    let (rest, split) = parse_message(message).map_err(unwrap_nom)?;
    if rest.is_empty() {
        Ok(split)
    } else {
        Err(DecodeError::new(DecodeErrorKind::Trailing).at(PLACE))
    }
}

const PLACE: &Place = &Place::new("Handshake", "body");

#[inline]
fn parse_message(input: &[u8]) -> Parsed<'_, (HandshakeType, &[u8])> {
    let (input, msg_type) = located(
        HandshakeType::parse(input),
        const { &Place::new("Handshake", "msg_type") },
    )?;
    let (input, body) = located(<&[u8]>::parse_vector::<0, 0xff_ffff>(input), PLACE)?;
    Ok((input, (msg_type, body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_split_only_if_it_is_exactly_one() {
        assert_eq!(
            split_message(&[20, 0, 0, 1, 9]),
            Ok((HandshakeType::finished, &[9][..]))
        );
        for (bytes, text) in [
            (&[][..], "Handshake.msg_type: Truncated"),
            (&[20, 0, 0], "Handshake.body: Truncated"),
            (&[20, 0, 0, 1], "Handshake.body: Truncated"),
            (&[20, 0, 0, 1, 9, 9], "Handshake.body: Trailing"),
        ] {
            assert_eq!(
                alloc::format!("{}", split_message(bytes).unwrap_err()),
                text
            );
        }
    }
}
