//! What is not a message: sessions, tickets, records under keys, certificates and keys.

use std::time::Duration;

use premaster_crypto::{Secret, SecretBytes};
use premaster_session::{ClientSession, IsolationKey, Session, SessionSecret, TicketPsk, UnixTime};
use premaster_trust::load;

use crate::{Seeds, add_to, recorded};

const CERTIFICATES: &str = include_str!("certificates.pem");
const KEYS: &str = include_str!("keys.pem");

/// When the certificates are valid, in seconds.
const NOW: u32 = 1_800_000_000;

/// Adds the seeds of the targets that take something else than messages.
pub(crate) fn add(seeds: &mut Seeds) {
    sessions(seeds);
    tickets(seeds);
    records(seeds);
    chains(seeds);
    credentials(seeds);
}

fn sessions(seeds: &mut Seeds) {
    for pick in (0..=u8::MAX).step_by(15) {
        let session = session(pick);
        let encoded = session.encode().expect("a session that fits");
        add_to(seeds, "session", [&[0], &encoded[..]].concat());
        let client = ClientSession {
            session,
            session_id: vec![3; usize::from(pick % 33)],
            ticket: vec![4; usize::from(pick)],
        };
        let encoded = client.encode().expect("a session that fits");
        add_to(seeds, "session", [&[1], &encoded[..]].concat());
        // The body of a file: version, number of sessions, then each.
        let [_, high, middle, low] = (encoded.len() as u32).to_be_bytes();
        let entry = [
            &[1, 0, 1, 11],
            &b"example.com"[..],
            &[7; 32],
            &u64::from(NOW).to_be_bytes(),
            &[high, middle, low],
            &encoded,
        ];
        add_to(seeds, "session", [&[2], &entry.concat()[..]].concat());
    }
}

fn session(pick: u8) -> Session {
    let flag = |bit: u8| pick & bit != 0;
    let at = |seconds: u32| UnixTime::since_unix_epoch(Duration::from_secs(seconds.into()));
    let secret = if flag(1) {
        SessionSecret::Resumption(TicketPsk {
            psk: SecretBytes::new(&vec![7; if flag(2) { 48 } else { 32 }]),
            age_add: 1,
            issued_at: at(NOW),
            max_early_data: if flag(4) { 16384 } else { 0 },
        })
    } else {
        SessionSecret::Master(Secret::from_bytes(&[7; 48]).expect("48 bytes"))
    };
    let suite = [0xc02b, 0x1301, 0xc02f, 0x1302][usize::from(pick & 3)];
    Session {
        version: if flag(1) { 0x0304 } else { 0x0303 },
        suite,
        secret,
        extended_master_secret: true,
        authenticated_at: at(NOW),
        lifetime: 7200,
        isolation: IsolationKey::builder().finish(),
        server_name: flag(8).then(|| "example.com".to_owned()),
        alpn: flag(16).then(|| b"h2".to_vec()),
        external_psk: None,
        resumable_across_names: false,
        max_fragment_length: flag(32).then_some(1),
        peer_certificates: vec![vec![0x30, 0]; usize::from(pick >> 7)],
        peer_public_key: flag(64).then(|| vec![0x30, 0]),
    }
}

/// Unchanged, flipped, cut, lengthened, with the middle replaced.
fn tickets(seeds: &mut Seeds) {
    let changes: [&[u8]; 7] = [
        &[],
        &[0, 0, 0, 1],
        &[0, 0, 40, 0x80],
        &[1, 0, 44, 0],
        &[2, 0, 20, 9],
        &[4, 0, 30, 3, 1, 2, 3],
        &[0, 0, 5, 1, 3, 0, 0, 0],
    ];
    for pick in [0, 1, 0x0f, 0xff] {
        for hours in [0, 3, 24] {
            for change in changes {
                add_to(seeds, "ticket", [&[pick, hours], change].concat());
            }
        }
    }
}

/// Messages sealed under each protection, as they are and altered, and what was recorded.
fn records(seeds: &mut Seeds) {
    let message = recorded::rfc_8448().swap_remove(0);
    for protection in 0..6 {
        for options in [0, 1, 2, 4, 8, 0x10, 0x20, 0x3f] {
            let setup = [protection, options, 6];
            let honest = [0x61, 190, 0x62, 5];
            let alert = [0x60, 2, 1, 0];
            let altered = [0xc1, 4, 1, 2, 3, 4, 0, 9, 1];
            let plain = [0, 6, 20, 3, 3, 0, 1, 1];
            let parts = [
                &setup[..],
                &honest[..2],
                &message[..190],
                &honest[2..],
                b"hello",
            ];
            let begin = parts.concat();
            for end in [&[][..], &alert, &altered, &plain] {
                add_to(seeds, "record_opener", [&begin[..], end].concat());
            }
        }
    }
    let openings: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"+OK ready\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"\x80\x2e\x01\x03\x03\0\x15\0\0\0\x10",
        b"\x16\x03\x01\0\x04\x0e\0\0\0",
    ];
    for opening in openings {
        let operation = [0, 0, 2, 0, opening.len() as u8];
        add_to(seeds, "record_opener", [&operation[..], opening].concat());
    }
}

fn chains(seeds: &mut Seeds) {
    let certificates = load::certificates_from("certificates.pem", CERTIFICATES.as_bytes());
    let certificates = certificates.expect("certificates");
    let [root, authority, server, client, rsa] = &certificates[..] else {
        panic!("five certificates");
    };
    let chains: [(u8, &str, &[&Vec<u8>]); 9] = [
        (0, "example.com", &[root, server, authority]),
        (0, "a.example.com", &[root, server, authority]),
        (0, "192.0.2.1", &[root, server, authority]),
        (0, "example.net", &[root, server, authority]),
        (1, "", &[root, client, authority]),
        (3, "", &[root, client, authority]),
        (2, "rsa.example", &[root, rsa]),
        (0, "rsa.example", &[root, rsa, authority, authority]),
        (0, "example.com", &[root, authority]),
    ];
    for (flags, name, chain) in chains {
        let mut input = NOW.to_be_bytes().to_vec();
        input.extend([flags, name.len() as u8]);
        input.extend(name.as_bytes());
        for der in chain {
            input.extend((der.len() as u16).to_be_bytes());
            input.extend_from_slice(der);
        }
        add_to(seeds, "certificate_path", input);
    }
    certificates
        .into_iter()
        .for_each(|it| add_to(seeds, "credentials", it));
}

fn credentials(seeds: &mut Seeds) {
    for text in [CERTIFICATES, KEYS] {
        for section in text
            .split_inclusive("-----END")
            .collect::<Vec<_>>()
            .windows(2)
        {
            let begin = section[0].find("-----BEGIN").unwrap_or_default();
            let end = section[1].find('\n').map_or("", |at| &section[1][..=at]);
            let section = [&section[0][begin..], end].concat();
            add_to(seeds, "credentials", section.as_bytes().to_vec());
            if let Ok(key) = load::private_key_from("keys.pem", section.as_bytes()) {
                add_to(seeds, "credentials", key.secret_der().to_vec());
            }
        }
    }
    let pins = [
        "07".repeat(32),
        "07:".repeat(31) + "07",
        "B".repeat(42) + "A=",
    ];
    for pin in pins {
        add_to(seeds, "credentials", pin.clone().into_bytes());
        add_to(seeds, "credentials", format!("sha256//{pin}").into_bytes());
    }
}
