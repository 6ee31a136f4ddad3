//! The people of all scenes, and the honest scenes that lies start from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use premaster_connection::decrypting_credential;
use premaster_crypto::{DecryptionKey, Provider, Secret, Side};
use premaster_handshake::{ClientAuth, ClientPolicy, Clock as _, Limits, ServerPolicy};
use premaster_session::{ClientSession, IsolationKey, Session, SessionSecret, TicketKeys};
use premaster_trust::ServerName;
use premaster_wire::{
    CipherSuite, ExtensionType, HandshakeType as Type, NamedGroup, SignatureScheme,
};

use crate::cell::{NAME, World};
use crate::forger::{Plan, vector16};
use crate::pki::{Issued, KeyKind};
use crate::scene::Scene;
use crate::victim::Step;
use crate::{Host, time};

/// The people of all scenes: made once, keys are expensive.
#[derive(Debug)]
pub struct Cast {
    /// Provider, authority, clock.
    pub world: World,
    /// Cryptography for TLS 1.3 and TLS 1.2.
    pub modern: Arc<Provider>,
    /// A server's certificate, on P-256.
    pub server: Issued,
    /// A client's certificate, on P-256.
    pub client: Issued,
    /// A server's certificate for RSA.
    pub rsa: Issued,
    /// A server's certificate for RSA key transport.
    pub decryption: Issued,
    /// Its key: loading one takes long.
    pub decryption_key: Arc<dyn DecryptionKey>,
}

impl Cast {
    /// A new cast.
    #[must_use]
    pub fn new() -> Self {
        let world = World::new();
        let (server, client) = (
            world.authority.server(NAME, KeyKind::P256),
            world.authority.client(KeyKind::P256),
        );
        let rsa = world.authority.server(NAME, KeyKind::Rsa2048);
        let decryption = world.authority.server(NAME, KeyKind::RsaDecryption);
        let decryption_key = decryption.decryption_key(&world.provider);
        Self {
            world,
            modern: Arc::new(premaster_crypto_ring::provider()),
            server,
            client,
            rsa,
            decryption,
            decryption_key,
        }
    }

    /// A client victim and an honest server.
    #[must_use]
    pub fn against_client(&self) -> Scene {
        let mut scene = self.scene(Side::Client, Plan::server());
        scene.script = steps(&[
            Type::server_hello,
            Type::certificate,
            Type::server_key_exchange,
            Type::server_hello_done,
        ]);
        scene.script.extend(FINISH);
        scene.plan.chain.clone_from(&self.server.chain);
        scene.plan.key = Some(self.server.key(&self.world.provider));
        scene
    }

    /// A server victim and an honest client.
    #[must_use]
    pub fn against_server(&self) -> Scene {
        let mut scene = self.scene(Side::Server, Plan::client());
        scene.script = steps(&[Type::client_hello, Type::client_key_exchange]);
        scene.script.extend(FINISH);
        let credential = self.server.credential(&self.world.provider);
        scene.host.credential = Some(Arc::new(credential));
        scene
    }

    /// A server victim that insists on a client certificate, and a client that has one.
    #[must_use]
    pub fn against_strict_server(&self) -> Scene {
        let mut scene = self.against_server();
        scene.server.client_auth = ClientAuth::Required {
            authorities: Vec::new(),
        };
        scene.script = steps(&[
            Type::client_hello,
            Type::certificate,
            Type::client_key_exchange,
            Type::certificate_verify,
        ]);
        scene.script.extend(FINISH);
        scene.plan.chain.clone_from(&self.client.chain);
        scene.plan.key = Some(self.client.key(&self.world.provider));
        scene
    }

    /// The same scene with the key exchange in a finite field: ffdhe2048, and an RSA certificate.
    ///
    /// # Panics
    ///
    /// If the provider has no finite fields.
    #[must_use]
    pub fn in_a_field(&self, mut scene: Scene) -> Scene {
        let field = &self.world.provider.dh_groups[0];
        scene.plan.field = (field.prime().to_vec(), field.generator().to_vec());
        scene.agree_on(DHE);
        match scene.victim {
            Side::Client => {
                scene.plan.chain.clone_from(&self.rsa.chain);
                scene.plan.key = Some(self.rsa.key(&self.world.provider));
                scene.plan.scheme = SignatureScheme::rsa_pss_rsae_sha256.0;
            }
            Side::Server => {
                let groups = [NamedGroup::x25519, NamedGroup::ffdhe2048];
                let groups = groups.map(|group| group.0.to_be_bytes()).concat();
                let groups = vector16(&groups);
                scene.plan.set(ExtensionType::supported_groups, groups);
                let credential = self.rsa.credential(&self.world.provider);
                scene.host.credential = Some(Arc::new(credential));
            }
        }
        scene
    }

