//! What a store in memory costs, counted by the allocator.

use core::time::Duration;

use allocation_counter::measure;
use premaster_crypto::Secret;
use premaster_session::{
    IsolationKey, MemoryServerStore, ServerStore, Session, SessionSecret, UnixTime,
};

fn session() -> Session {
    Session {
        version: 0x0303,
        suite: 0xc02b,
        secret: SessionSecret::Master(Secret::from_bytes(&[7; 48]).unwrap()),
        extended_master_secret: true,
        authenticated_at: now(),
        lifetime: 3_600,
        isolation: IsolationKey::builder().finish(),
        server_name: None,
        alpn: None,
        max_fragment_length: None,
        peer_certificates: vec![],
        peer_public_key: None,
    }
}

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_000))
}

fn put(store: &MemoryServerStore, numbers: core::ops::Range<u32>) {
    for number in numbers {
        store.put(&number.to_be_bytes(), &session(), now()).unwrap();
    }
}

/// Bytes held after `work` that were not held before.
fn held(work: impl FnOnce()) -> i64 {
    measure(work).bytes_current
}

/// property 24: beside its encoding a session costs what the documentation says, however many there are, while the store
/// fills and for as long as it is full.
#[test]
fn a_session_costs_up_to_600_bytes_beside_its_own() {
    let encoded = i64::try_from(session().encode().unwrap().len()).unwrap();
    // Tables double when they are full, at powers of two or seven eighths of them: the dearest moments are after that.
    for most in [448, 449, 512, 513, 896, 897, 1_793] {
        let store = MemoryServerStore::new(most).with_shards(1);
        let most = u32::try_from(most).unwrap();
        let mut bytes = 0;
        for (from, to) in [(0, most), (most, 20 * most), (20 * most, 100 * most)] {
            bytes += held(|| put(&store, from..to));
            let each = bytes / i64::from(most) - encoded;
            assert!(each <= 600, "{to} of {most}: {each} bytes each");
        }
    }
}

#[test]
fn an_empty_store_costs_its_shards() {
    for shards in [1, 8, 64] {
        let mut store = None;
        let bytes = held(|| store = Some(MemoryServerStore::new(1 << 20).with_shards(shards)));
        let shards = i64::try_from(shards).unwrap();
        assert!(bytes <= 256 * shards, "{shards} shards: {bytes} bytes");
    }
}
