//! Keys that both ends know before they meet (RFC 8446 section 2.2): `--psk` and `--psk-file`.
//!
//! No key is ever told: an error names the option, the line and the identity, and Debug shows nothing.

use core::fmt;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use premaster::crypto::HashAlgorithm;
use premaster::handshake::ExternalPsk;

use crate::Failure;

/// What both ends know already.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What both ends know already (TLS 1.3)")]
pub(crate) struct Psks {
    /// A key that the peer has too, at least 16 bytes in hex, and the identity that it goes by; may be said again.
    /// Where it is used, no certificate is shown. It goes with the suites of SHA-256. All users of this machine can
    /// see the arguments of a program: --psk-file keeps them out of sight
    #[arg(long, value_name = "IDENTITY:HEX")]
    psk: Vec<Hidden>,

    /// The same from a file: IDENTITY:HEX, one a line
    #[arg(long, value_name = "FILE")]
    psk_file: Option<PathBuf>,
}

/// An argument that nobody may see.
#[derive(Clone)]
struct Hidden(String);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IDENTITY:HEX")
    }
}

impl Psks {
    /// All of them, in their order.
    pub(crate) fn load(&self) -> Result<Vec<ExternalPsk>, Failure> {
        let given = self.psk.iter().map(|given| {
            psk(&given.0).map_err(|reason| Failure::usage(format!("--psk: {reason}")))
        });
        let mut psks = given.collect::<Result<Vec<_>, _>>()?;
        let Some(path) = &self.psk_file else {
            return Ok(psks);
        };
        let wrong = |reason: &dyn fmt::Display| {
            Failure::usage(format!("--psk-file {}: {reason}", path.display()))
        };
        let text = fs::read_to_string(path)
            .map_err(|error| wrong(&format!("cannot read the file: {error}")))?;
        let lines = text.lines().zip(1_usize..);
        for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
            let psk = psk(line.trim());
            psks.push(psk.map_err(|reason| wrong(&format!("line {number}: {reason}")))?);
        }
        Ok(psks)
    }
}

/// `meter 7:00112233445566778899aabbccddeeff`; the identity may have colons itself.
fn psk(text: &str) -> Result<ExternalPsk, String> {
    let Some((identity, key)) = text.rsplit_once(':') else {
        return Err("expected IDENTITY:HEX, and there is no colon".to_owned());
    };
    let Some(key) = unhex(key) else {
        return Err(format!(
            "{identity}: expected the key in hexadecimal digits, two for each byte"
        ));
    };
    let psk = ExternalPsk::new(identity.as_bytes(), &key, HashAlgorithm::Sha256);
    psk.map_err(|error| format!("{identity}: {error}"))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let byte = |[high, low]: &[u32; 2]| u8::try_from(high * 16 + low).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "00112233445566778899aAbBcCdDeEfF";

    #[test]
    fn the_last_colon_ends_the_identity() {
        for identity in ["meter 7", "a:b", "42"] {
            let psk = psk(&format!("{identity}:{KEY}")).unwrap();
            assert_eq!(psk.identity(), identity.as_bytes());
        }
    }

    #[test]
    fn what_is_no_key_is_told_without_it() {
        for (text, expected) in [
            (KEY.to_owned(), "there is no colon"),
            (format!("a:{KEY}0"), "two for each byte"),
            (format!("a:{KEY}zz"), "two for each byte"),
            (format!("a:{KEY}+1"), "two for each byte"),
            ("a:00112233445566778899".to_owned(), "at least 16 bytes"),
            (format!("a:{}", "0".repeat(32)), "zeros"),
            (format!(":{KEY}"), "identity"),
        ] {
            let told = psk(&text).unwrap_err();
            assert!(told.contains(expected), "{text}: {told}");
            assert!(!told.contains("00112233"), "{told}");
        }
        assert!(!format!("{:?}", Hidden(KEY.to_owned())).contains("0011"));
    }
}
