//! The three secrets of the key schedule, each consumed by the step to the next (RFC 8446 section 7.1).

use super::psk::is_zero;
use super::{BinderKey, EarlyExporterSecret, ExporterSecret, Psk, PskKind, ResumptionSecret};
use super::{TrafficSecret, TrafficSecrets, derive};
use crate::{CryptoError, Digest, HashAlgorithm, HmacKey, SharedSecret, erasing_stack, hkdf};

/// `Early Secret`: a PSK, before anything else is agreed on.
///
/// A handshake without PSK has none and begins with [`HandshakeSecret::without_psk`].
///
/// ```
/// use premaster_crypto::{HashAlgorithm, tls13::{EarlySecret, Psk}};
///
/// let algorithm = HashAlgorithm::Sha256;
/// let early = EarlySecret::new(&Psk::external(algorithm, &[7; 32])?);
/// let truncated = algorithm.hash(&[b"ClientHello without its binders"]);
/// let binder = early.binder_key().binder(&truncated);
/// let _proof = early.binder_key().check(&truncated, &binder)?;
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
///
/// What follows wants the secret itself, so nothing early is derived afterwards:
///
/// ```compile_fail,E0382
/// # use premaster_crypto::{HashAlgorithm, tls13::{EarlySecret, Psk}};
/// # let psk = Psk::external(HashAlgorithm::Sha256, &[7; 32]).unwrap();
/// let early = EarlySecret::new(&psk);
/// let handshake = early.into_handshake_of_psk_alone();
/// early.binder_key();
/// ```
#[derive(Debug)]
pub struct EarlySecret {
    key: HmacKey,
    kind: PskKind,
}

impl EarlySecret {
    /// `HKDF-Extract(0, PSK)`.
    pub fn new(psk: &Psk) -> Self {
        erasing_stack(|| Self {
            key: hkdf::extracted(psk.algorithm(), &[], psk.secret().as_bytes()),
            kind: psk.kind(),
        })
    }

    /// `binder_key`, with the label of the PSK's origin (RFC 8446 section 4.2.11.2, RFC 9258 section 5.2).
    pub fn binder_key(&self) -> BinderKey {
        erasing_stack(|| BinderKey::derive(&self.key, self.kind))
    }

    /// `client_early_traffic_secret`; `transcript` is the hash of the ClientHello.
    pub fn client_early_traffic(&self, transcript: &Digest) -> TrafficSecret {
        erasing_stack(|| TrafficSecret::derive(&self.key, b"c e traffic", transcript))
    }

    /// `early_exporter_secret`; `transcript` is the hash of the ClientHello.
    pub fn early_exporter(&self, transcript: &Digest) -> EarlyExporterSecret {
        erasing_stack(|| EarlyExporterSecret::derive(&self.key, transcript))
    }

    /// The handshake secret of `psk_dhe_ke`: PSK and key exchange (RFC 8446 section 4.2.9). The shared secret of a
    /// finite field is as long as its prime, never [stripped](SharedSecret::stripped) (RFC 8446 section 7.4.1).
    ///
    /// # Errors
    /// [`CryptoError`] when `shared` is empty or all zeros (RFC 8446 section 7.4.2).
    pub fn into_handshake(self, shared: &SharedSecret) -> Result<HandshakeSecret, CryptoError> {
        let shared = contributing(shared)?;
        Ok(HandshakeSecret(erasing_stack(|| {
            derive::next(&self.key, shared)
        })))
    }

    /// The handshake secret of `psk_ke`: whoever learns the PSK, however late, reads everything (RFC 8446 section 4.2.9).
    pub fn into_handshake_of_psk_alone(self) -> HandshakeSecret {
        HandshakeSecret(erasing_stack(|| derive::next_without_input(&self.key)))
    }
}

