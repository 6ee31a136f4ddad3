//! False Start: data behind our Finished, before the server's (RFC 7918).

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{BulkCipher, KeyExchangeKind};

use crate::classic::Hellos;
use crate::peer::Peer;
use crate::{FalseStart, Order, Provisional};

/// Lets data follow our Finished, if the policy has it so and what was negotiated is strong enough: whoever has changed the
/// hellos is found out by the server's Finished only, and can make us do no worse than this until then.
///
/// The server is authenticated: there are keys (RFC 7918 section 4). That the version was not lowered, as far as its random
/// tells, was checked with ServerHello (RFC 8446 section 4.1.3).
pub(super) fn begin(peer: &mut Peer, wanted: FalseStart, hellos: &Hellos, master: &MasterSecret) {
    if is_safe(wanted, hellos) {
        let provisional = Provisional::of_classic(hellos, master);
        peer.order(Order::DataBeforeFinished(Box::new(provisional)));
    }
}

/// AEAD suites (RFC 7918 section 5.1), ephemeral keys on a curve (RFC 7918 section 5.3), and a protocol that both sides named:
/// servers that know ALPN are not those that stumble over it.
fn is_safe(wanted: FalseStart, hellos: &Hellos) -> bool {
    let by_policy = match wanted {
        FalseStart::Never => false,
        FalseStart::WithProtocol => hellos.alpn.is_some(),
        FalseStart::Always => true,
    };
    by_policy
        && matches!(hellos.suite.cipher, BulkCipher::Aead(_))
        && hellos.suite.key_exchange == KeyExchangeKind::Ecdhe
}
