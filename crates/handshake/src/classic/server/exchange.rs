//! The key exchange as a server sees it: our share, if the suite wants one, and the client's answer.

use std::sync::Arc;

use premaster_crypto::{ActiveKeyExchange, SharedSecret};
use premaster_trace::{Direction, Event, SignatureUse};
use premaster_wire::tls12::{
    DhClientKeyExchange, DheServerKeyExchange, DigitallySigned, EcParameters,
    EcdhClientKeyExchange, EcdheServerKeyExchange, ServerDhParams, ServerEcdhParams,
};
use premaster_wire::{Encode, ProtocolVersion, SignatureScheme};

use super::choice::{Chosen, Method};
use crate::classic::diffie_hellman;
use crate::classic::{Hellos, key_transport};
use crate::engine::refused;
use crate::error::At as _;
use crate::group::Group;
use crate::peer::Peer;
use crate::{Credential, Error, Fault, ServerPolicy, Sign};

/// A key exchange that waits for the client's half.
pub(super) enum Exchange {
    /// Our key pair was made for this handshake.
    Ephemeral {
        group: Group,
        ours: Box<dyn ActiveKeyExchange>,
    },
    /// The client encrypts to this credential's key.
    Transport(Arc<Credential>),
}

impl Exchange {
    /// Makes our key pair, signs its public half together with both randoms, sends both
    /// (RFC 5246 section 7.4.3, RFC 8422 section 5.4). With key transport there is nothing to send.
    pub(super) async fn begin(
        peer: &mut Peer,
        hellos: &Hellos,
        chosen: &Chosen,
    ) -> Result<Self, Error> {
        let (group, scheme) = match &chosen.method {
            Method::Ephemeral { group, scheme } => (group.clone(), *scheme),
            Method::Transport => return Ok(Self::Transport(Arc::clone(&chosen.credential))),
        };
        let ours = group.start()?;
        send_public(peer, hellos, chosen, &group, scheme, ours.share()).await?;
        Ok(Self::Ephemeral { group, ours })
    }

    /// Takes ClientKeyExchange and computes the premaster secret.
    pub(super) async fn complete(
        self,
        peer: &mut Peer,
        policy: &ServerPolicy,
        client_version: ProtocolVersion,
    ) -> Result<SharedSecret, Error> {
        let (group, ours) = match self {
            Self::Ephemeral { group, ours } => (group, ours),
            Self::Transport(credential) => {
                return key_transport::receive(peer, policy, credential, client_version).await;
            }
        };
        let message = peer.expect::<EcdhClientKeyExchange<'_>>().await?;
        let public = match group {
            Group::Curve(_) => message.decode::<EcdhClientKeyExchange<'_>>()?.point,
            Group::Field(_) => message.decode::<DhClientKeyExchange<'_>>()?.dh_yc,
        };
        diffie_hellman::premaster(&group, peer, ours, public).at("client_key_exchange")
    }
}

async fn send_public(
    peer: &mut Peer,
    hellos: &Hellos,
    chosen: &Chosen,
    group: &Group,
    scheme: SignatureScheme,
    public: &[u8],
) -> Result<(), Error> {
    match group {
        Group::Curve(curve) => {
            let params = ServerEcdhParams {
                curve_params: EcParameters {
                    named_curve: premaster_wire::NamedGroup(curve.id()),
                },
                public,
            };
            let signature = sign(peer, hellos, chosen, scheme, &Encode::to_vec(&params)?).await?;
            let signed_params = digitally_signed(scheme, &signature);
            peer.send(&EcdheServerKeyExchange {
                params,
                signed_params,
            })
        }
        Group::Field(field) => {
            let params = ServerDhParams {
                dh_p: field.prime(),
                dh_g: field.generator(),
                dh_ys: public,
            };
            let signature = sign(peer, hellos, chosen, scheme, &Encode::to_vec(&params)?).await?;
            let signed_params = digitally_signed(scheme, &signature);
            peer.send(&DheServerKeyExchange {
                params,
                signed_params,
            })
        }
    }
}

fn digitally_signed(algorithm: SignatureScheme, signature: &[u8]) -> DigitallySigned<'_> {
    DigitallySigned {
        algorithm,
        signature,
    }
}

/// Has the parameters signed, and tells of it.
async fn sign(
    peer: &mut Peer,
    hellos: &Hellos,
    chosen: &Chosen,
    scheme: SignatureScheme,
    params: &[u8],
) -> Result<Vec<u8>, Error> {
    let signature = peer
        .ask(Sign {
            credential: Arc::clone(&chosen.credential),
            scheme,
            message: diffie_hellman::signed_content(hellos, params),
        })
        .await
        .map_err(refused(Fault::SigningFailed))?;
    peer.trace(|| {
        Event::Signature(SignatureUse {
            by: premaster_trace::Side::Server,
            direction: Direction::Sent,
            scheme,
            over: diffie_hellman::OVER.into(),
            proves:
                "the server holds the private key of its certificate, now and for this handshake"
                    .into(),
            section: diffie_hellman::SECTION,
        })
    });
    Ok(signature)
}
