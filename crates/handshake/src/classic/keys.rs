//! From the premaster secret to the keys, and the proofs that the keys wait for.

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{DirectionKeys, SharedSecret, Side, SignatureProof};
use premaster_trace::{Derivation, Event, SecretLabel};

use crate::classic::Hellos;
use crate::classic::key_transport::SealedTo;
use crate::classic::sessions::MayResume;
use crate::identity::NeedNot;
use crate::narrate::{hash_name, side};
use crate::peer::Peer;
use crate::{ClientAuth, Error, Fault, Verdict};

/// That the peer is authenticated as far as the negotiation asks for.
///
/// Traffic keys cannot be had without one ([`TrafficKeys::derive`]), and each variant needs what
/// only a check can make: a [`SignatureProof`] comes from a verified signature alone, a [`SealedTo`]
/// from encryption to the verified key.
pub(crate) enum PeerProof {
    /// The verifier vouches for the key, and the peer has signed with it.
    Signed {
        verdict: Verdict,
        #[expect(dead_code, reason = "held, not read: that it exists is the proof")]
        signature: SignatureProof,
    },
    /// The verifier vouches for the key, and only its holder can read the premaster secret: the server's
    /// Finished shows that it could.
    SealedTo {
        verdict: Verdict,
        #[expect(dead_code, reason = "held, not read: that it exists is the proof")]
        sealed: SealedTo,
    },
    /// The full handshake of the resumed session proved it.
    Resumed(MayResume),
    /// A server that did not ask its client for a certificate, or whose client declined.
    ClientNeedNotAuthenticate(NeedNot),
}

impl PeerProof {
    /// The verdict on the peer's certificates, if it showed any in this handshake.
    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Signed { verdict, .. } | Self::SealedTo { verdict, .. } => Some(verdict),
            Self::Resumed(_) | Self::ClientNeedNotAuthenticate(_) => None,
        }
    }
}

impl PeerProof {
    /// The proof of a client that showed no certificate (RFC 5246 section 7.4.6).
    pub(crate) fn of_client_without_certificate(policy: &ClientAuth) -> Result<Self, Error> {
        NeedNot::of(policy, Fault::CertificateRequired).map(Self::ClientNeedNotAuthenticate)
    }
}

/// The master secret of a full handshake (RFC 5246 section 8.1, RFC 7627 section 4).
///
/// Call it when ClientKeyExchange is the last message of the transcript.
pub(crate) fn master_secret(
    peer: &mut Peer,
    hellos: &Hellos,
    premaster: &SharedSecret,
) -> Result<MasterSecret, Error> {
    let hash = hellos.suite.hash;
    let (client, server) = (&hellos.client_random.0, &hellos.server_random.0);
    let name = hash_name(hash);
    let master = if hellos.extended_master_secret {
        let session_hash = peer.transcript.digest()?;
        peer.trace(|| Event::Derived(Derivation::extended_master_secret(name, &session_hash)));
        MasterSecret::derive_extended(hash, premaster, &session_hash)
    } else {
        peer.trace(|| Event::Derived(Derivation::master_secret(name, client, server)));
        MasterSecret::derive(hash, premaster, client, server)
    };
    Ok(master)
}

/// The keys of both directions, seen from our side.
pub(crate) struct TrafficKeys {
    pub(crate) send: DirectionKeys,
    pub(crate) receive: DirectionKeys,
}

impl TrafficKeys {
    /// Cuts the key block (RFC 5246 section 6.3). The proof is not read: that it exists says that
    /// the peer is authenticated, and no other way leads to keys.
    pub(crate) fn derive(
        peer: &mut Peer,
        hellos: &Hellos,
        master: &MasterSecret,
        _proof: &PeerProof,
    ) -> Self {
        let (client, server) = (&hellos.client_random.0, &hellos.server_random.0);
        let shape = hellos.suite.key_block_shape();
        peer.trace(|| {
            Event::Derived(Derivation::key_block(
                hash_name(hellos.suite.hash),
                client,
                server,
                shape.mac_key_len,
                shape.key_len,
                shape.fixed_iv_len,
            ))
        });
        peer.secret(
            SecretLabel::ClientRandom,
            client,
            master.secret().as_bytes(),
        );
        let block = master.key_block(client, server, shape);
        match peer.side() {
            Side::Client => Self {
                send: block.client,
                receive: block.server,
            },
            Side::Server => Self {
                send: block.server,
                receive: block.client,
            },
        }
    }
}

/// The verify_data of `whose` Finished over everything said so far (RFC 5246 section 7.4.9).
pub(crate) fn transcript_for_finished(
    peer: &mut Peer,
    hellos: &Hellos,
    whose: Side,
) -> Result<premaster_crypto::Digest, Error> {
    let digest = peer.transcript.digest()?;
    let name = hash_name(hellos.suite.hash);
    peer.trace(|| Event::Derived(Derivation::verify_data(name, side(whose), &digest)));
    Ok(digest)
}
