//! The handshake messages so far, as a running hash (RFC 5246 section 7.4.9).

use premaster_crypto::{Digest, Hash, HashAlgorithm};

use crate::{Error, Fault};

/// Everything both sides have said, in order, headers included.
///
/// The hash is known only once the server has chosen a suite, and a client certificate signs the
/// messages themselves under a hash of its own. So the bytes are kept until [`Transcript::choose`],
/// and beyond it while a signature may still need them.
pub(crate) struct Transcript {
    hash: Option<Hash>,
    kept: Option<Vec<u8>>,
    limit: usize,
}

impl Transcript {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            hash: None,
            kept: Some(Vec::with_capacity(1024)),
            limit,
        }
    }

    /// Adds one whole message.
    pub(crate) fn add(&mut self, message: &[u8]) -> Result<(), Error> {
        if let Some(hash) = &mut self.hash {
            hash.update(message);
        }
        if let Some(kept) = &mut self.kept {
            if kept.len().saturating_add(message.len()) > self.limit {
                return Err(Fault::TranscriptTooLong.into());
            }
            kept.extend_from_slice(message);
        }
        Ok(())
    }

    /// Starts the hash that the suite names, over what was said before the choice too.
    pub(crate) fn choose(&mut self, algorithm: HashAlgorithm) {
        let mut hash = Hash::new(algorithm);
        hash.update(self.messages());
        self.hash = Some(hash);
    }

    /// Forgets the bytes: nobody will sign them.
    pub(crate) fn hash_only(&mut self) {
        self.kept = None;
    }

    /// All messages so far; empty after [`Transcript::hash_only`].
    pub(crate) fn messages(&self) -> &[u8] {
        self.kept.as_deref().unwrap_or_default()
    }

    /// The hash of all messages so far.
    ///
    /// # Errors
    ///
    /// [`Fault::CryptoFailed`] before [`Transcript::choose`].
    pub(crate) fn digest(&self) -> Result<Digest, Error> {
        Ok(self.hash.as_ref().ok_or(Fault::CryptoFailed)?.current())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_covers_what_was_said_before_it_was_chosen() {
        let mut transcript = Transcript::new(100);
        transcript.add(b"hello").unwrap();
        transcript.choose(HashAlgorithm::Sha256);
        transcript.add(b" world").unwrap();
        let expected = HashAlgorithm::Sha256.hash(&[b"hello world"]);
        assert_eq!(transcript.digest().unwrap().as_ref(), expected.as_ref());
        assert_eq!(transcript.messages(), b"hello world");
        transcript.hash_only();
        transcript.add(b"!").unwrap();
        assert_eq!(transcript.messages(), b"");
    }

    #[test]
    fn kept_messages_are_limited() {
        let mut transcript = Transcript::new(8);
        transcript.add(b"12345678").unwrap();
        let error = transcript.add(b"9").unwrap_err();
        assert_eq!(error.fault(), Fault::TranscriptTooLong);
    }
}
