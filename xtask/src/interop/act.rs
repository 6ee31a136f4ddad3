//! What is special about a connection of TLS 1.3, and which versions the two ends allow.

use super::{cell::Version, program::End};

/// What a connection of TLS 1.3 does beside hello, data and goodbye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The server's only group is one that clients send no share of: RFC 8446 section 4.1.4.
    HelloRetry,
    /// Among the data both ends change to new keys: RFC 8446 section 4.6.3. Ours begins, where it is there.
    KeyUpdate,
    /// The same with ours, but the other one begins.
    PeerKeyUpdate,
    /// The resumed connection begins with data: RFC 8446 section 2.3.
    EarlyData,
    /// Both ends have a key from elsewhere and no certificate: RFC 8446 section 2.2.
    Psk,
    /// The client shows its certificate when some data has passed: RFC 8446 section 4.6.2.
    PostHandshakeAuth,
}

/// Which ends allow both versions, where the others allow the cell's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Both {
    Client,
    Server,
    Ends,
}

impl Act {
    pub(super) const ALL: [Self; 6] = [
        Self::HelloRetry,
        Self::KeyUpdate,
        Self::PeerKeyUpdate,
        Self::EarlyData,
        Self::Psk,
        Self::PostHandshakeAuth,
    ];

    /// Whether there are to be new keys.
    pub(super) fn is_key_update(self) -> bool {
        matches!(self, Self::KeyUpdate | Self::PeerKeyUpdate)
    }
}

impl Both {
    pub(super) const ALL: [Self; 3] = [Self::Client, Self::Server, Self::Ends];

    /// Whether this end is one of them.
    pub(super) fn includes(self, end: End) -> bool {
        match self {
            Self::Client => end == End::Client,
            Self::Server => end == End::Server,
            Self::Ends => true,
        }
    }
}

impl Version {
    pub(super) const ALL: [Self; 2] = [Self::Tls12, Self::Tls13];

    pub(super) fn other(self) -> Self {
        match self {
            Self::Tls12 => Self::Tls13,
            Self::Tls13 => Self::Tls12,
        }
    }
}

/// The identity of the key from elsewhere.
pub(super) const PSK_IDENTITY: &str = "premaster";

/// That key, in hexadecimal digits.
pub(super) const PSK: &str = "70aa5f4d2b1c9e8036f7a4d1c2b35e6f8190a2b3c4d5e6f708192a3b4c5d6e7f";

/// What begins a resumed connection: lines of text, and less than every server allows.
pub(super) fn early_data() -> Vec<u8> {
    let lines = (0..25).map(|number| format!("{number:02}: data that comes before Finished\n"));
    lines.collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_data_is_lines_and_little() {
        let data = early_data();
        assert!(data.len() < 1024);
        assert_eq!(data.last(), Some(&b'\n'));
    }

    #[test]
    fn a_key_is_whole_bytes() {
        assert_eq!(PSK.len(), 64);
        assert!(PSK.bytes().all(|digit| digit.is_ascii_hexdigit()));
    }
}
