//! Every rule whose breach ends a handshake, one line each: name, alert, RFC section, sentence.
//!
//! The table is the single source for the enum, the total mapping to alerts, these docs and the
//! list ([`Fault::ALL`]) that tests walk.

use premaster_wire::AlertDescription;

/// Declares [`Fault`] from a table with one rule a line.
///
/// `BadFinished, decrypt_error, "RFC 5246 section 7.4.9", "the sentence"` becomes
///
/// ```text
/// /// the sentence (RFC 5246 section 7.4.9; alert decrypt_error)
/// BadFinished,
/// ```
///
/// and one arm in each of `alert`, `section`, `sentence` and `name`.
macro_rules! faults {
    ($($name:ident, $alert:ident, $section:literal, $sentence:literal;)*) => {
        /// A rule of the protocol that was broken, or a condition without which no handshake can go on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = concat!($sentence, " (", $section, "; alert ", stringify!($alert), ")")] $name,)*
        }

        impl Fault {
            /// All faults, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The alert that tells the peer.
            ///
            /// A refused question may bring a more exact one along: see [`Error::alert`](crate::Error::alert).
            #[must_use]
            pub const fn alert(self) -> AlertDescription {
                match self { $(Self::$name => AlertDescription::$alert,)* }
            }

            /// The section that states the rule.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self { $(Self::$name => $section,)* }
            }

            /// The rule that was broken, as a sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// The fault's name, as in the source.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

faults! {
    // The order and the shape of messages.
    UnexpectedMessage, unexpected_message, "RFC 5246 section 7.4", "the peer sent a handshake message that is not allowed at this point";
    UnexpectedChangeCipherSpec, unexpected_message, "RFC 5246 section 7.1", "the peer changed its cipher before the keys were agreed on";
    Malformed, decode_error, "RFC 5246 section 7.2.2", "a handshake message could not be decoded";
    DuplicateExtension, illegal_parameter, "RFC 8446 section 4.2", "a block of extensions holds one of them twice";
    TranscriptTooLong, handshake_failure, "RFC 5246 section 7.4.8", "the handshake messages that a client certificate has to sign exceed the limit";
    HelloRequestFlood, unexpected_message, "RFC 5246 section 7.4.1.1", "the server repeated HelloRequest during the handshake";

    // What the hellos agree on.
    NoCommonVersion, protocol_version, "RFC 5246 appendix E.1", "the two sides share no protocol version";
    VersionNotOffered, protocol_version, "RFC 5246 section 7.4.1.3", "the server chose a protocol version that was not offered";
    SelectedVersionNotOffered, illegal_parameter, "RFC 8446 section 4.2.1", "the server's supported_versions selects a version that was not offered, or one that is not selected that way";
    InappropriateFallback, inappropriate_fallback, "RFC 7507 section 3", "the client fell back to an older version than both sides speak";
    DowngradeDetected, illegal_parameter, "RFC 8446 section 4.1.3", "the server's random says that somebody lowered the version";
    NoCommonSuite, handshake_failure, "RFC 5246 section 7.4.1.3", "the two sides share no cipher suite that the credentials allow";
    SuiteNotOffered, illegal_parameter, "RFC 5246 section 7.4.1.3", "the server chose a cipher suite that was not offered";
    NoNullCompression, illegal_parameter, "RFC 5246 section 7.4.1.2", "the client does not offer the null compression method";
    CompressionChosen, illegal_parameter, "RFC 5246 section 7.4.1.3", "the server chose a compression method that was not offered";
    NoCommonGroup, handshake_failure, "RFC 8422 section 5.1", "the two sides share no group for the key exchange";
    NoUncompressedPoints, illegal_parameter, "RFC 8422 section 5.1.2", "the peer lists point formats without the uncompressed one";
    NoCommonScheme, handshake_failure, "RFC 5246 section 7.4.1.4.1", "the peer accepts no signature scheme that our key can make";
    NoCredential, handshake_failure, "RFC 5246 section 7.4.2", "no certificate is configured for this name and these algorithms";
    UnknownName, unrecognized_name, "RFC 6066 section 3", "the server name is not served here";
    ExtensionNotOffered, unsupported_extension, "RFC 5246 section 7.4.1.4", "the server answered an extension that was not offered";
    RenegotiationInfoNotEmpty, handshake_failure, "RFC 5746 section 3.4", "the renegotiation_info of an initial handshake is not empty";
    NoSecureRenegotiation, handshake_failure, "RFC 5746 section 4.1", "the server does not protect its renegotiations";
    NoApplicationProtocol, no_application_protocol, "RFC 7301 section 3.2", "the two sides share no application protocol";
    ProtocolNotOffered, illegal_parameter, "RFC 7301 section 3.2", "the server chose an application protocol that was not offered";
    EncryptThenMacWithoutCbc, illegal_parameter, "RFC 7366 section 3", "the server answered encrypt_then_mac and chose a suite that has no use for it";
    UnknownFragmentLength, illegal_parameter, "RFC 6066 section 4", "the client asks for a fragment length that is not defined";
    FragmentLengthNotOffered, illegal_parameter, "RFC 6066 section 4", "the server answered another fragment length than was offered";
    TwoRecordLimits, illegal_parameter, "RFC 8449 section 5", "the server answered both max_fragment_length and record_size_limit";
    RecordSizeLimitTooSmall, illegal_parameter, "RFC 8449 section 4", "the peer's record_size_limit is below 64 bytes";

    // Resumption.
    ResumedVersionChanged, illegal_parameter, "RFC 5246 section 7.4.1.3", "the server resumed a session under another version";
    ResumedSuiteChanged, illegal_parameter, "RFC 5246 section 7.4.1.3", "the server resumed a session under another cipher suite";
    ResumedWithoutExtendedMasterSecret, handshake_failure, "RFC 7627 section 5.3", "a session was resumed whose extended_master_secret does not match the hellos";

    // Authentication.
    EmptyCertificate, decode_error, "RFC 5246 section 7.4.2", "the server sent no certificate";
    ChainTooLong, bad_certificate, "RFC 5246 section 7.4.2", "the certificate chain exceeds the limit";
    CertificateRequired, handshake_failure, "RFC 5246 section 7.4.6", "a client certificate is required and none was sent";
    IdentityRefused, bad_certificate, "RFC 5246 section 7.4.2", "the peer's certificate was refused";
    KeyTooLong, unsupported_certificate, "RFC 5246 section 7.4.2", "the RSA key of the peer's certificate is longer than the limit";
    KeyDoesNotFitSuite, illegal_parameter, "RFC 5246 section 7.4.2", "the certificate's key cannot authenticate the chosen cipher suite";
    CurveNotOffered, illegal_parameter, "RFC 8422 section 5.3", "the key of the server's certificate is on a curve that was not offered";
    SchemeNotOffered, illegal_parameter, "RFC 5246 section 7.4.3", "the peer signed with a scheme that was not offered";
    SchemeDoesNotFitKey, illegal_parameter, "RFC 5246 section 7.4.3", "the peer signed with a scheme that does not belong to its certificate's key";
    BadSignature, decrypt_error, "RFC 5246 section 7.4.8", "the peer's signature is not valid: it does not hold the certificate's key, or the handshake was altered";
    BadFinished, decrypt_error, "RFC 5246 section 7.4.9", "the peer's Finished does not match: the two sides saw different handshakes or hold different keys";

    // The key exchange.
    GroupNotOffered, illegal_parameter, "RFC 8422 section 5.4", "the server chose a group that was not offered";
    NoCommonDhGroup, insufficient_security, "RFC 7919 section 4", "the two sides share no finite field for the key exchange";
    UnknownDhGroup, insufficient_security, "RFC 7919 section 3.1", "the server's finite field is none of those that are known and strong enough";
    BadDhPublicValue, handshake_failure, "RFC 7919 section 5.1", "the peer's public value is not valid in its finite field";
    BadKeyShare, illegal_parameter, "RFC 8422 section 5.11", "the peer's ephemeral public key is not valid in its group";

    // TLS 1.3: the hellos.
    WrongLegacyVersion, illegal_parameter, "RFC 8446 section 4.1.3", "a hello of TLS 1.3 has another legacy_version than that of TLS 1.2";
    SessionIdNotEchoed, illegal_parameter, "RFC 8446 section 4.1.3", "the server does not repeat our legacy_session_id";
    SessionIdOfNoSession, illegal_parameter, "RFC 8446 appendix D.4", "the server of TLS 1.2 repeats an ID that belongs to no session";
    CompressionOffered, illegal_parameter, "RFC 8446 section 4.1.2", "the client of TLS 1.3 offers compression";
    ExtensionMisplaced, illegal_parameter, "RFC 8446 section 4.2", "an extension stands in a message where it must not";
    MissingExtension, missing_extension, "RFC 8446 section 9.2", "the peer left out an extension that TLS 1.3 cannot do without";
    BadKeyShares, illegal_parameter, "RFC 8446 section 4.2.8", "the client's key shares do not match its groups";
    KeyShareNotOffered, illegal_parameter, "RFC 8446 section 4.2.8", "the server's key share is for a group that we have sent none for";
    RetryWithoutChange, illegal_parameter, "RFC 8446 section 4.1.4", "HelloRetryRequest asks for nothing that would change the ClientHello";
    RetryGroupNotOffered, illegal_parameter, "RFC 8446 section 4.2.8", "HelloRetryRequest names a group that was not offered, or whose share was sent";
    RetrySuiteChanged, illegal_parameter, "RFC 8446 section 4.1.4", "the server chose another cipher suite than in its HelloRetryRequest";
    RetryVersionChanged, illegal_parameter, "RFC 8446 section 4.1.4", "the server chose another version than in its HelloRetryRequest";
    SecondHelloChanged, illegal_parameter, "RFC 8446 section 4.1.2", "the second ClientHello differs from the first in more than it was asked for";
    BadCookie, illegal_parameter, "RFC 8446 section 4.2.2", "the cookie is none of ours, or too old";

    // TLS 1.3: pre-shared keys and early data.
    PskNotLast, illegal_parameter, "RFC 8446 section 4.2.11", "pre_shared_key is not the last extension of the ClientHello";
    BadPskCount, illegal_parameter, "RFC 8446 section 4.2.11", "the client sent another number of binders than of identities";
    PskOfOtherRole, illegal_parameter, "RFC 9257 section 4", "an external pre-shared key is used in both roles on this side, so the peer may be nobody but this side itself";
    BadBinder, decrypt_error, "RFC 8446 section 4.2.11.2", "the binder does not match: the client does not know the pre-shared key, or its ClientHello was altered";
    PskNotOffered, illegal_parameter, "RFC 8446 section 4.2.11", "the server chose a pre-shared key that was not offered, or one for another hash function";
    PskAloneNotOffered, illegal_parameter, "RFC 8446 section 4.2.9", "the server wants to use the pre-shared key in a way that was not offered";
    EarlyDataMisplaced, illegal_parameter, "RFC 8446 section 4.2.10", "the server accepted early data though it did not choose its key";
    EarlyDataChanged, illegal_parameter, "RFC 8446 section 4.2.10", "the server accepted early data that was sent under another suite or in another application protocol than it chose";
    EarlyDataDowngraded, protocol_version, "RFC 8446 appendix D.3", "the server chose an older version after early data was sent";
    BadTicketFlags, illegal_parameter, "RFC 8446 section 6.2", "the flags of a ticket end with a byte in which no flag is set";
    BadTicket, illegal_parameter, "RFC 8446 section 4.6.1", "a ticket has a lifetime of more than seven days";

    // TLS 1.3: authentication.
    NoClientCertificate, certificate_required, "RFC 8446 section 4.4.2.4", "a client certificate is required and none was sent";
    AuthenticationNotOffered, internal_error, "RFC 8446 section 4.2.6", "the client has not offered to authenticate itself after the handshake";
    WrongCertificateContext, illegal_parameter, "RFC 8446 section 4.4.2", "a certificate answers another request than the one that was made";
    CompressionNotOffered, illegal_parameter, "RFC 8879 section 4", "the certificate is compressed in a way that was not offered";
    BadCompressedCertificate, bad_certificate, "RFC 8879 section 4", "the compressed certificate cannot be decompressed";

    // On our own side.
    RandomFailed, internal_error, "RFC 5246 appendix D.1", "the random number generator failed";
    SigningFailed, internal_error, "RFC 5246 section 7.4.3", "the private key could not sign";
    CryptoFailed, internal_error, "RFC 5246 section 7.2.2", "a cryptographic operation failed on this side";
    EncodingFailed, internal_error, "RFC 5246 section 4.3", "a message would exceed what its length fields can say";
    QuestionFailed, internal_error, "RFC 5246 section 7.2.2", "a question of the handshake was answered with a failure";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_cites_its_section_and_ends_without_a_full_stop() {
        for fault in Fault::ALL {
            let section = fault.section();
            assert!(section.starts_with("RFC "), "{fault:?}: {section}");
            assert!(
                section.contains(" section ") || section.contains(" appendix "),
                "{fault:?}"
            );
            assert!(!fault.sentence().ends_with('.'), "{fault:?}");
        }
    }

    #[test]
    fn faults_of_our_own_side_are_internal_errors() {
        for fault in [
            Fault::RandomFailed,
            Fault::SigningFailed,
            Fault::CryptoFailed,
        ] {
            assert_eq!(fault.alert(), AlertDescription::internal_error);
        }
    }
}
