//! What the tests of several files need.

use std::vec::Vec;

use premaster_crypto::{DirectionKeys, MacOrder, SecretBytes, suite_named};
use premaster_wire::ProtocolVersion;

use crate::{Protection, RecordOpener, RecordSealer};

pub(crate) const GCM: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
pub(crate) const CHACHA: &str = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";
pub(crate) const SUITES: [&str; 3] = [GCM, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", CHACHA];

/// Keys of these lengths: key bytes count up from 0, those of the MAC key from 0x50, IV bytes from 0xa0.
pub(crate) fn keys(mac_key: u8, iv: u8, key: u8) -> DirectionKeys {
    let count = |from: u8, length: u8| SecretBytes::new(&(from..from + length).collect::<Vec<_>>());
    DirectionKeys {
        mac_key: count(0x50, mac_key),
        key: count(0, key),
        iv: count(0xa0, iv),
    }
}

pub(crate) fn protection(suite: &str) -> Protection {
    let suite = suite_named(suite).unwrap();
    let shape = suite.key_block_shape();
    let keys = keys(
        shape.mac_key_len.try_into().unwrap(),
        shape.fixed_iv_len.try_into().unwrap(),
        shape.key_len.try_into().unwrap(),
    );
    let provider = premaster_crypto_ring::provider();
    Protection::new(
        &provider,
        suite,
        ProtocolVersion::TLSv1_2,
        MacOrder::MacThenEncrypt,
        keys,
    )
    .unwrap()
}

/// A sealer and the opener that belongs to it, after this many records; without protection if there is no suite.
pub(crate) fn pair(suite: Option<&str>, records: u64) -> (RecordSealer, RecordOpener) {
    let (mut sealer, mut opener) = (RecordSealer::new(), RecordOpener::new());
    sealer.set_version(ProtocolVersion::TLSv1_2);
    opener.set_version(ProtocolVersion::TLSv1_2);
    if let Some(suite) = suite {
        sealer.install(protection(suite).used(records));
        opener.install(protection(suite).used(records));
    }
    (sealer, opener)
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

/// Numbers that look random and are the same every time (xorshift64).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn throw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.throw() % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.throw().to_be_bytes()[0]).collect()
    }
}
