//! The bodies of a forger's messages: of every type there is, well-formed, whoever should say it.

use premaster_crypto::tls13::{EarlySecret, certificate_verify_content};
use premaster_crypto::{HashAlgorithm, Side, suite};
use premaster_wire::{ExtensionType, HandshakeType, Random};

use super::compression::inverted;
use super::plan::numbers;
use super::{Extension, Forger};
use crate::forger::{message, vector8, vector16, vector24};

impl Forger {
    /// The body of a message of this type.
    pub(super) fn body(&mut self, kind: HandshakeType) -> Vec<u8> {
        match kind {
            HandshakeType::client_hello => self.client_hello(),
            HandshakeType::server_hello => self.server_hello(),
            HandshakeType::hello_verify_request => vec![3, 3, 0],
            HandshakeType::new_session_ticket => self.new_session_ticket(),
            HandshakeType::hello_retry_request => vec![3, 4, 0x13, 0x01, 0, 0],
            HandshakeType::encrypted_extensions => {
                let extensions = self.plan.encrypted.clone();
                self.extensions(&extensions)
            }
            HandshakeType::certificate => self.certificate(),
            HandshakeType::compressed_certificate => self.compressed_certificate(),
            HandshakeType::server_key_exchange => vec![3, 0, 29, 1, 9, 4, 3, 0, 0],
            HandshakeType::certificate_request => self.certificate_request(),
            HandshakeType::certificate_verify => self.certificate_verify(),
            HandshakeType::client_key_exchange => vector8(&[9; 32]),
            HandshakeType::finished => self.finished(),
            HandshakeType::certificate_status => [vec![1], vector24(b"an OCSP response")].concat(),
            HandshakeType::supplemental_data => vector24(&[0, 0, 0, 0]),
            HandshakeType::key_update => vec![self.plan.update],
            HandshakeType::message_hash => vec![0x77; 32],
            HandshakeType::hello_request
            | HandshakeType::server_hello_done
            | HandshakeType::end_of_early_data => vec![],
            _ => vec![0, 1, 2, 3],
        }
    }

    fn client_hello(&mut self) -> Vec<u8> {
        if self.retried
            && let Some(change) = self.plan.second.take()
        {
            change(&mut self.plan);
        }
        let extensions = self.plan.hello.clone();
        let extensions = self.extensions(&extensions);
        let plan = &self.plan;
        let session_id = plan.session_id.as_deref().unwrap_or_default();
        let mut body = [
            &plan.version.to_be_bytes()[..],
            &plan.random,
            &vector8(session_id),
            &vector16(&numbers(&plan.suites)),
            &vector8(&plan.compression),
            &extensions,
        ]
        .concat();
        self.bind(&mut body);
        body
    }

    /// Writes the right binders over the end of a ClientHello (RFC 8446 section 4.2.11.2).
    fn bind(&self, body: &mut [u8]) {
        let computed = (ExtensionType::pre_shared_key, None);
        if self.plan.hello.last() != Some(&computed) {
            return;
        }
        let binders = self.binders(|_, length| vec![0; length]);
        let whole = message(HandshakeType::client_hello, body);
        let covered = &whole[..whole.len() - binders.len()];
        let binders = self.binders(|psk, _| {
            let transcript = [&self.transcript[..], covered].concat();
            let digest = psk.algorithm().hash(&[&transcript]);
            EarlySecret::new(psk).binder_key().binder(&digest).to_vec()
        });
        let end = body.len();
        body[end - binders.len()..].copy_from_slice(&binders);
    }

    fn binders(&self, make: impl Fn(&premaster_crypto::tls13::Psk, usize) -> Vec<u8>) -> Vec<u8> {
        let binders = self.plan.psks.iter().flat_map(|offered| {
            let length = offered.psk.algorithm().output_len();
            let binder = offered.binder.clone();
            vector8(&binder.unwrap_or_else(|| make(&offered.psk, length)))
        });
        vector16(&binders.collect::<Vec<_>>())
    }

    fn offered_psks(&self) -> Vec<u8> {
        let identities = self.plan.psks.iter().flat_map(|offered| {
            let age = offered.age.to_be_bytes();
            [vector16(&offered.identity), age.to_vec()].concat()
        });
        let identities = vector16(&identities.collect::<Vec<_>>());
        [identities, self.binders(|_, length| vec![0; length])].concat()
    }

