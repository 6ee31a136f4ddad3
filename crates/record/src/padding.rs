//! How much padding the records of TLS 1.3 get (RFC 8446 section 5.4).

/// What hides the length of a record's content; the default is nothing. Only TLS 1.3 has it.
///
/// Lengths are those of the `TLSInnerPlaintext`: content, one byte of type, padding. A record is 5 bytes of header and 16
/// of tag longer. Whatever is asked for, a record never gets longer than the peer allows.
///
/// ```
/// use premaster_record::{Padding, RecordSealer};
///
/// let mut sealer = RecordSealer::new();
/// // Every record looks the same: 1,024 bytes, be it full or empty.
/// sealer.set_padding(Padding::ToLength(1024));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// None.
    #[default]
    None,
    /// To the next multiple of this many bytes; 0 and 1 are none.
    ToMultiple(usize),
    /// To this length, which no record exceeds: content is cut into records that hold one byte less. Less than 64 counts
    /// as 64.
    ToLength(usize),
}

/// The least `ToLength`: less would make more header than content.
const LEAST_LENGTH: usize = 64;

impl Padding {
    /// The most bytes of a `TLSInnerPlaintext` where the peer allows this many.
    #[inline]
    pub(crate) const fn inner_limit(self, limit: usize) -> usize {
        match self {
            Self::ToLength(length) => least(most(length, LEAST_LENGTH), limit),
            Self::None | Self::ToMultiple(_) => limit,
        }
    }

    /// Bytes of padding behind an inner plaintext of this length, of at most `limit` bytes.
    #[inline]
    pub(crate) fn len(self, inner: usize, limit: usize) -> usize {
        let padded = match self {
            Self::None => inner,
            Self::ToMultiple(multiple) => inner
                .checked_next_multiple_of(most(multiple, 1))
                .unwrap_or(limit),
            Self::ToLength(_) => self.inner_limit(limit),
        };
        padded.min(limit).saturating_sub(inner)
    }

    /// The most that [`len`](Self::len) can be.
    #[inline]
    pub(crate) const fn most(self, limit: usize) -> usize {
        let padded = match self {
            Self::None => 0,
            Self::ToMultiple(multiple) => multiple,
            Self::ToLength(_) => self.inner_limit(limit),
        };
        least(padded, limit).saturating_sub(1)
    }
}

const fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

const fn most(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_what_was_asked_for_within_the_limit() {
        for (padding, inner, limit, wanted) in [
            (Padding::None, 10, 100, 0),
            (Padding::ToMultiple(0), 10, 100, 0),
            (Padding::ToMultiple(1), 10, 100, 0),
            (Padding::ToMultiple(16), 1, 100, 15),
            (Padding::ToMultiple(16), 16, 100, 0),
            (Padding::ToMultiple(16), 17, 100, 15),
            (Padding::ToMultiple(16), 97, 100, 3),
            (Padding::ToMultiple(16), 100, 100, 0),
            (Padding::ToMultiple(usize::MAX), 2, 100, 98),
            (Padding::ToLength(80), 1, 100, 79),
            (Padding::ToLength(80), 80, 100, 0),
            (Padding::ToLength(3), 1, 100, 63),
            (Padding::ToLength(200), 1, 100, 99),
        ] {
            assert_eq!(padding.len(inner, limit), wanted, "{padding:?} {inner}");
        }
    }

    #[test]
    fn no_padding_is_longer_than_the_most() {
        for padding in [
            Padding::None,
            Padding::ToMultiple(1),
            Padding::ToMultiple(7),
            Padding::ToMultiple(1000),
            Padding::ToLength(1),
            Padding::ToLength(90),
            Padding::ToLength(1000),
        ] {
            let limit = padding.inner_limit(100);
            let lengths = (1..=limit).map(|inner| padding.len(inner, limit));
            let most = lengths.clone().max();
            assert!(most <= Some(padding.most(limit)), "{padding:?}");
            for (inner, padding) in (1..=limit).zip(lengths) {
                assert!(inner + padding <= limit);
            }
        }
    }
}
