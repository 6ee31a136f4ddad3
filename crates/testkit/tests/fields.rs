//! Finite fields: which are computed in, what for, and how often (RFC 7919, RFC 5246 section 7.4.3).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use premaster_connection::{ClientConfig, ServerConfig};
use premaster_crypto::{
    ActiveKeyExchange, CryptoError, DecryptionKey, DhGroup, KeyTransport, Secret, SecretBytes,
    SharedSecret, SigningKey,
};
use premaster_handshake::{Credential, Fault};
use premaster_testkit::cast::{DHE, TRANSPORT};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::forger::number::plus;
use premaster_testkit::pki::KeyKind;
use premaster_testkit::provider::{Moment, with_fields, with_groups};
use premaster_testkit::scene::Scene;
use premaster_testkit::{Cast, Pair, Said, Step, Victim};
use premaster_wire::HandshakeType as Type;
use rustls_pki_types::PrivateKeyDer;

/// property 7: numbers are compared as numbers: zeros in front of them change nothing.
#[test]
fn zeros_in_front_of_a_number_change_nothing() {
    let cast = Cast::new();
    let longer = |number: &mut Vec<u8>| number.splice(0..0, [0, 0, 0]).count();
    for twist in 0..2 {
        let mut scene = cast.in_a_field(cast.against_client());
        match twist {
            // The forger's own public value is then as long.
            0 => longer(&mut scene.plan.field.0),
            _ => longer(&mut scene.plan.field.1),
        };
        let played = scene.play();
        assert!(played.facts().is_some(), "{twist}: {:?}", played.error());
        assert_eq!(played.forger.heard_finished, Some(true), "{twist}");
    }
}

/// property 7: a client lists the fields that have a number, and takes those without one by their numbers: RFC 7919 section 3.1
/// leaves that to its policy. A listed one it takes only if it is enabled here.
#[test]
fn a_field_is_known_by_its_numbers() {
    let cast = Cast::new();
    for group in &cast.world.provider.dh_groups {
        for enabled in [true, false] {
            let mut scene = cast.in_a_field(cast.against_client());
            scene.plan.field = (group.prime().to_vec(), group.generator().to_vec());
            if !enabled {
                let name = group.name().to_owned();
                scene.client.dh_groups.retain(|other| other.name() != name);
            }
            let played = scene.play();
            if !enabled {
                assert_eq!(played.victim.fault(), Some(Fault::UnknownDhGroup));
                continue;
            }
            let facts = played.facts().expect("a field that is enabled");
            assert_eq!(facts.group_name.as_deref(), Some(group.name()));
            assert_eq!(facts.group.map(|id| id.0), group.id());
        }
    }
}

/// A field whose exchanges all end with this secret.
#[derive(Debug)]
struct Settled(Arc<dyn DhGroup>, Vec<u8>);

impl DhGroup for Settled {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn id(&self) -> Option<u16> {
        self.0.id()
    }

    fn prime(&self) -> &[u8] {
        self.0.prime()
    }

    fn generator(&self) -> &[u8] {
        self.0.generator()
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        Ok(Box::new(SettledExchange(self.0.start()?, self.1.clone())))
    }
}

struct SettledExchange(Box<dyn ActiveKeyExchange>, Vec<u8>);

impl ActiveKeyExchange for SettledExchange {
    fn share(&self) -> &[u8] {
        self.0.share()
    }

    fn complete(self: Box<Self>, _: &[u8]) -> Result<SharedSecret, CryptoError> {
        Ok(SharedSecret::from_bytes(&self.1))
    }
}

