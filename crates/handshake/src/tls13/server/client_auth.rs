//! Who the client is: by a pre-shared key, or by its certificates and that it holds their key.

use premaster_crypto::Suite;
use premaster_crypto::tls13::EarlySecret;
use premaster_session::UnixTime;
use premaster_wire::SignatureScheme;

use super::psk::{ChosenPsk, Resumed, Root};
use super::tickets::Lineage;
use crate::peer::Peer;
use crate::tls13::authentication::{Expected, Identity};
use crate::tls13::keys::PeerProof;
use crate::{Error, ServerPolicy};

/// Who the client is.
pub(super) struct Client {
    pub(super) proof: PeerProof,
    /// How it signed, if it did.
    pub(super) scheme: Option<SignatureScheme>,
    /// Its certificates; those of the full handshake if a session goes on.
    pub(super) chain: Vec<Vec<u8>>,
    /// What sessions of its rest on.
    pub(super) lineage: Lineage,
}

impl Client {
    /// A client that knows a pre-shared key, and how the key schedule begins with that.
    pub(super) fn known(
        policy: &ServerPolicy,
        psk: ChosenPsk,
        now: UnixTime,
    ) -> (EarlySecret, Self) {
        let (lineage, chain) = match psk.root {
            Root::Session(Resumed { session, .. }) => (
                Lineage::goes_on(policy, &session),
                session.peer_certificates,
            ),
            Root::External(id) => (Lineage::of_external(policy, id, now), Vec::new()),
        };
        let client = Self {
            proof: PeerProof::of_client_with_psk(psk.proof),
            scheme: None,
            chain,
            lineage,
        };
        (psk.early, client)
    }

    /// Takes its certificates if they were asked for; it may decline where the policy lets it
    /// (RFC 8446 section 4.4.2.4).
    pub(super) async fn receive(
        peer: &mut Peer,
        policy: &ServerPolicy,
        suite: &'static Suite,
    ) -> Result<Self, Error> {
        let identity = match policy.client_auth.authorities() {
            Some(_) => identity(peer, policy, suite, &[]).await?,
            None => None,
        };
        let (proof, scheme, chain) = match identity {
            Some(client) => (client.proof, Some(client.scheme), client.chain),
            None => {
                let proof = PeerProof::of_client_without_certificate(&policy.client_auth)?;
                (proof, None, Vec::new())
            }
        };
        let lineage = Lineage::begins(policy, proof.verdict(), peer.now());
        Ok(Self {
            proof,
            scheme,
            chain,
            lineage,
        })
    }
}

/// Who the client has proved to be; `None` if it declined.
pub(in crate::tls13) async fn identity(
    peer: &mut Peer,
    policy: &ServerPolicy,
    suite: &'static Suite,
    context: &[u8],
) -> Result<Option<Identity>, Error> {
    let expected = Expected {
        provider: &policy.provider,
        suite,
        schemes: &policy.schemes,
        context,
        compression: &policy.certificate_compression,
        ocsp_stapling: false,
        certificate_timestamps: false,
        server_name: None,
    };
    match expected.certificate(peer).await? {
        Some(shown) => expected.verify(peer, shown).await.map(Some),
        None => Ok(None),
    }
}
