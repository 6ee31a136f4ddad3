//! What the server says: the messages of its flight, one function each.

use std::sync::Arc;

use premaster_crypto::{Side, Suite};
use premaster_wire::tls13::{CertificateRequest, EncryptedExtensions};
use premaster_wire::{
    CertificateRequestExtension, CompressionMethod, DistinguishedName, EncryptedExtension,
    Extensions, KeyShareEntry, List, NamedGroup, ProtocolName, ProtocolVersion, Random,
    ServerHello, ServerHelloExtension,
};

use super::choice::groups;
use crate::engine::refused;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::code;
use crate::tls13::Agreed;
use crate::tls13::authentication::{Ours, authenticate};
use crate::{ChooseCredential, Credential, Error, Fault, ServerPolicy, negotiate, schemes};
use premaster_crypto::Authentication;
use premaster_trace::{EarlyData, ResumedBy};
use premaster_wire::SignatureScheme;

/// Sends the ServerHello (RFC 8446 section 4.1.3).
pub(super) fn send_hello(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    suite: &'static Suite,
    share: Option<(NamedGroup, &[u8])>,
    psk: Option<u16>,
) -> Result<(), Error> {
    let random: Random = peer.random(&policy.provider)?;
    let mut extensions = Vec::with_capacity(3);
    if let Some(psk) = psk {
        extensions.push(ServerHelloExtension::PreSharedKey(psk));
    }
    if let Some((group, key_exchange)) = share {
        extensions.push(ServerHelloExtension::KeyShare(KeyShareEntry {
            group,
            key_exchange,
        }));
    }
    extensions.push(ServerHelloExtension::SupportedVersions(
        ProtocolVersion::TLSv1_3,
    ));
    peer.send(&ServerHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random,
        session_id: offer.session_id,
        cipher_suite: code(suite),
        compression_method: CompressionMethod::null,
        extensions: Some(Extensions::from(extensions.as_slice())),
    })
}

/// Sends what need not be readable: an extension is answered only if it was offered (RFC 8446 section 4.3.1).
pub(super) fn send_encrypted_extensions(
    peer: &mut Peer,
    policy: &ServerPolicy,
    agreed: &Agreed,
) -> Result<(), Error> {
    let groups = groups(policy);
    let protocol = agreed
        .alpn
        .as_deref()
        .map(|name| [ProtocolName::from(name)]);
    let mut extensions = Vec::with_capacity(6);
    if policy.announce_groups && agreed.group.is_some() {
        let groups = List::from(groups.as_slice());
        extensions.push(EncryptedExtension::SupportedGroups(groups));
    }
    if let Some(limits) = agreed.record_limits {
        extensions.push(EncryptedExtension::RecordSizeLimit(limits.ours));
    }
    // Agreed on anew each time (RFC 8446 section 4.6.1), but not said where a session is resumed (RFC 6066 section 3).
    let resumed = matches!(agreed.psk, Some(ResumedBy::Ticket | ResumedBy::SessionId));
    let acknowledged = policy.acknowledge_name && (!resumed || policy.acknowledge_resumed_name);
    if agreed.server_name.is_some() && acknowledged {
        extensions.push(EncryptedExtension::ServerName);
    }
    if let Some(protocol) = &protocol {
        let list = List::from(protocol);
        extensions.push(EncryptedExtension::ApplicationLayerProtocolNegotiation(
            list,
        ));
    }
    if let Some(length) = agreed.max_fragment_length {
        extensions.push(EncryptedExtension::MaxFragmentLength(length));
    }
    if agreed.early_data == Some(EarlyData::Accepted) {
        extensions.push(EncryptedExtension::EarlyData);
    }
    peer.send(&EncryptedExtensions {
        extensions: Extensions::from(extensions.as_slice()),
    })
}

/// Asks the client for a certificate, if the policy has it so (RFC 8446 section 4.3.2).
pub(in crate::tls13) fn send_certificate_request(
    peer: &mut Peer,
    policy: &ServerPolicy,
    context: &[u8],
) -> Result<(), Error> {
    let Some(authorities) = policy.client_auth.authorities() else {
        return Ok(());
    };
    let names: Vec<_> = authorities
        .iter()
        .map(|der| DistinguishedName { der })
        .collect();
    let compression: Vec<_> = policy
        .certificate_compression
        .iter()
        .map(|one| one.algorithm())
        .collect();
    let mut extensions = vec![CertificateRequestExtension::SignatureAlgorithms(
        List::from(policy.schemes.as_slice()),
    )];
    if !policy.certificate_schemes.is_empty() {
        let list = List::from(policy.certificate_schemes.as_slice());
        extensions.push(CertificateRequestExtension::SignatureAlgorithmsCert(list));
    }
    if !names.is_empty() {
        let list = List::from(names.as_slice());
        extensions.push(CertificateRequestExtension::CertificateAuthorities(list));
    }
    if !compression.is_empty() {
        let list = List::from(compression.as_slice());
        extensions.push(CertificateRequestExtension::CompressCertificate(list));
    }
    peer.send(&CertificateRequest {
        certificate_request_context: context,
        extensions: Extensions::from(extensions.as_slice()),
    })
}

/// Finds a certificate that this client can check, and shows it; says how it signed.
pub(super) async fn show_identity(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    (credential, scheme): (Arc<Credential>, SignatureScheme),
) -> Result<(), Error> {
    let theirs = &offer.certificate_compression;
    let ours = Ours {
        credential,
        scheme,
        context: &[],
        ocsp_stapling: offer.ocsp_stapling,
        certificate_timestamps: offer.certificate_timestamps,
        compression: crate::compression::common(&policy.certificate_compression, theirs),
    };
    authenticate(peer, ours).await
}

/// A certificate that this client can check.
pub(super) async fn credential(
    peer: &mut Peer,
    offer: &Offer<'_>,
) -> Result<(Arc<Credential>, SignatureScheme), Error> {
    if offer.schemes.is_empty() {
        return Err(Error::new(Fault::MissingExtension)
            .detail("no pre-shared key was chosen, and there is no signature_algorithms"));
    }
    let theirs = schemes::of_tls13(&offer.schemes, Side::Server);
    let question = ChooseCredential {
        server_name: offer.server_name.clone(),
        schemes: theirs.clone(),
        certificate_schemes: offer.certificate_schemes(),
        authentications: vec![Authentication::Any],
        groups: None,
        certificate_types: Vec::new(),
        authorities: offer.authorities.clone(),
    };
    let credential = peer
        .ask(question)
        .await
        .map_err(refused(Fault::NoCredential))?;
    let credential = credential.ok_or_else(|| {
        let name = offer.server_name.as_deref().unwrap_or("no server name");
        Error::new(Fault::NoCredential).detail(format!("the client asks for {name}"))
    })?;
    let ours = schemes::of_credential(&credential, Side::Server);
    let scheme = negotiate::scheme(&ours, &theirs)?;
    Ok((credential, scheme))
}
