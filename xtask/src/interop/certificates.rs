//! Keys and certificates for one run, made with `openssl` in a temporary folder.
//!
//! Each kind of key has its own root, an intermediate for servers, a server's and a client's
//! certificate, so that a chain is signed throughout with the kind of key that it shows. For RSA transport there is a
//! server's certificate whose key decrypts and signs nothing. The finite fields are files too.

use super::cell::{Group, Key};
use crate::command::output;
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The name that every server's certificate has.
pub(super) const SERVER_NAME: &str = "server.premaster.test";

/// The file name of what decrypts.
const DECRYPTING: &str = "decrypting";

/// A name that no certificate has.
pub(super) const OTHER_NAME: &str = "other.premaster.test";

const SETTINGS: &str = "
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:server.premaster.test
authorityKeyIdentifier = keyid
[decrypting]
basicConstraints = critical, CA:FALSE
keyUsage = critical, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:server.premaster.test
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = DNS:client.premaster.test
authorityKeyIdentifier = keyid
";

/// The field of 1024 bits in RFC 2409 section 6.2: a good prime, and a small one.
const WEAK_FIELD: &str = "
asn1 = SEQUENCE:field
[field]
p = INTEGER:0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF
g = INTEGER:2
";

/// The folder with all files of a run.
#[derive(Debug)]
pub(super) struct Certificates {
    folder: PathBuf,
}

/// One end's credential, as the files that programs want.
#[derive(Debug)]
pub(super) struct Credential {
    /// The end's own certificate.
    pub(super) leaf: PathBuf,
    /// The certificates between it and the root; empty for clients.
    pub(super) intermediates: Option<PathBuf>,
    /// All of these, leaf first.
    pub(super) chain: PathBuf,
    /// The private key, PKCS#8.
    pub(super) key: PathBuf,
}

impl Certificates {
    /// Makes everything that a run needs.
    pub(super) fn make(folder: &Path) -> Result<Self> {
        let it = Self {
            folder: folder.to_path_buf(),
        };
        fs::write(it.path("settings.cnf"), SETTINGS)
            .context("could not write openssl's settings")?;
        let mut roots = String::new();
        for key in Key::ALL {
            it.issue(key, &format!("{key}-root"), "root", None)?;
            it.issue(
                key,
                &format!("{key}-intermediate"),
                "intermediate",
                Some(&format!("{key}-root")),
            )?;
            it.issue(
                key,
                &format!("{key}-server"),
                "server",
                Some(&format!("{key}-intermediate")),
            )?;
            it.issue(
                key,
                &format!("{key}-client"),
                "client",
                Some(&format!("{key}-root")),
            )?;
            it.concatenate(
                &format!("{key}-server"),
                &[&format!("{key}-server"), &format!("{key}-intermediate")],
            )?;
            it.concatenate(&format!("{key}-client"), &[&format!("{key}-client")])?;
            roots += &fs::read_to_string(it.path(&format!("{key}-root.pem")))?;
        }
        fs::write(it.roots(), roots)?;
        it.issue(Key::P256, "stranger-root", "root", None)?;
        it.issue(
            Key::P256,
            "stranger-client",
            "client",
            Some("stranger-root"),
        )?;
        it.concatenate("stranger-client", &["stranger-client"])?;
        let intermediate = format!("{}-intermediate", Key::Rsa2048);
        it.issue(Key::Rsa2048, DECRYPTING, "decrypting", Some(&intermediate))?;
        it.concatenate(DECRYPTING, &[DECRYPTING, &intermediate])?;
        it.write_fields()?;
        Ok(it)
    }

    /// The roots of all servers and clients.
    pub(super) fn roots(&self) -> PathBuf {
        self.path("roots.pem")
    }

    /// A root that signed for nobody.
    pub(super) fn stranger_root(&self) -> PathBuf {
        self.path("stranger-root.pem")
    }

