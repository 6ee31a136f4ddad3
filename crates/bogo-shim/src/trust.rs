//! Whether the runner's root has issued what a peer shows.
//!
//! Names, dates and uses of certificates are for `premaster-trust` and its tests: the runner's certificates have none that
//! would be good. What can be checked is that the chain ends at the root.

use premaster::trust::{Certificate, load};
use rustls_pki_types::SignatureVerificationAlgorithm;

use crate::Stop;
use crate::credentials::element;

/// Whether a chain ends at the certificate in this file: shows it, or something that is signed with its key.
pub(crate) fn is_issued_by(
    file: &str,
    chain: &[Vec<u8>],
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> Result<bool, Stop> {
    let roots = load::certificates(file).map_err(|error| Stop::wrong(error.to_string()))?;
    let Some(root) = roots.first() else {
        return Err(Stop::wrong("no root"));
    };
    let Some(last) = chain.last() else {
        return Ok(false);
    };
    Ok(root == last || is_signed_by(root, last, algorithms).unwrap_or(false))
}

/// RFC 5280 section 4.1: Certificate is tbsCertificate, signatureAlgorithm, signatureValue.
fn is_signed_by(
    root: &[u8],
    der: &[u8],
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> Option<bool> {
    let (_, certificate, _) = element(der)?;
    let (signed, _, rest) = element(certificate)?;
    let (_, algorithm, rest) = element(rest)?;
    let (_, signature, _) = element(rest)?;
    let signature = signature.strip_prefix(&[0])?;
    let root = Certificate::parse(root)?;
    let spki = root.spki();
    let (_, content, _) = element(&spki)?;
    let (_, key_algorithm, rest) = element(content)?;
    let (_, key, _) = element(rest)?;
    let key = key.strip_prefix(&[0])?;
    let fits = |one: &&&dyn SignatureVerificationAlgorithm| {
        one.signature_alg_id().as_ref() == algorithm
            && one.public_key_alg_id().as_ref() == key_algorithm
    };
    let found = algorithms.iter().find(fits)?;
    Some(found.verify_signature(key, signed, signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use std::io::Write as _;

    fn root() -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        CertifiedIssuer::self_signed(params, key).expect("a root")
    }

    /// property 5: what another root has issued is refused, and nothing at all is.
    #[test]
    fn a_chain_ends_at_the_root() {
        let (root, other) = (root(), root());
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["test".to_owned()]).expect("a name");
        let leaf = params.signed_by(&key, &root).expect("a certificate");
        let (leaf, whole) = (leaf.der().to_vec(), root.der().to_vec());
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(root.pem().as_bytes()).expect("a root");
        let file = file.path().to_str().expect("a path");
        let algorithms = premaster::provider().certificate_algorithms;
        let is_issued = |chain: &[Vec<u8>]| is_issued_by(file, chain, algorithms).ok();
        assert_eq!(is_issued(std::slice::from_ref(&leaf)), Some(true));
        assert_eq!(is_issued(&[leaf.clone(), whole]), Some(true));
        assert_eq!(
            is_issued(&[leaf.clone(), other.der().to_vec()]),
            Some(false)
        );
        let mut changed = leaf.clone();
        *changed.last_mut().expect("a byte") ^= 1;
        for chain in [
            vec![changed],
            vec![leaf[1..].to_vec()],
            vec![vec![]],
            vec![],
        ] {
            assert_eq!(is_issued(&chain), Some(false));
        }
    }
}
