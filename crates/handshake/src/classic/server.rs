//! The server's side of the classic handshake, in the order of RFC 5246 section 7.3.

use std::sync::Arc;

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{ActiveKeyExchange, Side, Suite};
use premaster_session::Session;
use premaster_trace::{Direction, Event, ResumedBy, SignatureUse};
use premaster_wire::tls12::{
    Asn1Cert, Certificate, CertificateRequest, DigitallySigned, EcParameters,
    EcdhClientKeyExchange, EcdheServerKeyExchange, NewSessionTicket, ServerEcdhParams,
    ServerHelloDone,
};
use premaster_wire::{
    CertificateStatus, CertificateVerify, ClientCertificateType, CompressionMethod,
    DistinguishedName, EcPointFormat, Encode, Extensions, List, NamedGroup, ProtocolName, Random,
    ServerHello, ServerHelloExtension as Extension, SignatureScheme,
};

use crate::classic::finish::{establish, limit_records, receive_finished, send_finished};
use crate::classic::keys::{MayResume, PeerProof, TrafficKeys, master_secret};
use crate::classic::sessions::{Authenticated, Resumption, keep, may_resume};
use crate::classic::{Hellos, Profile, RecordLimits, ecdhe, identity};
use crate::engine::refused;
use crate::error::At as _;
use crate::negotiate::{self, SuiteNeeds};
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::code;
use crate::{
    ChooseCredential, ClientAuth, Credential, Error, Facts, Fault, FindSession, OpenTicket,
    SealTicket, SealedTicket, ServerPolicy, Sign, StoreSession, narrate,
};

/// From ClientHello to Finished.
pub(crate) async fn server(
    mut peer: Peer,
    policy: Arc<ServerPolicy>,
    offer: &Offer<'_>,
    profile: &'static Profile,
) -> Result<Facts, Error> {
    match find_session(&mut peer, &policy, offer, profile).await? {
        Some(found) => resumed(peer, &policy, offer, found, profile).await,
        None => full(peer, &policy, offer, profile).await,
    }
}

async fn full(
    mut peer: Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &'static Profile,
) -> Result<Facts, Error> {
    let chosen = choose(&mut peer, policy, offer, profile)
        .await
        .at("client_hello")?;
    let alpn =
        negotiate::application_protocol(&policy.alpn, offer.alpn.as_deref()).at("client_hello")?;
    let mut hellos = hellos(&peer, policy, offer, profile, chosen.suite, alpn)?;
    let ticket_promised = policy.tickets && offer.ticket.is_some() && hellos.extended_master_secret;
    // A session is kept by one side: with a ticket in sight the server gives no ID
    // (RFC 5077 section 3.4).
    if policy.session_ids && hellos.extended_master_secret && !ticket_promised {
        hellos.session_id = Vec::from(peer.random(&policy.provider)?.0);
    }
    let staple = chosen
        .credential
        .ocsp_response()
        .filter(|_| offer.ocsp_stapling);
    send_hello(&mut peer, offer, &hellos, ticket_promised, staple.is_some())?;
    peer.transcript.choose(hellos.suite.hash);
    peer.order(crate::Order::FixVersion(profile.version));

    let list: Vec<_> = chosen
        .credential
        .chain()
        .iter()
        .map(|der| Asn1Cert::from(der.as_slice()))
        .collect();
    peer.send(&Certificate {
        certificate_list: List::from(list.as_slice()),
    })?;
    if let Some(response) = staple {
        peer.send(&CertificateStatus::Ocsp(response))?;
    }
    let ours = send_exchange(&mut peer, policy, &hellos, &chosen).await?;
    match policy.client_auth.authorities() {
        Some(authorities) => send_certificate_request(&mut peer, policy, authorities)?,
        // Nobody will sign the messages, so nobody has to keep them.
        None => peer.transcript.hash_only(),
    }
    peer.send(&ServerHelloDone {})?;

    let chain = client_chain(&mut peer, policy).await?;
    let verdict =
        (!chain.is_empty()).then(|| identity::ask(&mut peer, &hellos, &chain, None, None));
    if verdict.is_none() {
        peer.transcript.hash_only();
    }
    let message = peer.expect::<EcdhClientKeyExchange<'_>>().await?;
    let exchange: EcdhClientKeyExchange<'_> = message.decode()?;
    let premaster =
        ecdhe::complete(&mut peer, chosen.group, ours, exchange.point).at("client_key_exchange")?;
    let master = master_secret(&mut peer, &hellos, &premaster)?;
    drop(premaster);
    let (proof, client_scheme) = match verdict {
        Some(pending) => {
            let verdict = identity::verdict(&peer, pending).await?;
            let (scheme, proof) = certificate_verify(&mut peer, policy, verdict).await?;
            (proof, Some(scheme))
        }
        None => (PeerProof::ClientNeedNotAuthenticate, None),
    };

    let keys = TrafficKeys::derive(&mut peer, &hellos, &master, &proof);
    limit_records(&mut peer, &hellos);
    let finished = receive_finished(&mut peer, &hellos, &master, keys.receive).await?;
    let authenticated = Authenticated {
        at: peer.now(),
        lifetime: policy.session_lifetime,
        isolation: policy.isolation,
        certificates: &chain,
        verdict: match &proof {
            PeerProof::Signed { verdict, .. } => Some(verdict),
            _ => None,
        },
    };
    let session = keep(&hellos, &master, &authenticated);
    if ticket_promised {
        send_ticket(&mut peer, session).await?;
    } else if !hellos.session_id.is_empty() {
        store(&mut peer, &hellos, session).await?;
    }
    send_finished(&mut peer, &hellos, &master, keys.send)?;
    Ok(establish(&mut peer, hellos, master, finished, |facts| {
        facts.group = Some(chosen.group);
        facts.server_scheme = Some(chosen.scheme);
        facts.client_scheme = client_scheme;
        facts.peer_certificates = chain;
    }))
}

