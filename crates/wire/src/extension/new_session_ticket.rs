//! The extensions of the NewSessionTicket of TLS 1.3 (RFC 8446 section 4.6.1).

use super::extensions;

extensions! {
    /// What the NewSessionTicket of TLS 1.3 may carry (RFC 8446 section 4.6.1).
    pub enum NewSessionTicketExtension<'a> {
        /// How many bytes of early data the ticket allows (`max_early_data_size`, RFC 8446 section 4.2.10).
        early_data => EarlyData(u32),
    }
}
