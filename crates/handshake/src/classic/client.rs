//! The client's side of the classic handshake, in the order of RFC 5246 section 7.3.

use std::sync::Arc;

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{SharedSecret, Side};
use premaster_session::{ClientKey, ClientSession};
use premaster_trace::{Event, ResumedBy};
use premaster_wire::tls12::{
    Asn1Cert, Certificate, CertificateRequest, EcdhClientKeyExchange, EcdheServerKeyExchange,
    NewSessionTicket, ServerHelloDone,
};
use premaster_wire::{CertificateStatus, CertificateVerify, List, SignatureScheme};

use crate::answer::Answer;
use crate::classic::finish::{establish, limit_records, receive_finished, send_finished};
use crate::classic::keys::{PeerProof, TrafficKeys, master_secret};
use crate::classic::sessions::{Authenticated, check_resumed, keep};
use crate::classic::{Hellos, Profile, ecdhe, identity};
use crate::engine::refused;
use crate::error::At as _;
use crate::offer::ClientOffer;
use crate::peer::{Peer, Pending};
use crate::policy::code;
use crate::{
    ChooseCredential, Credential, Error, Facts, Fault, Sign, StoreClientSession, narrate, negotiate,
};

/// From ServerHello to Finished.
pub(crate) async fn client(
    mut peer: Peer,
    mut offer: ClientOffer,
    key: ClientKey,
    answer: Answer,
    profile: &'static Profile,
) -> Result<Facts, Error> {
    peer.order(crate::Order::FixVersion(profile.version));
    peer.transcript.choose(answer.hellos.suite.hash);
    tell_choices(&peer, &offer, &answer);
    let found = offer.resumable_by(&answer.hellos.session_id, |event| peer.trace(|| event));
    match found {
        Some(session) => resumed(peer, offer, key, answer, session).await,
        None => full(peer, offer, key, answer, profile).await,
    }
}

async fn full(
    mut peer: Peer,
    offer: ClientOffer,
    key: ClientKey,
    answer: Answer,
    profile: &'static Profile,
) -> Result<Facts, Error> {
    let hellos = &answer.hellos;

    let message = peer.expect::<Certificate<'_>>().await?;
    let certificate: Certificate<'_> = message.decode()?;
    let chain = identity::chain(&peer, &certificate)?;
    if chain.is_empty() {
        return Err(Error::new(Fault::EmptyCertificate).during("certificate"));
    }
    let ocsp_response = certificate_status(&mut peer, &answer).await?;
    let name = Some(offer.target.name.clone());
    let verdict = identity::ask(&mut peer, hellos, &chain, name, ocsp_response.clone());

    let exchange_message = peer.expect::<EcdheServerKeyExchange<'_>>().await?;
    let request = CredentialRequest::receive(&mut peer).await?;
    peer.expect::<ServerHelloDone>()
        .await?
        .decode::<ServerHelloDone>()?;

    let credential = match request {
        Some(request) => Some(request.answered().await?),
        None => {
            // Nobody will sign the messages, so nobody has to keep them.
            peer.transcript.hash_only();
            None
        }
    };
    let verdict = identity::verdict(&peer, verdict).await?;
    identity::key_fits_suite(hellos, &verdict)?;

    let (params, exchange) = EcdheServerKeyExchange::decode_with_params(exchange_message.body())
        .map_err(Error::from)
        .at("server_key_exchange")?;
    let content = ecdhe::signed_content(hellos, params);
    let signed = ecdhe::signed(exchange.signed_params, &content);
    let (provider, schemes) = (&offer.policy.provider, &offer.policy.schemes);
    let signature = identity::verify(&peer, provider, schemes, &verdict, &signed)?;
    let group = exchange.params.curve_params.named_curve;
    if !offer.policy.groups.contains(&group) {
        let detail = format!("the server chose {group}");
        return Err(Error::new(Fault::GroupNotOffered)
            .detail(detail)
            .during("server_key_exchange"));
    }

    if let Some(credential) = &credential {
        let chain = credential
            .as_ref()
            .map_or(&[][..], |chosen| chosen.credential.chain());
        let list: Vec<_> = chain
            .iter()
            .map(|der| Asn1Cert::from(der.as_slice()))
            .collect();
        peer.send(&Certificate {
            certificate_list: List::from(list.as_slice()),
        })?;
    }
    let premaster = exchange_keys(&mut peer, &offer, &exchange)?;
    let master = master_secret(&mut peer, hellos, &premaster)?;
    drop(premaster);
    let client_scheme = match credential.flatten() {
        Some(chosen) => Some(send_certificate_verify(&mut peer, chosen, profile).await?),
        None => None,
    };

    let proof = PeerProof::Signed { verdict, signature };
    let keys = TrafficKeys::derive(&mut peer, hellos, &master, &proof);
    limit_records(&mut peer, hellos);
    send_finished(&mut peer, hellos, &master, keys.send)?;
    let ticket = new_session_ticket(&mut peer, &answer).await?;
    let finished = receive_finished(&mut peer, hellos, &master, keys.receive).await?;

    let PeerProof::Signed { verdict, .. } = &proof else {
        return Err(Fault::CryptoFailed.into());
    };
    let authenticated = Authenticated {
        at: peer.now(),
        lifetime: ticket
            .as_ref()
            .map_or(premaster_session::Session::SUGGESTED_LIFETIME, |ticket| {
                ticket.lifetime
            }),
        isolation: offer.policy.isolation,
        certificates: &chain,
        verdict: Some(verdict),
    };
    let session = keep(hellos, &master, &authenticated);
    store(&mut peer, &offer, key, hellos, session, ticket).await?;
    Ok(establish(
        &mut peer,
        answer.hellos,
        master,
        finished,
        |facts| {
            facts.group = Some(group);
            facts.server_scheme = Some(exchange.signed_params.algorithm);
            facts.client_scheme = client_scheme;
            facts.peer_certificates = chain;
            facts.ocsp_response = ocsp_response;
        },
    ))
}