/// property 8: zeros in front of a shared secret are no part of the premaster secret (RFC 5246 section 8.1.2). A
/// client whose secret has them and a server whose secret never had them agree. (That nobody can tell how many there
/// were is proved in the crypto crate and by `cargo xtask ct`.)
#[test]
fn zeros_in_front_of_a_shared_secret_are_no_part_of_it() {
    let world = World::new();
    let field = &world.provider.dh_groups[0];
    let config = |zeros: usize| {
        let secret = [vec![0; zeros], vec![5; 256 - 40]].concat();
        let settled: Arc<dyn DhGroup> = Arc::new(Settled(Arc::clone(field), secret));
        let mut provider = (*world.provider).clone();
        provider.dh_groups = vec![settled];
        Arc::new(provider)
    };
    let suite = DHE.name().unwrap();
    for zeros in [0, 1, 2, 8, 9, 40] {
        let provider = config(zeros);
        let verifier = world.authority.verifier(&provider);
        let client = ClientConfig::builder(provider, verifier).suites([suite]);
        let credential = world.authority.server(NAME, KeyKind::Rsa2048);
        let provider = config(0);
        let credential = credential.credential(&provider);
        let server = ServerConfig::builder(provider, credential).suites([suite]);
        let client = Arc::new(client.build().unwrap());
        let server = Arc::new(server.build().unwrap());
        let mut pair = Pair::new(&client, &server, NAME);
        assert_eq!(pair.handshake().err(), None, "{zeros} zeros");
    }
}

/// What a victim says in a message of this type, the first time.
fn said(scene: Scene, kind: Type) -> Vec<u8> {
    let (mut victim, mut forger, script, mut change) = scene.begin();
    let mut found = None;
    let mut look = |victim: &mut Victim, forger: &mut premaster_testkit::Forger| {
        for words in victim.take_sent() {
            forger.hear(&words);
            match words {
                Said::Message(bytes) if bytes[0] == kind.0 => found = Some(bytes),
                _ => {}
            }
        }
    };
    for step in script {
        look(&mut victim, &mut forger);
        victim.deliver(&change.say(&mut forger, step));
    }
    look(&mut victim, &mut forger);
    found.expect("such a message")
}

/// property 8: no key pair serves two handshakes, and no premaster secret: what is sent never repeats, on either
/// side, in any key exchange. (That an exchange completes once is a matter of types, in the crypto crate.)
#[test]
fn no_public_value_is_sent_twice() {
    type Made = fn(&Cast) -> Scene;
    let (share, answer) = (Type::server_key_exchange, Type::client_key_exchange);
    let sources: [(Made, Type); 5] = [
        (|cast| cast.in_a_field(cast.against_server()), share),
        (|cast| cast.in_a_field(cast.against_client()), answer),
        (|cast| cast.against_server(), share),
        (|cast| cast.against_client(), answer),
        (|cast| cast.by_transport(cast.against_client()), answer),
    ];
    let cast = Cast::new();
    for (number, (scene, kind)) in sources.into_iter().enumerate() {
        let mut seen = BTreeSet::new();
        for _ in 0..16 {
            let message = said(scene(&cast), kind);
            // Type, length, then p, g and Ys in a field or curve and point: the signature would differ anyhow.
            let value = match (number, kind == share) {
                (0, true) => message[4 + 2 + 256 + 2 + 1..][..258].to_vec(),
                (_, true) => message[4 + 4..][..32].to_vec(),
                _ => message[4..].to_vec(),
            };
            assert!(value.len() >= 32);
            assert!(seen.insert(value), "{number}: sent twice");
        }
    }
}

static STARTED: AtomicUsize = AtomicUsize::new(0);
static SIGNED: AtomicUsize = AtomicUsize::new(0);
static DECRYPTED: AtomicUsize = AtomicUsize::new(0);

fn work() -> [usize; 3] {
    [&STARTED, &SIGNED, &DECRYPTED].map(|count| count.load(Ordering::SeqCst))
}

#[derive(Debug)]
struct Counted<K: ?Sized>(Arc<K>);

impl SigningKey for Counted<dyn SigningKey> {
    fn schemes(&self) -> &[u16] {
        self.0.schemes()
    }

    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        SIGNED.fetch_add(1, Ordering::SeqCst);
        self.0.sign(scheme, message)
    }

    fn spki(&self) -> Vec<u8> {
        self.0.spki()
    }
}

impl DecryptionKey for Counted<dyn DecryptionKey> {
    fn decrypt(&self, ciphertext: &[u8]) -> Result<SecretBytes, CryptoError> {
        DECRYPTED.fetch_add(1, Ordering::SeqCst);
        self.0.decrypt(ciphertext)
    }

    fn spki(&self) -> Vec<u8> {
        self.0.spki()
    }
}

