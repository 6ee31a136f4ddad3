//! NewSessionTicket of TLS 1.2 (RFC 5077 section 3.3).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// A ticket to resume the session with (RFC 5077 section 3.3).
    pub struct NewSessionTicket<'a> {
        /// How many seconds the ticket will be good; 0 if the server does not say.
        pub ticket_lifetime_hint: u32,
        /// The ticket; empty if the server has changed its mind.
        pub ticket: &'a [u8] [0..=0xffff],
    }
}

handshake_types! { NewSessionTicket<'_> => new_session_ticket }
