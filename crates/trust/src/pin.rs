//! Pins: a peer is known by its key, whoever has issued its certificate.

use core::fmt;
use core::str::FromStr;

use rustls_pki_types::CertificateDer;

use crate::{
    Certificate, TrustError, Verified, Verifier, VerifyRequest, WebpkiVerifier, sha256,
    sha256_of_parts,
};

/// The SHA-256 of a SubjectPublicKeyInfo in DER, which stays the same when a certificate is renewed for the same key.
///
/// Written in hexadecimal, with or without colons, or in Base64, with or without `sha256//` before it. `openssl` prints it with
/// `openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform der | openssl sha256`.
///
/// ```
/// use premaster_trust::Pin;
///
/// let made = rcgen::generate_simple_self_signed(["example.com".to_string()])?;
/// let pin = Pin::of_certificate(made.cert.der()).ok_or("not a certificate")?;
/// assert_eq!(pin.to_string().parse(), Ok(pin));
/// assert_eq!(
///     "12:34".parse::<Pin>().unwrap_err().to_string(),
///     "a pin is the SHA-256 of a public key, 64 hexadecimal digits or 44 characters of Base64, and not 4"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pin([u8; 32]);

impl Pin {
    /// The pin of a SubjectPublicKeyInfo in DER.
    pub fn of_spki(spki: &[u8]) -> Self {
        Self(sha256(spki))
    }

    /// The pin of a certificate's key; `None` if `der` is no certificate.
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        Certificate::parse(der).map(|certificate| Self::of_spki(&certificate.spki()))
    }

    /// The pin of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the pin.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({self})")
    }
}

impl FromStr for Pin {
    type Err = WrongPin;

    fn from_str(text: &str) -> Result<Self, WrongPin> {
        if let Some(text) = text
            .strip_prefix("sha256//")
            .unwrap_or(text)
            .strip_suffix('=')
        {
            return base64(text).map(Self);
        }
        let digits: Vec<char> = text.chars().filter(|c| *c != ':').collect();
        if let Some(stranger) = digits.iter().find(|c| !c.is_ascii_hexdigit()) {
            return Err(WrongPin::NoDigit(*stranger));
        }
        let mut pin = [0; 32];
        if digits.len() != 2 * pin.len() {
            return Err(WrongPin::Length(digits.len()));
        }
        let mut nibbles = digits
            .iter()
            .filter_map(|c| c.to_digit(16))
            .filter_map(|n| u8::try_from(n).ok());
        for byte in &mut pin {
            *byte = nibbles.next().unwrap_or(0) << 4 | nibbles.next().unwrap_or(0);
        }
        Ok(Self(pin))
    }
}

/// 32 bytes as 43 characters, without the equals sign (RFC 4648 section 4).
fn base64(text: &str) -> Result<[u8; 32], WrongPin> {
    let length = text.chars().count();
    if length != 43 {
        return Err(WrongPin::Length(length.saturating_add(1)));
    }
    let mut pin = [0; 32];
    let mut bytes = pin.iter_mut();
    let (mut bits, mut count) = (0_u32, 0);
    for character in text.chars() {
        bits = bits << 6 | sextet(character).ok_or(WrongPin::NoDigit(character))?;
        count += 6;
        if count >= 8 {
            count -= 8;
            if let (Some(byte), Ok(value)) = (bytes.next(), u8::try_from(bits >> count)) {
                *byte = value;
            }
            bits &= (1 << count) - 1;
        }
    }
    match bits {
        0 => Ok(pin),
        _ => Err(WrongPin::Leftover),
    }
}

/// The value of a character of Base64.
fn sextet(character: char) -> Option<u32> {
    let (first, value) = match character {
        'A'..='Z' => ('A', 0),
        'a'..='z' => ('a', 26),
        '0'..='9' => ('0', 52),
        '+' => ('+', 62),
        '/' => ('/', 63),
        _ => return None,
    };
    Some(u32::from(character) - u32::from(first) + value)
}

/// Why a text is no pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongPin {
    /// It has this many digits or characters.
    #[error(
        "a pin is the SHA-256 of a public key, 64 hexadecimal digits or 44 characters of Base64, and not {0}"
    )]
    Length(usize),
    /// It has this character in it.
    #[error(
        "a pin is the SHA-256 of a public key in hexadecimal or Base64, and {0:?} belongs to neither"
    )]
    NoDigit(char),
    /// It is Base64 of more than 32 bytes.
    #[error("a pin is the SHA-256 of a public key: copy it again, its last character is wrong")]
    Leftover,
}

/// Accepts the peers whose key is one of the pins: neither name nor issuer nor validity is asked for.
///
/// For self-signed peers, so that nobody needs to accept all. The peer's own certificate must parse; what follows it in the
/// chain is not looked at.
///
/// One thing the certificate says still counts: where it has a KeyUsage extension, that must allow the use at hand
/// ([`VerifyRequest::key_use`]). A pin says whose key it is, not what it is for, and RFC 5246 section 7.4.2 asks it
/// of every certificate. It keeps an honest peer's key to one use; as nobody has verified who wrote the certificate, it
/// keeps nobody else from anything.
///
/// ```
/// use premaster_trust::{Pin, PinVerifier, UnixTime, Verifier, VerifyRequest};
///
/// let made = rcgen::generate_simple_self_signed(["localhost".to_string()])?;
/// let pin = Pin::of_certificate(made.cert.der()).ok_or("not a certificate")?;
/// let chain = vec![made.cert.der().to_vec()];
/// let request = VerifyRequest::of_nameless_server(&chain, UnixTime::now());
/// assert!(PinVerifier::new([pin]).verify(&request).is_ok());
/// assert!(PinVerifier::new([Pin::from_bytes([7; 32])]).verify(&request).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PinVerifier(Vec<Pin>);

impl PinVerifier {
    /// Accepts exactly these keys; without any, nobody.
    pub fn new(pins: impl IntoIterator<Item = Pin>) -> Self {
        let mut pins: Vec<Pin> = pins.into_iter().collect();
        pins.sort_unstable();
        pins.dedup();
        Self(pins)
    }

    /// The pins, in order.
    pub fn pins(&self) -> &[Pin] {
        &self.0
    }
}

impl Verifier for PinVerifier {
    fn verify(&self, request: &VerifyRequest<'_>) -> Result<Verified, TrustError> {
        let leaf = request.chain.first().ok_or(TrustError::NoCertificate)?;
        WebpkiVerifier::check_length(request.chain)?;
        let der = CertificateDer::from(leaf.as_slice());
        let malformed = |reason: String| TrustError::Malformed { number: 1, reason };
        let parsed =
            webpki::EndEntityCert::try_from(&der).map_err(|fault| malformed(fault.to_string()))?;
        let spki = parsed.subject_public_key_info().to_vec();
        let presented = Pin::of_spki(&spki);
        // What is compared is public on both sides, so it need not take constant time.
        if !self.0.contains(&presented) {
            return Err(TrustError::PinMismatch {
                presented,
                pins: self.0.clone(),
            });
        }
        let leaf =
            Certificate::parse(&der).ok_or_else(|| malformed("it is not X.509 in DER".into()))?;
        request.key_use.verify(&leaf)?;
        Ok(Verified::assert(spki))
    }

    fn isolation(&self) -> [u8; 32] {
        let mut parts: Vec<&[u8]> = vec![b"premaster verifier: pins"];
        parts.extend(self.0.iter().map(|pin| pin.0.as_slice()));
        sha256_of_parts(&parts)
    }
}
