//! Budgets for everything that a peer can multiply.

/// How much a peer may make us hold or do before and while it is not authenticated.
///
/// ```
/// let limits = premaster_handshake::Limits { chain: 4, ..Default::default() };
/// assert_eq!(limits.handshake_message, 65_536);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one handshake message, its header not counted. Checked on the header, before
    /// anything is buffered.
    pub handshake_message: usize,
    /// Certificates in one chain.
    pub chain: usize,
    /// Records without content, or warning alerts, or ignored HelloRequests, in a row.
    pub idle_records: u32,
    /// Bytes of handshake messages kept for the signature of a client certificate, which covers
    /// all of them (RFC 5246 section 7.4.8).
    pub transcript: usize,
    /// Bits of the modulus of an RSA key. Backends may refuse earlier.
    pub rsa_bits: usize,
    /// Pre-shared keys that a ClientHello may have us look up; those behind them are passed over.
    pub psk_identities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_message: 65_536,
            chain: 10,
            idle_records: 16,
            transcript: 4 * 65_536,
            rsa_bits: 8192,
            psk_identities: 8,
        }
    }
}
