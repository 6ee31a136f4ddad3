//! What the server says: the messages of its flights, one function each.

use std::sync::Arc;

use premaster_crypto::{ActiveKeyExchange, Suite};
use premaster_session::Session;
use premaster_trace::{Direction, Event, ResumedBy, SignatureUse};
use premaster_wire::tls12::{
    CertificateRequest, DigitallySigned, EcParameters, EcdheServerKeyExchange, NewSessionTicket,
    ServerEcdhParams,
};
use premaster_wire::{
    ClientCertificateType, CompressionMethod, DistinguishedName, EcPointFormat, Encode, Extensions,
    List, ProtocolName, Random, ServerHello, ServerHelloExtension as Extension,
};

use super::choice::Chosen;
use crate::classic::{Hellos, Profile, RecordLimits, ecdhe};
use crate::engine::refused;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::code;
use crate::{Error, Fault, SealTicket, SealedTicket, ServerPolicy, Sign, StoreSession};

/// What the two hellos agree on.
pub(super) fn hellos(
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

/// What a ServerHello announces.
pub(super) struct Promised {
    /// A NewSessionTicket follows.
    pub(super) ticket: bool,
    /// A CertificateStatus follows.
    pub(super) staple: bool,
    /// The client's session goes on.
    pub(super) resumes: bool,
}

/// Sends the ServerHello: an extension is answered only if it was offered
/// (RFC 5246 section 7.4.1.4).
pub(super) fn send_hello(
    peer: &mut Peer,
    offer: &Offer<'_>,
    hellos: &Hellos,
    promised: &Promised,
) -> Result<(), Error> {
    let protocol = hellos
        .alpn
        .as_deref()
        .map(|name| [ProtocolName::from(name)]);
    let mut extensions = Vec::with_capacity(8);
    // Not when a session is resumed (RFC 6066 section 3).
    if !promised.resumes && hellos.server_name.is_some() {
        extensions.push(Extension::ServerName);
    }
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
    if promised.ticket {
        extensions.push(Extension::SessionTicket);
    }
    if promised.staple {
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
pub(super) async fn send_exchange(
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
pub(super) fn send_certificate_request(
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

/// Sends the promised ticket; an empty one if none could be sealed (RFC 5077 section 3.3).
pub(super) async fn send_ticket(peer: &mut Peer, session: Session) -> Result<(), Error> {
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
pub(super) async fn store(peer: &mut Peer, hellos: &Hellos, session: Session) -> Result<(), Error> {
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
