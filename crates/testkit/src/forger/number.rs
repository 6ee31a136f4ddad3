//! Numbers of any length, for key exchanges with any numbers: slow, and good for nothing but tests.

/// `base ^ exponent mod modulus`, big endian, as long as the modulus: Montgomery's way, with words of 64 bits.
///
/// The base has no more words than the modulus. With an even modulus the result is zero: nobody exchanges keys
/// with one.
#[must_use]
pub fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let Some(field) = Field::new(modulus) else {
        return vec![0; modulus.len()];
    };
    // Both as they are multiplied: times R, which is 2^(64 words).
    let one = field.doubled(&field.number(&[1]), BITS * field.modulus.len());
    let two = field.doubled(&one, 1);
    let bits = u32::try_from(BITS * field.modulus.len()).expect("not that long");
    let r_squared = field.power(&one, &two, &bits.to_be_bytes());
    let base = field.product(&field.number(base), &r_squared);
    let result = field.power(&one, &base, exponent);
    bytes(&field.product(&result, &field.number(&[1])), modulus.len())
}

/// `number + difference`, big endian, as long as the number was.
#[must_use]
pub fn plus(number: &[u8], difference: i8) -> Vec<u8> {
    let mut out = number.to_vec();
    let mut carry = i16::from(difference);
    for byte in out.iter_mut().rev() {
        let sum = i16::from(*byte) + carry;
        *byte = u8::try_from(sum.rem_euclid(256)).expect("a byte");
        carry = sum.div_euclid(256);
    }
    out
}

/// Without the zeros that it begins with.
#[must_use]
pub fn stripped(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// Words, the lowest first.
type Words = Vec<u64>;

/// Of a word.
const BITS: usize = 64;
const BYTES: usize = BITS / 8;

struct Field {
    modulus: Words,
    /// `-1 / modulus`, in the lowest word.
    inverse: u64,
}

impl Field {
    fn new(modulus: &[u8]) -> Option<Self> {
        let modulus = words(stripped(modulus), stripped(modulus).len().div_ceil(BYTES));
        let low = modulus.first().filter(|low| **low & 1 == 1)?;
        // Newton's: each step doubles the bits that are right.
        let inverse = (0..6).fold(1_u64, |x, _| {
            x.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(x)))
        });
        let inverse = inverse.wrapping_neg();
        Some(Self { modulus, inverse })
    }

    fn number(&self, bytes: &[u8]) -> Words {
        words(stripped(bytes), self.modulus.len())
    }

    fn power(&self, one: &[u64], base: &[u64], exponent: &[u8]) -> Words {
        let mut result = one.to_vec();
        for byte in stripped(exponent) {
            for bit in (0..8).rev() {
                result = self.product(&result, &result);
                if byte >> bit & 1 == 1 {
                    result = self.product(&result, base);
                }
            }
        }
        result
    }

    fn doubled(&self, number: &[u64], times: usize) -> Words {
        let mut out = number.to_vec();
        for _ in 0..times {
            let over = double(&mut out);
            if over || !less(&out, &self.modulus) {
                subtract(&mut out, &self.modulus);
            }
        }
        out
    }

    /// `a * b / 2^(64 words)`, modulo the modulus.
    fn product(&self, a: &[u64], b: &[u64]) -> Words {
        let length = self.modulus.len();
        let mut sum = vec![0; 2 * length + 2];
        for (at, word) in a.iter().enumerate() {
            let low = &mut sum[at..at + length + 2];
            add_product(low, *word, b);
            let factor = low[0].wrapping_mul(self.inverse);
            add_product(low, factor, &self.modulus);
        }
        let mut out = sum[length..2 * length].to_vec();
        let over = sum[2 * length] != 0;
        if over || !less(&out, &self.modulus) {
            subtract(&mut out, &self.modulus);
        }
        out
    }
}

fn words(bytes: &[u8], length: usize) -> Words {
    let word = |chunk: &[u8]| {
        let bytes = chunk.iter();
        bytes.fold(0, |word, byte| word << 8 | u64::from(*byte))
    };
    let mut out: Words = bytes.rchunks(BYTES).map(word).collect();
    out.resize(length, 0);
    out
}

fn bytes(words: &[u64], length: usize) -> Vec<u8> {
    let all: Vec<u8> = words.iter().rev().flat_map(|w| w.to_be_bytes()).collect();
    let number = stripped(&all);
    [vec![0; length - number.len()], number.to_vec()].concat()
}

/// Whether it overflowed.
fn double(number: &mut [u64]) -> bool {
    let mut carry = 0;
    for word in number {
        (*word, carry) = (*word << 1 | carry, *word >> (BITS - 1));
    }
    carry == 1
}

fn less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn subtract(from: &mut [u64], what: &[u64]) {
    let mut borrow = false;
    for (word, less) in from.iter_mut().zip(what) {
        let (first, one) = word.overflowing_sub(*less);
        let (second, two) = first.overflowing_sub(u64::from(borrow));
        (*word, borrow) = (second, one || two);
    }
}

/// `to` is two words longer than `number`. Here tests spend their time, and without optimisation an index costs less than
/// an iterator.
fn add_product(to: &mut [u64], factor: u64, number: &[u64]) {
    let (mut carry, mut at) = (0, 0);
    while at < number.len() {
        let product = u128::from(factor) * u128::from(number[at]);
        let sum = product + u128::from(to[at]) + u128::from(carry);
        (to[at], carry) = (low(sum), low(sum >> BITS));
        at += 1;
    }
    let (sum, over) = to[at].overflowing_add(carry);
    to[at] = sum;
    to[at + 1] += u64::from(over);
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is wanted"
)]
const fn low(sum: u128) -> u64 {
    sum as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_powers_are_right() {
        for (base, exponent, modulus) in [(2, 10, 1001), (3, 0, 7), (6, 6, 7), (12, 77, 65_521)] {
            let expected = (0..exponent).fold(1_u64, |product, _| product * base % modulus);
            let modulus = modulus.to_be_bytes();
            let exponent = [u8::try_from(exponent).unwrap()];
            let got = power(&base.to_be_bytes(), &exponent, &modulus);
            assert_eq!(got, expected.to_be_bytes(), "{base}");
        }
    }

    /// Fermat's little theorem, in a field of 2048 bits.
    #[test]
    fn a_large_power_is_right() {
        let provider = crate::cell::classic_provider();
        let prime = provider.dh_groups[0].prime();
        let one = power(&[0xab; 250], &plus(prime, -1), prime);
        assert_eq!(stripped(&one), [1]);
    }

    #[test]
    fn a_number_may_carry() {
        assert_eq!(plus(&[1, 0, 0], -1), [0, 0xff, 0xff]);
        assert_eq!(plus(&[1, 0xff], 1), [2, 0]);
    }

    #[test]
    fn an_even_modulus_gives_nothing() {
        assert_eq!(power(&[3], &[2], &[8]), [0]);
    }
}