/// `Handshake Secret`: what the handshake messages from EncryptedExtensions on are protected with.
///
/// ```compile_fail,E0382
/// # use premaster_crypto::{HashAlgorithm, SharedSecret, tls13::HandshakeSecret};
/// # let shared = SharedSecret::from_bytes(&[7; 32]);
/// let handshake = HandshakeSecret::without_psk(HashAlgorithm::Sha256, &shared).unwrap();
/// let main = handshake.into_main();
/// handshake.traffic(&HashAlgorithm::Sha256.hash(&[]));
/// ```
#[derive(Debug)]
pub struct HandshakeSecret(HmacKey);

impl HandshakeSecret {
    /// The handshake secret of a full handshake: a key exchange and no PSK. The shared secret of a finite field is as
    /// long as its prime, never [stripped](SharedSecret::stripped) (RFC 8446 section 7.4.1).
    ///
    /// # Errors
    /// [`CryptoError`] when `shared` is empty or all zeros (RFC 8446 section 7.4.2).
    pub fn without_psk(
        algorithm: HashAlgorithm,
        shared: &SharedSecret,
    ) -> Result<Self, CryptoError> {
        let shared = contributing(shared)?;
        let salt = derive::derived_without_psk(algorithm);
        Ok(Self(hkdf::extract(algorithm, salt, shared)))
    }

    /// `client_handshake_traffic_secret` and `server_handshake_traffic_secret`; `transcript` is the hash of ClientHello
    /// to ServerHello.
    pub fn traffic(&self, transcript: &Digest) -> TrafficSecrets {
        erasing_stack(|| TrafficSecrets {
            client: TrafficSecret::derive(&self.0, b"c hs traffic", transcript),
            server: TrafficSecret::derive(&self.0, b"s hs traffic", transcript),
        })
    }

    /// The main secret.
    pub fn into_main(self) -> MainSecret {
        MainSecret(erasing_stack(|| derive::next_without_input(&self.0)))
    }
}

/// `Main Secret`, which RFC 8446 calls `Master Secret`: what outlives the handshake comes from it.
///
/// ```compile_fail,E0382
/// # use premaster_crypto::{HashAlgorithm, SharedSecret, tls13::HandshakeSecret};
/// # let shared = SharedSecret::from_bytes(&[7; 32]);
/// # let transcript = HashAlgorithm::Sha256.hash(&[]);
/// let main = HandshakeSecret::without_psk(HashAlgorithm::Sha256, &shared).unwrap().into_main();
/// let resumption = main.into_resumption(&transcript);
/// main.exporter(&transcript);
/// ```
#[derive(Debug)]
pub struct MainSecret(HmacKey);

impl MainSecret {
    /// `client_application_traffic_secret_0` and `server_application_traffic_secret_0`; `transcript` is the hash of
    /// ClientHello to the server's Finished.
    pub fn application_traffic(&self, transcript: &Digest) -> TrafficSecrets {
        erasing_stack(|| TrafficSecrets {
            client: TrafficSecret::derive(&self.0, b"c ap traffic", transcript),
            server: TrafficSecret::derive(&self.0, b"s ap traffic", transcript),
        })
    }

    /// `exporter_secret`; `transcript` is the hash of ClientHello to the server's Finished.
    pub fn exporter(&self, transcript: &Digest) -> ExporterSecret {
        erasing_stack(|| ExporterSecret::derive(&self.0, transcript))
    }

    /// `resumption_secret`, the last of the schedule; `transcript` is the hash of ClientHello to the client's Finished.
    pub fn into_resumption(self, transcript: &Digest) -> ResumptionSecret {
        erasing_stack(|| ResumptionSecret::derive(&self.0, transcript))
    }
}

/// A share that makes every shared secret the same contributes nothing.
fn contributing(shared: &SharedSecret) -> Result<&[u8], CryptoError> {
    let shared = shared.as_bytes();
    if is_zero(shared) {
        return Err(CryptoError);
    }
    Ok(shared)
}
