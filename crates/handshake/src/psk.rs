//! Keys that both sides got before and elsewhere (RFC 8446 section 4.2.11, RFC 9258).

use core::fmt;
use std::sync::{Arc, OnceLock};

use premaster_crypto::tls13::{BinderProof, EarlySecret, ImportedIdentity, Psk};
use premaster_crypto::{HashAlgorithm, Side};
use premaster_session::ExternalPskId;

use crate::negotiate::cut;
use crate::{Error, Fault};

/// An external pre-shared key and the identity it goes by.
///
/// It is good for one hash function (RFC 8446 section 4.2.11), so for the suites that have it. What several peers know
/// proves only that the other side is one of them: [`ExternalPsk::imported`] binds the key to a context
/// (RFC 9258), which is better wherever both sides can do it.
///
/// It is for one role (RFC 9257 section 4): the first handshake that uses it, or a clone of it, decides whether as a
/// client or as a server; at a server, the first whose client has proved that it knows the key. Else whoever sends a client's messages back to the side that they came from would be answered
/// by it, and taken for the other side. Who needs keys for both roles imports two, with the role in the context.
///
/// ```
/// use premaster_crypto::HashAlgorithm;
/// use premaster_handshake::ExternalPsk;
///
/// let psk = ExternalPsk::new(b"meter 7", b"a key of at least 128 bits", HashAlgorithm::Sha256)?;
/// assert_eq!(psk.identity(), b"meter 7");
/// # Ok::<(), premaster_handshake::UnusablePsk>(())
/// ```
#[derive(Clone)]
pub struct ExternalPsk {
    identity: Vec<u8>,
    psk: Arc<Psk>,
    /// Shared by all clones.
    role: Arc<OnceLock<Side>>,
}

/// What cannot be a pre-shared key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusablePsk {
    /// Fewer than 128 bits could be guessed from a recorded handshake (RFC 9257 section 6).
    #[error("a pre-shared key has at least 16 bytes, not {length}")]
    TooShort {
        /// Its length.
        length: usize,
    },
    /// Not one byte of it is set.
    #[error("a pre-shared key of zeros is no secret")]
    Zeros,
    /// Empty, or longer than its field.
    #[error(
        "a pre-shared key's identity has 1 to 65535 bytes, its context included; this one has {length}"
    )]
    Identity {
        /// Its length.
        length: usize,
    },
}

impl ExternalPsk {
    /// Fewest bytes of a key.
    pub const MIN_LEN: usize = 16;

    /// A key as it was provisioned, for the suites of one hash function; SHA-256 if none was said
    /// (RFC 8446 section 4.2.11).
    ///
    /// # Errors
    ///
    /// [`UnusablePsk`]
    pub fn new(identity: &[u8], key: &[u8], algorithm: HashAlgorithm) -> Result<Self, UnusablePsk> {
        check(identity, key)?;
        let psk = Psk::external(algorithm, key).map_err(|_| UnusablePsk::Zeros)?;
        Ok(Self {
            identity: identity.to_vec(),
            psk: Arc::new(psk),
            role: Arc::default(),
        })
    }

    /// A provisioned key bound to a context, one for the suites of each hash function (RFC 9258). `algorithm` is the
    /// hash function that was provisioned with the key, SHA-256 if none was.
    ///
    /// # Errors
    ///
    /// [`UnusablePsk`]
    pub fn imported(
        identity: &[u8],
        key: &[u8],
        context: &[u8],
        algorithm: HashAlgorithm,
    ) -> Result<[Self; 2], UnusablePsk> {
        check(identity, key)?;
        let import = |target| {
            let imported =
                ImportedIdentity::for_tls13(identity, context, target).map_err(|_| {
                    let length = identity.len().saturating_add(context.len());
                    UnusablePsk::Identity { length }
                })?;
            let psk = imported
                .import(algorithm, key)
                .map_err(|_| UnusablePsk::Zeros)?;
            Ok(Self {
                identity: imported.as_bytes().to_vec(),
                psk: Arc::new(psk),
                role: Arc::default(),
            })
        };
        Ok([
            import(HashAlgorithm::Sha256)?,
            import(HashAlgorithm::Sha384)?,
        ])
    }

    /// The identity, as it is sent: readable by everybody on the path.
    #[must_use]
    pub fn identity(&self) -> &[u8] {
        &self.identity
    }

    /// The hash function of the suites that it is good for.
    #[must_use]
    pub fn algorithm(&self) -> HashAlgorithm {
        self.psk.algorithm()
    }

