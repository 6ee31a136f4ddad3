//! Providers that fail on command, and providers that remember.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use premaster_crypto::{
    ActiveKeyExchange, Aead, AeadAlgorithm, AeadKey, CryptoError, DhGroup, KeyExchange, Provider,
    SecureRandom, SharedSecret,
};

/// A provider whose random number generator works so many times and then fails for ever.
///
/// What it makes lives as long as the process: a provider holds `'static` references.
#[must_use]
pub fn with_random_calls(provider: &Provider, calls: usize) -> Provider {
    let random = FailingRandom {
        random: provider.random,
        left: AtomicUsize::new(calls),
    };
    Provider {
        random: Box::leak(Box::new(random)),
        ..provider.clone()
    }
}

#[derive(Debug)]
struct FailingRandom {
    random: &'static dyn SecureRandom,
    left: AtomicUsize,
}

impl SecureRandom for FailingRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        let one_less = |left: usize| left.checked_sub(1);
        match self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
        {
            Ok(_) => self.random.fill(out),
            Err(_) => Err(CryptoError),
        }
    }
}

/// A provider whose groups all go through `watch`.
#[must_use]
pub fn with_groups(
    provider: &Provider,
    watch: fn(Moment<'_>) -> Result<(), CryptoError>,
) -> Provider {
    let groups = provider.groups.iter().map(|group| {
        let watched = WatchedGroup {
            group: *group,
            watch,
        };
        &*Box::leak(Box::new(watched)) as &dyn KeyExchange
    });
    Provider {
        groups: groups.collect(),
        ..provider.clone()
    }
}

/// What a watched group is about to do, or has done.
#[derive(Debug)]
pub enum Moment<'a> {
    /// A key pair is about to be made.
    Start,
    /// A shared secret was computed.
    Completed(&'a SharedSecret),
}

#[derive(Debug)]
struct WatchedGroup {
    group: &'static dyn KeyExchange,
    watch: fn(Moment<'_>) -> Result<(), CryptoError>,
}

impl KeyExchange for WatchedGroup {
    fn id(&self) -> u16 {
        self.group.id()
    }

    fn name(&self) -> &'static str {
        self.group.name()
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        (self.watch)(Moment::Start)?;
        Ok(Box::new(WatchedExchange {
            active: self.group.start()?,
            watch: self.watch,
        }))
    }

    fn respond(&self, peer_share: &[u8]) -> Result<(Vec<u8>, SharedSecret), CryptoError> {
        (self.watch)(Moment::Start)?;
        let (share, secret) = self.group.respond(peer_share)?;
        (self.watch)(Moment::Completed(&secret))?;
        Ok((share, secret))
    }

    fn tls13_only(&self) -> bool {
        self.group.tls13_only()
    }
}

struct WatchedExchange {
    active: Box<dyn ActiveKeyExchange>,
    watch: fn(Moment<'_>) -> Result<(), CryptoError>,
}

impl ActiveKeyExchange for WatchedExchange {
    fn share(&self) -> &[u8] {
        self.active.share()
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        let secret = self.active.complete(peer_share)?;
        (self.watch)(Moment::Completed(&secret))?;
        Ok(secret)
    }
}

/// A provider whose finite fields all go through `watch`.
#[must_use]
pub fn with_fields(
    provider: &Provider,
    watch: fn(Moment<'_>) -> Result<(), CryptoError>,
) -> Provider {
    let fields = provider.dh_groups.iter().map(|field| {
        let field = Arc::clone(field);
        Arc::new(WatchedField { field, watch }) as Arc<dyn DhGroup>
    });
    Provider {
        dh_groups: fields.collect(),
        ..provider.clone()
    }
}

#[derive(Debug)]
struct WatchedField {
    field: Arc<dyn DhGroup>,
    watch: fn(Moment<'_>) -> Result<(), CryptoError>,
}

impl DhGroup for WatchedField {
    fn name(&self) -> &str {
        self.field.name()
    }

    fn id(&self) -> Option<u16> {
        self.field.id()
    }

    fn prime(&self) -> &[u8] {
        self.field.prime()
    }

    fn generator(&self) -> &[u8] {
        self.field.generator()
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        (self.watch)(Moment::Start)?;
        Ok(Box::new(WatchedExchange {
            active: self.field.start()?,
            watch: self.watch,
        }))
    }
}

/// Every use of a key, in order: shared by all keys of a provider.
#[derive(Clone, Debug, Default)]
pub struct Uses(Arc<Mutex<Vec<Use>>>);

/// One use of an AEAD key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Use {
    /// Sealed or opened.
    pub sealed: bool,
    /// The key.
    pub key: Vec<u8>,
    /// The nonce.
    pub nonce: [u8; 12],
}

impl Uses {
    /// All uses so far.
    ///
    /// # Panics
    ///
    /// If a test that holds the list has panicked.
    #[must_use]
    pub fn all(&self) -> Vec<Use> {
        self.0.lock().expect("the list of uses").clone()
    }
}

impl fmt::Debug for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Use(sealed: {}, {:x?})", self.sealed, self.nonce)
    }
}

/// A provider that writes down every key and nonce that its AEADs are used with.
#[must_use]
pub fn with_uses(provider: &Provider, uses: &Uses) -> Provider {
    let aeads = provider.aeads.iter().map(|aead| {
        let spy = SpyAead {
            aead: *aead,
            uses: uses.clone(),
        };
        &*Box::leak(Box::new(spy)) as &dyn Aead
    });
    Provider {
        aeads: aeads.collect(),
        ..provider.clone()
    }
}

#[derive(Debug)]
struct SpyAead {
    aead: &'static dyn Aead,
    uses: Uses,
}

impl Aead for SpyAead {
    fn algorithm(&self) -> AeadAlgorithm {
        self.aead.algorithm()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        Ok(Box::new(SpyKey {
            aead: self.aead.key(key)?,
            key: key.to_vec(),
            uses: self.uses.clone(),
        }))
    }
}

struct SpyKey {
    aead: Box<dyn AeadKey>,
    key: Vec<u8>,
    uses: Uses,
}

impl SpyKey {
    fn note(&self, sealed: bool, nonce: &[u8; 12]) {
        let (key, nonce) = (self.key.clone(), *nonce);
        let used = Use { sealed, key, nonce };
        self.uses.0.lock().expect("the list of uses").push(used);
    }
}

impl AeadKey for SpyKey {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        self.note(true, nonce);
        self.aead.seal(nonce, aad, in_out)
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Result<usize, CryptoError> {
        self.note(false, nonce);
        self.aead.open(nonce, aad, in_out)
    }
}
