//! Ephemeral Diffie-Hellman on an elliptic curve: who makes which key, and what is signed
//! (RFC 8422 section 5.4, RFC 8422 section 5.7).

use premaster_crypto::{ActiveKeyExchange, KeyExchange, Provider, SharedSecret};
use premaster_trace::{Derivation, Event};
use premaster_wire::NamedGroup;
use premaster_wire::tls12::DigitallySigned;

use crate::classic::Hellos;
use crate::classic::identity::Signed;
use crate::narrate::side;
use crate::peer::Peer;
use crate::{Error, Fault};

/// The group behind a code point.
pub(crate) fn group(
    provider: &Provider,
    id: NamedGroup,
) -> Result<&'static dyn KeyExchange, Error> {
    provider.group(id.0).ok_or_else(|| {
        Error::new(Fault::CryptoFailed)
            .detail(format!("the provider {} has no group {id}", provider.name))
    })
}

/// Makes our key pair, for this handshake alone.
pub(crate) fn start(
    provider: &Provider,
    id: NamedGroup,
) -> Result<Box<dyn ActiveKeyExchange>, Error> {
    group(provider, id)?.start().map_err(|_| {
        Error::new(Fault::RandomFailed).detail(format!("no ephemeral {id} key could be made"))
    })
}

/// The premaster secret: our private key and the peer's public one (RFC 8422 section 5.10).
pub(crate) fn complete(
    peer: &mut Peer,
    id: NamedGroup,
    ours: Box<dyn ActiveKeyExchange>,
    theirs: &[u8],
) -> Result<SharedSecret, Error> {
    let share = ours.share().to_vec();
    let premaster = ours.complete(theirs).map_err(|_| {
        Error::new(Fault::BadKeyShare).detail(format!("{id}, {} bytes", theirs.len()))
    })?;
    let us = side(peer.side());
    peer.trace(|| {
        let (client, server) = match us {
            premaster_trace::Side::Client => (&share[..], theirs),
            premaster_trace::Side::Server => (theirs, &share[..]),
        };
        Event::Derived(Derivation::ecdhe(
            us,
            id,
            client,
            server,
            premaster.as_bytes().len(),
        ))
    });
    Ok(premaster)
}

/// What a ServerKeyExchange signs: both randoms, then the parameters as they were sent
/// (RFC 8422 section 5.4).
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
        section: "RFC 8422 section 5.4",
    }
}

/// What the signature covers, for traces.
pub(crate) const OVER: &str = "client_random, server_random and the server's ephemeral public key";
