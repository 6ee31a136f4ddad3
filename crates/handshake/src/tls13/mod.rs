//! The TLS 1.3 handshake.
//!
//! ```text
//!        Client                                           Server
//!
//!        ClientHello
//!        + key_share*
//!        + psk_key_exchange_modes*
//!        + pre_shared_key*
//!        + early_data*
//!        (Application Data*)     -------->
//!                                                  ServerHello
//!                                                 + key_share*
//!                                            + pre_shared_key*
//!                                        {EncryptedExtensions}
//!                                        {CertificateRequest*}
//!                                               {Certificate*}
//!                                         {CertificateVerify*}
//!                                                   {Finished}
//!                                <--------
//!        (EndOfEarlyData*)
//!        {Certificate*}
//!        {CertificateVerify*}
//!        {Finished}              -------->
//!                                <--------   [NewSessionTicket*]
//!        [Application Data]      <------->    [Application Data]
//! ```
//!
//! RFC 8446 section 2: in parentheses under the keys of early data, in braces under those of the handshake, in brackets
//! under those of application data; a star marks what depends on the hellos.

mod after;
mod authentication;
pub(crate) mod client;
mod keys;
pub(crate) mod server;

pub use self::after::{After, Authentication};
pub(crate) use self::keys::told;

use premaster_crypto::Suite;
use premaster_trace::{EarlyData, EarlyDataReason, ResumedBy};
use premaster_wire::MaxFragmentLength;

use crate::Facts;
use crate::group::Group;
use crate::record_limits::RecordLimits;

/// What the hellos agreed on.
pub(crate) struct Agreed {
    pub(crate) suite: &'static Suite,
    /// `None` with a pre-shared key alone.
    pub(crate) group: Option<Group>,
    /// What kind of pre-shared key was chosen, if one was.
    pub(crate) psk: Option<ResumedBy>,
    /// The identity of the external key that stands for the peer, at once or since the session began.
    pub(crate) external_psk: Option<Vec<u8>>,
    pub(crate) server_name: Option<String>,
    pub(crate) alpn: Option<Vec<u8>>,
    pub(crate) record_limits: Option<RecordLimits>,
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
    pub(crate) early_data: Option<EarlyData>,
    pub(crate) early_data_reason: EarlyDataReason,
    /// As a server measured it, in milliseconds.
    pub(crate) ticket_age_skew: Option<i64>,
    pub(crate) retried: bool,
}

/// Whether a client may be asked for a certificate once the handshake is over, if it has offered that: not where an
/// external key says who the two sides are (RFC 8446 section 4.3.2, erratum 6205; RFC 8446 appendix E.1).
fn may_be_asked(facts: &Facts) -> bool {
    facts.external_psk.is_none()
}

/// How many ChangeCipherSpec records are dropped: one each for a hello and its retry
/// (RFC 8446 appendix D.4).
const CHANGE_CIPHER_SPECS: u32 = 2;
