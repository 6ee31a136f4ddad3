//! A view of the parts of an X.509 certificate that a TLS program tells about (RFC 5280 section 4.1).
//!
//! Nothing is verified here: [`WebpkiVerifier`](crate::WebpkiVerifier) does that, with webpki. This reads what webpki keeps to
//! itself (names to print, validity, key usage), by one walk without recursion.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::der::{
    BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, SET, explicit,
};
use crate::key_use::{KeyUsage, KeyUse};
use crate::time;

/// The parts of a certificate that are worth telling. What it asserts is not verified.
///
/// ```
/// use premaster_trust::Certificate;
///
/// let made = rcgen::generate_simple_self_signed(["example.com".to_string()])?;
/// let certificate = Certificate::parse(made.cert.der()).ok_or("not a certificate")?;
/// assert_eq!(certificate.names(), ["example.com"]);
/// assert_eq!(certificate.subject(), "CN=rcgen self signed cert");
/// assert!(certificate.is_self_issued());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Certificate<'a> {
    der: &'a [u8],
    signature_algorithm: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    spki: &'a [u8],
    not_before: UnixTime,
    not_after: UnixTime,
    key_usage: KeyUsage,
    alternative_names: Option<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// The view of one certificate in DER; `None` if it is none.
    pub fn parse(der: &'a [u8]) -> Option<Self> {
        let mut outer = Reader::new(Reader::only(der, SEQUENCE)?);
        let mut tbs = Reader::new(outer.expect(SEQUENCE)?);
        let mut algorithm = Reader::new(outer.expect(SEQUENCE)?);
        let signature_algorithm = algorithm.expect(OBJECT_IDENTIFIER)?;
        outer.expect(BIT_STRING)?;
        tbs.accept(explicit(0));
        tbs.expect(INTEGER)?;
        tbs.expect(SEQUENCE)?;
        let issuer = tbs.expect(SEQUENCE)?;
        let mut validity = Reader::new(tbs.expect(SEQUENCE)?);
        let subject = tbs.expect(SEQUENCE)?;
        let spki = tbs.expect(SEQUENCE)?;
        let mut certificate = Self {
            der,
            signature_algorithm,
            issuer,
            subject,
            spki,
            not_before: time::read(&mut validity)?,
            not_after: time::read(&mut validity)?,
            key_usage: KeyUsage::Absent,
            alternative_names: None,
        };
        while !tbs.is_empty() {
            let (tag, content) = tbs.next()?;
            if tag == explicit(3) {
                certificate.read_extensions(Reader::only(content, SEQUENCE)?)?;
            }
        }
        outer.is_empty().then_some(certificate)
    }

    /// The subject's name for people: `CN=example.com, O=Example`.
    ///
    /// Made by whoever made the certificate: control characters are escaped, long values cut.
    pub fn subject(&self) -> String {
        name(self.subject)
    }

    /// The issuer's name for people.
    pub fn issuer(&self) -> String {
        name(self.issuer)
    }

    /// Whether subject and issuer are the same name, as in self-signed certificates.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// The first second of its validity.
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second of its validity.
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// The public key as SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> Vec<u8> {
        crate::der::sequence(self.spki)
    }

    /// With what its issuer signed it: the content of the object identifier in DER (RFC 5280 section 4.1.1.2).
    pub const fn signature_algorithm(&self) -> &'a [u8] {
        self.signature_algorithm
    }

    /// The DNS names and IP addresses in the subjectAltName extension (RFC 5280 section 4.2.1.6), for people.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut list = Reader::new(self.alternative_names.unwrap_or_default());
        while let Some((tag, content)) = list.next() {
            match tag {
                DNS_NAME => names.push(printable(&String::from_utf8_lossy(content))),
                IP_ADDRESS => names.extend(address(content).map(|address| address.to_string())),
                _ => (),
            }
        }
        names
    }

    /// Whether webpki finds the certificate good for this name: to pick one for a client, not to verify one.
    pub fn fits(&self, name: &ServerName<'_>) -> bool {
        let der = CertificateDer::from(self.der);
        webpki::EndEntityCert::try_from(&der)
            .is_ok_and(|parsed| parsed.verify_is_valid_for_subject_name(name).is_ok())
    }

    /// Whether its key may be used so: the KeyUsage extension, where there is one, has the bit (RFC 5280 section 4.2.1.3).
    ///
    /// An extension that cannot be read allows nothing. For one's own certificate too: a server finds out before any
    /// client does that this one is not made for its suites.
    pub const fn allows(&self, key_use: KeyUse) -> bool {
        self.key_usage.allows(key_use)
    }

    pub(crate) const fn key_usage(&self) -> KeyUsage {
        self.key_usage
    }

    fn read_extensions(&mut self, list: &'a [u8]) -> Option<()> {
        let mut list = Reader::new(list);
        while !list.is_empty() {
            let mut extension = Reader::new(list.expect(SEQUENCE)?);
            let id = extension.expect(OBJECT_IDENTIFIER)?;
            extension.accept(BOOLEAN);
            let value = extension.expect(OCTET_STRING)?;
            match id {
                KEY_USAGE => {
                    self.key_usage = match self.key_usage {
                        KeyUsage::Absent => KeyUsage::read(value),
                        _ => KeyUsage::Malformed,
                    }
                }
                SUBJECT_ALT_NAME => self.alternative_names = Reader::only(value, SEQUENCE),
                _ => (),
            }
        }
        Some(())
    }
}

