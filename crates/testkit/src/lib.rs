//! Scripted and lying peers, a fake clock and vectors for testing premaster.
#![forbid(unsafe_code)]
