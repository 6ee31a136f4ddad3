//! What happened in a TLS connection, as typed events.
#![forbid(unsafe_code)]
