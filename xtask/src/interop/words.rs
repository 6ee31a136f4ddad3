//! What each value of a cell is called in the table, in `--filter` and in the exclusions.

use super::{
    act::{Act, Both},
    cell::{ClientAuth, Group, Key, MacOrder, Program, Refusal, Resumption, Version},
    suite::{Cipher, Exchange},
};
use std::fmt;

/// Gives each value of an enum its word.
///
/// `words!(Version { Tls12: "tls1.2" })` expands to `impl fmt::Display for Version` with a `match`
/// that writes `tls1.2` for `Version::Tls12`.
macro_rules! words {
    ($name:ident { $($value:pat => $word:literal),+ $(,)? }) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                use $name::*;
                f.pad(match self { $($value => $word),+ })
            }
        }
    };
}

words!(Program {
    Premaster => "premaster",
    OpenSsl => "openssl",
    GnuTls => "gnutls",
    Python => "python",
    Curl => "curl",
});
words!(Version { Tls12 => "tls1.2", Tls13 => "tls1.3" });
words!(Exchange { Ecdhe => "ecdhe", Dhe => "dhe", RsaTransport => "rsa-transport" });
words!(Cipher {
    Aes128Gcm => "aes128gcm",
    Aes256Gcm => "aes256gcm",
    ChaCha20Poly1305 => "chacha20",
    Aes128CbcSha => "aes128cbc-sha",
    Aes256CbcSha => "aes256cbc-sha",
    Aes128CbcSha256 => "aes128cbc-sha256",
    Aes256CbcSha256 => "aes256cbc-sha256",
    Aes256CbcSha384 => "aes256cbc-sha384",
});
words!(MacOrder { EncryptThenMac => "encrypt-then-mac", MacThenEncrypt => "mac-then-encrypt" });
words!(Key { Rsa2048 => "rsa2048", P256 => "p256", P384 => "p384", Ed25519 => "ed25519" });
words!(Group {
    X25519 => "x25519",
    P256 => "secp256r1",
    P384 => "secp384r1",
    X25519MlKem768 => "x25519mlkem768",
    Ffdhe2048 => "ffdhe2048",
    Ffdhe3072 => "ffdhe3072",
    Ffdhe4096 => "ffdhe4096",
    Modp2048 => "modp2048",
    Modp3072 => "modp3072",
    Modp4096 => "modp4096",
});
words!(ClientAuth { NotAsked => "no-client-cert", AskedHasNone => "asked-has-none", Required(_) => "client-cert" });
words!(Resumption { Full => "full", SessionId => "session-id", Ticket => "ticket" });
words!(Refusal {
    UnknownServerRoot => "unknown-server-root",
    WrongServerName => "wrong-server-name",
    NoClientCertificate => "no-client-certificate",
    UnknownClientRoot => "unknown-client-root",
    WeakField => "weak-field",
    NoKeyEncipherment => "no-key-encipherment",
    NotOptedIn => "not-opted-in",
    VersionsApart => "no-common-version",
});
words!(Act {
    HelloRetry => "hello-retry",
    KeyUpdate => "key-update",
    PeerKeyUpdate => "key-update-by-peer",
    EarlyData => "early-data",
    Psk => "psk",
    PostHandshakeAuth => "post-handshake-auth",
});
words!(Both { Client => "client-has-both", Server => "server-has-both", Ends => "both-have-both" });
