//! Records and what they carry besides handshake messages and data (RFC 8446 section 5, RFC 5246 section 6).

use crate::code_point::{AlertDescription, AlertLevel, ContentType, ProtocolVersion};
use crate::codec::{
    Decode, DecodeErrorKind, Encode, Parsed, Place, Writer, located, refuse, wire_struct,
};

wire_struct! {
    /// The first five bytes of a record (RFC 8446 section 5.1).
    ///
    /// How long a fragment may be depends on the state of the connection, so every length decodes; see the
    /// constants.
    ///
    /// ```
    /// use premaster_wire::{ContentType, Decode, RecordHeader};
    ///
    /// let (rest, header) = RecordHeader::parse(&[22, 3, 3, 0, 4, 14, 0, 0, 0])?;
    /// assert_eq!((header.content_type, header.length), (ContentType::handshake, 4));
    /// assert_eq!(rest.len(), 4);
    /// # Ok::<(), nom::Err<premaster_wire::DecodeError>>(())
    /// ```
    pub struct RecordHeader {
        /// What the record carries.
        pub content_type: ContentType,
        /// TLS 1.2 for TLS 1.2 and 1.3; a first ClientHello may have TLS 1.0.
        pub legacy_record_version: ProtocolVersion,
        /// How many bytes follow.
        pub length: u16,
    }
}

impl RecordHeader {
    /// The size of the header.
    pub const LEN: usize = 5;

    /// The longest plaintext (RFC 8446 section 5.1, RFC 5246 section 6.2.1).
    pub const MAX_PLAINTEXT: usize = 1 << 14;

    /// The longest protected record of TLS 1.3 (RFC 8446 section 5.2).
    pub const MAX_CIPHERTEXT_TLS13: usize = (1 << 14) + 256;

    /// The longest protected record of TLS 1.2 and before (RFC 5246 section 6.2.3).
    pub const MAX_CIPHERTEXT_TLS12: usize = (1 << 14) + 2048;
}

wire_struct! {
    /// An unprotected record (RFC 8446 section 5.1).
    pub struct TlsPlaintext<'a> {
        /// What the record carries.
        pub content_type: ContentType,
        /// TLS 1.2 for TLS 1.2 and 1.3; a first ClientHello may have TLS 1.0.
        pub legacy_record_version: ProtocolVersion,
        /// What it carries: whole messages or parts of them.
        pub fragment: &'a [u8] [0..=0x4000],
    }
}

wire_struct! {
    /// An alert (RFC 8446 section 6).
    pub struct Alert {
        /// How severe it is.
        pub level: AlertLevel,
        /// What happened.
        pub description: AlertDescription,
    }
}

/// The message that switches to the new keys in TLS 1.2 (RFC 5246 section 7.1); its one byte is always 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCipherSpec;

impl<'a> Decode<'a> for ChangeCipherSpec {
    const NAME: &'static str = "ChangeCipherSpec";
    const SIZE: Option<usize> = Some(1);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let place = const { &Place::new("ChangeCipherSpec", "type") };
        match located(u8::parse(input), place)? {
            (rest, 1) => Ok((rest, Self)),
            _ => located(refuse(DecodeErrorKind::Value), place),
        }
    }
}

impl Encode for ChangeCipherSpec {
    fn encode(&self, out: &mut Writer) {
        1u8.encode(out);
    }
}

#[cfg(test)]
mod tests {
    use super::RecordHeader;

    #[test]
    fn the_longest_records_are_those_of_the_rfcs() {
        assert_eq!(RecordHeader::MAX_PLAINTEXT, 16_384);
        assert_eq!(RecordHeader::MAX_CIPHERTEXT_TLS13, 16_640);
        assert_eq!(RecordHeader::MAX_CIPHERTEXT_TLS12, 18_432);
    }
}
