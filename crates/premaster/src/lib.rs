//! TLS for Rust in layers: the facade.
#![forbid(unsafe_code)]
