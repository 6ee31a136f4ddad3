//! Hybrid groups: a curve and a KEM together, as secure as the better of the two (draft-ietf-tls-ecdhe-mlkem,
//! RFC 9954).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::{ActiveKeyExchange, CryptoError, KeyExchange, Secret, SharedSecret};

/// A group made of two: shares and secrets are those of the first, then those of the second.
///
/// Both are made, completed and wiped by themselves; both have to succeed. Every exchange has two fresh key pairs. What
/// is checked of a share is its length here, the rest by each part: a point of small order, a point beside the curve, an
/// encapsulation key that is not reduced (FIPS 203 section 7.2).
///
/// ```text
///                      client's share        server's share          secret
/// X25519MLKEM768       ek (1184) | x (32)    ciphertext (1088) | x   ML-KEM (32) | X25519 (32)
/// SecP256r1MLKEM768    point (65) | ek       point | ciphertext      P-256 (32)  | ML-KEM (32)
/// ```
///
/// ```
/// use premaster_crypto::{Hybrid, KeyExchange};
///
/// fn names(x25519: &'static dyn KeyExchange, ml_kem: &'static dyn KeyExchange) {
///     let hybrid = Hybrid::x25519_mlkem768(x25519, ml_kem);
///     assert_eq!((hybrid.id(), hybrid.name()), (0x11ec, "X25519MLKEM768"));
///     assert!(hybrid.tls13_only());
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Hybrid {
    id: u16,
    name: &'static str,
    first: Part,
    second: Part,
}

/// A group and the lengths of what it sends.
#[derive(Clone, Copy, Debug)]
struct Part {
    group: &'static dyn KeyExchange,
    client: usize,
    server: usize,
}

impl Part {
    const fn x25519(group: &'static dyn KeyExchange) -> Self {
        Self {
            group,
            client: 32,
            server: 32,
        }
    }

    const fn p256(group: &'static dyn KeyExchange) -> Self {
        Self {
            group,
            client: 65,
            server: 65,
        }
    }

    /// FIPS 203 section 8, table 3.
    const fn ml_kem_768(group: &'static dyn KeyExchange) -> Self {
        Self {
            group,
            client: 1184,
            server: 1088,
        }
    }
}

impl Hybrid {
    /// X25519MLKEM768: the ML-KEM part comes first, for it is the one that FIPS 203 approves.
    ///
    /// `ml_kem_768` is a KEM: its [`start`](KeyExchange::start) makes a key pair, its
    /// [`respond`](KeyExchange::respond) encapsulates.
    pub const fn x25519_mlkem768(
        x25519: &'static dyn KeyExchange,
        ml_kem_768: &'static dyn KeyExchange,
    ) -> Self {
        Self {
            id: 0x11ec,
            name: "X25519MLKEM768",
            first: Part::ml_kem_768(ml_kem_768),
            second: Part::x25519(x25519),
        }
    }

    /// SecP256r1MLKEM768: the curve's part comes first.
    pub const fn secp256r1_mlkem768(
        secp256r1: &'static dyn KeyExchange,
        ml_kem_768: &'static dyn KeyExchange,
    ) -> Self {
        Self {
            id: 0x11eb,
            name: "SecP256r1MLKEM768",
            first: Part::p256(secp256r1),
            second: Part::ml_kem_768(ml_kem_768),
        }
    }
}

impl KeyExchange for Hybrid {
    fn id(&self) -> u16 {
        self.id
    }

    fn name(&self) -> &'static str {
        self.name
    }

    /// A share of TLS 1.2 ends at 255 bytes (RFC 8422 section 5.4), and these groups are defined for TLS 1.3.
    fn tls13_only(&self) -> bool {
        true
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let (first, second) = (self.first.group.start()?, self.second.group.start()?);
        if (first.share().len(), second.share().len()) != (self.first.client, self.second.client) {
            return Err(CryptoError);
        }
        let share = [first.share(), second.share()].concat();
        Ok(Box::new(Active {
            first,
            second,
            share,
            split: self.first.server,
            len: self.first.server + self.second.server,
        }))
    }

    fn respond(&self, peer_share: &[u8]) -> Result<(Vec<u8>, SharedSecret), CryptoError> {
        let len = self.first.client + self.second.client;
        let (first, second) = split(peer_share, self.first.client, len)?;
        let (mut share, first) = self.first.group.respond(first)?;
        let (rest, second) = self.second.group.respond(second)?;
        share.extend_from_slice(&rest);
        Ok((share, join(&first, &second)?))
    }
}

struct Active {
    first: Box<dyn ActiveKeyExchange>,
    second: Box<dyn ActiveKeyExchange>,
    share: Vec<u8>,
    /// Where the server's share is parted, and how long it is.
    split: usize,
    len: usize,
}

impl ActiveKeyExchange for Active {
    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        let (first, second) = split(peer_share, self.split, self.len)?;
        let first = self.first.complete(first)?;
        let second = self.second.complete(second)?;
        join(&first, &second)
    }
}

/// The two parts of a share of exactly `len` bytes.
fn split(share: &[u8], at: usize, len: usize) -> Result<(&[u8], &[u8]), CryptoError> {
    if share.len() != len {
        return Err(CryptoError);
    }
    share.split_at_checked(at).ok_or(CryptoError)
}

