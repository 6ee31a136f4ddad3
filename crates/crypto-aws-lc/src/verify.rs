//! The signature schemes that are accepted, and the keys that each goes with.

premaster_crypto::signature_schemes!(webpki::aws_lc_rs);
