//! The padding of CBC records: each of its bytes is the number of those that follow the first (RFC 5246 section 6.2.3.2).

use core::hint::black_box;

use premaster_crypto::hidden::is_below;

/// The most bytes that padding takes: a length byte of 255, and itself.
pub(super) const MAX: usize = 256;

/// Writes padding over all of `room`: what is left of the last block.
pub(super) fn write(room: &mut [u8]) {
    room.fill((room.len() - 1) as u8);
}

/// What was found, all of it secret.
pub(super) struct Padding {
    /// Ones when all of it is as it should be, zeros otherwise.
    pub(super) is_right: u8,
    /// Bytes that are neither content nor MAC; 1 when the padding is wrong, as if it were the shortest
    /// (RFC 5246 section 6.2.3.2, note on the timing channel).
    pub(super) len: usize,
}

/// Reads the padding at the end of `plaintext`, of which the first `before` bytes cannot belong to it.
///
/// Every byte that padding could reach is looked at, whatever the last one says.
pub(super) fn read(plaintext: &[u8], before: usize) -> Padding {
    let Some(last) = plaintext.last().copied().map(black_box) else {
        return Padding {
            is_right: 0,
            len: 0,
        };
    };
    let reach = plaintext.len().min(MAX);
    let mut wrong = 0;
    for (distance, byte) in (0i16..).zip(plaintext[plaintext.len() - reach..].iter().rev()) {
        let is_padding = ((distance - i16::from(last) - 1) >> 15) as u8;
        wrong |= (byte ^ last) & is_padding;
    }
    let fits = is_below(usize::from(last) + before, plaintext.len());
    let is_right = fits & is_below(usize::from(wrong), 1);
    Padding {
        is_right: is_right as u8,
        len: 1 + (usize::from(last) & is_right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    /// Property 13: every byte of the padding counts.
    #[test]
    fn padding_is_right_when_all_of_its_bytes_are() {
        for len in [16, 32, 256, 272, 512] {
            for before in [0, 1, 15] {
                for last in 0..=255 {
                    let mut plaintext = vec![0xee; len];
                    let fits = last + 1 + before <= len;
                    let start = len.saturating_sub(last + 1);
                    plaintext[start..].fill(last as u8);
                    let padding = read(&plaintext, before);
                    let found = if fits { (0xff, last + 1) } else { (0, 1) };
                    assert_eq!((padding.is_right, padding.len), found, "{last} of {len}");
                    for place in start..len - 1 {
                        plaintext[place] ^= 1 << (place % 8);
                        let padding = read(&plaintext, before);
                        assert_eq!((padding.is_right, padding.len), (0, 1), "{place}");
                        plaintext[place] ^= 1 << (place % 8);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_right() {
        for len in 1..=16 {
            let mut plaintext = [0xee; 32];
            write(&mut plaintext[32 - len..]);
            let padding = read(&plaintext, 0);
            assert_eq!((padding.is_right, padding.len), (0xff, len));
        }
    }
}
