//! The extensions of one certificate in the Certificate message of TLS 1.3 (RFC 8446 section 4.4.2).

use super::{SerializedSct, extensions};
use crate::codec::List;
use crate::message::CertificateStatus;

extensions! {
    /// What an entry of the Certificate message of TLS 1.3 may carry (RFC 8446 section 4.4.2).
    pub enum CertificateExtension<'a> {
        /// The stapled status of this certificate (RFC 8446 section 4.4.2.1).
        status_request => StatusRequest(CertificateStatus<'a>),
        /// Proofs of Certificate Transparency (RFC 6962 section 3.3.1).
        signed_certificate_timestamp => SignedCertificateTimestamp(List<'a, SerializedSct<'a>> [1..=0xffff]),
        /// A credential that this certificate vouches for, as it is (RFC 9345 section 4.1).
        delegated_credential => DelegatedCredential(&'a [u8] [..]),
    }
}
