//! A backend for whole connections: what a key exchange yields is secret, and so is all that comes of it.
//!
//! ```text
//!   shared secret, RSA block, premaster secret   poisoned
//!        |  key schedule, Finished, binders, record keys, tickets: the code under test
//!        v
//!   seal      ciphertext and tag                 released: sent
//!   open      messages, alerts                   released: received; application data stays secret
//!   sign, verify   what a signature covers       released: signed
//! ```

use core::cell::Cell;
use core::ops::Range;
use std::sync::Arc;

use premaster_crypto::{
    ActiveKeyExchange, Aead, AeadAlgorithm, AeadKey, Cbc, CbcAlgorithm, CbcKey, CryptoError,
    DecryptionKey, DhGroup, DirectionKeys, KeyExchange, KeyTransport, MacOrder, Provider,
    RecordContext, Secret, SecretBytes, SecureRandom, SharedSecret, SignatureVerifier, SigningKey,
};
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, PrivateKeyDer, SignatureVerificationAlgorithm,
};

use crate::trial::{
    Reason, declassify, declassify_if_secret, declassify_value, declassify_verdict, looked_at,
    poison,
};

/// Content type of application data, and type of a Finished.
const APPLICATION_DATA: u8 = 23;
const FINISHED: u8 = 20;

/// Additional data: of records up to TLS 1.2 (RFC 5246 section 6.2.3.3), of records of TLS 1.3 (RFC 8446
/// section 5.2), of tickets.
const CLASSIC_RECORD: usize = 13;
const RECORD: usize = 5;
const TICKET: usize = 16;

/// Where a record of TLS 1.3 is searched for its type: in the last bytes, then in those before.
const END: usize = 64;

/// Everything there is, watched.
pub(crate) fn provider() -> Provider {
    let open = premaster_crypto_ml_kem::extend(premaster_crypto_ring::provider());
    let open = premaster_crypto_rsa_transport::extend(premaster_crypto_classic::extend(open));
    let fields = open.dh_groups.iter().cloned().map(Watched);
    let verifiers = open.verifiers.iter().map(|verifier| watched(verifier));
    Provider {
        random: &PremastersPoisoned,
        aeads: each(&open.aeads, |aead| leak(Watched(aead))),
        cbc: each(&open.cbc, |cbc| leak(Watched(cbc))),
        groups: each(&open.groups, |group| leak(Watched(group))),
        dh_groups: fields
            .map(|field| Arc::new(field) as Arc<dyn DhGroup>)
            .collect(),
        key_transport: open.key_transport.map(|one| leak(Watched(one)) as _),
        verifiers: verifiers.collect(),
        load_key,
        ..open
    }
}

/// A provider refers to what lives as long as the process.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn each<T: Copy, W: ?Sized>(list: &[T], wrap: fn(T) -> &'static W) -> Vec<&'static W> {
    list.iter().copied().map(wrap).collect()
}

thread_local! {
    static SPOILS: Cell<bool> = const { Cell::new(false) };
}

/// Whether every Finished that is received under an AEAD is wrong in its last bit.
pub(crate) fn spoil_finished(spoils: bool) {
    SPOILS.set(spoils);
}

fn load_key(key: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, CryptoError> {
    let key = (premaster_crypto_ring::provider().load_key)(key)?;
    Ok(Arc::new(Watched(key)))
}

/// Something of a backend.
#[derive(Debug)]
struct Watched<T>(T);

fn poisoned(secret: &[u8]) -> Vec<u8> {
    let mut bytes = secret.to_vec();
    poison(&mut bytes);
    bytes
}

impl KeyExchange for Watched<&'static dyn KeyExchange> {
    fn id(&self) -> u16 {
        self.0.id()
    }

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn tls13_only(&self) -> bool {
        self.0.tls13_only()
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        Ok(Box::new(Watched(self.0.start()?)))
    }

    fn respond(&self, peer_share: &[u8]) -> Result<(Vec<u8>, SharedSecret), CryptoError> {
        let (share, secret) = self.0.respond(peer_share)?;
        Ok((
            share,
            SharedSecret::from_bytes(&poisoned(secret.as_bytes())),
        ))
    }
}

impl DhGroup for Watched<Arc<dyn DhGroup>> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn id(&self) -> Option<u16> {
        self.0.id()
    }

    fn prime(&self) -> &[u8] {
        self.0.prime()
    }

    fn generator(&self) -> &[u8] {
        self.0.generator()
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        Ok(Box::new(Watched(self.0.start()?)))
    }
}

impl ActiveKeyExchange for Watched<Box<dyn ActiveKeyExchange>> {
    fn share(&self) -> &[u8] {
        self.0.share()
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        let secret = self.0.complete(peer_share)?;
        Ok(SharedSecret::from_bytes(&poisoned(secret.as_bytes())))
    }
}

impl KeyTransport for Watched<&'static dyn KeyTransport> {
    fn encrypt(&self, spki: &[u8], premaster: &Secret<48>) -> Result<Vec<u8>, CryptoError> {
        let mut ciphertext = self.0.encrypt(spki, premaster)?;
        declassify(&mut ciphertext, Reason::Sent);
        Ok(ciphertext)
    }

    fn load_key(&self, key: &PrivateKeyDer<'_>) -> Result<Arc<dyn DecryptionKey>, CryptoError> {
        Ok(Arc::new(Watched(self.0.load_key(key)?)))
    }
}