    pub(super) fn server(&self, key: Key) -> Credential {
        let intermediates = Some(self.path(&format!("{key}-intermediate.pem")));
        Credential {
            intermediates,
            ..self.credential(&format!("{key}-server"))
        }
    }

    /// A server's whose RSA key decrypts and does not sign.
    pub(super) fn decrypting(&self) -> Credential {
        Credential {
            intermediates: self.server(Key::Rsa2048).intermediates,
            ..self.credential(DECRYPTING)
        }
    }

    /// The numbers of a finite field, PKCS#3 in PEM.
    pub(super) fn field(&self, field: Group) -> PathBuf {
        self.path(&format!("{field}.field"))
    }

    /// The numbers of a finite field that is too small.
    pub(super) fn weak_field(&self) -> PathBuf {
        self.path("weak.field")
    }

    pub(super) fn client(&self, key: Key) -> Credential {
        self.credential(&format!("{key}-client"))
    }

    /// A client's credential whose root no server knows.
    pub(super) fn stranger(&self) -> Credential {
        self.credential("stranger-client")
    }

    fn credential(&self, name: &str) -> Credential {
        Credential {
            leaf: self.path(&format!("{name}.pem")),
            intermediates: None,
            chain: self.path(&format!("{name}-chain.pem")),
            key: self.path(&format!("{name}.key")),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A new key of this kind and its certificate, by `issuer` or by itself.
    fn issue(&self, key: Key, name: &str, extensions: &str, issuer: Option<&str>) -> Result<()> {
        let mut openssl = Command::new("openssl");
        openssl
            .args(["req", "-x509", "-batch", "-noenc", "-days", "7", "-config"])
            .arg(self.path("settings.cnf"));
        openssl.args([
            "-extensions",
            extensions,
            "-subj",
            &format!("/O=premaster interop/CN={name}"),
        ]);
        openssl.args(match key {
            Key::Rsa2048 => &["-sha256", "-newkey", "rsa:2048"][..],
            Key::P256 => &[
                "-sha256",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ],
            Key::P384 => &[
                "-sha384",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-384",
            ],
            Key::Ed25519 => &["-newkey", "ed25519"],
        });
        openssl
            .arg("-keyout")
            .arg(self.path(&format!("{name}.key")));
        openssl.arg("-out").arg(self.path(&format!("{name}.pem")));
        if let Some(issuer) = issuer {
            openssl.arg("-CA").arg(self.path(&format!("{issuer}.pem")));
            openssl
                .arg("-CAkey")
                .arg(self.path(&format!("{issuer}.key")));
        }
        output(&mut openssl).map(drop)
    }

    fn write_fields(&self) -> Result<()> {
        for field in Group::FIELDS {
            // OpenSSL calls those of RFC 3526 modp_2048 and so on.
            let group = field.to_string().replace("modp", "modp_");
            let mut openssl = Command::new("openssl");
            openssl.args(["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt"]);
            openssl.arg(format!("group:{group}"));
            output(openssl.arg("-out").arg(self.field(field)))?;
        }
        let (numbers, der) = (self.path("weak.cnf"), self.path("weak.der"));
        fs::write(&numbers, WEAK_FIELD).context("could not write a field's numbers")?;
        let mut openssl = Command::new("openssl");
        openssl.args(["asn1parse", "-noout", "-genconf"]);
        output(openssl.arg(&numbers).arg("-out").arg(&der))?;
        let mut openssl = Command::new("openssl");
        openssl.args(["dhparam", "-inform", "DER", "-in"]).arg(&der);
        output(openssl.arg("-out").arg(self.weak_field())).map(drop)
    }

    fn concatenate(&self, name: &str, parts: &[&str]) -> Result<()> {
        let texts: Result<Vec<_>, _> = parts
            .iter()
            .map(|part| fs::read_to_string(self.path(&format!("{part}.pem"))))
            .collect();
        fs::write(self.path(&format!("{name}-chain.pem")), texts?.concat())
            .context("could not write a chain")
    }
}
