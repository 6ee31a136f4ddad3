//! See `src/against_rustls.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| (premaster_fuzz::target("against_rustls").run)(input));
