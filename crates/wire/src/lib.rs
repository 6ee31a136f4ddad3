//! The TLS wire format: records, handshake messages and extensions as Rust values, both directions.
#![forbid(unsafe_code)]
