//! One cell of the matrix: who talks to whom, with what.

use std::fmt;

/// A program that can be a client and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Program {
    /// `premaster connect` and `premaster serve`.
    Premaster,
    /// `openssl s_client` and `openssl s_server`.
    OpenSsl,
    /// `gnutls-cli` and `gnutls-serv`.
    GnuTls,
}

/// A protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Tls12,
}

/// The AEAD of the suite; the rest of a TLS 1.2 suite follows from the server's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aead {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

/// What kind of key a certificate certifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Rsa2048,
    P256,
    P384,
    Ed25519,
}

/// A named group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    X25519,
    P256,
    P384,
}

/// Whether the server asks for a client certificate, and what the client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientAuth {
    NotAsked,
    /// Asked for, not required, and the client has none.
    AskedHasNone,
    /// Required, and the client has one of this kind.
    Required(Key),
}

/// Whether a second connection resumes the first, and by what. The server is set up so that no other
/// way to resume is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resumption {
    Full,
    SessionId,
    Ticket,
}

/// Why the handshake must fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The client does not know the server's root.
    UnknownServerRoot,
    /// The server's certificate is for another name.
    WrongServerName,
    /// A client certificate is required and the client has none.
    NoClientCertificate,
    /// The server does not know the client's root.
    UnknownClientRoot,
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) client: Program,
    pub(super) server: Program,
    pub(super) version: Version,
    pub(super) aead: Aead,
    pub(super) key: Key,
    pub(super) client_auth: ClientAuth,
    pub(super) resumption: Resumption,
    /// The only group that one end allows, or whatever the two prefer.
    pub(super) group: Option<Group>,
    /// Why the handshake must fail, if it must.
    pub(super) refusal: Option<Refusal>,
}

/// The capability of refusing what must be refused.
const REFUSED: &str = "refused";

impl Program {
    pub(super) const ALL: [Self; 3] = [Self::Premaster, Self::OpenSsl, Self::GnuTls];
}

impl Aead {
    pub(super) const ALL: [Self; 3] = [Self::Aes128Gcm, Self::Aes256Gcm, Self::ChaCha20Poly1305];
}

impl Key {
    pub(super) const ALL: [Self; 4] = [Self::Rsa2048, Self::P256, Self::P384, Self::Ed25519];
}

impl Group {
    pub(super) const ALL: [Self; 3] = [Self::X25519, Self::P256, Self::P384];
}

impl Resumption {
    pub(super) const ALL: [Self; 3] = [Self::Full, Self::SessionId, Self::Ticket];
}

impl Refusal {
    pub(super) const ALL: [Self; 4] = [
        Self::UnknownServerRoot,
        Self::WrongServerName,
        Self::NoClientCertificate,
        Self::UnknownClientRoot,
    ];
}

impl Cell {
    /// The suite's name in the IANA table.
    pub(super) fn suite(&self) -> String {
        let signature = if self.key == Key::Rsa2048 {
            "RSA"
        } else {
            "ECDSA"
        };
        let rest = match self.aead {
            Aead::Aes128Gcm => "AES_128_GCM_SHA256",
            Aead::Aes256Gcm => "AES_256_GCM_SHA384",
            Aead::ChaCha20Poly1305 => "CHACHA20_POLY1305_SHA256",
        };
        format!("TLS_ECDHE_{signature}_WITH_{rest}")
    }

    /// Whether the client is the end that allows this suite and group only; the other end keeps its
    /// defaults. It is the stranger of the two, so that ours has to find what it allows.
    pub(super) fn client_restricts(&self) -> bool {
        self.client != Program::Premaster || self.server == Program::Premaster
    }

    /// The words of this cell: one column of the table each.
    pub(super) fn capabilities(&self) -> Vec<String> {
        let mut words = vec![
            self.version.to_string(),
            self.aead.to_string(),
            self.key.to_string(),
        ];
        words.push(self.client_auth.to_string());
        words.push(self.resumption.to_string());
        words.extend(self.group.map(|group| group.to_string()));
        words.extend(self.refusal.map(|_| REFUSED.to_owned()));
        words
    }

