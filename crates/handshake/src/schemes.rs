//! Which signature scheme signs a handshake of which version, and whose (property 6).
//!
//! A provider's rows say which key and which version a scheme goes with. These rules hold whatever a provider says.

use premaster_crypto::{Authentication, Side};
use premaster_wire::{NamedGroup, ProtocolVersion, SignatureScheme};

use crate::{ChooseCredential, Credential};

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

/// Of MD5 or SHA-1: no handshake of TLS 1.2 is signed so (RFC 9155 section 4, RFC 9155 section 5), unless a credential says so by name.
pub(crate) fn is_broken(scheme: SignatureScheme) -> bool {
    matches!(scheme.0.to_be_bytes(), [1 | 2, _])
}

/// What a client of TLS 1.2 takes that says nothing (RFC 5246 section 7.4.1.4.1). RFC 9155 section 2 has it say something, and
/// no credential makes any of these unless it says so by name.
pub(crate) const OF_SILENCE: [SignatureScheme; 3] = [
    SignatureScheme::rsa_pkcs1_sha1,
    SignatureScheme::dsa_sha1,
    SignatureScheme::ecdsa_sha1,
];

/// Those that this credential signs a handshake of TLS 1.3 with: one of ECDSA names the curve too
/// (RFC 8446 section 4.2.3), whatever else the key can sign with.
pub(crate) fn of_credential(credential: &Credential, signer: Side) -> Vec<SignatureScheme> {
    let fits = |scheme: &SignatureScheme| match *scheme {
        SignatureScheme::ecdsa_secp256r1_sha256 => {
            credential.curve() == Some(NamedGroup::secp256r1)
        }
        SignatureScheme::ecdsa_secp384r1_sha384 => {
            credential.curve() == Some(NamedGroup::secp384r1)
        }
        SignatureScheme::ecdsa_secp521r1_sha512 => {
            credential.curve() == Some(NamedGroup::secp521r1)
        }
        _ => true,
    };
    let mut schemes = of_tls13(credential.schemes(), signer);
    schemes.retain(fits);
    schemes
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

impl ChooseCredential {
    /// Whether the peer can check what this credential signs: it accepts one of its schemes, in TLS 1.3 the one of its
    /// curve (RFC 8446 section 4.2.3), in TLS 1.2 lists its curve (RFC 8422 section 5.1) and takes its kind of certificate
    /// (RFC 5246 section 7.4.6).
    #[must_use]
    pub fn takes_signatures_of(&self, credential: &Credential) -> bool {
        let curve_is_listed = match (credential.curve(), &self.groups) {
            (Some(curve), Some(groups)) => groups.contains(&curve),
            _ => true,
        };
        let ours = match self.is_of_tls13() {
            Some(signer) => of_credential(credential, signer),
            None => credential.schemes().to_vec(),
        };
        ours.iter().any(|scheme| self.schemes.contains(scheme))
            && curve_is_listed
            && credential.is_of_type(&self.certificate_types)
    }

    /// Which side of TLS 1.3 is asked: there a server's suites name no authentication, and a client's request no kinds of
    /// certificate.
    fn is_of_tls13(&self) -> Option<Side> {
        match self.authentications.as_slice() {
            [Authentication::Any] => Some(Side::Server),
            [] if self.certificate_types.is_empty() => Some(Side::Client),
            _ => None,
        }
    }
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

    /// Property 6.
    #[test]
    fn a_key_on_a_curve_signs_tls13_with_the_scheme_of_that_curve() {
        let mut spki = vec![4; 91];
        spki[..27].copy_from_slice(&[
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
        ]);
        let schemes = vec![
            SignatureScheme::ecdsa_secp521r1_sha512,
            SignatureScheme::ecdsa_secp384r1_sha384,
            SignatureScheme::ecdsa_secp256r1_sha256,
            SignatureScheme::ecdsa_sha1,
        ];
        let credential =
            Credential::elsewhere(vec![vec![0]], &spki, schemes).expect("a credential");
        assert_eq!(credential.curve(), Some(NamedGroup::secp256r1));
        let signs = of_credential(&credential, Side::Server);
        assert_eq!(signs, [SignatureScheme::ecdsa_secp256r1_sha256]);
    }

    #[test]
    fn a_hello_lists_what_one_of_its_versions_knows() {
        let (old, new) = (ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3);
        assert_eq!(of_hello(&ALL, &[new, old]), without(&[5, 6]));
        assert_eq!(of_hello(&ALL, &[new]), without(&[5, 6]));
        assert_eq!(of_hello(&ALL, &[old]), without(&[5, 6, 9]));
    }
}