impl DecryptionKey for Watched<Arc<dyn DecryptionKey>> {
    fn decrypt(&self, ciphertext: &[u8]) -> Result<SecretBytes, CryptoError> {
        let block = self.0.decrypt(ciphertext)?;
        Ok(SecretBytes::new(&poisoned(block.as_bytes())))
    }

    fn spki(&self) -> Vec<u8> {
        self.0.spki()
    }
}

/// Randomness of which premaster secrets, and they alone, are poisoned: nothing else is 48 bytes long.
#[derive(Debug)]
struct PremastersPoisoned;

impl SecureRandom for PremastersPoisoned {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        premaster_crypto_ring::provider().random.fill(out)?;
        if out.len() == 48 {
            poison(out);
        }
        Ok(())
    }
}

fn watched(verifier: &SignatureVerifier) -> &'static SignatureVerifier {
    let algorithms: Vec<&dyn SignatureVerificationAlgorithm> =
        each(verifier.algorithms, |one| leak(Watched(one)));
    leak(SignatureVerifier {
        algorithms: Box::leak(algorithms.into_boxed_slice()),
        tls13: verifier.tls13.map(|one| leak(Watched(one)) as _),
        ..*verifier
    })
}

impl SigningKey for Watched<Arc<dyn SigningKey>> {
    fn schemes(&self) -> &[u16] {
        self.0.schemes()
    }

    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut message = message.to_vec();
        declassify_if_secret(&mut message, Reason::Signed);
        self.0.sign(scheme, &message)
    }

    fn spki(&self) -> Vec<u8> {
        self.0.spki()
    }
}

impl SignatureVerificationAlgorithm for Watched<&'static dyn SignatureVerificationAlgorithm> {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let mut message = message.to_vec();
        declassify_if_secret(&mut message, Reason::Signed);
        self.0.verify_signature(key, &message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }
}

impl Aead for Watched<&'static dyn Aead> {
    fn algorithm(&self) -> AeadAlgorithm {
        self.0.algorithm()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        Ok(Box::new(Watched(self.0.key(key)?)))
    }
}

impl AeadKey for Watched<Box<dyn AeadKey>> {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        let tag = self.0.seal(nonce, aad, in_out)?;
        declassify_if_secret(in_out, Reason::Sent);
        Ok(declassify_value(tag, Reason::Sent))
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Result<usize, CryptoError> {
        let len = self.0.open(nonce, aad, in_out)?;
        let opened = &mut in_out[..len];
        match aad.len() {
            TICKET => release_ticket(opened),
            CLASSIC_RECORD => release_record(aad[8], opened),
            RECORD => {
                // The last byte that is not zero (RFC 8446 section 5.4).
                let inner = looked_at(opened);
                match inner.iter().rfind(|byte| **byte != 0) {
                    Some(&APPLICATION_DATA) => {
                        let end = len.saturating_sub(END);
                        declassify(&mut opened[end..], Reason::ContentType);
                    }
                    _ => release_record(0, opened),
                }
            }
            other => panic!("additional data of {other} bytes"),
        }
        Ok(len)
    }
}

/// What the peer says, but for application data.
fn release_record(content_type: u8, opened: &mut [u8]) {
    if content_type == APPLICATION_DATA || opened.is_empty() {
        return;
    }
    declassify(opened, Reason::Received);
    if SPOILS.get() && opened[0] == FINISHED {
        // The first message: its header, then verify_data.
        let len = usize::from(opened[3]);
        opened[3 + len] ^= 1;
    }
}

/// Of a session all but its secret: see `Session::encode`. A ticket lies open between two connections, so whatever was
/// secret in it has to become so again.
fn release_ticket(opened: &mut [u8]) {
    let (head, rest) = opened.split_at_mut(50);
    declassify_if_secret(head, Reason::TicketFields);
    let secret = match (&head[1..3], &head[3..5]) {
        ([3, 4], [0x13, 2]) => 48,
        ([3, 4], _) => 32,
        _ => 48,
    };
    let (secret, fields) = rest.split_at_mut(secret);
    declassify_if_secret(fields, Reason::TicketFields);
    poison(secret);
}

impl Cbc for Watched<&'static dyn Cbc> {
    fn algorithm(&self) -> CbcAlgorithm {
        self.0.algorithm()
    }

    fn key(&self, keys: &DirectionKeys, order: MacOrder) -> Result<Box<dyn CbcKey>, CryptoError> {
        Ok(Box::new(Watched(self.0.key(keys, order)?)))
    }
}

impl CbcKey for Watched<Box<dyn CbcKey>> {
    fn seal(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
        content: usize,
    ) -> Result<(), CryptoError> {
        self.0.seal(context, fragment, content)?;
        declassify(fragment, Reason::Sent);
        Ok(())
    }

    fn open(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
    ) -> Result<Range<usize>, CryptoError> {
        let opened = declassify_verdict(self.0.open(context, fragment))?;
        release_record(context.content_type, &mut fragment[opened.clone()]);
        Ok(opened)
    }

    fn sealed_len(&self, content: usize) -> usize {
        self.0.sealed_len(content)
    }

    fn most_content(&self, fragment: usize) -> Option<usize> {
        self.0.most_content(fragment)
    }
}
