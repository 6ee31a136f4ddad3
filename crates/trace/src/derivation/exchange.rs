//! The shared secret of a key exchange of TLS 1.3: Diffie-Hellman, a KEM, or both together (RFC 8446 section 7.4,
//! draft-ietf-tls-mlkem, draft-ietf-tls-ecdhe-mlkem).
//!
//! In a Diffie-Hellman exchange both sides do the same: own private key and the other's public key. In a KEM they do not:
//! the client makes a key pair, the server draws a secret and encapsulates it to the client's key.

use premaster_wire::NamedGroup;

use super::{Derivation, Input, Part, SecretKind};
use crate::Side;

impl<'a> Derivation<'a> {
    /// The shared secret of the key exchange of TLS 1.3 in any group, as `us` computes it. The shares are those of the
    /// `key_share` extensions; a hybrid group's are told part by part.
    ///
    /// ```
    /// use premaster_trace::{Derivation, Side};
    /// use premaster_wire::NamedGroup;
    ///
    /// let (client, server) = ([1; 1216], [2; 1120]);
    /// let told = Derivation::shared_secret(Side::Client, NamedGroup::X25519MLKEM768, &client, &server, 64);
    /// let names: Vec<_> = told.inputs.iter().map(|input| input.name.as_ref()).collect();
    /// assert_eq!(names, [
    ///     "client's ML-KEM-768 decapsulation key",
    ///     "server's ML-KEM-768 ciphertext",
    ///     "client's ephemeral x25519 private key",
    ///     "server's ephemeral x25519 public key",
    /// ]);
    /// ```
    #[must_use]
    pub fn shared_secret(
        us: Side,
        group: NamedGroup,
        client_share: &'a [u8],
        server_share: &'a [u8],
        length: usize,
    ) -> Self {
        let theirs = match us {
            Side::Client => server_share,
            Side::Server => client_share,
        };
        let (components, section) = composition(group);
        let functions: Vec<_> = components.iter().map(|part| part.function(us)).collect();
        let together = match functions.len() {
            1 => "",
            _ => ", one result after the other",
        };
        Self {
            secret: SecretKind::SharedSecret,
            of: None,
            length,
            function: format!("{}{together}", functions.join(" and ")).into(),
            inputs: inputs(&components, us, theirs),
            parts: parts(&components),
            section,
        }
    }
}

impl Derivation<'_> {
    /// Whether a KEM alone makes the secret.
    pub(crate) fn is_encapsulated(&self) -> bool {
        self.section == KEM
    }
}

const HYBRID: &str = "draft-ietf-tls-ecdhe-mlkem";
const KEM: &str = "draft-ietf-tls-mlkem";

/// What a group consists of.
#[derive(Clone, Copy)]
enum Component {
    /// Diffie-Hellman. Lengths of a share and of the result, if there is a second component.
    DiffieHellman(NamedGroup, usize, usize),
    /// A KEM with the lengths of its encapsulation key and ciphertext (FIPS 203 section 8).
    Kem(&'static str, usize, usize),
}

const ML_KEM_512: Component = Component::Kem("ML-KEM-512", 800, 768);
const ML_KEM_768: Component = Component::Kem("ML-KEM-768", 1184, 1088);
const ML_KEM_1024: Component = Component::Kem("ML-KEM-1024", 1568, 1568);
const X25519: Component = Component::DiffieHellman(NamedGroup::x25519, 32, 32);
const P256: Component = Component::DiffieHellman(NamedGroup::secp256r1, 65, 32);
const P384: Component = Component::DiffieHellman(NamedGroup::secp384r1, 97, 48);

/// The components in the order of their shares, and where that is written.
fn composition(group: NamedGroup) -> (Vec<Component>, &'static str) {
    match group {
        NamedGroup::X25519MLKEM768 => (vec![ML_KEM_768, X25519], HYBRID),
        NamedGroup::SecP256r1MLKEM768 => (vec![P256, ML_KEM_768], HYBRID),
        NamedGroup::SecP384r1MLKEM1024 => (vec![P384, ML_KEM_1024], HYBRID),
        NamedGroup::MLKEM512 => (vec![ML_KEM_512], KEM),
        NamedGroup::MLKEM768 => (vec![ML_KEM_768], KEM),
        NamedGroup::MLKEM1024 => (vec![ML_KEM_1024], KEM),
        other => (
            vec![Component::DiffieHellman(other, 0, 0)],
            "RFC 8446 section 7.4",
        ),
    }
}

impl Component {
    fn function(self, us: Side) -> String {
        match (self, us) {
            (Self::DiffieHellman(group, ..), _) => format!("Diffie-Hellman over {group}"),
            (Self::Kem(name, ..), Side::Client) => format!("decapsulation by {name}"),
            (Self::Kem(name, ..), Side::Server) => format!("encapsulation by {name}"),
        }
    }

    /// The length of what `side` sends.
    const fn share(self, side: Side) -> usize {
        match (self, side) {
            (Self::DiffieHellman(_, share, _), _) => share,
            (Self::Kem(_, key, _), Side::Client) => key,
            (Self::Kem(_, _, ciphertext), Side::Server) => ciphertext,
        }
    }

    fn result(self) -> Part {
        match self {
            Self::DiffieHellman(group, _, length) => Part {
                name: group.name().unwrap_or("Diffie-Hellman"),
                length,
            },
            Self::Kem(name, ..) => Part { name, length: 32 },
        }
    }