/// One secret after the other (RFC 9954 section 3.3), 32 bytes of each.
fn join(first: &SharedSecret, second: &SharedSecret) -> Result<SharedSecret, CryptoError> {
    let (first, second) = (first.as_bytes(), second.as_bytes());
    if (first.len(), second.len()) != (32, 32) {
        return Err(CryptoError);
    }
    let joined = Secret::<64>::fill_with(|joined| {
        joined[..32].copy_from_slice(first);
        joined[32..].copy_from_slice(second);
    });
    Ok(SharedSecret::from_bytes(joined.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// A group whose shares and secret are all one byte.
    #[derive(Debug)]
    struct Fixed {
        byte: u8,
        client: usize,
        server: usize,
        fails: bool,
        /// Whether it takes shares of any length.
        careless: bool,
    }

    impl Fixed {
        const fn new(byte: u8, client: usize, server: usize) -> Self {
            Self {
                byte,
                client,
                server,
                fails: false,
                careless: false,
            }
        }

        fn secret(&self, share: &[u8], len: usize) -> Result<SharedSecret, CryptoError> {
            let good = !self.fails && (self.careless || share == vec![self.byte; len]);
            good.then(|| SharedSecret::from_bytes(&[self.byte; 32]))
                .ok_or(CryptoError)
        }
    }

    impl KeyExchange for Fixed {
        fn id(&self) -> u16 {
            0
        }

        fn name(&self) -> &'static str {
            "fixed"
        }

        fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
            let share = vec![self.byte; self.client];
            let fixed = Self { ..*self };
            Ok(Box::new(ActiveFixed { fixed, share }))
        }

        fn respond(&self, peer_share: &[u8]) -> Result<(Vec<u8>, SharedSecret), CryptoError> {
            let secret = self.secret(peer_share, self.client)?;
            Ok((vec![self.byte; self.server], secret))
        }
    }

    struct ActiveFixed {
        fixed: Fixed,
        share: Vec<u8>,
    }

    impl ActiveKeyExchange for ActiveFixed {
        fn share(&self) -> &[u8] {
            &self.share
        }

        fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
            self.fixed.secret(peer_share, self.fixed.server)
        }
    }

    static CURVE: Fixed = Fixed::new(0xcc, 32, 32);
    static POINT: Fixed = Fixed::new(0xbb, 65, 65);
    static KEM: Fixed = Fixed::new(0xee, 1184, 1088);
    static BROKEN: [Fixed; 2] = [
        Fixed {
            fails: true,
            ..Fixed::new(0xcc, 32, 32)
        },
        Fixed {
            fails: true,
            ..Fixed::new(0xee, 1184, 1088)
        },
    ];

    static CARELESS: Fixed = Fixed {
        careless: true,
        ..Fixed::new(0xcc, 32, 32)
    };

    fn bytes(parts: &[(u8, usize)]) -> Vec<u8> {
        let bytes = |(byte, len): &(u8, usize)| vec![*byte; *len];
        parts.iter().flat_map(bytes).collect()
    }

    /// draft-ietf-tls-ecdhe-mlkem: 1216 and 1120 bytes, 1249 and 1153; 64 bytes of secret.
    #[test]
    fn shares_and_secrets_are_in_the_order_of_the_draft() {
        let x25519 = Hybrid::x25519_mlkem768(&CURVE, &KEM);
        let p256 = Hybrid::secp256r1_mlkem768(&POINT, &KEM);
        let (kem, curve, point) = (0xee, 0xcc, 0xbb);
        for (hybrid, client, server, secret) in [
            (
                x25519,
                [(kem, 1184), (curve, 32)],
                [(kem, 1088), (curve, 32)],
                [(kem, 32), (curve, 32)],
            ),
            (
                p256,
                [(point, 65), (kem, 1184)],
                [(point, 65), (kem, 1088)],
                [(point, 32), (kem, 32)],
            ),
        ] {
            let active = hybrid.start().expect("a key pair");
            assert_eq!(active.share(), bytes(&client), "{}", hybrid.name());
            let (share, theirs) = hybrid.respond(active.share()).expect("a good share");
            assert_eq!(share, bytes(&server), "{}", hybrid.name());
            let ours = active.complete(&share).expect("a good share");
            for secret_of_side in [ours, theirs] {
                assert_eq!(secret_of_side.as_bytes(), bytes(&secret));
            }
        }
    }

    #[test]
    fn both_parts_must_succeed() {
        for hybrid in [
            Hybrid::x25519_mlkem768(&BROKEN[0], &KEM),
            Hybrid::x25519_mlkem768(&CURVE, &BROKEN[1]),
        ] {
            let active = hybrid.start().expect("a key pair");
            assert!(hybrid.respond(active.share()).is_err());
            let share = bytes(&[(0xee, 1088), (0xcc, 32)]);
            assert!(active.complete(&share).is_err());
        }
    }

    #[test]
    fn a_part_of_other_lengths_makes_no_group() {
        let swapped = Hybrid::x25519_mlkem768(&KEM, &CURVE);
        assert!(swapped.start().is_err());
    }

    #[test]
    fn shares_of_another_length_are_refused() {
        let hybrid = Hybrid::x25519_mlkem768(&CARELESS, &KEM);
        for len in 0..1300 {
            let responds = hybrid.respond(&vec![0xee; len]).is_ok();
            assert_eq!(responds, len == 1216, "{len}");
            let active = hybrid.start().expect("a key pair");
            let completes = active.complete(&vec![0xee; len]).is_ok();
            assert_eq!(completes, len == 1120, "{len}");
        }
    }
}
