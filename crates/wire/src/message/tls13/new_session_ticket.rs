//! NewSessionTicket of TLS 1.3 (RFC 8446 section 4.6.1).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;
use crate::extension::{Extensions, NewSessionTicketExtension};

wire_struct! {
    /// A ticket that names a pre-shared key for a later connection (RFC 8446 section 4.6.1).
    pub struct NewSessionTicket<'a> {
        /// How many seconds the ticket is good, at most seven days.
        pub ticket_lifetime: u32,
        /// What the client adds to the ticket's age in milliseconds, so that nobody can follow it.
        pub ticket_age_add: u32,
        /// Tells the keys of several tickets apart.
        pub ticket_nonce: &'a [u8] [0..=0xff],
        /// The ticket.
        pub ticket: &'a [u8] [1..=0xffff],
        /// Its extensions.
        pub extensions: Extensions<'a, NewSessionTicketExtension<'a>> [0..=0xfffe],
    }
}

handshake_types! { NewSessionTicket<'_> => new_session_ticket }
