//! The master secret and all that comes from it (RFC 5246 sections 6.3, 7.4.9 and 8.1, RFC 5705, RFC 7627).

use subtle::ConstantTimeEq;

use crate::{CryptoError, Digest, HashAlgorithm, HmacKey, Secret, SharedSecret, Side};

use super::prf::{prf, prf_once};
use super::{KeyBlock, KeyBlockShape};

/// The master secret of a TLS 1.2 session.
#[derive(Debug)]
pub struct MasterSecret {
    secret: Secret<48>,
    key: HmacKey,
}

/// That the peer's Finished message was right: only [`MasterSecret::check_verify_data`] makes one.
#[derive(Debug)]
#[must_use]
pub struct FinishedProof(());

impl MasterSecret {
    /// `PRF(pre_master_secret, "master secret", ClientHello.random + ServerHello.random)[0..48]`:
    /// RFC 5246 section 8.1.
    pub fn derive(
        algorithm: HashAlgorithm,
        premaster: &SharedSecret,
        client_random: &[u8; 32],
        server_random: &[u8; 32],
    ) -> Self {
        Self::from_prf(
            algorithm,
            premaster,
            b"master secret",
            &[client_random, server_random],
        )
    }

    /// `PRF(pre_master_secret, "extended master secret", session_hash)[0..48]`: RFC 7627 section 4.
    pub fn derive_extended(
        algorithm: HashAlgorithm,
        premaster: &SharedSecret,
        session_hash: &Digest,
    ) -> Self {
        Self::from_prf(
            algorithm,
            premaster,
            b"extended master secret",
            &[session_hash],
        )
    }

    /// The master secret of a session that is resumed.
    pub fn from_secret(algorithm: HashAlgorithm, secret: Secret<48>) -> Self {
        let key = HmacKey::new(algorithm, secret.as_bytes());
        Self { secret, key }
    }

    /// The 48 bytes, to be kept in a session.
    pub fn secret(&self) -> &Secret<48> {
        &self.secret
    }

    /// `PRF(master_secret, "key expansion", server_random + client_random)`, cut into keys:
    /// RFC 5246 section 6.3.
    pub fn key_block(
        &self,
        client_random: &[u8; 32],
        server_random: &[u8; 32],
        shape: KeyBlockShape,
    ) -> KeyBlock {
        KeyBlock::derive(&self.key, client_random, server_random, shape)
    }

    /// The `verify_data` that `side` sends in its Finished message; `transcript` is the hash of all
    /// handshake messages before it (RFC 5246 section 7.4.9).
    pub fn verify_data(&self, side: Side, transcript: &Digest) -> [u8; 12] {
        let label: &[u8] = match side {
            Side::Client => b"client finished",
            Side::Server => b"server finished",
        };
        let mut verify_data = [0; 12];
        prf(&self.key, label, &[transcript], &mut verify_data);
        verify_data
    }

    /// Checks the `verify_data` that `side` sent, in constant time.
    ///
    /// # Errors
    /// [`CryptoError`] when it is not the one that `transcript` asks for.
    pub fn check_verify_data(
        &self,
        side: Side,
        transcript: &Digest,
        received: &[u8],
    ) -> Result<FinishedProof, CryptoError> {
        if self.verify_data(side, transcript).ct_eq(received).into() {
            Ok(FinishedProof(()))
        } else {
            Err(CryptoError)
        }
    }

    /// Keying material for an application (RFC 5705 section 4); an absent context differs from an empty one.
    ///
    /// # Errors
    /// [`CryptoError`] when the context is longer than 65,535 bytes.
    pub fn export(
        &self,
        label: &[u8],
        client_random: &[u8; 32],
        server_random: &[u8; 32],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), CryptoError> {
        let Some(context) = context else {
            prf(&self.key, label, &[client_random, server_random], out);
            return Ok(());
        };
        let len = u16::try_from(context.len())
            .map_err(|_| CryptoError)?
            .to_be_bytes();
        prf(
            &self.key,
            label,
            &[client_random, server_random, &len, context],
            out,
        );
        Ok(())
    }

    fn from_prf(
        algorithm: HashAlgorithm,
        premaster: &SharedSecret,
        label: &[u8],
        seed: &[&[u8]],
    ) -> Self {
        let secret = Secret::fill_with(|secret| {
            prf_once(algorithm, premaster.as_bytes(), label, seed, secret);
        });
        Self::from_secret(algorithm, secret)
    }
}
