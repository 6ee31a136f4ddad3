//! See `src/server.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| (premaster_fuzz::target("server").run)(input));
