//! HelloRetryRequest: the client has to say hello once more (RFC 8446 section 4.1.4).

use premaster_crypto::{Side, Suite};
use premaster_trace::EarlyDataReason;
use premaster_wire::tls13::MessageHash;
use premaster_wire::{
    ClientHelloExtension, CompressionMethod, Extension as _, ExtensionType, Extensions,
    HelloRetryRequest, HelloRetryRequestExtension, NamedGroup, ProtocolVersion, RetryRandom,
    encode_message,
};

use super::psk::fingerprint;
use super::{choice, early_data};
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::code;
use crate::{CookieContent, Error, Fault, ServerPolicy, narrate};

/// What the client was asked for. The suite does not change any more (RFC 8446 section 4.1.4).
pub(super) struct Request {
    pub(super) suite: &'static Suite,
    pub(super) group: NamedGroup,
    cookie: Option<Vec<u8>>,
    /// The fingerprint of the pre-shared key that the suite was chosen for.
    psk: Option<[u8; 32]>,
}

impl Request {
    fn encode(&self, offer: &Offer<'_>) -> Result<Vec<u8>, Error> {
        let mut extensions = Vec::with_capacity(3);
        extensions.push(HelloRetryRequestExtension::KeyShare(self.group));
        if let Some(cookie) = &self.cookie {
            extensions.push(HelloRetryRequestExtension::Cookie(cookie));
        }
        extensions.push(HelloRetryRequestExtension::SupportedVersions(
            ProtocolVersion::TLSv1_3,
        ));
        Ok(encode_message(&HelloRetryRequest {
            legacy_version: ProtocolVersion::TLSv1_2,
            random: RetryRandom,
            session_id: offer.session_id,
            cipher_suite: code(self.suite),
            compression_method: CompressionMethod::null,
            extensions: Extensions::from(extensions.as_slice()),
        })?)
    }

    /// The second ClientHello is the first with what it was asked for (RFC 8446 section 4.1.2).
    fn check_answer(&self, second: &Offer<'_>) -> Result<(), Error> {
        let changed = |what: &str| Err(Error::new(Fault::SecondHelloChanged).detail(what));
        let shares = second.key_shares.as_deref().unwrap_or_default();
        let ours = |share: &premaster_wire::KeyShareEntry<'_>| share.group == self.group;
        if shares.len() != 1 || !shares.iter().all(ours) {
            let detail = format!("it has not just the share for {}", self.group);
            return changed(&detail);
        }
        if second.early_data {
            return changed("it offers early data");
        }
        if second.cookie != self.cookie.as_deref() {
            return Err(Fault::BadCookie.into());
        }
        let Some(psk) = self.psk else {
            return Ok(());
        };
        // The keys may be left out that do not fit the suite; this one does.
        let Some(offered) = &second.psks else {
            let detail = "the second ClientHello has no pre_shared_key, and the first had";
            return Err(Error::new(Fault::MissingExtension).detail(detail));
        };
        let mut known = offered.identities.iter();
        match known.any(|known| fingerprint(known.identity) == psk) {
            true => Ok(()),
            false => changed("it leaves out the pre-shared key that fits"),
        }
    }
}

/// What a first ClientHello leads to that brings no share that will do.
pub(super) struct Wanted {
    /// The suite that will be used.
    pub(super) suite: &'static Suite,
    /// A share of this group is wanted.
    pub(super) group: NamedGroup,
    /// The fingerprint of the pre-shared key that the suite was chosen for.
    pub(super) psk: Option<[u8; 32]>,
}

