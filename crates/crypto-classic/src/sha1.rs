//! SHA-1 (FIPS 180-4 section 6.1), for HMAC alone: its collisions do not touch HMAC, but nothing else may use it.

use premaster_crypto::hidden::Compress;
use sha1::block_api::compress;
use zeroize::Zeroize;

/// A chaining value of SHA-1.
#[derive(Clone)]
pub(crate) struct State([u32; 5]);

impl Compress for State {
    const INITIAL: Self = Self([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
    const BLOCK: usize = 64;
    const OUTPUT: usize = 20;
    const LENGTH_FIELD: usize = 8;

    #[inline]
    fn compress(&mut self, blocks: &[u8]) {
        compress(&mut self.0, blocks.as_chunks().0);
    }

    #[inline]
    fn write(&self, out: &mut [u8]) {
        for (bytes, word) in out.as_chunks_mut().0.iter_mut().zip(self.0) {
            *bytes = word.to_be_bytes();
        }
    }

    fn wipe(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::State;
    use premaster_crypto::hidden::MacKey;
    use std::vec::Vec;

    /// RFC 2202 section 3: test cases 1, 2 and 6, the last with a key longer than a block.
    #[test]
    fn the_published_hmac_vectors_are_met() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b617318655057264e28bc0b6fb378c8ef146be00",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
            (
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            ),
        ];
        for (key, data, expected) in cases {
            let key = MacKey::<State>::new(key);
            let mut mac = [0; 20];
            key.sign(&[data], &mut mac);
            assert_eq!(hex(&mac), expected);
            key.sign_hidden(&[], &[data, &[7; 9]].concat(), data.len(), &mut mac);
            assert_eq!(hex(&mac), expected);
        }
    }

    fn hex(bytes: &[u8]) -> std::string::String {
        let digits: Vec<_> = bytes
            .iter()
            .map(|byte| std::format!("{byte:02x}"))
            .collect();
        digits.concat()
    }
}
