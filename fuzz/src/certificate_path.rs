//! Certificate chains: the work is bounded, and what is accepted is what was asked for.
//!
//! The input is a time of four bytes, flags, a server name behind its length, and certificates each behind a length of
//! two bytes: first the root, then the chain. A signature counts as good unless it begins with 0xff: no fuzzer forges one.

use std::{cell::Cell, time::Duration};

use premaster_crypto::Provider;
use premaster_trust::{
    Certificate, KeyUse, Pin, PinVerifier, Roots, ServerName, TrustError, UnixTime, Verified,
    Verifier, VerifyRequest, WebpkiVerifier,
};
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

use crate::{fixed::PROVIDER, input::Input};

/// Signatures that are checked before a verdict: what webpki allows itself.
const MOST_CHECKS: u32 = 100;

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    let mut input = Input(input);
    let now = input.number() as u64 * 0x1_0000 + input.number() as u64;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    let flags = input.byte();
    let length = input.byte().into();
    let name = std::str::from_utf8(input.take(length)).unwrap_or_default();
    let name = ServerName::try_from(name).ok();
    let mut certificates = Vec::new();
    while !input.is_empty() {
        let length = input.number();
        certificates.push(input.take(length).to_vec());
    }
    certificates.iter().for_each(|der| read(der));
    let Some((root, chain)) = certificates.split_first() else {
        return;
    };

    let request = match &name {
        _ if flags & 1 != 0 => VerifyRequest::of_client(chain, now),
        Some(name) => VerifyRequest::of_server(chain, name, now),
        None => VerifyRequest::of_nameless_server(chain, now),
    };
    let request = match flags & 2 {
        0 => request,
        _ => request.for_encipherment(),
    };
    let mut roots = Roots::new();
    if roots.add(root).is_ok() {
        let verifier = WebpkiVerifier::new(roots, &lenient());
        CHECKS.set(0);
        let verdict = verifier.verify(&request);
        assert!(
            CHECKS.get() <= MOST_CHECKS,
            "{} signatures checked",
            CHECKS.get()
        );
        judge(&verdict, &request, name.as_ref());
    }
    let pin = chain.first().and_then(|leaf| Pin::of_certificate(leaf));
    let pinned = PinVerifier::new(pin).verify(&request);
    judge(&pinned, &request, None);
}

/// Our reader beside webpki's: what both read is the same.
fn read(der: &[u8]) {
    let ours = Certificate::parse(der);
    let theirs = CertificateDer::from(der);
    let theirs = webpki::EndEntityCert::try_from(&theirs);
    let Some(ours) = ours else {
        return;
    };
    assert!(is_printable(&format!(
        "{ours:?} {} {}",
        ours.subject(),
        ours.issuer()
    )));
    assert!(ours.names().iter().all(|name| is_printable(name)));
    if let Ok(theirs) = theirs {
        assert_eq!(ours.spki(), theirs.subject_public_key_info().to_vec());
        assert_eq!(Pin::of_certificate(der), Some(Pin::of_spki(&ours.spki())));
    }
}

/// A verdict holds what was asked for.
fn judge(
    verdict: &Result<Verified, TrustError>,
    request: &VerifyRequest<'_>,
    name: Option<&ServerName<'_>>,
) {
    let verified = match verdict {
        Ok(verified) => verified,
        Err(error) => {
            assert!(is_printable(&error.to_string()), "{error:?}");
            assert_ne!(error.alert(), 0, "close_notify is no reason to refuse");
            return;
        }
    };
    assert!(request.chain.len() <= WebpkiVerifier::MOST_CERTIFICATES || name.is_none());
    let leaf = Certificate::parse(&request.chain[0]).expect("an accepted certificate");
    assert_eq!(verified.spki(), leaf.spki());
    assert!(leaf.allows(request.key_use));
    assert!(leaf.allows(KeyUse::Sign) || request.key_use != KeyUse::Sign);
    if let Some(end) = verified.valid_until() {
        assert!(end <= leaf.not_after() && end >= request.now);
        assert!(leaf.not_before() <= request.now);
    }
    if let (Some(name), Some(_)) = (name, request.server_name) {
        assert!(leaf.fits(name));
    }
}

/// Text of strangers does nothing to a terminal.
fn is_printable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn lenient() -> Provider {
    let mut provider = PROVIDER.clone();
    provider.certificate_algorithms = &[
        &Lenient(alg_id::ECDSA_P256, alg_id::ECDSA_SHA256),
        &Lenient(alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA256),
    ];
    provider
}

thread_local! {
    /// Signatures that this thread was asked about.
    static CHECKS: Cell<u32> = const { Cell::new(0) };
}

/// Takes nearly every signature for good.
#[derive(Debug)]
struct Lenient(AlgorithmIdentifier, AlgorithmIdentifier);

impl SignatureVerificationAlgorithm for Lenient {
    fn verify_signature(
        &self,
        _: &[u8],
        _: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        CHECKS.set(CHECKS.get() + 1);
        match signature.first() {
            None | Some(0xff) => Err(InvalidSignature),
            Some(_) => Ok(()),
        }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.1
    }
}
