//! A reader of DER (ITU-T X.690), as far as certificates need it: tag, length, content.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The tag of `[number]`, constructed.
pub(crate) const fn explicit(number: u8) -> u8 {
    0xa0 | number
}

/// The values in front of us. Nothing is recursive: each level is opened by its caller.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The content of the one value that `bytes` consists of.
    pub(crate) fn only(bytes: &'a [u8], tag: u8) -> Option<&'a [u8]> {
        let mut reader = Self(bytes);
        let content = reader.expect(tag)?;
        reader.is_empty().then_some(content)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tag and content of the next value. `None` is malformed, or the end.
    pub(crate) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        // A tag number above 30 takes more bytes; nothing in a certificate has one.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = length(first, rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next value, which has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, content) = self.next()?;
        (found == tag).then_some(content)
    }

    /// The content of the next value if it has this tag; otherwise nothing is read.
    pub(crate) fn accept(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let content = ahead.expect(tag)?;
        *self = ahead;
        Some(content)
    }
}

/// A SEQUENCE with this content.
pub(crate) fn sequence(content: &[u8]) -> Vec<u8> {
    let mut out = vec![SEQUENCE];
    match u8::try_from(content.len()) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            let bytes = content.len().to_be_bytes();
            let significant = bytes.into_iter().skip_while(|byte| *byte == 0);
            // A usize has at most eight bytes.
            out.push(0x80 | u8::try_from(significant.clone().count()).unwrap_or(8));
            out.extend(significant);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A definite length of up to three bytes in its shortest form (X.690 section 8.1.3 and section 10.1).
fn length(first: u8, rest: &[u8]) -> Option<(usize, &[u8])> {
    let (length, least, rest) = match first {
        0..=0x7f => return Some((usize::from(first), rest)),
        0x81 => {
            let (&[low], rest) = rest.split_first_chunk()?;
            (u32::from(low), 0x80, rest)
        }
        0x82 => {
            let (&bytes, rest) = rest.split_first_chunk()?;
            (u32::from(u16::from_be_bytes(bytes)), 0x100, rest)
        }
        0x83 => {
            let (&[high, middle, low], rest) = rest.split_first_chunk()?;
            (u32::from_be_bytes([0, high, middle, low]), 0x1_0000, rest)
        }
        _ => return None,
    };
    (length >= least).then_some((usize::try_from(length).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<(u8, usize)> {
        Reader::new(bytes)
            .next()
            .map(|(tag, content)| (tag, content.len()))
    }

    #[test]
    fn a_length_has_one_form() {
        let long = |prefix: &[u8], length: usize| [prefix, &vec![0; length]].concat();
        assert_eq!(read(&[0x30, 0x00]), Some((0x30, 0)));
        assert_eq!(read(&long(&[0x30, 0x7f], 127)), Some((0x30, 127)));
        assert_eq!(read(&long(&[0x30, 0x81, 0x80], 128)), Some((0x30, 128)));
        assert_eq!(
            read(&long(&[0x30, 0x82, 0x01, 0x00], 256)),
            Some((0x30, 256))
        );
        assert_eq!(
            read(&long(&[0x30, 0x83, 0x01, 0x00, 0x00], 65_536)),
            Some((0x30, 65_536))
        );
        for (why, bytes) in [
            ("empty", vec![]),
            ("no length", vec![0x30]),
            ("indefinite", vec![0x30, 0x80, 0x00, 0x00]),
            ("not the shortest: one byte", long(&[0x30, 0x81, 0x7f], 127)),
            (
                "not the shortest: two bytes",
                long(&[0x30, 0x82, 0x00, 0xff], 255),
            ),
            (
                "not the shortest: three bytes",
                long(&[0x30, 0x83, 0x00, 0xff, 0xff], 65_535),
            ),
            ("four bytes of length", vec![0x30, 0x84, 0, 0, 0, 0]),
            ("longer than what is there", vec![0x30, 0x02, 0x00]),
            ("high tag number", vec![0x1f, 0x01, 0x00]),
        ] {
            assert_eq!(read(&bytes), None, "{why}");
        }
    }

    #[test]
    fn a_sequence_is_read_as_it_was_written() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            assert_eq!(
                Reader::only(&sequence(&content), SEQUENCE),
                Some(&content[..])
            );
        }
    }

    #[test]
    fn what_is_not_there_is_not_read() {
        let mut reader = Reader::new(&[0x02, 0x01, 0x07]);
        assert_eq!(reader.accept(SEQUENCE), None);
        assert_eq!(reader.accept(INTEGER), Some(&[7][..]));
        assert!(reader.is_empty());
        assert_eq!(
            Reader::only(&[0x02, 0x01, 0x07, 0x00], INTEGER),
            None,
            "trailing byte"
        );
    }
}
