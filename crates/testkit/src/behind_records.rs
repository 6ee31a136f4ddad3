//! A scene on whole connections: the victim has records, alerts and data, and still its host and its policy by hand.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options, Surface};
use premaster_connection::{ClientConfig, ServerConfig};
use premaster_crypto::Side;
use premaster_handshake::ClientAuth;
use premaster_record::MAX_CONTENT;

use crate::Cast;
use crate::cell::NAME;
use crate::pair::connect;
use crate::scene::{Changes, Scene};
use crate::victim::Step;
use crate::wire::{Keyed, Wire};

/// A scene that goes on behind records.
#[derive(Debug)]
pub struct Stage<F: Keyed> {
    /// The forger and its victim.
    pub wire: Wire<F>,
    script: Vec<Step>,
    asks_later: Option<ClientAuth>,
}

impl Cast {
    /// The victim of a scene as a whole connection, and the forger behind a wire.
    ///
    /// # Panics
    ///
    /// If no connection can be configured: what is wrong belongs into the scene's policies.
    #[must_use]
    pub fn behind_records<F: Keyed>(&self, scene: Scene<F>) -> Stage<F> {
        let mut host = scene.host;
        host.policy = Arc::new(scene.server);
        let options = Options {
            surface: Surface::Everything,
            ..Options::default()
        };
        let (provider, clock) = (&scene.provider, host.clock.shared());
        let connection = match scene.victim {
            Side::Client => {
                let verifier = Arc::clone(&host.verifier);
                let config = ClientConfig::builder(Arc::clone(provider), verifier);
                let config = config.clock(clock).limits(scene.limits).build();
                let config = config.expect("a client");
                let config = Arc::new(config.dangerous_with_policy(scene.client));
                connect(&config, NAME, options)
            }
            Side::Server => {
                let credential = self.server.credential(provider);
                let config = ServerConfig::builder(Arc::clone(provider), credential);
                let config = config.clock(clock).limits(scene.limits).build();
                Connection::server_with(Arc::new(config.expect("a server")), options)
            }
        };
        let forger = F::new(scene.victim.other(), provider, scene.plan);
        let mut wire = Wire::with(connection, forger);
        wire.victim.host = Some(Box::new(host));
        wire.changes = Changes::new(scene.lie, scene.alteration);
        Stage {
            wire,
            script: scene.script,
            asks_later: scene.asks_later,
        }
    }
}

impl<F: Keyed> Stage<F> {
    /// Plays it until the script or the victim has come to an end, and hears what the victim says last.
    pub fn play(&mut self) {
        self.wire.victim.settle();
        for step in core::mem::take(&mut self.script) {
            if self.wire.victim.connection.facts().is_some()
                && let Some(client_auth) = self.asks_later.take()
            {
                let asked = self.wire.victim.connection.request_certificate(client_auth);
                if let Err(error) = asked {
                    self.wire.victim.error = Some(error);
                }
                self.wire.victim.run();
            }
            if self.wire.victim.error.is_some() {
                break;
            }
            let records = |bytes: &[u8]| bytes.chunks(MAX_CONTENT).map(<[u8]>::to_vec).collect();
            self.wire.say_in(step, records);
        }
        self.wire.listen();
    }
}