    /// By what sessions that rest on this key know it again: its identity, and a value that only this key gives. It is the
    /// binder of something that is no ClientHello, so it is good for nothing else.
    pub(crate) fn id(&self) -> ExternalPskId {
        let nothing = self
            .algorithm()
            .hash(&[b"premaster: a session rests on this key"]);
        let value = EarlySecret::new(&self.psk).binder_key().binder(&nothing);
        let mut check = [0; 32];
        for (to, from) in check.iter_mut().zip(value.iter()) {
            *to = *from;
        }
        ExternalPskId {
            identity: self.identity.clone(),
            check,
        }
    }

    /// The key, for a client; its first use makes it one for clients.
    ///
    /// # Errors
    ///
    /// [`Fault::PskOfOtherRole`]
    pub(crate) fn offer(&self) -> Result<&Psk, Error> {
        self.take_role(Side::Client)?;
        Ok(&self.psk)
    }

    /// The key, for a server that checks a binder with it. Whatever role it has: anybody can name its identity.
    pub(crate) fn to_check(&self) -> &Arc<Psk> {
        &self.psk
    }

    /// Goes on as a server's, now that a client has proved that it knows the key; its first use makes it one for servers.
    ///
    /// # Errors
    ///
    /// [`Fault::PskOfOtherRole`]
    pub(crate) fn choose(&self, _proof: &BinderProof) -> Result<(), Error> {
        self.take_role(Side::Server)
    }

    fn take_role(&self, role: Side) -> Result<(), Error> {
        if *self.role.get_or_init(|| role) == role {
            return Ok(());
        }
        let detail = format!(
            "the key of {}",
            cut(&self.identity.escape_ascii().to_string())
        );
        Err(Error::new(Fault::PskOfOtherRole).detail(detail))
    }
}

impl fmt::Debug for ExternalPsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let identity = self.identity.escape_ascii();
        write!(f, "ExternalPsk({identity}, {:?})", self.psk.algorithm())
    }
}

fn check(identity: &[u8], key: &[u8]) -> Result<(), UnusablePsk> {
    if key.len() < ExternalPsk::MIN_LEN {
        return Err(UnusablePsk::TooShort { length: key.len() });
    }
    if identity.is_empty() || identity.len() > usize::from(u16::MAX) {
        let length = identity.len();
        return Err(UnusablePsk::Identity { length });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_key_is_told_why() {
        let new = |identity: &[u8], key: &[u8]| {
            ExternalPsk::new(identity, key, HashAlgorithm::Sha256).err()
        };
        assert_eq!(new(b"id", &[7; 16]), None);
        assert_eq!(
            new(b"id", &[7; 15]),
            Some(UnusablePsk::TooShort { length: 15 })
        );
        assert_eq!(new(b"id", &[0; 16]), Some(UnusablePsk::Zeros));
        assert_eq!(
            new(b"", &[7; 16]),
            Some(UnusablePsk::Identity { length: 0 })
        );
        let long = vec![b'i'; 65_536];
        assert_eq!(
            new(&long, &[7; 16]),
            Some(UnusablePsk::Identity { length: 65_536 })
        );
    }

    /// property 21: one role, whichever clone is used first.
    #[test]
    fn a_key_keeps_the_role_of_its_first_use() {
        for (first, second) in [(Side::Client, Side::Server), (Side::Server, Side::Client)] {
            let psk = ExternalPsk::new(b"id", &[7; 16], HashAlgorithm::Sha256).unwrap();
            let clone = psk.clone();
            assert!(psk.take_role(first).is_ok() && clone.take_role(first).is_ok());
            let refused = clone.take_role(second).err().map(|error| error.fault());
            assert_eq!(refused, Some(Fault::PskOfOtherRole));
        }
    }

    /// property 20: identity and key count, and whether the key was imported.
    #[test]
    #[cfg_attr(miri, ignore = "many keys derived in software: too slow")]
    fn a_key_is_known_again_by_its_identity_and_itself() {
        let (short, long) = (HashAlgorithm::Sha256, HashAlgorithm::Sha384);
        let new = |identity: &[u8], byte, hash| {
            ExternalPsk::new(identity, &[byte; 32], hash).unwrap().id()
        };
        let [imported, other] = ExternalPsk::imported(b"id", &[7; 32], b"", short).unwrap();
        let lookalike = new(imported.identity(), 7, short);
        let all = [
            new(b"id", 7, short),
            new(b"id", 8, short),
            new(b"id", 7, long),
            new(b"id\0", 7, short),
            imported.id(),
            other.id(),
            lookalike,
        ];
        for (i, one) in all.iter().enumerate() {
            for (j, other) in all.iter().enumerate() {
                assert_eq!(one == other, i == j, "{i} and {j}");
            }
        }
        assert_eq!(all[0], new(b"id", 7, short));
    }

    #[test]
    fn debug_tells_the_identity_and_no_key() {
        let psk = ExternalPsk::new(b"id", &[0x5e; 16], HashAlgorithm::Sha384).unwrap();
        assert_eq!(format!("{psk:?}"), "ExternalPsk(id, Sha384)");
    }
}
