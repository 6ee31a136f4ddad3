//! JA4 of TLS clients, as its authors at FoxIO describe it
//! (<https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md>).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::code_point::{ExtensionType, ProtocolVersion};
use crate::extension::{ClientHelloExtension, Extensions};
use crate::message::ClientHello;

/// The three parts of the JA4 fingerprint of a ClientHello, before two of them are hashed.
///
/// Its text is the raw fingerprint, which they call `JA4_r`; [`hashed`](Self::hashed) is the short one. Values
/// that are reserved to be ignored (RFC 8701 section 2) are left out everywhere.
///
/// ```
/// use premaster_wire::{CipherSuite, ClientHello, CompressionMethod, Ja4, List, ProtocolVersion, Random};
///
/// let suites = [CipherSuite(0x0a0a), CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA, CipherSuite(10)];
/// let hello = ClientHello {
///     legacy_version: ProtocolVersion::TLSv1_0,
///     random: Random([7; 32]),
///     session_id: &[],
///     cipher_suites: List::from(&suites),
///     compression_methods: List::from(&[CompressionMethod::null]),
///     extensions: None,
/// };
/// let fingerprint = Ja4::of(&hello);
/// assert_eq!(fingerprint.to_string(), "t10i020000_000a,002f_");
/// # let sha256 = |text: &str| [text.len() as u8; 32];
/// assert_eq!(fingerprint.hashed(sha256), "t10i020000_090909090909_000000000000");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ja4 {
    /// The part that is never hashed, such as `t13d1516h2`: transport (`q` if there are parameters of QUIC,
    /// or else `t`), highest version, whether there is a server name, number of suites and of extensions, ends
    /// of the first application protocol.
    pub a: String,
    /// The suites in hexadecimal, sorted.
    pub ciphers: String,
    /// The extensions in hexadecimal, sorted and without `server_name` and
    /// `application_layer_protocol_negotiation`; then, behind an underscore, the signature algorithms as they
    /// come, if there are any.
    pub extensions: String,
}

impl Ja4 {
    /// That of this hello.
    #[must_use]
    pub fn of(hello: &ClientHello<'_>) -> Self {
        let extensions = hello.extensions();
        let suites = hello
            .cipher_suites
            .iter()
            .filter(|suite| !suite.is_grease());
        let suites: Vec<u16> = suites.map(u16::from).collect();
        let types = extensions.types().filter(|kind| !kind.is_grease());
        let transport = match extensions.contains(ExtensionType::quic_transport_parameters) {
            true => 'q',
            false => 't',
        };
        let name = match extensions.contains(ExtensionType::server_name) {
            true => 'd',
            false => 'i',
        };
        Self {
            a: format!(
                "{transport}{version}{name}{suites:02}{types:02}{protocol}",
                version = version(hello),
                suites = suites.len().min(99),
                types = types.clone().count().min(99),
                protocol = first_protocol(&extensions),
            ),
            ciphers: sorted(suites),
            extensions: types_and_signatures(types, &extensions),
        }
    }

    /// The fingerprint, with the SHA-256 that the caller has: `t13d1516h2_8daaf6152771_e5627efa2ab1`.
    ///
    /// What is empty is not hashed but stands as zeros.
    #[must_use]
    pub fn hashed(&self, sha256: impl Fn(&str) -> [u8; 32]) -> String {
        let short = |text: &str| {
            let hash = if text.is_empty() {
                [0; 32]
            } else {
                sha256(text)
            };
            let digits = hash.iter().take(6).map(|byte| format!("{byte:02x}"));
            digits.collect::<String>()
        };
        let (ciphers, extensions) = (short(&self.ciphers), short(&self.extensions));
        format!("{}_{ciphers}_{extensions}", self.a)
    }
}

impl fmt::Display for Ja4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.a, self.ciphers, self.extensions)
    }
}

type Offered<'a> = Extensions<'a, ClientHelloExtension<'a>>;

/// The highest version of `supported_versions`, or else that of the hello.
fn version(hello: &ClientHello<'_>) -> &'static str {
    let highest = match hello.extensions().supported_versions() {
        Some(versions) => versions.iter().filter(|version| !version.is_grease()).max(),
        None => Some(hello.legacy_version),
    };
    match highest {
        Some(ProtocolVersion::TLSv1_3) => "13",
        Some(ProtocolVersion::TLSv1_2) => "12",
        Some(ProtocolVersion::TLSv1_1) => "11",
        Some(ProtocolVersion::TLSv1_0) => "10",
        Some(ProtocolVersion::SSLv3) => "s3",
        Some(ProtocolVersion::SSLv2) => "s2",
        Some(ProtocolVersion::DTLSv1_0) => "d1",
        Some(ProtocolVersion::DTLSv1_2) => "d2",
        Some(ProtocolVersion::DTLSv1_3) => "d3",
        _ => "00",
    }
}

/// First and last letter of the first protocol; of its hexadecimal digits, if one of the two is neither a
/// letter nor a digit.
fn first_protocol(extensions: &Offered<'_>) -> String {
    let protocols = extensions.application_layer_protocol_negotiation();
    let name = protocols
        .and_then(|protocols| protocols.iter().next())
        .map(|first| first.name);
    let ends = name.and_then(|name| Some((*name.first()?, *name.last()?)));
    match ends {
        None => String::from("00"),
        Some((first, last)) if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() => {
            String::from_iter([char::from(first), char::from(last)])
        }
        Some((first, last)) => format!("{:x}{:x}", first >> 4, last & 0x0f),
    }
}

fn types_and_signatures(
    types: impl Iterator<Item = ExtensionType>,
    extensions: &Offered<'_>,
) -> String {
    let told_elsewhere = [
        ExtensionType::server_name,
        ExtensionType::application_layer_protocol_negotiation,
    ];
    let types = types.filter(|kind| !told_elsewhere.contains(kind));
    let mut text = sorted(types.map(u16::from).collect());
    let schemes = extensions.signature_algorithms().unwrap_or_default();
    let schemes = schemes.iter().filter(|scheme| !scheme.is_grease());
    let schemes = joined(schemes.map(u16::from));
    if !schemes.is_empty() {
        text.push('_');
        text.push_str(&schemes);
    }
    text
}

fn sorted(mut numbers: Vec<u16>) -> String {
    numbers.sort_unstable();
    joined(numbers.into_iter())
}

/// Four hexadecimal digits each, with a comma between two.
fn joined(numbers: impl Iterator<Item = u16>) -> String {
    let numbers: Vec<String> = numbers.map(|number| format!("{number:04x}")).collect();
    numbers.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decode;

    #[test]
    fn every_version_has_its_two_letters() {
        for (legacy_version, letters) in [
            (0x0002, "s2"),
            (0x0300, "s3"),
            (0x0301, "10"),
            (0x0302, "11"),
            (0x0303, "12"),
            (0x0304, "13"),
            (0xfeff, "d1"),
            (0xfefd, "d2"),
            (0xfefc, "d3"),
            (0x0305, "00"),
        ] {
            let legacy_version = u16::to_be_bytes(legacy_version);
            let rest = [0, 0, 2, 0x13, 1, 1, 0];
            let bytes = [&legacy_version[..], &[7; 32], &rest].concat();
            assert_eq!(version(&ClientHello::decode(&bytes).unwrap()), letters);
        }
    }
}
