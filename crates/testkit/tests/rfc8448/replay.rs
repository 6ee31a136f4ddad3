//! A provider that draws, shares and signs what one side of a trace did, and nothing else.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use premaster_crypto::{
    ActiveKeyExchange, CryptoError, KeyExchange, Provider, PublicKeyKind, SecureRandom,
    SharedSecret, Side, SignatureVerifier, SigningKey, public_key_kind, spki,
};
use premaster_handshake::Credential;
use premaster_trust::Certificate as Leaf;
use premaster_wire::{
    CertificateVerify, Decode, EncryptedExtension, HandshakeType, NamedGroup, SignatureScheme,
    tls13,
};
use rsa::pss::{Signature, VerifyingKey};
use rsa::signature::Verifier;
use rsa::{BoxedUint, RsaPublicKey};
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use sha2::Sha256;

use crate::trace::{Share, Trace};

/// The cryptography of one side of a trace. It lives as long as the process: a provider holds `'static` references.
pub(crate) fn provider(trace: &Trace, side: Side) -> Arc<Provider> {
    let mut provider = premaster_crypto_ring::provider();
    provider.random = Box::leak(Box::new(Draws::of(trace, side)));
    let groups = server_groups(trace).into_iter();
    provider.groups = groups.map(|group| known(trace, side, group)).collect();
    for verifier in &mut provider.verifiers {
        if verifier.id == SignatureScheme::rsa_pss_rsae_sha256.0 {
            *verifier = Box::leak(Box::new(SignatureVerifier {
                algorithms: &[&Rsa1024],
                tls13: Some(&Rsa1024),
                ..**verifier
            }));
        }
    }
    Arc::new(provider)
}

/// The groups that the server says it has, best first (RFC 8446 section 4.2.7).
pub(crate) fn server_groups(trace: &Trace) -> Vec<NamedGroup> {
    let message = trace.message(Side::Server, HandshakeType::encrypted_extensions);
    let message = message.expect("in every trace");
    let message = tls13::EncryptedExtensions::decode(&message[4..]).expect("EncryptedExtensions");
    let list = message
        .extensions
        .iter()
        .find_map(|extension| match extension {
            EncryptedExtension::SupportedGroups(list) => Some(list.iter().collect()),
            _ => None,
        });
    list.expect("in every trace")
}

/// What a side draws, in its order. Who asks for another number of bytes gets what the trace has of that length next.
#[derive(Debug)]
struct Draws(Mutex<VecDeque<Vec<u8>>>);

impl Draws {
    fn of(trace: &Trace, side: Side) -> Self {
        let mut draws = VecDeque::new();
        match side {
            Side::Client => {
                draws.push_back(trace.session_id());
                draws.push_back(trace.client_random().to_vec());
            }
            Side::Server => {
                draws.push_back(trace.server_random().to_vec());
                draws.extend(
                    trace
                        .ticket()
                        .map(|ticket| ticket.age_add.to_be_bytes().to_vec()),
                );
            }
        }
        draws.retain(|draw| !draw.is_empty());
        Self(Mutex::new(draws))
    }
}

impl SecureRandom for Draws {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        let mut draws = self.0.lock().expect("no test panicked here");
        let fits = |draw: &Vec<u8>| draw.len() == out.len();
        let next = draws.iter().position(fits).ok_or(CryptoError)?;
        let draw = draws.remove(next).ok_or(CryptoError)?;
        out.copy_from_slice(&draw);
        Ok(())
    }
}

/// A group in which one side has the trace's share, if it has one.
#[derive(Clone, Debug)]
struct Recorded {
    group: NamedGroup,
    ours: Option<Share>,
    /// The peer's share, and what comes of it.
    outcome: Option<(Share, Vec<u8>)>,
}

