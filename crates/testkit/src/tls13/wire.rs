//! A forger of TLS 1.3 behind records: each epoch has keys of its own (RFC 8446 section 7.3).

use premaster_connection::tls::{Connection, Options};
use premaster_crypto::tls13::{TrafficSecret, TrafficSecrets};
use premaster_crypto::{MacOrder, Side};
use premaster_record::Protection;
use premaster_wire::{ExtensionType, HandshakeType, ProtocolVersion};

use super::{Cell, Forger};
use crate::Cast;
use crate::cell::{ClientCertificate, NAME};
use crate::pair::connect;
use crate::pki::KeyKind;
use crate::scene::Scene;
use crate::victim::{Said, Step};
use crate::wire::{Change, Keyed, Start, Wire};

/// A client, a client that is asked again, a server that insists on a client certificate.
pub const WIRES: [Start<Forger>; 3] = [
    Cast::modern_wire_to_client,
    Cast::modern_wire_to_retried_client,
    Cast::modern_wire_to_server,
];

impl Cast {
    /// An honest server of TLS 1.3 behind a wire to our client, and its script.
    #[must_use]
    pub fn modern_wire_to_client(&self, options: Options) -> (Wire<Forger>, Vec<Step>) {
        let scene = self.modern_against_client();
        self.modern_wire(scene, &Cell::plain(), options)
    }

    /// The same, with a HelloRetryRequest.
    #[must_use]
    pub fn modern_wire_to_retried_client(&self, options: Options) -> (Wire<Forger>, Vec<Step>) {
        let scene = self.modern_retried(self.modern_against_client());
        let cell = Cell {
            group: "secp256r1",
            retried: true,
            ..Cell::plain()
        };
        self.modern_wire(scene, &cell, options)
    }

    /// An honest client of TLS 1.3 behind a wire to our server, which insists on a certificate, and its script.
    #[must_use]
    pub fn modern_wire_to_server(&self, options: Options) -> (Wire<Forger>, Vec<Step>) {
        let scene = self.modern_against_strict_server();
        let cell = Cell {
            client: ClientCertificate::Required(KeyKind::P256),
            ..Cell::plain()
        };
        self.modern_wire(scene, &cell, options)
    }

    /// The forger of a scene behind a wire to a victim that is configured as this cell.
    #[must_use]
    pub fn modern_wire(
        &self,
        scene: Scene<Forger>,
        cell: &Cell,
        options: Options,
    ) -> (Wire<Forger>, Vec<Step>) {
        let connection = match scene.victim {
            Side::Client => connect(&self.world.modern_client(cell), NAME, options),
            Side::Server => Connection::server_with(self.world.modern_server(cell), options),
        };
        let forger = Forger::new(scene.victim.other(), &self.modern, scene.plan);
        (Wire::with(connection, forger), scene.script)
    }
}

impl Forger {
    fn protection(&self, secret: Option<TrafficSecret>) -> Option<Protection> {
        let suite = self.chosen()?;
        let keys = secret?.keys(suite).ok()?;
        let (version, order) = (ProtocolVersion::TLSv1_3, MacOrder::MacThenEncrypt);
        Protection::new(&self.provider, suite, version, order, keys).ok()
    }

    fn early(&self) -> Option<Protection> {
        self.protection(copy(self.secrets.early.as_ref()?, self))
    }

    fn handshake(&self, of: Side) -> Option<Protection> {
        self.protection(copy(side(self.secrets.handshake.as_ref()?, of), self))
    }

    fn traffic(&self, of: Side) -> Option<Protection> {
        self.protection(copy(side(self.secrets.traffic.as_ref()?, of), self))
    }

    /// The keys that follow on a KeyUpdate (RFC 8446 section 7.2).
    fn next(&mut self, of: Side) -> Option<Protection> {
        let next = copy(side(self.secrets.traffic.as_ref()?, of), self)?.next();
        let copied = copy(&next, self);
        *self.secrets.traffic.as_mut()?.of(of) = next;
        self.protection(copied)
    }
}

/// Keys are handed out once; a forger may have them twice.
fn copy(secret: &TrafficSecret, forger: &Forger) -> Option<TrafficSecret> {
    TrafficSecret::from_key_log(forger.chosen()?.hash, secret.dangerous_bytes()).ok()
}

fn side(secrets: &TrafficSecrets, of: Side) -> &TrafficSecret {
    match of {
        Side::Client => &secrets.client,
        Side::Server => &secrets.server,
    }
}

impl Keyed for Forger {
    fn change(&mut self, said: &Said, by_us: bool) -> Change {
        let Step::Message(kind) = said.step() else {
            return Change::default();
        };
        if self.authenticated && kind != HandshakeType::key_update {
            return Change::default();
        }
        let ours = self.side;
        let speaker = if by_us { ours } else { ours.other() };
        let early = (self.side == Side::Client && self.plan.has(ExtensionType::early_data))
            || (self.side == Side::Server && self.plan.accepts_early_data());
        let mut change = Change::default();
        // New keys of the client, and of the server.
        let (mut client, mut server) = (None, None);
        match (speaker, kind) {
            (Side::Client, HandshakeType::client_hello) if early && ours == Side::Client => {
                client = self.early();
            }
            (Side::Server, HandshakeType::server_hello) if !self.asks_again => {
                server = self.handshake(Side::Server);
                // A client changes its keys later: first it may have to hear about early data.
                if ours == Side::Server {
                    client = if early {
                        self.early()
                    } else {
                        self.handshake(Side::Client)
                    };
                }
            }
            (Side::Server, HandshakeType::finished) => {
                server = self.traffic(Side::Server);
                if ours == Side::Client && !early {
                    client = self.handshake(Side::Client);
                }
            }
            (Side::Client, HandshakeType::end_of_early_data) => {
                client = self.handshake(Side::Client);
            }
            (Side::Client, HandshakeType::finished) => {
                self.authenticated = true;
                client = self.traffic(Side::Client);
            }
            (Side::Client, HandshakeType::key_update) => client = self.next(Side::Client),
            (Side::Server, HandshakeType::key_update) => server = self.next(Side::Server),
            _ => {}
        }
        (change.send, change.receive) = match ours {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        change
    }

    fn ignores_change_cipher_spec(&self) -> bool {
        true
    }

    fn heard_finished(&self) -> Option<bool> {
        self.heard_finished
    }
}
