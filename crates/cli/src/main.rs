//! The premaster command.
#![forbid(unsafe_code)]
fn main() {}
