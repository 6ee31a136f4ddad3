//! What we say about ourselves, if the server asks: a certificate, and that we hold its key.

use std::sync::Arc;

use premaster_wire::tls12::{Asn1Cert, Certificate, CertificateRequest, ServerHelloDone};
use premaster_wire::{CertificateVerify, List, SignatureScheme};

use crate::engine::refused;
use crate::peer::{Peer, Pending};
use crate::{ChooseCredential, Credential, Error, Fault, Sign, negotiate, schemes};

/// A server's wish for a certificate, and our search for one that suits it.
pub(super) struct CredentialRequest {
    pub(super) schemes: Vec<SignatureScheme>,
    pub(super) pending: Pending<ChooseCredential>,
}

/// With what we authenticate, and how we sign.
pub(super) struct Chosen {
    pub(super) credential: Arc<Credential>,
    pub(super) scheme: SignatureScheme,
}

impl CredentialRequest {
    pub(super) async fn receive(peer: &mut Peer) -> Result<Option<Self>, Error> {
        let Some(message) = peer
            .accept::<CertificateRequest<'_>, ServerHelloDone>()
            .await?
        else {
            return Ok(None);
        };
        let request: CertificateRequest<'_> = message.decode()?;
        let listed: Vec<_> = request.supported_signature_algorithms.iter().collect();
        let schemes = schemes::of_classic(&listed);
        let pending = peer.ask(ChooseCredential {
            server_name: None,
            schemes: schemes.clone(),
            certificate_schemes: listed,
            authentications: Vec::new(),
            groups: None,
            certificate_types: request.certificate_types.iter().collect(),
            authorities: request
                .certificate_authorities
                .iter()
                .map(|name| name.der.to_vec())
                .collect(),
        });
        Ok(Some(Self { schemes, pending }))
    }

    /// `None` if we have nothing that the server could check: then we say so with an empty
    /// Certificate (RFC 5246 section 7.4.6).
    pub(super) async fn answered(self) -> Result<Option<Chosen>, Error> {
        let credential = self.pending.await.map_err(refused(Fault::QuestionFailed))?;
        Ok(credential.and_then(|credential| {
            let scheme = negotiate::scheme(credential.schemes(), &self.schemes).ok()?;
            Some(Chosen { credential, scheme })
        }))
    }
}

/// Proves that we hold the key of our certificate: signs all messages so far
/// (RFC 5246 section 7.4.8).
pub(super) async fn send_certificate_verify(
    peer: &mut Peer,
    chosen: Chosen,
) -> Result<SignatureScheme, Error> {
    let scheme = chosen.scheme;
    let message = peer.transcript.messages().to_vec();
    let signature = peer
        .ask(Sign {
            credential: chosen.credential,
            scheme,
            message,
        })
        .await
        .map_err(refused(Fault::SigningFailed))?;
    peer.send(&CertificateVerify {
        algorithm: scheme,
        signature: &signature,
    })?;
    peer.transcript.hash_only();
    Ok(scheme)
}

/// Sends our certificates; none says that we have nothing to show (RFC 5246 section 7.4.6).
pub(super) fn send_certificate(peer: &mut Peer, chosen: Option<&Chosen>) -> Result<(), Error> {
    let chain = chosen.map_or(&[][..], |chosen| chosen.credential.chain());
    let list: Vec<_> = chain
        .iter()
        .map(|der| Asn1Cert::from(der.as_slice()))
        .collect();
    peer.send(&Certificate {
        certificate_list: List::from(list.as_slice()),
    })
}
