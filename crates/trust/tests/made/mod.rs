//! Certificates made on the spot: a root, authorities below it, and leaves with something wrong.
#![allow(dead_code)] // Each test program uses a part.

use std::time::Duration;

use premaster_trust::{
    Roots, ServerName, TrustError, UnixTime, Verified, Verifier as _, VerifyRequest, WebpkiVerifier,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    date_time_ymd,
};

pub(crate) type Ca = CertifiedIssuer<'static, KeyPair>;

/// All certificates here are valid for the year 2025, unless told otherwise.
pub(crate) const NEW_YEAR_2025: u64 = 1_735_689_600;
pub(crate) const NEW_YEAR_2026: u64 = 1_767_225_600;

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// The first of June 2025, 12:00 UTC.
pub(crate) fn june() -> UnixTime {
    at(1_748_779_200)
}

pub(crate) fn params(common_name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2026, 1, 1);
    params
}

pub(crate) fn ca_params(common_name: &str) -> CertificateParams {
    let mut params = params(common_name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

pub(crate) fn root(common_name: &str) -> Ca {
    Ca::self_signed(ca_params(common_name), KeyPair::generate().unwrap()).unwrap()
}

pub(crate) fn authority(common_name: &str, issuer: &Ca) -> Ca {
    Ca::signed_by(ca_params(common_name), KeyPair::generate().unwrap(), issuer).unwrap()
}

pub(crate) fn sign(params: &CertificateParams, issuer: &Ca) -> Vec<u8> {
    params
        .signed_by(&KeyPair::generate().unwrap(), issuer)
        .unwrap()
        .der()
        .to_vec()
}

/// A good leaf for `example.com`.
pub(crate) fn leaf(issuer: &Ca) -> Vec<u8> {
    sign(&params("example.com", &["example.com"]), issuer)
}

pub(crate) fn der(ca: &Ca) -> Vec<u8> {
    ca.der().to_vec()
}

pub(crate) fn verifier(roots: &[&Ca]) -> WebpkiVerifier {
    let mut trusted = Roots::new();
    for root in roots {
        trusted.add(root.der()).unwrap();
    }
    WebpkiVerifier::new(trusted, &premaster_crypto_ring::provider())
}

pub(crate) fn server_at(
    verifier: &WebpkiVerifier,
    chain: &[Vec<u8>],
    name: &str,
    now: UnixTime,
) -> Result<Verified, TrustError> {
    let name = ServerName::try_from(name).unwrap();
    verifier.verify(&VerifyRequest::of_server(chain, &name, now))
}

pub(crate) fn server(verifier: &WebpkiVerifier, chain: &[Vec<u8>]) -> Result<Verified, TrustError> {
    server_at(verifier, chain, "example.com", june())
}

pub(crate) fn client(verifier: &WebpkiVerifier, chain: &[Vec<u8>]) -> Result<Verified, TrustError> {
    verifier.verify(&VerifyRequest::of_client(chain, june()))
}

/// The leaf for `example.com`, changed.
pub(crate) fn changed(issuer: &Ca, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = params("example.com", &["example.com"]);
    change(&mut params);
    sign(&params, issuer)
}
