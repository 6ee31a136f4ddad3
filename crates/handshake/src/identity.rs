//! Who the peer is, and that it is really there: certificates, verdicts, signatures.

use premaster_crypto::{
    Authentication, Provider, PublicKeyKind, Side, SignatureFault, SignatureProof, Suite,
    public_key_kind,
};
use premaster_trace::{Direction, Event, SignatureUse};
use premaster_wire::{NamedGroup, ProtocolVersion, SignatureScheme};

use crate::credential;
use crate::engine::refused;
use crate::narrate::side;
use crate::peer::{Peer, Pending};
use crate::schemes;
use crate::{ClientAuth, Error, Fault, Verdict, VerifyIdentity};

/// Takes the certificates (DER) of a message, within the limit.
pub(crate) fn chain<'a>(
    peer: &Peer,
    certificates: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<Vec<u8>>, Error> {
    let limit = peer.limits.chain;
    let chain: Vec<_> = certificates
        .take(limit.saturating_add(1))
        .map(<[u8]>::to_vec)
        .collect();
    if chain.len() > limit {
        let detail = format!("more than {limit} certificates");
        return Err(Error::new(Fault::ChainTooLong)
            .detail(detail)
            .during("certificate"));
    }
    Ok(chain)
}

/// That a server's policy lets its client go on without a certificate.
pub(crate) struct NeedNot(());

impl NeedNot {
    /// `otherwise` is what a client is refused with that shows none though it has to.
    pub(crate) fn of(policy: &ClientAuth, otherwise: Fault) -> Result<Self, Error> {
        match policy {
            ClientAuth::None | ClientAuth::Optional { .. } => Ok(Self(())),
            ClientAuth::Required { .. } => Err(Error::new(otherwise).during("certificate")),
        }
    }
}

/// Asks whether the chain is good. The answer may be awaited later.
pub(crate) fn ask(
    peer: &mut Peer,
    version: ProtocolVersion,
    suite: &Suite,
    chain: &[Vec<u8>],
    server_name: Option<String>,
    ocsp_response: Option<Vec<u8>>,
) -> Pending<VerifyIdentity> {
    let server_decrypts = suite.authentication == Authentication::RsaDecryption;
    peer.ask(VerifyIdentity {
        decrypts: server_decrypts && peer.side() == Side::Client,
        chain: chain.to_vec(),
        server_name,
        ocsp_response,
        version,
        suite: crate::policy::code(suite),
    })
}

/// Awaits the verdict; an RSA key beyond the limit is refused before it costs an exponentiation.
pub(crate) async fn verdict(
    peer: &Peer,
    pending: Pending<VerifyIdentity>,
) -> Result<Verdict, Error> {
    let verdict = pending
        .await
        .map_err(refused(Fault::IdentityRefused))
        .map_err(|error| error.during("certificate"))?;
    peer.trace(|| Event::IdentityVerified {
        of: side(peer.side().other()),
        by: verdict.by().into(),
        detail: "the certificate chain was found good".into(),
    });
    match public_key_kind(verdict.spki()) {
        Some(PublicKeyKind::Rsa { bits }) if bits > peer.limits.rsa_bits => {
            let detail = format!("{bits} bits, at most {}", peer.limits.rsa_bits);
            Err(Error::new(Fault::KeyTooLong)
                .detail(detail)
                .during("certificate"))
        }
        _ => Ok(verdict),
    }
}

/// Refuses a server's key that cannot authenticate the suite (RFC 5246 section 7.4.2).
pub(crate) fn key_fits_suite(suite: &Suite, verdict: &Verdict) -> Result<(), Error> {
    let kind = public_key_kind(verdict.spki());
    if kind.is_some_and(|kind| credential::fits(kind, suite.authentication)) {
        return Ok(());
    }
    let found = kind.map_or_else(
        || "an unknown kind of key".to_owned(),
        |kind| format!("{kind:?}"),
    );
    let detail = format!("{} with {found}", suite.name);
    Err(Error::new(Fault::KeyDoesNotFitSuite)
        .detail(detail)
        .during("certificate"))
}

/// Refuses a server's key on a curve that was not offered, of TLS 1.2: the list is about certificates too
/// (RFC 8422 section 5.3). In TLS 1.3 a signature scheme names the curve.
pub(crate) fn curve_was_offered(offered: &[NamedGroup], verdict: &Verdict) -> Result<(), Error> {
    let kind = public_key_kind(verdict.spki());
    let curve = kind.and_then(credential::curve);
    match curve.filter(|curve| !offered.contains(curve)) {
        None => Ok(()),
        Some(curve) => Err(Error::new(Fault::CurveNotOffered)
            .detail(format!("a key on {curve}"))
            .during("certificate")),
    }
}

/// What the peer signed, with what it says about it.
pub(crate) struct Signed<'a> {
    pub(crate) scheme: SignatureScheme,
    pub(crate) content: &'a [u8],
    pub(crate) signature: &'a [u8],
    /// The message that carries it, for errors.
    pub(crate) step: &'static str,
    /// What is signed, for the trace.
    pub(crate) over: &'static str,
    pub(crate) section: &'static str,
    /// Where a scheme names the curve too, and PKCS #1 v1.5 is not allowed (RFC 8446 section 4.2.3).
    pub(crate) tls13: bool,
}

/// Checks the peer's signature: its scheme was offered, fits the key, and the signature is good
/// (RFC 5246 section 7.4.3, RFC 5246 section 7.4.8).
pub(crate) fn verify(
    peer: &Peer,
    provider: &Provider,
    offered: &[SignatureScheme],
    verdict: &Verdict,
    signed: &Signed<'_>,
) -> Result<SignatureProof, Error> {
    let scheme = signed.scheme;
    if !offered.contains(&scheme) {
        let detail = format!("signed with {scheme}");
        return Err(Error::new(Fault::SchemeNotOffered)
            .detail(detail)
            .during(signed.step));
    }
    if !schemes::is_legal(scheme, peer.side().other(), signed.tls13) {
        let detail =
            format!("signed with {scheme}, which is not for this version, or not for this side");
        return Err(Error::new(Fault::SchemeDoesNotFitKey)
            .detail(detail)
            .during(signed.step));
    }
    let (key, id) = (verdict.spki(), scheme.0);
    let verified = match signed.tls13 {
        true => provider.verify_signature_tls13(key, id, signed.content, signed.signature),
        false => provider.verify_signature(key, id, signed.content, signed.signature),
    };
    let proof = verified
        .map_err(|fault| match fault {
            SignatureFault::Invalid => Fault::BadSignature,
            _ => Fault::SchemeDoesNotFitKey,
        })
        .map_err(|fault| {
            Error::new(fault)
                .detail(format!("{scheme}"))
                .during(signed.step)
        })?;
    peer.trace(|| {
        Event::Signature(SignatureUse {
            by: side(peer.side().other()),
            direction: Direction::Received,
            scheme,
            over: signed.over.into(),
            proves: "the peer holds the private key of its certificate, now and for this handshake"
                .into(),
            section: signed.section,
        })
    });
    Ok(proof)
}