/// A server whose costly operations are counted.
fn counted(cast: &Cast, mut scene: Scene) -> Scene {
    let count = |moment: Moment<'_>| {
        if matches!(moment, Moment::Start) {
            STARTED.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    };
    let provider = with_fields(&with_groups(&cast.world.provider, count), count);
    scene.server.dh_groups.clone_from(&provider.dh_groups);
    scene.server.provider = Arc::new(provider);
    let credential = scene.host.credential.take().expect("a credential");
    let chain = credential.chain().to_vec();
    let counted = match (credential.key(), credential.decryption_key()) {
        (Some(key), _) => Credential::new(chain, Arc::new(Counted(Arc::clone(key)))),
        (None, Some(key)) => Credential::decrypting(chain, Arc::new(Counted(Arc::clone(key)))),
        _ => panic!("a key at hand"),
    };
    scene.host.credential = Some(Arc::new(counted.expect("the same key")));
    scene
}

/// property 9: what nobody has authenticated costs a server at most this: for a ClientHello that it can serve, one
/// key pair and one signature; for a ClientKeyExchange, one exponentiation; for anything else, nothing.
#[test]
fn a_hello_costs_one_key_pair_and_one_signature_and_nothing_else_costs_anything() {
    type Made = fn(&Cast) -> Scene;
    let sources: [(Made, [usize; 2], usize); 4] = [
        (|cast| cast.in_a_field(cast.against_server()), [1, 1], 0),
        (|cast| cast.against_server(), [1, 1], 0),
        (|cast| cast.by_transport(cast.against_server()), [0, 0], 1),
        (|cast| cast.against_resuming_server(), [0, 0], 0),
    ];
    let cast = Cast::new();
    for (scene, for_hello, decryptions) in sources {
        let before = work();
        let spent = || {
            let now = work();
            [0, 1, 2].map(|at| now[at] - before[at])
        };
        let (mut victim, mut forger, script, mut change) = counted(&cast, scene(&cast)).begin();
        assert_eq!(spent(), [0; 3], "before the hello");
        let hello = change.say(&mut forger, script[0]);
        victim.deliver(&hello);
        assert_eq!(spent()[..2], for_hello, "the hello");
        assert_eq!(spent()[2], 0);
        if for_hello[0] + decryptions == 0 {
            continue;
        }
        // The same hello once more is no second key pair.
        premaster_testkit::scene::listen(&mut forger, &mut victim);
        let (mut greedy, _, _, _) = counted(&cast, scene(&cast)).begin();
        let base = work();
        greedy.deliver(&hello);
        greedy.deliver(&hello);
        greedy.deliver(&hello);
        assert_eq!(greedy.fault(), Some(Fault::UnexpectedMessage));
        assert_eq!(
            work()[..2],
            [base[0] + for_hello[0], base[1] + for_hello[1]]
        );
        let base = work();
        victim.deliver(&change.say(&mut forger, script[1]));
        let now = work();
        assert_eq!(now[2] - base[2], decryptions, "the client's answer");
        assert_eq!(now[..2], base[..2]);
    }
    for (name, twist) in HELLOS_FOR_NOTHING {
        let mut scene = counted(&cast, cast.in_a_field(cast.against_server()));
        twist(&mut scene);
        let before = work();
        let (mut victim, mut forger, script, mut change) = scene.begin();
        victim.deliver(&change.say(&mut forger, script[0]));
        assert!(victim.fault().is_some(), "{name}");
        assert_eq!(work(), before, "{name}");
    }
}

type Twist = fn(&mut Scene);

/// Hellos that lead nowhere: they are refused before any of our keys is made or used.
const HELLOS_FOR_NOTHING: [(&str, Twist); 6] = [
    ("no suite in common", |scene| {
        scene.plan.suites = vec![TRANSPORT.0];
    }),
    ("no version in common", |scene| scene.plan.version = 0x0302),
    ("no field in common", |scene| {
        scene.plan.set(
            premaster_wire::ExtensionType::supported_groups,
            [0, 2, 1, 0xff],
        );
    }),
    ("no scheme in common", |scene| {
        scene.plan.set(
            premaster_wire::ExtensionType::signature_algorithms,
            [0, 2, 4, 3],
        );
    }),
    ("no protocol in common", |scene| {
        let list = [0, 3, 2, b'h', b'3'];
        let alpn = premaster_wire::ExtensionType::application_layer_protocol_negotiation;
        scene.plan.set(alpn, list);
        scene.server.alpn = vec![b"h2".to_vec()];
    }),
    ("malformed", |scene| {
        scene.lie = Some(Box::new(|step, bytes| {
            if step == Step::Message(Type::client_hello) {
                bytes.pop();
                bytes[3] = bytes[3].wrapping_sub(1);
            }
        }));
    }),
];

