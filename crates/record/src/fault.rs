//! What can be wrong with records: one table, a line a rule.

use premaster_wire::{AlertDescription, ContentType, HandshakeType, ProtocolVersion};

use crate::Foreign;

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
    /// A record is longer than a record may be, than the record_size_limit that we announced, or than the negotiated
    /// max_fragment_length.
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
    /// A record without protection, although in TLS 1.3 there are keys.
    UnprotectedRecord { content_type: ContentType }: unexpected_message, "RFC 8446 section 5.2",
        "an unprotected {content_type} record where everything is protected";
    /// Something is protected that TLS 1.3 does not protect, or that it does not know.
    ForeignContent { content_type: ContentType }: unexpected_message, "RFC 8446 section 5",
        "a protected record of content type {content_type}";
    /// A record of TLS 1.3 that is padding and nothing else.
    NoContentType: unexpected_message, "RFC 8446 section 5.4",
        "a protected record without a content type";
    /// A ChangeCipherSpec of TLS 1.3 that is not the byte 1, comes outside of the handshake, or is one too many.
    StrayChangeCipherSpec: unexpected_message, "RFC 8446 section 5",
        "a ChangeCipherSpec that is out of place, malformed, or one too many";
    /// More early data than the ticket allows, whether it was accepted or not.
    TooMuchEarlyData { limit: usize }: unexpected_message, "RFC 8446 section 4.6.1",
        "more than the {limit} bytes of early data that are allowed";
    /// Too many records without content in a row.
    TooManyEmptyRecords { limit: u32 }: unexpected_message, "RFC 5246 section 6.2.1",
        "more than {limit} empty records in a row";
    /// Too many alerts in a row that change nothing.
    TooManyWarnings { limit: u32 }: unexpected_message, "RFC 5246 section 7.2",
        "more than {limit} warning alerts in a row";
    /// Too many KeyUpdates in a row.
    TooManyKeyUpdates { limit: u32 }: unexpected_message, "RFC 8446 section 4.6.3",
        "more than {limit} KeyUpdates in a row, with no data in between";
    /// Too many session tickets in a row.
    TooManyTickets { limit: u32 }: unexpected_message, "RFC 8446 section 4.6.1",
        "more than {limit} session tickets in a row, with no data in between";
    /// Too many messages that ask for another handshake or for a certificate.
    TooManyRequests { limit: u32 }: unexpected_message, "RFC 5246 section 7.4.1.1",
        "more than {limit} requests for another handshake or for a certificate";
    /// A handshake message announces more than the caller is ready to buffer.
    MessageTooLong { message: HandshakeType, length: usize, limit: usize }: illegal_parameter, "RFC 5246 section 7.4",
        "a {message} message of {length} bytes where at most {limit} are accepted";
    /// Handshake records keep coming while nobody takes the messages in them.
    InboxFull { limit: usize }: internal_error, "RFC 5246 section 7.4",
        "more than {limit} bytes of handshake messages wait to be taken";
    /// The key has protected as many records as is safe, or the sequence numbers are used up.
    KeyExhausted: internal_error, "RFC 5246 section 6.1",
        "this key has protected as many records as it safely can; a new connection is needed";
    /// Keys were about to change in the middle of a handshake message, or with one not taken yet.
    KeyChangeInMessage: unexpected_message, "RFC 8446 section 5.1",
        "a handshake message spans a change of keys";
    /// The caller wanted to protect a ChangeCipherSpec in TLS 1.3.
    ProtectedChangeCipherSpec: internal_error, "RFC 8446 section 5",
        "a ChangeCipherSpec has to be sent before the first keys of TLS 1.3";
    /// Keys were changed while messages that belong under the old ones were still being collected.
    KeyChangeInFlight: internal_error, "RFC 5246 section 7.1",
        "keys were changed before the messages under the old ones were sealed";
    /// The caller's content is longer than one record can hold.
    ContentTooLong { length: usize, limit: usize }: internal_error, "RFC 5246 section 6.2.1",
        "{length} bytes to be sealed into one record, which holds at most {limit}";
    /// The caller's buffer has no room for what sealing adds.
    NoRoom { needed: usize, room: usize }: internal_error, "RFC 5246 section 6.2.3",
        "sealing needs {needed} bytes, the buffer has room for {room}";
    /// There is no randomness for an initialisation vector.
    RandomFailed: internal_error, "RFC 5246 section 6.2.3.2",
        "the source of randomness failed: there is no initialisation vector for a record";
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

