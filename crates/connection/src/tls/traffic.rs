//! Keys as they are installed, and what TLS 1.3 keeps of them for a KeyUpdate (RFC 8446 section 7.2).

use std::sync::Arc;

use premaster_crypto::tls13::{FinishedKey, TrafficSecret};
use premaster_crypto::{HashAlgorithm, MacOrder, Provider, Side, Suite};
use premaster_handshake::{Direction, Error as HandshakeError, Keys};
use premaster_record::Protection;
use premaster_trace::{Derivation, Epoch, Event, Tracer};
use premaster_wire::{CipherSuite, ProtocolVersion};

use crate::Error;

/// The keys of one direction, on their way into an opener or a sealer.
pub(super) struct NewKeys {
    pub(super) epoch: Epoch,
    pub(super) protection: Protection,
    /// Are they of TLS 1.3?
    pub(super) tls13: bool,
    /// What the keys after them come from: for application data of TLS 1.3.
    pub(super) traffic: Option<Traffic>,
}

impl NewKeys {
    pub(super) fn new(
        provider: &Arc<Provider>,
        (version, suite): (ProtocolVersion, &'static Suite),
        epoch: Epoch,
        keys: Keys,
    ) -> Result<Self, Error> {
        match keys {
            Keys::Block { keys, mac_order } => Ok(Self {
                epoch,
                protection: Protection::new(provider, suite, version, mac_order, keys)
                    .map_err(HandshakeError::from)?,
                tls13: false,
                traffic: None,
            }),
            Keys::Secret(secret) => {
                let mut traffic = Traffic::new(Arc::clone(provider), suite, secret);
                Ok(Self {
                    epoch,
                    protection: traffic.protection()?,
                    tls13: true,
                    traffic: (epoch == Epoch::Traffic).then_some(traffic),
                })
            }
        }
    }
}

/// The traffic secret of one direction, and what makes keys of it.
#[derive(Debug)]
pub(super) struct Traffic {
    provider: Arc<Provider>,
    suite: &'static Suite,
    secret: TrafficSecret,
    /// How many KeyUpdates led to it.
    pub(super) generation: u64,
    /// The most records under one key, if the algorithm does not allow less anyway.
    pub(super) records: u64,
}

impl Traffic {
    pub(super) fn new(
        provider: Arc<Provider>,
        suite: &'static Suite,
        secret: TrafficSecret,
    ) -> Self {
        Self {
            provider,
            suite,
            secret,
            generation: 0,
            records: u64::MAX,
        }
    }

    /// The protection that the secret gives: once, for the same keys twice would be the same nonces twice.
    pub(super) fn protection(&mut self) -> Result<Protection, Error> {
        let keys = self.secret.keys(self.suite).map_err(HandshakeError::from)?;
        // An AEAD has no order of encryption and MAC.
        let (version, order) = (ProtocolVersion::TLSv1_3, MacOrder::MacThenEncrypt);
        let protection = Protection::new(&self.provider, self.suite, version, order, keys)
            .map_err(HandshakeError::from)?;
        Ok(protection.limited_to(self.records))
    }

    /// The key of a client's Finished after the handshake (RFC 8446 section 4.4.4).
    pub(super) fn finished_key(&self) -> FinishedKey {
        self.secret.finished_key()
    }

    /// The secret that follows. This one is erased.
    pub(super) fn next(self) -> Self {
        Self {
            secret: self.secret.next(),
            generation: self.generation.saturating_add(1),
            ..self
        }
    }

    /// Tells of the KeyUpdate that led to this secret, of `sender`.
    pub(super) fn tell(
        &self,
        tracer: &Tracer,
        (sender, direction): (Side, Direction),
        requested: bool,
    ) {
        if !tracer.is_on() {
            return;
        }
        let generation = self.generation;
        tracer.emit(|| Event::KeyUpdate {
            direction,
            requested,
            generation,
        });
        let (hash, length) = match self.suite.hash {
            HashAlgorithm::Sha256 => ("SHA-256", 32),
            HashAlgorithm::Sha384 => ("SHA-384", 48),
        };
        let sender = match sender {
            Side::Client => premaster_trace::Side::Client,
            Side::Server => premaster_trace::Side::Server,
        };
        tracer.emit(|| {
            Event::Derived(Derivation::next_traffic_secret(
                hash, sender, generation, length,
            ))
        });
        let shape = self.suite.key_block_shape();
        let (key_len, iv_len) = (shape.key_len, shape.fixed_iv_len);
        let epoch = Epoch::Traffic;
        tracer.emit(|| {
            let keys = Derivation::traffic_keys(hash, sender, epoch, generation, key_len, iv_len);
            Event::Derived(keys)
        });
        tracer.emit(|| Event::KeysInstalled {
            direction,
            epoch,
            suite: CipherSuite(self.suite.id),
        });
    }
}
