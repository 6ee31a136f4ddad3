//! The encoding of sessions: bytes for tickets, stores and files.
//!
//! The layout is documented at [`Session::encode`] and [`ClientSession::encode`]; integers are big-endian, as
//! everywhere in TLS (RFC 5246 section 4.1).

use premaster_crypto::{Secret, SecretBytes};
use zeroize::Zeroizing;

use crate::cursor::{Input, Out, corrupt};
use crate::secret::psk_len;
use crate::session::at;
use crate::{
    ClientSession, DecodeFault, ExternalPskId, IsolationKey, Session, SessionSecret, TicketPsk,
    TooLong,
};

/// The first byte of an encoded [`Session`].
const SESSION_VERSION: u8 = 3;
/// The first byte of an encoded [`ClientSession`].
const CLIENT_SESSION_VERSION: u8 = 1;

/// The version from which on a session has a [`TicketPsk`] instead of a master secret.
const TLS13: u16 = 0x0304;

const EXTENDED_MASTER_SECRET: u8 = 0x01;
const SERVER_NAME: u8 = 0x02;
const ALPN: u8 = 0x04;
const PEER_PUBLIC_KEY: u8 = 0x08;
const MAX_FRAGMENT_LENGTH: u8 = 0x10;
const EXTERNAL_PSK: u8 = 0x20;
const RESUMABLE_ACROSS_NAMES: u8 = 0x40;
const FLAGS: u8 = EXTENDED_MASTER_SECRET
    | SERVER_NAME
    | ALPN
    | PEER_PUBLIC_KEY
    | MAX_FRAGMENT_LENGTH
    | EXTERNAL_PSK
    | RESUMABLE_ACROSS_NAMES;

