//! The file store against real files: kept, shared, damaged, foreign.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use premaster_crypto::{HashAlgorithm, Secret};
use premaster_session::{
    ClientKey, ClientSession, ClientStore, FileClientStore, FileFault, IsolationKey, Session,
    SessionSecret, StoreError, UnixTime,
};

const MADE: u64 = 1_000_000;

fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

fn key(server: &str) -> ClientKey {
    ClientKey::new(
        server,
        IsolationKey::builder().part("for", b"tests").finish(),
    )
}

fn session(number: u8) -> ClientSession {
    let session = Session {
        version: 0x0303,
        suite: 0xc02b,
        secret: SessionSecret::Master(Secret::from_bytes(&[number; 48]).unwrap()),
        extended_master_secret: true,
        authenticated_at: at(MADE),
        lifetime: 3_600,
        isolation: key("").isolation,
        server_name: Some("example.com".into()),
        alpn: None,
        max_fragment_length: None,
        peer_certificates: vec![vec![0x30, 0x00]],
        peer_public_key: None,
        external_psk: None,
        resumable_across_names: false,
    };
    ClientSession {
        session,
        session_id: vec![number; 32],
        ticket: vec![number; 200],
    }
}

/// A directory, and in it the path of a file store with one session for `a.example`.
fn with_one() -> (tempfile::TempDir, PathBuf, FileClientStore) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sessions");
    let store = FileClientStore::open(&path).unwrap();
    store.put(&key("a.example"), &session(1), at(MADE)).unwrap();
    (directory, path, store)
}

fn found(store: &FileClientStore, server: &str) -> Option<Vec<u8>> {
    store
        .find(&key(server), at(MADE))
        .unwrap()
        .map(|found| found.encode().unwrap().to_vec())
}

/// Names of everything in the directory.
fn listing(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Whatever a call does to a file that cannot be used: it fails with `expected` in its message, and the file stays.
fn refused(store: &FileClientStore, expected: &str) {
    let before = fs::read(store.path()).unwrap();
    let key = key("b.example");
    let errors = [
        FileClientStore::open(store.path()).unwrap_err().to_string(),
        store.sessions().unwrap_err().to_string(),
        store.find(&key, at(MADE)).unwrap_err().to_string(),
        store
            .put(&key, &session(2), at(MADE))
            .unwrap_err()
            .to_string(),
        store.forget(&key).unwrap_err().to_string(),
    ];
    for error in errors {
        assert!(error.contains(expected), "{error}");
        assert!(
            error.contains(store.path().to_str().unwrap()),
            "names the file: {error}"
        );
    }
    assert_eq!(
        fs::read(store.path()).unwrap(),
        before,
        "and never overwrites it"
    );
}

#[test]
fn sessions_outlive_the_program() {
    let (directory, path, store) = with_one();
    store.put(&key("b.example"), &session(2), at(MADE)).unwrap();
    drop(store);
    let store = FileClientStore::open(&path).unwrap();
    assert_eq!(
        found(&store, "a.example"),
        Some(session(1).encode().unwrap().to_vec())
    );
    assert_eq!(
        found(&store, "b.example"),
        Some(session(2).encode().unwrap().to_vec())
    );
    assert_eq!(found(&store, "c.example"), None);
    let servers: Vec<String> = store
        .sessions()
        .unwrap()
        .into_iter()
        .map(|(key, _)| key.server)
        .collect();
    assert_eq!(servers, ["a.example", "b.example"]);
    assert_eq!(
        listing(directory.path()),
        ["sessions"],
        "no temporary file is left"
    );
}

#[test]
fn a_file_is_made_by_the_first_session_and_may_be_empty_before() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileClientStore::open(directory.path().join("sessions")).unwrap();
    assert_eq!(found(&store, "a.example"), None);
    store.forget(&key("a.example")).unwrap();
    assert!(listing(directory.path()).is_empty());
    fs::write(store.path(), "").unwrap();
    assert_eq!(found(&store, "a.example"), None);
    store.put(&key("a.example"), &session(1), at(MADE)).unwrap();
    assert!(found(&store, "a.example").is_some());
}

#[test]
fn a_session_is_replaced_and_forgotten() {
    let (_directory, _, store) = with_one();
    store.put(&key("a.example"), &session(3), at(MADE)).unwrap();
    assert_eq!(
        found(&store, "a.example"),
        Some(session(3).encode().unwrap().to_vec())
    );
    assert_eq!(store.sessions().unwrap().len(), 1);
    assert!(found(&store, "a.example").is_some(), "it stays");
    store.forget(&key("a.example")).unwrap();
    assert_eq!(found(&store, "a.example"), None);
    let other = ClientKey::new("a.example", IsolationKey::builder().finish());
    store.put(&other, &session(4), at(MADE)).unwrap();
    assert_eq!(
        found(&store, "a.example"),
        None,
        "another configuration's session"
    );
    store.forget(&other).unwrap();
    assert!(store.sessions().unwrap().is_empty());
}

