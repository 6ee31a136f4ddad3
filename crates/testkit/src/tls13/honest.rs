//! The honest scenes of TLS 1.3 that lies start from, one for each shape of the handshake.

use std::sync::Arc;

use premaster_crypto::tls13::Psk;
use premaster_crypto::{HashAlgorithm, SecretBytes, Side};
use premaster_handshake::{
    ClientAuth, ClientPolicy, Clock as _, ExternalPsk, Limits, ServerPolicy,
};
use premaster_session::{ClientSession, Session, SessionSecret, TicketPsk};
use premaster_wire::{ExtensionType, HandshakeType as Type, NamedGroup, PskKeyExchangeMode};

use super::{Forger, Inverted, Plan, set};
use crate::cast::steps;
use crate::cell::NAME;
use crate::forger::{vector8, vector16};
use crate::scene::Scene;
use crate::victim::Step;
use crate::{Cast, time};

/// The key of all scenes with a pre-shared key.
pub const PSK: [u8; 32] = [0x5c; 32];

/// The identity of the external key.
pub const IDENTITY: &[u8] = b"meter 7";

/// How old the tickets of these scenes are, in seconds.
const AGE: u64 = 60;

const AGE_ADD: u32 = 0x0a0b_0c0d;

impl Cast {
    /// A client victim and an honest server.
    #[must_use]
    pub fn modern_against_client(&self) -> Scene<Forger> {
        let mut scene = self.modern_scene(Side::Client, Plan::server());
        scene.script = steps(&[
            Type::server_hello,
            Type::encrypted_extensions,
            Type::certificate,
            Type::certificate_verify,
            Type::finished,
        ]);
        scene.plan.chain.clone_from(&self.server.chain);
        scene.plan.key = Some(self.server.key(&self.modern));
        scene
    }

    /// A client victim that has a certificate, and a server that asks for it.
    #[must_use]
    pub fn modern_against_asked_client(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_client();
        let request = Step::Message(Type::certificate_request);
        scene.script.insert(2, request);
        let credential = self.client.credential(&self.modern);
        scene.host.credential = Some(Arc::new(credential));
        scene
    }

    /// A server victim and an honest client.
    #[must_use]
    pub fn modern_against_server(&self) -> Scene<Forger> {
        let mut scene = self.modern_scene(Side::Server, Plan::client());
        scene.script = steps(&[Type::client_hello, Type::finished]);
        let credential = self.server.credential(&self.modern);
        scene.host.credential = Some(Arc::new(credential));
        scene
    }

    /// A server victim that insists on a client certificate, and a client that has one.
    #[must_use]
    pub fn modern_against_strict_server(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_server();
        scene.server.client_auth = ClientAuth::Required {
            authorities: Vec::new(),
        };
        scene.script = steps(&[
            Type::client_hello,
            Type::certificate,
            Type::certificate_verify,
            Type::finished,
        ]);
        scene.plan.chain.clone_from(&self.client.chain);
        scene.plan.key = Some(self.client.key(&self.modern));
        scene
    }

    /// The same scene with a HelloRetryRequest: the server wants P-256.
    #[must_use]
    pub fn modern_retried(&self, mut scene: Scene<Forger>) -> Scene<Forger> {
        scene.script.insert(0, scene.script[0]);
        match scene.victim {
            Side::Client => {
                scene.plan.retries = 1;
                scene.plan.groups = vec![NamedGroup::secp256r1.0];
            }
            Side::Server => scene.server.groups = vec![NamedGroup::secp256r1],
        }
        scene
    }

    /// The same scene with the certificate compressed.
    #[must_use]
    pub fn modern_compressed(&self, mut scene: Scene<Forger>) -> Scene<Forger> {
        scene.client.certificate_compression = vec![&Inverted];
        scene.server.certificate_compression = vec![&Inverted];
        for step in &mut scene.script {
            if *step == Step::Message(Type::certificate) {
                *step = Step::Message(Type::compressed_certificate);
            }
        }
        scene
    }

    /// A session of TLS 1.3 that both sides of a scene may share.
    #[must_use]
    pub fn modern_session(&self) -> Session {
        let issued_at = time(self.world.clock.now().as_secs() - AGE);
        Session {
            version: 0x0304,
            suite: Plan::server().suite,
            secret: SessionSecret::Resumption(TicketPsk {
                psk: SecretBytes::new(&PSK),
                age_add: AGE_ADD,
                issued_at,
                max_early_data: 0,
            }),
            authenticated_at: issued_at,
            ..self.session()
        }
    }

    /// A client victim that resumes by ticket, and a server that agrees.
    #[must_use]
    pub fn modern_against_resuming_client(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_client();
        let mut session = self.modern_session();
        session.server_name = Some(NAME.to_owned());
        session.peer_certificates = vec![vec![0x30, 0]];
        scene.host.session = Some(ClientSession {
            session,
            session_id: Vec::new(),
            ticket: b"a ticket".to_vec(),
        });
        let psk = Psk::resumption(HashAlgorithm::Sha256, &PSK).expect("a key");
        with_psk(&mut scene, psk);
        scene
    }

    /// A server victim, and a client that resumes by ticket.
    ///
    /// # Panics
    ///
    /// If no ticket can be sealed.
    #[must_use]
    pub fn modern_against_resuming_server(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_server();
        let session = self.modern_session();
        offer_ticket(self, &mut scene, &session);
        scene
    }