    /// What only we know, and what the peer has sent.
    fn inputs(self, us: Side, theirs: &[u8]) -> [Input<'_>; 2] {
        let peer = us.other();
        let how = match peer {
            Side::Client => "sent in ClientHello",
            Side::Server => "sent in ServerHello",
        };
        let (ours, made, received) = match (self, us) {
            (Self::DiffieHellman(group, ..), _) => (
                format!("{us}'s ephemeral {group} private key"),
                MADE,
                format!("{peer}'s ephemeral {group} public key"),
            ),
            (Self::Kem(name, ..), Side::Client) => (
                format!("client's {name} decapsulation key"),
                MADE,
                format!("server's {name} ciphertext"),
            ),
            (Self::Kem(name, ..), Side::Server) => (
                "32 random bytes".to_owned(),
                "drawn for this handshake, sent only encapsulated",
                format!("client's {name} encapsulation key"),
            ),
        };
        [
            Input::secret(ours, us.into(), made),
            Input::public(received, peer.into(), how, theirs),
        ]
    }
}

const MADE: &str = "made for this handshake, never sent";

/// Each component with its piece of the peer's share: the last one has what is left.
fn inputs<'a>(components: &[Component], us: Side, theirs: &'a [u8]) -> Vec<Input<'a>> {
    let (mut rest, mut inputs) = (theirs, Vec::new());
    for (index, component) in components.iter().enumerate() {
        let is_last = index + 1 == components.len();
        let length = if is_last {
            rest.len()
        } else {
            component.share(us.other())
        };
        let (piece, after) = rest.split_at(length.min(rest.len()));
        inputs.extend(component.inputs(us, piece));
        rest = after;
    }
    inputs
}

/// The results of the components, where there are several.
fn parts(components: &[Component]) -> Vec<Part> {
    match components {
        [_] => Vec::new(),
        several => several.iter().map(|component| component.result()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    fn share(pieces: &[(u8, usize)]) -> Vec<u8> {
        let bytes = |(byte, length): &(u8, usize)| vec![*byte; *length];
        pieces.iter().flat_map(bytes).collect()
    }

    /// draft-ietf-tls-ecdhe-mlkem: ML-KEM comes first with X25519, second with the curves of NIST.
    #[test]
    fn each_part_of_a_hybrid_share_is_told_by_itself() {
        let (kem, curve) = (0xee, 0xcc);
        for (group, client, server, lengths) in [
            (
                NamedGroup::X25519MLKEM768,
                [(kem, 1184), (curve, 32)],
                [(kem, 1088), (curve, 32)],
                [32, 32],
            ),
            (
                NamedGroup::SecP256r1MLKEM768,
                [(curve, 65), (kem, 1184)],
                [(curve, 65), (kem, 1088)],
                [32, 32],
            ),
            (
                NamedGroup::SecP384r1MLKEM1024,
                [(curve, 97), (kem, 1568)],
                [(curve, 97), (kem, 1568)],
                [48, 32],
            ),
        ] {
            let shares = [share(&client), share(&server)];
            let length = lengths.iter().sum();
            for (us, theirs) in [(Side::Client, server), (Side::Server, client)] {
                let told = Derivation::shared_secret(us, group, &shares[0], &shares[1], length);
                let shown: Vec<_> = told
                    .inputs
                    .iter()
                    .filter_map(|input| input.public.as_deref())
                    .collect();
                assert_eq!(shown, theirs.map(|piece| share(&[piece])), "{group} {us}");
                let parts: Vec<_> = told.parts.iter().map(|part| part.length).collect();
                assert_eq!(parts, lengths, "{group}");
                // Own secret, peer's share, and so on.
                let from: Vec<_> = told.inputs.iter().map(|input| input.from).collect();
                let [own, peer]: [Origin; 2] = [us.into(), us.other().into()];
                assert_eq!(from, [own, peer, own, peer]);
            }
        }
    }

    #[test]
    fn in_a_kem_the_sides_do_different_things() {
        let (key, ciphertext) = ([1; 1184], [2; 1088]);
        let told = |us| Derivation::shared_secret(us, NamedGroup::MLKEM768, &key, &ciphertext, 32);
        let (client, server) = (told(Side::Client), told(Side::Server));
        assert_eq!(client.function, "decapsulation by ML-KEM-768");
        assert_eq!(server.function, "encapsulation by ML-KEM-768");
        assert_eq!(client.inputs[1].public.as_deref(), Some(&ciphertext[..]));
        assert_eq!(server.inputs[1].public.as_deref(), Some(&key[..]));
    }

    #[test]
    fn other_groups_are_diffie_hellman_over_themselves() {
        for group in [
            NamedGroup::x25519,
            NamedGroup::ffdhe2048,
            NamedGroup(0xfe00),
        ] {
            let told = Derivation::shared_secret(Side::Server, group, &[1; 5], &[2; 7], 9);
            assert_eq!(told.function, format!("Diffie-Hellman over {group}"));
            assert_eq!(told.inputs[1].public.as_deref(), Some(&[1; 5][..]));
            assert!(told.parts.is_empty());
        }
    }

    /// A trace reports what there was: shares of a wrong length are no reason to panic.
    #[test]
    fn shares_of_any_length_are_told() {
        for group in NamedGroup::ALL {
            for length in [0, 1, 64, 1100, 4000] {
                let bytes = vec![7; length];
                for us in [Side::Client, Side::Server] {
                    let told = Derivation::shared_secret(us, *group, &bytes, &bytes, 32);
                    let public = told.inputs.iter().filter_map(|input| input.public.as_ref());
                    assert_eq!(public.map(|bytes| bytes.len()).sum::<usize>(), length);
                }
            }
        }
    }
}
