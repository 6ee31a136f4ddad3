//! Hashes and MACs of messages whose length is secret: tools for backends.
//!
//! After MAC-then-encrypt the padding tells how long the content is, and a MAC that took a compression more or
//! less for it would tell the padding (Lucky 13, property 14). A Diffie-Hellman secret loses its leading zeros
//! before it is hashed, and the time would tell how many there were (Raccoon, property 8). So here only the
//! room that a message could fill decides what is computed and which bytes are touched: the byte 0x80, the length
//! field and the hash value are put where they belong by masks.
//!
//! ```
//! use premaster_crypto::hidden::{MacKey, State256};
//! use premaster_crypto::{HashAlgorithm, HmacKey};
//!
//! let key = MacKey::<State256>::new(b"key");
//! let mut mac = [0; 32];
//! // Only `cont` counts; how much of the rest is no part of it does not show.
//! key.sign_hidden(&[b"header"], b"content?", 4, &mut mac);
//! let plain = HmacKey::new(HashAlgorithm::Sha256, b"key").sign(&[b"header", b"cont"]);
//! assert_eq!(mac, plain[..]);
//! ```

use core::fmt;
use core::hint::black_box;

pub use crate::compress::{Compress, MAX_BLOCK, State256, State384};

use crate::compress::MAX_OUTPUT;
use crate::frame::Aligned;
use crate::hash::Running;
use crate::hmac::Keyed;
use crate::secret::wipe;

/// An HMAC key (RFC 2104) over any compression function, which also signs messages of a hidden length.
///
/// Made once for many messages; erased on drop.
pub struct MacKey<C: Compress>(Keyed<C>);

impl<C: Compress> MacKey<C> {
    /// Prepares `key`, of any length.
    pub fn new(key: &[u8]) -> Self {
        Self(Keyed::new(key))
    }

    /// The MAC of `parts`, one after the other, into `mac`.
    ///
    /// # Panics
    /// When `mac` is not [`OUTPUT`](Compress::OUTPUT) bytes long.
    pub fn sign(&self, parts: &[&[u8]], mac: &mut [u8]) {
        let mut state = C::INITIAL;
        self.0.sign(parts.iter().copied(), &mut state);
        state.write(mac);
    }

    /// The MAC of `parts` and then the first `len` bytes of `hidden`, in constant time: every `len` costs the
    /// same compressions and touches the same bytes. A `len` beyond the end means all of `hidden`.
    ///
    /// What surely belongs to the message should be in `parts`, where it is hashed in place.
    ///
    /// # Panics
    /// When `mac` is not [`OUTPUT`](Compress::OUTPUT) bytes long.
    pub fn sign_hidden(&self, parts: &[&[u8]], hidden: &[u8], len: usize, mac: &mut [u8]) {
        let mut inner = [0; MAX_OUTPUT];
        let inner = &mut inner[..C::OUTPUT];
        let mut hash = Running::new(self.0.inner.clone(), C::BLOCK as u64);
        parts.iter().for_each(|part| hash.update(part));
        finish(hash, hidden, len, inner);
        let mut outer = Running::new(self.0.outer.clone(), C::BLOCK as u64);
        outer.update(inner);
        outer.finish().write(mac);
    }
}

impl<C: Compress> fmt::Debug for MacKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey")
    }
}

/// A mask of ones when `a < b`, of zeros otherwise. Neither is above `isize::MAX`: no length is.
pub fn is_below(a: usize, b: usize) -> usize {
    let below = a.wrapping_sub(b) >> (usize::BITS - 1);
    black_box(below).wrapping_neg()
}

/// Moves `bytes` to the left by a secret distance that is no longer than they are; zeros come in from the right.
pub fn shift_left(bytes: &mut [u8], distance: usize) {
    let mut step = 1;
    while step <= bytes.len() {
        // A distance is a sum of powers of two: each is taken or not, by a mask.
        let taken = is_below(0, distance & step) as u8;
        let end = bytes.len() - step;
        for place in 0..end {
            bytes[place] ^= (bytes[place] ^ bytes[place + step]) & taken;
        }
        bytes[end..].iter_mut().for_each(|byte| *byte &= !taken);
        step *= 2;
    }
}

/// How many zeros there are at the beginning of `bytes`, in constant time.
pub(crate) fn leading_zeros(bytes: &[u8]) -> usize {
    let (mut leading, mut zeros) = (usize::MAX, 0);
    for byte in bytes {
        leading &= is_below(usize::from(*byte), 1);
        zeros += leading & 1;
    }
    zeros
}

