//! See `src/record_opener.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| (premaster_fuzz::target("record_opener").run)(input));
