//! Encoded sessions: of a server, of a client, and a client's file of them. The first byte says which.
//!
//! What decodes encodes to the same bytes, and lives no longer than a session may; a file that decodes is the same after it
//! was written again.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, sync::LazyLock, time::Duration};

use premaster_crypto::HashAlgorithm;
use premaster_session::{ClientSession, FileClientStore, Session, UnixTime};

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    let Some((pick, encoded)) = input.split_first() else {
        return;
    };
    match pick % 3 {
        0 => server(encoded),
        1 => client(encoded),
        _ => file(encoded),
    }
}

fn server(encoded: &[u8]) {
    let Ok(session) = Session::decode(encoded) else {
        return;
    };
    let again = session.encode().expect("what decodes encodes");
    assert_eq!(again.as_slice(), encoded);
    assert_eq!(session.duplicate().encode().as_deref(), Ok(&*again));
    for at in [0, session.authenticated_at.as_secs(), u64::MAX] {
        let now = UnixTime::since_unix_epoch(Duration::from_secs(at));
        let remaining = session.remaining(now);
        assert_eq!(session.expired(now), remaining == 0);
        assert!(remaining <= Session::MAX_LIFETIME);
        assert_eq!(
            session.check(&session.isolation, now).is_ok(),
            remaining > 0
        );
    }
    assert_eq!(session.master_secret().is_some(), session.version != 0x0304);
    assert_ne!(
        session.master_secret().is_some(),
        session.ticket_psk().is_some()
    );
}

fn client(encoded: &[u8]) {
    let Ok(session) = ClientSession::decode(encoded) else {
        return;
    };
    let again = session.encode().expect("what decodes encodes");
    assert_eq!(again.as_slice(), encoded);
    assert_eq!(session.duplicate().encode().as_deref(), Ok(&*again));
}

/// One file for all inputs, in memory where there is such a place.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    };
    folder.join(format!("premaster-fuzz-{}.sessions", std::process::id()))
});

/// Magic and hash are made here: no fuzzer guesses a SHA-256.
fn file(body: &[u8]) {
    let mut bytes = [b"premaster-client", body].concat();
    let hash = HashAlgorithm::Sha256.hash(&[&bytes]);
    bytes.extend_from_slice(hash.as_ref());
    fs::write(&*FILE, &bytes).expect("a file that can be written");
    let readable = fs::Permissions::from_mode(0o600);
    fs::set_permissions(&*FILE, readable).expect("a file of our own");
    if let Ok(store) = FileClientStore::open(&*FILE) {
        for (key, session) in store.sessions().unwrap_or_default() {
            assert!((1..=255).contains(&key.server.len()));
            assert!(session.encode().is_ok());
        }
    }
    // Reading changes nothing.
    let after = fs::read(&*FILE).expect("a file that is still there");
    fs::remove_file(&*FILE).expect("a file of our own");
    assert_eq!(after, bytes);
}
