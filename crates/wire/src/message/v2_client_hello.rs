//! The SSLv2-compatible ClientHello (RFC 5246 appendix E.2), which is only read.
//!
//! A client that did not know whether the server had more than SSL 2.0 began with it. RFC 6176 section 3 forbids
//! it to clients and leaves it to servers whether they understand it: here is what they need to say what came.

use core::fmt;

use crate::code_point::{CipherSuite, ProtocolVersion};
use crate::codec::{
    Decode, DecodeErrorKind, Encode, List, Parsed, Place, Vector as _, Writer, located, refuse,
};
use crate::message::Random;

/// A ClientHello in the form of SSL 2.0, with its record header (`V2ClientHello` of RFC 5246 appendix E.2).
///
/// Its text is made for the error of a server that refuses it.
///
/// ```
/// use premaster_wire::{Decode, V2ClientHello};
///
/// let record = [
///     0x80, 31, // length, behind a bit that is always set
///     1, 3, 1, // a ClientHello for TLS 1.0
///     0, 6, 0, 0, 0, 16, // lengths of cipher specs, session ID, challenge
///     0, 0, 0x2f, 1, 0, 0x80, // one cipher suite of TLS, one cipher of SSL 2.0
///     1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
/// ];
/// let hello = V2ClientHello::decode(&record)?;
/// assert_eq!(hello.to_string(), "SSLv2-compatible ClientHello for at most TLS 1.0 with 1 cipher suite");
/// assert_eq!(hello.client_random().0[..18], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
/// # Ok::<(), premaster_wire::DecodeError>(())
/// ```
///
/// property 12: nobody can send one, because it does not encode.
///
/// ```compile_fail,E0277
/// fn send<T: premaster_wire::Encode>() {}
/// send::<premaster_wire::V2ClientHello<'_>>();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V2ClientHello<'a> {
    /// The highest version that the client has; SSL 2.0 if it has no other.
    pub version: ProtocolVersion,
    /// The ciphers of SSL 2.0 and the cipher suites of later versions, best first.
    pub cipher_specs: List<'a, V2CipherSpec>,
    /// The session of SSL 2.0 to resume: 16 bytes or none.
    pub session_id: &'a [u8],
    /// 16 to 32 random bytes.
    pub challenge: &'a [u8],
}

impl V2ClientHello<'_> {
    /// The cipher suites of SSL 3.0 and TLS among the cipher specs.
    pub fn cipher_suites(&self) -> impl Iterator<Item = CipherSuite> {
        self.cipher_specs
            .iter()
            .filter_map(V2CipherSpec::cipher_suite)
    }

    /// The random that stands for the challenge: its bytes at the end, zeros in front (RFC 5246 appendix E.2).
    #[must_use]
    pub fn client_random(&self) -> Random {
        let mut random = [0; 32];
        let from_the_end = random.iter_mut().rev().zip(self.challenge.iter().rev());
        from_the_end.for_each(|(to, from)| *to = *from);
        Random(random)
    }
}

impl fmt::Display for V2ClientHello<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suites = self.cipher_suites().count();
        let plural = if suites == 1 { "" } else { "s" };
        let version = self.version;
        write!(
            f,
            "SSLv2-compatible ClientHello for at most {version} with {suites} cipher suite{plural}"
        )
    }
}

impl<'a> Decode<'a> for V2ClientHello<'a> {
    const NAME: &'static str = "V2ClientHello";

    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let place = const { &Place::new("V2ClientHello", "msg_length") };
        let (input, msg_length) = located(u16::parse(input), place)?;
        // Without the bit, the header has three bytes and the record padding, which no hello needs.
        if msg_length & LENGTH_BIT == 0 {
            return located(refuse(DecodeErrorKind::Value), place);
        }
        let (after, message) = located(exactly(input, msg_length & !LENGTH_BIT), place)?;
        match parse_message(message)? {
            ([], hello) => Ok((after, hello)),
            _ => located(refuse(DecodeErrorKind::Trailing), place),
        }
    }
}

const LENGTH_BIT: u16 = 0x8000;
const SPECS: &Place = &Place::new("V2ClientHello", "cipher_specs");
const SESSION_ID: &Place = &Place::new("V2ClientHello", "session_id");
const CHALLENGE: &Place = &Place::new("V2ClientHello", "challenge");

/// What stands behind the record header, all lengths before all contents.
fn parse_message(input: &[u8]) -> Parsed<'_, V2ClientHello<'_>> {
    let place = const { &Place::new("V2ClientHello", "msg_type") };
    let (input, msg_type) = located(u8::parse(input), place)?;
    if msg_type != 1 {
        return located(refuse(DecodeErrorKind::Value), place);
    }
    let place = const { &Place::new("V2ClientHello", "version") };
    let (input, version) = located(ProtocolVersion::parse(input), place)?;

    let (input, specs_len) = located(length(input, |n| n > 0), SPECS)?;
    let (input, session_id_len) = located(length(input, |n| n == 0 || n == 16), SESSION_ID)?;
    let (input, challenge_len) = located(length(input, |n| (16..=32).contains(&n)), CHALLENGE)?;
    let (input, specs) = located(exactly(input, specs_len), SPECS)?;
    let cipher_specs =
        List::from_content(specs).map_err(|error| nom::Err::Error(error.at(SPECS)))?;
    let (input, session_id) = located(exactly(input, session_id_len), SESSION_ID)?;
    let (input, challenge) = located(exactly(input, challenge_len), CHALLENGE)?;
    Ok((
        input,
        V2ClientHello {
            version,
            cipher_specs,
            session_id,
            challenge,
        },
    ))
}

