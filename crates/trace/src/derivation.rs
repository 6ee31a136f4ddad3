//! How a secret came to be: from which inputs, which side contributed them, by which function, in which RFC section.
//!
//! The secret's bytes are not here. An input shows bytes only if it was public anyway (a random, a public key, a hash of
//! messages). The constructors cover TLS 1.2 in the order in which a handshake runs through them (the schedule of
//! TLS 1.3 stands in `derivation/tls13.rs`):
//!
//! ```text
//!   ephemeral keys, or
//!   the client's choice --> pre_master_secret --> master_secret --> key_block --> keys and IVs
//!                                                       |
//!                                                       +---------> verify_data of both Finished messages
//! ```

mod exchange;
mod kind;
mod premaster;
mod tls13;
mod traffic;

use std::borrow::Cow;

use crate::Side;
pub use kind::{PskKind, SecretKind};

/// Who contributed an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The client made it.
    Client,
    /// The server made it.
    Server,
    /// It depends on what both sides made, or both have it by now: where it came from has been told.
    Both,
    /// The RFC fixes it.
    Constant,
}

impl Origin {
    /// `client`, `server`, `both` or `constant`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Both => "both",
            Self::Constant => "constant",
        }
    }
}

impl From<Side> for Origin {
    fn from(side: Side) -> Self {
        match side {
            Side::Client => Self::Client,
            Side::Server => Self::Server,
        }
    }
}

/// One input of a derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input<'a> {
    /// The RFC's name, or words: `client_random`, `server's ephemeral x25519 public key`.
    pub name: Cow<'a, str>,
    /// Who contributed it.
    pub from: Origin,
    /// How it came to be here: `sent in ClientHello`, `made for this handshake, never sent`.
    pub how: Cow<'a, str>,
    /// Its bytes, if everybody on the path could see or compute them, and they do not stand in the message before.
    /// Never a secret.
    pub public: Option<Cow<'a, [u8]>>,
}

impl<'a> Input<'a> {
    /// An input that nobody but the two ends knows.
    #[must_use]
    pub fn secret(
        name: impl Into<Cow<'a, str>>,
        from: Origin,
        how: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self {
            name: name.into(),
            from,
            how: how.into(),
            public: None,
        }
    }

    /// An input that everybody may see.
    #[must_use]
    pub fn public(
        name: impl Into<Cow<'a, str>>,
        from: Origin,
        how: impl Into<Cow<'a, str>>,
        bytes: &'a [u8],
    ) -> Self {
        Self {
            name: name.into(),
            from,
            how: how.into(),
            public: Some(bytes.into()),
        }
    }
}

/// A piece of a derived secret: the key block is cut into keys and IVs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The RFC's name: `client_write_key`.
    pub name: &'static str,
    /// Its length in bytes.
    pub length: usize,
}

/// One computation of a secret.
///
/// ```
/// use premaster_trace::{Derivation, Origin, Side};
/// use premaster_wire::NamedGroup;
///
/// let (client, server) = ([1; 32], [2; 32]);
/// let premaster = Derivation::ecdhe(Side::Client, NamedGroup::x25519, &client, &server, 32);
/// assert_eq!(premaster.secret.name(), "pre_master_secret");
/// // A client has its own private key and the server's public key.
/// assert!(premaster.inputs[0].public.is_none());
/// assert_eq!(premaster.inputs[0].from, Origin::Client);
/// assert_eq!(premaster.inputs[1].public.as_deref(), Some(&server[..]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation<'a> {
    /// Which secret.
    pub secret: SecretKind,
    /// Whose it is, where each side has one of its own (verify_data, traffic secrets).
    pub of: Option<Side>,
    /// Its length in bytes.
    pub length: usize,
    /// The function: `PRF (SHA-256) with the label "master secret"`.
    pub function: Cow<'a, str>,
    /// What goes in.
    pub inputs: Vec<Input<'a>>,
    /// What it is cut into; empty if it is used whole.
    pub parts: Vec<Part>,
    /// `RFC 5246 section 8.1`.
    pub section: &'static str,
}

impl<'a> Derivation<'a> {
    /// The master secret from the two randoms (RFC 5246 section 8.1). `hash` is that of the suite's PRF: `SHA-256`.
    #[must_use]
    pub fn master_secret(
        hash: &str,
        client_random: &'a [u8; 32],
        server_random: &'a [u8; 32],
    ) -> Self {
        Self {
            secret: SecretKind::MasterSecret,
            of: None,
            length: 48,
            function: prf(hash, "master secret"),
            inputs: vec![
                premaster(),
                random(Side::Client, client_random),
                random(Side::Server, server_random),
            ],
            parts: Vec::new(),
            section: "RFC 5246 section 8.1",
        }
    }

    /// The extended master secret (RFC 7627 section 4): bound to all messages up to ClientKeyExchange by their hash.
    #[must_use]
    pub fn extended_master_secret(hash: &str, session_hash: &'a [u8]) -> Self {
        Self {
            secret: SecretKind::MasterSecret,
            of: None,
            length: 48,
            function: prf(hash, "extended master secret"),
            inputs: vec![
                premaster(),
                Input::public(
                    "session_hash",
                    Origin::Both,
                    format!("{hash} of all messages from ClientHello to ClientKeyExchange"),
                    session_hash,
                ),
            ],
            parts: Vec::new(),
            section: "RFC 7627 section 4",
        }
    }

