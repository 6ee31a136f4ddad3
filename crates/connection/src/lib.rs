//! A TLS connection without I/O: the caller owns sockets and buffers.
#![forbid(unsafe_code)]