fn length(input: &[u8], is_permitted: impl Fn(u16) -> bool) -> Parsed<'_, u16> {
    match u16::parse(input)? {
        (rest, length) if is_permitted(length) => Ok((rest, length)),
        _ => refuse(DecodeErrorKind::Length),
    }
}

fn exactly(input: &[u8], length: u16) -> Parsed<'_, &[u8]> {
    match input.split_at_checked(length.into()) {
        Some((content, rest)) => Ok((rest, content)),
        None => refuse(DecodeErrorKind::Truncated),
    }
}

/// A cipher of SSL 2.0, or a cipher suite behind a zero (`V2CipherSpec` of RFC 5246 appendix E.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct V2CipherSpec(pub [u8; 3]);

impl V2CipherSpec {
    /// The cipher suite, unless it is a cipher of SSL 2.0.
    #[must_use]
    pub const fn cipher_suite(self) -> Option<CipherSuite> {
        match self.0 {
            [0, high, low] => Some(CipherSuite(u16::from_be_bytes([high, low]))),
            _ => None,
        }
    }
}

/// The name of the cipher suite, or the number as `0x010080`.
impl fmt::Debug for V2CipherSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cipher_suite() {
            Some(suite) => suite.fmt(f),
            None => {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl<'a> Decode<'a> for V2CipherSpec {
    const NAME: &'static str = "V2CipherSpec";
    const SIZE: Option<usize> = Some(3);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, bytes) = <[u8; 3]>::parse(input)?;
        Ok((rest, Self(bytes)))
    }
}

impl Encode for V2CipherSpec {
    fn encode(&self, out: &mut Writer) {
        self.0.encode(out);
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;

    /// A hello with contents of these lengths, which may lie about them.
    fn hello(version: u16, claimed: [u16; 3], contents: [&[u8]; 3]) -> Vec<u8> {
        let mut message = alloc::vec![1];
        message.extend(version.to_be_bytes());
        message.extend(claimed.into_iter().flat_map(u16::to_be_bytes));
        message.extend(contents.concat());
        let msg_length = 0x8000 + message.len() as u16;
        [&msg_length.to_be_bytes()[..], &message].concat()
    }

    #[test]
    fn the_challenge_stands_at_the_end_of_the_random() {
        for length in 16..=32 {
            let challenge: Vec<u8> = (1..=length).collect();
            let bytes = hello(
                0x0303,
                [3, 0, length.into()],
                [&[0, 0, 0x2f], &[], &challenge],
            );
            let random = V2ClientHello::decode(&bytes).unwrap().client_random();
            let zeros = alloc::vec![0; 32 - usize::from(length)];
            assert_eq!(random.0[..], [&zeros[..], &challenge].concat());
        }
    }

    #[test]
    fn what_names_it_is_the_highest_version_and_the_suites() {
        let two = [0, 0, 0x2f, 0, 0xc0, 0x2b, 1, 0, 0x80];
        let old = [1, 0, 0x80, 7, 0, 0xc0];
        for (version, specs, text) in [
            (0x0303, &two[..], "at most TLS 1.2 with 2 cipher suites"),
            (0x0300, &two[..3], "at most SSL 3.0 with 1 cipher suite"),
            (0x0002, &old, "at most SSL 2.0 with 0 cipher suites"),
            (0x0399, &two[..3], "at most 0x0399 with 1 cipher suite"),
        ] {
            let bytes = hello(version, [specs.len() as u16, 0, 16], [specs, &[], &[7; 16]]);
            let name = V2ClientHello::decode(&bytes).unwrap().to_string();
            assert_eq!(name, ["SSLv2-compatible ClientHello for ", text].concat());
        }
    }

    #[test]
    fn a_cipher_of_ssl_2_has_a_number_and_a_suite_its_name() {
        let (old, suite) = (V2CipherSpec([7, 0, 0xc0]), V2CipherSpec([0, 0, 0x2f]));
        assert_eq!(alloc::format!("{old:?}"), "0x0700c0");
        let name = "TLS_RSA_WITH_AES_128_CBC_SHA";
        assert!(alloc::format!("{suite:?}").contains(name));
        assert_eq!(old.to_vec().unwrap(), old.0);
    }

    /// property 1: no length inside a hello reaches out of it.
    #[test]
    fn lengths_outside_the_standard_or_the_record_are_refused() {
        let spec: &[u8] = &[0, 0, 0x2f];
        for (claimed, contents, text) in [
            ([0, 0, 16], [&[], &[], &[7; 16][..]], "cipher_specs: Length"),
            (
                [2, 0, 16],
                [&spec[1..], &[], &[7; 16]],
                "cipher_specs: Length",
            ),
            ([3, 8, 16], [spec, &[1; 8], &[7; 16]], "session_id: Length"),
            ([3, 0, 15], [spec, &[], &[7; 15]], "challenge: Length"),
            ([3, 0, 33], [spec, &[], &[7; 33]], "challenge: Length"),
            (
                [30, 0, 16],
                [spec, &[], &[7; 16]],
                "cipher_specs: Truncated",
            ),
            ([3, 16, 16], [spec, &[], &[7; 8]], "session_id: Truncated"),
            ([3, 0, 32], [spec, &[], &[7; 31]], "challenge: Truncated"),
            ([3, 0, 16], [spec, &[], &[7; 17]], "msg_length: Trailing"),
        ] {
            // Bytes behind the record are not part of it.
            let bytes = [&hello(0x0301, claimed, contents)[..], &[7; 40]].concat();
            let error = V2ClientHello::parse(&bytes).unwrap_err();
            let error = crate::codec::unwrap_nom(error).to_string();
            assert_eq!(error, ["V2ClientHello.", text].concat(), "{claimed:?}");
        }
    }
}
