//! Why a connection ended otherwise than by a clean close.

use premaster_handshake::Error as HandshakeError;
use premaster_record::RecordFault;
use premaster_wire::AlertDescription;

/// Why a connection failed. The alert that tells the peer, if one does, is already under way:
/// transmit once more.
///
/// What a connection returns from receiving is always fatal and returned again by later calls. A
/// call that sends may also say that it cannot do as it is told now; its docs say which errors
/// change nothing: [`NotEstablished`](Self::NotEstablished), [`TransmitFirst`](Self::TransmitFirst),
/// [`AlreadyClosed`](Self::AlreadyClosed), [`NoEarlyData`](Self::NoEarlyData),
/// [`TooMuchEarlyData`](Self::TooMuchEarlyData), [`NoKeyUpdate`](Self::NoKeyUpdate),
/// [`AuthenticationUnderWay`](Self::AuthenticationUnderWay), [`CertificateAwaited`](Self::CertificateAwaited), and the record faults `NoRoom` and `ContentTooLong`.
///
/// A clean close is no error, and a broken transport is the caller's: these are three outcomes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The handshake broke a rule or could not go on.
    #[error("{0}")]
    Handshake(#[from] HandshakeError),
    /// A record broke a rule.
    #[error("{}", with_section(*.0))]
    Record(#[from] RecordFault),
    /// The peer ended the connection with a fatal alert.
    #[error("{}", received(*.0))]
    AlertReceived(AlertDescription),
    /// The caller ended the connection with a fatal alert: see [`abort`](crate::tls::Connection::abort).
    #[error("this side ended the connection with the alert {0}")]
    Aborted(AlertDescription),
    /// An alert that is not one, or of an unknown level.
    #[error("the peer sent a malformed alert, RFC 5246 section 7.2")]
    MalformedAlert,
    /// A KeyUpdate that neither asks for one nor does not.
    #[error("the peer sent a KeyUpdate of unknown kind {0}, RFC 8446 section 4.6.3")]
    UnknownKeyUpdate(u8),
    /// The transport ended before the handshake was complete.
    #[error("the connection was cut during the handshake, before {expected}")]
    CutEarly {
        /// What should have come next.
        expected: String,
    },
    /// The peer said goodbye before the handshake was complete.
    #[error("the peer closed the connection during the handshake, before {expected}")]
    ClosedEarly {
        /// What should have come next.
        expected: String,
    },
    /// The transport ended without a close_notify: the data may have been cut short by anybody
    /// on the path (RFC 5246 section 7.2.1).
    #[error("the connection was cut without close_notify: data may be missing")]
    Truncated,
    /// Handshake messages or alerts wait to be transmitted: they go before application data.
    #[error("records wait to be transmitted first")]
    TransmitFirst,
    /// The caller asked for something that only an established connection can do.
    #[error("the connection is not established")]
    NotEstablished,
    /// The caller wanted to send after it had closed.
    #[error("this side has already closed the connection")]
    AlreadyClosed,
    /// The caller wanted to send early data, and there is none to be sent: it was not offered, or its time is over.
    #[error("early data cannot be sent now")]
    NoEarlyData,
    /// The caller wanted to send more early data than the server takes.
    #[error("{length} bytes are more than the {left} of early data that the server still takes")]
    TooMuchEarlyData {
        /// What was to be sent.
        length: usize,
        /// What may still be sent.
        left: usize,
    },
    /// The caller wanted to change keys, which only an established connection of TLS 1.3 can do.
    #[error("only an established connection of TLS 1.3 can change its keys")]
    NoKeyUpdate,
    /// The caller wanted to ask the client for a certificate while it is being asked.
    #[error("the client is being asked for a certificate already")]
    AuthenticationUnderWay,
    /// The caller wanted to send to a client of TLS 1.3 before its Finished, and has asked it for a certificate: nothing is
    /// said to it before that was checked.
    #[error("the client was asked for a certificate: nothing is sent to it before it has answered")]
    CertificateAwaited,
    /// [`ChooseConfig`](premaster_handshake::ChooseConfig) was answered by a policy, and the configuration would have
    /// stayed another one's: [`choose_config`](crate::tls::Connection::choose_config) changes both.
    #[error("a client's policy was chosen without its configuration: answer by choose_config")]
    PolicyAlone,
}

impl Error {
    /// The names of those that a peer brings about by something else than a message or a record that breaks a rule:
    /// beside the tables [`Fault::ALL`](premaster_handshake::Fault::ALL) and [`RecordFault::RULES`]. All other variants
    /// are answers to this side's own caller.
    pub const OF_THE_PEER: &'static [&'static str] = &[
        "AlertReceived",
        "MalformedAlert",
        "UnknownKeyUpdate",
        "CutEarly",
        "ClosedEarly",
        "Truncated",
    ];

    /// The alert that tells the peer, if it is told.
    #[must_use]
    pub fn alert(&self) -> Option<AlertDescription> {
        match self {
            Self::Handshake(error) => Some(error.alert()),
            Self::Record(fault) => Some(fault.alert()),
            // Alerts of closure are no errors (RFC 8446 section 6.1): a peer would take them for an end without one.
            Self::Aborted(AlertDescription::close_notify | AlertDescription::user_canceled) => {
                Some(AlertDescription::internal_error)
            }
            Self::Aborted(description) => Some(*description),
            Self::MalformedAlert => Some(AlertDescription::decode_error),
            Self::UnknownKeyUpdate(_) => Some(AlertDescription::illegal_parameter),
            Self::PolicyAlone => Some(AlertDescription::internal_error),
            _ => None,
        }
    }

    /// Whether only the caller's request was refused and nothing has changed.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::NotEstablished
                | Self::TransmitFirst
                | Self::AlreadyClosed
                | Self::NoEarlyData
                | Self::TooMuchEarlyData { .. }
                | Self::NoKeyUpdate
                | Self::AuthenticationUnderWay
                | Self::CertificateAwaited
                | Self::Record(RecordFault::NoRoom { .. } | RecordFault::ContentTooLong { .. })
        )
    }

    /// The rule's name, for traces.
    pub(crate) fn rule(&self) -> &'static str {
        match self {
            Self::Handshake(error) => error.fault().name(),
            Self::Record(fault) => fault.rule().name,
            Self::AlertReceived(_) => "AlertReceived",
            Self::Aborted(_) => "Aborted",
            Self::PolicyAlone => "PolicyAlone",
            Self::MalformedAlert => "MalformedAlert",
            Self::ClosedEarly { .. } => "ClosedEarly",
            Self::CutEarly { .. } => "CutEarly",
            Self::TransmitFirst => "TransmitFirst",
            Self::Truncated => "Truncated",
            Self::NotEstablished => "NotEstablished",
            Self::AlreadyClosed => "AlreadyClosed",
            Self::NoEarlyData => "NoEarlyData",
            Self::TooMuchEarlyData { .. } => "TooMuchEarlyData",
            Self::NoKeyUpdate => "NoKeyUpdate",
            Self::AuthenticationUnderWay => "AuthenticationUnderWay",
            Self::CertificateAwaited => "CertificateAwaited",
            Self::UnknownKeyUpdate(_) => "UnknownKeyUpdate",
        }
    }

    /// The section that states the rule.
    pub(crate) fn section(&self) -> &'static str {
        match self {
            Self::Handshake(error) => error.fault().section(),
            Self::Record(fault) => fault.section(),
            Self::UnknownKeyUpdate(_) | Self::NoKeyUpdate => "RFC 8446 section 4.6.3",
            Self::AuthenticationUnderWay => "RFC 8446 section 4.6.2",
            Self::CertificateAwaited => "RFC 8446 section 4.4.4",
            Self::NoEarlyData | Self::TooMuchEarlyData { .. } => "RFC 8446 section 4.2.10",
            _ => "RFC 5246 section 7.2",
        }
    }
}

