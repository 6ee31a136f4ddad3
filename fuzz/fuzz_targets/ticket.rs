//! See `src/ticket.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| (premaster_fuzz::target("ticket").run)(input));
