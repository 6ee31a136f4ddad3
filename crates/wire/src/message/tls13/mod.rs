//! The messages that only TLS 1.3 has, or has in this form (RFC 8446 section 4).

mod certificate;
mod certificate_request;
mod compressed_certificate;
mod encrypted_extensions;
mod end_of_early_data;
mod key_update;
mod message_hash;
mod new_session_ticket;

pub use certificate::{Certificate, CertificateEntry};
pub use certificate_request::CertificateRequest;
pub use compressed_certificate::CompressedCertificate;
pub use encrypted_extensions::EncryptedExtensions;
pub use end_of_early_data::EndOfEarlyData;
pub use key_update::KeyUpdate;
pub use message_hash::MessageHash;
pub use new_session_ticket::NewSessionTicket;
