//! See `src/certificate_path.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| (premaster_fuzz::target("certificate_path").run)(input));
