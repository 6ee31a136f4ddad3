//! One cell of the matrix: who talks to whom, with what.

use super::{
    act::{Act, Both},
    program::End,
    suite::{Authentication, Cipher, Exchange, Suite},
};
use std::fmt;

/// A program that takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Program {
    /// `premaster connect` and `premaster serve`.
    Premaster,
    /// `openssl s_client` and `openssl s_server`.
    OpenSsl,
    /// `gnutls-cli` and `gnutls-serv`.
    GnuTls,
    /// A script that uses Python's `ssl`.
    Python,
    /// `curl`, a client only.
    Curl,
}

/// A protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Tls12,
    Tls13,
}

/// What comes first in the records of a CBC suite: RFC 7366 or RFC 5246 section 6.2.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MacOrder {
    EncryptThenMac,
    MacThenEncrypt,
}

/// What kind of key a certificate certifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Rsa2048,
    P256,
    P384,
    Ed25519,
}

/// A group of the key exchange: a curve, a curve with a KEM, or a finite field of RFC 7919 or RFC 3526.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    X25519,
    P256,
    P384,
    X25519MlKem768,
    Ffdhe2048,
    Ffdhe3072,
    Ffdhe4096,
    Modp2048,
    Modp3072,
    Modp4096,
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
/// way to resume is open. In TLS 1.3 everything is called a ticket: here it is one if it holds the session, a
/// session ID if it names one that the server stores.
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
    /// The server's finite field is too small.
    WeakField,
    /// The key that is to decrypt the premaster secret may not, says its certificate.
    NoKeyEncipherment,
    /// One end wants a classic suite, and ours was not told that it may use it.
    NotOptedIn,
    /// Client and server allow one version each, and not the same.
    VersionsApart,
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) client: Program,
    pub(super) server: Program,
    pub(super) version: Version,
    pub(super) exchange: Exchange,
    pub(super) cipher: Cipher,
    /// For CBC alone.
    pub(super) mac_order: Option<MacOrder>,
    pub(super) key: Key,
    pub(super) client_auth: ClientAuth,
    pub(super) resumption: Resumption,
    /// The only group that one end allows, or whatever the two prefer.
    pub(super) group: Option<Group>,
    /// What the client asks for in max_fragment_length (RFC 6066 section 4).
    pub(super) fragment: Option<u16>,
    /// What else happens; in TLS 1.3 alone.
    pub(super) act: Option<Act>,
    /// The ends that allow more than this version.
    pub(super) both: Option<Both>,
    /// Why the handshake must fail, if it must.
    pub(super) refusal: Option<Refusal>,
}

/// The capability of refusing what must be refused.
const REFUSED: &str = "refused";

/// The capability of keeping records as short as the client asks.
const MAX_FRAGMENT: &str = "max-fragment";

impl Program {
    pub(super) const ALL: [Self; 5] = [
        Self::Premaster,
        Self::OpenSsl,
        Self::GnuTls,
        Self::Python,
        Self::Curl,
    ];
}

impl MacOrder {
    pub(super) const ALL: [Self; 2] = [Self::EncryptThenMac, Self::MacThenEncrypt];
}

impl Key {
    pub(super) const ALL: [Self; 4] = [Self::Rsa2048, Self::P256, Self::P384, Self::Ed25519];
}

impl Key {
    pub(super) fn authentication(self) -> Authentication {
        match self {
            Self::Rsa2048 => Authentication::Rsa,
            Self::P256 | Self::P384 | Self::Ed25519 => Authentication::Ecdsa,
        }
    }
}

impl Group {
    pub(super) const CURVES: [Self; 3] = [Self::X25519, Self::P256, Self::P384];

    pub(super) const FIELDS: [Self; 6] = [
        Self::Ffdhe2048,
        Self::Ffdhe3072,
        Self::Ffdhe4096,
        Self::Modp2048,
        Self::Modp3072,
        Self::Modp4096,
    ];

    pub(super) fn all() -> impl Iterator<Item = Self> {
        let of_curves = Self::CURVES.into_iter().chain([Self::X25519MlKem768]);
        of_curves.chain(Self::FIELDS)
    }

    /// The length of a finite field's prime.
    pub(super) fn field_bits(self) -> Option<u32> {
        match self {
            Self::X25519 | Self::P256 | Self::P384 | Self::X25519MlKem768 => None,
            Self::Ffdhe2048 | Self::Modp2048 => Some(2048),
            Self::Ffdhe3072 | Self::Modp3072 => Some(3072),
            Self::Ffdhe4096 | Self::Modp4096 => Some(4096),
        }
    }

