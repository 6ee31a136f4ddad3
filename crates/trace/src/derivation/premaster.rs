//! The premaster secret, as each key exchange comes by it (RFC 5246 section 8.1).

use premaster_wire::{NamedGroup, ProtocolVersion};

use super::{Derivation, Input, Origin, SecretKind};
use crate::Side;

impl<'a> Derivation<'a> {
    /// The premaster secret of an ephemeral Diffie-Hellman exchange over an elliptic curve (RFC 8422 section 5.10), as
    /// `us` computes it: from the own private key and the peer's public key.
    #[must_use]
    pub fn ecdhe(
        us: Side,
        group: NamedGroup,
        client_public: &'a [u8],
        server_public: &'a [u8],
        length: usize,
    ) -> Self {
        Self {
            secret: SecretKind::PreMasterSecret,
            of: None,
            length,
            function: format!("Diffie-Hellman over {group}").into(),
            inputs: diffie_hellman(us, &group.to_string(), client_public, server_public),
            parts: Vec::new(),
            section: "RFC 8422 section 5.10",
        }
    }

    /// The premaster secret of an ephemeral Diffie-Hellman exchange over a finite field (RFC 5246 section 8.1.2), as
    /// `us` computes it. `group` is the name of the field: `ffdhe2048` (RFC 7919), or one without a code point.
    ///
    /// `length` is that of the prime. How many zero bytes are stripped from the front of the result depends on the
    /// result, so it is not told.
    #[must_use]
    pub fn dhe(
        us: Side,
        group: &str,
        client_public: &'a [u8],
        server_public: &'a [u8],
        length: usize,
    ) -> Self {
        let stripped = "zero bytes at the front of the result stripped";
        Self {
            secret: SecretKind::PreMasterSecret,
            of: None,
            length,
            function: format!("Diffie-Hellman modulo the prime of {group}, {stripped}").into(),
            inputs: diffie_hellman(us, group, client_public, server_public),
            parts: Vec::new(),
            section: "RFC 5246 section 8.1.2",
        }
    }

    /// The premaster secret of RSA key transport (RFC 5246 section 7.4.7.1), as `us` comes by it: the client draws it,
    /// the server decrypts it. `client_version` is that of the ClientHello, which its first two bytes repeat.
    ///
    /// ```
    /// use premaster_trace::{Derivation, Origin, Side};
    /// use premaster_wire::ProtocolVersion;
    ///
    /// let premaster = Derivation::key_transport(Side::Client, ProtocolVersion::TLSv1_2);
    /// assert_eq!(premaster.length, 2 + 46);
    /// // The server contributes nothing.
    /// assert!(premaster.inputs.iter().all(|input| input.from == Origin::Client));
    /// ```
    #[must_use]
    pub fn key_transport(us: Side, client_version: ProtocolVersion) -> Self {
        let version = Input {
            name: "client_version".into(),
            from: Origin::Client,
            how: "sent in ClientHello".into(),
            public: Some(client_version.0.to_be_bytes().to_vec().into()),
        };
        let (function, inputs) = match us {
            Side::Client => (
                "drawing 46 random bytes, with client_version in front of them",
                vec![
                    version,
                    Input::secret(
                        "46 random bytes",
                        Origin::Client,
                        "drawn for this handshake, sent only encrypted to the key of the server's certificate",
                    ),
                ],
            ),
            Side::Server => (
                "decrypting with the private key; if that fails, 48 random bytes take its place and nothing shows it",
                vec![
                    Input {
                        name: "encrypted_pre_master_secret".into(),
                        from: Origin::Client,
                        how: "sent in ClientKeyExchange".into(),
                        public: None,
                    },
                    Input::secret(
                        "private key of the server's certificate",
                        Origin::Server,
                        "never sent",
                    ),
                    version,
                    Input::secret(
                        "48 random bytes",
                        Origin::Server,
                        "drawn beforehand in any case, never sent",
                    ),
                ],
            ),
        };
        Self {
            secret: SecretKind::PreMasterSecret,
            of: None,
            length: 48,
            function: function.into(),
            inputs,
            parts: Vec::new(),
            section: KEY_TRANSPORT,
        }
    }

    /// Whether one side alone makes the secret.
    pub(crate) fn is_key_transport(&self) -> bool {
        self.section == KEY_TRANSPORT
    }
}

const KEY_TRANSPORT: &str = "RFC 5246 section 7.4.7.1";

/// What goes into an ephemeral Diffie-Hellman exchange over any group: the own private key and the peer's public key.
fn diffie_hellman<'a>(
    us: Side,
    group: &str,
    client_public: &'a [u8],
    server_public: &'a [u8],
) -> Vec<Input<'a>> {
    let peer = us.other();
    let (message, public) = match peer {
        Side::Client => ("ClientKeyExchange", client_public),
        Side::Server => ("ServerKeyExchange", server_public),
    };
    vec![
        Input::secret(
            format!("{us}'s ephemeral {group} private key"),
            us.into(),
            "made for this handshake, never sent",
        ),
        Input::public(
            format!("{peer}'s ephemeral {group} public key"),
            peer.into(),
            format!("sent in {message}"),
            public,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_tells_of_its_own_private_key_and_the_peers_public_key() {
        let (client, server) = ([1; 32], [2; 32]);
        for (us, theirs) in [(Side::Client, server), (Side::Server, client)] {
            let curve = Derivation::ecdhe(us, NamedGroup::x25519, &client, &server, 32);
            let field = Derivation::dhe(us, "modp2048", &client, &server, 256);
            for (told, group) in [(curve, "x25519"), (field, "modp2048")] {
                assert!(told.function.contains(group));
                let [own, peer] = &told.inputs[..] else {
                    panic!("two inputs, not {:?}", told.inputs)
                };
                assert!(own.name.contains(group) && peer.name.contains(group));
                assert_eq!((own.from, &own.public), (us.into(), &None));
                assert_eq!(peer.from, us.other().into());
                assert_eq!(peer.public.as_deref(), Some(&theirs[..]));
            }
        }
    }

    #[test]
    fn a_transported_secret_is_the_clients_alone() {
        use Origin::{Client, Server};
        let told = |us| Derivation::key_transport(us, ProtocolVersion::TLSv1_0);
        let (client, server) = (told(Side::Client), told(Side::Server));
        assert_eq!((client.length, server.length), (48, 48));
        let from = |told: &Derivation<'_>| -> Vec<Origin> {
            told.inputs.iter().map(|input| input.from).collect()
        };
        assert_eq!(from(&client), [Client, Client]);
        assert_eq!(from(&server), [Client, Server, Client, Server]);
        // Both tell of the version that was offered, and of no other byte.
        for told in [client, server] {
            let shown: Vec<_> = told
                .inputs
                .iter()
                .filter_map(|input| input.public.as_deref())
                .collect();
            assert_eq!(shown, [[3, 1]]);
        }
    }
}
