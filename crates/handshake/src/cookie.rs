//! What a HelloRetryRequest has the client remember for the server (RFC 8446 section 4.2.2).

use core::fmt;

use premaster_crypto::{HashAlgorithm, HmacKey, Provider};
use premaster_session::UnixTime;
use premaster_wire::{CipherSuite, NamedGroup};

use crate::{Error, Fault};

/// Makes the cookies of a server's HelloRetryRequests, and reads them again.
///
/// Any server that reads what another one sealed may take the second ClientHello to that one's HelloRetryRequest: nothing
/// else has to be remembered.
pub trait RetryCookie: fmt::Debug + Send + Sync {
    /// The cookie, at most 65535 bytes.
    fn seal(&self, content: &CookieContent, now: UnixTime) -> Vec<u8>;

    /// What is in a cookie; `None` for what was not sealed here, or not lately.
    fn open(&self, cookie: &[u8], now: UnixTime) -> Option<CookieContent>;
}

/// What a server has to know of a first ClientHello to take the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieContent {
    /// The suite that was chosen.
    pub suite: CipherSuite,
    /// The group that a share was asked for.
    pub group: NamedGroup,
    /// The hash of the first ClientHello, by the suite's function.
    pub client_hello: Vec<u8>,
    /// What the identity of the pre-shared key hashes to (SHA-256) that the suite was chosen for, if it was for one: the
    /// second ClientHello has to offer it again.
    pub psk: Option<[u8; 32]>,
}

/// Seals what a server wants back in the second ClientHello, so that it need not remember the first.
///
/// A cookie is readable and cannot be changed: it holds the hash of the first ClientHello, what was chosen, and when.
pub struct CookieKey(HmacKey);

/// For how many seconds a cookie is good: a client answers at once.
const LIFETIME: u64 = 60;
const TAG_LEN: usize = 32;

impl CookieKey {
    /// A key of this process alone.
    ///
    /// # Errors
    ///
    /// [`Error`] if there is no randomness.
    pub fn new(provider: &Provider) -> Result<Self, Error> {
        let mut key = [0; 32];
        provider
            .random
            .fill(&mut key)
            .map_err(|_| Fault::RandomFailed)?;
        Ok(Self::from_shared(&key))
    }

    /// A key that several servers share: each can answer the second ClientHello to another's HelloRetryRequest.
    #[must_use]
    pub fn from_shared(key: &[u8; 32]) -> Self {
        Self(HmacKey::new(HashAlgorithm::Sha256, key))
    }
}

impl RetryCookie for CookieKey {
    /// The cookie: time, suite, group, the pre-shared key if there is one, hash, and a tag over them.
    fn seal(&self, cookie: &CookieContent, now: UnixTime) -> Vec<u8> {
        let mut sealed = now.as_secs().to_be_bytes().to_vec();
        sealed.extend_from_slice(&cookie.suite.0.to_be_bytes());
        sealed.extend_from_slice(&cookie.group.0.to_be_bytes());
        sealed.push(u8::from(cookie.psk.is_some()));
        sealed.extend_from_slice(cookie.psk.as_ref().map_or(&[], <[u8; 32]>::as_slice));
        sealed.extend_from_slice(&cookie.client_hello);
        let tag = self.0.sign(&[&sealed]);
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// `None` for what this key did not seal, or not lately.
    fn open(&self, sealed: &[u8], now: UnixTime) -> Option<CookieContent> {
        let (content, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG_LEN)?)?;
        self.0.verify(&[content], tag).ok()?;
        let (time, rest) = content.split_first_chunk::<8>()?;
        let (suite, rest) = rest.split_first_chunk::<2>()?;
        let (group, rest) = rest.split_first_chunk::<2>()?;
        let (psk, client_hello) = match rest.split_first()? {
            (0, rest) => (None, rest),
            (_, rest) => {
                let (psk, rest) = rest.split_first_chunk::<32>()?;
                (Some(*psk), rest)
            }
        };
        let age = now.as_secs().abs_diff(u64::from_be_bytes(*time));
        (age <= LIFETIME).then(|| CookieContent {
            suite: CipherSuite(u16::from_be_bytes(*suite)),
            group: NamedGroup(u16::from_be_bytes(*group)),
            client_hello: client_hello.to_vec(),
            psk,
        })
    }
}

impl fmt::Debug for CookieKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    #[test]
    fn a_cookie_is_good_for_a_minute_and_only_as_it_was_sealed() {
        let key = CookieKey::from_shared(&[7; 32]);
        for psk in [None, Some([5; 32])] {
            let cookie = CookieContent {
                suite: CipherSuite::TLS_AES_128_GCM_SHA256,
                group: NamedGroup::x25519,
                client_hello: vec![9; 32],
                psk,
            };
            let sealed = key.seal(&cookie, at(1_000));
            assert_eq!(key.open(&sealed, at(1_060)), Some(cookie));
            assert_eq!(key.open(&sealed, at(1_061)), None);
            assert_eq!(key.open(&sealed, at(939)), None);
            let step = if cfg!(miri) { 16 } else { 1 };
            for at_byte in (0..sealed.len()).step_by(step) {
                let mut changed = sealed.clone();
                changed[at_byte] ^= 1;
                assert_eq!(key.open(&changed, at(1_000)), None, "byte {at_byte}");
                assert_eq!(key.open(&sealed[..at_byte], at(1_000)), None);
            }
            let other = CookieKey::from_shared(&[8; 32]);
            assert_eq!(other.open(&sealed, at(1_000)), None);
        }
    }
}
