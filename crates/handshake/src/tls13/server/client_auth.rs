//! What the client says about itself: its certificates, and that it holds their key.

use premaster_crypto::Suite;

use crate::peer::Peer;
use crate::tls13::authentication::{Expected, Identity};
use crate::{ClientAuth, Error, Fault, ServerPolicy};

/// Who the client has proved to be; `None` if it declined and may (RFC 8446 section 4.4.2.4).
pub(super) async fn identity(
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
        None if matches!(policy.client_auth, ClientAuth::Required { .. }) => {
            Err(Error::new(Fault::NoClientCertificate).during("certificate"))
        }
        None => Ok(None),
    }
}
