//! How long a session lives: counted from the full handshake, never longer than the certificates
//! that it rests on.

use std::sync::Arc;

use premaster_connection::{ClientConfig, Clock, Error, Fault, ResumedBy, ServerConfig};
use premaster_testkit::cast::MASTER;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pki::{Issued, KeyKind};
use premaster_testkit::{Cast, Pair, Said, Step, time};
use premaster_wire::tls12::NewSessionTicket;
use premaster_wire::{Decode, ExtensionType, HandshakeType as Type, ProtocolVersion};

/// When everything begins: see `FakeClock::default`.
const BEGIN: u64 = 1_900_000_000;

/// A version, and by what its sessions are resumed.
type Way = (ProtocolVersion, ResumedBy);

const WAYS: [Way; 4] = [
    (ProtocolVersion::TLSv1_2, ResumedBy::SessionId),
    (ProtocolVersion::TLSv1_2, ResumedBy::Ticket),
    (ProtocolVersion::TLSv1_3, ResumedBy::SessionId),
    (ProtocolVersion::TLSv1_3, ResumedBy::Ticket),
];

struct Bench {
    world: World,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Bench {
    /// A server that keeps sessions for so many seconds, and a client, with these certificates.
    fn new((version, by): Way, lifetime: u32, ends: Option<(Who, u64)>) -> Self {
        let world = World::new();
        let provider = || match version {
            ProtocolVersion::TLSv1_3 => Arc::clone(&world.modern),
            _ => Arc::clone(&world.provider),
        };
        let certificate = |who: Who, name: &str| -> Issued {
            match ends {
                Some((ending, end)) if ending == who => {
                    world.authority.until(name, KeyKind::P256, end)
                }
                _ => world.authority.server(name, KeyKind::P256),
            }
        };
        let verifier = world.authority.verifier(&provider());
        let server = certificate(Who::Server, NAME).credential(&provider());
        let client = certificate(Who::Client, "client.test").credential(&provider());
        let server = ServerConfig::builder(provider(), server)
            .require_client_auth(verifier.clone())
            .clock(world.clock.shared())
            .session_lifetime(lifetime);
        let server = match by {
            ResumedBy::SessionId => server.no_tickets(),
            _ => server.no_session_ids(),
        };
        let client = ClientConfig::builder(provider(), verifier)
            .credential(client)
            .clock(world.clock.shared());
        Self {
            client: Arc::new(client.build().unwrap()),
            server: Arc::new(server.build().unwrap()),
            world,
        }
    }

    /// A connection this many seconds after the last one: by what it was resumed.
    fn after(&self, seconds: u64) -> Result<Option<ResumedBy>, Error> {
        self.world.clock.advance(seconds);
        let mut pair = Pair::new(&self.client, &self.server, NAME);
        pair.handshake()?;
        Ok(pair.server.facts().unwrap().resumed)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Client,
    Server,
}

/// property 20: a session is resumed until the last second of its life and not after.
#[test]
fn a_session_is_resumed_until_its_last_second() {
    for way @ (_, by) in WAYS {
        let bench = Bench::new(way, 1_000, None);
        assert_eq!(bench.after(0), Ok(None));
        assert_eq!(bench.after(999), Ok(Some(by)), "{way:?}");
        assert_eq!(bench.after(1), Ok(None), "{way:?}");
    }
}

/// property 20: no chain of resumptions, with a new ticket or without, lives longer than its
/// first link.
#[test]
fn a_lifetime_counts_from_the_full_handshake_over_any_chain() {
    for way @ (_, by) in WAYS {
        let bench = Bench::new(way, 10_000, None);
        assert_eq!(bench.after(0), Ok(None));
        for _ in 0..9 {
            assert_eq!(bench.after(1_000), Ok(Some(by)), "{way:?}");
        }
        assert_eq!(bench.after(999), Ok(Some(by)), "{way:?}");
        assert_eq!(
            bench.after(1),
            Ok(None),
            "{way:?}: 10,000 s after the full handshake"
        );
        assert_eq!(
            bench.after(9_999),
            Ok(Some(by)),
            "{way:?}: a new life has begun"
        );
    }
}

/// property 20: a renewed ticket holds the time of the full handshake, not of its renewal.
#[test]
fn a_server_renews_a_ticket_and_not_the_session() {
    let cast = Cast::new();
    let mut scene = cast.against_server();
    scene.server.tickets = true;
    scene.host.renews = true;
    let keys = scene.host.tickets.clone().unwrap();
    let original = cast.session();
    let ticket = keys.seal(&original, cast.world.clock.now()).unwrap();
    scene.plan.set(ExtensionType::session_ticket, ticket);
    scene.plan.session_id = vec![0x1d; 32];
    scene.plan.master = Some(MASTER);
    let (mut victim, mut forger, script, mut change) = scene.begin();
    victim.deliver(&change.say(&mut forger, script[0]));
    let said = victim.take_sent();
    let renewed = said.iter().find_map(|said| match said {
        Said::Message(bytes) if said.step() == Step::Message(Type::new_session_ticket) => {
            NewSessionTicket::decode(&bytes[4..]).ok()
        }
        _ => None,
    });
    let renewed = keys
        .open(renewed.unwrap().ticket, cast.world.clock.now())
        .unwrap();
    assert_eq!(renewed.authenticated_at, original.authenticated_at);
    assert_eq!(renewed.lifetime, original.lifetime);
}

/// property 20: nor does a client let a new ticket make its session younger, whatever lifetime
/// the server tells; it lets the server make it end earlier.
#[test]
fn a_client_keeps_a_new_ticket_and_not_a_new_session() {
    let cast = Cast::new();
    let original = cast.session();
    for (told, lifetime) in [
        (u32::MAX, original.lifetime),
        (0, original.lifetime),
        (100, 160),
    ] {
        let mut scene = cast.against_resuming_client();
        scene.client.tickets = true;
        scene.plan.set(ExtensionType::session_ticket, []);
        scene.plan.ticket_lifetime = told;
        scene
            .script
            .insert(1, Step::Message(Type::new_session_ticket));
        let played = scene.play();
        assert!(played.facts().is_some(), "{:?}", played.error());
        let kept = &played.victim.host.kept[0].session;
        assert_eq!(kept.authenticated_at, original.authenticated_at, "{told}");
        // The original is 60 s old.
        assert_eq!(kept.lifetime, lifetime, "{told}");
    }
}

/// property 20: a session ID says nothing of its lifetime: a client gives it a day.
#[test]
fn a_client_resumes_by_id_for_a_day() {
    const DAY: u64 = 24 * 3_600;
    let bench = Bench::new(WAYS[0], u32::MAX, None);
    assert_eq!(bench.after(0), Ok(None));
    assert_eq!(bench.after(DAY - 1), Ok(Some(ResumedBy::SessionId)));
    assert_eq!(bench.after(1), Ok(None));
}

/// property 20: seven days are the most for a server, whatever a configuration or a store says.
#[test]
fn no_session_lives_longer_than_a_week() {
    const WEEK: u64 = 7 * 24 * 3_600;
    let cast = Cast::new();
    for (age, resumed) in [(WEEK - 1, true), (WEEK, false)] {
        let mut scene = cast.against_resuming_server();
        for session in scene.host.sessions.values_mut() {
            session.authenticated_at = time(BEGIN - age);
            session.lifetime = u32::MAX;
        }
        assert_eq!(scene.play().facts().is_some(), resumed, "{age} s");
    }
}

/// property 20: a ticket lasts as long as its key, at most a day, and never longer.
#[test]
fn a_ticket_ends_with_its_key() {
    const DAY: u64 = 24 * 3_600;
    for way @ (_, by) in [WAYS[1], WAYS[3]] {
        let bench = Bench::new(way, u32::MAX, None);
        assert_eq!(bench.after(0), Ok(None));
        assert_eq!(bench.after(DAY - 1), Ok(Some(by)), "{way:?}");
        let bench = Bench::new(way, u32::MAX, None);
        assert_eq!(bench.after(0), Ok(None));
        assert_eq!(bench.after(DAY), Ok(None), "{way:?}");
    }
}

/// property 20: when the certificate ends that a session rests on, so does the session; then the
/// full handshake that follows finds that it has expired.
#[test]
fn a_session_ends_with_the_certificates_behind_it() {
    for way @ (_, by) in WAYS {
        for who in [Who::Client, Who::Server] {
            let bench = Bench::new(way, 10_000, Some((who, BEGIN + 5_000)));
            assert_eq!(bench.after(0), Ok(None));
            assert_eq!(bench.after(4_000), Ok(Some(by)), "{way:?} {who:?}");
            let refused = bench.after(1_001);
            match refused {
                Err(Error::Handshake(error)) => {
                    assert_eq!(error.fault(), Fault::IdentityRefused, "{way:?} {who:?}");
                }
                other => panic!("{way:?} {who:?}: {other:?}"),
            }
        }
    }
}
