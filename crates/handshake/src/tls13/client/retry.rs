//! HelloRetryRequest: the server wants another ClientHello (RFC 8446 section 4.1.4).

use premaster_crypto::{Side, Suite};
use premaster_wire::{
    Extension as _, HelloRetryRequest, HelloRetryRequestExtension, NamedGroup, ProtocolVersion,
};

use super::Before;
use super::answer::{check, misplaced, missing};
use crate::offer::ClientOffer;
use crate::peer::Peer;
use crate::tls13::CHANGE_CIPHER_SPECS;
use crate::{Error, Fault, Order, narrate};

/// A HelloRetryRequest, sorted by meaning.
pub(crate) struct Retry {
    suite: &'static Suite,
    group: Option<NamedGroup>,
    cookie: Option<Vec<u8>>,
}

impl Retry {
    pub(crate) fn read(
        offer: &ClientOffer,
        request: &HelloRetryRequest<'_>,
    ) -> Result<Self, Error> {
        let mut retry = Self {
            suite: check(
                offer,
                request.legacy_version,
                request.session_id,
                request.compression_method,
                request.cipher_suite,
            )?,
            group: None,
            cookie: None,
        };
        let mut version = None;
        for extension in request.extensions {
            match extension {
                HelloRetryRequestExtension::SupportedVersions(chosen) => version = Some(chosen),
                HelloRetryRequestExtension::KeyShare(group) => retry.group = Some(group),
                // A cookie may come although nothing of the kind was offered (RFC 8446 section 4.2).
                HelloRetryRequestExtension::Cookie(cookie) => retry.cookie = Some(cookie.to_vec()),
                other => {
                    let kind = other.extension_type();
                    offer.check_offered(kind)?;
                    return Err(misplaced(kind, "HelloRetryRequest"));
                }
            }
        }
        match version {
            Some(ProtocolVersion::TLSv1_3) => {}
            Some(other) => {
                let detail = format!("HelloRetryRequest says {other}");
                return Err(Error::new(Fault::SelectedVersionNotOffered).detail(detail));
            }
            None => return Err(missing("HelloRetryRequest has no supported_versions")),
        }
        retry.check_change(offer)?;
        Ok(retry)
    }

    /// It asks for something that was offered and not given (RFC 8446 section 4.1.4, RFC 8446 section 4.2.8).
    fn check_change(&self, offer: &ClientOffer) -> Result<(), Error> {
        let Some(group) = self.group else {
            return match self.cookie {
                Some(_) => Ok(()),
                None => Err(Fault::RetryWithoutChange.into()),
            };
        };
        let listed = offer.policy.listed_groups().contains(&group);
        let sent = offer.shares.iter().any(|share| share.id == group);
        if !listed || sent {
            let detail = format!("the server asks for {group}");
            return Err(Error::new(Fault::RetryGroupNotOffered).detail(detail));
        }
        Ok(())
    }
}

/// Does what a HelloRetryRequest of this length asks for. It is the last message so far.
///
/// The second ClientHello repeats the first but for what RFC 8446 section 4.1.2 lists: the one share, the cookie, no early
/// data, the keys that fit the suite with their ages and binders made anew.
pub(crate) fn retry(
    peer: &mut Peer,
    offer: &mut ClientOffer,
    request: &Retry,
    length: usize,
    before: &mut Before,
) -> Result<(), Error> {
    peer.speaks_tls13();
    peer.order(Order::DropChangeCipherSpecs(CHANGE_CIPHER_SPECS));
    before.retried = true;
    before.early_is_read = false;
    before.retry_suite = Some(request.suite);
    if let Some(group) = request.group {
        narrate::chose(
            peer,
            "group",
            Side::Server,
            group,
            offer.policy.listed_groups(),
            [],
            "the server asked for a share of it",
        );
    }
    let hash = request.suite.hash;
    peer.transcript.retry(hash, length);
    offer.retry(request.group, request.cookie.as_deref(), hash)?;
    before.change_cipher_spec(peer, offer);
    offer.send(peer)
}