/// The first `len` bytes of `key`, whose number is secret, as the key of one block that HMAC makes of them
/// (RFC 2104 section 2): hashed when they are longer than a block. What comes after them is zeros.
pub(crate) fn hmac_key<C: Compress>(key: &[u8], len: usize) -> Aligned<MAX_BLOCK> {
    let mut block = Aligned([0; MAX_BLOCK]);
    let short = key.len().min(C::BLOCK);
    block.0[..short].copy_from_slice(&key[..short]);
    if key.len() > C::BLOCK {
        let mut hashed = [0; MAX_BLOCK];
        finish(
            Running::new(C::INITIAL, 0),
            key,
            len,
            &mut hashed[..C::OUTPUT],
        );
        let is_long = is_below(C::BLOCK, len) as u8;
        for (byte, hashed) in block.0.iter_mut().zip(hashed) {
            *byte ^= (*byte ^ hashed) & is_long;
        }
        wipe(&mut hashed);
    }
    block
}

/// Ends a hash with the first `len` bytes of `hidden`, and writes its value to `out`.
///
/// ```text
///   what was appended | hidden .. len | 80 00 .. 00 | length |   the block where it ends, wherever that is
///                                                            | zeros |   compressed for nothing
/// ```
fn finish<C: Compress>(mut hash: Running<C>, hidden: &[u8], len: usize, out: &mut [u8]) {
    let len = black_box(len);
    let len = len ^ ((len ^ hidden.len()) & is_below(hidden.len(), len));
    let end = hash.filled + len;
    let last = (end + C::LENGTH_FIELD) >> C::BLOCK.trailing_zeros();
    let bits = ((hash.total + len as u64) * 8).to_be_bytes();
    let blocks = (hash.filled + hidden.len() + C::LENGTH_FIELD) / C::BLOCK + 1;
    let (mut filled, mut rest) = (hash.filled, hidden);
    let mut value = [0; MAX_OUTPUT];
    out.fill(0);
    for index in 0..blocks {
        let block = &mut hash.block[..C::BLOCK];
        let (now, later) = rest.split_at(rest.len().min(C::BLOCK - filled));
        block[filled..filled + now.len()].copy_from_slice(now);
        block[filled + now.len()..].fill(0);
        (filled, rest) = (0, later);
        cut(block, index * C::BLOCK, end);
        let is_last = !(is_below(index, last) | is_below(last, index)) as u8;
        for (byte, length) in block[C::BLOCK - 8..].iter_mut().zip(bits) {
            *byte |= length & is_last;
        }
        hash.state.compress(block);
        hash.state.write(&mut value[..C::OUTPUT]);
        for (out, value) in out.iter_mut().zip(value) {
            *out |= value & is_last;
        }
    }
    wipe(&mut value);
}

