//! The primes of RFC 7919 appendix A and RFC 3526, which the tests below compute anew. This file is a table.

/// RFC 7919 appendix A.1.
pub(super) const FFDHE2048: [u8; 256] = hex(
    "FFFFFFFFFFFFFFFF ADF85458A2BB4A9A AFDC5620273D3CF1 D8B9C583CE2D3695 A9E13641146433FB CC939DCE249B3EF9 \
     7D2FE363630C75D8 F681B202AEC4617A D3DF1ED5D5FD6561 2433F51F5F066ED0 856365553DED1AF3 B557135E7F57C935 \
     984F0C70E0E68B77 E2A689DAF3EFE872 1DF158A136ADE735 30ACCA4F483A797A BC0AB182B324FB61 D108A94BB2C8E3FB \
     B96ADAB760D7F468 1D4F42A3DE394DF4 AE56EDE76372BB19 0B07A7C8EE0A6D70 9E02FCE1CDF7E2EC C03404CD28342F61 \
     9172FE9CE98583FF 8E4F1232EEF28183 C3FE3B1B4C6FAD73 3BB5FCBC2EC22005 C58EF1837D1683B2 C6F34A26C1B2EFFA \
     886B423861285C97 FFFFFFFFFFFFFFFF",
);

/// RFC 7919 appendix A.2.
pub(super) const FFDHE3072: [u8; 384] = hex(
    "FFFFFFFFFFFFFFFF ADF85458A2BB4A9A AFDC5620273D3CF1 D8B9C583CE2D3695 A9E13641146433FB CC939DCE249B3EF9 \
     7D2FE363630C75D8 F681B202AEC4617A D3DF1ED5D5FD6561 2433F51F5F066ED0 856365553DED1AF3 B557135E7F57C935 \
     984F0C70E0E68B77 E2A689DAF3EFE872 1DF158A136ADE735 30ACCA4F483A797A BC0AB182B324FB61 D108A94BB2C8E3FB \
     B96ADAB760D7F468 1D4F42A3DE394DF4 AE56EDE76372BB19 0B07A7C8EE0A6D70 9E02FCE1CDF7E2EC C03404CD28342F61 \
     9172FE9CE98583FF 8E4F1232EEF28183 C3FE3B1B4C6FAD73 3BB5FCBC2EC22005 C58EF1837D1683B2 C6F34A26C1B2EFFA \
     886B4238611FCFDC DE355B3B6519035B BC34F4DEF99C0238 61B46FC9D6E6C907 7AD91D2691F7F7EE 598CB0FAC186D91C \
     AEFE130985139270 B4130C93BC437944 F4FD4452E2D74DD3 64F2E21E71F54BFF 5CAE82AB9C9DF69E E86D2BC522363A0D \
     ABC521979B0DEADA 1DBF9A42D5C4484E 0ABCD06BFA53DDEF 3C1B20EE3FD59D7C 25E41D2B66C62E37 FFFFFFFFFFFFFFFF",
);

/// RFC 7919 appendix A.3.
pub(super) const FFDHE4096: [u8; 512] = hex(
    "FFFFFFFFFFFFFFFF ADF85458A2BB4A9A AFDC5620273D3CF1 D8B9C583CE2D3695 A9E13641146433FB CC939DCE249B3EF9 \
     7D2FE363630C75D8 F681B202AEC4617A D3DF1ED5D5FD6561 2433F51F5F066ED0 856365553DED1AF3 B557135E7F57C935 \
     984F0C70E0E68B77 E2A689DAF3EFE872 1DF158A136ADE735 30ACCA4F483A797A BC0AB182B324FB61 D108A94BB2C8E3FB \
     B96ADAB760D7F468 1D4F42A3DE394DF4 AE56EDE76372BB19 0B07A7C8EE0A6D70 9E02FCE1CDF7E2EC C03404CD28342F61 \
     9172FE9CE98583FF 8E4F1232EEF28183 C3FE3B1B4C6FAD73 3BB5FCBC2EC22005 C58EF1837D1683B2 C6F34A26C1B2EFFA \
     886B4238611FCFDC DE355B3B6519035B BC34F4DEF99C0238 61B46FC9D6E6C907 7AD91D2691F7F7EE 598CB0FAC186D91C \
     AEFE130985139270 B4130C93BC437944 F4FD4452E2D74DD3 64F2E21E71F54BFF 5CAE82AB9C9DF69E E86D2BC522363A0D \
     ABC521979B0DEADA 1DBF9A42D5C4484E 0ABCD06BFA53DDEF 3C1B20EE3FD59D7C 25E41D2B669E1EF1 6E6F52C3164DF4FB \
     7930E9E4E58857B6 AC7D5F42D69F6D18 7763CF1D55034004 87F55BA57E31CC7A 7135C886EFB4318A ED6A1E012D9E6832 \
     A907600A918130C4 6DC778F971AD0038 092999A333CB8B7A 1A1DB93D7140003C 2A4ECEA9F98D0ACC 0A8291CDCEC97DCF \
     8EC9B55A7F88A46B 4DB5A851F44182E1 C68A007E5E655F6A FFFFFFFFFFFFFFFF",
);