#[cfg(test)]
mod tests {
    use std::boxed::Box;
    use std::vec::Vec;

    use core::ops::Range;

    use premaster_crypto::{
        Aead, AeadAlgorithm, AeadKey, BlockCipher, Cbc, CbcAlgorithm, CbcKey, CryptoError,
        DirectionKeys, MacAlgorithm, MacOrder, RecordContext, SecureRandom,
    };

    use super::*;
    use crate::testing::{CBC, GCM, Kind, TLS13, backend, pair, protection};
    use crate::{
        Flight, Flood, HEADER_LEN, Idle, IdleLimits, Inbox, MAX_CONTENT, RecordOpener, RecordSealer,
    };

    fn opened(bytes: &[u8]) -> RecordFault {
        RecordOpener::new().open(&mut bytes.to_vec()).unwrap_err()
    }

    fn sealed(records: u64, content_type: ContentType, room: usize) -> RecordFault {
        let (mut sealer, _) = pair(Some(GCM), records);
        let mut out = [0; 99];
        let content = [&[0_u8; 9][..]];
        sealer
            .seal_from(content_type, &content, &mut out[..room])
            .unwrap_err()
    }

    /// A backend that prepares keys and then cannot use them.
    #[derive(Debug)]
    struct Broken;

    impl Aead for Broken {
        fn algorithm(&self) -> AeadAlgorithm {
            AeadAlgorithm::Aes128Gcm
        }
        fn key(&self, _: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
            Ok(Box::new(Self))
        }
    }

    impl AeadKey for Broken {
        fn seal(&self, _: &[u8; 12], _: &[u8], _: &mut [u8]) -> Result<[u8; 16], CryptoError> {
            Err(CryptoError)
        }
        fn open(&self, _: &[u8; 12], _: &[u8], _: &mut [u8]) -> Result<usize, CryptoError> {
            Err(CryptoError)
        }
    }

    impl Cbc for Broken {
        fn algorithm(&self) -> CbcAlgorithm {
            let (cipher, mac) = (BlockCipher::Aes128, MacAlgorithm::HmacSha1);
            CbcAlgorithm { cipher, mac }
        }
        fn key(&self, _: &DirectionKeys, _: MacOrder) -> Result<Box<dyn CbcKey>, CryptoError> {
            Ok(Box::new(Self))
        }
    }

    impl CbcKey for Broken {
        fn seal(&self, _: &RecordContext, _: &mut [u8], _: usize) -> Result<(), CryptoError> {
            Err(CryptoError)
        }
        fn open(&self, _: &RecordContext, _: &mut [u8]) -> Result<Range<usize>, CryptoError> {
            Err(CryptoError)
        }
        fn sealed_len(&self, content: usize) -> usize {
            content + 32
        }
        fn most_content(&self, _: usize) -> Option<usize> {
            None
        }
    }

