//! The isolation key: under which configuration were the peers authenticated?
//!
//! RFC 8446 section 4.6.1 and RFC 6066 section 3 say when a session may not be resumed; the rest is learnt
//! from servers that let one virtual host's session in at another.

use core::fmt;

use premaster_crypto::{Hash, HashAlgorithm};

/// Names the configuration under which a session was made; a session is resumed only under an equal one.
///
/// It is the SHA-256 of everything that decides who is let in: the verifier and its roots, the name, the
/// client authentication policy, the ALPN set, the suite policy. Whoever changes one of them gets another
/// key, and with it full handshakes. It is not a secret.
///
/// ```
/// use premaster_session::IsolationKey;
///
/// let key = |name: &[u8], protocols: &[&[u8]]| {
///     IsolationKey::builder()
///         .part("verifier", &[1; 32])
///         .part("name", name)
///         .set("alpn", protocols.iter().copied())
///         .finish()
/// };
/// assert_eq!(key(b"a.example", &[b"h2", b"http/1.1"]), key(b"a.example", &[b"http/1.1", b"h2"]));
/// assert_ne!(key(b"a.example", &[b"h2"]), key(b"b.example", &[b"h2"]));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IsolationKey([u8; 32]);

impl IsolationKey {
    /// Begins a key; give each part, then [`finish`](IsolationBuilder::finish).
    pub fn builder() -> IsolationBuilder {
        let mut hash = Hash::new(HashAlgorithm::Sha256);
        hash.update(b"premaster isolation key 1");
        IsolationBuilder(hash)
    }

    /// The key of these bytes, from where [`as_bytes`](Self::as_bytes) was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the key, to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In hexadecimal.
impl fmt::Display for IsolationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for IsolationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IsolationKey({self})")
    }
}

/// Collects the parts of an [`IsolationKey`].
///
/// Label and value of each part are hashed with their length in front, so that no two different lists of
/// parts give the same input. Parts count in the order in which they are given.
#[derive(Clone)]
#[must_use]
pub struct IsolationBuilder(Hash);

impl IsolationBuilder {
    /// Adds one part: what it is, and its value.
    pub fn part(mut self, label: &str, value: &[u8]) -> Self {
        self.delimited(label.as_bytes());
        self.delimited(value);
        self
    }

    /// Adds a part whose values have no order and no repetition, such as the ALPN set.
    pub fn set<'a>(mut self, label: &str, values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut values: Vec<&[u8]> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        self.delimited(label.as_bytes());
        self.length(values.len());
        for value in values {
            self.delimited(value);
        }
        self
    }

    /// The key of all parts given.
    pub fn finish(self) -> IsolationKey {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(self.0.current().as_ref()) {
            *to = *from;
        }
        IsolationKey(bytes)
    }

    fn delimited(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.update(bytes);
    }

    fn length(&mut self, length: usize) {
        // No platform has a usize of more than 64 bits.
        self.0
            .update(&u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
    }
}

impl fmt::Debug for IsolationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IsolationBuilder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(values: &[&[u8]]) -> IsolationKey {
        IsolationKey::builder()
            .set("alpn", values.iter().copied())
            .finish()
    }

    /// property 20: no two different configurations share an isolation key.
    #[test]
    fn different_parts_give_different_keys() {
        let keys = [
            IsolationKey::builder().finish(),
            IsolationKey::builder().part("name", b"").finish(),
            IsolationKey::builder().part("name", b"a").finish(),
            IsolationKey::builder().part("name", b"b").finish(),
            IsolationKey::builder().part("namea", b"").finish(),
            IsolationKey::builder().part("", b"namea").finish(),
            IsolationKey::builder()
                .part("name", b"a")
                .part("alpn", b"b")
                .finish(),
            IsolationKey::builder()
                .part("name", b"b")
                .part("alpn", b"a")
                .finish(),
            IsolationKey::builder()
                .part("name", b"a\0\0\0\0\0\0\0\x04alpn")
                .finish(),
            set(&[]),
            set(&[b""]),
            set(&[b"h2"]),
            set(&[b"h", b"2"]),
            set(&[b"h2", b"http/1.1"]),
        ];
        for (i, one) in keys.iter().enumerate() {
            for (j, other) in keys.iter().enumerate() {
                assert_eq!(one == other, i == j, "{i} and {j}");
            }
        }
    }

    #[test]
    fn a_set_has_no_order_and_no_repetition() {
        assert_eq!(set(&[b"a", b"b"]), set(&[b"b", b"a", b"b"]));
    }

    #[test]
    fn a_key_is_stable_across_versions_because_it_is_stored() {
        let key = IsolationKey::builder()
            .part("name", b"example.com")
            .set("alpn", [b"h2".as_slice()])
            .finish();
        assert_eq!(key, IsolationKey::from_bytes(*key.as_bytes()));
        assert_eq!(
            key.to_string(),
            "6f1a00e5b58fcbde8ca8a377121f46afb343c00d7063a321368f26c8afaef8da"
        );
    }
}
