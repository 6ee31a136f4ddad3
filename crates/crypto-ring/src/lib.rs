//! The default premaster crypto backend, on ring.
#![forbid(unsafe_code)]