/// The abbreviated handshake: the server speaks first (RFC 5246 section 7.3, RFC 5077 section 3.1).
async fn resumed(
    mut peer: Peer,
    offer: ClientOffer,
    key: ClientKey,
    answer: Answer,
    found: ClientSession,
) -> Result<Facts, Error> {
    let hellos = &answer.hellos;
    peer.transcript.hash_only();
    let proof = PeerProof::Resumed(check_resumed(hellos, &found.session).at("server_hello")?);
    let by = if found.ticket.is_empty() {
        ResumedBy::SessionId
    } else {
        ResumedBy::Ticket
    };
    let age = peer
        .now()
        .as_secs()
        .saturating_sub(found.session.authenticated_at.as_secs());
    peer.trace(|| Event::Resuming { by, age });

    let session = found.session;
    let master = MasterSecret::from_secret(hellos.suite.hash, session.master_secret.duplicate());
    let keys = TrafficKeys::derive(&mut peer, hellos, &master, &proof);
    limit_records(&mut peer, hellos);
    let ticket = new_session_ticket(&mut peer, &answer).await?;
    let finished = receive_finished(&mut peer, hellos, &master, keys.receive).await?;
    send_finished(&mut peer, hellos, &master, keys.send)?;

    let chain = session.peer_certificates.clone();
    if let Some(ticket) = ticket {
        // A new ticket for the old session: its life still counts from the full handshake.
        store(&mut peer, &offer, key, hellos, session, Some(ticket)).await?;
    }
    Ok(establish(
        &mut peer,
        answer.hellos,
        master,
        finished,
        |facts| {
            facts.resumed = Some(by);
            facts.peer_certificates = chain;
        },
    ))
}

/// Takes the stapled OCSP response. A server that promised one may still not send it
/// (RFC 6066 section 8).
async fn certificate_status(peer: &mut Peer, answer: &Answer) -> Result<Option<Vec<u8>>, Error> {
    if !answer.certificate_status {
        return Ok(None);
    }
    let Some(message) = peer
        .accept::<CertificateStatus<'_>, EcdheServerKeyExchange<'_>>()
        .await?
    else {
        return Ok(None);
    };
    let status: CertificateStatus<'_> = message.decode()?;
    Ok(match status {
        CertificateStatus::Ocsp(response) => Some(response.to_vec()),
        _ => None,
    })
}

