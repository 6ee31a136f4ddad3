//! The forger's key exchanges: on a curve, in any field with any numbers, under any RSA block
//! (RFC 8422 section 5.4, RFC 5246 section 7.4.3, RFC 5246 section 7.4.7).

use premaster_crypto::{ActiveKeyExchange, KeyExchangeKind, SharedSecret, Side, suite};

use super::number::{power, stripped};
use super::rsa::PublicKey;
use super::{Forger, vector8, vector16};

/// Both halves of a key exchange, as far as they are known.
#[derive(Default)]
pub(super) struct Exchange {
    ours: Option<Box<dyn ActiveKeyExchange>>,
    /// A curve's share, as it was made.
    share: Vec<u8>,
    /// What the server has said, as a client heard it.
    heard: Option<Heard>,
    /// The key of the certificate that a client heard.
    pub(super) key: Option<PublicKey>,
    pub(super) premaster: Option<SharedSecret>,
}

enum Heard {
    Curve {
        group: u16,
        share: Vec<u8>,
    },
    Field {
        prime: Vec<u8>,
        generator: Vec<u8>,
        share: Vec<u8>,
    },
}

impl Forger {
    /// What kind of parameters the forger says.
    fn kind(&self) -> KeyExchangeKind {
        let of_suite = suite(self.suite).map(|suite| suite.key_exchange);
        let kind = self.plan.params.or(of_suite);
        kind.unwrap_or(KeyExchangeKind::Ecdhe)
    }

    /// Our exponent: short, for nobody attacks it, and long enough that its powers fill the field.
    fn exponent(&self) -> [u8; 4] {
        let [first, second, ..] = self.plan.random;
        [0x5a, first, second, 0x5a]
    }

    pub(super) fn server_key_exchange(&mut self) -> Vec<u8> {
        let params = match self.kind() {
            KeyExchangeKind::Dhe => self.field_params(),
            // Ephemeral RSA, as export suites had it: modulus and exponent (RFC 2246 section 7.4.3).
            KeyExchangeKind::Rsa => [vector16(&[0xc5; 64]), vector16(&[1, 0, 1])].concat(),
            _ => self.curve_params(),
        };
        let content = [&self.client_random[..], &self.server_random[..], &params].concat();
        [params, self.signed(&content)].concat()
    }

    fn field_params(&self) -> Vec<u8> {
        let (prime, generator) = &self.plan.field;
        let share = self.plan.share.clone();
        let share = share.unwrap_or_else(|| power(generator, &self.exponent(), prime));
        [prime, generator, &share]
            .map(|number| vector16(number))
            .concat()
    }

    fn curve_params(&mut self) -> Vec<u8> {
        let group = self.plan.group;
        // A group that the provider does not know is claimed for a share of another.
        let known = self.provider.group(group);
        let made = known.unwrap_or(self.provider.groups[0]).start();
        let made = made.expect("a key pair");
        self.exchange.share = made.share().to_vec();
        self.exchange.ours = Some(made);
        let share = self.plan.share.clone();
        let share = share.unwrap_or_else(|| self.exchange.share.clone());
        [&[3][..], &group.to_be_bytes(), &vector8(&share)].concat()
    }

    pub(super) fn client_key_exchange(&mut self) -> Vec<u8> {
        match self.kind() {
            KeyExchangeKind::Dhe => vector16(&self.field_share()),
            KeyExchangeKind::Rsa => vector16(&self.encrypted()),
            _ => vector8(&self.curve_share()),
        }
    }

    fn curve_share(&mut self) -> Vec<u8> {
        if let Some(Heard::Curve { group, share }) = &self.exchange.heard
            && let Some(group) = self.provider.group(*group)
            && self.exchange.premaster.is_none()
        {
            let ours = group.start().expect("a key pair");
            self.exchange.share = ours.share().to_vec();
            self.exchange.premaster = ours.complete(share).ok();
        }
        if self.exchange.share.is_empty() {
            self.exchange.share = vec![9; 32];
        }
        let share = self.plan.share.clone();
        share.unwrap_or_else(|| self.exchange.share.clone())
    }

    fn field_share(&mut self) -> Vec<u8> {
        let share = match &self.exchange.heard {
            Some(Heard::Field {
                prime,
                generator,
                share,
            }) => {
                let secret = power(share, &self.exponent(), prime);
                self.exchange.premaster = Some(SharedSecret::from_bytes(stripped(&secret)));
                power(generator, &self.exponent(), prime)
            }
            _ => vec![9; 256],
        };
        self.plan.share.clone().unwrap_or(share)
    }

    /// RFC 5246 section 7.4.7.1. What is believed to be the premaster secret need not be what was sent.
    fn encrypted(&mut self) -> Vec<u8> {
        let random = vec![0x77; 46];
        let honest = [self.plan.version.to_be_bytes().to_vec(), random].concat();
        let premaster = self.plan.premaster.clone().unwrap_or(honest);
        self.exchange.premaster = Some(SharedSecret::from_bytes(&premaster));
        if let Some(ciphertext) = &self.plan.ciphertext {
            return ciphertext.clone();
        }
        let Some(key) = &self.exchange.key else {
            return vec![9; 256];
        };
        let block = self.plan.block.clone();
        key.encrypt(&block.unwrap_or_else(|| key.block(&premaster)))
    }

    pub(super) fn hear_server_key_exchange(&mut self, body: &[u8]) {
        self.exchange.heard = Some(match self.kind() {
            KeyExchangeKind::Dhe => {
                let (prime, rest) = take16(body);
                let (generator, rest) = take16(rest);
                let (share, _) = take16(rest);
                let [prime, generator, share] = [prime, generator, share].map(<[u8]>::to_vec);
                Heard::Field {
                    prime,
                    generator,
                    share,
                }
            }
            _ => Heard::Curve {
                group: u16::from_be_bytes([body[1], body[2]]),
                share: body[4..4 + usize::from(body[3])].to_vec(),
            },
        });
    }

    pub(super) fn hear_client_key_exchange(&mut self, body: &[u8]) {
        let premaster = match self.kind() {
            KeyExchangeKind::Dhe => {
                let (prime, _) = &self.plan.field;
                let secret = power(take16(body).0, &self.exponent(), prime);
                Some(SharedSecret::from_bytes(stripped(&secret)))
            }
            KeyExchangeKind::Rsa => self.decrypted(take16(body).0),
            _ => {
                let ours = self.exchange.ours.take();
                ours.and_then(|ours| ours.complete(&body[1..]).ok())
            }
        };
        self.exchange.premaster = premaster;
    }

    /// The last 48 bytes of the block, whatever stands before them.
    fn decrypted(&self, ciphertext: &[u8]) -> Option<SharedSecret> {
        debug_assert_eq!(self.side, Side::Server);
        let block = self.plan.decryption.as_ref()?.decrypt(ciphertext).ok()?;
        let premaster = block.as_bytes().last_chunk::<48>()?;
        Some(SharedSecret::from_bytes(premaster))
    }
}

/// What a vector with two bytes of length holds, and what follows it.
fn take16(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    bytes[2..].split_at(length)
}