/// The abbreviated handshake: the server speaks first (RFC 5246 section 7.3, RFC 5077 section 3.1).
async fn resumed(
    mut peer: Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    found: Found,
    profile: &'static Profile,
) -> Result<Facts, Error> {
    let Found {
        session,
        suite,
        by,
        renew,
        may,
    } = found;
    // The application protocol is agreed on anew (RFC 7301 section 3.1).
    let alpn =
        negotiate::application_protocol(&policy.alpn, offer.alpn.as_deref()).at("client_hello")?;
    let mut hellos = hellos(&peer, policy, offer, profile, suite, alpn)?;
    hellos.session_id = offer.session_id.to_vec();
    let age = peer
        .now()
        .as_secs()
        .saturating_sub(session.authenticated_at.as_secs());
    peer.trace(|| Event::Resuming { by, age });

    send_hello(&mut peer, offer, &hellos, renew, false)?;
    peer.transcript.choose(suite.hash);
    peer.transcript.hash_only();
    peer.order(crate::Order::FixVersion(profile.version));
    let chain = session.peer_certificates.clone();
    let master = MasterSecret::from_secret(suite.hash, session.master_secret.duplicate());
    let proof = PeerProof::Resumed(may);
    let keys = TrafficKeys::derive(&mut peer, &hellos, &master, &proof);
    limit_records(&mut peer, &hellos);
    if renew {
        // A new ticket for the old session: its life still counts from the full handshake.
        send_ticket(&mut peer, session).await?;
    }
    send_finished(&mut peer, &hellos, &master, keys.send)?;
    let finished = receive_finished(&mut peer, &hellos, &master, keys.receive).await?;
    Ok(establish(&mut peer, hellos, master, finished, |facts| {
        facts.resumed = Some(by);
        facts.peer_certificates = chain;
    }))
}

/// A session that will be resumed.
struct Found {
    session: Session,
    suite: &'static Suite,
    by: ResumedBy,
    renew: bool,
    may: MayResume,
}

