//! What can be wrong with records: one table, a line a rule.

use premaster_wire::{AlertDescription, ContentType, HandshakeType, ProtocolVersion};

use crate::{Foreign, Idle};

/// A row of the table of faults: its name, the alert that tells the peer, and the RFC section of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name of the variant.
    pub name: &'static str,
    /// The alert that goes with it.
    pub alert: AlertDescription,
    /// `RFC 5246 section 6.2.1`.
    pub section: &'static str,
}

/// Makes the enum, the mapping to alerts and RFC sections, and the list of all rules from one table. The row
///
/// ```text
/// /// A record fails its integrity check.
/// BadRecordMac: bad_record_mac, "RFC 5246 section 7.2.2", "a record failed its integrity check";
/// ```
///
/// becomes a variant with this documentation and this `Display`, an arm of `rule()`, and an entry of `RULES`.
macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident $({ $($field:ident: $type:ty),+ })?: $alert:ident, $section:literal, $text:literal;)+) => {
        /// A rule of the record layer that was broken, by the peer or by the caller. Every one is fatal.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum RecordFault {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nAlert: `", stringify!($alert), "`; ", $section, ".")]
                #[error($text)]
                $name $({ $(#[doc = concat!("See the rule: `", stringify!($field), "`.")] $field: $type),+ })?,
            )+
        }

        impl RecordFault {
            /// Every rule, in the order of the table.
            pub const RULES: &'static [Rule] = &[$(rules::$name),+];

            /// The row of the table that this fault breaks.
            #[must_use]
            pub const fn rule(&self) -> Rule {
                match self {
                    $(Self::$name $({ $($field: _),+ })? => rules::$name,)+
                }
            }
        }

        #[allow(non_upper_case_globals, reason = "named as the variants")]
        mod rules {
            use super::{AlertDescription, Rule};

            $(pub(super) const $name: Rule = Rule {
                name: stringify!($name),
                alert: AlertDescription::$alert,
                section: $section,
            };)+
        }
    };
}

faults! {
    /// The first bytes belong to another protocol.
    NotTls { looks_like: Foreign }: unexpected_message, "RFC 5246 section 6.2.1",
        "the peer does not speak TLS here: its first bytes look like {looks_like}";
    /// The first byte of a record is no content type of TLS.
    UnknownContentType { content_type: ContentType }: unexpected_message, "RFC 5246 section 6",
        "a record of unknown content type {content_type}";
    /// The record's version is not TLS's, or not the one that was negotiated.
    WrongVersion { version: ProtocolVersion }: protocol_version, "RFC 5246 section 6.2.1",
        "a record of version {version}, which is not the negotiated one";
    /// A record is longer than a record may be, or than the record_size_limit that we announced.
    RecordTooLong { length: usize, limit: usize }: record_overflow, "RFC 5246 section 6.2.1",
        "a record of {length} bytes where at most {limit} are allowed";
    /// A handshake, alert or ChangeCipherSpec record without content.
    EmptyRecord { content_type: ContentType }: unexpected_message, "RFC 5246 section 6.2.1",
        "an empty {content_type} record";
    /// Application data before there are keys to protect it.
    UnprotectedData: unexpected_message, "RFC 5246 section 7.4.9",
        "application data that no key protects";
    /// A record fails its integrity check: it was changed on the way, or sealed under another key.
    BadRecordMac: bad_record_mac, "RFC 5246 section 7.2.2",
        "a record failed its integrity check";
    /// Too many records in a row that bring nothing.
    TooManyIdleRecords { last: Idle, limit: u32 }: unexpected_message, "RFC 5246 section 6.2.1",
        "more than {limit} records in a row that bring nothing, the last one {last}";
    /// A handshake message announces more than the caller is ready to buffer.
    MessageTooLong { message: HandshakeType, length: usize, limit: usize }: illegal_parameter, "RFC 5246 section 7.4",
        "a {message} message of {length} bytes where at most {limit} are accepted";
    /// Handshake records keep coming while nobody takes the messages in them.
    InboxFull { limit: usize }: internal_error, "RFC 5246 section 7.4",
        "more than {limit} bytes of handshake messages wait to be taken";
    /// The key has protected as many records as is safe, or the sequence numbers are used up.
    KeyExhausted: internal_error, "RFC 5246 section 6.1",
        "this key has protected as many records as it safely can; a new connection is needed";
    /// Keys were changed while messages that belong under the old ones were still being collected.
    KeyChangeInFlight: internal_error, "RFC 5246 section 7.1",
        "keys were changed before the messages under the old ones were sealed";
    /// The caller's content is longer than one record can hold.
    ContentTooLong { length: usize, limit: usize }: internal_error, "RFC 5246 section 6.2.1",
        "{length} bytes to be sealed into one record, which holds at most {limit}";
    /// The caller's buffer has no room for what sealing adds.
    NoRoom { needed: usize, room: usize }: internal_error, "RFC 5246 section 6.2.3",
        "sealing needs {needed} bytes, the buffer has room for {room}";
    /// The backend could not encrypt.
    SealingFailed: internal_error, "RFC 5246 section 6.2.3.3",
        "the cryptographic backend could not encrypt a record";
}

impl RecordFault {
    /// The alert that tells the peer.
    #[must_use]
    pub const fn alert(&self) -> AlertDescription {
        self.rule().alert
    }

    /// The RFC section of the rule.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        self.rule().section
    }
}
