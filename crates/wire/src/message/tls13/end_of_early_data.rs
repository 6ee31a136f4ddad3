//! EndOfEarlyData (RFC 8446 section 4.5).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The client's early data ends here (RFC 8446 section 4.5).
    #[derive(Default)]
    pub struct EndOfEarlyData {}
}

handshake_types! { EndOfEarlyData => end_of_early_data }