/// Looks for the session that the client wants back. A ticket goes before an ID
/// (RFC 5077 section 3.4).
async fn find_session(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &Profile,
) -> Result<Option<Found>, Error> {
    let ticket = offer
        .ticket
        .filter(|ticket| policy.tickets && !ticket.is_empty());
    let (session, by, renew) = if let Some(ticket) = ticket {
        let question = OpenTicket {
            ticket: ticket.to_vec(),
        };
        let opened = peer
            .ask(question)
            .await
            .map_err(refused(Fault::QuestionFailed))?;
        match opened {
            Some(opened) => (opened.session, ResumedBy::Ticket, opened.renew),
            None => return Ok(not_resumed(peer, "the ticket cannot be opened")),
        }
    } else if policy.session_ids && !offer.session_id.is_empty() {
        let question = FindSession {
            id: offer.session_id.to_vec(),
        };
        let found = peer
            .ask(question)
            .await
            .map_err(refused(Fault::QuestionFailed))?;
        match found {
            Some(session) => (session, ResumedBy::SessionId, false),
            None => return Ok(not_resumed(peer, "no session of this ID is kept")),
        }
    } else {
        return Ok(None);
    };
    let now = peer.now();
    match may_resume(policy, offer, &session, profile.version, now).at("client_hello")? {
        Resumption::Granted(suite, may) => Ok(Some(Found {
            session,
            suite,
            by,
            renew,
            may,
        })),
        Resumption::Denied(reason) => Ok(not_resumed(peer, reason)),
    }
}

fn not_resumed(peer: &Peer, reason: &'static str) -> Option<Found> {
    peer.trace(|| Event::NotResumed {
        reason: reason.into(),
    });
    None
}

/// What a full handshake is made with.
struct Chosen {
    credential: Arc<Credential>,
    suite: &'static Suite,
    group: NamedGroup,
    scheme: SignatureScheme,
}

/// Chooses certificate, suite, group and signature scheme; they depend on each other.
async fn choose(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &Profile,
) -> Result<Chosen, Error> {
    let theirs = offer.groups.as_deref();
    let group = negotiate::group(&policy.groups, theirs, policy.preference);
    let mut needs = SuiteNeeds {
        version: profile.version,
        preference: policy.preference,
        group: group.is_ok(),
        authentication: None,
        theirs: &offer.suites,
    };
    let mut authentications = Vec::new();
    for suite in negotiate::common_suites(&policy.suites, &needs) {
        if !authentications.contains(&suite.authentication) {
            authentications.push(suite.authentication);
        }
    }
    // Without a common group no suite of ours is left: the group is the better reason.
    let group = group?;
    if authentications.is_empty() {
        negotiate::suite(&policy.suites, &needs)?;
    }
    let question = ChooseCredential {
        server_name: offer.server_name.clone(),
        schemes: offer.schemes.clone(),
        authentications,
        authorities: Vec::new(),
    };
    let credential = peer
        .ask(question)
        .await
        .map_err(refused(Fault::NoCredential))?;
    let credential = credential.ok_or_else(|| no_credential(offer))?;
    if let (Some(curve), Some(theirs)) = (credential.curve(), theirs)
        && !theirs.contains(&curve)
    {
        let detail = format!("the certificate's key is on {curve}, which the client does not list");
        return Err(Error::new(Fault::NoCommonGroup).detail(detail));
    }
    needs.authentication = Some(credential.authentication());
    let suite = negotiate::suite(&policy.suites, &needs)?;
    let scheme = negotiate::scheme(credential.schemes(), &offer.schemes)?;
    tell_choices(peer, policy, offer, suite, group);
    Ok(Chosen {
        credential,
        suite,
        group,
        scheme,
    })
}

fn no_credential(offer: &Offer<'_>) -> Error {
    let name = offer.server_name.as_deref().unwrap_or("no server name");
    Error::new(Fault::NoCredential).detail(format!("the client asks for {name}"))
}

