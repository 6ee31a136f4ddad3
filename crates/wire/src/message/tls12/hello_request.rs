//! HelloRequest (RFC 5246 section 7.4.1.1).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The server asks for another handshake (RFC 5246 section 7.4.1.1).
    #[derive(Default)]
    pub struct HelloRequest {}
}

handshake_types! { HelloRequest => hello_request }