/// A provider in whose fields nobody may compute.
fn untouchable(scene: &mut Scene) {
    let provider = with_fields(&scene.client.provider, |_| panic!("computed in a field"));
    scene.client.dh_groups.clone_from(&provider.dh_groups);
    scene.client.provider = Arc::new(provider);
}

/// properties 7 and 9: in a field that is unknown, too short or too long, or whose signature is wrong, nothing is
/// computed at all.
#[test]
fn nothing_is_computed_in_a_field_that_is_not_ours() {
    let cast = Cast::new();
    let prime = cast.world.provider.dh_groups[0].prime();
    let primes = [
        vec![0xff; 64],
        vec![0xff; 128],
        plus(prime, 2),
        vec![0xff; 1_024],
        vec![0xff; 4_096],
    ];
    for prime in primes {
        let mut scene = cast.in_a_field(cast.against_client());
        untouchable(&mut scene);
        let bytes = prime.len();
        (scene.plan.field.0, scene.plan.share) = (prime, Some(vec![2]));
        let played = scene.play();
        assert_eq!(
            played.victim.fault(),
            Some(Fault::UnknownDhGroup),
            "{bytes}"
        );
    }
    let mut scene = cast.in_a_field(cast.against_client());
    untouchable(&mut scene);
    scene.plan.signs = Some(b"something else".to_vec());
    assert_eq!(scene.play().victim.fault(), Some(Fault::BadSignature));
}

#[derive(Debug)]
struct Untouchable;

impl KeyTransport for Untouchable {
    fn encrypt(&self, _: &[u8], _: &Secret<48>) -> Result<Vec<u8>, CryptoError> {
        panic!("encrypted to a key")
    }

    fn load_key(&self, _: &PrivateKeyDer<'_>) -> Result<Arc<dyn DecryptionKey>, CryptoError> {
        Err(CryptoError)
    }
}

/// properties 9 and 12: nothing is encrypted to a key that is too long, of another kind, or not made for it.
#[test]
fn nothing_is_encrypted_to_a_key_that_is_refused() {
    let cast = Cast::new();
    type Twist = fn(&Cast, &mut Scene);
    let refused: [(Fault, Twist); 4] = [
        (Fault::KeyTooLong, |_, scene| scene.limits.rsa_bits = 2_047),
        (Fault::IdentityRefused, |cast, scene| {
            scene.plan.chain.clone_from(&cast.rsa.chain);
        }),
        (Fault::IdentityRefused, |cast, scene| {
            scene.plan.chain.clone_from(&cast.server.chain);
        }),
        (Fault::UnexpectedMessage, |_, scene| {
            let share = Step::Message(Type::server_key_exchange);
            scene.script.insert(2, share);
        }),
    ];
    for (fault, twist) in refused {
        let mut scene = cast.by_transport(cast.against_client());
        let mut provider = premaster_crypto::Provider::clone(&scene.client.provider);
        provider.key_transport = Some(&Untouchable);
        scene.client.provider = Arc::new(provider);
        twist(&cast, &mut scene);
        assert_eq!(scene.play().victim.fault(), Some(fault));
    }
}

/// The suites of the scenes are those that the tests speak of.
#[test]
fn the_scenes_are_what_they_say() {
    let cast = Cast::new();
    for (scene, suite) in [
        (cast.in_a_field(cast.against_server()), DHE),
        (cast.by_transport(cast.against_server()), TRANSPORT),
    ] {
        let played = scene.play();
        assert_eq!(played.facts().map(|facts| facts.suite.id), Some(suite.0));
    }
}
