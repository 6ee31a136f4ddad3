//! What the server says: the messages of its flights, one function each.

use premaster_crypto::{BulkCipher, KeyExchangeKind, Suite};
use premaster_session::Session;
use premaster_trace::{Event, ResumedBy};
use premaster_wire::tls12::{CertificateRequest, NewSessionTicket};
use premaster_wire::{
    ClientCertificateType, CompressionMethod, DistinguishedName, EcPointFormat, Extensions, List,
    ProtocolName, Random, SerializedSct, ServerHello, ServerHelloExtension as Extension,
};

use crate::classic::{Hellos, Profile};
use crate::engine::refused;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::code;
use crate::record_limits::RecordLimits;
use crate::{
    Error, Fault, SealTicket, SealedTicket, ServerPolicy, StoreSession, negotiate, schemes,
};

/// What the two hellos agree on.
pub(super) fn hellos(
    peer: &Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    profile: &Profile,
    suite: &'static Suite,
    alpn: Option<Vec<u8>>,
) -> Result<Hellos, Error> {
    let mut server_random: Random = peer.random(&policy.provider)?;
    negotiate::mark_downgrade(&policy.versions, profile.version, &mut server_random);
    let limits = policy.record_size_limit.zip(offer.record_size_limit);
    let cbc = matches!(suite.cipher, BulkCipher::Cbc(_));
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
        encrypt_then_mac: cbc && policy.encrypt_then_mac && offer.encrypt_then_mac,
        max_fragment_length: offer.agreed_fragment_length(policy),
    })
}

/// What a ServerHello announces.
pub(super) struct Promised<'a> {
    /// A NewSessionTicket follows.
    pub(super) ticket: bool,
    /// A CertificateStatus follows.
    pub(super) staple: bool,
    /// The server's name is gone by: not again when a session is resumed (RFC 6066 section 3).
    pub(super) name: bool,
    /// The proofs of Certificate Transparency for our certificate: where one is shown (RFC 6962 section 3.3.1).
    pub(super) timestamps: &'a [Vec<u8>],
}

/// Sends the ServerHello: an extension is answered only if it was offered
/// (RFC 5246 section 7.4.1.4).
pub(super) fn send_hello(
    peer: &mut Peer,
    offer: &Offer<'_>,
    hellos: &Hellos,
    promised: &Promised<'_>,
) -> Result<(), Error> {
    let protocol = hellos
        .alpn
        .as_deref()
        .map(|name| [ProtocolName::from(name)]);
    let timestamps: Vec<_> = promised
        .timestamps
        .iter()
        .map(|sct| SerializedSct { sct })
        .collect();
    let mut extensions = Vec::with_capacity(8);
    if promised.name && hellos.server_name.is_some() {
        extensions.push(Extension::ServerName);
    }
    if hellos.secure_renegotiation {
        extensions.push(Extension::RenegotiationInfo(&[]));
    }
    if hellos.extended_master_secret {
        extensions.push(Extension::ExtendedMasterSecret);
    }
    // Only where points are exchanged (RFC 8422 section 5.2).
    if offer.point_formats && hellos.suite.key_exchange == KeyExchangeKind::Ecdhe {
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
    if !timestamps.is_empty() {
        let list = List::from(timestamps.as_slice());
        extensions.push(Extension::SignedCertificateTimestamp(list));
    }
    if let Some(protocol) = &protocol {
        let list = List::from(protocol);
        extensions.push(Extension::ApplicationLayerProtocolNegotiation(list));
    }
    if let Some(limits) = hellos.record_limits {
        extensions.push(Extension::RecordSizeLimit(limits.ours));
    }
    if hellos.encrypt_then_mac {
        extensions.push(Extension::EncryptThenMac);
    }
    if let Some(length) = hellos.max_fragment_length {
        extensions.push(Extension::MaxFragmentLength(length));
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
    let schemes = schemes::of_request(&policy.schemes);
    peer.send(&CertificateRequest {
        certificate_types: List::from(&TYPES),
        supported_signature_algorithms: List::from(schemes.as_slice()),
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