impl Session {
    /// The session as bytes, in a buffer that is wiped when dropped.
    ///
    /// | offset | bytes | field |
    /// |--:|--:|--|
    /// | 0 | 1 | version of this encoding: 3 |
    /// | 1 | 2 | `version` |
    /// | 3 | 2 | `suite` |
    /// | 5 | 1 | flags: 1 extended master secret, 2 server name, 4 ALPN, 8 peer public key, 16 max fragment length, 32 external PSK, 64 resumable across names; all others 0 |
    /// | 6 | 8 | `authenticated_at`, seconds since 1970 |
    /// | 14 | 4 | `lifetime`, seconds |
    /// | 18 | 32 | `isolation` |
    /// | 50 | 48 or 48 + n | the secret, see below |
    /// | | 1 + n | `server_name`, UTF-8, if flagged: n, 1 to 255, then n bytes |
    /// | | 1 + n | `alpn`, if flagged: n, 1 to 255, then n bytes |
    /// | | 2 + n | `peer_public_key`, if flagged: n, 1 to 65,535, then n bytes |
    /// | | 1 | `max_fragment_length`, if flagged: 1 to 4 |
    /// | | 2 + n + 32 | `external_psk`, if flagged: the identity, n, 1 to 65,535, then n bytes; then its `check` |
    /// | | 3 + n | `peer_certificates`: n, then n bytes of certificates, each with its length, at least 1, in 3 bytes |
    ///
    /// The secret is that of the version: up to TLS 1.2
    ///
    /// | offset | bytes | field |
    /// |--:|--:|--|
    /// | 50 | 48 | the master secret, not all zero |
    ///
    /// and in TLS 1.3, where n is the length of the suite's hash, 32 or 48
    ///
    /// | offset | bytes | field |
    /// |--:|--:|--|
    /// | 50 | n | `psk`, not all zero |
    /// | 50 + n | 4 | `age_add` |
    /// | 54 + n | 8 | `issued_at`, seconds since 1970 |
    /// | 62 + n | 4 | `max_early_data` |
    ///
    /// # Errors
    ///
    /// [`TooLong`] names the field that does not fit: too long, or, as the secret, of another version or suite.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, TooLong> {
        let mut out = Out::with_capacity(self.encoded_len());
        self.write(&mut out);
        out.finish()
    }

    /// The session that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`DecodeFault::UnknownVersion`] if another version of this crate wrote it: treat it as a miss.
    /// [`DecodeFault::Corrupt`] if it does not fit the layout to the last byte.
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeFault> {
        let mut input = Input::new(encoded);
        input.version(SESSION_VERSION)?;
        let version = input.u16("version")?;
        let suite = input.u16("suite")?;
        let flags = input.u8("flags")?;
        if flags & !FLAGS != 0 {
            return Err(corrupt("flags"));
        }
        let flagged = |bit| flags & bit != 0;
        let session = Self {
            version,
            suite,
            extended_master_secret: flagged(EXTENDED_MASTER_SECRET),
            authenticated_at: at(input.u64("authenticated_at")?),
            lifetime: input.u32("lifetime")?,
            isolation: IsolationKey::from_bytes(*input.array("isolation")?),
            secret: if version == TLS13 {
                SessionSecret::Resumption(ticket_psk(&mut input, suite)?)
            } else {
                SessionSecret::Master(master_secret(&mut input)?)
            },
            server_name: if flagged(SERVER_NAME) {
                let name = input.short("server_name")?;
                let name = core::str::from_utf8(name).map_err(|_| corrupt("server_name"))?;
                Some(name.to_owned())
            } else {
                None
            },
            alpn: if flagged(ALPN) {
                Some(input.short("alpn")?.to_vec())
            } else {
                None
            },
            peer_public_key: if flagged(PEER_PUBLIC_KEY) {
                let length = usize::from(input.u16("peer_public_key")?);
                Some(input.some("peer_public_key", length)?.to_vec())
            } else {
                None
            },
            max_fragment_length: if flagged(MAX_FRAGMENT_LENGTH) {
                let length = input.u8("max_fragment_length")?;
                if !(1..=4).contains(&length) {
                    return Err(corrupt("max_fragment_length"));
                }
                Some(length)
            } else {
                None
            },
            external_psk: if flagged(EXTERNAL_PSK) {
                Some(external_psk(&mut input)?)
            } else {
                None
            },
            resumable_across_names: flagged(RESUMABLE_ACROSS_NAMES),
            peer_certificates: certificates(&mut input)?,
        };
        input.finish()?;
        match session.rests_on_one() {
            true => Ok(session),
            false => Err(corrupt("external_psk")),
        }
    }

    /// An external key stands in place of certificates, and up to TLS 1.2 there is none.
    fn rests_on_one(&self) -> bool {
        let certified = !self.peer_certificates.is_empty() || self.peer_public_key.is_some();
        self.external_psk.is_none() || (self.version == TLS13 && !certified)
    }

    fn write(&self, out: &mut Out) {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        out.u8(SESSION_VERSION);
        out.bytes(&self.version.to_be_bytes());
        out.bytes(&self.suite.to_be_bytes());
        out.u8(flag(self.extended_master_secret, EXTENDED_MASTER_SECRET)
            | flag(self.server_name.is_some(), SERVER_NAME)
            | flag(self.alpn.is_some(), ALPN)
            | flag(self.peer_public_key.is_some(), PEER_PUBLIC_KEY)
            | flag(self.max_fragment_length.is_some(), MAX_FRAGMENT_LENGTH)
            | flag(self.external_psk.is_some(), EXTERNAL_PSK)
            | flag(self.resumable_across_names, RESUMABLE_ACROSS_NAMES));
        out.bytes(&self.authenticated_at.as_secs().to_be_bytes());
        out.bytes(&self.lifetime.to_be_bytes());
        out.bytes(self.isolation.as_bytes());
        self.write_secret(out);
        if let Some(name) = &self.server_name {
            out.delimited("server_name", 1, 1, name.as_bytes());
        }
        if let Some(alpn) = &self.alpn {
            out.delimited("alpn", 1, 1, alpn);
        }
        if let Some(key) = &self.peer_public_key {
            out.delimited("peer_public_key", 2, 1, key);
        }
        if let Some(length) = self.max_fragment_length {
            out.u8(length);
        }
        if !self.rests_on_one() {
            out.fault("external_psk");
        }
        if let Some(psk) = &self.external_psk {
            out.delimited("external_psk", 2, 1, &psk.identity);
            out.bytes(&psk.check);
        }
        out.length("peer_certificates", 3, self.certificates_len());
        for certificate in &self.peer_certificates {
            out.delimited("peer_certificates", 3, 1, certificate);
        }
    }

    fn write_secret(&self, out: &mut Out) {
        match &self.secret {
            SessionSecret::Master(secret) if self.version != TLS13 => out.bytes(secret.as_bytes()),
            SessionSecret::Resumption(ticket) if self.version == TLS13 => {
                if psk_len(self.suite) != Some(ticket.psk.len()) {
                    return out.fault("psk");
                }
                out.bytes(ticket.psk.as_bytes());
                out.bytes(&ticket.age_add.to_be_bytes());
                out.bytes(&ticket.issued_at.as_secs().to_be_bytes());
                out.bytes(&ticket.max_early_data.to_be_bytes());
            }
            _ => out.fault("secret"),
        }
    }

    fn secret_len(&self) -> usize {
        match &self.secret {
            SessionSecret::Master(_) => 48,
            SessionSecret::Resumption(ticket) => ticket.psk.len() + 4 + 8 + 4,
        }
    }

    fn certificates_len(&self) -> usize {
        let each = self
            .peer_certificates
            .iter()
            .map(|certificate| 3 + certificate.len());
        each.sum()
    }

    pub(crate) fn encoded_len(&self) -> usize {
        let optional =
            |prefix: usize, length: Option<usize>| length.map_or(0, |length| prefix + length);
        50 + self.secret_len()
            + optional(1, self.server_name.as_ref().map(String::len))
            + optional(1, self.alpn.as_ref().map(Vec::len))
            + optional(2, self.peer_public_key.as_ref().map(Vec::len))
            + optional(1, self.max_fragment_length.map(|_| 0))
            + optional(
                2 + 32,
                self.external_psk.as_ref().map(|psk| psk.identity.len()),
            )
            + 3
            + self.certificates_len()
    }
}

