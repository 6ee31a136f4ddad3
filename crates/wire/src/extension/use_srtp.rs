//! Profiles of SRTP (RFC 5764 section 4.1.1).

use crate::code_point::SrtpProtectionProfile;
use crate::codec::{List, wire_struct};

wire_struct! {
    /// The offered or chosen profiles of SRTP (`UseSRTPData` of RFC 5764 section 4.1.1).
    pub struct UseSrtp<'a> {
        /// The profiles, best first.
        pub profiles: List<'a, SrtpProtectionProfile> [2..=0xffff],
        /// The master key identifier.
        pub srtp_mki: &'a [u8] [0..=0xff],
    }
}
