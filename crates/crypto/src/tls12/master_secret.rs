//! The master secret and all that comes from it (RFC 5246 section 8.1, RFC 5705, RFC 7627).

use subtle::ConstantTimeEq;

use crate::{
    CryptoError, Digest, HashAlgorithm, HmacKey, Released, Secret, SharedSecret, Side, declassify,
    erasing_stack,
};

use super::prf::{prf, prf_once};
use super::{KeyBlock, KeyBlockShape};

/// The master secret of a TLS 1.2 session, with the HMAC key that it amounts to.
///
/// ```
/// use premaster_crypto::{HashAlgorithm, SharedSecret, Side, suite_named, tls12::MasterSecret};
///
/// let suite = suite_named("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256").expect("a suite");
/// let premaster = SharedSecret::from_bytes(&[1; 32]);
/// let session_hash = suite.hash.hash(&[b"ClientHello to ClientKeyExchange"]);
/// let master = MasterSecret::derive_extended(suite.hash, &premaster, &session_hash);
/// let keys = master.key_block(&[2; 32], &[3; 32], suite.key_block_shape());
/// assert_eq!(keys.client.key.len(), 16);
/// let verify_data = master.verify_data(Side::Client, &session_hash);
/// let _proof = master.check_verify_data(Side::Client, &session_hash, &verify_data)?;
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
#[derive(Debug)]
pub struct MasterSecret {
    secret: Secret<48>,
    key: HmacKey,
}