    impl SecureRandom for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), CryptoError> {
            Err(CryptoError)
        }
    }

    fn sealed_by_a_broken_backend(kind: Kind) -> RecordFault {
        let mut provider = backend();
        provider.aeads = std::vec![&Broken];
        provider.cbc = std::vec![&Broken];
        provider.random = &Broken;
        let protection = kind.protection(&provider, kind.keys());
        let mut sealer = RecordSealer::new();
        sealer.install(protection);
        let content = [&[0_u8][..]];
        sealer
            .seal_from(ContentType::alert, &content, &mut [0; 99])
            .unwrap_err()
    }

    /// What keys of TLS 1.3 make of a record.
    fn opened_by_tls13(record: &[u8]) -> RecordFault {
        let (_, mut opener) = pair(Some(TLS13), 0);
        opener.open(&mut record.to_vec()).unwrap_err()
    }

    /// What they make of a protected record of this type without content.
    fn protected(content_type: u8) -> RecordFault {
        let mut record = [0; HEADER_LEN + 17];
        record[..HEADER_LEN].copy_from_slice(&[23, 3, 3, 0, 17]);
        let fragment = &mut record[HEADER_LEN..];
        let sealed = protection(TLS13).seal(ContentType(content_type), fragment, 0);
        assert_eq!(sealed, Ok(()));
        opened_by_tls13(&record)
    }

    fn too_much_early_data() -> RecordFault {
        let mut opener = RecordOpener::new();
        opener.skip_early_data(0);
        opener.open(&mut [23, 3, 3, 0, 0]).unwrap_err()
    }

    fn keys_in_a_message() -> RecordFault {
        let mut inbox = Inbox::new(9);
        inbox.push(&[20]).unwrap();
        let mut opener = RecordOpener::new();
        opener.install_after(&inbox, protection(TLS13)).unwrap_err()
    }

    fn protected_change_cipher_spec() -> RecordFault {
        let (mut sealer, _) = pair(Some(TLS13), 0);
        let content = [&[1_u8][..]];
        sealer
            .seal_from(ContentType::change_cipher_spec, &content, &mut [0; 99])
            .unwrap_err()
    }

    /// One deed for every rule that a peer or a caller can break.
    fn provoked() -> Vec<RecordFault> {
        let forged = || {
            pair(Some(GCM), 0)
                .1
                .open(&mut [22, 3, 3, 0, 1, 0])
                .unwrap_err()
        };
        let in_flight = || {
            let (mut sealer, _) = pair(None, 0);
            let mut flight = Flight::new();
            flight.message(&mut sealer, &[14, 0, 0, 0]).unwrap();
            sealer.install(protection(GCM));
            flight.message(&mut sealer, &[14, 0, 0, 0]).unwrap_err()
        };
        let too_long = || {
            let (mut sealer, _) = pair(None, 0);
            sealer
                .seal(ContentType::handshake, &mut [0; 20_000], 5..20_000)
                .unwrap_err()
        };
        let none = IdleLimits::default();
        let idle = |kind| Flood::new(none).idle(kind).unwrap_err();
        let untaken = || {
            let mut inbox = Inbox::new(MAX_CONTENT);
            let message = [&[20, 0, 0x40, 0][..], &[0; MAX_CONTENT]].concat();
            let pushes = core::iter::repeat_with(|| inbox.push(&message));
            pushes.take(9).find_map(Result::err).unwrap()
        };
        [
            opened(b"GET / HTTP/1.1"),
            opened(&[24, 3, 3, 0, 1, 0]),
            opened(&[22, 2, 0, 0, 1, 0]),
            opened(&[22, 3, 3, 0x40, 1]),
            opened(&[22, 3, 3, 0, 0]),
            opened(&[23, 3, 3, 0, 1, 0]),
            forged(),
            opened_by_tls13(&[22, 3, 3, 0, 1, 0]),
            protected(24),
            protected(0),
            opened_by_tls13(&[20, 3, 3, 0, 1, 1]),
            too_much_early_data(),
            idle(Idle::EmptyRecord),
            idle(Idle::WarningAlert),
            idle(Idle::KeyUpdate),
            idle(Idle::Ticket),
            idle(Idle::Request),
            Inbox::new(1).push(&[1, 0, 0, 2]).unwrap_err(),
            untaken(),
            sealed(1 << 40, ContentType::application_data, 99),
            keys_in_a_message(),
            protected_change_cipher_spec(),
            in_flight(),
            too_long(),
            sealed(0, ContentType::alert, 9),
            sealed_by_a_broken_backend(CBC),
            sealed_by_a_broken_backend(GCM),
        ]
        .into()
    }

    #[test]
    fn every_rule_is_provoked() {
        let names: Vec<_> = provoked().iter().map(|fault| fault.rule().name).collect();
        let rules: Vec<_> = RecordFault::RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(names, rules);
    }

    #[test]
    fn every_fault_says_what_happened_and_cites_an_rfc() {
        for fault in provoked() {
            assert!(std::format!("{fault}").len() > 20, "{fault:?}");
            assert!(fault.section().starts_with("RFC "), "{fault:?}");
            assert!(fault.alert().name().is_some(), "{fault:?}");
        }
        let fault = opened(b"HTTP/1.1 400 Bad Request");
        let text = "the peer does not speak TLS here: its first bytes look like an answer of an HTTP server without TLS";
        assert_eq!(std::format!("{fault}"), text);
    }

    #[test]
    fn alerts_are_those_of_the_rfcs() {
        for (bytes, alert) in [
            (&[99, 3, 3, 0, 0][..], AlertDescription::unexpected_message),
            (&[22, 2, 0, 0, 1], AlertDescription::protocol_version),
            (&[22, 3, 3, 0xff, 0xff], AlertDescription::record_overflow),
        ] {
            assert_eq!(opened(bytes).alert(), alert);
        }
        assert_eq!(
            RecordFault::BadRecordMac.alert(),
            AlertDescription::bad_record_mac
        );
    }
}
