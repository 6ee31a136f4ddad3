//! See `src/server_hello.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| (premaster_fuzz::target("server_hello").run)(input));
