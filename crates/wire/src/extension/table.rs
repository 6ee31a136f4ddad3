//! [`extensions!`]: the extensions that one message may carry, as a table (RFC 8446 section 4.2).

/// Declares the extensions of one message as an enum, and so how they decode and encode.
///
/// A row is the registered name, the variant, and what the body is, in the notation of
/// [`wire_struct!`](crate::codec::wire_struct); a variant without a body stands for an empty extension.
/// Every row also gives [`Extensions`](crate::Extensions) an accessor of the registered name.
///
/// ```text
/// extensions! {
///     /// What HelloRetryRequest may carry (RFC 8446 section 4.1.4).
///     pub enum HelloRetryRequestExtension<'a> {
///         /// A cookie to be sent back.
///         cookie => Cookie(&'a [u8] [1..=0xffff]),
///     }
/// }
/// ```
///
/// expands to
///
/// ```text
/// #[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// #[non_exhaustive]
/// pub enum HelloRetryRequestExtension<'a> {
///     /// A cookie to be sent back.
///     Cookie(&'a [u8]),
///     /// An extension of another type.
///     Unknown { extension_type: ExtensionType, body: &'a [u8] },
/// }
///
/// impl<'a> Extension<'a> for HelloRetryRequestExtension<'a> {
///     fn validate(extension_type: ExtensionType, body: &'a [u8]) -> Result<(), DecodeError> {
///         match extension_type {
///             ExtensionType::cookie => whole(<&'a [u8]>::parse_vector::<1, 0xffff>(body), ..),
///             _ => Ok(()),
///         }
///     }
///     fn from_valid(extension_type: ExtensionType, body: &'a [u8]) -> Self {
///         match extension_type {
///             ExtensionType::cookie => Self::Cookie(<&'a [u8]>::reparse_vector::<0xffff>(body)..),
///             _ => Self::Unknown { extension_type, body },
///         }
///     }
///     fn extension_type(&self) -> ExtensionType { .. }
/// }
/// // and Decode, Encode
///
/// impl<'a> Extensions<'a, HelloRetryRequestExtension<'a>> {
///     /// The `cookie` extension, if there is one.
///     pub fn cookie(&self) -> Option<&'a [u8]> { .. }
/// }
/// ```
macro_rules! extensions {
    (
        $(#[$meta:meta])*
        pub enum $name:ident<$lifetime:lifetime> {
            $( $(#[$row:meta])* $point:ident => $variant:ident $(($ty:ty $([$($bounds:tt)*])?))? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name<$lifetime> {
            $( $(#[$row])* $variant $(($ty))?, )*
            /// An extension of another type, as it is.
            Unknown {
                /// Its type.
                extension_type: $crate::ExtensionType,
                /// Its body.
                body: &$lifetime [u8],
            },
        }

        impl<$lifetime> $crate::Extension<$lifetime> for $name<$lifetime> {
            #[inline]
            fn validate(
                extension_type: $crate::ExtensionType,
                body: &$lifetime [u8],
            ) -> Result<(), $crate::DecodeError> {
                match extension_type {
                    $( $crate::ExtensionType::$point => $crate::extension::table::whole(
                        $crate::extension::table::extension_body!(@parse body $(, $ty $([$($bounds)*])?)?),
                        const { &$crate::Place::new(stringify!($name), stringify!($point)) },
                    ), )*
                    _ => Ok(()),
                }
            }

            // Inlined so that a caller's `match` on the variant and this one can be one.
            #[inline(always)]
            fn from_valid(extension_type: $crate::ExtensionType, body: &$lifetime [u8]) -> Self {
                match extension_type {
                    $( $crate::ExtensionType::$point =>
                        $crate::extension::table::extension_body!(
                            @valid body, extension_type, Self::$variant $(, $ty $([$($bounds)*])?)?
                        ), )*
                    _ => Self::Unknown { extension_type, body },
                }
            }

            #[inline]
            fn extension_type(&self) -> $crate::ExtensionType {
                match self {
                    $( Self::$variant { .. } => $crate::ExtensionType::$point, )*
                    Self::Unknown { extension_type, .. } => *extension_type,
                }
            }
        }

        impl<$lifetime> $crate::Decode<$lifetime> for $name<$lifetime> {
            const NAME: &'static str = stringify!($name);

            #[inline]
            fn parse(input: &$lifetime [u8]) -> $crate::Parsed<$lifetime, Self> {
                let (rest, raw) = $crate::extension::block::RawExtension::parse(input)?;
                <Self as $crate::Extension<'_>>::validate(raw.extension_type, raw.body).map_err(nom::Err::Error)?;
                Ok((rest, <Self as $crate::Extension<'_>>::from_valid(raw.extension_type, raw.body)))
            }
        }

        impl<$lifetime> $crate::Encode for $name<$lifetime> {
            fn encode(&self, out: &mut $crate::Writer) {
                let extension_type = $crate::Extension::extension_type(self);
                $crate::Encode::encode(&extension_type, out);
                let place = const { &$crate::Place::new(stringify!($name), "extension_data") };
                out.vector::<0, 0xffff>(place, |out| match self {
                    $( $crate::extension::table::extension_body!(@pattern body, Self::$variant $(, $ty)?) =>
                        $crate::extension::table::extension_body!(@encode body, place, out $(, $ty $([$($bounds)*])?)?), )*
                    Self::Unknown { body, .. } => out.put_slice(body),
                });
            }
        }

        impl<$lifetime> $crate::Extensions<$lifetime, $name<$lifetime>> {
            $( $crate::extension::table::extension_accessor!($name $point $variant $($ty)?); )*
        }
    };
}

/// The body of one extension of [`extensions!`], if it has one.
macro_rules! extension_body {
    (@parse $body:ident) => { <() as $crate::Decode<'_>>::parse($body) };
    (@parse $body:ident, $($field:tt)+) => { $crate::codec::wire_field!(@parse $body, $($field)+) };
    (@valid $body:ident, $extension_type:ident, $variant:expr) => { $variant };
    (@valid $body:ident, $extension_type:ident, $variant:expr, $ty:ty) => {
        match <$ty as $crate::Decode<'_>>::reparse($body) {
            Ok((_, value)) => $variant(value),
            Err(_) => Self::Unknown { extension_type: $extension_type, body: $body },
        }
    };
    (@valid $body:ident, $extension_type:ident, $variant:expr, $ty:ty [..]) => {
        $variant(<$ty as $crate::Vector<'_>>::from_valid($body))
    };
    (@valid $body:ident, $extension_type:ident, $variant:expr, $ty:ty [$min:literal ..= $max:literal]) => {
        $variant(<$ty as $crate::Vector<'_>>::from_valid($crate::codec::behind_length::<$max>($body)))
    };
    (@pattern $body:ident, $variant:path) => { $variant };
    (@pattern $body:ident, $variant:path, $ty:ty) => { $variant($body) };
    (@encode $body:ident, $place:ident, $out:ident) => { {} };
    (@encode $body:ident, $place:ident, $out:ident, $($field:tt)+) => {
        $crate::codec::wire_field!(@encode *$body, $place, $out, $($field)+)
    };
}

/// The accessor of one extension of [`extensions!`].
macro_rules! extension_accessor {
    ($name:ident $point:ident $variant:ident) => {
        #[doc = concat!("Whether the empty extension `", stringify!($point), "` is there.")]
        #[must_use]
        pub fn $point(&self) -> bool {
            self.contains($crate::ExtensionType::$point)
        }
    };
    ($name:ident $point:ident $variant:ident $ty:ty) => {
        #[doc = concat!("The body of the extension `", stringify!($point), "`, if it is there.")]
        #[must_use]
        pub fn $point(&self) -> Option<$ty> {
            match self.find($crate::ExtensionType::$point) {
                Some($name::$variant(body)) => Some(body),
                _ => None,
            }
        }
    };
}

pub(crate) use {extension_accessor, extension_body, extensions};

use crate::codec::{DecodeError, DecodeErrorKind, Parsed, Place, unwrap_nom};

/// Whether something was parsed and nothing is left over.
#[inline]
pub(crate) fn whole<T>(parsed: Parsed<'_, T>, place: &'static Place) -> Result<(), DecodeError> {
    match parsed {
        Ok(([], _)) => Ok(()),
        Ok(_) => Err(DecodeError::new(DecodeErrorKind::Trailing).at(place)),
        Err(error) => Err(unwrap_nom(error).at(place)),
    }
}