fn tell_choices(
    peer: &Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    suite: &Suite,
    group: NamedGroup,
) {
    let ours = policy.suites.iter().map(|suite| code(suite));
    let theirs = offer.suites.iter().copied();
    let reason = match policy.preference {
        crate::Preference::Server => {
            "the first in the server's order that the client offers and the certificate can authenticate"
        }
        crate::Preference::Client => {
            "the first in the client's order that the server knows and the certificate can authenticate"
        }
    };
    narrate::chose(
        peer,
        "cipher suite",
        Side::Server,
        code(suite),
        ours,
        theirs,
        reason,
    );
    let ours = policy.groups.iter().copied();
    let theirs = offer.groups.iter().flatten().copied();
    let reason = match policy.preference {
        crate::Preference::Server => "the first in the server's order that the client offers",
        crate::Preference::Client => "the first in the client's order that the server knows",
    };
    narrate::chose(peer, "group", Side::Server, group, ours, theirs, reason);
}

/// What the two hellos agree on.
fn hellos(
    peer: &Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &Profile,
    suite: &'static Suite,
    alpn: Option<Vec<u8>>,
) -> Result<Hellos, Error> {
    let server_random: Random = peer.random(&policy.provider)?;
    let limits = policy.record_size_limit.zip(offer.record_size_limit);
    Ok(Hellos {
        version: profile.version,
        suite,
        client_random: offer.random,
        server_random,
        session_id: Vec::new(),
        extended_master_secret: offer.extended_master_secret,
        secure_renegotiation: offer.secure_renegotiation,
        server_name: offer.server_name.clone(),
        alpn,
        record_limits: limits.map(|(ours, theirs)| RecordLimits { ours, theirs }),
    })
}

/// Sends the ServerHello: an extension is answered only if it was offered
/// (RFC 5246 section 7.4.1.4).
fn send_hello(
    peer: &mut Peer,
    offer: &Offer<'_>,
    hellos: &Hellos,
    ticket: bool,
    staple: bool,
) -> Result<(), Error> {
    let protocol = hellos
        .alpn
        .as_deref()
        .map(|name| [ProtocolName::from(name)]);
    let mut extensions = Vec::with_capacity(8);
    if hellos.secure_renegotiation {
        extensions.push(Extension::RenegotiationInfo(&[]));
    }
    if hellos.extended_master_secret {
        extensions.push(Extension::ExtendedMasterSecret);
    }
    if offer.point_formats {
        extensions.push(Extension::EcPointFormats(List::from(&[
            EcPointFormat::uncompressed,
        ])));
    }
    if ticket {
        extensions.push(Extension::SessionTicket);
    }
    if staple {
        extensions.push(Extension::StatusRequest);
    }
    if let Some(protocol) = &protocol {
        let list = List::from(protocol);
        extensions.push(Extension::ApplicationLayerProtocolNegotiation(list));
    }
    if let Some(limits) = hellos.record_limits {
        extensions.push(Extension::RecordSizeLimit(limits.ours));
    }
    peer.send(&ServerHello {
        legacy_version: hellos.version,
        random: hellos.server_random,
        session_id: &hellos.session_id,
        cipher_suite: code(hellos.suite),
        compression_method: CompressionMethod::null,
        extensions: (!extensions.is_empty()).then(|| Extensions::from(extensions.as_slice())),
    })
}

/// Makes our key pair, signs its public half together with both randoms, sends both
/// (RFC 8422 section 5.4).
async fn send_exchange(
    peer: &mut Peer,
    policy: &ServerPolicy,
    hellos: &Hellos,
    chosen: &Chosen,
) -> Result<Box<dyn ActiveKeyExchange>, Error> {
    let ours = ecdhe::start(&policy.provider, chosen.group)?;
    let params = ServerEcdhParams {
        curve_params: EcParameters {
            named_curve: chosen.group,
        },
        public: ours.share(),
    };
    let signature = peer
        .ask(Sign {
            credential: Arc::clone(&chosen.credential),
            scheme: chosen.scheme,
            message: ecdhe::signed_content(hellos, &Encode::to_vec(&params)?),
        })
        .await
        .map_err(refused(Fault::SigningFailed))?;
    peer.trace(|| {
        Event::Signature(SignatureUse {
            by: premaster_trace::Side::Server,
            direction: Direction::Sent,
            scheme: chosen.scheme,
            over: ecdhe::OVER.into(),
            proves:
                "the server holds the private key of its certificate, now and for this handshake"
                    .into(),
            section: "RFC 8422 section 5.4",
        })
    });
    let signed_params = DigitallySigned {
        algorithm: chosen.scheme,
        signature: &signature,
    };
    peer.send(&EcdheServerKeyExchange {
        params,
        signed_params,
    })?;
    Ok(ours)
}