    fn server_hello(&mut self) -> Vec<u8> {
        let retry = self.plan.retries > 0;
        let (random, list, chosen) = if retry {
            self.plan.retries -= 1;
            let chosen = self.plan.retry_suite.unwrap_or(self.plan.suite);
            (
                Random::HELLO_RETRY_REQUEST.0,
                self.plan.retry.clone(),
                chosen,
            )
        } else {
            (self.plan.random, self.plan.hello.clone(), self.plan.suite)
        };
        self.suite = chosen;
        self.asks_again = retry;
        let extensions = self.extensions(&list);
        let session_id = self.plan.session_id.as_ref();
        let session_id = session_id.unwrap_or(&self.heard.session_id);
        [
            &self.plan.version.to_be_bytes()[..],
            &random,
            &vector8(session_id),
            &chosen.to_be_bytes(),
            &self.plan.compression[..1],
            &extensions,
        ]
        .concat()
    }

    /// A list of extensions; what has no body gets an honest one.
    fn extensions(&mut self, list: &[Extension]) -> Vec<u8> {
        let mut all = Vec::new();
        for (kind, body) in list {
            let body = match (body, *kind) {
                (Some(body), _) => body.clone(),
                (None, ExtensionType::key_share) => self.key_share(),
                (None, ExtensionType::pre_shared_key) if self.side == Side::Client => {
                    self.offered_psks()
                }
                (None, ExtensionType::pre_shared_key) => vec![0, 0],
                (None, _) => Vec::new(),
            };
            all.extend([kind.0.to_be_bytes().to_vec(), vector16(&body)].concat());
        }
        vector16(&all)
    }

    fn certificate(&mut self) -> Vec<u8> {
        let entry = self.plan.entry.clone();
        let first = self.extensions(&entry);
        let others = self.plan.other_entries.clone();
        let others = self.extensions(&others);
        let list = self.plan.chain.iter().enumerate().flat_map(|(at, der)| {
            let extensions = if at == 0 { &first } else { &others };
            [vector24(der), extensions.clone()].concat()
        });
        let list = vector24(&list.collect::<Vec<_>>());
        [vector8(self.context()), list].concat()
    }

    /// What a certificate answers.
    fn context(&self) -> &[u8] {
        let context = self.plan.context.as_ref();
        context.unwrap_or(&self.heard.context)
    }

    fn compressed_certificate(&mut self) -> Vec<u8> {
        let plain = self.certificate();
        let length = u32::try_from(plain.len()).expect("a short certificate");
        let [_, length @ ..] = self.plan.uncompressed.unwrap_or(length).to_be_bytes();
        [
            &self.plan.compressed_by.to_be_bytes()[..],
            &length,
            &vector24(&inverted(&plain)),
        ]
        .concat()
    }

    fn certificate_request(&mut self) -> Vec<u8> {
        let list = self.plan.request.clone();
        let extensions = self.extensions(&list);
        let context = self.plan.context.clone().unwrap_or_default();
        [vector8(&context), extensions].concat()
    }

    /// A scheme and a signature (RFC 8446 section 4.4.3).
    fn certificate_verify(&self) -> Vec<u8> {
        let plan = &self.plan;
        let hash = self.hash();
        let content = match plan.signs {
            Some(signs) => signs(self.side, &self.transcript, hash),
            None => certificate_verify_content(self.side, &hash.hash(&[&self.transcript])),
        };
        let scheme = plan.signs_with.unwrap_or(plan.scheme);
        let key = plan.key.as_ref();
        let signature = key.map(|key| key.sign(scheme, &content).expect("a scheme of this key"));
        let signature = vector16(&signature.unwrap_or_else(|| vec![0; 70]));
        [plan.scheme.to_be_bytes().to_vec(), signature].concat()
    }

    /// RFC 8446 section 4.4.4. Without a secret there is only a guess.
    fn finished(&self) -> Vec<u8> {
        if self.plan.reflects {
            return self.reflection.clone();
        }
        match self.secrets.finished_key(self.side) {
            Some(key) => key.verify_data(&self.digest()).to_vec(),
            None => vec![0; self.hash().output_len()],
        }
    }

    fn new_session_ticket(&mut self) -> Vec<u8> {
        let list = self.plan.ticket.extensions.clone();
        let extensions = self.extensions(&list);
        let ticket = &self.plan.ticket;
        [
            &ticket.lifetime.to_be_bytes()[..],
            &ticket.age_add.to_be_bytes(),
            &vector8(&ticket.nonce),
            &vector16(&ticket.ticket),
            &extensions,
        ]
        .concat()
    }

    /// The hash function of the suite in force.
    pub(super) fn hash(&self) -> HashAlgorithm {
        suite(self.suite).map_or(HashAlgorithm::Sha256, |suite| suite.hash)
    }
}
