//! Records in: one at a time, checked and decrypted where they lie.
//!
//! ```text
//!   buf:  | header 5 | nonce or IV | payload (decrypted in place) | tag, or MAC and padding | next record ...
//!         | header 5 | payload (decrypted in place) | type, padding | tag                   |   TLS 1.3
//!         |<----------------------------------- consumed ----------------------------------->|
//! ```

use premaster_wire::{ContentType, ProtocolVersion, RecordHeader};

use crate::header::{self, HEADER_LEN, MAX_FRAGMENT, MAX_FRAGMENT_TLS13};
use crate::limits::ContentLimits;
use crate::tolerance::Tolerance;
use crate::{Foreign, Inbox, Protection, RecordFault};

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
    /// A record of a TLS 1.3 handshake that means nothing and was dropped: see
    /// [`drop_change_cipher_specs`](RecordOpener::drop_change_cipher_specs) and
    /// [`skip_early_data`](RecordOpener::skip_early_data).
    Dropped {
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
    tolerance: Tolerance,
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
            tolerance: Tolerance::none(),
            seen_a_record: false,
            fault: None,
        }
    }

    /// Accepts only records of this version from now on: it was negotiated. In TLS 1.3 the version of a record is ignored
    /// (RFC 8446 section 5.1).
    pub const fn set_version(&mut self, version: ProtocolVersion) {
        self.version = Some(version);
    }

    /// Accepts at most this many bytes of content in a protected record, in TLS 1.3 with type and padding: the
    /// record_size_limit that we announced (RFC 8449 section 4). Records without protection are not subject to it.
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

    /// Drops up to this many ChangeCipherSpec records from now on, and refuses all others. Zero, as in the beginning,
    /// refuses them where there are keys of TLS 1.3, and yields them otherwise.
    ///
    /// For whoever speaks TLS 1.3: from the first ClientHello, as far as it is known by then, to the peer's Finished
    /// (RFC 8446 section 5). One between the pieces of a handshake message is still the caller's to refuse: see
    /// [`Inbox::has_partial`].
    pub const fn drop_change_cipher_specs(&mut self, count: u32) {
        self.tolerance.drop_change_cipher_specs(count);
    }

    /// Drops the early data of a client: up to `limit` bytes of it, `max_early_data_size` (RFC 8446 section 4.2.10). For a
    /// server that did not accept it.
    ///
    /// With keys, every record that they do not open is dropped, until they open one. Without, after a
    /// HelloRetryRequest, every record that looks like application data is, until the second ClientHello comes.
    pub const fn skip_early_data(&mut self, limit: usize) {
        self.tolerance.skip_early_data(limit);
    }

    /// Accepts an alert without protection until the first record was opened: a client that cannot follow our
    /// ServerHello has no keys to say so (RFC 8446 section 6). Whoever is on the way can send one as well; it
    /// ends the handshake, as cutting the connection does.
    pub const fn accept_plain_alerts(&mut self) {
        self.tolerance.accept_plain_alerts();
    }

    /// [`install`](Self::install), if nothing of a handshake message is left in `inbox`: no message spans a change of keys
    /// (RFC 8446 section 5.1).
    ///
    /// # Errors
    /// [`RecordFault::KeyChangeInMessage`]; the connection is over.
    pub fn install_after(
        &mut self,
        inbox: &Inbox,
        protection: Protection,
    ) -> Result<(), RecordFault> {
        if !inbox.is_empty() {
            let fault = RecordFault::KeyChangeInMessage;
            self.fault = Some(fault);
            return Err(fault);
        }
        self.install(protection);
        Ok(())
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
        let consumed = HEADER_LEN.saturating_add(length);
        if self.drops(&header, fragment)? {
            return Ok(Opened::Dropped { consumed });
        }
        let opened = match &mut self.protection {
            Some(protection) if !is_plain(protection, content_type) => {
                protection.open(&header, fragment)
            }
            _ => Ok((content_type, 0..length)),
        };
        let (content_type, content) = match opened {
            Ok(opened) => opened,
            Err(RecordFault::BadRecordMac) if self.tolerance.skips_early_data() => {
                self.tolerance.skip(length)?;
                return Ok(Opened::Dropped { consumed });
            }
            Err(fault) => return Err(fault),
        };
        self.tolerance.flight_begins();
        let payload = fragment.get_mut(content).ok_or(RecordFault::BadRecordMac)?;
        self.check_opened(content_type, payload.len())?;
        Ok(Opened::Record {
            content_type,
            version: header.legacy_record_version,
            payload,
            consumed,
        })
    }

    /// Whether a record of a TLS 1.3 handshake is dropped unseen.
    fn drops(&mut self, header: &RecordHeader, fragment: &[u8]) -> Result<bool, RecordFault> {
        match header.content_type {
            ContentType::change_cipher_spec => self.tolerance.drops_change_cipher_spec(fragment),
            ContentType::application_data if self.protection.is_none() => {
                self.tolerance.skip(fragment.len()).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// What is known only now: padding hides from the header how much content a CBC record has, and in TLS 1.3
    /// whether there is any.
    fn check_opened(&self, content_type: ContentType, length: usize) -> Result<(), RecordFault> {
        if !self.is_tls13() {
            self.check_content(length)?;
        }
        if length == 0 && content_type != ContentType::application_data {
            return Err(RecordFault::EmptyRecord { content_type });
        }
        Ok(())
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
        if self.is_tls13() {
            self.check_tls13(&header)?;
            return Ok(header);
        }
        header::check_version(header.legacy_record_version, self.version)?;
        let length = usize::from(header.length);
        match header.content_type {
            ContentType::application_data if self.protection.is_none() => {
                self.check_early_data(length)?;
            }
            _ => self.check_length(length)?,
        }
        Ok(header)
    }

    /// Without keys, only early data that is skipped looks like application data. Its sender has keys of TLS 1.3 and knows
    /// nothing of what was agreed on since (RFC 8446 section 4.2.10).
    fn check_early_data(&self, length: usize) -> Result<(), RecordFault> {
        match self.tolerance.skips_early_data() {
            true => check_fragment(length, MAX_FRAGMENT_TLS13),
            false => Err(RecordFault::UnprotectedData),
        }
    }

    /// The same with keys of TLS 1.3: everything looks like application data, and how much is inside is in the header.
    /// Early data keeps to what was agreed on when its keys were made, which we do not know.
    fn check_tls13(&self, header: &RecordHeader) -> Result<(), RecordFault> {
        if header.content_type != ContentType::application_data {
            return self.tolerance.check_unprotected(header);
        }
        let length = usize::from(header.length);
        check_fragment(length, MAX_FRAGMENT_TLS13)?;
        let protection = self.protection.as_ref();
        let inner = protection.and_then(|protection| protection.least_content(length));
        let (length, limit) = (inner.unwrap_or(0), self.limits.inner_received());
        if length > limit && !self.tolerance.skips_early_data() {
            return Err(RecordFault::RecordTooLong { length, limit });
        }
        Ok(())
    }

    fn is_tls13(&self) -> bool {
        self.protection.as_ref().is_some_and(Protection::is_tls13)
    }

    /// The lengths are public, so a record that is too long, whatever its padding, is refused without decrypting it
    /// (RFC 6066 section 4).
    fn check_length(&self, length: usize) -> Result<(), RecordFault> {
        self.check_content(match &self.protection {
            None => length,
            Some(protection) => protection.least_content(length).unwrap_or(0),
        })?;
        check_fragment(length, MAX_FRAGMENT)
    }

    fn check_content(&self, length: usize) -> Result<(), RecordFault> {
        let limit = self.limits.of(self.is_protected());
        if length > limit {
            return Err(RecordFault::RecordTooLong { length, limit });
        }
        Ok(())
    }
}

/// What follows the header is never longer than this, whatever it holds.
const fn check_fragment(length: usize, limit: usize) -> Result<(), RecordFault> {
    match length > limit {
        true => Err(RecordFault::RecordTooLong { length, limit }),
        false => Ok(()),
    }
}

/// Whether a record has no protection although there are keys: an alert that [`Tolerance`] has let through.
const fn is_plain(protection: &Protection, content_type: ContentType) -> bool {
    protection.is_tls13() && !matches!(content_type, ContentType::application_data)
}

impl Default for RecordOpener {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