    /// The same scene with RSA key transport.
    ///
    /// # Panics
    ///
    /// If certificate and key do not belong together.
    #[must_use]
    pub fn by_transport(&self, mut scene: Scene) -> Scene {
        let key = Arc::clone(&self.decryption_key);
        scene.agree_on(TRANSPORT);
        match scene.victim {
            Side::Client => {
                scene.plan.chain.clone_from(&self.decryption.chain);
                scene.plan.decryption = Some(key);
            }
            Side::Server => {
                let chain = self.decryption.chain.clone();
                let credential = decrypting_credential(chain, key);
                scene.host.credential = Some(Arc::new(credential.expect("its own key")));
            }
        }
        let share = Step::Message(Type::server_key_exchange);
        scene.script.retain(|step| *step != share);
        scene
    }

    /// A session that both sides of a scene may share, with extended_master_secret.
    #[must_use]
    pub fn session(&self) -> Session {
        Session {
            version: 0x0303,
            suite: Plan::server().suite,
            secret: SessionSecret::Master(Secret::from_bytes(&MASTER).expect("48 bytes")),
            extended_master_secret: true,
            authenticated_at: time(self.world.clock.now().as_secs() - 60),
            lifetime: 3_600,
            isolation: IsolationKey::builder().finish(),
            server_name: None,
            alpn: None,
            max_fragment_length: None,
            peer_certificates: Vec::new(),
            peer_public_key: None,
            external_psk: None,
            resumable_across_names: false,
        }
    }

    /// A client victim that resumes by this session ID, and a server that agrees.
    #[must_use]
    pub fn against_resuming_client(&self) -> Scene {
        let mut scene = self.against_client();
        let mut session = self.session();
        session.server_name = Some(NAME.to_owned());
        session.peer_certificates = vec![vec![0x30, 0]];
        scene.host.session = Some(ClientSession {
            session,
            session_id: vec![0x1d; 32],
            ticket: Vec::new(),
        });
        scene.plan.session_id = vec![0x1d; 32];
        scene.plan.master = Some(MASTER);
        scene.script = steps(&[Type::server_hello]);
        scene.script.extend(FINISH);
        scene
    }

    /// A server victim, and a client that resumes by session ID.
    #[must_use]
    pub fn against_resuming_server(&self) -> Scene {
        let mut scene = self.against_server();
        scene.plan.session_id = vec![0x1d; 32];
        scene.plan.master = Some(MASTER);
        scene.host.sessions.insert(vec![0x1d; 32], self.session());
        scene.script = steps(&[Type::client_hello]);
        scene.script.extend(FINISH);
        scene
    }

    fn scene(&self, victim: Side, plan: Plan) -> Scene {
        let provider = &self.world.provider;
        let (mut client, mut server) = (
            ClientPolicy::new(Arc::clone(provider)),
            ServerPolicy::new(Arc::clone(provider)),
        );
        client.ocsp_stapling = false;
        client.tickets = false;
        server.tickets = false;
        let host = self.host(&server);
        Scene {
            victim,
            provider: Arc::clone(provider),
            client,
            server,
            limits: Limits::default(),
            host,
            plan,
            script: Vec::new(),
            asks_later: None,
            lie: None,
            alteration: None,
        }
    }

    /// A host that knows nobody yet.
    pub(crate) fn host(&self, policy: &ServerPolicy) -> Host {
        let provider = &self.world.provider;
        let tickets = TicketKeys::new(provider, self.world.clock.now());
        Host {
            name: ServerName::try_from(NAME).expect("a name"),
            verifier: self.world.authority.verifier(provider),
            clock: self.world.clock.clone(),
            policy: Arc::new(policy.clone()),
            credential: None,
            tickets: Some(Arc::new(tickets.expect("ticket keys"))),
            sessions: BTreeMap::new(),
            psks: BTreeMap::new(),
            admitted: BTreeSet::new(),
            session: None,
            kept: Vec::new(),
            refuses: None,
            renews: false,
        }
    }
}

impl Default for Cast {
    fn default() -> Self {
        Self::new()
    }
}

/// The master secret of [`Cast::session`].
pub const MASTER: [u8; 48] = [0x4d; 48];

/// The suite of [`Cast::in_a_field`].
pub const DHE: CipherSuite = CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256;

/// The suite of [`Cast::by_transport`].
pub const TRANSPORT: CipherSuite = CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256;

/// What every script ends with.
const FINISH: [Step; 2] = [Step::ChangeCipherSpec, Step::Message(Type::finished)];

/// Messages as steps.
#[must_use]
pub fn steps(types: &[Type]) -> Vec<Step> {
    types.iter().copied().map(Step::Message).collect()
}
