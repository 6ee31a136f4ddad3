//! ServerHelloDone (RFC 5246 section 7.4.5).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The server has said all that it says before the client's key exchange (RFC 5246 section 7.4.5).
    #[derive(Default)]
    pub struct ServerHelloDone {}
}

handshake_types! { ServerHelloDone => server_hello_done }
