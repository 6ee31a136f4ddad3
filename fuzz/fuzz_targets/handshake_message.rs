//! See `src/handshake_message.rs`.
#![no_main]
libfuzzer_sys::fuzz_target!(
    |input: &[u8]| (premaster_fuzz::target("handshake_message").run)(input)
);