/// property 24: the file stays one that can be read.
#[test]
fn a_file_never_grows_longer_than_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileClientStore::open(directory.path().join("sessions")).unwrap();
    let with = |length: usize| {
        let mut session = session(1);
        session.session.peer_certificates = vec![vec![0; length]];
        session
    };
    for server in ["a.example", "b.example", "c.example"] {
        store.put(&key(server), &with(6 << 20), at(MADE)).unwrap();
    }
    assert_eq!(store.sessions().unwrap().len(), 2);
    assert!(found(&store, "c.example").is_some());
    let error = store
        .put(&key("d.example"), &with((16 << 20) - 1_024), at(MADE))
        .unwrap_err();
    assert!(matches!(error, StoreError::TooLong(_)), "{error}");
    assert_eq!(store.sessions().unwrap().len(), 2);
}

/// property 20: expiry is checked again when a session is found.
#[test]
fn expired_sessions_are_not_found_and_go_with_the_next_put() {
    let (_directory, _, store) = with_one();
    let late = at(MADE + 3_600);
    assert!(store.find(&key("a.example"), late).unwrap().is_none());
    let early = at(MADE - 61);
    assert!(
        store.find(&key("a.example"), early).unwrap().is_none(),
        "the clock was set back"
    );
    assert_eq!(store.sessions().unwrap().len(), 1);
    store.put(&key("b.example"), &session(2), late).unwrap();
    assert_eq!(store.sessions().unwrap().len(), 1);
}

#[test]
fn a_file_holds_256_sessions_and_the_first_one_goes_first() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileClientStore::open(directory.path().join("sessions")).unwrap();
    for number in 0..=256 {
        store
            .put(&key(&format!("{number}.example")), &session(1), at(MADE))
            .unwrap();
    }
    assert_eq!(store.sessions().unwrap().len(), 256);
    assert_eq!(found(&store, "0.example"), None);
    assert!(found(&store, "1.example").is_some() && found(&store, "256.example").is_some());
}

#[test]
fn a_server_name_that_does_not_fit_changes_nothing() {
    let (_directory, path, store) = with_one();
    let before = fs::read(&path).unwrap();
    for server in [String::new(), "a".repeat(256)] {
        let error = store.put(&key(&server), &session(2), at(MADE)).unwrap_err();
        assert!(matches!(error, StoreError::TooLong(_)), "{error}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn something_else_in_the_file_is_refused() {
    let (_directory, path, store) = with_one();
    for foreign in [
        "milk, bread",
        "p",
        "premaster-clien",
        "{}",
        "-----BEGIN CERTIFICATE-----\n",
    ] {
        fs::write(&path, foreign).unwrap();
        refused(&store, "is not a premaster session file");
    }
    fs::write(&path, vec![b'a'; (16 << 20) + 1]).unwrap();
    refused(&store, "is not a premaster session file");
}

#[test]
fn a_file_of_another_version_is_refused() {
    let (_directory, path, store) = with_one();
    let mut bytes = fs::read(&path).unwrap();
    bytes[16] = 2;
    fs::write(&path, bytes).unwrap();
    refused(
        &store,
        "has version 2, this program reads version 1: delete it or name another file",
    );
}

#[test]
fn a_damaged_file_is_refused() {
    let (_directory, path, store) = with_one();
    let whole = fs::read(&path).unwrap();
    for (place, expected) in [
        (0, "is not a premaster session file"),
        (15, "is not a premaster session file"),
        (16, "has version"),
        (17, "is damaged"),
        (100, "is damaged"),
        (whole.len() - 1, "is damaged"),
    ] {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x40;
        fs::write(&path, &bytes).unwrap();
        refused(&store, expected);
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused(&store, "is damaged");
    fs::write(&path, [&whole[..], &[0]].concat()).unwrap();
    refused(&store, "is damaged");
}

/// A file around these sessions' bytes, with a right hash.
fn file_of(count: u16, rest: &[u8]) -> Vec<u8> {
    let mut bytes = [
        b"premaster-client".as_slice(),
        &[1],
        &count.to_be_bytes(),
        rest,
    ]
    .concat();
    let hash = HashAlgorithm::Sha256.hash(&[&bytes]);
    bytes.extend_from_slice(hash.as_ref());
    bytes
}

fn entry(server: &str, encoded: &[u8]) -> Vec<u8> {
    let length = u8::try_from(server.len()).unwrap();
    let [_, a, b, c] = u32::try_from(encoded.len()).unwrap().to_be_bytes();
    [
        &[length],
        server.as_bytes(),
        key("").isolation.as_bytes(),
        &(MADE + 3_600).to_be_bytes(),
        &[a, b, c],
        encoded,
    ]
    .concat()
}

/// The table in the documentation of `FileClientStore`, byte by byte.
#[test]
fn the_layout_is_the_documented_one() {
    let (_directory, path, _) = with_one();
    let expected = file_of(1, &entry("a.example", &session(1).encode().unwrap()));
    assert_eq!(fs::read(&path).unwrap(), expected);
}

#[test]
fn what_does_not_fit_the_layout_is_refused_though_the_hash_is_right() {
    let (_directory, path, store) = with_one();
    let good = entry("a.example", &session(1).encode().unwrap());
    let mut not_utf8 = good.clone();
    not_utf8[1] = 0xff;
    let (session, no_sessions) = (session(1).encode().unwrap(), file_of(0, &[]));
    for bytes in [
        // One too few, one too many.
        file_of(2, &good),
        file_of(0, &good),
        // No server's name, one that is not UTF-8.
        file_of(1, &entry("", &session)),
        file_of(1, &not_utf8),
        // Cut, with a hash of what is left.
        file_of(1, &good[..good.len() - 1]),
        // Cut in the hash.
        no_sessions[..no_sessions.len() - 1].to_vec(),
    ] {
        fs::write(&path, bytes).unwrap();
        refused(&store, "is damaged");
    }
    // The file is whole and one session in it is not: only who asks for that one is told.
    let broken = entry("b.example", &session[..40]);
    fs::write(&path, file_of(2, &[&good[..], &broken].concat())).unwrap();
    assert!(found(&store, "a.example").is_some());
    let error = store.find(&key("b.example"), at(MADE)).unwrap_err();
    assert!(
        matches!(error, StoreError::File(FileFault::Corrupt { .. })),
        "{error}"
    );
}

#[test]
fn a_session_of_another_version_is_a_miss_and_stays() {
    let (_directory, path, store) = with_one();
    let mut newer = session(1).encode().unwrap().to_vec();
    newer[0] = 7;
    fs::write(&path, file_of(1, &entry("a.example", &newer))).unwrap();
    assert_eq!(found(&store, "a.example"), None);
    assert!(store.sessions().unwrap().is_empty());
    store.put(&key("b.example"), &session(2), at(MADE)).unwrap();
    let expected = [
        entry("a.example", &newer),
        entry("b.example", &session(2).encode().unwrap()),
    ]
    .concat();
    assert_eq!(fs::read(&path).unwrap(), file_of(2, &expected));
}

#[test]
fn what_is_no_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = FileClientStore::open(directory.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("is not a regular file: name another file"),
        "{error}"
    );
    let within = directory.path().join("none/sessions");
    let store = FileClientStore::open(&within).unwrap();
    let error = store
        .put(&key("a.example"), &session(1), at(MADE))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot write the session file") && error.contains("none/sessions"),
        "{error}"
    );
    fs::write(directory.path().join("none"), "").unwrap();
    let error = FileClientStore::open(&within).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read the session file") && error.contains("none/sessions"),
        "{error}"
    );
}

