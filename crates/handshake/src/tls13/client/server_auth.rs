//! What the server says about itself, and whether it wants to know who we are.

use std::sync::Arc;

use premaster_crypto::{Side, Suite};
use premaster_session::UnixTime;
use premaster_trace::ResumedBy;
use premaster_wire::tls13::CertificateRequest;
use premaster_wire::{CertificateRequestExtension, Extension as _, HandshakeType, SignatureScheme};

use super::agree::ChosenPsk;
use super::answer::{misplaced, missing};
use crate::engine::refused;
use crate::error::At as _;
use crate::peer::{Peer, Pending};
use crate::tls13::after::Authenticated;
use crate::tls13::authentication::{Expected, Ours, authenticate, decline};
use crate::tls13::keys::PeerProof;
use crate::{
    ChooseCredential, ClientPolicy, Credential, Error, Fault, Target, Verdict, narrate, negotiate,
};

/// Between EncryptedExtensions and Finished of a server that authenticates by certificate.
const AUTHENTICATION: &[HandshakeType] = &[
    HandshakeType::certificate,
    HandshakeType::compressed_certificate,
    HandshakeType::certificate_request,
];

/// Who the server has proved to be, by certificate or by a key that both know.
pub(super) struct ServerShown {
    pub(super) proof: PeerProof,
    pub(super) resumed: Option<ResumedBy>,
    pub(super) scheme: Option<SignatureScheme>,
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) ocsp_response: Option<Vec<u8>>,
    pub(super) certificate_timestamps: Vec<Vec<u8>>,
    /// What later sessions rest on.
    pub(super) authenticated: Authenticated,
}

impl ServerShown {
    /// Takes what it shows, and whether it wants to know who we are. With a pre-shared key there is nothing to show, and
    /// nothing to ask (RFC 8446 section 4.3.2, RFC 8446 section 4.4.2).
    pub(super) async fn receive(
        peer: &mut Peer,
        policy: &ClientPolicy,
        target: &Target,
        suite: &'static Suite,
        psk: Option<ChosenPsk>,
    ) -> Result<(Self, Option<Request>), Error> {
        if let Some(psk) = psk {
            return Ok((Self::known(psk, peer.now()), None));
        }
        let request = match peer.one_of(AUTHENTICATION).await? {
            HandshakeType::certificate_request => Some(Request::receive(peer).await?),
            _ => None,
        };
        let expected = Expected {
            provider: &policy.provider,
            suite,
            schemes: &policy.schemes,
            context: &[],
            compression: &policy.certificate_compression,
            ocsp_stapling: policy.ocsp_stapling,
            certificate_timestamps: policy.certificate_timestamps,
            server_name: Some(target.name.clone()),
        };
        let shown = expected.certificate(peer).await?;
        let shown =
            shown.ok_or_else(|| Error::new(Fault::EmptyCertificate).during("certificate"))?;
        let identity = expected.verify(peer, shown).await?;
        let verdict = identity.proof.verdict();
        let authenticated = Authenticated {
            at: peer.now(),
            until: verdict.and_then(Verdict::valid_until),
            certificates: identity.chain.clone(),
            public_key: verdict.map(|verdict| verdict.spki().to_vec()),
            external: None,
        };
        let shown = Self {
            proof: identity.proof,
            resumed: None,
            scheme: Some(identity.scheme),
            chain: identity.chain,
            ocsp_response: identity.ocsp_response,
            certificate_timestamps: identity.certificate_timestamps,
            authenticated,
        };
        Ok((shown, request))
    }

    /// The session that is resumed knows the server, or the key itself says who it is.
    fn known(psk: ChosenPsk, now: UnixTime) -> Self {
        let authenticated = match psk.session {
            Some(session) => Authenticated {
                at: session.authenticated_at,
                until: Some(session.expires_at()),
                certificates: session.peer_certificates,
                public_key: session.peer_public_key,
                external: psk.external,
            },
            None => Authenticated {
                at: now,
                until: None,
                certificates: Vec::new(),
                public_key: None,
                external: psk.external,
            },
        };
        Self {
            proof: psk.proof,
            resumed: Some(psk.by),
            scheme: None,
            chain: authenticated.certificates.clone(),
            ocsp_response: None,
            certificate_timestamps: Vec::new(),
            authenticated,
        }
    }
}

