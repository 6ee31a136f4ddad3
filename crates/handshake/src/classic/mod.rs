//! The classic handshake, SSL 3.0 to TLS 1.2: one family, whose members differ in a [`Profile`].
//!
//! ```text
//!       Client                                               Server
//!
//!       ClientHello                  -------->
//!                                                       ServerHello
//!                                                      Certificate*
//!                                                CertificateStatus*
//!                                                ServerKeyExchange*
//!                                               CertificateRequest*
//!                                    <--------      ServerHelloDone
//!       Certificate*
//!       ClientKeyExchange
//!       CertificateVerify*
//!       [ChangeCipherSpec]
//!       Finished                     -------->
//!                                                 NewSessionTicket*
//!                                                [ChangeCipherSpec]
//!                                    <--------             Finished
//!       Application Data             <------->     Application Data
//! ```
//!
//! RFC 5246 section 7.3, with the messages of RFC 5077 and RFC 6066 in their places; a star
//! marks what depends on the hellos.

mod client;
mod diffie_hellman;
mod finish;
mod key_transport;
mod keys;
mod server;
pub(crate) mod sessions;

pub(crate) use client::client;
pub(crate) use server::server;

use premaster_crypto::{MacOrder, Suite};
use premaster_wire::{MaxFragmentLength, ProtocolVersion, Random};

use crate::record_limits::RecordLimits;
use crate::{Error, Fault};

/// In what the members of the family differ.
#[derive(Debug)]
pub(crate) struct Profile {
    /// The version.
    pub(crate) version: ProtocolVersion,
}

const TLS12: Profile = Profile {
    version: ProtocolVersion::TLSv1_2,
};

/// The profile of a version that the hellos agreed on.
pub(crate) fn profile(version: ProtocolVersion) -> Result<&'static Profile, Error> {
    match version {
        ProtocolVersion::TLSv1_2 => Ok(&TLS12),
        other => Err(Error::new(Fault::NoCommonVersion)
            .detail(format!("{other} is not a version of this family"))),
    }
}

/// What the hellos agreed on.
#[derive(Clone)]
pub(crate) struct Hellos {
    pub(crate) version: ProtocolVersion,
    pub(crate) suite: &'static Suite,
    pub(crate) client_random: Random,
    pub(crate) server_random: Random,
    pub(crate) session_id: Vec<u8>,
    pub(crate) extended_master_secret: bool,
    pub(crate) secure_renegotiation: bool,
    pub(crate) server_name: Option<String>,
    pub(crate) alpn: Option<Vec<u8>>,
    pub(crate) record_limits: Option<RecordLimits>,
    /// Both sides can do it and the suite has use for it (RFC 7366 section 2).
    pub(crate) encrypt_then_mac: bool,
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
}

impl Hellos {
    /// What comes first in the records of a CBC suite.
    pub(crate) fn mac_order(&self) -> MacOrder {
        match self.encrypt_then_mac {
            true => MacOrder::EncryptThenMac,
            false => MacOrder::MacThenEncrypt,
        }
    }
}
