//! Records out: sealed in place between two margins, or gathered from several parts in one pass.
//!
//! ```text
//!   buf:  | front margin            | content (sealed in place) | back margin              |
//!         | header 5 | expl. nonce  | ciphertext                | tag         |            |   AEAD
//!         | header 5 | IV           | ciphertext                | MAC and padding  |       |   CBC
//!         | header 5                | ciphertext                | type, padding, tag |     |   TLS 1.3
//! ```

use core::ops::{Deref, Range};

use premaster_wire::{ContentType, ProtocolVersion};

use crate::header::{self, HEADER_LEN};
use crate::limits::ContentLimits;
use crate::{Padding, Protection, RecordFault};

/// The least record_size_limit that a peer may announce (RFC 8449 section 4), and less than any max_fragment_length.
const LEAST_CONTENT_LIMIT: usize = 64;

/// The room that sealing may need around the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margins {
    /// Bytes before the content: exactly as many are used.
    pub front: usize,
    /// The most bytes behind it. An AEAD uses all of them; with CBC or with [`Padding`] it depends on the length of the
    /// content how many are used.
    pub back: usize,
}

impl Margins {
    /// The most bytes that a record is longer than its content.
    #[must_use]
    pub const fn overhead(self) -> usize {
        self.front.saturating_add(self.back)
    }
}

/// Makes records: header, fragmentation, encryption in place.
///
/// Not `Clone`: two sealers with one key would use the same nonces.
///
/// ```
/// use premaster_record::RecordSealer;
/// use premaster_wire::ContentType;
///
/// let mut sealer = RecordSealer::new();
/// let margins = sealer.margins();
/// let mut buf = [0; 64];
/// let content = margins.front..margins.front + 3;
/// buf[content.clone()].copy_from_slice(&[14, 0, 0]);
///
/// let record = sealer.seal(ContentType::handshake, &mut buf, content)?;
/// assert_eq!(buf[record], [22, 3, 1, 0, 3, 14, 0, 0]);
/// # Ok::<(), premaster_record::RecordFault>(())
/// ```
#[derive(Debug)]
pub struct RecordSealer {
    protection: Option<Protection>,
    version: ProtocolVersion,
    limits: ContentLimits,
    padding: Padding,
    installed: u32,
}

impl RecordSealer {
    /// For the begin of a connection: no protection, and version {3, 1} in the header until another one is set, which is
    /// what old peers expect of a first record (RFC 8446 section 5.1, RFC 5246 appendix E.1).
    #[must_use]
    pub const fn new() -> Self {
        Self {
            protection: None,
            version: ProtocolVersion::TLSv1_0,
            limits: ContentLimits::new(),
            padding: Padding::None,
            installed: 0,
        }
    }

    /// Writes this version into record headers from now on. With keys of TLS 1.3 they say TLS 1.2, whatever is set here.
    pub const fn set_version(&mut self, version: ProtocolVersion) {
        self.version = version;
    }

    /// Puts at most this many bytes of content into a protected record from now on, in TLS 1.3 with type and padding: the
    /// peer's record_size_limit (RFC 8449 section 4). Held between 64, the least that the RFC allows, and 2^14, with a
    /// type 2^14 + 1. Records without protection are not subject to it.
    pub const fn set_content_limit(&mut self, limit: usize) {
        self.limits.set_protected(at_least(limit));
    }

    /// Puts at most this many bytes of content into any record from now on, protected or not: the negotiated
    /// max_fragment_length (RFC 6066 section 4). Held between 64 and 2^14. A server sets it before its hello is sealed,
    /// a client when that hello has come; what a [`Flight`](crate::Flight) holds by then should have been transmitted.
    ///
    /// Where record_size_limit is negotiated this one is not (RFC 8449 section 5). With both, the smaller one counts.
    pub const fn set_fragment_limit(&mut self, limit: usize) {
        self.limits.set_any(at_least(limit));
    }

    /// Puts at most this many bytes of content into any record from now on, whatever the peer would take: for short ways to
    /// the first byte, or packets of a known size. In TLS 1.3 the type and the padding come on top of it, which is at most
    /// one byte longer than this with them. Held between 64 and 2^14.
    ///
    /// Not while a [`Flight`](crate::Flight) collects messages: a record that is being filled may hold more.
    pub const fn set_own_limit(&mut self, limit: usize) {
        self.limits.set_own(at_least(limit));
    }

    /// Pads the records of TLS 1.3 from now on; those of TLS 1.2 have no padding of this kind.
    ///
    /// Not while a [`Flight`](crate::Flight) collects messages: a record that is being filled may hold more than a new
    /// [`Padding::ToLength`] leaves room for.
    pub const fn set_padding(&mut self, padding: Padding) {
        self.padding = padding;
    }

