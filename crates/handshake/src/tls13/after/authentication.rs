//! Authentication of the client after the handshake (RFC 8446 section 4.6.2): a script on each side.
//!
//! Each authentication stands for itself: its messages follow those of the handshake in the transcript, those of other
//! authentications do not (RFC 8446 section 4.4).

use std::sync::Arc;

use premaster_crypto::{Hash, Suite};
use premaster_wire::tls13::CertificateRequest;
use premaster_wire::{HandshakeType, SignatureScheme};

use crate::peer::Peer;
use crate::tls13::authentication::{Identity, receive_finished, send_finished};
use crate::tls13::client::{Request, answer_request};
use crate::tls13::keys::{PeerProof, Proved};
use crate::tls13::server::{identity, send_certificate_request};
use crate::{ClientPolicy, Epoch, Error, Message, ServerPolicy};

/// What each authentication begins with.
pub(super) struct Basis {
    /// The messages of the handshake, up to the client's Finished.
    pub(super) transcript: Hash,
    pub(super) policy: Policy,
}

/// Whose policy counts.
pub(super) enum Policy {
    Client(Arc<ClientPolicy>),
    Server(Arc<ServerPolicy>),
}

/// What came of an authentication after the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authentication {
    /// Seen by the server: the certificates as DER by which the client has proved who it is, its own first. Empty if it
    /// declined; and on the client's own side.
    pub peer_certificates: Vec<Vec<u8>>,
    /// How the client signed; `None` if it declined.
    pub client_scheme: Option<SignatureScheme>,
}

/// A client shows who it is, or that it has nothing to show.
pub(super) async fn answer(
    mut peer: Peer,
    policy: Arc<ClientPolicy>,
    suite: &'static Suite,
    message: Message,
) -> Result<Authentication, Error> {
    message.check_length()?;
    peer.transcript.add(message.bytes())?;
    let request: CertificateRequest<'_> = message.decode()?;
    let request = Request::read(&mut peer, &request)?;
    // No other message may come in between (RFC 8446 section 4.6.2), however long we take to sign.
    peer.hold();
    let scheme = answer_request(&mut peer, &policy, Some(request)).await?;
    let key = peer.finished_key()?;
    send_finished(&mut peer, suite, &key, Epoch::Traffic)?;
    peer.release();
    Ok(Authentication {
        peer_certificates: Vec::new(),
        client_scheme: scheme,
    })
}

/// A server wants to know who its client is; how much so, the policy's `client_auth` says.
pub(super) async fn request(
    mut peer: Peer,
    policy: Arc<ServerPolicy>,
    suite: &'static Suite,
) -> Result<Authentication, Error> {
    // Nobody can have prepared an answer (RFC 8446 section 4.3.2).
    let context = peer.random(&policy.provider)?.0;
    send_certificate_request(&mut peer, &policy, &context)?;
    let identity = identity(&mut peer, &policy, suite, &context).await?;
    let proof = match &identity {
        Some(identity) => &identity.proof,
        None => &PeerProof::of_client_without_certificate(&policy.client_auth)?,
    };
    // The client sends its messages in a row, so this is the key of all of them.
    peer.one_of(&[HandshakeType::finished]).await?;
    let key = peer.finished_key()?;
    let finished = receive_finished(&mut peer, suite, &key, Epoch::Traffic).await?;
    let proved = Proved {
        peer: proof,
        finished,
    };
    Ok(authenticated(identity.as_ref(), proved))
}

/// Both proofs are of this very authentication (property 5).
fn authenticated(identity: Option<&Identity>, _proved: Proved<'_>) -> Authentication {
    Authentication {
        peer_certificates: identity.map_or_else(Vec::new, |identity| identity.chain.clone()),
        client_scheme: identity.map(|identity| identity.scheme),
    }
}
