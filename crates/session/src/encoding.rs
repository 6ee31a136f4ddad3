//! The encoding of sessions: bytes for tickets, stores and files.
//!
//! The layout is documented at [`Session::encode`] and [`ClientSession::encode`]; integers are big-endian, as
//! everywhere in TLS (RFC 5246 section 4.1).

use premaster_crypto::Secret;
use zeroize::Zeroizing;

use crate::cursor::{Input, Out, corrupt};
use crate::session::at;
use crate::{ClientSession, DecodeFault, IsolationKey, Session, TooLong};

/// The first byte of an encoded [`Session`].
const SESSION_VERSION: u8 = 1;
/// The first byte of an encoded [`ClientSession`].
const CLIENT_SESSION_VERSION: u8 = 1;

const EXTENDED_MASTER_SECRET: u8 = 0x01;
const SERVER_NAME: u8 = 0x02;
const ALPN: u8 = 0x04;
const PEER_PUBLIC_KEY: u8 = 0x08;
const MAX_FRAGMENT_LENGTH: u8 = 0x10;
const FLAGS: u8 =
    EXTENDED_MASTER_SECRET | SERVER_NAME | ALPN | PEER_PUBLIC_KEY | MAX_FRAGMENT_LENGTH;

impl Session {
    /// The session as bytes, in a buffer that is wiped when dropped.
    ///
    /// | offset | bytes | field |
    /// |--:|--:|--|
    /// | 0 | 1 | version of this encoding: 1 |
    /// | 1 | 2 | `version` |
    /// | 3 | 2 | `suite` |
    /// | 5 | 1 | flags: 1 extended master secret, 2 server name, 4 ALPN, 8 peer public key, 16 max fragment length; all others 0 |
    /// | 6 | 8 | `authenticated_at`, seconds since 1970 |
    /// | 14 | 4 | `lifetime`, seconds |
    /// | 18 | 32 | `isolation` |
    /// | 50 | 48 | `master_secret`, not all zero |
    /// | 98 | 1 + n | `server_name`, UTF-8, if flagged: n, 1 to 255, then n bytes |
    /// | | 1 + n | `alpn`, if flagged: n, 1 to 255, then n bytes |
    /// | | 2 + n | `peer_public_key`, if flagged: n, 1 to 65,535, then n bytes |
    /// | | 1 | `max_fragment_length`, if flagged: 1 to 4 |
    /// | | 3 + n | `peer_certificates`: n, then n bytes of certificates, each with its length, at least 1, in 3 bytes |
    ///
    /// # Errors
    ///
    /// [`TooLong`] names the field that does not fit.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, TooLong> {
        let mut out = Out::with_capacity(self.encoded_len());
        self.write(&mut out);
        out.finish()
    }

    /// The session that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`DecodeFault::UnknownVersion`] if another version of this crate wrote it: treat it as a miss.
    /// [`DecodeFault::Corrupt`] if it does not fit the layout to the last byte.
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeFault> {
        let mut input = Input::new(encoded);
        input.version(SESSION_VERSION)?;
        let version = input.u16("version")?;
        let suite = input.u16("suite")?;
        let flags = input.u8("flags")?;
        if flags & !FLAGS != 0 {
            return Err(corrupt("flags"));
        }
        let flagged = |bit| flags & bit != 0;
        let session = Self {
            version,
            suite,
            extended_master_secret: flagged(EXTENDED_MASTER_SECRET),
            authenticated_at: at(input.u64("authenticated_at")?),
            lifetime: input.u32("lifetime")?,
            isolation: IsolationKey::from_bytes(*input.array("isolation")?),
            master_secret: master_secret(&mut input)?,
            server_name: if flagged(SERVER_NAME) {
                let name = input.short("server_name")?;
                let name = core::str::from_utf8(name).map_err(|_| corrupt("server_name"))?;
                Some(name.to_owned())
            } else {
                None
            },
            alpn: if flagged(ALPN) {
                Some(input.short("alpn")?.to_vec())
            } else {
                None
            },
            peer_public_key: if flagged(PEER_PUBLIC_KEY) {
                let length = usize::from(input.u16("peer_public_key")?);
                Some(input.some("peer_public_key", length)?.to_vec())
            } else {
                None
            },
            max_fragment_length: if flagged(MAX_FRAGMENT_LENGTH) {
                let length = input.u8("max_fragment_length")?;
                if !(1..=4).contains(&length) {
                    return Err(corrupt("max_fragment_length"));
                }
                Some(length)
            } else {
                None
            },
            peer_certificates: certificates(&mut input)?,
        };
        input.finish()?;
        Ok(session)
    }

    fn write(&self, out: &mut Out) {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        out.u8(SESSION_VERSION);
        out.bytes(&self.version.to_be_bytes());
        out.bytes(&self.suite.to_be_bytes());
        out.u8(flag(self.extended_master_secret, EXTENDED_MASTER_SECRET)
            | flag(self.server_name.is_some(), SERVER_NAME)
            | flag(self.alpn.is_some(), ALPN)
            | flag(self.peer_public_key.is_some(), PEER_PUBLIC_KEY)
            | flag(self.max_fragment_length.is_some(), MAX_FRAGMENT_LENGTH));
        out.bytes(&self.authenticated_at.as_secs().to_be_bytes());
        out.bytes(&self.lifetime.to_be_bytes());
        out.bytes(self.isolation.as_bytes());
        out.bytes(self.master_secret.as_bytes());
        if let Some(name) = &self.server_name {
            out.delimited("server_name", 1, 1, name.as_bytes());
        }
        if let Some(alpn) = &self.alpn {
            out.delimited("alpn", 1, 1, alpn);
        }
        if let Some(key) = &self.peer_public_key {
            out.delimited("peer_public_key", 2, 1, key);
        }
        if let Some(length) = self.max_fragment_length {
            out.u8(length);
        }
        out.length("peer_certificates", 3, self.certificates_len());
        for certificate in &self.peer_certificates {
            out.delimited("peer_certificates", 3, 1, certificate);
        }
    }

    fn certificates_len(&self) -> usize {
        let each = self
            .peer_certificates
            .iter()
            .map(|certificate| 3 + certificate.len());
        each.sum()
    }

    pub(crate) fn encoded_len(&self) -> usize {
        let optional =
            |prefix: usize, length: Option<usize>| length.map_or(0, |length| prefix + length);
        98 + optional(1, self.server_name.as_ref().map(String::len))
            + optional(1, self.alpn.as_ref().map(Vec::len))
            + optional(2, self.peer_public_key.as_ref().map(Vec::len))
            + optional(1, self.max_fragment_length.map(|_| 0))
            + 3
            + self.certificates_len()
    }
}

