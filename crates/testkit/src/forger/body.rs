//! The bodies of a forger's messages: of every type there is, well-formed, whoever should say it.

use premaster_wire::HandshakeType;

use super::plan::numbers;
use super::{Forger, Plan};

/// Bytes with their length in front, in one byte.
///
/// # Panics
///
/// If they are too long.
#[must_use]
pub fn vector8(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("a short vector");
    [&[length], bytes].concat()
}

/// Bytes with their length in front, in two bytes.
///
/// # Panics
///
/// If they are too long.
#[must_use]
pub fn vector16(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a short vector");
    [&length.to_be_bytes(), bytes].concat()
}

/// Bytes with their length in front, in three bytes.
///
/// # Panics
///
/// If they are too long.
#[must_use]
pub fn vector24(bytes: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(bytes.len())
        .expect("a short vector")
        .to_be_bytes();
    [&length[..], bytes].concat()
}

/// A message of this type.
#[must_use]
pub fn message(kind: HandshakeType, body: &[u8]) -> Vec<u8> {
    [vec![kind.0], vector24(body)].concat()
}

impl Forger {
    /// The body of a message of this type.
    pub(super) fn body(&mut self, kind: HandshakeType) -> Vec<u8> {
        match kind {
            HandshakeType::client_hello => self.client_hello(),
            HandshakeType::server_hello => self.server_hello(),
            HandshakeType::hello_verify_request => vec![3, 3, 0],
            HandshakeType::new_session_ticket => [
                &self.plan.ticket_lifetime.to_be_bytes()[..],
                &vector16(&self.plan.ticket),
            ]
            .concat(),
            HandshakeType::hello_retry_request => vec![3, 4, 0x13, 0x01, 0, 0],
            HandshakeType::encrypted_extensions => vec![0, 0],
            HandshakeType::certificate => self.certificate(),
            HandshakeType::server_key_exchange => self.server_key_exchange(),
            HandshakeType::certificate_request => self.certificate_request(),
            HandshakeType::certificate_verify => self.certificate_verify(),
            HandshakeType::client_key_exchange => self.client_key_exchange(),
            HandshakeType::finished => self.finished(),
            HandshakeType::certificate_status => [vec![1], vector24(b"an OCSP response")].concat(),
            HandshakeType::supplemental_data => vector24(&[0, 0, 0, 0]),
            HandshakeType::key_update => vec![0],
            HandshakeType::message_hash => vec![0x77; 32],
            HandshakeType::hello_request
            | HandshakeType::server_hello_done
            | HandshakeType::end_of_early_data => vec![],
            _ => vec![0, 1, 2, 3],
        }
    }

    fn client_hello(&self) -> Vec<u8> {
        let plan = &self.plan;
        [
            plan.opening(),
            vector16(&numbers(&plan.suites)),
            vector8(&plan.compression),
            plan.extensions(),
        ]
        .concat()
    }

    fn server_hello(&self) -> Vec<u8> {
        let plan = &self.plan;
        [
            plan.opening(),
            plan.suite.to_be_bytes().to_vec(),
            vec![plan.compression[0]],
            plan.extensions(),
        ]
        .concat()
    }

    fn certificate(&self) -> Vec<u8> {
        let list = self.plan.chain.iter().flat_map(|der| vector24(der));
        vector24(&list.collect::<Vec<_>>())
    }

    fn certificate_request(&self) -> Vec<u8> {
        [
            vector8(&[64, 1]),
            vector16(&numbers(&self.plan.schemes)),
            vector16(&[]),
        ]
        .concat()
    }

    fn certificate_verify(&self) -> Vec<u8> {
        self.signed(&self.transcript)
    }

    /// A scheme and a signature (RFC 5246 section 4.7).
    pub(super) fn signed(&self, content: &[u8]) -> Vec<u8> {
        let plan = &self.plan;
        let content = plan.signs.as_deref().unwrap_or(content);
        let scheme = plan.signs_with.unwrap_or(plan.scheme);
        let key = plan.key.as_ref();
        let signature = key.map(|key| key.sign(scheme, content).expect("a scheme of this key"));
        let signature = vector16(&signature.unwrap_or_else(|| vec![0; 70]));
        [plan.scheme.to_be_bytes().to_vec(), signature].concat()
    }

    /// RFC 5246 section 7.4.9. Without a master secret there is only a guess.
    fn finished(&self) -> Vec<u8> {
        if self.plan.reflects {
            return self.reflection.clone();
        }
        match (&self.master, self.chosen()) {
            (Some(master), Some(suite)) => {
                let transcript = self.digest(suite);
                master.verify_data(self.side, &transcript).to_vec()
            }
            _ => vec![0; 12],
        }
    }

    /// Whether a Finished of the victim is the one that the forger computes.
    pub(super) fn agrees_with(&self, body: &[u8]) -> bool {
        match (&self.master, self.chosen()) {
            (Some(master), Some(suite)) => {
                let expected = master.verify_data(self.side.other(), &self.digest(suite));
                expected[..] == *body
            }
            _ => false,
        }
    }
}

impl Plan {
    /// What both hellos begin with.
    fn opening(&self) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        let session_id = vector8(&self.session_id);
        [&version[..], &self.random, &session_id].concat()
    }

    fn extensions(&self) -> Vec<u8> {
        let Some(extensions) = &self.extensions else {
            return Vec::new();
        };
        let one = |(kind, body): &(premaster_wire::ExtensionType, Vec<u8>)| {
            [kind.0.to_be_bytes().to_vec(), vector16(body)].concat()
        };
        vector16(&extensions.iter().flat_map(one).collect::<Vec<_>>())
    }
}
