//! A certificate authority and certificates, made on the spot.

use core::time::Duration;
use std::sync::Arc;

use premaster_connection::Credential;
use premaster_crypto::{Authentication, DecryptionKey, Provider, SigningKey};
use premaster_trust::{Roots, WebpkiVerifier};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SignatureAlgorithm, date_time_ymd,
};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The kinds of keys that certificates have here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with 2048 bits. Three keys lie in this package, made by
    /// `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`: rcgen on ring makes none.
    Rsa2048,
    /// RSA with 2048 bits that decrypts premaster secrets and signs nothing.
    RsaDecryption,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    /// All that sign.
    pub const ALL: [Self; 4] = [Self::Rsa2048, Self::P256, Self::P384, Self::Ed25519];

    /// Which cipher suites a server with such a key can use.
    #[must_use]
    pub const fn authentication(self) -> Authentication {
        match self {
            Self::Rsa2048 => Authentication::Rsa,
            Self::RsaDecryption => Authentication::RsaDecryption,
            _ => Authentication::Ecdsa,
        }
    }

    fn key(self, owner: Owner) -> KeyPair {
        let generate = |algorithm: &'static SignatureAlgorithm| {
            KeyPair::generate_for(algorithm).expect("a key for the certificate")
        };
        match (self, owner) {
            (Self::Rsa2048, Owner::Server) => read(include_str!("../keys/rsa-2048-server.pem")),
            (Self::Rsa2048, Owner::Client) => read(include_str!("../keys/rsa-2048-client.pem")),
            (Self::RsaDecryption, _) => read(include_str!("../keys/rsa-2048-decryption.pem")),
            (Self::P256, _) => generate(&rcgen::PKCS_ECDSA_P256_SHA256),
            (Self::P384, _) => generate(&rcgen::PKCS_ECDSA_P384_SHA384),
            (Self::Ed25519, _) => generate(&rcgen::PKCS_ED25519),
        }
    }
}

fn read(pem: &str) -> KeyPair {
    KeyPair::from_pem(pem).expect("a key in this package")
}

#[derive(Clone, Copy)]
enum Owner {
    Server,
    Client,
}

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
        let key = KeyPair::generate_for(algorithm).expect("a key for the certificate");
        self.certify(names, &key, None, &[KeyUsagePurpose::DigitalSignature])
            .credential(provider)
    }

    /// A certificate for a server of this name.
    #[must_use]
    pub fn server(&self, name: &str, kind: KeyKind) -> Issued {
        let key = kind.key(Owner::Server);
        let usage = match kind {
            KeyKind::RsaDecryption => KeyUsagePurpose::KeyEncipherment,
            _ => KeyUsagePurpose::DigitalSignature,
        };
        self.certify(&[name], &key, None, &[usage])
    }

    /// A certificate for a server whose KeyUsage says this; nothing: it has none.
    #[must_use]
    pub fn with_usages(&self, name: &str, kind: KeyKind, usages: &[KeyUsagePurpose]) -> Issued {
        self.certify(&[name], &kind.key(Owner::Server), None, usages)
    }

    /// A certificate for a client.
    #[must_use]
    pub fn client(&self, kind: KeyKind) -> Issued {
        let key = kind.key(Owner::Client);
        self.certify(
            &["client.test"],
            &key,
            None,
            &[KeyUsagePurpose::DigitalSignature],
        )
    }

    /// A certificate that ends this many seconds after 1970.
    #[must_use]
    pub fn until(&self, name: &str, kind: KeyKind, end: u64) -> Issued {
        let key = kind.key(Owner::Server);
        self.certify(
            &[name],
            &key,
            Some(end),
            &[KeyUsagePurpose::DigitalSignature],
        )
    }

    fn certify(
        &self,
        names: &[&str],
        key: &KeyPair,
        end: Option<u64>,
        usages: &[KeyUsagePurpose],
    ) -> Issued {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("valid names");
        params.key_usages = usages.to_vec();
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        if let Some(end) = end {
            params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(end);
        }
        let certificate = params
            .signed_by(key, &self.issuer)
            .expect("a signed certificate");
        Issued {
            chain: vec![certificate.der().to_vec(), self.certificate()],
            pkcs8: key.serialize_der(),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// A certificate chain and its private key: a test may mix those of several.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificates as DER, the own one first.
    pub chain: Vec<Vec<u8>>,
    /// The key as PKCS#8.
    pub pkcs8: Vec<u8>,
}

impl Issued {
    /// The key, ready to sign.
    ///
    /// # Panics
    ///
    /// If the provider cannot use it.
    #[must_use]
    pub fn key(&self, provider: &Provider) -> Arc<dyn SigningKey> {
        let pkcs8 = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.pkcs8.clone()));
        (provider.load_key)(&pkcs8).expect("a key that the provider can use")
    }

    /// The key, ready to decrypt premaster secrets.
    ///
    /// # Panics
    ///
    /// If the provider has no key transport, or it cannot use the key.
    #[must_use]
    pub fn decryption_key(&self, provider: &Provider) -> Arc<dyn DecryptionKey> {
        let pkcs8 = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.pkcs8.clone()));
        let transport = provider
            .key_transport
            .expect("a provider with key transport");
        transport.load_key(&pkcs8).expect("an RSA key")
    }

    /// Chain and decryption key together.
    ///
    /// # Panics
    ///
    /// If they do not belong together.
    #[must_use]
    pub fn decrypting_credential(&self, provider: &Provider) -> Credential {
        let key = self.decryption_key(provider);
        premaster_connection::decrypting_credential(self.chain.clone(), key)
            .expect("a decryption key of this certificate")
    }

    /// Chain and key together.
    ///
    /// # Panics
    ///
    /// If they do not belong together.
    #[must_use]
    pub fn credential(&self, provider: &Provider) -> Credential {
        premaster_connection::credential(self.chain.clone(), self.key(provider))
            .expect("a key of this certificate")
    }
}
