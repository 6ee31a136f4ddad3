//! Blocking TLS streams over std::io.
#![forbid(unsafe_code)]
