//! Records in: one at a time, checked and decrypted where they lie.
//!
//! ```text
//!   buf:  | header 5 | nonce or IV | payload (decrypted in place) | tag, or MAC and padding | next record ...
//!         |<----------------------------------- consumed ----------------------------------->|
//! ```

use premaster_wire::{ContentType, ProtocolVersion, RecordHeader};

use crate::header::{self, HEADER_LEN, MAX_FRAGMENT};
use crate::limits::ContentLimits;
use crate::{Foreign, Protection, RecordFault};

/// What [`RecordOpener::open`] found at the front of the buffer.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened<'b> {
    /// The record is not complete: at least this many bytes are missing.
    More {
        /// Bytes to read before it makes sense to call again: the rest of the header, then the rest of the record.
        missing: usize,
    },
    /// Exactly one record.
    Record {
        /// What it holds.
        content_type: ContentType,
        /// The version in its header.
        version: ProtocolVersion,
        /// Its content, decrypted, inside the caller's buffer.
        payload: &'b mut [u8],
        /// Bytes of the buffer that the record took up.
        consumed: usize,
    },
}

/// Takes records apart: framing, header checks, decryption in place.
///
/// One call handles exactly one record, so nothing is stored inside between 'seen' and 'taken'. A fault is final: every
/// later call returns it again.
///
/// ```
/// use premaster_record::{Opened, RecordOpener};
/// use premaster_wire::ContentType;
///
/// let mut opener = RecordOpener::new();
/// let mut buf = [22, 3, 1, 0, 4, 0, 0, 0, 0, 99];
///
/// assert_eq!(opener.open(&mut buf[..7])?, Opened::More { missing: 2 });
/// let Opened::Record { content_type, payload, consumed, .. } = opener.open(&mut buf)? else {
///     panic!("a complete record")
/// };
/// assert_eq!((content_type, &payload[..], consumed), (ContentType::handshake, &[0; 4][..], 9));
/// # Ok::<(), premaster_record::RecordFault>(())
/// ```
#[derive(Debug)]
pub struct RecordOpener {
    protection: Option<Protection>,
    version: Option<ProtocolVersion>,
    limits: ContentLimits,
    seen_a_record: bool,
    fault: Option<RecordFault>,
}

impl RecordOpener {
    /// For the begin of a connection: no protection, any version of TLS.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            protection: None,
            version: None,
            limits: ContentLimits::new(),
            seen_a_record: false,
            fault: None,
        }
    }

    /// Accepts only records of this version from now on: it was negotiated.
    pub const fn set_version(&mut self, version: ProtocolVersion) {
        self.version = Some(version);
    }

    /// Accepts at most this many bytes of content in a protected record: the record_size_limit that we announced
    /// (RFC 8449 section 4). Records without protection are not subject to it.
    pub const fn set_content_limit(&mut self, limit: usize) {
        self.limits.set_protected(limit);
    }

    /// Accepts at most this many bytes of content in any record from now on, protected or not: the negotiated
    /// max_fragment_length (RFC 6066 section 4). A server sets it when its hello goes out, a client when that hello has
    /// come.
    ///
    /// Where record_size_limit is negotiated this one is not (RFC 8449 section 5). With both, the smaller one counts.
    pub const fn set_fragment_limit(&mut self, limit: usize) {
        self.limits.set_any(limit);
    }

    /// Opens the following records with these keys.
    ///
    /// The caller makes sure that no handshake message is half received: see [`Inbox::is_empty`](crate::Inbox::is_empty).
    pub fn install(&mut self, protection: Protection) {
        self.protection = Some(protection);
    }

    /// Are records decrypted?
    #[must_use]
    pub const fn is_protected(&self) -> bool {
        self.protection.is_some()
    }

    /// Opens the record at the front of `buf`. Bytes behind it are not touched.
    ///
    /// # Errors
    /// Any [`RecordFault`] of the peer. The connection is over.
    pub fn open<'b>(&mut self, buf: &'b mut [u8]) -> Result<Opened<'b>, RecordFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.open_first(buf)
            .inspect_err(|fault| self.fault = Some(*fault))
    }

    fn open_first<'b>(&mut self, buf: &'b mut [u8]) -> Result<Opened<'b>, RecordFault> {
        let available = buf.len();
        let Some((header, rest)) = buf.split_first_chunk_mut::<HEADER_LEN>() else {
            let missing = HEADER_LEN.saturating_sub(available);
            return Ok(Opened::More { missing });
        };
        let header = self.check(*header)?;
        let (content_type, length) = (header.content_type, usize::from(header.length));
        let Some(fragment) = rest.get_mut(..length) else {
            let missing = HEADER_LEN.saturating_add(length).saturating_sub(available);
            return Ok(Opened::More { missing });
        };
        self.seen_a_record = true;
        let payload = match &mut self.protection {
            None => fragment,
            Some(protection) => {
                let content = protection.open(content_type, fragment)?;
                fragment.get_mut(content).ok_or(RecordFault::BadRecordMac)?
            }
        };
        // Padding hides from the header how much content a CBC record has.
        self.check_content(payload.len())?;
        if payload.is_empty() && content_type != ContentType::application_data {
            return Err(RecordFault::EmptyRecord { content_type });
        }
        Ok(Opened::Record {
            content_type,
            version: header.legacy_record_version,
            payload,
            consumed: HEADER_LEN.saturating_add(length),
        })
    }

    /// All that the header alone tells, before a byte of the record is waited for.
    fn check(&self, bytes: [u8; HEADER_LEN]) -> Result<RecordHeader, RecordFault> {
        if !self.seen_a_record
            && let Some(looks_like) = Foreign::recognise(&bytes)
        {
            return Err(RecordFault::NotTls { looks_like });
        }
        let header = header::parse(bytes);
        header::check_content_type(header.content_type)?;
        header::check_version(header.legacy_record_version, self.version)?;
        self.check_length(header.length.into())?;
        if self.protection.is_none() && header.content_type == ContentType::application_data {
            return Err(RecordFault::UnprotectedData);
        }
        Ok(header)
    }

    /// The lengths are public, so a record that is too long, whatever its padding, is refused without decrypting it
    /// (RFC 6066 section 4).
    fn check_length(&self, length: usize) -> Result<(), RecordFault> {
        self.check_content(match &self.protection {
            None => length,
            Some(protection) => protection.least_content(length).unwrap_or(0),
        })?;
        if length > MAX_FRAGMENT {
            return Err(RecordFault::RecordTooLong {
                length,
                limit: MAX_FRAGMENT,
            });
        }
        Ok(())
    }

    fn check_content(&self, length: usize) -> Result<(), RecordFault> {
        let limit = self.limits.of(self.is_protected());
        if length > limit {
            return Err(RecordFault::RecordTooLong { length, limit });
        }
        Ok(())
    }
}

impl Default for RecordOpener {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