    /// The most bytes of content in one record.
    #[must_use]
    pub const fn content_limit(&self) -> usize {
        match &self.protection {
            Some(protection) if protection.is_tls13() => self.inner_limit().saturating_sub(1),
            protection => self.limits.of(protection.is_some()),
        }
    }

    /// The most bytes of content, type and padding in one record of TLS 1.3.
    const fn inner_limit(&self) -> usize {
        self.padding.inner_limit(self.limits.inner())
    }

    /// Seals the following records with these keys.
    ///
    /// While a [`Flight`](crate::Flight) collects messages, go through [`Flight::install`](crate::Flight::install):
    /// it seals first what belongs under the old keys.
    pub fn install(&mut self, protection: Protection) {
        self.protection = Some(protection);
        self.installed = self.installed.saturating_add(1);
    }

    /// Seals nothing from now on: a client that has sent early data and is asked for another ClientHello sends that without
    /// protection, as the first one (RFC 8446 section 4.1.2).
    ///
    /// While a [`Flight`](crate::Flight) collects messages, go through [`Flight::uninstall`](crate::Flight::uninstall).
    pub fn uninstall(&mut self) {
        self.protection = None;
        self.installed = self.installed.saturating_add(1);
    }

    /// Are records encrypted?
    #[must_use]
    pub const fn is_protected(&self) -> bool {
        self.protection.is_some()
    }

    /// How many records can still be sealed, a few alerts aside; `None` without protection, which has no limit.
    #[must_use]
    pub const fn remaining(&self) -> Option<u64> {
        match &self.protection {
            None => None,
            Some(protection) => Some(protection.remaining()),
        }
    }

    /// Whether it is time to change keys: with TLS 1.3 by a KeyUpdate (RFC 8446 section 4.6.3), which is sealed under the
    /// old keys. True while there is still room for many records more, so the caller need not be in a hurry.
    #[must_use]
    pub const fn is_key_update_due(&self) -> bool {
        match &self.protection {
            None => false,
            Some(protection) => protection.is_nearly_used_up(),
        }
    }

    /// The room that a record needs around its content at the most; what [`seal`](Self::seal) returns is what it took.
    #[must_use]
    pub const fn margins(&self) -> Margins {
        let back = match &self.protection {
            None => 0,
            Some(protection) => protection.back().saturating_add(self.most_padding()),
        };
        Margins {
            front: self.front(),
            back,
        }
    }

    const fn front(&self) -> usize {
        match &self.protection {
            None => HEADER_LEN,
            Some(protection) => HEADER_LEN.saturating_add(protection.front()),
        }
    }

    /// How many bytes [`seal_from`](Self::seal_from) makes of `content` bytes, exactly.
    #[must_use]
    pub fn sealed_len(&self, content: usize) -> usize {
        let limit = self.content_limit();
        // All but the last record are full.
        let full = content.saturating_sub(1).checked_div(limit).unwrap_or(0);
        let last = content.saturating_sub(full.saturating_mul(limit));
        full.saturating_mul(self.record_len(limit))
            .saturating_add(self.record_len(last))
    }

    /// How many bytes one record with this much content is long.
    fn record_len(&self, content: usize) -> usize {
        let fragment = match &self.protection {
            None => content,
            Some(protection) => protection
                .fragment_len(content)
                .saturating_add(self.padding_len(protection, content)),
        };
        HEADER_LEN.saturating_add(fragment)
    }

    fn padding_len(&self, protection: &Protection, content: usize) -> usize {
        if self.padding == Padding::None || !protection.is_tls13() {
            return 0;
        }
        self.padding
            .len(content.saturating_add(1), self.inner_limit())
    }

    const fn most_padding(&self) -> usize {
        match &self.protection {
            Some(protection) if protection.is_tls13() => self.padding.most(self.inner_limit()),
            _ => 0,
        }
    }

    /// Seals `buf[content]` where it lies into one record and tells where that is: from the front margin into the back
    /// margin, which it may not need all of. The rest of `buf` is not touched.
    ///
    /// Room for what this record takes is enough: it may be less than the margins.
    ///
    /// # Errors
    /// [`RecordFault::ContentTooLong`] or [`RecordFault::NoRoom`] if the caller's buffer does not fit,
    /// [`RecordFault::UnprotectedData`] for application data without keys, [`RecordFault::KeyExhausted`] before the
    /// algorithm's limit is reached, [`RecordFault::RandomFailed`] if there is no fresh IV for CBC. Nothing was sealed
    /// then, and no sequence number used.
    pub fn seal(
        &mut self,
        content_type: ContentType,
        buf: &mut [u8],
        content: Range<usize>,
    ) -> Result<Range<usize>, RecordFault> {
        let (length, limit) = (content.len(), self.content_limit());
        if length > limit {
            return Err(RecordFault::ContentTooLong { length, limit });
        }
        let needed = self.record_len(length);
        let room = buf.len();
        let no_room = RecordFault::NoRoom { needed, room };
        let start = content.start.checked_sub(self.front());
        let start = start.ok_or(no_room)?;
        let end = start.checked_add(needed).ok_or(no_room)?;
        let record = buf.get_mut(start..end).ok_or(no_room)?;
        self.seal_record(content_type, record, length)?;
        Ok(start..end)
    }

