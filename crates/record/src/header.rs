//! The five bytes before every record (RFC 5246 section 6.2.1) and all that can be wrong with them.

use premaster_wire::{ContentType, ProtocolVersion, RecordHeader};

use crate::RecordFault;

/// Bytes of a record header.
pub const HEADER_LEN: usize = RecordHeader::LEN;
/// The most bytes of content in one record (RFC 5246 section 6.2.1).
pub const MAX_CONTENT: usize = RecordHeader::MAX_PLAINTEXT;
/// The most bytes behind the header of one record: content and what a TLS 1.2 cipher may add (RFC 5246 section 6.2.3).
pub const MAX_FRAGMENT: usize = RecordHeader::MAX_CIPHERTEXT_TLS12;
/// The most bytes behind the header of a protected record of TLS 1.3 (RFC 8446 section 5.2).
pub(crate) const MAX_FRAGMENT_TLS13: usize = RecordHeader::MAX_CIPHERTEXT_TLS13;
/// The most bytes of a `TLSInnerPlaintext`: content, type and padding (RFC 8446 section 5.4).
pub(crate) const MAX_INNER: usize = MAX_CONTENT + 1;

/// Any five bytes are a header; what they say is checked one by one.
pub(crate) const fn parse(bytes: [u8; HEADER_LEN]) -> RecordHeader {
    let [kind, major, minor, high, low] = bytes;
    RecordHeader {
        content_type: ContentType(kind),
        legacy_record_version: ProtocolVersion(u16::from_be_bytes([major, minor])),
        length: u16::from_be_bytes([high, low]),
    }
}

/// The header of a fragment; `None` if its length has no room in it.
pub(crate) fn for_fragment(
    (content_type, version): (ContentType, ProtocolVersion),
    fragment: &[u8],
) -> Option<[u8; HEADER_LEN]> {
    let [major, minor] = version.0.to_be_bytes();
    let [high, low] = u16::try_from(fragment.len()).ok()?.to_be_bytes();
    Some([content_type.0, major, minor, high, low])
}

/// The content types of TLS without extensions: heartbeat (RFC 6520) is none of them.
pub(crate) const fn check_content_type(content_type: ContentType) -> Result<(), RecordFault> {
    match content_type {
        ContentType::change_cipher_spec
        | ContentType::alert
        | ContentType::handshake
        | ContentType::application_data => Ok(()),
        content_type => Err(RecordFault::UnknownContentType { content_type }),
    }
}

/// Before a version is negotiated any {3, x} will do (RFC 5246 appendix E.1), afterwards only that one.
pub(crate) fn check_version(
    version: ProtocolVersion,
    negotiated: Option<ProtocolVersion>,
) -> Result<(), RecordFault> {
    let right = match negotiated {
        Some(negotiated) => version == negotiated,
        None => version.0.to_be_bytes().starts_with(&[3]),
    };
    if right {
        Ok(())
    } else {
        Err(RecordFault::WrongVersion { version })
    }
}

#[cfg(test)]
mod tests {
    use super::MAX_INNER;

    #[test]
    fn an_inner_plaintext_is_content_and_its_type() {
        assert_eq!(MAX_INNER, 16_385);
    }
}
