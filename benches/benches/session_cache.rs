//! A server's sessions in memory, by one and by two threads: sharded, and with one shard.
//!
//! The store is full, so each put evicts a session. `find` only resumes; `half` puts a session for each one that it
//! finds, as a server does that resumes every second connection; `certificates` is the same with sessions that
//! hold a client's chain of 1.5 KiB. Times are for one operation of each thread: with two threads that never wait,
//! they are those of one. Only an idle machine tells anything: threads that do not run at the same time never meet.

use core::time::Duration;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use premaster_crypto::Secret;
use premaster_session::{
    IsolationKey, MemoryServerStore, ServerStore, Session, SessionSecret, UnixTime,
};

/// What a server keeps unless told otherwise.
const SESSIONS: u64 = 10_000;

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_000_000))
}

fn session(certificates: Vec<Vec<u8>>) -> Session {
    Session {
        version: 0x0303,
        suite: 0xc02b,
        secret: SessionSecret::Master(Secret::from_bytes(&[7; 48]).unwrap()),
        extended_master_secret: true,
        authenticated_at: now(),
        lifetime: 3_600,
        isolation: IsolationKey::builder().finish(),
        server_name: Some("www.example.com".into()),
        alpn: Some(b"h2".to_vec()),
        max_fragment_length: None,
        peer_certificates: certificates,
        peer_public_key: None,
        external_psk: None,
        resumable_across_names: false,
    }
}

/// IDs that look random, each number its own.
fn id(number: u64) -> [u8; 32] {
    let mut id = [0; 32];
    let mut word = number;
    for bytes in id.chunks_exact_mut(8) {
        word = (word ^ (word >> 31))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(1);
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    id
}

/// What each thread does, `count` times.
type Work = fn(&MemoryServerStore, &Session, thread: u64, count: u64);

fn find(store: &MemoryServerStore, _: &Session, thread: u64, count: u64) {
    for number in 0..count {
        let number = (number * 2 + thread) % SESSIONS;
        black_box(store.find(&id(number), now()).unwrap());
    }
}

/// Puts a session, and finds it, in turns.
fn half(store: &MemoryServerStore, session: &Session, thread: u64, count: u64) {
    for number in 0..count {
        let id = id((thread << 48) + number / 2 + SESSIONS);
        if number % 2 == 0 {
            store.put(&id, session, now()).unwrap();
        } else {
            black_box(store.find(&id, now()).unwrap());
        }
    }
}

/// The longest that one of the threads took.
fn time(
    store: &MemoryServerStore,
    session: &Session,
    work: Work,
    threads: u64,
    count: u64,
) -> Duration {
    let ready = Barrier::new(usize::try_from(threads).unwrap());
    let ready = &ready;
    thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    ready.wait();
                    let start = Instant::now();
                    work(store, session, thread, count);
                    start.elapsed()
                })
            })
            .collect();
        let times = started.into_iter().map(|thread| thread.join().unwrap());
        times.max().unwrap_or_default()
    })
}

fn session_cache(criterion: &mut Criterion) {
    let rows: [(&str, Work, Session); 3] = [
        ("find", find, session(vec![])),
        ("half", half, session(vec![])),
        ("certificates", half, session(vec![vec![0x30; 750]; 2])),
    ];
    for (what, work, session) in &rows {
        for threads in [1, 2] {
            let mut group = criterion.benchmark_group(format!("session_cache/{what}/{threads}"));
            let all = usize::try_from(SESSIONS).unwrap();
            for (name, store) in [
                ("sharded", MemoryServerStore::new(all)),
                ("one_shard", MemoryServerStore::new(all).with_shards(1)),
            ] {
                for number in 0..SESSIONS {
                    store.put(&id(number), session, now()).unwrap();
                }
                group.bench_function(name, |b| {
                    b.iter_custom(|count| time(&store, session, *work, threads, count));
                });
            }
            group.finish();
        }
    }
}

criterion_group!(benches, session_cache);
criterion_main!(benches);