/// Asks the client for a certificate (RFC 5246 section 7.4.4).
fn send_certificate_request(
    peer: &mut Peer,
    policy: &ServerPolicy,
    authorities: &[Vec<u8>],
) -> Result<(), Error> {
    const TYPES: [ClientCertificateType; 2] = [
        ClientCertificateType::ecdsa_sign,
        ClientCertificateType::rsa_sign,
    ];
    let names: Vec<_> = authorities
        .iter()
        .map(|der| DistinguishedName { der })
        .collect();
    peer.send(&CertificateRequest {
        certificate_types: List::from(&TYPES),
        supported_signature_algorithms: List::from(policy.schemes.as_slice()),
        certificate_authorities: List::from(names.as_slice()),
    })
}

/// The client's certificates; empty if none was asked for, or if it declined and may
/// (RFC 5246 section 7.4.6).
async fn client_chain(peer: &mut Peer, policy: &ServerPolicy) -> Result<Vec<Vec<u8>>, Error> {
    if matches!(policy.client_auth, ClientAuth::None) {
        return Ok(Vec::new());
    }
    let message = peer.expect::<Certificate<'_>>().await?;
    let certificate: Certificate<'_> = message.decode()?;
    let chain = identity::chain(peer, &certificate)?;
    if chain.is_empty() && matches!(policy.client_auth, ClientAuth::Required { .. }) {
        return Err(Error::new(Fault::CertificateRequired).during("certificate"));
    }
    Ok(chain)
}

/// Takes the client's proof that it holds the key of its certificate: a signature over all
/// messages so far (RFC 5246 section 7.4.8).
async fn certificate_verify(
    peer: &mut Peer,
    policy: &ServerPolicy,
    verdict: crate::Verdict,
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
    };
    let signature = identity::verify(peer, &policy.provider, &policy.schemes, &verdict, &signed)?;
    peer.transcript.hash_only();
    Ok((verify.algorithm, PeerProof::Signed { verdict, signature }))
}

/// Sends the promised ticket; an empty one if none could be sealed (RFC 5077 section 3.3).
async fn send_ticket(peer: &mut Peer, session: Session) -> Result<(), Error> {
    let question = SealTicket { session };
    let sealed = peer
        .ask(question)
        .await
        .map_err(refused(Fault::QuestionFailed))?;
    let SealedTicket {
        ticket,
        lifetime_hint,
    } = sealed.unwrap_or(SealedTicket {
        ticket: Vec::new(),
        lifetime_hint: 0,
    });
    if !ticket.is_empty() {
        let (length, lifetime) = (ticket.len(), lifetime_hint);
        peer.trace(|| Event::SessionStored {
            by: ResumedBy::Ticket,
            length,
            lifetime,
        });
    }
    peer.send(&NewSessionTicket {
        ticket_lifetime_hint: lifetime_hint,
        ticket: &ticket,
    })
}

/// Keeps the session under its ID.
async fn store(peer: &mut Peer, hellos: &Hellos, session: Session) -> Result<(), Error> {
    let (id, lifetime) = (hellos.session_id.clone(), session.lifetime);
    let length = id.len();
    peer.ask(StoreSession { id, session })
        .await
        .map_err(refused(Fault::QuestionFailed))?;
    peer.trace(|| Event::SessionStored {
        by: ResumedBy::SessionId,
        length,
        lifetime,
    });
    Ok(())
}
