//! Certificates and keys in files, made on the spot.

use std::fs;
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose,
};
use tempfile::TempDir;

/// RSA keys are not made on the spot: ring makes none.
const SIGNING: &str = include_str!("../../../testkit/keys/rsa-2048-server.pem");
const DECRYPTING: &str = include_str!("../../../testkit/keys/rsa-2048-decryption.pem");

/// A directory with `ca.pem`, and `NAME.pem` and `NAME.key` for `localhost`, `other.example`, `client`, and for
/// localhost with the RSA keys `signing` and `decrypting`, which allow what they are called.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = named("test CA");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(files.path("ca.pem"), authority.pem()).unwrap();
        for name in ["localhost", "other.example", "client"] {
            let mut params = CertificateParams::new([name.to_owned()]).unwrap();
            params.distinguished_name = named(name);
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, &authority).unwrap();
            files.write(name, &certificate.pem(), &key.serialize_pem());
        }
        for (name, usage, key) in [
            ("signing", KeyUsagePurpose::DigitalSignature, SIGNING),
            ("decrypting", KeyUsagePurpose::KeyEncipherment, DECRYPTING),
        ] {
            let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
            params.distinguished_name = named(name);
            params.key_usages = vec![usage];
            let pair = KeyPair::from_pem(key).unwrap();
            let certificate = params.signed_by(&pair, &authority).unwrap();
            files.write(name, &certificate.pem(), key);
        }
        files
    }

    fn write(&self, name: &str, certificate: &str, key: &str) {
        fs::write(self.path(&format!("{name}.pem")), certificate).unwrap();
        fs::write(self.path(&format!("{name}.key")), key).unwrap();
    }

    /// Where a file of this name is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same for a command line.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// `words` with `{name}` replaced by the file's path.
    pub(crate) fn args(&self, words: &str) -> Vec<String> {
        let directory = format!("{}/", self.0.path().display());
        words
            .split_whitespace()
            .map(|word| word.replace('{', &directory).replace('}', ""))
            .collect()
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
