//! What the tests of several files need.

#[cfg(miri)]
mod stand_in;

use std::boxed::Box;
use std::sync::LazyLock;
use std::vec::Vec;

use premaster_crypto::{
    CryptoError, DirectionKeys, MacOrder, Provider, SecretBytes, SecureRandom, Suite, SuiteVersion,
    suite_named,
};
use premaster_wire::ProtocolVersion;

use crate::{Protection, RecordOpener, RecordSealer};

/// A suite, by its name, and an order, which AEADs do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(pub(crate) &'static str, pub(crate) MacOrder);

pub(crate) const MTE: MacOrder = MacOrder::MacThenEncrypt;
pub(crate) const ETM: MacOrder = MacOrder::EncryptThenMac;

pub(crate) const GCM: Kind = Kind("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", MTE);
pub(crate) const CHACHA: Kind = Kind("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", MTE);
pub(crate) const CBC: Kind = Kind("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", MTE);
pub(crate) const CBC_ETM: Kind = Kind("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", ETM);
pub(crate) const TLS13: Kind = Kind("TLS_AES_128_GCM_SHA256", MTE);
pub(crate) const TLS13_CHACHA: Kind = Kind("TLS_CHACHA20_POLY1305_SHA256", MTE);
/// One of every kind of protection.
pub(crate) const KINDS: [Kind; 7] = [
    GCM,
    Kind("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", MTE),
    CHACHA,
    CBC,
    CBC_ETM,
    TLS13,
    TLS13_CHACHA,
];

/// Every cipher and MAC that a CBC suite has, in both orders.
pub(crate) fn cbc_kinds() -> impl Iterator<Item = Kind> {
    let suites = [
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        "TLS_RSA_WITH_AES_256_CBC_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    ];
    suites
        .into_iter()
        .flat_map(|suite| [Kind(suite, MTE), Kind(suite, ETM)])
}

impl Kind {
    pub(crate) fn suite(self) -> &'static Suite {
        suite_named(self.0).unwrap()
    }

    /// Keys of the right lengths.
    pub(crate) fn keys(self) -> DirectionKeys {
        let shape = self.suite().key_block_shape();
        let [mac_key, iv, key] = [shape.mac_key_len, shape.fixed_iv_len, shape.key_len]
            .map(|length| u8::try_from(length).unwrap());
        keys(mac_key, iv, key)
    }

    pub(crate) fn is_tls13(self) -> bool {
        self.suite().version == SuiteVersion::Tls13
    }

    pub(crate) fn protection(self, provider: &Provider, keys: DirectionKeys) -> Protection {
        let version = if self.is_tls13() {
            ProtocolVersion::TLSv1_3
        } else {
            ProtocolVersion::TLSv1_2
        };
        Protection::new(provider, self.suite(), version, self.1, keys).unwrap()
    }
}

/// Keys of these lengths: key bytes count up from 0, those of the MAC key from 0x50, IV bytes from 0xa0.
pub(crate) fn keys(mac_key: u8, iv: u8, key: u8) -> DirectionKeys {
    let count = |from: u8, length: u8| SecretBytes::new(&(from..from + length).collect::<Vec<_>>());
    DirectionKeys {
        mac_key: count(0x50, mac_key),
        key: count(0, key),
        iv: count(0xa0, iv),
    }
}

/// A backend, under Miri with AEADs that it can run.
pub(crate) fn backend() -> Provider {
    #[cfg_attr(not(miri), expect(unused_mut))]
    let mut provider = premaster_crypto_ring::provider();
    #[cfg(miri)]
    {
        provider.aeads = stand_in::aeads();
    }
    provider
}

/// Every algorithm, and IVs that are all the same: what is sealed twice is the same twice.
pub(crate) static PROVIDER: LazyLock<Provider> = LazyLock::new(|| {
    let mut provider = premaster_crypto_classic::extend(backend());
    provider.random = same(&[0xf0; 16]);
    provider
});

/// Randomness that always begins with the same bytes.
pub(crate) fn same(bytes: &[u8]) -> &'static dyn SecureRandom {
    Box::leak(Box::new(Same(bytes.to_vec())))
}

#[derive(Debug)]
struct Same(Vec<u8>);

impl SecureRandom for Same {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.copy_from_slice(self.0.get(..out.len()).ok_or(CryptoError)?);
        Ok(())
    }
}

pub(crate) fn protection(kind: Kind) -> Protection {
    kind.protection(&PROVIDER, kind.keys())
}

/// A sealer and the opener that belongs to it, after this many records; without protection if there is no kind.
pub(crate) fn pair(kind: Option<Kind>, records: u64) -> (RecordSealer, RecordOpener) {
    let (mut sealer, mut opener) = (RecordSealer::new(), RecordOpener::new());
    sealer.set_version(ProtocolVersion::TLSv1_2);
    opener.set_version(ProtocolVersion::TLSv1_2);
    if let Some(kind) = kind {
        sealer.install(protection(kind).used(records));
        opener.install(protection(kind).used(records));
    }
    (sealer, opener)
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

/// How often to try what is tried this many times; under Miri, which is a thousand times slower, a hundredth of it.
pub(crate) const fn rounds(usually: usize) -> usize {
    if cfg!(miri) { usually / 100 } else { usually }
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
