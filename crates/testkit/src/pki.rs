//! A certificate authority and certificates, made on the spot.

use std::sync::Arc;

use premaster_connection::Credential;
use premaster_crypto::Provider;
use premaster_trust::{Roots, WebpkiVerifier};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SignatureAlgorithm,
};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate authority for tests.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// A new authority with an ECDSA P-256 key.
    ///
    /// # Panics
    ///
    /// If no key can be made.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "premaster test authority");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key for the authority");
        Self {
            issuer: CertifiedIssuer::self_signed(params, key).expect("a self-signed authority"),
        }
    }

    /// Its own certificate as DER.
    #[must_use]
    pub fn certificate(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// A verifier that trusts this authority alone.
    ///
    /// # Panics
    ///
    /// If the authority's certificate cannot be read.
    #[must_use]
    pub fn verifier(&self, provider: &Provider) -> Arc<WebpkiVerifier> {
        let mut roots = Roots::default();
        roots
            .add(&self.certificate())
            .expect("an authority's certificate");
        Arc::new(WebpkiVerifier::new(roots, provider))
    }

    /// A certificate for these names with a key of this algorithm, good for servers and clients.
    ///
    /// # Panics
    ///
    /// If rcgen or the provider cannot make or load such a key.
    #[must_use]
    pub fn issue(
        &self,
        provider: &Provider,
        names: &[&str],
        algorithm: &'static SignatureAlgorithm,
    ) -> Credential {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("valid names");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate_for(algorithm).expect("a key for the certificate");
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("a signed certificate");
        let pkcs8 = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signer = (provider.load_key)(&pkcs8).expect("a key that the provider can use");
        let chain = vec![certificate.der().to_vec(), self.certificate()];
        premaster_connection::credential(chain, signer).expect("a key of this certificate")
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
