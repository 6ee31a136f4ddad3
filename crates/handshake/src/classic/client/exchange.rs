//! The key exchange as a client sees it: the server's share, if it sends one, and our answer.

use premaster_crypto::{KeyExchangeKind, SharedSecret, SignatureProof};
use premaster_wire::SignatureScheme;
use premaster_wire::tls12::{
    DhClientKeyExchange, DheServerKeyExchange, DigitallySigned, EcdhClientKeyExchange,
    EcdheServerKeyExchange,
};

use crate::classic::diffie_hellman;
use crate::classic::keys::PeerProof;
use crate::classic::{Hellos, key_transport};
use crate::error::At as _;
use crate::group::Group;
use crate::identity;
use crate::offer::ClientOffer;
use crate::peer::Peer;
use crate::{Error, Fault, Message, Verdict};

/// Takes ServerKeyExchange where the suite has one. With key transport there is none: a server that sends one
/// nevertheless, say with a short RSA key of its own (FREAK), is refused (RFC 5246 section 7.4.3).
pub(super) async fn receive(peer: &mut Peer, hellos: &Hellos) -> Result<Option<Message>, Error> {
    match hellos.suite.key_exchange {
        KeyExchangeKind::Rsa => Ok(None),
        _ => Ok(Some(peer.expect::<EcdheServerKeyExchange<'_>>().await?)),
    }
}

/// What the server contributes to the premaster secret.
pub(super) enum Exchange<'a> {
    /// A public key made for this handshake, and the proof that it is the server's.
    Ephemeral {
        group: Group,
        public: &'a [u8],
        scheme: SignatureScheme,
        signature: SignatureProof,
    },
    /// Nothing but the key of its certificate.
    Transport,
}

/// Both sides' contributions, joined.
pub(super) struct Agreed {
    pub(super) premaster: SharedSecret,
    pub(super) proof: PeerProof,
    pub(super) group: Option<Group>,
    pub(super) scheme: Option<SignatureScheme>,
}

impl<'a> Exchange<'a> {
    /// Reads the server's share: its signature is good, its group is one of ours
    /// (RFC 8422 section 5.4, RFC 5246 section 7.4.3).
    pub(super) fn read(
        peer: &Peer,
        offer: &ClientOffer,
        hellos: &Hellos,
        verdict: &Verdict,
        message: Option<&'a Message>,
    ) -> Result<Self, Error> {
        let Some(message) = message else {
            return Ok(Self::Transport);
        };
        let (policy, body) = (&offer.policy, message.body());
        let check =
            |params, signature| signature_of(peer, offer, hellos, verdict, params, signature);
        let step = "server_key_exchange";
        if hellos.suite.key_exchange == KeyExchangeKind::Dhe {
            let (params, exchange) = DheServerKeyExchange::decode_with_params(body)
                .map_err(Error::from)
                .at(step)?;
            let signature = check(params, exchange.signed_params)?;
            return Ok(Self::Ephemeral {
                group: diffie_hellman::field(&policy.dh_groups, &exchange.params).at(step)?,
                public: exchange.params.dh_ys,
                scheme: exchange.signed_params.algorithm,
                signature,
            });
        }
        let (params, exchange) = EcdheServerKeyExchange::decode_with_params(body)
            .map_err(Error::from)
            .at(step)?;
        let signature = check(params, exchange.signed_params)?;
        let curve = exchange.params.curve_params.named_curve;
        if !policy.groups.contains(&curve) {
            let detail = format!("the server chose {curve}");
            return Err(Error::new(Fault::GroupNotOffered).detail(detail)).at(step);
        }
        Ok(Self::Ephemeral {
            group: Group::curve(&policy.provider, curve)?,
            public: exchange.params.public,
            scheme: exchange.signed_params.algorithm,
            signature,
        })
    }

    /// Sends our ClientKeyExchange and computes the premaster secret.
    pub(super) fn answer(
        self,
        peer: &mut Peer,
        offer: &ClientOffer,
        verdict: Verdict,
    ) -> Result<Agreed, Error> {
        match self {
            Self::Ephemeral {
                group,
                public,
                scheme,
                signature,
            } => {
                let premaster = send_public(peer, &group, public)?;
                Ok(Agreed {
                    premaster,
                    proof: PeerProof::Signed { verdict, signature },
                    group: Some(group),
                    scheme: Some(scheme),
                })
            }
            Self::Transport => {
                let version = offer.legacy_version();
                let (premaster, sealed) =
                    key_transport::send(peer, &offer.policy, &verdict, version)?;
                Ok(Agreed {
                    premaster,
                    proof: PeerProof::SealedTo { verdict, sealed },
                    group: None,
                    scheme: None,
                })
            }
        }
    }
}

/// Makes our key pair and sends its public half.
fn send_public(peer: &mut Peer, group: &Group, theirs: &[u8]) -> Result<SharedSecret, Error> {
    let ours = group.start()?;
    let share = ours.share().to_vec();
    let premaster =
        diffie_hellman::premaster(group, peer, ours, theirs).at("server_key_exchange")?;
    match group {
        Group::Curve(_) => peer.send(&EcdhClientKeyExchange { point: &share })?,
        Group::Field(_) => peer.send(&DhClientKeyExchange { dh_yc: &share })?,
    }
    Ok(premaster)
}

fn signature_of(
    peer: &Peer,
    offer: &ClientOffer,
    hellos: &Hellos,
    verdict: &Verdict,
    params: &[u8],
    signature: DigitallySigned<'_>,
) -> Result<SignatureProof, Error> {
    let content = diffie_hellman::signed_content(hellos, params);
    let signed = diffie_hellman::signed(signature, &content);
    let (provider, schemes) = (&offer.policy.provider, &offer.policy.schemes);
    identity::verify(peer, provider, schemes, verdict, &signed)
}
