//! RSA key transport: the client makes the premaster secret and encrypts it to the server's key
//! (RFC 5246 section 7.4.7.1).
//!
//! ```text
//!   client   48 bytes: client_version 2 | random 46 --> RSAES-PKCS1-v1_5 --> ClientKeyExchange
//!   server   a random premaster secret is drawn first; then the block is decrypted, and what goes on is the
//!            one or the other. Which it was, nothing shows until the client's Finished does not fit.
//! ```

use std::sync::Arc;

use premaster_crypto::tls12::{premaster, premaster_from_block};
use premaster_crypto::{CryptoError, PublicKeyKind, Secret, SharedSecret, public_key_kind};
use premaster_trace::{Derivation, Event};
use premaster_wire::ProtocolVersion;
use premaster_wire::tls12::RsaClientKeyExchange;

use crate::narrate::side;
use crate::peer::Peer;
use crate::{ClientPolicy, Credential, Decrypt, Decrypted, Error, Fault, ServerPolicy, Verdict};

/// That the premaster secret went out under the key of a verdict, and in no other form: whoever answers with
/// a good Finished holds that key. Made here alone.
pub(crate) struct SealedTo(());

/// Makes a premaster secret, encrypts it to the server's key and sends it.
pub(crate) fn send(
    peer: &mut Peer,
    policy: &ClientPolicy,
    verdict: &Verdict,
    client_version: ProtocolVersion,
) -> Result<(SharedSecret, SealedTo), Error> {
    let failed = |CryptoError| Error::new(Fault::CryptoFailed).during("client_key_exchange");
    let provider = &policy.provider;
    let transport = provider.key_transport.ok_or(CryptoError).map_err(failed)?;
    let premaster = premaster(client_version.0, provider.random)
        .map_err(|_| Error::new(Fault::RandomFailed).during("client_key_exchange"))?;
    let ciphertext = transport
        .encrypt(verdict.spki(), &premaster)
        .map_err(|error| failed(error).detail(unusable(verdict)))?;
    tell(peer, client_version);
    peer.send(&RsaClientKeyExchange {
        pre_master_secret: &ciphertext,
    })?;
    let premaster = SharedSecret::from_bytes(premaster.as_bytes());
    Ok((premaster, SealedTo(())))
}

/// Takes the client's ClientKeyExchange and what is in it, or a random premaster secret in its place. Both ways
/// take the same steps (property 10).
pub(crate) async fn receive(
    peer: &mut Peer,
    policy: &ServerPolicy,
    credential: Arc<Credential>,
    client_version: ProtocolVersion,
) -> Result<SharedSecret, Error> {
    let message = peer.expect::<RsaClientKeyExchange<'_>>().await?;
    let exchange: RsaClientKeyExchange<'_> = message.decode()?;
    let fallback = random_premaster(policy)?;
    let question = Decrypt {
        credential,
        ciphertext: exchange.pre_master_secret.to_vec(),
        client_version,
    };
    let decrypted = peer.ask(question).await;
    tell(peer, client_version);
    Ok(match decrypted {
        Ok(Decrypted::Block(block)) => {
            premaster_from_block(block.as_bytes(), client_version.0, fallback)
        }
        Ok(Decrypted::PremasterSecret(secret)) => {
            premaster_from_block(padded(&secret).as_bytes(), client_version.0, fallback)
        }
        // No block at all is unpadded as any other: whoever unpads elsewhere may refuse what is wrong.
        Err(_refusal) => premaster_from_block(&[0; 59], client_version.0, fallback),
    })
}

/// Why nothing can be encrypted to a key that the verifier has vouched for, say a pinned one.
fn unusable(verdict: &Verdict) -> String {
    match public_key_kind(verdict.spki()) {
        Some(PublicKeyKind::Rsa { bits }) => {
            format!("the key of the server's certificate has {bits} bits")
        }
        _ => "the key of the server's certificate is no RSA key".to_owned(),
    }
}

/// What takes the place of a premaster secret that could not be read: 48 random bytes.
fn random_premaster(policy: &ServerPolicy) -> Result<Secret<48>, Error> {
    let mut filled = Ok(());
    let secret = Secret::fill_with(|bytes| filled = policy.provider.random.fill(bytes));
    filled.map_err(|_| Error::new(Fault::RandomFailed).during("client_key_exchange"))?;
    Ok(secret)
}

/// The premaster secret in its shortest padding, so that its version is checked as that of any other.
fn padded(secret: &Secret<48>) -> Secret<59> {
    Secret::fill_with(|block| {
        let padding = [0, 2, 1, 1, 1, 1, 1, 1, 1, 1, 0];
        let bytes = padding.iter().chain(secret.as_bytes());
        block
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
    })
}

fn tell(peer: &Peer, client_version: ProtocolVersion) {
    let us = side(peer.side());
    peer.trace(|| Event::Derived(Derivation::key_transport(us, client_version)));
}
