//! Is this certificate good for this name: webpki and pins for TLS.
#![forbid(unsafe_code)]
