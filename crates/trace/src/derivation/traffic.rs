//! What the traffic secrets of TLS 1.3 are good for: keys, verify_data, the next secret (RFC 8446 section 4.4.4,
//! section 7.2, section 7.3).
//!
//! ```text
//!   client_early_traffic_secret ------------> write_key, write_iv
//!   .._handshake_traffic_secret ------------> write_key, write_iv; verify_data of Finished
//!   .._application_traffic_secret_0 --------> write_key, write_iv
//!                    v  KeyUpdate
//!   .._application_traffic_secret_1 --------> write_key, write_iv
//! ```

use super::tls13::{computed, expand_label, finished_mac, transcript};
use super::{Derivation, Part, SecretKind};
use crate::{Epoch, Side};

impl<'a> Derivation<'a> {
    /// The verify_data of a Finished message of TLS 1.3 (RFC 8446 section 4.4.4). `epoch` tells in the handshake
    /// ([`Epoch::Handshake`]) from after it ([`Epoch::Traffic`], post-handshake authentication).
    #[must_use]
    pub fn finished(hash: &str, of: Side, epoch: Epoch, transcript_hash: &'a [u8]) -> Self {
        let (key, messages) = match epoch {
            Epoch::Traffic => (
                format!("{of}_application_traffic_secret"),
                "the handshake's messages and those of this authentication",
            ),
            _ => (
                format!("{of}_handshake_traffic_secret"),
                "all messages so far",
            ),
        };
        Self::plain(
            SecretKind::VerifyData,
            transcript_hash.len(),
            finished_mac(hash),
            vec![computed(key), transcript(hash, messages, transcript_hash)],
        )
        .of(of, "RFC 8446 section 4.4.4")
    }

    /// `write_key` and `write_iv` of one sender (RFC 8446 section 7.3), from its traffic secret of this epoch.
    /// `generation` counts the key updates of this sender; it is 0 in other epochs than [`Epoch::Traffic`].
    #[must_use]
    pub fn traffic_keys(
        hash: &str,
        of: Side,
        epoch: Epoch,
        generation: u64,
        key_len: usize,
        iv_len: usize,
    ) -> Self {
        let secret = match epoch {
            Epoch::Plain | Epoch::EarlyData => SecretKind::EarlyTrafficSecret,
            Epoch::Handshake => SecretKind::HandshakeTrafficSecret(of),
            Epoch::Traffic => SecretKind::ApplicationTrafficSecret(of, generation),
        };
        let [key, iv] = match of {
            Side::Client => ["client_write_key", "client_write_iv"],
            Side::Server => ["server_write_key", "server_write_iv"],
        };
        let parts = [(key, key_len), (iv, iv_len)];
        Self {
            parts: parts.map(|(name, length)| Part { name, length }).to_vec(),
            ..Self::plain(
                SecretKind::TrafficKeys(of, epoch, generation),
                key_len + iv_len,
                format!("HKDF-Expand-Label ({hash}) with the labels \"key\" and \"iv\"").into(),
                vec![computed(secret.name())],
            )
        }
        .of(of, "RFC 8446 section 7.3")
    }

    /// The traffic secret that follows on a KeyUpdate: `client_application_traffic_secret_1` and so on (RFC 8446
    /// section 7.2). `generation` is that of the new secret, 1 after the first KeyUpdate of this sender.
    #[must_use]
    pub fn next_traffic_secret(hash: &str, of: Side, generation: u64, length: usize) -> Self {
        let before = SecretKind::ApplicationTrafficSecret(of, generation.saturating_sub(1));
        Self::plain(
            SecretKind::ApplicationTrafficSecret(of, generation),
            length,
            expand_label(hash, "traffic upd"),
            vec![computed(before.name())],
        )
        .of(of, "RFC 8446 section 7.2")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_the_secret_of_their_epoch() {
        for (of, epoch, generation, from) in [
            (
                Side::Client,
                Epoch::EarlyData,
                0,
                "client_early_traffic_secret",
            ),
            (
                Side::Client,
                Epoch::Handshake,
                0,
                "client_handshake_traffic_secret",
            ),
            (
                Side::Server,
                Epoch::Handshake,
                0,
                "server_handshake_traffic_secret",
            ),
            (
                Side::Server,
                Epoch::Traffic,
                0,
                "server_application_traffic_secret_0",
            ),
            (
                Side::Client,
                Epoch::Traffic,
                3,
                "client_application_traffic_secret_3",
            ),
        ] {
            let told = Derivation::traffic_keys("SHA-256", of, epoch, generation, 32, 12);
            assert_eq!(told.inputs[0].name, from);
            assert_eq!((told.length, told.of), (44, Some(of)));
            let parts: Vec<_> = told
                .parts
                .iter()
                .map(|part| (part.name, part.length))
                .collect();
            let [key, iv] = ["key", "iv"].map(|name| format!("{of}_write_{name}"));
            assert_eq!(parts, [(&*key, 32), (&*iv, 12)]);
        }
    }

    #[test]
    fn a_traffic_secret_comes_from_the_one_before() {
        let told = Derivation::next_traffic_secret("SHA-256", Side::Server, 2, 32);
        assert_eq!(told.secret.name(), "server_application_traffic_secret_2");
        assert_eq!(told.inputs[0].name, "server_application_traffic_secret_1");
        assert_eq!(told.section, "RFC 8446 section 7.2");
    }

    /// RFC 8446 section 4.4: the base key of the handshake, and of authentication after it.
    #[test]
    fn verify_data_has_the_key_of_its_sender() {
        for (epoch, key) in [
            (Epoch::Handshake, "client_handshake_traffic_secret"),
            (Epoch::Traffic, "client_application_traffic_secret"),
        ] {
            let told = Derivation::finished("SHA-256", Side::Client, epoch, &[7; 32]);
            assert_eq!(told.inputs[0].name, key);
            assert_eq!(told.secret, SecretKind::VerifyData);
        }
    }
}
