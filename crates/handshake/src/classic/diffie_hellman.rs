//! Ephemeral Diffie-Hellman, on a curve or in a finite field: who makes which key, and what is signed
//! (RFC 8422 section 5.4, RFC 8422 section 5.7, RFC 5246 section 7.4.3, RFC 5246 section 7.4.7.2).

use std::sync::Arc;

use premaster_crypto::{ActiveKeyExchange, DhGroup, KeyExchange, Provider, SharedSecret};
use premaster_trace::{Derivation, Event};
use premaster_wire::NamedGroup;
use premaster_wire::tls12::{DigitallySigned, ServerDhParams};

use crate::classic::Hellos;
use crate::classic::identity::Signed;
use crate::narrate::side;
use crate::peer::Peer;
use crate::{Error, Fault};

/// The group in which both sides compute.
#[derive(Clone)]
pub(crate) enum Group {
    /// A curve.
    Curve(&'static dyn KeyExchange),
    /// A finite field.
    Field(Arc<dyn DhGroup>),
}

impl Group {
    /// The curve behind a code point.
    pub(crate) fn curve(provider: &Provider, id: NamedGroup) -> Result<Self, Error> {
        let curve = provider.group(id.0).ok_or_else(|| {
            Error::new(Fault::CryptoFailed)
                .detail(format!("the provider {} has no group {id}", provider.name))
        })?;
        Ok(Self::Curve(curve))
    }

    /// The finite field of these very numbers, if it is among ours: nothing is computed with others
    /// (property 7).
    pub(crate) fn field(
        ours: &[Arc<dyn DhGroup>],
        params: &ServerDhParams<'_>,
    ) -> Result<Self, Error> {
        let (prime, generator) = (number(params.dh_p), number(params.dh_g));
        let same =
            |group: &&Arc<dyn DhGroup>| group.prime() == prime && group.generator() == generator;
        let group = ours.iter().find(same).ok_or_else(|| {
            let known: Vec<_> = ours.iter().map(|group| group.name()).collect();
            Error::new(Fault::UnknownDhGroup).detail(format!(
                "the server's prime has {} bits; known here: {}",
                bits(prime),
                known.join(", ")
            ))
        })?;
        Ok(Self::Field(Arc::clone(group)))
    }

    /// Its code point, if it has one.
    pub(crate) fn id(&self) -> Option<NamedGroup> {
        match self {
            Self::Curve(curve) => Some(NamedGroup(curve.id())),
            Self::Field(field) => field.id().map(NamedGroup),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Curve(curve) => curve.name(),
            Self::Field(field) => field.name(),
        }
    }

    /// Makes our key pair, for this handshake alone.
    pub(crate) fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let started = match self {
            Self::Curve(curve) => curve.start(),
            Self::Field(field) => field.start(),
        };
        started.map_err(|_| {
            let name = self.name();
            Error::new(Fault::RandomFailed).detail(format!("no ephemeral {name} key could be made"))
        })
    }

    /// The premaster secret: our private key and the peer's public one (RFC 8422 section 5.10,
    /// RFC 5246 section 8.1.2).
    pub(crate) fn complete(
        &self,
        peer: &Peer,
        ours: Box<dyn ActiveKeyExchange>,
        theirs: &[u8],
    ) -> Result<SharedSecret, Error> {
        let share = ours.share().to_vec();
        let theirs = match self {
            Self::Curve(_) => theirs,
            // A number as prime and generator are.
            Self::Field(_) => number(theirs),
        };
        let secret = ours.complete(theirs).map_err(|_| {
            Error::new(self.bad_share()).detail(format!("{}, {} bytes", self.name(), theirs.len()))
        })?;
        // As long as the prime or the coordinate: how many zeros stand in front is nobody's business.
        self.tell(peer, &share, theirs, secret.as_bytes().len());
        Ok(match self {
            Self::Curve(_) => secret,
            Self::Field(_) => secret.stripped(),
        })
    }

    fn bad_share(&self) -> Fault {
        match self {
            Self::Curve(_) => Fault::BadKeyShare,
            Self::Field(_) => Fault::BadDhPublicValue,
        }
    }

    fn tell(&self, peer: &Peer, ours: &[u8], theirs: &[u8], length: usize) {
        let us = side(peer.side());
        peer.trace(|| {
            let (client, server) = match us {
                premaster_trace::Side::Client => (ours, theirs),
                premaster_trace::Side::Server => (theirs, ours),
            };
            Event::Derived(match self {
                Self::Curve(curve) => {
                    Derivation::ecdhe(us, NamedGroup(curve.id()), client, server, length)
                }
                Self::Field(field) => Derivation::dhe(us, field.name(), client, server, length),
            })
        });
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