    /// The key block and how it is cut (RFC 5246 section 6.3).
    #[must_use]
    pub fn key_block(
        hash: &str,
        client_random: &'a [u8; 32],
        server_random: &'a [u8; 32],
        mac_key_len: usize,
        key_len: usize,
        fixed_iv_len: usize,
    ) -> Self {
        let cuts = [
            (CLIENT_MAC_KEY, mac_key_len),
            ("server_write_MAC_key", mac_key_len),
            ("client_write_key", key_len),
            ("server_write_key", key_len),
            ("client_write_IV", fixed_iv_len),
            ("server_write_IV", fixed_iv_len),
        ];
        let parts: Vec<_> = cuts
            .into_iter()
            .filter(|(_, length)| *length > 0)
            .map(|(name, length)| Part { name, length })
            .collect();
        Self {
            secret: SecretKind::KeyBlock,
            of: None,
            length: parts.iter().map(|part| part.length).sum(),
            function: prf(hash, "key expansion"),
            inputs: vec![
                master(),
                random(Side::Server, server_random),
                random(Side::Client, client_random),
            ],
            parts,
            section: "RFC 5246 section 6.3",
        }
    }

    /// The verify_data of one side's Finished message (RFC 5246 section 7.4.9).
    #[must_use]
    pub fn verify_data(hash: &str, of: Side, transcript_hash: &'a [u8]) -> Self {
        let label = match of {
            Side::Client => "client finished",
            Side::Server => "server finished",
        };
        Self {
            secret: SecretKind::VerifyData,
            of: Some(of),
            length: 12,
            function: prf(hash, label),
            inputs: vec![
                master(),
                Input::public(
                    "handshake_hash",
                    Origin::Both,
                    format!("{hash} of all messages so far"),
                    transcript_hash,
                ),
            ],
            parts: Vec::new(),
            section: VERIFY_DATA,
        }
    }
}

impl Derivation<'_> {
    /// Whether encryption and authentication have keys of their own.
    pub(crate) fn has_mac_keys(&self) -> bool {
        self.parts.iter().any(|part| part.name == CLIENT_MAC_KEY)
    }

    pub(crate) fn is_of_tls12(&self) -> bool {
        self.section == VERIFY_DATA
    }
}

const CLIENT_MAC_KEY: &str = "client_write_MAC_key";
const VERIFY_DATA: &str = "RFC 5246 section 7.4.9";

fn prf<'a>(hash: &str, label: &str) -> Cow<'a, str> {
    format!("PRF ({hash}) with the label \"{label}\"").into()
}

fn premaster<'a>() -> Input<'a> {
    Input::secret(
        "pre_master_secret",
        Origin::Both,
        "computed above, never sent in plain",
    )
}

fn master<'a>() -> Input<'a> {
    Input::secret("master_secret", Origin::Both, "never sent")
}

fn random(side: Side, bytes: &[u8; 32]) -> Input<'_> {
    let (name, how) = match side {
        Side::Client => ("client_random", "sent in ClientHello"),
        Side::Server => ("server_random", "sent in ServerHello"),
    };
    Input::public(name, side.into(), how, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AES-128-CBC with HMAC-SHA-1, AES-256-CBC with HMAC-SHA-256: before each record stands an IV of its own (RFC 5246
    /// section 6.2.3.2), so that none comes from the key block.
    #[test]
    fn a_key_block_has_mac_keys_and_no_ivs_in_cbc_suites() {
        for (mac_key_len, key_len) in [(20, 16), (32, 32)] {
            let told =
                Derivation::key_block("SHA-256", &[1; 32], &[2; 32], mac_key_len, key_len, 0);
            let parts: Vec<_> = told
                .parts
                .iter()
                .map(|part| (part.name, part.length))
                .collect();
            let wanted = [
                ("client_write_MAC_key", mac_key_len),
                ("server_write_MAC_key", mac_key_len),
                ("client_write_key", key_len),
                ("server_write_key", key_len),
            ];
            assert_eq!(parts, wanted);
            assert_eq!(told.length, 2 * (mac_key_len + key_len));
        }
    }

    #[test]
    fn a_key_block_has_no_mac_keys_in_aead_suites() {
        let told = Derivation::key_block("SHA-256", &[1; 32], &[2; 32], 0, 16, 4);
        let parts: Vec<_> = told.parts.iter().map(|part| part.name).collect();
        let wanted = [
            "client_write_key",
            "server_write_key",
            "client_write_IV",
            "server_write_IV",
        ];
        assert_eq!(parts, wanted);
        assert_eq!(told.length, 2 * (16 + 4));
        // RFC 5246 section 6.3: here, and only here, the server's random comes first.
        assert_eq!(told.inputs[1].name, "server_random");
    }
}