/// RFC 3526 section 3: group 14.
pub(super) const MODP2048: [u8; 256] = hex(
    "FFFFFFFFFFFFFFFF C90FDAA22168C234 C4C6628B80DC1CD1 29024E088A67CC74 020BBEA63B139B22 514A08798E3404DD \
     EF9519B3CD3A431B 302B0A6DF25F1437 4FE1356D6D51C245 E485B576625E7EC6 F44C42E9A637ED6B 0BFF5CB6F406B7ED \
     EE386BFB5A899FA5 AE9F24117C4B1FE6 49286651ECE45B3D C2007CB8A163BF05 98DA48361C55D39A 69163FA8FD24CF5F \
     83655D23DCA3AD96 1C62F356208552BB 9ED529077096966D 670C354E4ABC9804 F1746C08CA18217C 32905E462E36CE3B \
     E39E772C180E8603 9B2783A2EC07A28F B5C55DF06F4C52C9 DE2BCBF695581718 3995497CEA956AE5 15D2261898FA0510 \
     15728E5A8AACAA68 FFFFFFFFFFFFFFFF",
);

/// RFC 3526 section 4: group 15.
pub(super) const MODP3072: [u8; 384] = hex(
    "FFFFFFFFFFFFFFFF C90FDAA22168C234 C4C6628B80DC1CD1 29024E088A67CC74 020BBEA63B139B22 514A08798E3404DD \
     EF9519B3CD3A431B 302B0A6DF25F1437 4FE1356D6D51C245 E485B576625E7EC6 F44C42E9A637ED6B 0BFF5CB6F406B7ED \
     EE386BFB5A899FA5 AE9F24117C4B1FE6 49286651ECE45B3D C2007CB8A163BF05 98DA48361C55D39A 69163FA8FD24CF5F \
     83655D23DCA3AD96 1C62F356208552BB 9ED529077096966D 670C354E4ABC9804 F1746C08CA18217C 32905E462E36CE3B \
     E39E772C180E8603 9B2783A2EC07A28F B5C55DF06F4C52C9 DE2BCBF695581718 3995497CEA956AE5 15D2261898FA0510 \
     15728E5A8AAAC42D AD33170D04507A33 A85521ABDF1CBA64 ECFB850458DBEF0A 8AEA71575D060C7D B3970F85A6E1E4C7 \
     ABF5AE8CDB0933D7 1E8C94E04A25619D CEE3D2261AD2EE6B F12FFA06D98A0864 D87602733EC86A64 521F2B18177B200C \
     BBE117577A615D6C 770988C0BAD946E2 08E24FA074E5AB31 43DB5BFCE0FD108E 4B82D120A93AD2CA FFFFFFFFFFFFFFFF",
);

/// RFC 3526 section 5: group 16.
pub(super) const MODP4096: [u8; 512] = hex(
    "FFFFFFFFFFFFFFFF C90FDAA22168C234 C4C6628B80DC1CD1 29024E088A67CC74 020BBEA63B139B22 514A08798E3404DD \
     EF9519B3CD3A431B 302B0A6DF25F1437 4FE1356D6D51C245 E485B576625E7EC6 F44C42E9A637ED6B 0BFF5CB6F406B7ED \
     EE386BFB5A899FA5 AE9F24117C4B1FE6 49286651ECE45B3D C2007CB8A163BF05 98DA48361C55D39A 69163FA8FD24CF5F \
     83655D23DCA3AD96 1C62F356208552BB 9ED529077096966D 670C354E4ABC9804 F1746C08CA18217C 32905E462E36CE3B \
     E39E772C180E8603 9B2783A2EC07A28F B5C55DF06F4C52C9 DE2BCBF695581718 3995497CEA956AE5 15D2261898FA0510 \
     15728E5A8AAAC42D AD33170D04507A33 A85521ABDF1CBA64 ECFB850458DBEF0A 8AEA71575D060C7D B3970F85A6E1E4C7 \
     ABF5AE8CDB0933D7 1E8C94E04A25619D CEE3D2261AD2EE6B F12FFA06D98A0864 D87602733EC86A64 521F2B18177B200C \
     BBE117577A615D6C 770988C0BAD946E2 08E24FA074E5AB31 43DB5BFCE0FD108E 4B82D120A9210801 1A723C12A787E6D7 \
     88719A10BDBA5B26 99C327186AF4E23C 1A946834B6150BDA 2583E9CA2AD44CE8 DBBBC2DB04DE8EF9 2E8EFC141FBECAA6 \
     287C59474E6BC05D 99B2964FA090C3A2 233BA186515BE7ED 1F612970CEE2D7AF B81BDD762170481C D0069127D5B05AA9 \
     93B4EA988D8FDDC1 86FFB7DC90A6C08F 4DF435C934063199 FFFFFFFFFFFFFFFF",
);

