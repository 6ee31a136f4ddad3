//! See `src/certificate_compression.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(
    |input: &[u8]| (premaster_fuzz::target("certificate_compression").run)(input)
);