/// Keeps of a block that begins at `start` what is before `end`, puts 0x80 at `end`, and zeros behind.
fn cut(block: &mut [u8], start: usize, end: usize) {
    // Within the block, or one before it, or at its end: so that the loop computes with 16 bits.
    let after = (end + 1).wrapping_sub(start) & is_below(start, end + 1);
    let after = after ^ ((after ^ (block.len() + 1)) & is_below(block.len() + 1, after));
    let end = black_box(after as i16 - 1);
    for (place, byte) in (0i16..).zip(block) {
        let before = ((place - end) >> 15) as u8;
        let up_to = ((place - end - 1) >> 15) as u8;
        *byte = (*byte & before) | (0x80 & (before ^ up_to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HashAlgorithm, HmacKey};
    use alloc::vec::Vec;
    use core::cell::RefCell;
    use std::thread_local;

    fn bytes(len: usize) -> Vec<u8> {
        (1..=255).cycle().take(len).collect()
    }

    /// Every length in every room, after every number of bytes that are already there.
    #[test]
    fn a_hidden_length_gives_the_mac_of_what_it_keeps() {
        fn check<C: Compress>(algorithm: HashAlgorithm) {
            let (key, plain) = (MacKey::<C>::new(b"key"), HmacKey::new(algorithm, b"key"));
            let data = bytes(400);
            let mut mac = [0; MAX_OUTPUT];
            let mac = &mut mac[..C::OUTPUT];
            for before in (0..C::BLOCK).chain([200]) {
                let (open, rest) = data.split_at(before);
                for room in [0, 1, 15, 16, 40, 64, 120, 200] {
                    for len in (0..=room).step_by(1 + room / 40).chain([room]) {
                        key.sign_hidden(&[b"header", open], &rest[..room], len, mac);
                        let expected = plain.sign(&[b"header", open, &rest[..len]]);
                        assert_eq!(mac, &expected[..], "{before} {room} {len}");
                    }
                }
            }
            key.sign_hidden(&[&data[..3]], &data[..100], 101, mac);
            assert_eq!(mac, &plain.sign(&[&data[..3], &data[..100]])[..]);
            key.sign(&[&data, &data], mac);
            assert_eq!(mac, &plain.sign(&[&data, &data])[..]);
        }
        check::<State256>(HashAlgorithm::Sha256);
        check::<State384>(HashAlgorithm::Sha384);
    }

    thread_local! {
        static COMPRESSED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    /// A state that notes how many bytes each compression absorbs.
    #[derive(Clone)]
    struct Counting(State256);

    impl Compress for Counting {
        const INITIAL: Self = Self(State256::INITIAL);
        const BLOCK: usize = State256::BLOCK;
        const OUTPUT: usize = State256::OUTPUT;
        const LENGTH_FIELD: usize = State256::LENGTH_FIELD;

        fn compress(&mut self, blocks: &[u8]) {
            COMPRESSED.with_borrow_mut(|compressed| compressed.push(blocks.len()));
            self.0.compress(blocks);
        }

        fn write(&self, out: &mut [u8]) {
            self.0.write(out);
        }

        fn wipe(&mut self) {
            self.0.wipe();
        }
    }

    /// Property 14: what is compressed depends on the room alone, never on the length within it.
    #[test]
    fn every_length_costs_the_same_compressions() {
        let (key, data) = (MacKey::<Counting>::new(b"key"), bytes(700));
        for (before, room) in [(0, 0), (13, 255), (50, 255), (413, 255), (63, 1), (0, 700)] {
            let (open, rest) = data[..before + room].split_at(before);
            let costs = |len| {
                COMPRESSED.take();
                key.sign_hidden(&[open], rest, len, &mut [0; 32]);
                COMPRESSED.take()
            };
            let expected = costs(room);
            assert!((0..=room).all(|len| costs(len) == expected), "{room}");
        }
    }

    /// Property 8: the same for a key that lost some of its leading bytes.
    #[test]
    fn every_length_of_a_key_costs_the_same_compressions() {
        for room in [32, 64, 65, 128, 256, 512] {
            let costs = |len| {
                COMPRESSED.take();
                hmac_key::<Counting>(&bytes(room), len);
                COMPRESSED.take()
            };
            let expected = costs(room);
            assert!((0..=room).all(|len| costs(len) == expected), "{room}");
        }
    }

    #[test]
    fn a_key_of_hidden_length_is_padded_or_hashed_as_the_rfc_says() {
        fn check<C: Compress>(algorithm: HashAlgorithm) {
            for room in [
                0,
                1,
                C::BLOCK - 1,
                C::BLOCK,
                C::BLOCK + 1,
                2 * C::BLOCK,
                300,
            ] {
                for len in 0..=room {
                    let mut key = bytes(room);
                    key[len..].fill(0);
                    let plain = HmacKey::new(algorithm, &key[..len]).sign(&[b"message"]);
                    let block = hmac_key::<C>(&key, len);
                    let hidden = HmacKey::new(algorithm, &block.0[..C::BLOCK]);
                    assert_eq!(hidden.sign(&[b"message"]), plain, "{room} {len}");
                }
            }
        }
        check::<State256>(HashAlgorithm::Sha256);
        check::<State384>(HashAlgorithm::Sha384);
    }

    #[test]
    fn bytes_move_to_the_left_by_any_distance() {
        for len in [0, 1, 2, 3, 7, 8, 9, 20, 48, 64, 100] {
            for distance in 0..=len {
                let mut moved = bytes(len);
                shift_left(&mut moved, distance);
                let mut expected = bytes(len)[distance..].to_vec();
                expected.resize(len, 0);
                assert_eq!(moved, expected, "{distance} of {len}");
            }
        }
    }

    #[test]
    fn only_zeros_at_the_beginning_are_counted() {
        for zeros in 0..=20 {
            let mut bytes = [&[0; 20][..zeros], &[1, 0, 0, 255, 128, 0]].concat();
            assert_eq!(leading_zeros(&bytes), zeros);
            bytes[zeros] = 128;
            assert_eq!(leading_zeros(&bytes), zeros);
        }
        assert_eq!(leading_zeros(&[0; 300]), 300);
    }
}
