//! What a server may answer to a ClientHello, in whatever version and message it does.

use premaster_wire::{ExtensionType, List, MaxFragmentLength, ProtocolName};

use super::ours::ClientOffer;
use super::theirs::record_size_limit;
use crate::record_limits::RecordLimits;
use crate::{Error, Fault};

impl ClientOffer {
    /// A server answers only what was offered (RFC 5246 section 7.4.1.4, RFC 8446 section 4.2).
    pub(crate) fn check_offered(&self, kind: ExtensionType) -> Result<(), Error> {
        if self.extensions.contains(&kind) {
            return Ok(());
        }
        let detail = format!("the server answered {kind}");
        Err(Error::new(Fault::ExtensionNotOffered).detail(detail))
    }

    /// The protocol that the server chose: exactly one, and one of ours (RFC 7301 section 3.1).
    pub(crate) fn chosen_protocol(
        &self,
        list: List<'_, ProtocolName<'_>>,
    ) -> Result<Vec<u8>, Error> {
        let mut names = list.iter().map(|protocol| protocol.name.to_vec());
        let policy = &self.policy;
        let offered = |name: &Vec<u8>| policy.accept_unoffered_alpn || policy.alpn.contains(name);
        let name = names.next().filter(offered);
        match (name, names.next()) {
            (Some(name), None) => Ok(name),
            _ => Err(Fault::ProtocolNotOffered.into()),
        }
    }

    /// Our record_size_limit and the server's (RFC 8449 section 4).
    pub(crate) fn agreed_records(&self, limit: u16) -> Result<Option<RecordLimits>, Error> {
        let theirs = record_size_limit(limit)?;
        let ours = self.record_size_limit;
        Ok(ours.map(|ours| RecordLimits { ours, theirs }))
    }

    /// The max_fragment_length that the server repeats (RFC 6066 section 4).
    pub(crate) fn agreed_fragments(
        &self,
        length: MaxFragmentLength,
    ) -> Result<MaxFragmentLength, Error> {
        if self.max_fragment_length != Some(length) {
            let detail = format!("the server wrote {length}");
            return Err(Error::new(Fault::FragmentLengthNotOffered).detail(detail));
        }
        Ok(length)
    }
}

/// A server answers one of the two limits at the most (RFC 8449 section 5).
pub(crate) fn one_limit(
    records: Option<&RecordLimits>,
    fragments: Option<&MaxFragmentLength>,
) -> Result<(), Error> {
    match (records, fragments) {
        (Some(_), Some(_)) => Err(Fault::TwoRecordLimits.into()),
        _ => Ok(()),
    }
}
