//! Code points: the numbers that IANA keeps for TLS, with their names.
//!
//! Every code point is an open newtype over its number: a value without a name is a value like any other,
//! it compares, prints as a number and encodes to the bytes it came from.

mod alert;
mod certificate;
mod cipher_suite;
mod content_type;
mod extension_messages;
mod extension_type;
mod handshake_type;
mod named_group;
mod other;
mod protocol_version;
mod signature_scheme;

pub use alert::{AlertDescription, AlertLevel};
pub use certificate::{
    CertificateCompressionAlgorithm, CertificateStatusType, CertificateType, ClientCertificateType,
};
pub use cipher_suite::CipherSuite;
pub use content_type::ContentType;
pub use extension_type::ExtensionType;
pub use handshake_type::HandshakeType;
pub use named_group::{EcCurveType, EcPointFormat, NamedGroup};
pub use other::{
    CompressionMethod, HeartbeatMode, KeyUpdateRequest, MaxFragmentLength, NameType,
    PskKeyExchangeMode, SrtpProtectionProfile,
};
pub use protocol_version::ProtocolVersion;
pub use signature_scheme::{HashAlgorithm, SignatureAlgorithm, SignatureScheme};

/// Declares the code points of one registry: an open newtype with a constant for every registered value.
///
/// A row is `name = number`, followed by the printed name where that is not the constant's own, and by the
/// document that registers it. Two rows with one number do not compile.
///
/// ```text
/// code_points! {
///     /// The level of an alert (RFC 8446 section 6).
///     pub struct AlertLevel(u8);
///     warning = 1, "RFC 8446";
///     fatal = 2, "RFC 8446";
/// }
/// ```
///
/// expands to
///
/// ```text
/// /// The level of an alert (RFC 8446 section 6).
/// #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
/// pub struct AlertLevel(pub u8);
///
/// impl AlertLevel {
///     /// `warning` = 1 (RFC 8446).
///     pub const warning: Self = Self(1);
///     /// `fatal` = 2 (RFC 8446).
///     pub const fatal: Self = Self(2);
///
///     pub const ALL: &'static [Self] = &[Self(1), Self(2)];
///
///     pub const fn name(self) -> Option<&'static str> {
///         match self.0 {
///             1 => Some("warning"),
///             2 => Some("fatal"),
///             _ => None,
///         }
///     }
///     pub fn from_name(name: &str) -> Option<Self> { .. }
/// }
/// // and Debug, Display, Decode, Encode, From in both directions
/// ```
macro_rules! code_points {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($repr:ident);
        $( $point:ident = $value:literal $(as $text:literal)?, $source:literal; )*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $repr);

        #[allow(non_upper_case_globals, reason = "the registry's own spelling")]
        impl $name {
            $(
                #[doc = concat!("`", stringify!($point), "` = ", stringify!($value), " (", $source, ").")]
                pub const $point: Self = Self($value);
            )*

            /// Every registered value, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self($value)),*];

            /// The registered name, if there is one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($crate::code_point::code_points!(@text $point $($text)?)), )*
                    _ => None,
                }
            }

            /// The value with this registered name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|point| point.name() == Some(name))
            }
        }

        /// The name, or the number as `0x1234`.
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => {
                        f.write_str("0x")?;
                        self.0.to_be_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
                    }
                }
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl From<$repr> for $name {
            fn from(value: $repr) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $repr {
            fn from(point: $name) -> Self {
                point.0
            }
        }

        impl<'a> $crate::Decode<'a> for $name {
            const NAME: &'static str = stringify!($name);
            const SIZE: Option<usize> = Some(size_of::<$repr>());

            #[inline]
            fn parse(input: &'a [u8]) -> $crate::Parsed<'a, Self> {
                let (rest, value) = <$repr as $crate::Decode<'a>>::parse(input)?;
                Ok((rest, Self(value)))
            }
        }

        impl $crate::Encode for $name {
            #[inline]
            fn encode(&self, out: &mut $crate::Writer) {
                self.0.encode(out);
            }
        }
    };
    (@text $point:ident) => { stringify!($point) };
    (@text $point:ident $text:literal) => { $text };
}

