//! The tickets of a file store: several for each server, and each handed out once.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use premaster_crypto::{Secret, SecretBytes};
use premaster_session::{
    ClientKey, ClientSession, ClientStore, FileClientStore, IsolationKey, Session, SessionSecret,
    TicketPsk, UnixTime,
};

const MADE: u64 = 1_000_000;
/// More than there are, should they be handed out again and again.
const MANY: usize = 100;

fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

fn key(server: &str) -> ClientKey {
    ClientKey::new(server, IsolationKey::builder().finish())
}

fn client(number: u8, version: u16, suite: u16, secret: SessionSecret) -> ClientSession {
    let session = Session {
        version,
        suite,
        secret,
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
        session_id: vec![],
        ticket: vec![number; 100],
    }
}

/// A TLS 1.2 session, told from others by its ticket.
fn session(number: u8) -> ClientSession {
    let secret = Secret::from_bytes(&[number; 48]).unwrap();
    client(number, 0x0303, 0xc02b, SessionSecret::Master(secret))
}

/// A TLS 1.3 session, told from others by its ticket.
fn ticket(number: u8) -> ClientSession {
    let ticket = TicketPsk {
        psk: SecretBytes::new(&[7; 32]),
        age_add: 7,
        issued_at: at(MADE),
        max_early_data: 0,
    };
    client(number, 0x0304, 0x1301, SessionSecret::Resumption(ticket))
}

/// The number of what is handed out next.
fn next(store: &FileClientStore, server: &str) -> Option<u8> {
    let found = store.find(&key(server), at(MADE)).unwrap();
    found.map(|found| found.ticket[0])
}

/// A directory, and in it the path of a file store with a TLS 1.2 session for `a.example`.
fn with_one() -> (tempfile::TempDir, PathBuf, FileClientStore) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sessions");
    let store = FileClientStore::open(&path).unwrap();
    store.put(&key("a.example"), &session(1), at(MADE)).unwrap();
    (directory, path, store)
}

/// RFC 8446 appendix C.4: a ticket is offered once, by this program or the next.
#[test]
fn tickets_are_handed_out_once_and_the_newest_first() {
    let (_directory, path, store) = with_one();
    for number in 1..=6 {
        store
            .put(&key("b.example"), &ticket(number), at(MADE))
            .unwrap();
    }
    assert_eq!(
        store.sessions().unwrap().len(),
        5,
        "four, and the other server's"
    );
    for number in [6, 5, 4, 3] {
        let store = FileClientStore::open(&path).unwrap();
        assert_eq!(next(&store, "b.example"), Some(number));
    }
    assert_eq!(next(&store, "b.example"), None);
    assert!(next(&store, "a.example") == Some(1));
}

#[test]
fn as_many_tickets_are_kept_as_the_store_says() {
    for (most, expected) in [(0, vec![]), (1, vec![5]), (7, vec![5, 4, 3, 2, 1])] {
        let (_directory, _, store) = with_one();
        let store = store.with_tickets_per_server(most);
        for number in 1..=5 {
            store
                .put(&key("b.example"), &ticket(number), at(MADE))
                .unwrap();
        }
        let next = || next(&store, "b.example");
        assert_eq!(
            std::iter::from_fn(next).take(MANY).collect::<Vec<_>>(),
            expected
        );
    }
}

#[test]
fn what_a_server_gave_last_is_what_it_speaks() {
    let (_directory, _, store) = with_one();
    let put = |session: &ClientSession| store.put(&key("a.example"), session, at(MADE)).unwrap();
    put(&ticket(2));
    put(&ticket(3));
    assert_eq!(
        store.sessions().unwrap().len(),
        2,
        "no session of TLS 1.2 any more"
    );
    put(&session(4));
    assert_eq!(store.sessions().unwrap().len(), 1, "and no tickets");
    put(&ticket(5));
    put(&ticket(6));
    store.forget(&key("a.example")).unwrap();
    assert!(store.sessions().unwrap().is_empty());
}

/// Each with a store of its own, as two programs have.
#[cfg(unix)]
#[test]
fn no_two_programs_get_the_same_ticket_or_lose_anothers() {
    let (_directory, path, _) = with_one();
    let mut taken: Vec<_> = std::thread::scope(|scope| {
        let asking = [0, 1, 2].map(|program| {
            let store = FileClientStore::open(&path).unwrap();
            let store = store.with_tickets_per_server(60);
            scope.spawn(move || {
                for number in 0..20 {
                    let ticket = ticket(program * 20 + number);
                    store.put(&key("b.example"), &ticket, at(MADE)).unwrap();
                }
                let next = || next(&store, "b.example");
                std::iter::from_fn(next).take(MANY).collect::<Vec<_>>()
            })
        });
        let all = asking.into_iter();
        all.flat_map(|one| one.join().unwrap()).collect()
    });
    taken.sort_unstable();
    assert_eq!(taken, Vec::from_iter(0..60));
}

#[test]
fn no_two_threads_get_the_same_ticket() {
    let (_directory, _, store) = with_one();
    let store = store.with_tickets_per_server(40);
    for number in 0..40 {
        store
            .put(&key("b.example"), &ticket(number), at(MADE))
            .unwrap();
    }
    let mut taken: Vec<_> = std::thread::scope(|scope| {
        let asking = [(); 4].map(|()| {
            let next = || next(&store, "b.example");
            scope.spawn(move || std::iter::from_fn(next).take(MANY).collect::<Vec<_>>())
        });
        asking
            .into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    taken.sort_unstable();
    assert_eq!(taken, Vec::from_iter(0..40));
}

/// property 20: expiry is checked again when a session is found.
#[test]
fn an_expired_ticket_is_passed_over() {
    let (_directory, _, store) = with_one();
    let mut long = ticket(2);
    long.session.lifetime = 7_200;
    store.put(&key("b.example"), &long, at(MADE)).unwrap();
    store.put(&key("b.example"), &ticket(3), at(MADE)).unwrap();
    let late = at(MADE + 3_600);
    let found = store.find(&key("b.example"), late).unwrap().unwrap();
    assert_eq!(found.ticket[0], 2);
    assert!(store.find(&key("b.example"), late).unwrap().is_none());
}

/// A ticket that may still be in the file is not offered.
#[test]
fn a_ticket_that_cannot_be_removed_is_not_handed_out() {
    let (_directory, path, store) = with_one();
    store.put(&key("b.example"), &ticket(2), at(MADE)).unwrap();
    // All names for the file that would replace it are taken.
    for attempt in 0..=64 {
        let name = format!(".sessions.{}.{attempt}.tmp", std::process::id());
        fs::write(path.with_file_name(name), "").unwrap();
    }
    let error = store.find(&key("b.example"), at(MADE)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot write the session file"),
        "{error}"
    );
    assert!(
        next(&store, "a.example") == Some(1),
        "this one stays anyway"
    );
}
