//! What outlives a TLS connection: sessions, stores and ticket keys.
#![forbid(unsafe_code)]
