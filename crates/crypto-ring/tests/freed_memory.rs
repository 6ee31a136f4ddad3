//! No secret is left in memory that was given back to the allocator.
//!
//! The allocator of this test looks for the secrets in every block that is freed. It is the one
//! place here that needs `unsafe`: an allocator cannot be written without.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use premaster_crypto::tls12::{KeyBlock, MasterSecret};
use premaster_crypto::{
    AeadAlgorithm, BulkCipher, DirectionKeys, HashAlgorithm, SharedSecret, Side, hkdf, suite,
};
use premaster_crypto_ring::provider;
use sha2::block_api::compress256;

/// The first 8 bytes of each secret that is looked for; zero for none.
static WATCHED: [AtomicU64; 16] = [const { AtomicU64::new(0) }; 16];
/// How often a watched secret was in freed memory.
static FOUND: AtomicUsize = AtomicUsize::new(0);

struct Watching;

// SAFETY: memory comes from and goes to `System`, with the layout that it came with.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that all of it may be read when it is freed.
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `alloc` made this block, of this size, and filled it.
        let bytes = unsafe { core::slice::from_raw_parts(block, layout.size()) };
        look(bytes);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

fn look(bytes: &[u8]) {
    for window in bytes.windows(8) {
        let window = beginning(window);
        if window != 0
            && WATCHED
                .iter()
                .any(|watched| watched.load(Relaxed) == window)
        {
            FOUND.fetch_add(1, Relaxed);
        }
    }
}

/// Looks for `secret` from now on. It is an array of the test, never on the heap itself.
fn watch(secret: &[u8]) {
    let free = WATCHED.iter().find(|watched| watched.load(Relaxed) == 0);
    free.expect("room for another secret")
        .store(beginning(secret), Relaxed);
}

fn beginning(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |first| u64::from_ne_bytes(*first))
}

fn found() -> usize {
    WATCHED.iter().for_each(|watched| watched.store(0, Relaxed));
    FOUND.swap(0, Relaxed)
}

/// One test, because all of them would share the allocator.
#[test]
fn no_secret_is_left_in_freed_memory() {
    what_is_left_is_found();
    let premaster = exchange();
    for id in [0xc02b, 0xc02c, 0xcca9] {
        tls12(&premaster, id);
    }
    tls13(&premaster);
    watch(premaster.as_bytes());
    drop(premaster);
    assert_eq!(found(), 0, "the premaster secret");
}

/// The watch itself can fail.
fn what_is_left_is_found() {
    let secret = vec![0x5a; 40];
    watch(&secret);
    drop(secret);
    assert_ne!(found(), 0);
}

fn exchange() -> SharedSecret {
    let mut last = None;
    for group in premaster_crypto_ml_kem::extend(provider()).groups {
        let active = group.start().expect("a key pair");
        let abandoned = group.start().expect("a key pair");
        let (share, theirs) = group.respond(active.share()).expect("a good share");
        // Both halves of a hybrid.
        theirs.as_bytes().chunks(32).for_each(watch);
        let ours = active.complete(&share).expect("a good share");
        drop((theirs, abandoned));
        last.replace(ours);
    }
    assert_eq!(found(), 0, "a shared secret");
    last.expect("a group")
}

fn tls12(premaster: &SharedSecret, id: u16) {
    let suite = suite(id).expect("a suite");
    let session_hash = suite.hash.hash(&[b"messages"]);
    let master = MasterSecret::derive_extended(suite.hash, premaster, &session_hash);
    watch(master.secret().as_bytes());
    if suite.hash == HashAlgorithm::Sha256 {
        watch_hmac_key(master.secret().as_bytes());
    }
    let KeyBlock { client, server } = master.key_block(&[1; 32], &[2; 32], suite.key_block_shape());
    let BulkCipher::Aead(aead) = suite.cipher else {
        panic!("an AEAD suite")
    };
    seal_and_open(aead, &client);
    seal_and_open(aead, &server);
    let mut exported = [0; 32];
    master
        .export(b"label", &[1; 32], &[2; 32], Some(&[3; 200]), &mut exported)
        .expect("exported");
    watch(&exported);
    let _verify_data = master.verify_data(Side::Client, &session_hash);
    let copy = MasterSecret::from_secret(suite.hash, master.secret().duplicate());
    // Out of a box and into one: nothing secret moves along.
    let master = *Box::new(master);
    drop((Box::new(master), Box::new(client), server, vec![copy]));
    assert_eq!(found(), 0, "{}", suite.name);
}

/// Looks for the chaining values that a prepared HMAC key consists of (RFC 2104 section 4).
fn watch_hmac_key(secret: &[u8; 48]) {
    for pad in [0x36, 0x5c] {
        let mut block = [pad; 64];
        block
            .iter_mut()
            .zip(secret)
            .for_each(|(block, byte)| *block ^= byte);
        let mut state = SHA256;
        compress256(&mut state, &[block]);
        let mut first = [0; 8];
        first[..4].copy_from_slice(&state[0].to_ne_bytes());
        first[4..].copy_from_slice(&state[1].to_ne_bytes());
        watch(&first);
    }
}

/// FIPS 180-4 section 5.3.3.
const SHA256: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

fn seal_and_open(aead: AeadAlgorithm, keys: &DirectionKeys) {
    watch(keys.key.as_bytes());
    watch(keys.iv.as_bytes());
    let key = provider()
        .aead(aead)
        .expect("an AEAD")
        .key(keys.key.as_bytes())
        .expect("a key");
    let mut data = [7; 100];
    let _tag = key
        .seal(&[0; 12], b"", &mut data[..84])
        .expect("a short record");
}

fn tls13(shared: &SharedSecret) {
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
        let secret = hkdf::extract(algorithm, &[0; 32], shared.as_bytes());
        let mut traffic = [0; 48];
        hkdf::expand_label(&secret, b"c hs traffic", &[5; 32], &mut traffic).expect("a secret");
        watch(&traffic);
        let long = [6; 255];
        hkdf::expand_label(&secret, b"long", &long, &mut traffic).expect("a secret");
        watch(&traffic);
        drop(Box::new(secret));
    }
    assert_eq!(found(), 0, "the secrets of TLS 1.3");
}
