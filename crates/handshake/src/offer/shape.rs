//! A ClientHello in another shape than ours.

use core::fmt;

/// Gives a ClientHello another shape before it is sent: other extensions, another order, other values.
///
/// For two uses: to look like another program, whose fingerprint a server expects; and to replay a recorded handshake. The
/// handshake then follows the bytes that are sent: random, session ID and the list of extensions are taken from them, the
/// binders of pre-shared keys are computed over them, early data follows if they offer it. All else stays as the
/// [`ClientPolicy`](crate::ClientPolicy) says: a version, a suite or a group that only the shaped bytes offer is refused
/// when a server chooses it, and a key share that is not ours leads nowhere.
///
/// ```
/// use premaster_handshake::ShapeHello;
///
/// /// Says nothing else than it would anyway.
/// #[derive(Debug)]
/// struct Plain;
///
/// impl ShapeHello for Plain {
///     fn shape(&self, client_hello: &[u8]) -> Vec<u8> {
///         client_hello.to_vec()
///     }
/// }
///
/// let mut policy =
///     premaster_handshake::ClientPolicy::new(std::sync::Arc::new(premaster_crypto_ring::provider()));
/// policy.shape_hello = Some(std::sync::Arc::new(Plain));
/// ```
pub trait ShapeHello: Send + Sync + fmt::Debug {
    /// The message to send, header included, in place of this ClientHello, which is a handshake's first or its second.
    ///
    /// Its binders are zeros still: they are written over the end of what is returned. So `pre_shared_key` has to hold the
    /// same keys in the same order, or has to be missing.
    fn shape(&self, client_hello: &[u8]) -> Vec<u8>;
}