    /// Whether it is a field that no hello can name: RFC 7919 gives only its own fields numbers.
    pub(super) fn is_unnumbered(self) -> bool {
        matches!(self, Self::Modp2048 | Self::Modp3072 | Self::Modp4096)
    }
}

impl Resumption {
    pub(super) const ALL: [Self; 3] = [Self::Full, Self::SessionId, Self::Ticket];
}

impl Refusal {
    /// Those that have nothing to do with the suite.
    pub(super) const OF_CERTIFICATES: [Self; 4] = [
        Self::UnknownServerRoot,
        Self::WrongServerName,
        Self::NoClientCertificate,
        Self::UnknownClientRoot,
    ];
}

impl Cell {
    pub(super) fn suite(&self) -> Suite {
        Suite {
            exchange: self.exchange,
            authentication: self.key.authentication(),
            cipher: self.cipher,
        }
    }

    pub(super) fn involves(&self, program: Program) -> bool {
        self.client == program || self.server == program
    }

    /// The versions that an end allows.
    pub(super) fn versions(&self, end: End) -> Vec<Version> {
        let both = self.both.is_some_and(|both| both.includes(end));
        let differs = self.refusal == Some(Refusal::VersionsApart) && end == End::Server;
        match (both, differs) {
            (true, _) => Version::ALL.to_vec(),
            (_, true) => vec![self.version.other()],
            _ => vec![self.version],
        }
    }

    /// What the suite is called by IANA.
    pub(super) fn iana(&self) -> String {
        match self.version {
            Version::Tls12 => self.suite().iana(),
            Version::Tls13 => self.cipher.tls13().unwrap_or_default().to_owned(),
        }
    }

    /// Whether the client is the end that allows this suite and group only; the other end keeps its
    /// defaults. It is the stranger of the two, so that ours has to find what it allows; but Python cannot
    /// choose suites of TLS 1.3.
    pub(super) fn client_restricts(&self) -> bool {
        match (self.version, self.client, self.server) {
            (Version::Tls13, Program::Python, _) => false,
            (Version::Tls13, _, Program::Python) => true,
            (_, client, server) => client != Program::Premaster || server == Program::Premaster,
        }
    }

    /// Whether the client is the end that allows this group only. A finite field is the server's choice
    /// unless both ends can name it.
    pub(super) fn client_restricts_group(&self) -> bool {
        if self.version == Version::Tls13 {
            // Without a share of it in the hello, it would be asked for again.
            return self.act != Some(Act::HelloRetry);
        }
        let names_fields =
            |program: Program| matches!(program, Program::Premaster | Program::GnuTls);
        let is_field = self.group.is_some_and(|group| group.field_bits().is_some());
        let both_name_it = names_fields(self.client)
            && names_fields(self.server)
            && !self.group.is_some_and(Group::is_unnumbered);
        self.client_restricts() && (!is_field || both_name_it)
    }

    /// Whether the client may name no finite field, because the server has one that cannot be named.
    pub(super) fn field_is_unnumbered(&self) -> bool {
        self.group.is_some_and(Group::is_unnumbered) || self.refusal == Some(Refusal::WeakField)
    }

    /// Whether ours begins with new keys, as its options say.
    pub(super) fn we_update_keys(&self) -> bool {
        self.act == Some(Act::KeyUpdate) && self.involves(Program::Premaster)
    }

    /// Whether one of the programs has to be told, in the middle of the connection, to begin with something.
    pub(super) fn needs_a_cue(&self) -> bool {
        let act = self.act;
        let is_told = act.is_some_and(|it| it.is_key_update() || it == Act::PostHandshakeAuth);
        is_told && !self.we_update_keys()
    }

    /// The words of this cell: one row of the table each.
    pub(super) fn capabilities(&self) -> Vec<String> {
        let mut words = vec![
            self.version.to_string(),
            self.exchange.to_string(),
            self.cipher.to_string(),
        ];
        words.extend(self.mac_order.map(|order| order.to_string()));
        words.push(self.key.to_string());
        words.push(self.client_auth.to_string());
        words.push(self.resumption.to_string());
        words.extend(self.group.map(|group| group.to_string()));
        words.extend(self.fragment.map(|_| MAX_FRAGMENT.to_owned()));
        words.extend(self.act.map(|act| act.to_string()));
        words.extend(self.both.map(|both| both.to_string()));
        words.extend(self.refusal.map(|_| REFUSED.to_owned()));
        words
    }

