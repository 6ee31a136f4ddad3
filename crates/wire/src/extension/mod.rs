//! Extensions: the block that hellos and other messages carry (RFC 8446 section 4.2).
//!
//! What the body of an extension looks like depends on the message that carries it, so there is one enum per
//! message. Each has a variant `Unknown` that keeps the bytes of what it does not know.

mod block;
mod certificate_entry;
mod certificate_request;
mod client_hello;
mod duplicates;
mod encrypted_extensions;
mod hello_retry_request;
mod key_share;
mod new_session_ticket;
mod oid_filter;
mod pre_shared_key;
mod protocol_name;
mod server_hello;
mod server_name;
mod status_request;
mod table;
mod timestamp;
mod use_srtp;

pub use block::{Extension, Extensions, ExtensionsIter, RawExtension};
pub use certificate_entry::CertificateExtension;
pub use certificate_request::CertificateRequestExtension;
pub use client_hello::{ClientHelloExtension, TicketRequest};
pub use encrypted_extensions::EncryptedExtension;
pub use hello_retry_request::HelloRetryRequestExtension;
pub use key_share::KeyShareEntry;
pub use new_session_ticket::NewSessionTicketExtension;
pub use oid_filter::OidFilter;
pub use pre_shared_key::{OfferedPsks, PskBinderEntry, PskIdentity};
pub use protocol_name::ProtocolName;
pub use server_hello::ServerHelloExtension;
pub use server_name::ServerName;
pub use status_request::{
    CertificateStatusRequest, CertificateStatusRequestItem, OcspStatusRequest, ResponderId,
};
pub use timestamp::SerializedSct;
pub use use_srtp::UseSrtp;

pub(crate) use table::extensions;
