//! The encoding, byte by byte: what it says, and what it refuses.

use super::*;
use crate::session::tests::{bare, external, full, tls13};

fn client() -> ClientSession {
    ClientSession {
        session: full(),
        session_id: vec![0xab; 32],
        ticket: vec![0xcd; 300],
    }
}

fn sha384() -> Session {
    let ticket = TicketPsk {
        psk: SecretBytes::new(&[0x5e; 48]),
        ..tls13().ticket_psk().unwrap().duplicate()
    };
    Session {
        suite: 0x1302,
        secret: SessionSecret::Resumption(ticket),
        ..tls13()
    }
}

/// Everything that is stored, to compare sessions by.
fn told(session: &Session) -> String {
    format!(
        "{session:?} {:?} {:?} {:?} {:?} {:?}",
        match &session.secret {
            SessionSecret::Master(secret) => (&secret.as_bytes()[..], 0),
            SessionSecret::Resumption(ticket) => (ticket.psk.as_bytes(), ticket.age_add),
        },
        (&session.alpn, session.max_fragment_length),
        session.peer_certificates,
        session.peer_public_key,
        session
            .external_psk
            .as_ref()
            .map(|psk| (&psk.identity, psk.check)),
    )
}

#[test]
fn a_session_survives_encoding() {
    for session in [full(), bare(), tls13(), sha384(), external()] {
        let encoded = session.encode().unwrap();
        assert_eq!(encoded.len(), session.encoded_len());
        let again = Session::decode(&encoded).unwrap();
        assert_eq!(told(&again), told(&session));
        assert_eq!(*again.encode().unwrap(), *encoded);
    }
}

#[test]
fn a_client_session_survives_encoding() {
    for (session_id, ticket) in [(0, 0), (32, 0), (0, 300), (32, 65_535)] {
        let session = ClientSession {
            session_id: vec![1; session_id],
            ticket: vec![2; ticket],
            ..client()
        };
        let again = ClientSession::decode(&session.encode().unwrap()).unwrap();
        assert_eq!(again.session_id, session.session_id);
        assert_eq!(again.ticket, session.ticket);
        assert_eq!(told(&again.session), told(&session.session));
    }
}

/// The table in the documentation of `Session::encode`, byte by byte.
#[test]
fn the_layout_is_the_documented_one() {
    let session = full();
    let expected = [
        &[3][..],
        &[0x03, 0x03, 0xc0, 0x2b],
        &[0x1f],
        &[0, 0, 0, 0, 0, 0x0f, 0x42, 0x40],
        &[0, 0, 0x0e, 0x10],
        session.isolation.as_bytes(),
        &[0x5e; 48],
        b"\x0bexample.com",
        b"\x02h2",
        &[0, 3, 0x30, 0x01, 9],
        &[4],
        &[0, 0, 13, 0, 0, 5, 0x30, 0x03, 1, 2, 3, 0, 0, 2, 0x30, 0x00],
    ]
    .concat();
    assert_eq!(*session.encode().unwrap(), expected);
    let client = client().encode().unwrap();
    let front = [&[1, 32][..], &[0xab; 32], &[1, 44], &[0xcd; 300]].concat();
    assert_eq!(client[..front.len()], front);
    assert_eq!(client[front.len()..], expected);
}

#[test]
fn an_unknown_version_is_a_miss_and_not_a_fault() {
    for version in 0..=255 {
        let miss = Err(DecodeFault::UnknownVersion(version));
        let mut encoded = client().encode().unwrap();
        encoded[0] = version;
        if version != 1 {
            assert_eq!(ClientSession::decode(&encoded).map(drop), miss);
        }
        if version == 3 {
            continue;
        }
        let mut encoded = full().encode().unwrap();
        encoded[0] = version;
        assert_eq!(Session::decode(&encoded).map(drop), miss);
        assert_eq!(
            Session::decode(&encoded[..1]).map(drop),
            miss,
            "whatever follows"
        );
    }
}

#[test]
fn no_prefix_decodes_and_no_byte_may_be_appended() {
    for encoded in
        [full(), bare(), tls13(), sha384(), external()].map(|session| session.encode().unwrap())
    {
        for length in 0..encoded.len() {
            let cut = Session::decode(&encoded[..length]);
            assert!(
                matches!(cut, Err(DecodeFault::Corrupt { .. })),
                "{length} bytes"
            );
        }
        let longer = [&encoded[..], &[0]].concat();
        assert_eq!(Session::decode(&longer).map(drop), Err(corrupt("end")));
    }
    let encoded = client().encode().unwrap();
    for length in 0..encoded.len() {
        let cut = ClientSession::decode(&encoded[..length]);
        assert!(
            matches!(cut, Err(DecodeFault::Corrupt { .. })),
            "{length} bytes"
        );
    }
    assert!(ClientSession::decode(&[&encoded[..], &[0]].concat()).is_err());
}