fn with_section(fault: RecordFault) -> String {
    format!("{fault}, {}", fault.section())
}

fn received(alert: AlertDescription) -> String {
    format!("the peer sent the alert {alert}{}", hint(alert))
}

/// What most often stands behind an alert, for the person who reads it.
fn hint(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::handshake_failure => {
            ": it accepts none of what was offered, or wants a client certificate"
        }
        AlertDescription::protocol_version => ": it speaks no version that was offered",
        AlertDescription::unknown_ca => ": it does not know the authority of our certificate",
        AlertDescription::bad_certificate => ": it does not accept our certificate",
        AlertDescription::certificate_required => ": it wants a client certificate",
        AlertDescription::unrecognized_name => ": it does not serve this server name",
        AlertDescription::no_application_protocol => {
            ": it speaks none of the offered application protocols"
        }
        AlertDescription::decrypt_error => ": it found a signature or Finished to be wrong",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every variant is a fault of one of the tables, on the list of the peer's, or a refusal; a new one has to be put
    /// somewhere.
    #[test]
    fn every_error_is_the_peers_or_the_callers() {
        let expected = String::new;
        let all = [
            Error::AlertReceived(AlertDescription::handshake_failure),
            Error::MalformedAlert,
            Error::UnknownKeyUpdate(7),
            Error::CutEarly {
                expected: expected(),
            },
            Error::ClosedEarly {
                expected: expected(),
            },
            Error::Truncated,
            Error::TransmitFirst,
            Error::NotEstablished,
            Error::AlreadyClosed,
            Error::NoEarlyData,
            Error::TooMuchEarlyData { length: 1, left: 0 },
            Error::NoKeyUpdate,
            Error::AuthenticationUnderWay,
            Error::CertificateAwaited,
            Error::PolicyAlone,
            Error::Aborted(AlertDescription::access_denied),
        ];
        for error in all {
            // No arm for the rest: a new variant does not compile here.
            let is_the_callers = match &error {
                Error::Handshake(_) | Error::Record(_) => continue,
                Error::AlertReceived(_)
                | Error::MalformedAlert
                | Error::UnknownKeyUpdate(_)
                | Error::CutEarly { .. }
                | Error::ClosedEarly { .. }
                | Error::Truncated => false,
                Error::TransmitFirst
                | Error::NotEstablished
                | Error::AlreadyClosed
                | Error::NoEarlyData
                | Error::TooMuchEarlyData { .. }
                | Error::NoKeyUpdate
                | Error::AuthenticationUnderWay
                | Error::CertificateAwaited
                | Error::PolicyAlone
                | Error::Aborted(_) => true,
            };
            let is_listed = Error::OF_THE_PEER.contains(&error.rule());
            assert_eq!(is_listed, !is_the_callers, "{error:?}");
            let ends_it = matches!(error, Error::PolicyAlone | Error::Aborted(_));
            assert_eq!(error.is_refusal(), is_the_callers && !ends_it, "{error:?}");
        }
    }
}
