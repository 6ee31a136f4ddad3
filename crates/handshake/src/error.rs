//! Why a handshake ended: the fault, at which message, and what each side had said.

use core::fmt;

use premaster_crypto::CryptoError;
use premaster_wire::{AlertDescription, DecodeError, DecodeErrorKind, EncodeError};

use crate::Fault;

/// A handshake that failed, with all a person needs to mend it. Always fatal.
///
/// It reads as one line: the rule, what was found, at which message, and where the rule stands.
///
/// ```
/// use premaster_handshake::{Error, Fault};
///
/// let error = Error::new(Fault::NoCommonGroup)
///     .during("ClientHello")
///     .detail("offered: secp521r1; ours: x25519, secp256r1");
/// assert_eq!(
///     error.to_string(),
///     "the two sides share no group for the key exchange \
///      (offered: secp521r1; ours: x25519, secp256r1), at ClientHello, RFC 8422 section 5.1"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Report>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Report {
    fault: Fault,
    alert: AlertDescription,
    during: &'static str,
    detail: String,
}

impl Error {
    /// An error of this fault.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self(Box::new(Report {
            fault,
            alert: fault.alert(),
            during: "",
            detail: String::new(),
        }))
    }

    /// Names the message or step at which it happened.
    #[must_use]
    pub fn during(mut self, step: &'static str) -> Self {
        self.0.during = step;
        self
    }

    /// Says what was found: both offers, the likely cause, what to change. Never a secret.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// The rule that was broken.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.0.fault
    }

    /// The alert that tells the peer.
    #[must_use]
    pub fn alert(&self) -> AlertDescription {
        self.0.alert
    }

    /// What was found, in words; may be empty.
    #[must_use]
    pub fn details(&self) -> &str {
        &self.0.detail
    }

    /// The message or step at which it happened; may be empty.
    #[must_use]
    pub fn step(&self) -> &'static str {
        self.0.during
    }

    /// The same error, told to the peer with another alert: a verifier knows best why it refused.
    pub(crate) fn with_alert(mut self, alert: AlertDescription) -> Self {
        self.0.alert = alert;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            fault,
            during,
            detail,
            ..
        } = &*self.0;
        f.write_str(fault.sentence())?;
        if !detail.is_empty() {
            write!(f, " ({detail})")?;
        }
        if !during.is_empty() {
            write!(f, ", at {during}")?;
        }
        write!(f, ", {}", fault.section())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("fault", &self.0.fault)
            .field("alert", &self.0.alert)
            .field("during", &self.0.during)
            .field("detail", &self.0.detail)
            .finish()
    }
}

impl core::error::Error for Error {}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        // It can be read, and is wrong all the same (RFC 8446 section 6).
        let fault = match error.kind() {
            DecodeErrorKind::Duplicate => Fault::DuplicateExtension,
            _ => Fault::Malformed,
        };
        Self::new(fault).detail(error.to_string())
    }
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        Self::new(Fault::EncodingFailed).detail(error.to_string())
    }
}

impl From<CryptoError> for Error {
    fn from(_: CryptoError) -> Self {
        Self::new(Fault::CryptoFailed)
    }
}

/// Names the step at which an error came up, unless a closer one has been named.
pub(crate) trait At {
    fn at(self, step: &'static str) -> Self;
}

impl<T> At for Result<T, Error> {
    fn at(self, step: &'static str) -> Self {
        self.map_err(|error| {
            if error.step().is_empty() {
                error.during(step)
            } else {
                error
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_happened_where_and_against_which_rule() {
        let plain = Error::new(Fault::NoCommonSuite);
        let whole = Error::new(Fault::NoCommonSuite)
            .detail("nothing fits")
            .during("client_hello");
        assert_eq!((plain.details(), plain.step()), ("", ""));
        assert_eq!(
            (whole.details(), whole.step()),
            ("nothing fits", "client_hello")
        );
        let (sentence, section) = (
            Fault::NoCommonSuite.sentence(),
            Fault::NoCommonSuite.section(),
        );
        assert_eq!(plain.to_string(), format!("{sentence}, {section}"));
        let text = format!("{sentence} (nothing fits), at client_hello, {section}");
        assert_eq!(whole.to_string(), text);
        let debug = format!("{whole:?}");
        assert!(
            debug.contains("NoCommonSuite") && debug.contains("nothing fits"),
            "{debug}"
        );
    }
}
