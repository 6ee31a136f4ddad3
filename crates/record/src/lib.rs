//! The TLS record layer: framing, protection in place, reassembly.
#![forbid(unsafe_code)]
