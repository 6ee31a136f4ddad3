//! Keying material for applications (RFC 8446 section 7.5, RFC 5705).

use super::derive;
use crate::compress::MAX_OUTPUT;
use crate::{CryptoError, Digest, HmacKey, SecretBytes, erasing_stack, hkdf};

/// The longest label that fits behind `tls13 ` (RFC 8446 section 7.1).
const MAX_LABEL: usize = 249;

/// `exporter_secret`, which RFC 8446 calls `exporter_master_secret`.
///
/// ```
/// use premaster_crypto::{HashAlgorithm, SharedSecret, tls13::HandshakeSecret};
///
/// let algorithm = HashAlgorithm::Sha256;
/// let main = HandshakeSecret::without_psk(algorithm, &SharedSecret::from_bytes(&[7; 32]))?.into_main();
/// let exporter = main.exporter(&algorithm.hash(&[b"ClientHello to server Finished"]));
/// let mut binding = [0; 32];
/// exporter.export(b"EXPORTER-Channel-Binding", b"", &mut binding)?;
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
#[derive(Debug)]
pub struct ExporterSecret(Exporter);

impl ExporterSecret {
    pub(super) fn derive(main: &HmacKey, transcript: &Digest) -> Self {
        Self(Exporter::derive(main, b"exp master", transcript))
    }

    /// `TLS-Exporter(label, context, out.len())`. No context is the same as an empty one, unlike in TLS 1.2.
    ///
    /// # Errors
    /// [`CryptoError`] when `label` is longer than 249 bytes, or `out` than 255 hash values.
    pub fn export(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.export(label, context, out)
    }

    /// The secret itself, which gives away all that is exported: for key logs, which are opted into by name.
    pub fn dangerous_bytes(&self) -> &[u8] {
        self.0.bytes.as_bytes()
    }
}

/// `early_exporter_secret`: of a connection whose client may be a replay. A type of its own, so that nobody takes one for
/// the other (RFC 9846 section 7.5).
#[derive(Debug)]
pub struct EarlyExporterSecret(Exporter);

impl EarlyExporterSecret {
    pub(super) fn derive(early: &HmacKey, transcript: &Digest) -> Self {
        Self(Exporter::derive(early, b"e exp master", transcript))
    }

    /// As [`ExporterSecret::export`], but known to be fresh on the client's side only.
    ///
    /// # Errors
    /// As [`ExporterSecret::export`].
    pub fn export(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.export(label, context, out)
    }

    /// The secret itself, as [`ExporterSecret::dangerous_bytes`].
    pub fn dangerous_bytes(&self) -> &[u8] {
        self.0.bytes.as_bytes()
    }
}

/// What both are.
#[derive(Debug)]
struct Exporter {
    /// For key logs.
    bytes: SecretBytes,
    key: HmacKey,
}

impl Exporter {
    fn derive(from: &HmacKey, label: &[u8], transcript: &Digest) -> Self {
        let algorithm = from.algorithm();
        let bytes = derive::bytes(from, label, transcript, algorithm.output_len());
        let key = HmacKey::prepared(algorithm, bytes.as_bytes());
        Self { bytes, key }
    }

    /// `HKDF-Expand-Label(Derive-Secret(Secret, label, ""), "exporter", Hash(context_value), key_length)`.
    fn export(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> Result<(), CryptoError> {
        if label.len() > MAX_LABEL {
            return Err(CryptoError);
        }
        let algorithm = self.key.algorithm();
        let context = algorithm.hash(&[context]);
        erasing_stack(|| {
            let secret = derive::secret(&self.key, label, derive::nothing(algorithm));
            hkdf::expanded_label(&secret, b"exporter", &context, out)
        })
    }
}

const _: () = assert!(MAX_LABEL + 6 == 255 && MAX_OUTPUT <= 255);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashAlgorithm;
    use alloc::vec;

    fn exporters(algorithm: HashAlgorithm) -> (ExporterSecret, EarlyExporterSecret) {
        let (key, transcript) = (HmacKey::new(algorithm, &[7; 32]), algorithm.hash(&[b"x"]));
        let early = EarlyExporterSecret::derive(&key, &transcript);
        (ExporterSecret::derive(&key, &transcript), early)
    }

    #[test]
    fn label_context_length_and_epoch_make_a_difference() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let (exporter, early) = exporters(algorithm);
            let export = |label: &[u8], context: &[u8], len: usize| {
                let mut out = vec![0; len];
                exporter.export(label, context, &mut out).map(|()| out)
            };
            let first = export(b"EXPORTER-a", b"", 40).expect("short");
            assert_eq!(export(b"EXPORTER-a", b"", 40), Ok(first.clone()));
            assert_ne!(export(b"EXPORTER-b", b"", 40), Ok(first.clone()));
            assert_ne!(export(b"EXPORTER-a", b"c", 40), Ok(first.clone()));
            let shorter = export(b"EXPORTER-a", b"", 39).expect("short");
            assert_ne!(shorter, first[..39]);
            let mut out = vec![0; 40];
            early.export(b"EXPORTER-a", b"", &mut out).expect("short");
            assert_ne!(out, first);
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let (exporter, _) = exporters(HashAlgorithm::Sha256);
        let (label, context) = (vec![b'a'; 250], vec![7; 70_000]);
        let export = |label: &[u8], len| exporter.export(label, &context, &mut vec![0; len]);
        assert_eq!(export(&label[..249], 8160), Ok(()));
        assert_eq!(export(&label, 1), Err(CryptoError));
        assert_eq!(export(b"a", 8161), Err(CryptoError));
    }
}