impl core::fmt::Debug for Certificate<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .field("names", &self.names())
            .field("not_after", &time::text(self.not_after))
            .finish_non_exhaustive()
    }
}

// id-ce 15 and 17; RFC 5280 section 4.2.1.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
// GeneralName: dNSName [2] and iPAddress [7].
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;
/// Longer names are cut when they are printed.
const LONGEST_PRINTED: usize = 100;

/// The attributes of a Name that people know (RFC 5280 section 4.1.2.4), the most specific first.
fn name(content: &[u8]) -> String {
    let mut parts = Vec::new();
    let mut rdns = Reader::new(content);
    while let Some(set) = rdns.expect(SET) {
        let mut set = Reader::new(set);
        while let Some(attribute) = set.expect(SEQUENCE) {
            parts.extend(self::attribute(attribute));
        }
    }
    if parts.is_empty() {
        return "(no name)".into();
    }
    parts.reverse();
    parts.join(", ")
}

fn attribute(content: &[u8]) -> Option<String> {
    let mut reader = Reader::new(content);
    let label = match reader.expect(OBJECT_IDENTIFIER)? {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x0a] => "O",
        [0x55, 0x04, 0x0b] => "OU",
        _ => return None,
    };
    let (_, value) = reader.next()?;
    Some(format!(
        "{label}={}",
        printable(&String::from_utf8_lossy(value))
    ))
}

/// Text of a stranger, fit for a terminal and a log.
fn printable(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_PRINTED).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short.escape_debug().to_string()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(bytes).into());
    }
    <[u8; 16]>::try_from(bytes)
        .ok()
        .map(|bytes| Ipv6Addr::from(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(change: impl FnOnce(&mut rcgen::CertificateParams)) -> Vec<u8> {
        let names = ["a.example", "*.b.example", "192.0.2.1", "2001:db8::1"].map(String::from);
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2025, 1, 1);
        params.not_after = rcgen::date_time_ymd(2051, 1, 1);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::CountryName, "XX");
        params
            .distinguished_name
            .push(rcgen::DnType::OrganizationName, "Example, Inc.");
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "a.example");
        change(&mut params);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_is_told() {
        let der = made(|_| ());
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(certificate.subject(), "CN=a.example, O=Example, Inc., C=XX");
        assert_eq!(certificate.issuer(), certificate.subject());
        assert!(certificate.is_self_issued());
        assert_eq!(
            certificate.names(),
            ["a.example", "*.b.example", "192.0.2.1", "2001:db8::1"]
        );
        assert_eq!(
            time::text(certificate.not_before()),
            "2025-01-01 00:00:00 UTC"
        );
        assert_eq!(
            time::text(certificate.not_after()),
            "2051-01-01 00:00:00 UTC"
        );
        let webpki_says = CertificateDer::from(der.as_slice());
        let webpki_says = webpki::EndEntityCert::try_from(&webpki_says).unwrap();
        assert_eq!(
            certificate.spki(),
            webpki_says.subject_public_key_info().to_vec()
        );
    }

    #[test]
    fn a_certificate_without_names_says_so() {
        let der = made(|params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.subject_alt_names.clear();
        });
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(certificate.subject(), "(no name)");
        assert!(certificate.names().is_empty());
    }

    #[test]
    fn a_certificate_is_picked_by_name() {
        let der = made(|_| ());
        let certificate = Certificate::parse(&der).unwrap();
        for (name, fits) in [
            ("a.example", true),
            ("A.Example", true),
            ("x.b.example", true),
            ("192.0.2.1", true),
            ("c.example", false),
            ("b.example", false),
        ] {
            assert_eq!(
                certificate.fits(&ServerName::try_from(name).unwrap()),
                fits,
                "{name}"
            );
        }
    }

    #[test]
    fn no_prefix_is_a_certificate_and_no_change_panics() {
        let der = made(|params| params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature]);
        for length in 0..der.len() {
            assert!(
                Certificate::parse(&der[..length]).is_none(),
                "{length} bytes"
            );
        }
        assert!(Certificate::parse(&[&der[..], &[0]].concat()).is_none());
        for place in 0..der.len() {
            for byte in [0x00, 0x30, 0x7f, 0x80, 0x83, 0xff] {
                let mut changed = der.clone();
                changed[place] = byte;
                if let Some(certificate) = Certificate::parse(&changed) {
                    let _ = format!("{certificate:?} {}", certificate.allows(KeyUse::Sign));
                }
            }
        }
    }

    /// property 12: a certificate cannot say twice what its key is for (RFC 5280 section 4.2).
    #[test]
    fn two_key_usages_allow_nothing() {
        let usage = |bits: u8| {
            rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![0x03, 0x02, 0x00, bits])
        };
        let allowed = |extensions: Vec<rcgen::CustomExtension>| {
            let der = made(|params| params.custom_extensions = extensions);
            let certificate = Certificate::parse(&der).unwrap();
            [KeyUse::Sign, KeyUse::Encipher].map(|key_use| certificate.allows(key_use))
        };
        assert_eq!(allowed(vec![]), [true, true]);
        assert_eq!(allowed(vec![usage(0xa0)]), [true, true]);
        for (first, second) in [(0x80, 0x20), (0x20, 0x80), (0xa0, 0xa0)] {
            assert_eq!(
                allowed(vec![usage(first), usage(second)]),
                [false, false],
                "{first:02x} and {second:02x}"
            );
        }
    }
}