    /// Gathers `parts` into as many records as they need, one behind the other in `out`, in one pass, and tells how many
    /// bytes that made: [`sealed_len`](Self::sealed_len) of all parts together.
    ///
    /// Parts are anything that is a slice of bytes: `&[u8]`, `Vec<u8>`, `IoSlice`.
    ///
    /// # Errors
    /// As [`seal`](Self::seal), before anything is sealed; only a key that is exhausted or randomness that fails half-way
    /// is found later.
    pub fn seal_from(
        &mut self,
        content_type: ContentType,
        parts: &[impl Deref<Target = [u8]>],
        out: &mut [u8],
    ) -> Result<usize, RecordFault> {
        let total = parts
            .iter()
            .fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        let needed = self.sealed_len(total);
        let room = out.len();
        let mut out = out
            .get_mut(..needed)
            .ok_or(RecordFault::NoRoom { needed, room })?;
        let mut source = Gather::new(parts);
        let mut rest = total;
        loop {
            let length = rest.min(self.content_limit());
            out = self.seal_next(content_type, &mut source, length, out)?;
            rest = rest.saturating_sub(length);
            if rest == 0 {
                return Ok(needed);
            }
        }
    }

    /// One record of `length` bytes from `source` at the front of `out`; returns what is left of `out`.
    fn seal_next<'o, P: Deref<Target = [u8]>>(
        &mut self,
        content_type: ContentType,
        source: &mut Gather<'_, P>,
        length: usize,
        out: &'o mut [u8],
    ) -> Result<&'o mut [u8], RecordFault> {
        let front = self.front();
        let needed = self.record_len(length);
        let room = out.len();
        let no_room = RecordFault::NoRoom { needed, room };
        let (record, rest) = out.split_at_mut_checked(needed).ok_or(no_room)?;
        let content = record
            .get_mut(front..)
            .and_then(|content| content.get_mut(..length));
        source.fill(content.ok_or(no_room)?);
        self.seal_record(content_type, record, length)?;
        Ok(rest)
    }

    /// Seals a whole record: front margin, `content` bytes of content, and as much behind it as they need.
    fn seal_record(
        &mut self,
        content_type: ContentType,
        record: &mut [u8],
        content: usize,
    ) -> Result<(), RecordFault> {
        let no_room = RecordFault::NoRoom {
            needed: HEADER_LEN,
            room: record.len(),
        };
        let (header, fragment) = record
            .split_first_chunk_mut::<HEADER_LEN>()
            .ok_or(no_room)?;
        let outer = match &self.protection {
            None => (content_type, self.version),
            Some(protection) => protection.outer(content_type, self.version),
        };
        *header = header::for_fragment(outer, fragment).ok_or(no_room)?;
        match &mut self.protection {
            Some(protection) => protection.seal(content_type, fragment, content),
            None if content_type == ContentType::application_data => {
                Err(RecordFault::UnprotectedData)
            }
            None => Ok(()),
        }
    }

    /// How often keys were installed: tells a flight that they changed under its hands.
    pub(crate) const fn installed(&self) -> u32 {
        self.installed
    }
}

/// Not less than a peer may ask for.
const fn at_least(limit: usize) -> usize {
    if limit < LEAST_CONTENT_LIMIT {
        LEAST_CONTENT_LIMIT
    } else {
        limit
    }
}

impl Default for RecordSealer {
    fn default() -> Self {
        Self::new()
    }
}

/// Several slices, read as one.
struct Gather<'p, P> {
    parts: core::slice::Iter<'p, P>,
    current: &'p [u8],
}

impl<'p, P: Deref<Target = [u8]>> Gather<'p, P> {
    fn new(parts: &'p [P]) -> Self {
        Self {
            parts: parts.iter(),
            current: &[],
        }
    }

    /// Fills `out` with the next bytes, as far as there are any.
    fn fill(&mut self, mut out: &mut [u8]) {
        while !out.is_empty() {
            if self.current.is_empty() {
                match self.parts.next() {
                    Some(part) => self.current = part,
                    None => return,
                }
            }
            let length = out.len().min(self.current.len());
            let (now, later) = self.current.split_at(length);
            let (to, rest) = out.split_at_mut(length);
            to.copy_from_slice(now);
            self.current = later;
            out = rest;
        }
    }
}

#[cfg(test)]
mod tests;
