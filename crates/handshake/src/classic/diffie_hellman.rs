//! Ephemeral Diffie-Hellman, on a curve or in a finite field: who makes which key, and what is signed
//! (RFC 8422 section 5.4, RFC 8422 section 5.7, RFC 5246 section 7.4.3, RFC 5246 section 7.4.7.2).

use std::sync::Arc;

use premaster_crypto::{ActiveKeyExchange, DhGroup, SharedSecret};
use premaster_wire::tls12::{DigitallySigned, ServerDhParams};

use crate::classic::Hellos;
use crate::group::Group;
use crate::identity::Signed;
use crate::peer::Peer;
use crate::{Error, Fault};

/// The finite field of these very numbers, if it is among ours: nothing is computed with others
/// (property 7).
pub(crate) fn field(
    ours: &[Arc<dyn DhGroup>],
    params: &ServerDhParams<'_>,
) -> Result<Group, Error> {
    let (prime, generator) = (number(params.dh_p), number(params.dh_g));
    let same = |group: &&Arc<dyn DhGroup>| group.prime() == prime && group.generator() == generator;
    let group = ours.iter().find(same).ok_or_else(|| {
        let known: Vec<_> = ours.iter().map(|group| group.name()).collect();
        Error::new(Fault::UnknownDhGroup).detail(format!(
            "the server's prime has {} bits; known here: {}",
            bits(prime),
            known.join(", ")
        ))
    })?;
    Ok(Group::Field(Arc::clone(group)))
}

/// The premaster secret: our private key and the peer's public one (RFC 8422 section 5.10,
/// RFC 5246 section 8.1.2).
pub(crate) fn premaster(
    group: &Group,
    peer: &Peer,
    ours: Box<dyn ActiveKeyExchange>,
    theirs: &[u8],
) -> Result<SharedSecret, Error> {
    match group {
        Group::Curve(_) => group.complete(peer, ours, theirs),
        // A number as prime and generator are, and without the zeros in front of it.
        Group::Field(_) => Ok(group.complete(peer, ours, number(theirs))?.stripped()),
    }
}

/// A number without the zeros in front of it, as it is compared.
fn number(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

fn bits(number: &[u8]) -> usize {
    let first = number.first().map_or(0, |byte| byte.leading_zeros());
    let zeros = usize::try_from(first).unwrap_or_default();
    number.len().saturating_mul(8).saturating_sub(zeros)
}

/// What a ServerKeyExchange signs: both randoms, then the parameters as they were sent
/// (RFC 5246 section 7.4.3, RFC 8422 section 5.4).
pub(crate) fn signed_content(hellos: &Hellos, params: &[u8]) -> Vec<u8> {
    [
        &hellos.client_random.0[..],
        &hellos.server_random.0[..],
        params,
    ]
    .concat()
}

/// The signature of a ServerKeyExchange, to be checked.
pub(crate) fn signed<'a>(signature: DigitallySigned<'a>, content: &'a [u8]) -> Signed<'a> {
    Signed {
        scheme: signature.algorithm,
        content,
        signature: signature.signature,
        step: "server_key_exchange",
        over: OVER,
        section: SECTION,
        tls13: false,
    }
}

/// What the signature covers, for traces.
pub(crate) const OVER: &str = "client_random, server_random and the server's ephemeral public key";
/// Where that is said.
pub(crate) const SECTION: &str = "RFC 5246 section 7.4.3";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_without_leading_zeros() {
        assert_eq!(number(&[0, 0, 1, 0]), [1, 0]);
        assert_eq!(number(&[0]), [0_u8; 0]);
        assert_eq!([bits(&[1]), bits(&[0x80, 0]), bits(&[])], [1, 16, 0]);
    }
}
