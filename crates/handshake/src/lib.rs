//! The TLS handshake: who says what in which order, without I/O.
#![forbid(unsafe_code)]