impl ClientSession {
    /// The client's session as bytes, in a buffer that is wiped when dropped.
    ///
    /// | offset | bytes | field |
    /// |--:|--:|--|
    /// | 0 | 1 | version of this encoding: 1 |
    /// | 1 | 1 + n | `session_id`: n, 0 to 32, then n bytes |
    /// | | 2 + n | `ticket`: n, then n bytes |
    /// | | the rest | `session`, as [`Session::encode`] writes it |
    ///
    /// # Errors
    ///
    /// [`TooLong`] names the field that does not fit.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, TooLong> {
        if self.session_id.len() > 32 {
            return Err(TooLong {
                field: "session_id",
            });
        }
        let length =
            1 + 1 + self.session_id.len() + 2 + self.ticket.len() + self.session.encoded_len();
        let mut out = Out::with_capacity(length);
        out.u8(CLIENT_SESSION_VERSION);
        out.delimited("session_id", 1, 0, &self.session_id);
        out.delimited("ticket", 2, 0, &self.ticket);
        self.session.write(&mut out);
        out.finish()
    }

    /// The client's session that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// As [`Session::decode`].
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeFault> {
        let mut input = Input::new(encoded);
        input.version(CLIENT_SESSION_VERSION)?;
        let length = usize::from(input.u8("session_id")?);
        if length > 32 {
            return Err(corrupt("session_id"));
        }
        let session_id = input.take("session_id", length)?.to_vec();
        let length = usize::from(input.u16("ticket")?);
        let ticket = input.take("ticket", length)?.to_vec();
        let session = Session::decode(input.rest)?;
        Ok(Self {
            session,
            session_id,
            ticket,
        })
    }
}

fn master_secret(input: &mut Input<'_>) -> Result<Secret<48>, DecodeFault> {
    let bytes: &[u8; 48] = input.array("master_secret")?;
    let secret = Secret::from_bytes(bytes).map_err(|_| corrupt("master_secret"))?;
    // Nothing derives such a secret; wherever it comes from, it protects nothing.
    if secret.ct_eq(&[0; 48]) {
        return Err(corrupt("master_secret"));
    }
    Ok(secret)
}

/// The suite says how long the key is; one that no version of TLS 1.3 has says nothing.
fn ticket_psk(input: &mut Input<'_>, suite: u16) -> Result<TicketPsk, DecodeFault> {
    let length = psk_len(suite).ok_or(corrupt("suite"))?;
    let psk = SecretBytes::new(input.take("psk", length)?);
    // As with a master secret.
    if psk.ct_eq(&vec![0; length]) {
        return Err(corrupt("psk"));
    }
    Ok(TicketPsk {
        psk,
        age_add: input.u32("age_add")?,
        issued_at: at(input.u64("issued_at")?),
        max_early_data: input.u32("max_early_data")?,
    })
}

fn external_psk(input: &mut Input<'_>) -> Result<ExternalPskId, DecodeFault> {
    let length = usize::from(input.u16("external_psk")?);
    Ok(ExternalPskId {
        identity: input.some("external_psk", length)?.to_vec(),
        check: *input.array("external_psk")?,
    })
}

fn certificates(input: &mut Input<'_>) -> Result<Vec<Vec<u8>>, DecodeFault> {
    const FIELD: &str = "peer_certificates";
    let length = input.u24(FIELD)?;
    let mut list = Input::new(input.take(FIELD, length)?);
    let mut certificates = Vec::new();
    while !list.rest.is_empty() {
        let length = list.u24(FIELD)?;
        certificates.push(list.some(FIELD, length)?.to_vec());
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests;
