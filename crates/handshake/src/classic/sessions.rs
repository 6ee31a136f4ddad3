//! What a session may be resumed for, and what is kept of a full handshake.

use premaster_crypto::Suite;
use premaster_crypto::tls12::MasterSecret;
use premaster_session::{IsolationKey, Session, SessionSecret, UnixTime};
use premaster_wire::MaxFragmentLength;

use crate::classic::Hellos;
use crate::offer::Offer;
use crate::policy::code;
use crate::{Error, Fault, ServerPolicy, Verdict};

/// A session that passed every check for resumption; made in this file alone.
pub(crate) struct MayResume(());

/// What becomes of a session that a client wants to resume.
pub(crate) enum Resumption {
    /// It may be resumed under this suite.
    Granted(&'static Suite, MayResume),
    /// Not this one: a full handshake follows. The reason, in words.
    Denied(&'static str),
}

/// Whether a server resumes this session for this client.
///
/// Only inside the same isolation key and for the same name, unexpired, under a suite that both
/// sides still want, bound by extended_master_secret (RFC 7627 section 5.3).
///
/// # Errors
///
/// A client that gives up extended_master_secret where the session has it is refused.
pub(crate) fn may_resume(
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    session: &Session,
    version: premaster_wire::ProtocolVersion,
    now: UnixTime,
) -> Result<Resumption, Error> {
    let denied = |reason| Ok(Resumption::Denied(reason));
    if let Err(reason) = session.check(&policy.isolation, now) {
        return denied(match reason {
            premaster_session::NotResumable::Expired => "the session has expired",
            _ => "the session was made under another configuration",
        });
    }
    if session.server_name != offer.server_name {
        return denied("the session was made for another server name");
    }
    if session.version != version.0 || session.master_secret().is_none() {
        return denied("the session was made under another version");
    }
    if session.extended_master_secret && !offer.extended_master_secret {
        return Err(Error::new(Fault::ResumedWithoutExtendedMasterSecret)
            .detail("the session has extended_master_secret, this ClientHello has not"));
    }
    if !session.extended_master_secret {
        return denied("the session is not bound by extended_master_secret");
    }
    // What was agreed on holds as long as the session, its resumptions included (RFC 6066 section 4).
    let agreed = offer.agreed_fragment_length(policy);
    if fragment_length(session) != agreed {
        return denied("the session was made with another max_fragment_length");
    }
    if matches!(policy.client_auth, crate::ClientAuth::Required { .. })
        && session.peer_certificates.is_empty()
    {
        return denied("the session knows no client certificate, and one is required");
    }
    let suite = policy
        .suites
        .iter()
        .copied()
        .find(|suite| suite.id == session.suite);
    match suite.filter(|suite| offer.suites.contains(&code(suite))) {
        Some(suite) => Ok(Resumption::Granted(suite, MayResume(()))),
        None => denied("the session's cipher suite is not wanted by both sides any more"),
    }
}

/// The fragment length of a session (RFC 6066 section 4).
pub(crate) fn fragment_length(session: &Session) -> Option<MaxFragmentLength> {
    session.max_fragment_length.map(MaxFragmentLength)
}

/// What a client checks when the server resumes the session that was offered
/// (RFC 5246 section 7.4.1.3, RFC 7627 section 5.3).
pub(crate) fn check_resumed(hellos: &Hellos, session: &Session) -> Result<MayResume, Error> {
    if session.version != hellos.version.0 {
        return Err(Fault::ResumedVersionChanged.into());
    }
    if session.suite != hellos.suite.id {
        let detail = format!("{:#06x} became {}", session.suite, hellos.suite.name);
        return Err(Error::new(Fault::ResumedSuiteChanged).detail(detail));
    }
    if session.extended_master_secret != hellos.extended_master_secret {
        return Err(Fault::ResumedWithoutExtendedMasterSecret.into());
    }
    Ok(MayResume(()))
}

/// The master secret of a session that is resumed. A ticket of TLS 1.3 has none.
pub(crate) fn master_of(suite: &Suite, session: &Session) -> Result<MasterSecret, Error> {
    let secret = session
        .master_secret()
        .ok_or(Fault::ResumedVersionChanged)?;
    Ok(MasterSecret::from_secret(suite.hash, secret.duplicate()))
}

/// Who stands behind a new session.
pub(crate) struct Authenticated<'a> {
    pub(crate) at: UnixTime,
    pub(crate) lifetime: u32,
    pub(crate) isolation: IsolationKey,
    /// The peer's certificates, empty for a client without.
    pub(crate) certificates: &'a [Vec<u8>],
    pub(crate) verdict: Option<&'a Verdict>,
}

/// What is kept of a full handshake. It ends with the certificate that it rests on.
pub(crate) fn keep(hellos: &Hellos, master: &MasterSecret, peer: &Authenticated<'_>) -> Session {
    let mut session = Session {
        version: hellos.version.0,
        suite: hellos.suite.id,
        secret: SessionSecret::Master(master.secret().duplicate()),
        extended_master_secret: hellos.extended_master_secret,
        authenticated_at: peer.at,
        lifetime: peer.lifetime,
        isolation: peer.isolation,
        server_name: hellos.server_name.clone(),
        alpn: hellos.alpn.clone(),
        peer_certificates: peer.certificates.to_vec(),
        max_fragment_length: hellos.max_fragment_length.map(|length| length.0),
        peer_public_key: peer.verdict.map(|verdict| verdict.spki().to_vec()),
        external_psk: None,
        resumable_across_names: false,
    };
    if let Some(until) = peer.verdict.and_then(Verdict::valid_until) {
        session.expire_by(until);
    }
    session
}
