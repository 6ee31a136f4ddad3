//! What the client says about itself: its certificates, and that it holds their key.

use premaster_wire::tls12::Certificate;
use premaster_wire::{CertificateVerify, SignatureScheme};

use crate::classic::keys::PeerProof;
use crate::identity;
use crate::peer::Peer;
use crate::{ClientAuth, Error, Fault, ServerPolicy, Verdict};

/// The client's certificates; empty if none was asked for, or if it declined and may
/// (RFC 5246 section 7.4.6).
pub(super) async fn client_chain(
    peer: &mut Peer,
    policy: &ServerPolicy,
) -> Result<Vec<Vec<u8>>, Error> {
    if matches!(policy.client_auth, ClientAuth::None) {
        return Ok(Vec::new());
    }
    let message = peer.expect::<Certificate<'_>>().await?;
    let certificate: Certificate<'_> = message.decode()?;
    let chain = identity::chain(peer, certificate.certificate_list.iter().map(|one| one.der))?;
    if chain.is_empty() && matches!(policy.client_auth, ClientAuth::Required { .. }) {
        return Err(Error::new(Fault::CertificateRequired).during("certificate"));
    }
    Ok(chain)
}

/// Takes the client's proof that it holds the key of its certificate: a signature over all
/// messages so far (RFC 5246 section 7.4.8).
pub(super) async fn certificate_verify(
    peer: &mut Peer,
    policy: &ServerPolicy,
    verdict: Verdict,
) -> Result<(SignatureScheme, PeerProof), Error> {
    let content = peer.transcript.messages().to_vec();
    let message = peer.expect::<CertificateVerify<'_>>().await?;
    let verify: CertificateVerify<'_> = message.decode()?;
    let signed = identity::Signed {
        scheme: verify.algorithm,
        content: &content,
        signature: verify.signature,
        step: "certificate_verify",
        over: "all handshake messages so far",
        section: "RFC 5246 section 7.4.8",
        tls13: false,
    };
    let signature = identity::verify(peer, &policy.provider, &policy.schemes, &verdict, &signed)?;
    peer.transcript.hash_only();
    Ok((verify.algorithm, PeerProof::Signed { verdict, signature }))
}