    /// A client victim with an external key, and a server that takes it.
    #[must_use]
    pub fn modern_against_client_with_psk(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_client();
        scene.client.external_psks = vec![external_psk()];
        with_psk(&mut scene, external_secret());
        scene
    }

    /// A server victim that knows an external key, and a client that offers it.
    #[must_use]
    pub fn modern_against_server_with_psk(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_server();
        scene.server.external_psks = true;
        let known = Arc::new(external_psk());
        scene.host.psks.insert(IDENTITY.to_vec(), known);
        scene.plan.offer(IDENTITY, 0, external_secret());
        scene
    }

    /// The same scene with the pre-shared key alone: no key exchange (RFC 8446 section 4.2.9).
    #[must_use]
    pub fn modern_without_exchange(&self, mut scene: Scene<Forger>) -> Scene<Forger> {
        scene.client.psk_modes = vec![PskKeyExchangeMode::psk_ke];
        scene.server.psk_modes = vec![PskKeyExchangeMode::psk_ke];
        match scene.victim {
            Side::Client => scene.plan.without(ExtensionType::key_share),
            Side::Server => {
                let modes = vector8(&[0]);
                scene.plan.set(ExtensionType::psk_key_exchange_modes, modes);
            }
        }
        scene
    }

    /// A client victim that sends early data, and a server that accepts it.
    #[must_use]
    pub fn modern_against_early_client(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_resuming_client();
        scene.client.early_data = true;
        let session = scene.host.session.as_mut().map(|kept| &mut kept.session);
        if let Some(SessionSecret::Resumption(ticket)) = session.map(|one| &mut one.secret) {
            ticket.max_early_data = 1_000;
        }
        set(&mut scene.plan.encrypted, ExtensionType::early_data, None);
        scene
    }

    /// A server victim that takes early data, and a client that sends it.
    #[must_use]
    pub fn modern_against_early_server(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_server();
        scene.server.early_data = 1_000;
        let mut session = self.modern_session();
        if let SessionSecret::Resumption(ticket) = &mut session.secret {
            ticket.max_early_data = 1_000;
        }
        offer_ticket(self, &mut scene, &session);
        scene.plan.set(ExtensionType::early_data, []);
        let end = Step::Message(Type::end_of_early_data);
        scene.script.insert(1, end);
        scene
    }

    /// A client victim that may be asked later, and a server that does so.
    #[must_use]
    pub fn modern_against_client_asked_later(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_client();
        scene.client.post_handshake_auth = true;
        let credential = self.client.credential(&self.modern);
        scene.host.credential = Some(Arc::new(credential));
        let request = Step::Message(Type::certificate_request);
        scene.script.push(request);
        scene
    }

    /// A server victim that insists on a certificate when the handshake is over, and a client that has one.
    #[must_use]
    pub fn modern_against_server_asking_later(&self) -> Scene<Forger> {
        let mut scene = self.modern_against_server();
        scene.asks_later = Some(ClientAuth::Required {
            authorities: Vec::new(),
        });
        scene.plan.set(ExtensionType::post_handshake_auth, []);
        scene.plan.chain.clone_from(&self.client.chain);
        scene.plan.key = Some(self.client.key(&self.modern));
        let authentication = [Type::certificate, Type::certificate_verify, Type::finished];
        scene.script.extend(steps(&authentication));
        scene
    }

    fn modern_scene(&self, victim: Side, plan: Plan) -> Scene<Forger> {
        let provider = &self.modern;
        let (mut client, mut server) = (
            ClientPolicy::new(Arc::clone(provider)),
            ServerPolicy::new(Arc::clone(provider)),
        );
        client.ocsp_stapling = false;
        server.ticket_count = 0;
        Scene {
            victim,
            provider: Arc::clone(provider),
            client,
            host: self.host(&server),
            server,
            limits: Limits::default(),
            plan,
            script: Vec::new(),
            asks_later: None,
            lie: None,
            alteration: None,
        }
    }
}

/// A server that chooses the first key of its client, and so shows no certificate.
fn with_psk(scene: &mut Scene<Forger>, psk: Psk) {
    scene.plan.psk = Some(Arc::new(psk));
    set(&mut scene.plan.hello, ExtensionType::pre_shared_key, None);
    scene.script = steps(&[
        Type::server_hello,
        Type::encrypted_extensions,
        Type::finished,
    ]);
}

/// A client that offers the session in a ticket of the victim's.
fn offer_ticket(cast: &Cast, scene: &mut Scene<Forger>, session: &Session) {
    let tickets = scene.host.tickets.as_ref().expect("ticket keys");
    let ticket = tickets.seal(session, cast.world.clock.now());
    let psk = Psk::resumption(HashAlgorithm::Sha256, &PSK).expect("a key");
    let age = u32::try_from(AGE * 1_000).expect("a minute");
    let age = age.wrapping_add(AGE_ADD);
    scene.plan.offer(&ticket.expect("a ticket"), age, psk);
}

/// The external key as a host knows it.
///
/// # Panics
///
/// Never: it is long enough.
#[must_use]
pub fn external_psk() -> ExternalPsk {
    ExternalPsk::new(IDENTITY, &PSK, HashAlgorithm::Sha256).expect("a key")
}

fn external_secret() -> Psk {
    Psk::external(HashAlgorithm::Sha256, &PSK).expect("a key")
}

/// A list of groups, as supported_groups has it.
#[must_use]
pub fn groups(list: &[NamedGroup]) -> Vec<u8> {
    let groups = list.iter().flat_map(|group| group.0.to_be_bytes());
    vector16(&groups.collect::<Vec<_>>())
}