impl ClientSession {
    /// The client's session as bytes, in a buffer that is wiped when dropped.
    ///
    /// | offset | bytes | field |
    /// |--:|--:|--|
    /// | 0 | 1 | version of this encoding: 1 |
    /// | 1 | 1 + n | `session_id`: n, 0 to 32, then n bytes |
    /// | | 2 + n | `ticket`: n, then n bytes |
    /// | | the rest | `session`, as [`Session::encode`] writes it |
    ///
    /// # Errors
    ///
    /// [`TooLong`] names the field that does not fit.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, TooLong> {
        if self.session_id.len() > 32 {
            return Err(TooLong {
                field: "session_id",
            });
        }
        let length =
            1 + 1 + self.session_id.len() + 2 + self.ticket.len() + self.session.encoded_len();
        let mut out = Out::with_capacity(length);
        out.u8(CLIENT_SESSION_VERSION);
        out.delimited("session_id", 1, 0, &self.session_id);
        out.delimited("ticket", 2, 0, &self.ticket);
        self.session.write(&mut out);
        out.finish()
    }

    /// The client's session that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// As [`Session::decode`].
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeFault> {
        let mut input = Input::new(encoded);
        input.version(CLIENT_SESSION_VERSION)?;
        let length = usize::from(input.u8("session_id")?);
        if length > 32 {
            return Err(corrupt("session_id"));
        }
        let session_id = input.take("session_id", length)?.to_vec();
        let length = usize::from(input.u16("ticket")?);
        let ticket = input.take("ticket", length)?.to_vec();
        let session = Session::decode(input.rest)?;
        Ok(Self {
            session,
            session_id,
            ticket,
        })
    }
}

fn master_secret(input: &mut Input<'_>) -> Result<Secret<48>, DecodeFault> {
    let bytes: &[u8; 48] = input.array("master_secret")?;
    let secret = Secret::from_bytes(bytes).map_err(|_| corrupt("master_secret"))?;
    // Nothing derives such a secret; wherever it comes from, it protects nothing.
    if secret.ct_eq(&[0; 48]) {
        return Err(corrupt("master_secret"));
    }
    Ok(secret)
}

fn certificates(input: &mut Input<'_>) -> Result<Vec<Vec<u8>>, DecodeFault> {
    const FIELD: &str = "peer_certificates";
    let length = input.u24(FIELD)?;
    let mut list = Input::new(input.take(FIELD, length)?);
    let mut certificates = Vec::new();
    while !list.rest.is_empty() {
        let length = list.u24(FIELD)?;
        certificates.push(list.some(FIELD, length)?.to_vec());
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{bare, full};

    fn client() -> ClientSession {
        ClientSession {
            session: full(),
            session_id: vec![0xab; 32],
            ticket: vec![0xcd; 300],
        }
    }

    /// Everything that is stored, to compare sessions by.
    fn told(session: &Session) -> String {
        format!(
            "{session:?} {:?} {:?} {:?} {:?}",
            session.master_secret.as_bytes(),
            (&session.alpn, session.max_fragment_length),
            session.peer_certificates,
            session.peer_public_key,
        )
    }

    #[test]
    fn a_session_survives_encoding() {
        for session in [full(), bare()] {
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
            &[1][..],
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
        for version in (0..=255).filter(|version| *version != 1) {
            let miss = Err(DecodeFault::UnknownVersion(version));
            let mut encoded = full().encode().unwrap();
            encoded[0] = version;
            assert_eq!(Session::decode(&encoded).map(drop), miss);
            assert_eq!(
                Session::decode(&encoded[..1]).map(drop),
                miss,
                "whatever follows"
            );
            let mut encoded = client().encode().unwrap();
            encoded[0] = version;
            assert_eq!(ClientSession::decode(&encoded).map(drop), miss);
        }
    }

    #[test]
    fn no_prefix_decodes_and_no_byte_may_be_appended() {
        for encoded in [full().encode().unwrap(), bare().encode().unwrap()] {
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

    /// Each bit flip gives a miss, a fault, or another session that encodes to exactly the flipped bytes.
    #[test]
    fn no_two_encodings_mean_the_same_session() {
        for encoded in [full().encode().unwrap(), bare().encode().unwrap()] {
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
            ("flags", with(5, &[0x20])),
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
}
