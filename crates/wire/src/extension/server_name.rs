//! The names that a client takes the server for (RFC 6066 section 3).

use crate::code_point::NameType;
use crate::codec::{
    Decode, DecodeErrorKind, Encode, EncodeError, EncodeErrorKind, List, Parsed, Place,
    Vector as _, Writer, located, refuse,
};

/// A name of the server (RFC 6066 section 3).
///
/// The name of an unknown type is kept as it is: RFC 6066 obliges future types to begin with a length of
/// two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerName<'a> {
    /// What kind of name it is.
    pub name_type: NameType,
    /// The name; of a host, its DNS name in ASCII without a trailing dot.
    pub name: &'a [u8],
}

impl ServerName<'_> {
    const NAME_PLACE: &'static Place = &Place::new("ServerName", "name");

    /// Only a `HostName<1..2^16-1>` is known not to be empty.
    fn is_too_short(&self) -> bool {
        self.name_type == NameType::host_name && self.name.is_empty()
    }
}

impl<'a> Decode<'a> for ServerName<'a> {
    const NAME: &'static str = "ServerName";

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, name_type) = located(
            NameType::parse(input),
            const { &Place::new("ServerName", "name_type") },
        )?;
        let (input, name) = located(<&[u8]>::parse_vector::<0, 0xffff>(input), Self::NAME_PLACE)?;
        let server_name = Self { name_type, name };
        if server_name.is_too_short() {
            return located(refuse(DecodeErrorKind::Length), Self::NAME_PLACE);
        }
        Ok((input, server_name))
    }
}

impl Encode for ServerName<'_> {
    fn encode(&self, out: &mut Writer) {
        if self.is_too_short() {
            out.fail(EncodeError::new(Self::NAME_PLACE, EncodeErrorKind::Length));
        }
        self.name_type.encode(out);
        self.name.encode_vector::<0, 0xffff>(Self::NAME_PLACE, out);
    }
}

impl<'a> List<'a, ServerName<'a>> {
    /// The host name, if one is among the names.
    ///
    /// ```
    /// use premaster_wire::{List, NameType, ServerName};
    ///
    /// let names = [ServerName { name_type: NameType::host_name, name: b"example.org" }];
    /// assert_eq!(List::from(&names).host_name(), Some(&b"example.org"[..]));
    /// ```
    #[must_use]
    pub fn host_name(&self) -> Option<&'a [u8]> {
        self.iter()
            .find(|name| name.name_type == NameType::host_name)
            .map(|name| name.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6066 section 3: a name of another type is no host name.
    #[test]
    fn the_host_name_is_the_first_of_its_type() {
        let name = |name_type, name| ServerName { name_type, name };
        let names = [
            name(NameType(7), &b"other"[..]),
            name(NameType::host_name, b"host"),
            name(NameType::host_name, b"again"),
        ];
        assert_eq!(List::from(&names).host_name(), Some(&b"host"[..]));
        assert_eq!(List::from(&names[..1]).host_name(), None);
    }
}