fn known(trace: &Trace, side: Side, group: NamedGroup) -> &'static dyn KeyExchange {
    let in_group = |share: &Share| share.group == group;
    let of_client = trace.client_shares().into_iter().find(in_group);
    let of_server = Some(trace.server_share()).filter(in_group);
    let (ours, theirs) = match side {
        Side::Client => (of_client, of_server),
        Side::Server => (of_server, of_client),
    };
    let secret = trace.secret("shared_secret").expect("in every trace");
    let outcome = theirs.map(|share| (share, secret));
    Box::leak(Box::new(Recorded {
        group,
        ours,
        outcome,
    }))
}

impl KeyExchange for Recorded {
    fn id(&self) -> u16 {
        self.group.0
    }

    fn name(&self) -> &'static str {
        self.group.name().expect("a group of the RFC")
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        match self.ours {
            Some(_) => Ok(Box::new(self.clone())),
            None => Err(CryptoError),
        }
    }
}

impl ActiveKeyExchange for Recorded {
    fn share(&self) -> &[u8] {
        let share = self.ours.as_ref();
        share.map(|share| &share.public[..]).unwrap_or_default()
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        match self.outcome {
            Some((share, secret)) if share.public == peer_share => {
                Ok(SharedSecret::from_bytes(&secret))
            }
            _ => Err(CryptoError),
        }
    }
}

/// What a side shows in Certificate and CertificateVerify, if it does.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) chain: Vec<Vec<u8>>,
    /// The key as [`Rsa1024`] wants it.
    pub(crate) spki: Vec<u8>,
    pub(crate) scheme: SignatureScheme,
    signature: Vec<u8>,
    verifiers: Arc<Provider>,
}

impl Identity {
    pub(crate) fn of(trace: &Trace, side: Side) -> Option<Self> {
        let certificate = trace.message(side, HandshakeType::certificate)?;
        let certificate = tls13::Certificate::decode(&certificate[4..]).expect("a Certificate");
        let entries = certificate.certificate_list.iter();
        let chain: Vec<_> = entries.map(|entry| entry.cert_data.to_vec()).collect();
        let leaf = Leaf::parse(chain.first().expect("a leaf")).expect("a certificate");
        let verify = trace.message(side, HandshakeType::certificate_verify)?;
        let verify = CertificateVerify::decode(&verify[4..]).expect("a CertificateVerify");
        Some(Self {
            spki: widened(&leaf.spki()),
            scheme: verify.algorithm,
            signature: verify.signature.to_vec(),
            verifiers: provider(trace, side),
            chain,
        })
    }

    /// For the side whose identity it is.
    pub(crate) fn credential(self) -> Arc<Credential> {
        let key = Replayed {
            schemes: [self.scheme.0],
            identity: self.clone(),
        };
        Arc::new(Credential::new(self.chain, Arc::new(key)).expect("a kind of key that is known"))
    }

    /// Whether the recorded signature is one of this message.
    pub(crate) fn signed(&self, message: &[u8]) -> bool {
        let (spki, scheme) = (&self.spki, self.scheme.0);
        let proof = self
            .verifiers
            .verify_signature_tls13(spki, scheme, message, &self.signature);
        proof.is_ok()
    }
}

/// Signs what was signed in the trace, with the signature of the trace.
#[derive(Debug)]
struct Replayed {
    schemes: [u16; 1],
    identity: Identity,
}

impl SigningKey for Replayed {
    fn schemes(&self) -> &[u16] {
        &self.schemes
    }

    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let same = self.schemes == [scheme] && self.identity.signed(message);
        same.then(|| self.identity.signature.clone())
            .ok_or(CryptoError)
    }

    fn spki(&self) -> Vec<u8> {
        self.identity.spki.clone()
    }
}

/// The signatures of RSA keys with 1024 bits, which nobody else here believes: so the key is written with a modulus of
/// twice the length, whose lower half is zero.
#[derive(Debug)]
struct Rsa1024;

/// Bytes of the modulus.
const MODULUS: usize = 128;
/// RSAPublicKey (RFC 8017 appendix A.1.1) as far as the modulus, and behind it: the exponent is 65537.
const BEFORE: [u8; 9] = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
const BEHIND: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];

