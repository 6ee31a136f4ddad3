//! A certificate authority for one demo.

use premaster::connection::Credential;
use premaster::trust::KeyUse;
use premaster::{Roots, connection, trust};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};

use super::KeyType;
use crate::cryptography::provider;

/// ring makes no RSA keys.
const RSA_2048: &str = include_str!("rsa-2048.pem");

type Error = Box<dyn core::error::Error>;

/// An authority with a key that was made just now.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = named("premaster demo CA");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self(CertifiedIssuer::self_signed(
            params,
            KeyPair::generate()?,
        )?))
    }

    /// The authority alone, as one trusts it.
    pub(super) fn roots(&self) -> Result<Roots, Error> {
        let mut roots = Roots::new();
        roots.add(self.0.der())?;
        Ok(roots)
    }

    /// A certificate for the server `name`, with its key, which signs or decrypts.
    pub(super) fn issue(
        &self,
        name: &str,
        key_type: KeyType,
        key_use: KeyUse,
    ) -> Result<Credential, Error> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.distinguished_name = named(name);
        params.key_usages = vec![match key_use {
            KeyUse::Sign => KeyUsagePurpose::DigitalSignature,
            KeyUse::Encipher => KeyUsagePurpose::KeyEncipherment,
        }];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = match key_type {
            KeyType::EcdsaP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?,
            KeyType::EcdsaP384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?,
            KeyType::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519)?,
            KeyType::Rsa2048 => KeyPair::from_pem(RSA_2048)?,
        };
        let certificate = params.signed_by(&key, &self.0)?;
        let private = trust::load::private_key_from("the new key", &key.serialize_der())?;
        let chain = vec![certificate.der().to_vec()];
        let provider = provider();
        Ok(match (key_use, provider.key_transport) {
            (KeyUse::Encipher, Some(transport)) => {
                connection::decrypting_credential(chain, transport.load_key(&private)?)?
            }
            _ => connection::credential(chain, (provider.load_key)(&private)?)?,
        })
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