/// The other table there, for both lengths of a hash.
#[test]
fn the_layout_of_a_ticket_is_the_documented_one() {
    for session in [tls13(), sha384()] {
        let suite = session.suite.to_be_bytes();
        let expected = [
            &[3, 0x03, 0x04][..],
            &suite,
            &[0x0f],
            &[0, 0, 0, 0, 0, 0x0f, 0x42, 0x40],
            &[0, 0, 0x0e, 0x10],
            session.isolation.as_bytes(),
            &[0x5e; 48][..session.ticket_psk().unwrap().psk.len()],
            &[0xca, 0xfe, 0xf0, 0x0d],
            &[0, 0, 0, 0, 0, 0x0f, 0x42, 0x40],
            &[0, 0, 0x40, 0],
            b"\x0bexample.com",
        ]
        .concat();
        assert_eq!(session.encode().unwrap()[..expected.len()], expected);
    }
}

/// property 20: an external key stands for certificates, and never beside them; TLS 1.2 knows none here.
#[test]
fn a_session_rests_on_certificates_or_on_an_external_key() {
    let both = Session {
        peer_certificates: vec![vec![1]],
        ..external()
    };
    let named = Session {
        peer_public_key: Some(vec![1]),
        ..external()
    };
    let old = Session {
        external_psk: external().external_psk,
        ..bare()
    };
    for session in [both, named, old] {
        let fault = session.encode().map(drop).unwrap_err();
        assert_eq!(fault.field, "external_psk", "{session:?}");
    }
    // What is behind the identity and its check: certificates of no length, then of some.
    let encoded = external().encode().unwrap();
    let front = encoded.len() - 3;
    let with = [&encoded[..front], &[0, 0, 4, 0, 0, 1, 7]].concat();
    assert_eq!(
        Session::decode(&with).map(drop),
        Err(corrupt("external_psk"))
    );
}

/// property 19: no secret of another length, version or suite stands in for the right one.
#[test]
fn a_secret_is_that_of_its_version_and_suite() {
    let psk = |length| TicketPsk {
        psk: SecretBytes::new(&[0x5e; 64][..length]),
        ..tls13().ticket_psk().unwrap().duplicate()
    };
    for (version, suite, secret, field) in [
        (0x0304, 0x1301, full().secret, "secret"),
        (0x0303, 0xc02b, tls13().secret, "secret"),
        (0x0304, 0x1301, SessionSecret::Resumption(psk(0)), "psk"),
        (0x0304, 0x1301, SessionSecret::Resumption(psk(31)), "psk"),
        (0x0304, 0x1301, SessionSecret::Resumption(psk(48)), "psk"),
        (0x0304, 0x1302, SessionSecret::Resumption(psk(32)), "psk"),
        (0x0304, 0x1302, SessionSecret::Resumption(psk(49)), "psk"),
        (0x0304, 0xc02b, SessionSecret::Resumption(psk(32)), "psk"),
    ] {
        let session = Session {
            version,
            suite,
            secret,
            ..tls13()
        };
        let fault = session.encode().map(drop).unwrap_err();
        assert_eq!(fault.field, field, "{session:?}");
    }
    // Nor when bytes are read: what is right for one suite is damaged for the other.
    let with_suite = |session: Session, suite: u16| {
        let mut encoded = session.encode().unwrap().to_vec();
        encoded[3..5].copy_from_slice(&suite.to_be_bytes());
        Session::decode(&encoded)
    };
    assert!(with_suite(tls13(), 0x1303).is_ok(), "SHA-256 as well");
    assert!(with_suite(tls13(), 0x1302).is_err());
    assert!(with_suite(sha384(), 0x1301).is_err());
    for unknown in [0x0000, 0x1300, 0x13ff, 0xc02b] {
        assert_eq!(
            with_suite(tls13(), unknown).map(drop),
            Err(corrupt("suite")),
            "{unknown:#06x}"
        );
    }
}