/// The key as [`Rsa1024`] wants it, if it is one of RSA.
fn widened(key: &[u8]) -> Vec<u8> {
    match public_key_kind(key).expect("a key") {
        PublicKeyKind::Rsa { bits } => {
            assert_eq!(bits, 8 * MODULUS, "a short key");
            let modulus = &key[key.len() - BEHIND.len() - MODULUS..][..MODULUS];
            let wide = [&BEFORE, modulus, &[0; MODULUS], &BEHIND].concat();
            spki::encode(&alg_id::RSA_ENCRYPTION, &wide)
        }
        _ => key.to_vec(),
    }
}

impl SignatureVerificationAlgorithm for Rsa1024 {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let modulus = key.strip_prefix(&BEFORE).ok_or(InvalidSignature)?;
        let modulus = modulus.get(..MODULUS).ok_or(InvalidSignature)?;
        let modulus = BoxedUint::from_be_slice_vartime(modulus);
        let key = RsaPublicKey::new(modulus, BoxedUint::from(65_537_u32));
        let key = VerifyingKey::<Sha256>::new(key.map_err(|_| InvalidSignature)?);
        let signature = Signature::try_from(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_PSS_SHA256
    }
}

mod tests {
    use premaster_crypto::HashAlgorithm;
    use premaster_crypto::tls13::{certificate_verify_content, message_hash};

    use super::*;

    /// Everything said before this message of this side, as the transcript has it (RFC 8446 section 4.4.1).
    fn before(trace: &Trace, side: Side, kind: HandshakeType) -> Vec<u8> {
        let mut said = Vec::new();
        for record in &trace.records {
            if record.content_type != premaster_wire::ContentType::handshake {
                continue;
            }
            for message in crate::trace::split(&record.content) {
                if record.sender == side && message[0] == kind.0 {
                    return said;
                }
                if trace.retries() && said.len() == trace.client_hellos()[0].len() {
                    said = message_hash(&HashAlgorithm::Sha256.hash(&[&said]));
                }
                said.extend(message);
            }
        }
        panic!("{side:?} never says {kind}");
    }

    #[test]
    fn the_recorded_signatures_are_those_of_the_transcripts() {
        let mut signatures = 0;
        for trace in Trace::all() {
            for side in [Side::Client, Side::Server] {
                let Some(identity) = Identity::of(&trace, side) else {
                    continue;
                };
                signatures += 1;
                let said = before(&trace, side, HandshakeType::certificate_verify);
                let hash = HashAlgorithm::Sha256.hash(&[&said]);
                assert!(identity.signed(&certificate_verify_content(side, &hash)));
                let other = HashAlgorithm::Sha256.hash(&[&said[1..]]);
                assert!(!identity.signed(&certificate_verify_content(side, &other)));
            }
        }
        assert_eq!(signatures, 5, "four servers and one client");
    }

    #[test]
    fn both_sides_agree_on_the_recorded_secret_and_on_no_other() {
        for trace in Trace::all() {
            let group = trace.server_share().group;
            let start = |side| {
                let provider = provider(&trace, side);
                provider
                    .group(group.0)
                    .expect("the trace's")
                    .start()
                    .expect("a share")
            };
            let (client, server) = (start(Side::Client), start(Side::Server));
            let shares = [client.share().to_vec(), server.share().to_vec()];
            assert!(start(Side::Client).complete(&shares[0]).is_err());
            let ours = client.complete(&shares[1]).expect("the server's share");
            let theirs = server.complete(&shares[0]).expect("the client's share");
            assert_eq!(ours.as_bytes(), theirs.as_bytes());
            let silent = provider(&trace, Side::Server);
            let silent = silent.groups.iter().filter(|silent| silent.id() != group.0);
            assert!(silent.clone().all(|silent| silent.start().is_err()));
            assert!(silent.count() >= 2);
        }
    }
}
