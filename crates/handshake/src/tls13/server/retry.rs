//! HelloRetryRequest: the client has to say hello once more (RFC 8446 section 4.1.4).

use premaster_crypto::Suite;
use premaster_wire::{
    CompressionMethod, Extensions, HelloRetryRequest, HelloRetryRequestExtension as Extension,
    NamedGroup, ProtocolVersion, RetryRandom,
};

use crate::Error;
use crate::offer::Offer;
use crate::peer::Peer;
use crate::policy::code;

/// Asks for a share of this group.
pub(super) fn ask_again(
    peer: &mut Peer,
    offer: &Offer<'_>,
    suite: &'static Suite,
    group: NamedGroup,
) -> Result<(), Error> {
    peer.transcript.retry(suite.hash, 0);
    let extensions = [
        Extension::SupportedVersions(ProtocolVersion::TLSv1_3),
        Extension::KeyShare(group),
    ];
    peer.send(&HelloRetryRequest {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: RetryRandom,
        session_id: offer.session_id,
        cipher_suite: code(suite),
        compression_method: CompressionMethod::null,
        extensions: Extensions::from(extensions.as_slice()),
    })
}