    /// Every word that a capability can have, in the order of the table's columns.
    pub(super) fn all_capabilities() -> Vec<String> {
        let mut words = vec![Version::Tls12.to_string()];
        words.extend(Aead::ALL.map(|it| it.to_string()));
        words.extend(Key::ALL.map(|it| it.to_string()));
        let client_auth = [
            ClientAuth::NotAsked,
            ClientAuth::AskedHasNone,
            ClientAuth::Required(Key::P256),
        ];
        words.extend(client_auth.map(|it| it.to_string()));
        words.extend(Resumption::ALL.map(|it| it.to_string()));
        words.extend(Group::ALL.map(|it| it.to_string()));
        words.push(REFUSED.to_owned());
        words
    }

    /// The two programs, client first.
    pub(super) fn pair(&self) -> String {
        format!("{}>{}", self.client, self.server)
    }
}

/// `premaster>openssl tls1.2 aes128gcm rsa2048 no-client-cert full`: the words that `--filter` takes.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pair())?;
        for word in [
            self.version.to_string(),
            self.aead.to_string(),
            self.key.to_string(),
        ] {
            write!(f, " {word}")?;
        }
        match self.client_auth {
            ClientAuth::Required(key) => write!(f, " client-cert={key}")?,
            other => write!(f, " {other}")?,
        }
        write!(f, " {}", self.resumption)?;
        self.group
            .iter()
            .try_for_each(|group| write!(f, " {group}"))?;
        self.refusal
            .iter()
            .try_for_each(|refusal| write!(f, " refused={refusal}"))
    }
}

/// Gives each value of an enum its word.
///
/// `words!(Version { Tls12: "tls1.2" })` expands to `impl fmt::Display for Version` with a `match`
/// that writes `tls1.2` for `Version::Tls12`.
macro_rules! words {
    ($name:ident { $($value:pat => $word:literal),+ $(,)? }) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                use $name::*;
                f.pad(match self { $($value => $word),+ })
            }
        }
    };
}

words!(Program { Premaster => "premaster", OpenSsl => "openssl", GnuTls => "gnutls" });
words!(Version { Tls12 => "tls1.2" });
words!(Aead { Aes128Gcm => "aes128gcm", Aes256Gcm => "aes256gcm", ChaCha20Poly1305 => "chacha20" });
words!(Key { Rsa2048 => "rsa2048", P256 => "p256", P384 => "p384", Ed25519 => "ed25519" });
words!(Group { X25519 => "x25519", P256 => "secp256r1", P384 => "secp384r1" });
words!(ClientAuth { NotAsked => "no-client-cert", AskedHasNone => "asked-has-none", Required(_) => "client-cert" });
words!(Resumption { Full => "full", SessionId => "session-id", Ticket => "ticket" });
words!(Refusal {
    UnknownServerRoot => "unknown-server-root",
    WrongServerName => "wrong-server-name",
    NoClientCertificate => "no-client-certificate",
    UnknownClientRoot => "unknown-client-root",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_reads_as_its_words() {
        let mut cell = Cell {
            client: Program::Premaster,
            server: Program::GnuTls,
            version: Version::Tls12,
            aead: Aead::ChaCha20Poly1305,
            key: Key::P384,
            client_auth: ClientAuth::Required(Key::Rsa2048),
            resumption: Resumption::Ticket,
            group: Some(Group::P256),
            refusal: None,
        };
        let words = "premaster>gnutls tls1.2 chacha20 p384 client-cert=rsa2048 ticket secp256r1";
        assert_eq!(cell.to_string(), words);
        assert_eq!(
            cell.suite(),
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
        );
        assert!(!cell.client_restricts());
        cell.client = Program::OpenSsl;
        assert!(cell.client_restricts());
    }
}
