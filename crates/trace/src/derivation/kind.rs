//! Which secrets there are, by the names that the RFCs give them.

use std::borrow::Cow;

use crate::{Epoch, Side};

/// Which secret was computed, by its RFC's name.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// The result of the key exchange (RFC 5246 section 8.1).
    PreMasterSecret,
    /// The secret of the session, from which all keys come (RFC 5246 section 8.1, RFC 7627 section 4).
    MasterSecret,
    /// The bytes that are cut into keys (RFC 5246 section 6.3).
    KeyBlock,
    /// The content of a Finished message (RFC 5246 section 7.4.9).
    VerifyData,
    /// The result of the key exchange of TLS 1.3 (RFC 8446 section 7.4).
    SharedSecret,
    /// Where the key schedule of TLS 1.3 begins (RFC 8446 section 7.1, as all that follow).
    EarlySecret,
    /// What binders are made with.
    BinderKey,
    /// The proof that a client knows a PSK (RFC 8446 section 4.2.11.2).
    Binder,
    /// Of the client's early data.
    EarlyTrafficSecret,
    /// What applications export from early data.
    EarlyExporterSecret,
    /// Early secret and key exchange together.
    HandshakeSecret,
    /// Of one side's handshake messages.
    HandshakeTrafficSecret(Side),
    /// What outlives the handshake comes from it; RFC 8446 calls it Master Secret.
    MainSecret,
    /// Of what one side sends after the handshake; counts its key updates.
    ApplicationTrafficSecret(Side, u64),
    /// What applications export (RFC 8446 section 7.5).
    ExporterSecret,
    /// Where the PSKs of tickets come from.
    ResumptionSecret,
    /// The PSK of one ticket (RFC 8446 section 4.6.1).
    ResumptionPsk,
    /// Key and IV of one side in one epoch, after so many key updates (RFC 8446 section 7.3).
    TrafficKeys(Side, Epoch, u64),
    /// Another one.
    Other(&'static str),
}

impl SecretKind {
    /// The RFC's name, that of RFC 9846 where RFC 8446 has another.
    ///
    /// ```
    /// use premaster_trace::{SecretKind, Side};
    ///
    /// let secret = SecretKind::ApplicationTrafficSecret(Side::Client, 0);
    /// assert_eq!(secret.name(), "client_application_traffic_secret_0");
    /// ```
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        let name = match self {
            Self::PreMasterSecret => "pre_master_secret",
            Self::MasterSecret => "master_secret",
            Self::KeyBlock => "key_block",
            Self::VerifyData => "verify_data",
            Self::SharedSecret => "shared secret",
            Self::EarlySecret => "early_secret",
            Self::BinderKey => "binder_key",
            Self::Binder => "binder",
            Self::EarlyTrafficSecret => "client_early_traffic_secret",
            Self::EarlyExporterSecret => "early_exporter_secret",
            Self::HandshakeSecret => "handshake_secret",
            Self::HandshakeTrafficSecret(of) => {
                return format!("{of}_handshake_traffic_secret").into();
            }
            Self::MainSecret => "main_secret",
            Self::ApplicationTrafficSecret(of, generation) => {
                return format!("{of}_application_traffic_secret_{generation}").into();
            }
            Self::ExporterSecret => "exporter_secret",
            Self::ResumptionSecret => "resumption_secret",
            Self::ResumptionPsk => "PSK",
            Self::TrafficKeys(Side::Client, ..) => "client_write_key and client_write_iv",
            Self::TrafficKeys(Side::Server, ..) => "server_write_key and server_write_iv",
            Self::Other(name) => name,
        };
        name.into()
    }
}

/// Where a pre-shared key comes from (RFC 8446 section 4.2.11, RFC 9258).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PskKind {
    /// A ticket of an earlier connection.
    Resumption,
    /// Provisioned outside of TLS and used as it is.
    External,
    /// Derived from a provisioned key, for one protocol, hash and context.
    Imported,
}

impl PskKind {
    /// `resumption`, `external` or `imported`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resumption => "resumption",
            Self::External => "external",
            Self::Imported => "imported",
        }
    }

    /// How both sides come to have it.
    pub(super) const fn provenance(self) -> &'static str {
        match self {
            Self::Resumption => "computed in an earlier connection, named here by its ticket",
            Self::External => "given beforehand, outside of TLS",
            Self::Imported => "computed from a key that was given beforehand, outside of TLS",
        }
    }

    pub(super) const fn binder_label(self) -> &'static str {
        match self {
            Self::Resumption => "res binder",
            Self::External => "ext binder",
            Self::Imported => "imp binder",
        }
    }
}
