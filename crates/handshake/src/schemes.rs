//! Which signature scheme signs a handshake of which version, and whose (property 6).
//!
//! A provider's rows say which key and which version a scheme goes with. These rules hold whatever a provider says.

use premaster_crypto::Side;
use premaster_wire::{ProtocolVersion, SignatureScheme};

/// Whether a handshake of TLS 1.3 may be signed so by this side: with no PKCS #1 v1.5, no SHA-1 (RFC 8446 section 4.2.3); the
/// code points that bring PKCS #1 v1.5 back are for clients alone (RFC 9963 section 3).
fn is_of_tls13(scheme: SignatureScheme, signer: Side) -> bool {
    match scheme.0.to_be_bytes() {
        _ if is_of_old_keys(scheme) => signer == Side::Client,
        // Hash and signature of TLS 1.2: of those, ECDSA with SHA-2.
        [hash @ 0..=6, signature] => hash >= 4 && signature == 3,
        _ => true,
    }
}

/// Whether a handshake before TLS 1.3 may be signed so: not with what was made for TLS 1.3 (draft-ietf-tls-mldsa section 3.3,
/// RFC 9963 section 3).
fn is_of_classic(scheme: SignatureScheme) -> bool {
    let is_ml_dsa = [
        SignatureScheme::mldsa44,
        SignatureScheme::mldsa65,
        SignatureScheme::mldsa87,
    ]
    .contains(&scheme);
    !is_ml_dsa && !is_of_old_keys(scheme)
}

/// PKCS #1 v1.5 for keys that cannot do without (RFC 9963).
fn is_of_old_keys(scheme: SignatureScheme) -> bool {
    [
        SignatureScheme::rsa_pkcs1_sha256_legacy,
        SignatureScheme::rsa_pkcs1_sha384_legacy,
        SignatureScheme::rsa_pkcs1_sha512_legacy,
    ]
    .contains(&scheme)
}

/// Whether this side may sign so in TLS 1.3, or else before it.
pub(crate) fn is_legal(scheme: SignatureScheme, signer: Side, tls13: bool) -> bool {
    match tls13 {
        true => is_of_tls13(scheme, signer),
        false => is_of_classic(scheme),
    }
}

/// Those that this side may sign a handshake of TLS 1.3 with.
pub(crate) fn of_tls13(all: &[SignatureScheme], signer: Side) -> Vec<SignatureScheme> {
    let legal = |scheme: &SignatureScheme| is_of_tls13(*scheme, signer);
    all.iter().copied().filter(legal).collect()
}

/// Those that a handshake before TLS 1.3 may be signed with.
pub(crate) fn of_classic(all: &[SignatureScheme]) -> Vec<SignatureScheme> {
    let legal = |scheme: &SignatureScheme| is_of_classic(*scheme);
    all.iter().copied().filter(legal).collect()
}

/// What a CertificateRequest of TLS 1.2 lists. The list may not be empty (RFC 5246 section 7.4.4): where none of them is of
/// this version, it says what there is, and a client has nothing to sign with.
pub(crate) fn of_request(all: &[SignatureScheme]) -> Vec<SignatureScheme> {
    match of_classic(all) {
        none if none.is_empty() => all.to_vec(),
        some => some,
    }
}

/// What a ClientHello lists, which speaks of certificates too: not what only clients sign with (RFC 9963 section 3), nor what
/// none of its versions knows.
pub(crate) fn of_hello(
    all: &[SignatureScheme],
    versions: &[ProtocolVersion],
) -> Vec<SignatureScheme> {
    let modern = versions.contains(&ProtocolVersion::TLSv1_3);
    let listed = |scheme: &SignatureScheme| match modern {
        true => !is_of_old_keys(*scheme),
        false => is_of_classic(*scheme),
    };
    all.iter().copied().filter(listed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [SignatureScheme; 10] = [
        SignatureScheme::rsa_pkcs1_sha1,
        SignatureScheme::ecdsa_sha1,
        SignatureScheme::rsa_pkcs1_sha256,
        SignatureScheme::ecdsa_secp256r1_sha256,
        SignatureScheme::ecdsa_secp521r1_sha512,
        SignatureScheme::rsa_pkcs1_sha256_legacy,
        SignatureScheme::rsa_pkcs1_sha512_legacy,
        SignatureScheme::rsa_pss_rsae_sha256,
        SignatureScheme::ed25519,
        SignatureScheme::mldsa65,
    ];

    fn without(left_out: &[usize]) -> Vec<SignatureScheme> {
        let kept = ALL.into_iter().enumerate();
        let kept = kept.filter(|(index, _)| !left_out.contains(index));
        kept.map(|(_, scheme)| scheme).collect()
    }

    /// Property 6.
    #[test]
    fn tls13_is_signed_with_what_was_made_for_it() {
        assert_eq!(of_tls13(&ALL, Side::Server), without(&[0, 1, 2, 5, 6]));
        assert_eq!(of_tls13(&ALL, Side::Client), without(&[0, 1, 2]));
    }

    /// Property 6.
    #[test]
    fn tls12_is_not_signed_with_what_was_made_for_tls13() {
        assert_eq!(of_classic(&ALL), without(&[5, 6, 9]));
        assert_eq!(of_request(&ALL), without(&[5, 6, 9]));
        let modern = [SignatureScheme::mldsa65];
        assert_eq!(of_classic(&modern), []);
        assert_eq!(of_request(&modern), modern);
    }

    #[test]
    fn a_hello_lists_what_one_of_its_versions_knows() {
        let (old, new) = (ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3);
        assert_eq!(of_hello(&ALL, &[new, old]), without(&[5, 6]));
        assert_eq!(of_hello(&ALL, &[new]), without(&[5, 6]));
        assert_eq!(of_hello(&ALL, &[old]), without(&[5, 6, 9]));
    }
}