    /// Every word that a capability can have, in the order of the table's rows.
    pub(super) fn all_capabilities() -> Vec<String> {
        let mut words: Vec<_> = Version::ALL.map(|it| it.to_string()).to_vec();
        words.extend(Exchange::ALL.map(|it| it.to_string()));
        words.extend(Cipher::ALL.map(|it| it.to_string()));
        words.extend(MacOrder::ALL.map(|it| it.to_string()));
        words.extend(Key::ALL.map(|it| it.to_string()));
        let client_auth = [
            ClientAuth::NotAsked,
            ClientAuth::AskedHasNone,
            ClientAuth::Required(Key::P256),
        ];
        words.extend(client_auth.map(|it| it.to_string()));
        words.extend(Resumption::ALL.map(|it| it.to_string()));
        words.extend(Group::all().map(|it| it.to_string()));
        words.push(MAX_FRAGMENT.to_owned());
        words.extend(Act::ALL.map(|it| it.to_string()));
        words.extend(Both::ALL.map(|it| it.to_string()));
        words.push(REFUSED.to_owned());
        words
    }

    /// The two programs, client first.
    pub(super) fn pair(&self) -> String {
        format!("{}>{}", self.client, self.server)
    }
}

/// `premaster>openssl tls1.2 ecdhe aes128gcm rsa2048 no-client-cert full`: the words that `--filter` takes.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pair())?;
        for word in [
            self.version.to_string(),
            self.exchange.to_string(),
            self.cipher.to_string(),
        ] {
            write!(f, " {word}")?;
        }
        self.mac_order
            .iter()
            .try_for_each(|order| write!(f, " {order}"))?;
        write!(f, " {}", self.key)?;
        match self.client_auth {
            ClientAuth::Required(key) => write!(f, " client-cert={key}")?,
            other => write!(f, " {other}")?,
        }
        write!(f, " {}", self.resumption)?;
        self.group
            .iter()
            .try_for_each(|group| write!(f, " {group}"))?;
        self.fragment
            .iter()
            .try_for_each(|length| write!(f, " {MAX_FRAGMENT}={length}"))?;
        self.act.iter().try_for_each(|act| write!(f, " {act}"))?;
        self.both.iter().try_for_each(|both| write!(f, " {both}"))?;
        self.refusal
            .iter()
            .try_for_each(|refusal| write!(f, " refused={refusal}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Cell = Cell {
        client: Program::Premaster,
        server: Program::GnuTls,
        version: Version::Tls12,
        exchange: Exchange::Ecdhe,
        cipher: Cipher::ChaCha20Poly1305,
        mac_order: None,
        key: Key::P384,
        client_auth: ClientAuth::Required(Key::Rsa2048),
        resumption: Resumption::Ticket,
        group: Some(Group::P256),
        fragment: None,
        act: None,
        both: None,
        refusal: None,
    };

    #[test]
    fn a_cell_reads_as_its_words() {
        let words =
            "premaster>gnutls tls1.2 ecdhe chacha20 p384 client-cert=rsa2048 ticket secp256r1";
        assert_eq!(CELL.to_string(), words);
        assert_eq!(
            CELL.suite().iana(),
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
        );
        let cell = Cell {
            exchange: Exchange::Dhe,
            cipher: Cipher::Aes256CbcSha256,
            mac_order: Some(MacOrder::MacThenEncrypt),
            key: Key::Rsa2048,
            client_auth: ClientAuth::NotAsked,
            resumption: Resumption::Full,
            group: Some(Group::Modp3072),
            fragment: Some(512),
            ..CELL
        };
        assert_eq!(
            cell.to_string(),
            "premaster>gnutls tls1.2 dhe aes256cbc-sha256 mac-then-encrypt rsa2048 no-client-cert full \
             modp3072 max-fragment=512"
        );
        assert_eq!(cell.suite().iana(), "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256");
    }

    #[test]
    fn every_word_has_its_row() {
        let rows = Cell::all_capabilities();
        assert!(CELL.capabilities().iter().all(|word| rows.contains(word)));
    }

    #[test]
    fn the_stranger_restricts_and_the_server_has_the_field() {
        assert!(!CELL.client_restricts());
        for (client, server, group, restricts) in [
            (Program::OpenSsl, Program::Premaster, Group::P256, true),
            (
                Program::OpenSsl,
                Program::Premaster,
                Group::Ffdhe2048,
                false,
            ),
            (Program::GnuTls, Program::Premaster, Group::Ffdhe2048, true),
            (Program::GnuTls, Program::Premaster, Group::Modp2048, false),
            (Program::Premaster, Program::GnuTls, Group::Ffdhe2048, false),
            (
                Program::Premaster,
                Program::Premaster,
                Group::Ffdhe2048,
                true,
            ),
        ] {
            let cell = Cell {
                client,
                server,
                group: Some(group),
                ..CELL
            };
            assert_eq!(cell.client_restricts_group(), restricts, "{cell}");
        }
    }
}
