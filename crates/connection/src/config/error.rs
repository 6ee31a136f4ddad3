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
    /// A cipher suite that the provider lacks something for.
    #[error("the provider {provider} cannot do {name}, which needs {needs}")]
    UnsupportedSuite {
        /// What was asked for.
        name: &'static str,
        /// Who should have done it.
        provider: &'static str,
        /// What is missing, and where it is.
        needs: &'static str,
    },
    /// A cipher suite was named, and only groups of the other kind.
    #[error("{suite} needs a group of another kind than those that are named")]
    SuiteWithoutGroup {
        /// The suite.
        suite: &'static str,
    },
    /// A cipher suite was named that is of a version outside of the least and the greatest.
    #[error("{suite} is of a version that is not to be spoken")]
    SuiteOfOtherVersion {
        /// The suite.
        suite: &'static str,
    },
    /// Groups of one kind were named, and the suites that are on by default need the other.
    #[error(
        "none of the default cipher suites works with the groups that are named: name suites too"
    )]
    NoSuite,
    /// No certificate of a server authenticates any suite of its list.
    #[error("no certificate here can authenticate any cipher suite of the list: {suites}")]
    NoSuiteWithCertificate {
        /// The list.
        suites: String,
    },
    /// A client's key decrypts, and nobody asks it to.
    #[error("a client's key has to sign: this one decrypts")]
    ClientMustSign,
    /// A certificate's KeyUsage does not allow what its key is configured for.
    #[error(
        "the certificate of {subject} does not allow {missing}, which its key is configured for: have it issued with that"
    )]
    UseNotAllowed {
        /// Whose certificate.
        subject: String,
        /// The use that its KeyUsage lacks.
        missing: &'static str,
    },
    /// A server's cipher suite that none of its certificates can authenticate.
    #[error("no certificate here can authenticate {suite}: it needs {needs}")]
    SuiteWithoutCertificate {
        /// The suite.
        suite: &'static str,
        /// What certificate would do.
        needs: &'static str,
    },
    /// One key signs for one certificate and decrypts for another.
    #[error(
        "one key both signs and decrypts: give each use a key of its own, \
         or say so with Credential::dangerous_also_decrypting"
    )]
    KeyWithTwoUses,
    /// No group of this name.
    #[error("there is no group {name}; known are {known}")]
    UnknownGroup {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No signature scheme of this name.
    #[error("there is no signature scheme {name}; known are {known}")]
    UnknownScheme {
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
    /// Outside of what RFC 8449 section 4 allows, for what we receive and for what we send.
    #[error("a record size limit is between 64 and 16384 bytes, not {limit}")]
    RecordSizeLimit {
        /// What was asked for.
        limit: u16,
    },
    /// Not one of the four lengths of RFC 6066 section 4.
    #[error("a max fragment length is 512, 1024, 2048 or 4096 bytes, not {length}")]
    MaxFragmentLength {
        /// What was asked for.
        length: u16,
    },
    /// A client wants a server that knows a key, and has none.
    #[error("an external pre-shared key is required, and none is configured")]
    NoExternalPsk,
    /// So many tickets after one handshake are a flood.
    #[error("a client takes at most 16 tickets after one handshake, not {count}")]
    TicketCount {
        /// What was asked for.
        count: u8,
    },
    /// No ticket key could be made.
    #[error("no ticket key could be made: {0}")]
    TicketKeys(String),
    /// A private key that does not belong to its certificate, or is of no use.
    #[error("{0}")]
    Credential(String),
}
