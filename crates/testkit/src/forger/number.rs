//! Numbers of any length, for key exchanges with any numbers: slow, and good for nothing but tests.

/// `base ^ exponent mod modulus`, big endian, as long as the modulus: Montgomery's way, with words of 32 bits.
///
/// The base has no more words than the modulus. With an even modulus the result is zero: nobody exchanges keys
/// with one.
#[must_use]
pub fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let Some(field) = Field::new(modulus) else {
        return vec![0; modulus.len()];
    };
    // Both as they are multiplied: times R, which is 2^(32 words).
    let one = field.doubled(&field.number(&[1]), 32 * field.modulus.len());
    let two = field.doubled(&one, 1);
    let bits = u32::try_from(32 * field.modulus.len()).expect("not that long");
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
type Words = Vec<u32>;

struct Field {
    modulus: Words,
    /// `-1 / modulus`, in the lowest word.
    inverse: u32,
}

impl Field {
    fn new(modulus: &[u8]) -> Option<Self> {
        let modulus = words(stripped(modulus), stripped(modulus).len().div_ceil(4));
        let low = modulus.first().filter(|low| **low & 1 == 1)?;
        // Newton's: each step doubles the bits that are right.
        let inverse = (0..5).fold(1_u32, |x, _| {
            x.wrapping_mul(2_u32.wrapping_sub(low.wrapping_mul(x)))
        });
        let inverse = inverse.wrapping_neg();
        Some(Self { modulus, inverse })
    }

    fn number(&self, bytes: &[u8]) -> Words {
        words(stripped(bytes), self.modulus.len())
    }

    fn power(&self, one: &[u32], base: &[u32], exponent: &[u8]) -> Words {
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

    fn doubled(&self, number: &[u32], times: usize) -> Words {
        let mut out = number.to_vec();
        for _ in 0..times {
            let over = double(&mut out);
            if over || !less(&out, &self.modulus) {
                subtract(&mut out, &self.modulus);
            }
        }
        out
    }

    /// `a * b / 2^(32 words)`, modulo the modulus.
    fn product(&self, a: &[u32], b: &[u32]) -> Words {
        let length = self.modulus.len();
        let mut sum = vec![0_u32; 2 * length + 2];
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
    let mut out: Words = bytes
        .rchunks(4)
        .map(|chunk| {
            chunk
                .iter()
                .fold(0, |word, byte| word << 8 | u32::from(*byte))
        })
        .collect();
    out.resize(length, 0);
    out
}

fn bytes(words: &[u32], length: usize) -> Vec<u8> {
    let all: Vec<u8> = words.iter().rev().flat_map(|w| w.to_be_bytes()).collect();
    let number = stripped(&all);
    [vec![0; length - number.len()], number.to_vec()].concat()
}

/// Whether it overflowed.
fn double(number: &mut [u32]) -> bool {
    let mut carry = 0;
    for word in number {
        (*word, carry) = (*word << 1 | carry, *word >> 31);
    }
    carry == 1
}

fn less(a: &[u32], b: &[u32]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn subtract(from: &mut [u32], what: &[u32]) {
    let mut borrow = false;
    for (word, less) in from.iter_mut().zip(what) {
        let (first, one) = word.overflowing_sub(*less);
        let (second, two) = first.overflowing_sub(u32::from(borrow));
        (*word, borrow) = (second, one || two);
    }
}

fn add_product(to: &mut [u32], factor: u32, number: &[u32]) {
    let mut carry = 0;
    for (word, other) in to.iter_mut().zip(number.iter().chain(&[0, 0])) {
        let sum = u64::from(*word) + u64::from(factor) * u64::from(*other) + carry;
        (*word, carry) = (low(sum), sum >> 32);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is wanted"
)]
const fn low(sum: u64) -> u32 {
    sum as u32
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
