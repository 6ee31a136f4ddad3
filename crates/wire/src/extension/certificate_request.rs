//! The extensions of the CertificateRequest of TLS 1.3 (RFC 8446 section 4.3.2).

use super::{OidFilter, extensions};
use crate::code_point::{CertificateCompressionAlgorithm, SignatureScheme};
use crate::codec::List;
use crate::message::DistinguishedName;

extensions! {
    /// What the CertificateRequest of TLS 1.3 may carry (RFC 8446 section 4.2).
    pub enum CertificateRequestExtension<'a> {
        /// The server asks for a stapled status (RFC 8446 section 4.4.2.1).
        status_request => StatusRequest,
        /// The signatures that the server accepts, best first (RFC 8446 section 4.2.3).
        signature_algorithms => SignatureAlgorithms(List<'a, SignatureScheme> [2..=0xfffe]),
        /// The server wants proofs of Certificate Transparency (RFC 6962 section 3.3.1).
        signed_certificate_timestamp => SignedCertificateTimestamp,
        /// How the server can read a compressed certificate (RFC 8879 section 3).
        compress_certificate => CompressCertificate(List<'a, CertificateCompressionAlgorithm> [2..=0xfe]),
        /// The signatures that the server accepts of a delegated credential (RFC 9345 section 4.1.2).
        delegated_credential => DelegatedCredential(List<'a, SignatureScheme> [2..=0xfffe]),
        /// The authorities that the server trusts (RFC 8446 section 4.2.4).
        certificate_authorities => CertificateAuthorities(List<'a, DistinguishedName<'a>> [3..=0xffff]),
        /// What the certificate has to contain (RFC 8446 section 4.2.5).
        oid_filters => OidFilters(List<'a, OidFilter<'a>> [0..=0xffff]),
        /// The signatures that the server accepts in certificates (RFC 8446 section 4.2.3).
        signature_algorithms_cert => SignatureAlgorithmsCert(List<'a, SignatureScheme> [2..=0xfffe]),
    }
}
