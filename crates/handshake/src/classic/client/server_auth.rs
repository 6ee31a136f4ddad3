//! What the server says about itself: certificates and their status.

use premaster_crypto::KeyExchangeKind;
use premaster_wire::CertificateStatus;
use premaster_wire::tls12::{Certificate, EcdheServerKeyExchange, ServerHelloDone};

use crate::answer::Answer;
use crate::classic::Hellos;
use crate::identity;
use crate::offer::ClientOffer;
use crate::peer::{Peer, Pending};
use crate::{Error, Fault, Verdict, VerifyIdentity};

/// A server's certificates and what it staples to them, on their way to the verifier.
pub(super) struct Identity {
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) ocsp_response: Option<Vec<u8>>,
    verdict: Pending<VerifyIdentity>,
}

impl Identity {
    /// Takes Certificate and CertificateStatus, and asks whether they are good.
    pub(super) async fn receive(
        peer: &mut Peer,
        offer: &ClientOffer,
        answer: &Answer,
    ) -> Result<Self, Error> {
        let message = peer.expect::<Certificate<'_>>().await?;
        let certificate: Certificate<'_> = message.decode()?;
        let chain = identity::chain(peer, certificate.certificate_list.iter().map(|one| one.der))?;
        if chain.is_empty() {
            return Err(Error::new(Fault::EmptyCertificate).during("certificate"));
        }
        let ocsp_response = certificate_status(peer, answer).await?;
        let name = Some(offer.target.name.clone());
        let verdict = {
            let (version, suite) = (answer.hellos.version, answer.hellos.suite);
            identity::ask(peer, version, suite, &chain, name, ocsp_response.clone())
        };
        Ok(Self {
            chain,
            ocsp_response,
            verdict,
        })
    }

    /// Awaits the verdict; the key has to fit the suite.
    pub(super) async fn verified(
        self,
        peer: &Peer,
        offer: &ClientOffer,
        hellos: &Hellos,
    ) -> Result<(Vec<Vec<u8>>, Option<Vec<u8>>, Verdict), Error> {
        let verdict = identity::verdict(peer, self.verdict).await?;
        identity::key_fits_suite(hellos.suite, &verdict)?;
        identity::curve_was_offered(&offer.policy.listed_groups(), &verdict)?;
        Ok((self.chain, self.ocsp_response, verdict))
    }
}

/// Takes the stapled OCSP response. A server that promised one may still not send it
/// (RFC 6066 section 8).
async fn certificate_status(peer: &mut Peer, answer: &Answer) -> Result<Option<Vec<u8>>, Error> {
    if !answer.certificate_status {
        return Ok(None);
    }
    let message = match answer.hellos.suite.key_exchange {
        KeyExchangeKind::Rsa => {
            peer.accept::<CertificateStatus<'_>, ServerHelloDone>()
                .await?
        }
        _ => {
            peer.accept::<CertificateStatus<'_>, EcdheServerKeyExchange<'_>>()
                .await?
        }
    };
    let Some(message) = message else {
        return Ok(None);
    };
    let status: CertificateStatus<'_> = message.decode()?;
    match status {
        CertificateStatus::Ocsp(response) => Ok(Some(response.to_vec())),
        // Only OCSP was asked for (RFC 6066 section 8).
        _ => Err(Error::new(Fault::UnexpectedMessage)
            .detail("a CertificateStatus of a type that was not asked for")
            .during("certificate_status")),
    }
}
