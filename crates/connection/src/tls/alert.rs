//! What an alert means (RFC 5246 section 7.2, RFC 8446 section 6).

use premaster_wire::{Alert, AlertDescription, AlertLevel};

use crate::Error;

/// What an alert means to whoever receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The peer sends no more.
    Goodbye,
    /// Nothing, for now.
    Nothing,
}

/// Reads an alert; the error if it ends the connection.
///
/// In TLS 1.3 the level says nothing: an alert that is not about closing is an error, one that is not known too
/// (RFC 8446 section 6).
pub(super) fn meaning(alert: Alert, tls13: bool) -> Result<Meaning, Error> {
    match (alert.level, alert.description) {
        (_, AlertDescription::close_notify) => Ok(Meaning::Goodbye),
        (_, AlertDescription::user_canceled) if tls13 => Ok(Meaning::Nothing),
        (_, description) if tls13 => Err(Error::AlertReceived(description)),
        (AlertLevel::warning, _) => Ok(Meaning::Nothing),
        (AlertLevel::fatal, description) => Err(Error::AlertReceived(description)),
        _ => Err(Error::MalformedAlert),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(level: u8, description: AlertDescription, tls13: bool) -> &'static str {
        let level = AlertLevel(level);
        match meaning(Alert { level, description }, tls13) {
            Ok(Meaning::Goodbye) => "goodbye",
            Ok(Meaning::Nothing) => "nothing",
            Err(Error::AlertReceived(told)) if told == description => "error",
            Err(Error::MalformedAlert) => "malformed",
            Err(other) => panic!("{other}"),
        }
    }

    /// RFC 5246 section 7.2: the level decides. RFC 8446 section 6: the description does.
    #[test]
    fn what_an_alert_means_depends_on_the_version() {
        let unknown = AlertDescription(250);
        for (level, description, tls12, tls13) in [
            (1, AlertDescription::close_notify, "goodbye", "goodbye"),
            (2, AlertDescription::close_notify, "goodbye", "goodbye"),
            (7, AlertDescription::close_notify, "goodbye", "goodbye"),
            (1, AlertDescription::user_canceled, "nothing", "nothing"),
            (2, AlertDescription::user_canceled, "error", "nothing"),
            (1, AlertDescription::no_renegotiation, "nothing", "error"),
            (1, AlertDescription::handshake_failure, "nothing", "error"),
            (2, AlertDescription::handshake_failure, "error", "error"),
            (1, unknown, "nothing", "error"),
            (2, unknown, "error", "error"),
            (7, unknown, "malformed", "error"),
        ] {
            let told = [false, true].map(|tls13| outcome(level, description, tls13));
            assert_eq!(told, [tls12, tls13], "{level} {description}");
        }
    }
}
