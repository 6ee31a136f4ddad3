//! What the crates' vector files hold of real handshakes.

#[path = "../../../crates/wire/tests/shared/vectors.rs"]
mod vectors;

pub(crate) use vectors::vectors;

const MESSAGES_13: &str = include_str!("../../../crates/crypto/vectors/tls13-rfc8448.txt");
const COMPRESSED: &str = include_str!("../../../crates/certificate-compression/vectors/python.txt");
const RECORDS: [&str; 2] = [
    include_str!("../../../crates/record/vectors/tls13_rfc8448.txt"),
    include_str!("../../../crates/record/vectors/tls13_openssl.txt"),
];

/// The handshake messages of RFC 8448, with their headers.
pub(crate) fn rfc_8448() -> Vec<Vec<u8>> {
    let names = ["client_hello", "server_hello", "flight", "retry"];
    let mut messages = Vec::new();
    for (name, value) in MESSAGES_13.lines().filter_map(|it| it.split_once(" = ")) {
        if names.iter().any(|it| name.contains(it)) {
            messages.extend(split(&unhex(value)));
        }
    }
    messages
}

/// A flight's messages.
fn split(mut flight: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let [_, high, middle, low, ..] = *flight {
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        let Some((message, after)) = flight.split_at_checked(4 + length) else {
            break;
        };
        messages.push(message.to_vec());
        flight = after;
    }
    messages
}

/// The protected records of RFC 8448 and of OpenSSL: the last word of a line.
pub(crate) fn records() -> Vec<Vec<u8>> {
    let lines = RECORDS.iter().flat_map(|text| text.lines());
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit(' ').next())
        .filter(|word| !word.is_empty() && word.bytes().all(|it| it.is_ascii_hexdigit()))
        .map(unhex)
        .collect()
}

/// Certificate messages as zlib, brotli and zstd make them: heading and bytes.
pub(crate) fn compressed() -> Vec<(&'static str, Vec<u8>)> {
    let mut found: Vec<(&str, Vec<u8>)> = Vec::new();
    for line in COMPRESSED.lines().filter(|it| !it.starts_with('#')) {
        if line.starts_with('[') {
            found.push((line, Vec::new()));
        } else if let Some((_, bytes)) = found.last_mut() {
            bytes.extend(unhex(line));
        }
    }
    found
}

fn unhex(text: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits");
    (0..text.len()).step_by(2).map(pair).collect()
}
