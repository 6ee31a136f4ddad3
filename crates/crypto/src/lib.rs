//! TLS key derivation, cipher suite tables and the traits a crypto backend implements.
#![forbid(unsafe_code)]