/// The server's wish for a certificate, and our search for one that suits it (RFC 8446 section 4.3.2).
pub(in crate::tls13) struct Request {
    pub(super) context: Vec<u8>,
    schemes: Vec<SignatureScheme>,
    ocsp_stapling: bool,
    certificate_timestamps: bool,
    compression: Vec<premaster_wire::CertificateCompressionAlgorithm>,
    pending: Pending<ChooseCredential>,
}

impl Request {
    /// In the handshake the context is empty.
    async fn receive(peer: &mut Peer) -> Result<Self, Error> {
        let message = peer.expect::<CertificateRequest<'_>>().await?;
        let request: CertificateRequest<'_> = message.decode()?;
        if !request.certificate_request_context.is_empty() {
            return Err(Error::new(Fault::WrongCertificateContext).during("certificate_request"));
        }
        Self::read(peer, &request)
    }

    /// Asks for a certificate that suits it.
    pub(in crate::tls13) fn read(
        peer: &mut Peer,
        request: &CertificateRequest<'_>,
    ) -> Result<Self, Error> {
        let (mut schemes, mut certificate_schemes) = (None, None);
        let mut authorities = Vec::new();
        let mut compression = Vec::new();
        let (mut ocsp_stapling, mut certificate_timestamps) = (false, false);
        for extension in request.extensions {
            match extension {
                CertificateRequestExtension::SignatureAlgorithms(list) => {
                    schemes = Some(list.iter().collect::<Vec<_>>());
                }
                CertificateRequestExtension::SignatureAlgorithmsCert(list) => {
                    certificate_schemes = Some(list.iter().collect());
                }
                CertificateRequestExtension::CertificateAuthorities(list) => {
                    authorities = list.iter().map(|name| name.der.to_vec()).collect();
                }
                CertificateRequestExtension::CompressCertificate(list) => {
                    compression = list.iter().collect();
                }
                CertificateRequestExtension::StatusRequest => ocsp_stapling = true,
                CertificateRequestExtension::SignedCertificateTimestamp => {
                    certificate_timestamps = true;
                }
                // What we do not know or do not want is passed over (RFC 8446 section 4.3.2), unless it belongs elsewhere
                // (RFC 8446 section 4.2).
                other => {
                    let kind = other.extension_type();
                    if !kind.may_appear_in(HandshakeType::certificate_request) {
                        return Err(misplaced(kind, "CertificateRequest"))
                            .at("certificate_request");
                    }
                }
            }
        }
        let listed = schemes
            .ok_or_else(|| missing("CertificateRequest has no signature_algorithms"))
            .at("certificate_request")?;
        let schemes = crate::schemes::of_tls13(&listed, Side::Client);
        let pending = peer.ask(ChooseCredential {
            server_name: None,
            schemes: schemes.clone(),
            certificate_schemes: certificate_schemes.unwrap_or(listed),
            authentications: Vec::new(),
            groups: None,
            certificate_types: Vec::new(),
            authorities,
        });
        Ok(Self {
            context: request.certificate_request_context.to_vec(),
            schemes,
            ocsp_stapling,
            certificate_timestamps,
            compression,
            pending,
        })
    }
}

/// Shows who we are, or that we have nothing to show (RFC 8446 section 4.4.2.3); says how we signed.
pub(in crate::tls13) async fn answer_request(
    peer: &mut Peer,
    policy: &ClientPolicy,
    request: Option<Request>,
) -> Result<Option<SignatureScheme>, Error> {
    let Some(request) = request else {
        return Ok(None);
    };
    let credential: Option<Arc<Credential>> = request
        .pending
        .await
        .map_err(refused(Fault::QuestionFailed))?;
    let Some(credential) = credential else {
        narrate::declined(
            peer,
            &[],
            &request.schemes,
            "there is no certificate to show",
        );
        decline(peer, &request.context)?;
        return Ok(None);
    };
    let ours = crate::schemes::of_credential(&credential, Side::Client);
    let Ok(scheme) = negotiate::scheme(&ours, &request.schemes) else {
        let reason = "the server accepts no signature of the certificate's key";
        narrate::declined(peer, &ours, &request.schemes, reason);
        decline(peer, &request.context)?;
        return Ok(None);
    };
    let ours = Ours {
        credential,
        scheme,
        context: &request.context,
        ocsp_stapling: request.ocsp_stapling,
        certificate_timestamps: request.certificate_timestamps,
        compression: crate::compression::common(
            &policy.certificate_compression,
            &request.compression,
        ),
    };
    authenticate(peer, ours).await?;
    Ok(Some(scheme))
}
