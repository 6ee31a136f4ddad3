//! [`wire_struct!`]: a structure of the presentation language (RFC 8446 section 3), declared once.

/// Declares a structure with its wire form, and so its [`Decode`](crate::Decode) and
/// [`Encode`](crate::Encode).
///
/// Fields come in their order on the wire. A field without brackets has a fixed form of its own; brackets
/// make it a vector:
///
/// | written | RFC | meaning |
/// |---|---|---|
/// | `random: Random` | `Random random` | the type's own form |
/// | `session_id: &'a [u8] [0..=32]` | `opaque session_id<0..32>` | length, then bytes |
/// | `cipher_suites: List<'a, CipherSuite> [2..=0xfffe]` | `CipherSuite cipher_suites<2..2^16-2>` | length, then elements |
/// | `extensions: Option<Extensions<'a, E>> [0..=0xffff]` | `select (extensions_present) ...` | may be missing at the end |
/// | `verify_data: &'a [u8] [..]` | `opaque verify_data[verify_data_length]` | all that is left |
///
/// The upper bound decides the width of the length field, as in the RFC; both bounds are enforced in both
/// directions.
///
/// ```text
/// wire_struct! {
///     /// One share (RFC 8446 section 4.2.8).
///     pub struct KeyShareEntry<'a> {
///         /// The group of the share.
///         pub group: NamedGroup,
///         /// The share.
///         pub key_exchange: &'a [u8] [1..=0xffff],
///     }
/// }
/// ```
///
/// expands to
///
/// ```text
/// /// One share (RFC 8446 section 4.2.8).
/// #[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// pub struct KeyShareEntry<'a> {
///     /// The group of the share.
///     pub group: NamedGroup,
///     /// The share.
///     pub key_exchange: &'a [u8],
/// }
///
/// impl<'a> Decode<'a> for KeyShareEntry<'a> {
///     const NAME: &'static str = "KeyShareEntry";
///
///     fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
///         let (input, group) = located(NamedGroup::parse(input), &Place::new("KeyShareEntry", "group"))?;
///         let (input, key_exchange) = located(
///             <&'a [u8]>::parse_vector::<1, 0xffff>(input),
///             &Place::new("KeyShareEntry", "key_exchange"),
///         )?;
///         Ok((input, Self { group, key_exchange }))
///     }
///
///     fn reparse(input: &'a [u8]) -> Parsed<'a, Self> {
///         let (input, group) = NamedGroup::reparse(input)?;
///         let (input, key_exchange) = <&'a [u8]>::reparse_vector::<0xffff>(input)?;
///         Ok((input, Self { group, key_exchange }))
///     }
/// }
///
/// impl Encode for KeyShareEntry<'_> {
///     fn encode(&self, out: &mut Writer) {
///         self.group.encode(out);
///         self.key_exchange.encode_vector::<1, 0xffff>(&Place::new("KeyShareEntry", "key_exchange"), out);
///     }
/// }
/// ```
macro_rules! wire_struct {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(<$lifetime:lifetime>)? {
            $( $(#[$field_meta:meta])* pub $field:ident : $ty:ty $([$($bounds:tt)*])? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name $(<$lifetime>)? {
            $( $(#[$field_meta])* pub $field: $ty, )*
        }

        $crate::codec::wire_struct!(@decode $name [$($lifetime)?] $( $field : $ty $([$($bounds)*])? ),*);

        impl $(<$lifetime>)? $crate::Encode for $name $(<$lifetime>)? {
            #[allow(unused_variables, reason = "a structure without fields writes nothing")]
            fn encode(&self, out: &mut $crate::Writer) {
                $( $crate::codec::wire_field!(
                    @encode self.$field, const { &$crate::Place::new(stringify!($name), stringify!($field)) }, out,
                    $ty $([$($bounds)*])?
                ); )*
            }
        }
    };
    (@decode $name:ident [] $($fields:tt)*) => {
        impl<'a> $crate::Decode<'a> for $name {
            $crate::codec::wire_struct!(@parse 'a $name $($fields)*);
        }
    };
    (@decode $name:ident [$lifetime:lifetime] $($fields:tt)*) => {
        impl<$lifetime> $crate::Decode<$lifetime> for $name<$lifetime> {
            $crate::codec::wire_struct!(@parse $lifetime $name $($fields)*);
        }
    };
    (@parse $lifetime:lifetime $name:ident $( $field:ident : $ty:ty $([$($bounds:tt)*])? ),*) => {
        const NAME: &'static str = stringify!($name);

        #[inline]
        fn parse(input: &$lifetime [u8]) -> $crate::Parsed<$lifetime, Self> {
            $( let (input, $field) = $crate::codec::located(
                $crate::codec::wire_field!(@parse input, $ty $([$($bounds)*])?),
                const { &$crate::Place::new(stringify!($name), stringify!($field)) },
            )?; )*
            Ok((input, Self { $($field),* }))
        }

        #[inline]
        fn reparse(input: &$lifetime [u8]) -> $crate::Parsed<$lifetime, Self> {
            $( let (input, $field) = $crate::codec::wire_field!(@reparse input, $ty $([$($bounds)*])?)?; )*
            Ok((input, Self { $($field),* }))
        }
    };
}

/// One field of [`wire_struct!`], or the body of one extension, in one direction.
macro_rules! wire_field {
    (@parse $input:expr, $ty:ty) => {
        <$ty as $crate::Decode<'_>>::parse($input)
    };
    (@parse $input:expr, $ty:ty [..]) => {
        $crate::codec::parse_rest::<$ty>($input)
    };
    (@parse $input:expr, $ty:ty [$min:literal ..= $max:literal]) => {
        <$ty as $crate::Vector<'_>>::parse_vector::<$min, $max>($input)
    };
    (@reparse $input:expr, $ty:ty) => {
        <$ty as $crate::Decode<'_>>::reparse($input)
    };
    (@reparse $input:expr, $ty:ty [..]) => {
        $crate::codec::reparse_rest::<$ty>($input)
    };
    (@reparse $input:expr, $ty:ty [$min:literal ..= $max:literal]) => {
        <$ty as $crate::Vector<'_>>::reparse_vector::<$max>($input)
    };
    (@encode $value:expr, $place:expr, $out:expr, $ty:ty) => {
        $crate::Encode::encode(&$value, $out)
    };
    (@encode $value:expr, $place:expr, $out:expr, $ty:ty [..]) => {
        $crate::Vector::encode_content(&$value, $place, $out)
    };
    (@encode $value:expr, $place:expr, $out:expr, $ty:ty [$min:literal ..= $max:literal]) => {
        $crate::Vector::encode_vector::<$min, $max>(&$value, $place, $out)
    };
}

pub(crate) use {wire_field, wire_struct};