/// Asks for a share of this group; what has to be remembered may go into a cookie.
pub(super) fn ask_again(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
    Wanted { suite, group, psk }: Wanted,
) -> Result<Request, Error> {
    let hash = suite.hash;
    let theirs = offer.groups.iter().flatten().copied();
    let ours = choice::groups(policy);
    let reason = match policy.retry_for_best_group {
        true => "the best that both sides know: a second ClientHello has to bring a share for it",
        false => {
            "none of the client's shares will do: a second ClientHello has to bring one for it"
        }
    };
    narrate::chose(peer, "group", Side::Server, group, ours, theirs, reason);
    let cookie = policy.retry_cookie.as_ref().map(|cookies| {
        let content = CookieContent {
            suite: code(suite),
            group,
            client_hello: peer.transcript.digest_but_last(hash, 0).to_vec(),
            psk,
        };
        cookies.seal(&content, peer.now())
    });
    let request = Request {
        suite,
        group,
        cookie,
        psk,
    };
    peer.transcript.retry(hash, 0);
    peer.send_encoded(request.encode(offer)?)?;
    if !offer.session_id.is_empty() {
        peer.change_cipher_spec();
    }
    if offer.early_data {
        early_data::rejected(peer, EarlyDataReason::HelloRetryRequest);
        early_data::skip(peer, policy.early_data);
    }
    Ok(request)
}

/// Checks the second ClientHello against the first and against what it was asked for.
pub(super) fn check_second(
    request: &Request,
    first: &Offer<'_>,
    second: &Offer<'_>,
) -> Result<(), Error> {
    let changed = |what: &str| Err(Error::new(Fault::SecondHelloChanged).detail(what));
    let (one, two) = (&first.hello, &second.hello);
    if one.legacy_version != two.legacy_version
        || one.random != two.random
        || one.session_id != two.session_id
        || one.cipher_suites != two.cipher_suites
        || one.compression_methods != two.compression_methods
    {
        return changed("another version, random, session ID or suite");
    }
    let stays =
        |extension: &ClientHelloExtension<'_>| !MAY_CHANGE.contains(&extension.extension_type());
    let before = one.extensions().iter().filter(stays);
    if !before.eq(two.extensions().iter().filter(stays)) {
        return changed("other extensions");
    }
    let known = first.psks.iter().flat_map(|psks| psks.identities.iter());
    let mut known = known.map(|psk| psk.identity);
    let mut again = second.psks.iter().flat_map(|psks| psks.identities.iter());
    // Some may be left out; none comes in.
    if !again.all(|psk| known.any(|identity| identity == psk.identity)) {
        return changed("other pre-shared keys");
    }
    request.check_answer(second)
}

/// What a HelloRetryRequest has a client change (RFC 8446 section 4.1.2).
const MAY_CHANGE: [ExtensionType; 5] = [
    ExtensionType::key_share,
    ExtensionType::early_data,
    ExtensionType::cookie,
    ExtensionType::pre_shared_key,
    ExtensionType::padding,
];

/// The request that this ClientHello answers though it is the first that is seen here: the cookie tells. Then the
/// transcript is as if we had made it ourselves (RFC 8446 section 4.2.2).
///
/// A cookie is nothing to a server that makes none, as any extension that it does not know (RFC 8446 section 4.2).
pub(super) fn remembered(
    peer: &mut Peer,
    policy: &ServerPolicy,
    offer: &Offer<'_>,
) -> Result<Option<Request>, Error> {
    let (Some(cookies), Some(cookie)) = (&policy.retry_cookie, offer.cookie) else {
        return Ok(None);
    };
    let content = cookies.open(cookie, peer.now()).ok_or(Fault::BadCookie)?;
    let common = choice::common_suites(policy, offer);
    let suite = common
        .into_iter()
        .find(|suite| code(suite) == content.suite);
    let suite = suite.ok_or(Fault::SecondHelloChanged)?;
    let length = content.client_hello.len();
    if length != suite.hash.output_len() || !choice::groups(policy).contains(&content.group) {
        return Err(Fault::BadCookie.into());
    }
    let request = Request {
        suite,
        group: content.group,
        cookie: Some(cookie.to_vec()),
        psk: content.psk,
    };
    request.check_answer(offer)?;
    let mut before = encode_message(&MessageHash {
        hash: &content.client_hello,
    })?;
    before.extend_from_slice(&request.encode(offer)?);
    peer.transcript.begin_with(&before);
    Ok(Some(request))
}
