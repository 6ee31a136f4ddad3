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
    /// Records without content, in a row.
    pub empty_records: u32,
    /// Alerts that change nothing, in a row.
    pub warning_alerts: u32,
    /// KeyUpdates, in a row: with no data in between. Those that answer ours are not counted, those that ask for one are.
    pub key_updates: u32,
    /// Session tickets of TLS 1.3, in a row.
    pub tickets: u32,
    /// HelloRequests, and CertificateRequests after the handshake, in a row.
    pub requests: u32,
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
            empty_records: 16,
            warning_alerts: 4,
            key_updates: 32,
            tickets: 16,
            requests: 16,
            transcript: 4 * 65_536,
            rsa_bits: 8192,
            psk_identities: 8,
        }
    }
}