/// That the peer's Finished message was right: only [`MasterSecret::check_verify_data`] makes one.
///
/// ```compile_fail,E0423
/// let forged = premaster_crypto::tls12::FinishedProof(());
/// ```
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
        erasing_stack(|| Self::prepared(algorithm, secret))
    }

    /// The 48 bytes, to be kept in a session.
    pub fn secret(&self) -> &Secret<48> {
        &self.secret
    }

    /// `PRF(master_secret, "key expansion", server_random + client_random)`, cut into keys:
    /// RFC 5246 section 6.3.
    ///
    /// # Panics
    /// When `shape` is longer than any cipher suite's: 192 bytes.
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
        if declassify(
            self.verify_data(side, transcript).ct_eq(received),
            Released::Fits,
        ) {
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
        erasing_stack(|| {
            let secret = Secret::fill_with(|secret| {
                premaster.as_hmac_key(algorithm, |key| {
                    prf_once(algorithm, key, label, seed, secret);
                });
            });
            Self::prepared(algorithm, secret)
        })
    }

    fn prepared(algorithm: HashAlgorithm, secret: Secret<48>) -> Self {
        let key = HmacKey::prepared(algorithm, secret.as_bytes());
        Self { secret, key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec;

    const ALGORITHMS: [HashAlgorithm; 2] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384];

    fn master(algorithm: HashAlgorithm) -> MasterSecret {
        let premaster = SharedSecret::from_bytes(&[1; 32]);
        MasterSecret::derive(algorithm, &premaster, &[2; 32], &[3; 32])
    }

    /// Property 2: any bit of verify_data or transcript makes it fatal.
    #[test]
    fn only_the_whole_right_verify_data_of_the_right_side_is_proof() {
        for algorithm in ALGORITHMS {
            let (master, transcript) = (master(algorithm), algorithm.hash(&[b"messages"]));
            let right = master.verify_data(Side::Client, &transcript);
            let check = |side, transcript, received: &[u8]| {
                master
                    .check_verify_data(side, transcript, received)
                    .map(|_proof| ())
            };
            assert_eq!(check(Side::Client, &transcript, &right), Ok(()));
            assert_eq!(check(Side::Server, &transcript, &right), Err(CryptoError));
            let other = algorithm.hash(&[b"other messages"]);
            assert_eq!(check(Side::Client, &other, &right), Err(CryptoError));
            for bit in 0..96 {
                let mut wrong = right;
                wrong[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(check(Side::Client, &transcript, &wrong), Err(CryptoError));
            }
            for len in 0..12 {
                assert_eq!(
                    check(Side::Client, &transcript, &right[..len]),
                    Err(CryptoError)
                );
            }
            let longer = [&right[..], &[0]].concat();
            assert_eq!(check(Side::Client, &transcript, &longer), Err(CryptoError));
        }
    }

    /// RFC 7627 section 4: the randoms do not matter any more, the messages do.
    #[test]
    fn an_extended_master_secret_depends_on_the_session_hash() {
        let premaster = SharedSecret::from_bytes(&[1; 32]);
        for algorithm in ALGORITHMS {
            let derive = |messages: &[u8]| {
                let hash = algorithm.hash(&[messages]);
                MasterSecret::derive_extended(algorithm, &premaster, &hash)
            };
            assert!(
                derive(b"a")
                    .secret()
                    .ct_eq(derive(b"a").secret().as_bytes())
            );
            assert!(
                !derive(b"a")
                    .secret()
                    .ct_eq(derive(b"b").secret().as_bytes())
            );
            assert!(
                !derive(b"a")
                    .secret()
                    .ct_eq(master(algorithm).secret().as_bytes())
            );
        }
    }

    /// RFC 5705 section 4: an empty context is not an absent one, and a length goes before it.
    #[test]
    fn an_exporter_writes_its_context_after_a_length() {
        for algorithm in ALGORITHMS {
            let master = master(algorithm);
            let export = |context: Option<&[u8]>| {
                let mut out = [0; 40];
                let exported = master.export(b"label", &[2; 32], &[3; 32], context, &mut out);
                exported.map(|()| out)
            };
            let plainly = |rest: &[u8]| {
                let key = HmacKey::new(algorithm, master.secret().as_bytes());
                let mut out = [0; 40];
                prf(&key, b"label", &[&[2; 32], &[3; 32], rest], &mut out);
                Ok(out)
            };
            assert_eq!(export(None), plainly(b""));
            assert_eq!(export(Some(b"")), plainly(b"\0\0"));
            assert_eq!(export(Some(b"abc")), plainly(b"\0\x03abc"));
            let longest = vec![7; 65_535];
            assert_eq!(
                export(Some(&longest)),
                plainly(&[&[0xff, 0xff], &longest[..]].concat())
            );
            assert_eq!(export(Some(&vec![7; 65_536])), Err(CryptoError));
        }
    }

    /// RFC 5246 section 6.3: MAC keys, keys, IVs; the client's before the server's.
    #[test]
    fn a_key_block_is_cut_in_the_order_of_the_rfc() {
        let (master, shape) = (
            master(HashAlgorithm::Sha256),
            KeyBlockShape {
                mac_key_len: 20,
                key_len: 16,
                fixed_iv_len: 4,
            },
        );
        let mut block = vec![0; shape.total_len()];
        let key = HmacKey::new(HashAlgorithm::Sha256, master.secret().as_bytes());
        prf(&key, b"key expansion", &[&[3; 32], &[2; 32]], &mut block);
        let keys = master.key_block(&[2; 32], &[3; 32], shape);
        let (client, server) = (&keys.client, &keys.server);
        let parts = [
            &client.mac_key,
            &server.mac_key,
            &client.key,
            &server.key,
            &client.iv,
            &server.iv,
        ];
        assert_eq!(parts.map(|part| part.as_bytes()).concat(), block);
        assert_eq!(parts.map(|part| part.len()), [20, 20, 16, 16, 4, 4]);
    }

    /// property 8: RFC 5246 section 8.1.2: as if the zeros had never been there. That their number does not show: `hidden`.
    #[test]
    fn leading_zeros_of_a_stripped_premaster_secret_do_not_count() {
        for algorithm in ALGORITHMS {
            for len in [1, 48, 64, 65, 128, 129, 256, 384, 512] {
                let zeros = (0..=12.min(len)).chain([len / 2, len - 1, len]);
                for zeros in zeros {
                    let mut premaster = vec![0x99; len];
                    premaster[..zeros].fill(0);
                    let derive = |premaster: &SharedSecret| {
                        let session_hash = algorithm.hash(&[b"messages"]);
                        [
                            MasterSecret::derive(algorithm, premaster, &[2; 32], &[3; 32]),
                            MasterSecret::derive_extended(algorithm, premaster, &session_hash),
                        ]
                        .map(|master| *master.secret().as_bytes())
                    };
                    let plain = SharedSecret::from_bytes(&premaster[zeros..]);
                    let stripped = SharedSecret::from_bytes(&premaster).stripped();
                    assert_eq!(stripped.as_bytes(), plain.as_bytes());
                    assert_eq!(derive(&stripped), derive(&plain), "{zeros} of {len}");
                }
            }
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let text = format!("{:?}", master(HashAlgorithm::Sha256));
        assert_eq!(
            text,
            "MasterSecret { secret: Secret<48>, key: HmacKey(Sha256) }"
        );
    }
}
