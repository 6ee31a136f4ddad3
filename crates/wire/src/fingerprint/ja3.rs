//! JA3, as its authors at Salesforce describe it (<https://github.com/salesforce/ja3>).

use core::fmt;

use crate::message::ClientHello;

/// The JA3 string of a ClientHello: what it offers, as decimal numbers in its own order.
///
/// `version,ciphers,extensions,groups,point formats`; the version is `legacy_version`, values that are reserved
/// to be ignored (RFC 8701 section 2) are left out. The fingerprint itself is the MD5 of the string in hex.
/// Writing the string allocates nothing.
///
/// ```
/// use premaster_wire::{CipherSuite, ClientHello, CompressionMethod, Ja3, List, ProtocolVersion, Random};
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
/// assert_eq!(Ja3::of(&hello).to_string(), "769,47-10,,,");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ja3<'a> {
    hello: ClientHello<'a>,
}

impl<'a> Ja3<'a> {
    /// That of this hello.
    #[must_use]
    pub const fn of(hello: &ClientHello<'a>) -> Self {
        Self { hello: *hello }
    }
}

impl fmt::Display for Ja3<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hello = &self.hello;
        let extensions = hello.extensions();
        let suites = hello
            .cipher_suites
            .iter()
            .filter(|suite| !suite.is_grease());
        let types = extensions.types().filter(|kind| !kind.is_grease());
        let groups = extensions.supported_groups().unwrap_or_default();
        let groups = groups.iter().filter(|group| !group.is_grease());
        let formats = extensions.ec_point_formats().unwrap_or_default();

        write!(f, "{},", hello.legacy_version.0)?;
        joined(f, suites.map(u16::from))?;
        f.write_str(",")?;
        joined(f, types.map(u16::from))?;
        f.write_str(",")?;
        joined(f, groups.map(u16::from))?;
        f.write_str(",")?;
        joined(f, formats.iter().map(u8::from))
    }
}

/// Numbers with a dash between two.
fn joined(
    f: &mut fmt::Formatter<'_>,
    numbers: impl Iterator<Item = impl fmt::Display>,
) -> fmt::Result {
    let mut between = "";
    for number in numbers {
        write!(f, "{between}{number}")?;
        between = "-";
    }
    Ok(())
}
