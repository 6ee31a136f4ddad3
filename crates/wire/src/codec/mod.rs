//! Decode and encode: the traits, the presentation language as macros, lists and errors.

mod decode;
mod encode;
mod error;
mod list;
mod structure;
mod vector;

pub use decode::{Decode, Parsed, Uint24};
pub use encode::{Encode, Writer};
pub use error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, Place};
pub use list::{List, ListIter};
pub use vector::Vector;

pub(crate) use decode::{behind_length, located, opaque, refuse, unwrap_nom};
pub(crate) use structure::{wire_field, wire_struct};
pub(crate) use vector::{parse_rest, reparse_rest};
