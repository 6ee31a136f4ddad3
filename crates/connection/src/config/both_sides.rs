//! What the builders of both sides have in common.

use std::sync::Arc;

use premaster_crypto::{DhGroup, Suite};
use premaster_session::{IsolationBuilder, IsolationKey};
use premaster_wire::{NamedGroup, ProtocolVersion, PskKeyExchangeMode, SignatureScheme};

use super::ConfigError;

/// Setters that client and server have in common.
macro_rules! setters_of_both_sides {
    () => {
        /// Only these cipher suites, best first, by their names in the RFCs.
        ///
        /// Those that are not on by default (key transport, DHE, CBC) have to be named, and the provider has
        /// to have what they need: see `premaster-crypto-classic` and `premaster-crypto-rsa-transport`.
        pub fn suites<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
            self.names.set_suites(names.into_iter().map(Into::into));
            self
        }

        /// Only these groups, best first, by their names in the RFCs: curves and finite fields.
        pub fn groups<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
            self.names.set_groups(names.into_iter().map(Into::into));
            self
        }

        /// No version older than this.
        pub fn min_version(mut self, version: ProtocolVersion) -> Self {
            self.names.min_version = Some(version);
            self
        }

        /// No version newer than this.
        pub fn max_version(mut self, version: ProtocolVersion) -> Self {
            self.names.max_version = Some(version);
            self
        }

        /// Application protocols, best first (RFC 7301).
        pub fn alpn<P: Into<Vec<u8>>>(mut self, names: impl IntoIterator<Item = P>) -> Self {
            self.policy.alpn = names.into_iter().map(Into::into).collect();
            self
        }

        /// Most plaintext bytes of a record that we want to receive (RFC 8449).
        pub fn record_size_limit(mut self, bytes: u16) -> Self {
            self.policy.record_size_limit = Some(bytes);
            self
        }

        /// Never has the MAC of CBC suites cover the ciphertext (RFC 7366): for peers that claim to and cannot.
        pub fn no_encrypt_then_mac(mut self) -> Self {
            self.policy.encrypt_then_mac = false;
            self
        }

        /// How certificates may be compressed in TLS 1.3, best first (RFC 8879): ours for the peer, the peer's for us. See
        /// `premaster-certificate-compression`.
        pub fn certificate_compression(
            mut self,
            ways: impl IntoIterator<Item = &'static dyn CertificateCompression>,
        ) -> Self {
            self.policy.certificate_compression = ways.into_iter().collect();
            self
        }

        /// Signatures that certificates may have, by their names in the RFCs, where they differ from those that the
        /// peer may sign with in TLS 1.3 (RFC 8446 section 4.2.3).
        pub fn certificate_schemes<S: Into<String>>(
            mut self,
            names: impl IntoIterator<Item = S>,
        ) -> Self {
            self.names.certificate_schemes = names.into_iter().map(Into::into).collect();
            self
        }

        /// How long records of TLS 1.3 look, so that their length says less about what is in them
        /// (RFC 8446 section 5.4).
        pub fn padding(mut self, padding: Padding) -> Self {
            self.padding = padding;
            self
        }

        /// Most plaintext bytes of a record that we send, 64 to 16384, whatever the peer would take. Short records arrive
        /// whole earlier, and cost more to send. What we receive is another matter:
        /// [`record_size_limit`](Self::record_size_limit).
        pub fn sent_record_limit(mut self, bytes: u16) -> Self {
            self.sent_record_limit = Some(bytes);
            self
        }

        /// Also uses pre-shared keys and sessions of TLS 1.3 without a fresh key exchange: whoever learns the key later
        /// reads what was recorded before (RFC 8446 section 4.2.9).
        pub fn dangerous_psk_without_forward_secrecy(mut self) -> Self {
            let modes = &mut self.policy.psk_modes;
            if !modes.contains(&PskKeyExchangeMode::psk_ke) {
                modes.push(PskKeyExchangeMode::psk_ke);
            }
            self
        }

        /// Budgets for what a peer can multiply.
        pub fn limits(mut self, limits: Limits) -> Self {
            self.limits = limits;
            self
        }

        /// Another clock than the operating system's.
        pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
            self.clock = clock;
            self
        }
    };
}

pub(super) use setters_of_both_sides;

/// What both sides' isolation keys begin with.
pub(super) struct BothSides<'a> {
    pub(super) side: &'static str,
    pub(super) verifier: [u8; 32],
    pub(super) alpn: &'a [Vec<u8>],
    pub(super) suites: &'a [&'static Suite],
    pub(super) groups: &'a [NamedGroup],
    pub(super) dh_groups: &'a [Arc<dyn DhGroup>],
    pub(super) schemes: &'a [SignatureScheme],
    pub(super) versions: &'a [ProtocolVersion],
    pub(super) record_size_limit: Option<u16>,
    pub(super) sent_record_limit: Option<u16>,
    pub(super) psk_modes: &'a [PskKeyExchangeMode],
    pub(super) external_psks: Vec<&'a [u8]>,
}

impl BothSides<'_> {
    /// The parts of the isolation key that both sides have.
    pub(super) fn isolation(&self) -> IsolationBuilder {
        let suites: Vec<_> = self
            .suites
            .iter()
            .map(|suite| suite.id.to_be_bytes())
            .collect();
        let versions: Vec<_> = self
            .versions
            .iter()
            .map(|version| version.0.to_be_bytes())
            .collect();
        let groups: Vec<_> = self
            .groups
            .iter()
            .map(|group| group.0.to_be_bytes())
            .collect();
        let schemes: Vec<_> = self
            .schemes
            .iter()
            .map(|scheme| scheme.0.to_be_bytes())
            .collect();
        let modes: Vec<_> = self.psk_modes.iter().map(|mode| [mode.0]).collect();
        // A prime and its generator: nobody has to give a field of his own a name of its own.
        let fields: Vec<_> = self
            .dh_groups
            .iter()
            .map(|group| [group.prime(), group.generator()].concat())
            .collect();
        IsolationKey::builder()
            .part("side", self.side.as_bytes())
            .part("verifier", &self.verifier)
            .set("alpn", self.alpn.iter().map(Vec::as_slice))
            .set("groups", groups.iter().map(<[u8; 2]>::as_slice))
            .set("finite fields", fields.iter().map(Vec::as_slice))
            .set("schemes", schemes.iter().map(<[u8; 2]>::as_slice))
            .set("suites", suites.iter().map(<[u8; 2]>::as_slice))
            .set("versions", versions.iter().map(<[u8; 2]>::as_slice))
            .set("psk modes", modes.iter().map(<[u8; 1]>::as_slice))
            .set("external psks", self.external_psks.iter().copied())
    }

    /// Refuses what no peer could be told.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if let Some(name) = self
            .alpn
            .iter()
            .find(|name| name.is_empty() || name.len() > 255)
        {
            return Err(ConfigError::AlpnName { length: name.len() });
        }
        // Each name has a length byte, and the list fits 16 bits (RFC 7301 section 3.1).
        let total: usize = self
            .alpn
            .iter()
            .map(|name| name.len().saturating_add(1))
            .sum();
        if total > usize::from(u16::MAX) {
            return Err(ConfigError::AlpnList { length: total });
        }
        let limits = [self.record_size_limit, self.sent_record_limit];
        let mut limits = limits.into_iter().flatten();
        match limits.find(|limit| !(64..=16_384).contains(limit)) {
            Some(limit) => Err(ConfigError::RecordSizeLimit { limit }),
            None => Ok(()),
        }
    }
}
