//! See `src/against_tls_parser.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(
    |input: &[u8]| (premaster_fuzz::target("against_tls_parser").run)(input)
);
