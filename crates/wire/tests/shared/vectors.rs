//! The vector files: `[Form] description`, then hex; `#` begins a comment.

const FILES: &[(&str, &str)] = &[
    (
        "client_hello_full.txt",
        include_str!("../../vectors/client_hello_full.txt"),
    ),
    ("composed.txt", include_str!("../../vectors/composed.txt")),
    (
        "fingerprints.txt",
        include_str!("../../vectors/fingerprints.txt"),
    ),
    (
        "gnutls_key_exchanges.txt",
        include_str!("../../vectors/gnutls_key_exchanges.txt"),
    ),
    (
        "openssl_key_exchanges.txt",
        include_str!("../../vectors/openssl_key_exchanges.txt"),
    ),
    (
        "openssl_tls12.txt",
        include_str!("../../vectors/openssl_tls12.txt"),
    ),
    (
        "openssl_tls13.txt",
        include_str!("../../vectors/openssl_tls13.txt"),
    ),
    (
        "tlslite_ssl3.txt",
        include_str!("../../vectors/tlslite_ssl3.txt"),
    ),
];

/// Golden bytes of one form.
#[derive(Debug)]
pub(crate) struct Vector {
    /// File and description, for messages of tests.
    pub(crate) title: String,
    /// The name of the form.
    pub(crate) form: &'static str,
    /// The message; with its header if it is a handshake message.
    pub(crate) bytes: Vec<u8>,
}

/// All vectors of all files.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (file, text) in FILES {
        assert!(
            text.starts_with("# Source: "),
            "{file} must say where it comes from"
        );
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some((form, description)) =
                line.strip_prefix('[').and_then(|line| line.split_once(']'))
            {
                let title = format!("{file}: [{form}]{description}");
                vectors.push(Vector {
                    title,
                    form,
                    bytes: Vec::new(),
                });
            } else if !line.is_empty() {
                let vector: &mut Vector = vectors.last_mut().expect("a title comes first");
                vector.bytes.extend(unhex(line));
            }
        }
    }
    vectors
}

fn unhex(line: &str) -> impl Iterator<Item = u8> {
    assert!(
        line.is_ascii() && line.len().is_multiple_of(2),
        "not hex: {line}"
    );
    (0..line.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&line[at..at + 2], 16).expect("hex digits"))
}
