//! The server's hello exchange: reads the ClientHello, asks who serves it, chooses the version.

use premaster_crypto::Side;
use premaster_trace::Event;
use premaster_wire::{CipherSuite, ClientHello, ProtocolVersion};

use crate::engine::{Ended, refused};
use crate::error::At as _;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::{ChooseConfig, Error, Fault, ServerPolicy, classic, equals, narrate, negotiate, tls13};

/// Where the conversation with the client began.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// With the first message that comes here.
    Here,
    /// With another server, which has asked for a second ClientHello (RFC 8446 section 4.2.2).
    Elsewhere {
        /// How much early data may be under way: what tickets allow.
        early_data: u32,
    },
}

/// A server's handshake, to its end.
pub(crate) async fn script(mut peer: Peer, begun: Begun) -> Result<Ended, Error> {
    peer.trace(|| Event::Started { peer: None });
    if let Begun::Elsewhere { early_data } = begun {
        tls13::server::await_second_hello(&mut peer, early_data);
    }
    let message = peer.expect::<ClientHello<'_>>().await?;
    let hello = message.decode()?;
    let offer = Offer::read(&hello).at("client_hello")?;
    let policy = peer
        .ask(ChooseConfig {
            server_name: offer.server_name.clone(),
            alpn: offer
                .alpn
                .iter()
                .flatten()
                .map(|name| name.to_vec())
                .collect(),
            client_hello: message.bytes().to_vec(),
        })
        .await
        .map_err(refused(Fault::UnknownName))?;
    let policy = equals::settled(policy, &offer);
    let version = choose_version(&peer, &policy, &offer).at("client_hello")?;
    let second = version == ProtocolVersion::TLSv1_3
        && policy.retry_cookie.is_some()
        && offer.cookie.is_some();
    if begun != Begun::Here && !second {
        return Err(Error::new(Fault::BadCookie)
            .detail("a second ClientHello has to bring the cookie of the first server")
            .during("client_hello"));
    }
    if version == ProtocolVersion::TLSv1_3 {
        return tls13::server::server(peer, policy, &offer).await;
    }
    classic::server(peer, policy, &offer, classic::profile(version)?).await
}

fn choose_version(
    peer: &Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
) -> Result<ProtocolVersion, Error> {
    let fallback = offer.suites.contains(&CipherSuite::TLS_FALLBACK_SCSV);
    let listed = offer.supported_versions.as_deref();
    let version = negotiate::version(&policy.versions, offer.legacy_version, listed, fallback)?;
    narrate::chose(
        peer,
        "version",
        Side::Server,
        version,
        policy.versions.iter().copied(),
        listed.unwrap_or(&[offer.legacy_version]).iter().copied(),
        "the highest that both sides speak",
    );
    Ok(version)
}
