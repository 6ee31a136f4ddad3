//! The five bytes before every record (RFC 5246 section 6.2.1) and all that can be wrong with them.

use premaster_wire::{ContentType, ProtocolVersion};

use crate::RecordFault;

/// Bytes of a record header.
pub const HEADER_LEN: usize = 5;
/// The most bytes of content in one record (RFC 5246 section 6.2.1).
pub const MAX_CONTENT: usize = 1 << 14;
/// The most bytes behind the header of one record: content and what a TLS 1.2 cipher may add (RFC 5246 section 6.2.3).
pub const MAX_FRAGMENT: usize = MAX_CONTENT + 2048;

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) content_type: ContentType,
    pub(crate) version: ProtocolVersion,
    pub(crate) length: usize,
}

impl Header {
    pub(crate) fn parse(bytes: [u8; HEADER_LEN]) -> Self {
        let [kind, major, minor, high, low] = bytes;
        Self {
            content_type: ContentType(kind),
            version: ProtocolVersion(u16::from_be_bytes([major, minor])),
            length: u16::from_be_bytes([high, low]).into(),
        }
    }

    /// The header as bytes; `None` if the length has no room in it.
    pub(crate) fn to_bytes(self) -> Option<[u8; HEADER_LEN]> {
        let [major, minor] = self.version.0.to_be_bytes();
        let [high, low] = u16::try_from(self.length).ok()?.to_be_bytes();
        Some([self.content_type.0, major, minor, high, low])
    }

    /// The content types of TLS without extensions: heartbeat (RFC 6520) is none of them.
    pub(crate) const fn check_content_type(&self) -> Result<(), RecordFault> {
        match self.content_type {
            ContentType::change_cipher_spec
            | ContentType::alert
            | ContentType::handshake
            | ContentType::application_data => Ok(()),
            content_type => Err(RecordFault::UnknownContentType { content_type }),
        }
    }

    /// Before a version is negotiated any {3, x} will do (RFC 5246 appendix E.1), afterwards only that one.
    pub(crate) fn check_version(
        &self,
        negotiated: Option<ProtocolVersion>,
    ) -> Result<(), RecordFault> {
        let version = self.version;
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
}