/// Each bit flip gives a miss, a fault, or another session that encodes to exactly the flipped bytes.
#[test]
fn no_two_encodings_mean_the_same_session() {
    for encoded in
        [full(), bare(), tls13(), sha384(), external()].map(|session| session.encode().unwrap())
    {
        for bit in 0..encoded.len() * 8 {
            let mut flipped = encoded.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(session) = Session::decode(&flipped) {
                assert_eq!(*session.encode().unwrap(), flipped, "bit {bit}");
            }
        }
    }
}

#[test]
fn what_does_not_fit_the_layout_is_named() {
    let base = bare().encode().unwrap().to_vec();
    let with = |at: usize, bytes: &[u8]| {
        let mut encoded = base.clone();
        encoded.splice(at..at + bytes.len(), bytes.iter().copied());
        encoded
    };
    let tail = |flags: u8, tail: &[u8]| {
        let mut encoded = with(5, &[flags]);
        encoded.truncate(98);
        [&encoded[..], tail].concat()
    };
    for (field, encoded) in [
        ("flags", with(5, &[0x80])),
        ("server_name", tail(2, &[0, 0, 0, 0])),
        ("server_name", tail(2, &[1, 0xff, 0, 0, 0])),
        ("server_name", tail(2, &[200, b'a', 0, 0, 0])),
        ("alpn", tail(4, &[0, 0, 0, 0])),
        ("peer_public_key", tail(8, &[0, 0, 0, 0, 0])),
        ("peer_public_key", tail(8, &[0xff, 0xff, 1])),
        ("max_fragment_length", tail(16, &[0, 0, 0, 0])),
        ("max_fragment_length", tail(16, &[5, 0, 0, 0])),
        ("max_fragment_length", tail(16, &[])),
        ("external_psk", tail(32, &[0, 0, 0, 0, 0])),
        ("external_psk", tail(32, &[0, 1, 7, 1, 2, 3])),
        ("peer_certificates", tail(0, &[0, 0, 3, 0, 0, 0])),
        (
            "peer_certificates",
            tail(0, &[0xff, 0xff, 0xff, 0, 0, 1, 7]),
        ),
        ("peer_certificates", tail(0, &[0, 0, 2, 0, 0])),
    ] {
        assert_eq!(
            Session::decode(&encoded).map(drop),
            Err(corrupt(field)),
            "{encoded:02x?}"
        );
    }
}

/// property 19: a zero secret is not a secret.
#[test]
fn an_all_zero_psk_is_refused() {
    for (session, length) in [(tls13(), 32), (sha384(), 48)] {
        let mut encoded = session.encode().unwrap();
        encoded[50..50 + length].fill(0);
        assert_eq!(Session::decode(&encoded).map(drop), Err(corrupt("psk")));
        encoded[50 + length - 1] = 1;
        assert!(Session::decode(&encoded).is_ok());
    }
}

/// property 19: a zero secret is not a secret.
#[test]
fn an_all_zero_master_secret_is_refused() {
    let mut encoded = bare().encode().unwrap();
    encoded[50..98].fill(0);
    assert_eq!(
        Session::decode(&encoded).map(drop),
        Err(corrupt("master_secret"))
    );
    encoded[97] = 1;
    assert!(Session::decode(&encoded).is_ok());
}

#[test]
fn what_is_too_long_is_named() {
    let too_long = |session: Session| session.encode().map(drop).unwrap_err().field;
    assert_eq!(
        too_long(Session {
            server_name: Some("a".repeat(256)),
            ..full()
        }),
        "server_name"
    );
    assert_eq!(
        too_long(Session {
            server_name: Some(String::new()),
            ..full()
        }),
        "server_name"
    );
    assert_eq!(
        too_long(Session {
            alpn: Some(vec![]),
            ..full()
        }),
        "alpn"
    );
    assert_eq!(
        too_long(Session {
            peer_public_key: Some(vec![0; 1 << 16]),
            ..full()
        }),
        "peer_public_key"
    );
    assert_eq!(
        too_long(Session {
            peer_certificates: vec![vec![0; 1 << 24]],
            ..full()
        }),
        "peer_certificates"
    );
    assert_eq!(
        too_long(Session {
            peer_certificates: vec![vec![]],
            ..full()
        }),
        "peer_certificates"
    );
    let client = |session_id, ticket| ClientSession {
        session: full(),
        session_id,
        ticket,
    };
    assert_eq!(
        client(vec![0; 33], vec![]).encode().unwrap_err().field,
        "session_id"
    );
    assert_eq!(
        client(vec![], vec![0; 1 << 16]).encode().unwrap_err().field,
        "ticket"
    );
}