/// Takes the ticket that the server promised (RFC 5077 section 3.3). An empty one takes the
/// promise back.
async fn new_session_ticket(peer: &mut Peer, answer: &Answer) -> Result<Option<Ticket>, Error> {
    if !answer.session_ticket {
        return Ok(None);
    }
    let message = peer.expect::<NewSessionTicket<'_>>().await?;
    let ticket: NewSessionTicket<'_> = message.decode()?;
    let lifetime = match ticket.ticket_lifetime_hint {
        // Unspecified: the client's own policy counts.
        0 => premaster_session::Session::SUGGESTED_LIFETIME,
        seconds => seconds,
    };
    let bytes = ticket.ticket.to_vec();
    Ok((!bytes.is_empty()).then_some(Ticket { bytes, lifetime }))
}

struct Ticket {
    bytes: Vec<u8>,
    lifetime: u32,
}

/// Keeps the session, if there is anything to resume it by.
async fn store(
    peer: &mut Peer,
    offer: &ClientOffer,
    key: ClientKey,
    hellos: &Hellos,
    session: premaster_session::Session,
    ticket: Option<Ticket>,
) -> Result<(), Error> {
    let (session_id, ticket) = match ticket {
        Some(ticket) => (Vec::new(), ticket.bytes),
        None => (hellos.session_id.clone(), Vec::new()),
    };
    let by = if ticket.is_empty() {
        ResumedBy::SessionId
    } else {
        ResumedBy::Ticket
    };
    let length = session_id.len().max(ticket.len());
    // Without extended_master_secret a session is never resumed (RFC 7627 section 5.3).
    if !offer.policy.resumption || length == 0 || !session.extended_master_secret {
        return Ok(());
    }
    let lifetime = session.lifetime;
    let session = ClientSession {
        session,
        session_id,
        ticket,
    };
    peer.ask(StoreClientSession { key, session })
        .await
        .map_err(refused(Fault::QuestionFailed))?;
    peer.trace(|| Event::SessionStored {
        by,
        length,
        lifetime,
    });
    Ok(())
}

/// Makes our key pair, sends its public half and computes the premaster secret.
fn exchange_keys(
    peer: &mut Peer,
    offer: &ClientOffer,
    exchange: &EcdheServerKeyExchange<'_>,
) -> Result<SharedSecret, Error> {
    let group = exchange.params.curve_params.named_curve;
    let ours = ecdhe::start(&offer.policy.provider, group)?;
    let share = ours.share().to_vec();
    let premaster =
        ecdhe::complete(peer, group, ours, exchange.params.public).at("server_key_exchange")?;
    peer.send(&EcdhClientKeyExchange { point: &share })?;
    Ok(premaster)
}

/// A server's wish for a certificate, and our search for one that suits it.
struct CredentialRequest {
    schemes: Vec<SignatureScheme>,
    pending: Pending<ChooseCredential>,
}

/// With what we authenticate, and how we sign.
struct Chosen {
    credential: Arc<Credential>,
    scheme: SignatureScheme,
}

impl CredentialRequest {
    async fn receive(peer: &mut Peer) -> Result<Option<Self>, Error> {
        let Some(message) = peer
            .accept::<CertificateRequest<'_>, ServerHelloDone>()
            .await?
        else {
            return Ok(None);
        };
        let request: CertificateRequest<'_> = message.decode()?;
        let schemes: Vec<_> = request.supported_signature_algorithms.iter().collect();
        let pending = peer.ask(ChooseCredential {
            server_name: None,
            schemes: schemes.clone(),
            authentications: Vec::new(),
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
    async fn answered(self) -> Result<Option<Chosen>, Error> {
        let credential = self.pending.await.map_err(refused(Fault::QuestionFailed))?;
        Ok(credential.and_then(|credential| {
            let scheme = negotiate::scheme(credential.schemes(), &self.schemes).ok()?;
            Some(Chosen { credential, scheme })
        }))
    }
}

/// Proves that we hold the key of our certificate: signs all messages so far
/// (RFC 5246 section 7.4.8).
async fn send_certificate_verify(
    peer: &mut Peer,
    chosen: Chosen,
    profile: &Profile,
) -> Result<SignatureScheme, Error> {
    debug_assert!(profile.names_schemes);
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

fn tell_choices(peer: &Peer, offer: &ClientOffer, answer: &Answer) {
    let policy = &offer.policy;
    narrate::chose(
        peer,
        "cipher suite",
        Side::Server,
        code(answer.hellos.suite),
        policy.suites.iter().map(|suite| code(suite)),
        [],
        "the server chose it among those that we offered",
    );
}
