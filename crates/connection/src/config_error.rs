//! What can be wrong with a configuration.

/// A configuration that cannot work, with what would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No cipher suite of this name.
    #[error("there is no cipher suite {name}; known are {known}")]
    UnknownSuite {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No group of this name.
    #[error("there is no group {name}; known are {known}")]
    UnknownGroup {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No version lies between the least and the greatest.
    #[error("no version is left between the least and the greatest; known are {known}")]
    NoVersion {
        /// What there is.
        known: String,
    },
    /// An application protocol's name is empty or too long (RFC 7301 section 3.1).
    #[error("ALPN: the name of an application protocol has 1 to 255 bytes, not {length}")]
    AlpnName {
        /// Its length.
        length: usize,
    },
    /// All names of application protocols together are too long (RFC 7301 section 3.1).
    #[error(
        "ALPN: the names of application protocols have at most 65535 bytes together, not {length}"
    )]
    AlpnList {
        /// Their length, with a byte for each.
        length: usize,
    },
    /// Outside of what RFC 8449 section 4 allows.
    #[error("a record size limit is between 64 and 16384 bytes, not {limit}")]
    RecordSizeLimit {
        /// What was asked for.
        limit: u16,
    },
    /// No ticket key could be made.
    #[error("no ticket key could be made: {0}")]
    TicketKeys(String),
    /// A private key that does not belong to its certificate, or is of no use.
    #[error("{0}")]
    Credential(String),
}
