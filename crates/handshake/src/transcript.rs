//! The handshake messages so far, as a running hash (RFC 5246 section 7.4.9).

use premaster_crypto::tls13::message_hash;
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

    /// Goes on where a handshake ended, whose messages nobody keeps (RFC 8446 section 4.4).
    pub(crate) fn after(hash: Hash, limit: usize) -> Self {
        Self {
            hash: Some(hash),
            kept: None,
            limit,
        }
    }

    /// The running hash, to go on elsewhere; `None` before [`Transcript::choose`].
    pub(crate) fn hash(&self) -> Option<Hash> {
        self.hash.clone()
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

    /// Puts what was said to another server in front of the first message: a cookie told it
    /// (RFC 8446 section 4.2.2). Before [`Transcript::choose`].
    pub(crate) fn begin_with(&mut self, before: &[u8]) {
        let mut all = before.to_vec();
        all.extend_from_slice(self.messages());
        self.kept = Some(all);
    }

    /// The server wants another ClientHello: the hash of the first one takes its place
    /// (RFC 8446 section 4.4.1). `last` is the length of the HelloRetryRequest behind it, if it is here already.
    pub(crate) fn retry(&mut self, algorithm: HashAlgorithm, last: usize) {
        let request = self.messages().len().saturating_sub(last);
        let request = self.messages().get(request..).unwrap_or_default().to_vec();
        let mut kept = message_hash(&self.digest_but_last(algorithm, last));
        kept.extend_from_slice(&request);
        self.kept = Some(kept);
        self.choose(algorithm);
    }

    /// The hash of all messages so far and of `more`, which is not one of them yet, by the function of a pre-shared key
    /// (RFC 8446 section 4.2.11.2). While the bytes are kept.
    pub(crate) fn digest_with(&self, algorithm: HashAlgorithm, more: &[u8]) -> Digest {
        let mut hash = Hash::new(algorithm);
        hash.update(self.messages());
        hash.update(more);
        hash.current()
    }

    /// The hash of all messages so far without the last bytes, by the function of a pre-shared key
    /// (RFC 8446 section 4.2.11.2). While the bytes are kept.
    pub(crate) fn digest_but_last(&self, algorithm: HashAlgorithm, last: usize) -> Digest {
        let messages = self.messages();
        let end = messages.len().saturating_sub(last);
        algorithm.hash(&[messages.get(..end).unwrap_or_default()])
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

    /// RFC 8446 section 4.4.1.
    #[test]
    fn after_a_retry_the_first_hello_is_its_hash() {
        let mut transcript = Transcript::new(1_000);
        transcript.add(b"first").unwrap();
        transcript.add(b"request").unwrap();
        transcript.retry(HashAlgorithm::Sha384, b"request".len());
        transcript.add(b"second").unwrap();
        let first = HashAlgorithm::Sha384.hash(&[b"first"]);
        let whole = [&[254, 0, 0, 48], &first[..], b"requestsecond"].concat();
        let expected = HashAlgorithm::Sha384.hash(&[&whole]);
        assert_eq!(transcript.digest().unwrap(), expected);
        assert_eq!(transcript.messages(), whole);

        let mut elsewhere = Transcript::new(1_000);
        elsewhere.add(b"second").unwrap();
        elsewhere.begin_with(&[&message_hash(&first)[..], b"request"].concat());
        elsewhere.choose(HashAlgorithm::Sha384);
        assert_eq!(elsewhere.digest().unwrap(), expected);
    }

    #[test]
    fn a_binder_covers_all_but_the_binders() {
        let mut transcript = Transcript::new(1_000);
        transcript.add(b"before").unwrap();
        let hash = HashAlgorithm::Sha256;
        let covered = transcript.digest_with(hash, b"hello");
        transcript.add(b"hello and binders").unwrap();
        let last = b" and binders".len();
        assert_eq!(transcript.digest_but_last(hash, last), covered);
        assert_eq!(covered, hash.hash(&[b"beforehello"]));
    }

    #[test]
    fn kept_messages_are_limited() {
        let mut transcript = Transcript::new(8);
        transcript.add(b"12345678").unwrap();
        let error = transcript.add(b"9").unwrap_err();
        assert_eq!(error.fault(), Fault::TranscriptTooLong);
    }
}
