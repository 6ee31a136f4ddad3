//! Traffic secrets, their keys, and their successors (RFC 8446 section 7.2, section 7.3).

use super::psk::is_zero;
use super::{FinishedKey, derive};
use crate::{
    BulkCipher, CryptoError, DirectionKeys, HashAlgorithm, HmacKey, SecretBytes, Side, Suite,
    SuiteVersion, erasing_stack,
};

/// Bytes of an IV: those of a nonce (RFC 8446 section 5.3).
const IV_LEN: usize = 12;

/// The traffic secrets of both directions.
#[derive(Debug)]
pub struct TrafficSecrets {
    /// Of what the client sends.
    pub client: TrafficSecret,
    /// Of what the server sends.
    pub server: TrafficSecret,
}

impl TrafficSecrets {
    /// The secret of what `sender` sends.
    pub fn of(&mut self, sender: Side) -> &mut TrafficSecret {
        match sender {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// The secret of one direction and one epoch: early data, handshake, or application data.
///
/// ```
/// use premaster_crypto::{SharedSecret, suite_named, tls13::HandshakeSecret};
///
/// let suite = suite_named("TLS_CHACHA20_POLY1305_SHA256").expect("a suite");
/// let main = HandshakeSecret::without_psk(suite.hash, &SharedSecret::from_bytes(&[7; 32]))?.into_main();
/// let mut secret = main.application_traffic(&suite.hash.hash(&[b"to Finished"])).client;
/// let first = secret.keys(suite)?;
/// // A KeyUpdate came.
/// let second = secret.next().keys(suite)?;
/// assert!(!first.key.ct_eq(second.key.as_bytes()));
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
#[derive(Debug)]
pub struct TrafficSecret {
    /// For key logs.
    bytes: SecretBytes,
    key: HmacKey,
    /// The keys were handed out.
    used: bool,
}

impl TrafficSecret {
    /// A secret from a key log: for whoever reads a recorded connection, or tests a record layer. Who takes part in one has
    /// it from the schedule.
    ///
    /// # Errors
    /// [`CryptoError`] when `secret` is all zeros or not as long as a hash value.
    pub fn from_key_log(algorithm: HashAlgorithm, secret: &[u8]) -> Result<Self, CryptoError> {
        if secret.len() != algorithm.output_len() || is_zero(secret) {
            return Err(CryptoError);
        }
        Ok(erasing_stack(|| {
            Self::new(algorithm, SecretBytes::new(secret))
        }))
    }

    pub(super) fn derive(from: &HmacKey, label: &[u8], transcript: &[u8]) -> Self {
        let algorithm = from.algorithm();
        let bytes = derive::bytes(from, label, transcript, algorithm.output_len());
        Self::new(algorithm, bytes)
    }

    fn new(algorithm: HashAlgorithm, bytes: SecretBytes) -> Self {
        let key = HmacKey::prepared(algorithm, bytes.as_bytes());
        Self {
            bytes,
            key,
            used: false,
        }
    }

    /// `write_key` and `write_iv`, once: who could have them twice could use a nonce twice (property 17).
    ///
    /// # Errors
    /// [`CryptoError`] when they were handed out, or when `suite` is none of TLS 1.3 with this hash function.
    pub fn keys(&mut self, suite: &Suite) -> Result<DirectionKeys, CryptoError> {
        let (SuiteVersion::Tls13, BulkCipher::Aead(aead)) = (suite.version, suite.cipher) else {
            return Err(CryptoError);
        };
        if self.used || suite.hash != self.key.algorithm() {
            return Err(CryptoError);
        }
        self.used = true;
        Ok(erasing_stack(|| DirectionKeys {
            mac_key: SecretBytes::new(&[]),
            key: derive::bytes(&self.key, b"key", b"", aead.key_len()),
            iv: derive::bytes(&self.key, b"iv", b"", IV_LEN),
        }))
    }

    /// The secret that follows on a KeyUpdate: `application_traffic_secret_N+1` (RFC 8446 section 7.2).
    #[must_use]
    pub fn next(self) -> Self {
        erasing_stack(|| Self::derive(&self.key, b"traffic upd", b""))
    }

    /// `finished_key` of this sender (RFC 8446 section 4.4.4): of the handshake's secret, or of the client's application
    /// secret for authentication after the handshake.
    pub fn finished_key(&self) -> FinishedKey {
        erasing_stack(|| FinishedKey::derive(&self.key))
    }

    /// The secret itself. With it, whoever recorded the connection reads it: for key logs, which are opted into by
    /// name.
    pub fn dangerous_bytes(&self) -> &[u8] {
        self.bytes.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls13::HandshakeSecret;
    use crate::{SUITES, SharedSecret};
    use alloc::format;
    use alloc::vec::Vec;

    fn secrets(algorithm: HashAlgorithm) -> TrafficSecrets {
        let handshake =
            HandshakeSecret::without_psk(algorithm, &SharedSecret::from_bytes(&[7; 32]));
        let transcript = algorithm.hash(&[b"messages"]);
        handshake
            .expect("not zero")
            .into_main()
            .application_traffic(&transcript)
    }

    /// Property 17: the keys of a secret are given out once, and those of its successors are others.
    #[test]
    fn no_key_is_given_out_twice() {
        for suite in SUITES
            .iter()
            .filter(|suite| suite.version == SuiteVersion::Tls13)
        {
            let TrafficSecrets { client, server } = secrets(suite.hash);
            let mut seen = Vec::new();
            for mut secret in [client, server] {
                for _ in 0..5 {
                    let keys = secret.keys(suite).expect("the first time");
                    seen.push([keys.key.as_bytes(), keys.iv.as_bytes()].concat());
                    assert!(secret.keys(suite).is_err());
                    secret = secret.next();
                }
            }
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 10, "{}", suite.name);
        }
    }

    #[test]
    fn a_suite_of_another_version_or_hash_function_gets_no_keys() {
        for suite in SUITES.iter().chain(crate::CLASSIC_SUITES) {
            for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
                let fits = suite.version == SuiteVersion::Tls13 && suite.hash == algorithm;
                let keys = secrets(algorithm).of(Side::Client).keys(suite);
                assert_eq!(keys.is_ok(), fits, "{}", suite.name);
            }
        }
    }

    /// Property 19.
    #[test]
    fn a_logged_secret_is_as_long_as_a_hash_value_and_not_zero() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            for len in 0..70 {
                let secret = TrafficSecret::from_key_log(algorithm, &[7; 70][..len]);
                assert_eq!(secret.is_ok(), len == algorithm.output_len(), "{len}");
                assert!(TrafficSecret::from_key_log(algorithm, &[0; 70][..len]).is_err());
            }
        }
    }

    #[test]
    fn the_directions_differ() {
        let secrets = secrets(HashAlgorithm::Sha384);
        assert_ne!(
            secrets.client.dangerous_bytes(),
            secrets.server.dangerous_bytes()
        );
    }

    #[test]
    fn nothing_secret_is_printed() {
        let text = format!("{:?}", secrets(HashAlgorithm::Sha256).client);
        let key = "bytes: SecretBytes(32), key: HmacKey(Sha256)";
        assert_eq!(text, format!("TrafficSecret {{ {key}, used: false }}"));
    }
}