/// The bytes that hexadecimal digits stand for; spaces may be among them.
const fn hex<const N: usize>(text: &str) -> [u8; N] {
    let (mut bytes, text) = ([0; N], text.as_bytes());
    let (mut at, mut digits) = (0, 0);
    while at < text.len() {
        let digit = match text[at] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'A'..=b'F' => digit - b'A' + 10,
            space => {
                assert!(space == b' ');
                at += 1;
                continue;
            }
        };
        bytes[digits / 2] = (bytes[digits / 2] << 4) | digit;
        (at, digits) = (at + 1, digits + 1);
    }
    assert!(digits == 2 * N);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// A number from 0 to below 16, as its integer part and then 32 bits of fraction each.
    type Fixed = Vec<u32>;

    /// More bits of fraction than any prime has, and some against rounding.
    const WORDS: usize = 1 + 4096 / 32 + 2;

    fn integer(value: u32) -> Fixed {
        let mut number = vec![0; WORDS];
        number[0] = value;
        number
    }

    fn divide(number: &mut Fixed, divisor: u32) {
        let mut rest = 0;
        for word in number {
            let part = (rest << 32) | u64::from(*word);
            *word = u32::try_from(part / u64::from(divisor)).unwrap();
            rest = part % u64::from(divisor);
        }
    }

    fn combine(number: &mut Fixed, other: &Fixed, sign: i64) {
        let mut carry = 0;
        for (word, other) in number.iter_mut().zip(other).rev() {
            let sum = i64::from(*word) + sign * i64::from(*other) + carry;
            *word = u32::try_from(sum.rem_euclid(1 << 32)).unwrap();
            carry = sum.div_euclid(1 << 32);
        }
        assert_eq!(carry, 0);
    }

    /// 1/0! + 1/1! + 1/2! + ...
    fn e() -> Fixed {
        let (mut sum, mut term) = (integer(0), integer(1));
        for n in 1.. {
            combine(&mut sum, &term, 1);
            divide(&mut term, n);
            if term.iter().all(|word| *word == 0) {
                break;
            }
        }
        sum
    }

    /// 16 arctan(1/5) - 4 arctan(1/239) (Machin), where arctan(1/x) = 1/x - 1/3x^3 + 1/5x^5 - ...
    fn pi() -> Fixed {
        let mut sum = integer(0);
        for (factor, x, sign) in [(16, 5, 1), (4, 239, -1)] {
            let (mut power, mut sign) = (integer(factor), sign);
            divide(&mut power, x);
            for n in (1..).step_by(2) {
                let mut term = power.clone();
                divide(&mut term, n);
                if term.iter().all(|word| *word == 0) {
                    break;
                }
                combine(&mut sum, &term, sign);
                divide(&mut power, x * x);
                sign = -sign;
            }
        }
        sum
    }

    /// `2^bits - 2^(bits-64) + ([2^(bits-130) number] + x) * 2^64 - 1`, big endian.
    fn prime(bits: usize, number: &Fixed, x: u64) -> Vec<u8> {
        // [2^(bits-130) number] has bits - 128 bits: two bits before the point and bits - 130 behind.
        let mut middle: Vec<u8> = Vec::new();
        let bit = |index: usize| (number[index / 32] >> (31 - index % 32)) & 1;
        for byte in 0..bits / 8 - 16 {
            let bits = (0..8).map(|place| bit(30 + 8 * byte + place));
            middle.push(u8::try_from(bits.fold(0, |byte, bit| 2 * byte + bit)).unwrap());
        }
        // The 1 that is subtracted makes the last 64 bits ones, and is missing here.
        let mut carry = x - 1;
        for byte in middle.iter_mut().rev() {
            carry += u64::from(*byte);
            *byte = u8::try_from(carry & 0xff).unwrap();
            carry >>= 8;
        }
        assert_eq!(carry, 0);
        [&[0xff; 8][..], &middle, &[0xff; 8]].concat()
    }

    /// Property 7: the numbers are those whose origin everybody can check, not one digit else.
    #[test]
    fn every_prime_follows_its_formula() {
        let (e, pi) = (e(), pi());
        assert_eq!(prime(2048, &e, 560_316), FFDHE2048);
        assert_eq!(prime(3072, &e, 2_625_351), FFDHE3072);
        assert_eq!(prime(4096, &e, 5_736_041), FFDHE4096);
        assert_eq!(prime(2048, &pi, 124_476), MODP2048);
        assert_eq!(prime(3072, &pi, 1_690_314), MODP3072);
        assert_eq!(prime(4096, &pi, 240_904), MODP4096);
    }
}