#[test]
fn what_a_crashed_program_left_is_in_nobodys_way() {
    let (directory, _, store) = with_one();
    let left = format!(".sessions.{}.0.tmp", std::process::id());
    fs::write(directory.path().join(&left), "half").unwrap();
    store.put(&key("b.example"), &session(2), at(MADE)).unwrap();
    assert!(found(&store, "b.example").is_some());
    assert_eq!(fs::read(directory.path().join(&left)).unwrap(), b"half");
    assert_eq!(listing(directory.path()), [left.as_str(), "sessions"]);
}

#[test]
fn whoever_reads_sees_a_whole_file_and_nobody_loses_a_session() {
    let (_directory, path, store) = with_one();
    std::thread::scope(|scope| {
        let writers = [0, 1].map(|writer| {
            let store = &store;
            scope.spawn(move || {
                for number in 0..40 {
                    let key = key(&format!("{writer}-{number}.example"));
                    store.put(&key, &session(2), at(MADE)).unwrap();
                }
            })
        });
        while writers.iter().any(|writer| !writer.is_finished()) {
            let store = FileClientStore::open(&path).unwrap();
            assert!(found(&store, "a.example").is_some());
        }
    });
    assert_eq!(store.sessions().unwrap().len(), 81);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_may_read_the_file() {
        let (_directory, path, store) = with_one();
        assert_eq!(mode(&path), 0o600);
        for wrong in [0o640, 0o604, 0o660, 0o644, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(wrong)).unwrap();
            refused(
                &store,
                &format!("is open to others (mode {wrong:04o}, expected 0600)"),
            );
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        store.put(&key("b.example"), &session(2), at(MADE)).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn an_empty_file_that_was_open_to_others_is_not_any_more() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sessions");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        let store = FileClientStore::open(&path).unwrap();
        store.put(&key("a.example"), &session(1), at(MADE)).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let (directory, path, _) = with_one();
        let link = directory.path().join("link");
        symlink(&path, &link).unwrap();
        let store = FileClientStore::open(&link).unwrap();
        store.put(&key("b.example"), &session(2), at(MADE)).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(found(&FileClientStore::open(&path).unwrap(), "b.example").is_some());
    }

    #[test]
    fn devices_are_refused() {
        let error = FileClientStore::open("/dev/null").unwrap_err();
        assert!(matches!(error, FileFault::NotAFile { .. }), "{error}");
    }
}