/// Marks registries that reserve the sixteen values `0x0a0a`, `0x1a1a` .. `0xfafa` (RFC 8701 section 2).
macro_rules! reserves_grease {
    ($($name:ident),*) => { $(
        impl $name {
            /// The values that are reserved to be ignored (RFC 8701 section 2).
            pub const GREASE: [Self; 16] = [
                Self(0x0a0a), Self(0x1a1a), Self(0x2a2a), Self(0x3a3a),
                Self(0x4a4a), Self(0x5a5a), Self(0x6a6a), Self(0x7a7a),
                Self(0x8a8a), Self(0x9a9a), Self(0xaaaa), Self(0xbaba),
                Self(0xcaca), Self(0xdada), Self(0xeaea), Self(0xfafa),
            ];

            /// Whether this is one of the values that are reserved to be ignored (RFC 8701 section 2).
            #[must_use]
            pub const fn is_grease(self) -> bool {
                let [high, low] = self.0.to_be_bytes();
                high == low && low & 0x0f == 0x0a
            }

            /// The one of [`GREASE`](Self::GREASE) that the upper four bits of `pick` choose.
            ///
            /// A client picks at random (RFC 8701 section 5); two extensions, or two groups, of one hello need
            /// different values.
            #[must_use]
            pub const fn grease(pick: u8) -> Self {
                let byte = pick & 0xf0 | 0x0a;
                Self(u16::from_be_bytes([byte, byte]))
            }
        }
    )* };
}

reserves_grease!(
    CipherSuite,
    NamedGroup,
    ExtensionType,
    ProtocolVersion,
    SignatureScheme
);

pub(crate) use code_points;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::{Decode, Encode};

    #[test]
    fn a_registered_value_prints_its_name_and_any_other_its_number() {
        assert_eq!(NamedGroup::x25519.to_string(), "x25519");
        assert_eq!(NamedGroup(0x1234).to_string(), "0x1234");
        assert_eq!(ContentType(7).to_string(), "0x07");
        assert_eq!(ProtocolVersion::TLSv1_2.to_string(), "TLS 1.2");
    }

    #[test]
    fn every_name_leads_back_to_its_value() {
        // Each is a search through the table; under Miri some will do.
        let step = if cfg!(miri) { 16 } else { 1 };
        for suite in CipherSuite::ALL.iter().step_by(step) {
            assert_eq!(CipherSuite::from_name(suite.name().unwrap()), Some(*suite));
        }
        for group in NamedGroup::ALL {
            assert_eq!(NamedGroup::from_name(group.name().unwrap()), Some(*group));
        }
        assert_eq!(CipherSuite::from_name("TLS_NO_SUCH_SUITE"), None);
    }

    #[test]
    fn an_unknown_value_survives() {
        let group = NamedGroup::decode(&[0x12, 0x34]).unwrap();
        assert_eq!(group.name(), None);
        assert_eq!(group.to_vec().unwrap(), [0x12, 0x34]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "65536 values and nothing but comparisons: too slow")]
    fn sixteen_values_are_grease() {
        let count = (0..=u16::MAX)
            .filter(|value| ExtensionType(*value).is_grease())
            .count();
        assert_eq!(count, 16);
        assert!(CipherSuite(0x0a0a).is_grease() && NamedGroup(0xfafa).is_grease());
        assert!(!CipherSuite(0x0a1a).is_grease());
    }

    /// RFC 8701 section 2: each registry's list.
    #[test]
    fn every_grease_value_can_be_picked() {
        let picked = |pick: u8| NamedGroup::grease(pick);
        for (index, value) in NamedGroup::GREASE.into_iter().enumerate() {
            assert!(value.is_grease() && value.name().is_none());
            assert!((0..16).all(|low| picked(index as u8 * 16 + low) == value));
        }
        assert_eq!(ExtensionType::grease(0xff), ExtensionType(0xfafa));
        let modes = (0..=u8::MAX).map(PskKeyExchangeMode);
        let modes: alloc::vec::Vec<_> = modes.filter(|mode| mode.is_grease()).collect();
        assert_eq!(modes, PskKeyExchangeMode::GREASE);
        assert!(modes.iter().all(|mode| mode.0 % 0x1f == 0x0b));
    }
}
