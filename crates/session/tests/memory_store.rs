//! What a store in memory costs, counted by the allocator.

use core::time::Duration;

use allocation_counter::measure;
use premaster_crypto::Secret;
use premaster_session::{
    ClientKey, ClientSession, ClientStore, IsolationKey, MemoryClientStore, MemoryReplayRegister,
    MemoryServerStore, ReplayRegister, ServerStore, Session, SessionSecret, UnixTime,
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
        external_psk: None,
        resumable_across_names: false,
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

/// property 24: so does a client's, were each of another server with a name of 20 bytes.
#[test]
fn a_clients_session_costs_up_to_800_bytes_beside_its_own() {
    let encoded = |session: Session| ClientSession {
        session,
        session_id: vec![],
        ticket: vec![7; 200],
    };
    let length = i64::try_from(encoded(session()).encode().unwrap().len()).unwrap();
    for most in [448, 449, 512, 513, 896, 897] {
        let store = MemoryClientStore::new(most);
        let most = i64::try_from(most).unwrap();
        let bytes = held(|| {
            for number in 0..20 * most {
                let key = ClientKey::new(format!("{number:0>20}"), session().isolation);
                store.put(&key, &encoded(session()), now()).unwrap();
            }
        });
        let each = bytes / most - length;
        assert!(each <= 800, "{most}: {each} bytes each");
    }
}

/// property 24: what a register of early data costs is what the documentation says.
#[test]
fn a_key_that_is_remembered_costs_up_to_200_bytes() {
    for most in [448, 449, 512, 513, 896, 897, 1_793] {
        let register = MemoryReplayRegister::new(most, 20);
        let bytes = held(|| {
            for number in 0..20 * u32::try_from(most).unwrap() {
                let mut key = [0; 32];
                key[..4].copy_from_slice(&number.to_be_bytes());
                // So many a second that it is full now and then.
                let now =
                    Duration::from_secs(u64::from(number) * 120 / u64::try_from(most).unwrap());
                register
                    .admit(&key, UnixTime::since_unix_epoch(now))
                    .unwrap();
            }
        });
        let each = bytes / i64::try_from(most).unwrap();
        assert!(each <= 200, "{most}: {each} bytes each");
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
