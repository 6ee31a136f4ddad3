//! One side of a trace, played by us: policies that fit, answers to all questions, and a look at every byte.

use std::collections::BTreeSet;
use std::sync::Arc;

use premaster_crypto::{SecretBytes, Side, suite_named};
use premaster_handshake::{
    After, Answer, Ask, Asked, ClientAuth, ClientPolicy, Clock as _, Direction, EarlyData, Facts,
    Handshake, Limits, Message, OpenedTicket, Preference, Question, Refusal, ResumedBy,
    SealedTicket, ServerPolicy, StoreClientSession, Target, Verdict,
};
use premaster_session::{ClientSession, Session, SessionSecret, TicketPsk};
use premaster_testkit::FakeClock;
use premaster_trace::{KeyLog, Shared, Tracer};
use premaster_wire::{ContentType, HandshakeType, ProtocolVersion, SignatureScheme};

use crate::carrier::Carrier;
use crate::inputs::{Cookie, Hellos};
use crate::replay::{Identity, provider, server_groups};
use crate::trace::{Record, Ticket, Trace};

const BY: &str = "the trace";

/// We, as one side of a trace.
pub(crate) struct Player<'t> {
    trace: &'t Trace,
    side: Side,
    carrier: Carrier,
    host: Host,
    key_log: Shared<Vec<u8>>,
    facts: Option<Facts>,
    after: Option<After>,
    /// What we have sent and nobody has looked at.
    unseen: Vec<u8>,
}

impl<'t> Player<'t> {
    pub(crate) fn new(trace: &'t Trace, side: Side) -> Self {
        let key_log = Shared::new(Vec::new());
        let us = match side {
            Side::Client => premaster_trace::Side::Client,
            Side::Server => premaster_trace::Side::Server,
        };
        let secrets = KeyLog::dangerous_key_log(key_log.clone());
        let tracer = Tracer::new(us).with_secrets(secrets);
        let host = Host::new(trace, side);
        let (clock, limits) = (host.clock.shared(), Limits::default());
        let handshake = match side {
            Side::Client => {
                let (policy, target) = (Arc::clone(&host.client), Target::dns("server"));
                Handshake::client(policy, target, clock, limits, tracer)
            }
            Side::Server => Handshake::server(clock, limits, tracer),
        };
        let carrier = Carrier::new(side, handshake, provider(trace, side));
        let mut player = Self {
            trace,
            side,
            carrier,
            host,
            key_log,
            facts: None,
            after: None,
            unseen: Vec::new(),
        };
        player.settle();
        player
    }

    /// Plays the trace from its first record to its last.
    pub(crate) fn play(self) {
        self.play_from(0);
    }

    /// Plays the trace from a later record on, as if nothing had been said before.
    pub(crate) fn play_from(mut self, first: usize) {
        for (number, record) in self.trace.records.iter().enumerate().skip(first) {
            match record.sender == self.side {
                true => self.say(number, record),
                false => self.hear(number, record),
            }
        }
        self.unseen.extend(self.carrier.take_sent());
        assert_eq!(
            hex(&self.unseen),
            "",
            "{}",
            self.place("behind the last record")
        );
        self.check_facts();
        self.check_keys();
        self.check_key_log();
        self.host.check(self.trace, self.side);
    }

    /// We say what the trace says next. Data and goodbyes are the caller's, all else the handshake's own.
    fn say(&mut self, number: usize, record: &Record) {
        let place = self.place(&format!("record {number}"));
        let said = match record.content_type {
            ContentType::application_data | ContentType::alert => {
                assert_eq!(hex(&self.unseen), "", "before {place}");
                assert_eq!(hex(&self.carrier.take_sent()), "", "before {place}");
                self.carrier.seal(record.content_type, &record.content)
            }
            _ => {
                self.unseen.extend(self.carrier.take_sent());
                let length = record.bytes.len().min(self.unseen.len());
                self.unseen.drain(..length).collect()
            }
        };
        assert_eq!(hex(&said), hex(&record.bytes), "{place}");
    }

    /// We hear what the trace says next.
    fn hear(&mut self, number: usize, record: &Record) {
        let place = self.place(&format!("record {number}"));
        if let Some((content_type, content)) = self.carrier.open(&record.bytes) {
            assert_eq!(content_type, record.content_type, "{place}");
            assert_eq!(hex(&content), hex(&record.content), "{place}");
        }
        self.settle();
    }

    fn settle(&mut self) {
        let host = &mut self.host;
        self.carrier.settle(|handshake, question| {
            let answer = host.answer(question);
            handshake.accept(answer).expect("its own question");
        });
        if let Some(outcome) = self.carrier.handshake.take_outcome() {
            let place = self.place("at the end of the handshake");
            let facts = outcome.unwrap_or_else(|error| panic!("{place}: {error}"));
            self.after = self.carrier.handshake.take_after();
            self.facts = Some(facts);
        }
        while let (Some(after), Some(message)) =
            (&mut self.after, self.carrier.inbox.next_message())
        {
            let ticket = after.ticket(&Message::new(message), self.host.clock.now());
            let stored = ticket.expect("a ticket").expect("worth keeping");
            self.host.keep(stored);
        }
    }

    fn place(&self, what: &str) -> String {
        format!(
            "section {}, we are the {:?}, {what}",
            self.trace.section, self.side
        )
    }

    /// What we say of the handshake is what the trace's section is about.
    fn check_facts(&self) {
        let place = self.place("facts");
        let facts = self.facts.as_ref().expect("established");
        let group = Some(self.trace.server_share().group);
        assert_eq!((facts.suite.id, facts.group), (0x1301, group), "{place}");
        assert_eq!(facts.retried, self.trace.retries(), "{place}");
        let resumes = self.trace.resumes();
        assert_eq!(
            facts.resumed,
            resumes.then_some(ResumedBy::Ticket),
            "{place}"
        );
        let early = resumes.then_some(EarlyData::Accepted);
        assert_eq!(facts.early_data, early, "{place}");
    }

    /// All keys of the trace were installed, and no others.
    fn check_keys(&self) {
        let ours = self
            .carrier
            .installed
            .iter()
            .map(|(direction, epoch, key, iv)| {
                let sender = match direction {
                    Direction::Sent => self.side,
                    Direction::Received => self.side.other(),
                };
                (sender == Side::Client, epoch.name(), hex(key), hex(iv))
            });
        let protected = self.trace.records.iter().filter_map(|record| {
            let (key, iv) = record.keys.as_ref()?;
            let sender = record.sender == Side::Client;
            Some((sender, record.epoch.name(), hex(key), hex(iv)))
        });
        let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) = (ours.collect(), protected.collect());
        assert_eq!(ours, theirs, "{}", self.place("keys"));
        assert_eq!(
            self.carrier.installed.len(),
            ours.len(),
            "each of them once"
        );
    }

    /// The key log has all secrets that the format knows.
    fn check_key_log(&self) {
        let random = hex(&self.trace.client_random());
        let line = |(label, name): (&str, &str)| {
            let secret = self.trace.secret(name)?;
            Some(format!("{label} {random} {}", hex(&secret)))
        };
        let wanted: BTreeSet<_> = [
            ("CLIENT_EARLY_TRAFFIC_SECRET", "client_early_traffic"),
            ("EARLY_EXPORTER_SECRET", "early_exporter"),
            (
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                "client_handshake_traffic",
            ),
            (
                "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                "server_handshake_traffic",
            ),
            ("CLIENT_TRAFFIC_SECRET_0", "client_application_traffic"),
            ("SERVER_TRAFFIC_SECRET_0", "server_application_traffic"),
            ("EXPORTER_SECRET", "exporter"),
        ]
        .into_iter()
        .filter_map(line)
        .collect();
        let logged = self
            .key_log
            .with(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let logged: BTreeSet<_> = logged.lines().map(str::to_owned).collect();
        assert_eq!(logged, wanted, "{}", self.place("key log"));
    }
}

/// Who answers the questions of one side.
struct Host {
    client: Arc<ClientPolicy>,
    server: Arc<ServerPolicy>,
    clock: FakeClock,
    ours: Option<Identity>,
    theirs: Option<Identity>,
    /// The session that the trace resumes.
    session: Option<ClientSession>,
    /// The ticket that the server issues.
    ticket: Option<Ticket>,
    /// Sessions that were made: for a client to keep, for a server to seal.
    made: Vec<Session>,
}

impl Host {
    fn new(trace: &Trace, side: Side) -> Self {
        let client = Arc::new(client_policy(trace));
        let server = Arc::new(server_policy(trace));
        let clock = FakeClock::default();
        let session = trace
            .resumes()
            .then(|| resumed(trace, side, &clock, &client, &server));
        Self {
            client,
            server,
            clock,
            ours: Identity::of(trace, side),
            theirs: Identity::of(trace, side.other()),
            session,
            ticket: trace.ticket(),
            made: Vec::new(),
        }
    }

    fn answer(&mut self, question: Question) -> Answer {
        match question {
            Question::ChooseConfig(asked) => reply(asked, |_| Ok(Arc::clone(&self.server))),
            Question::ChooseCredential(asked) => {
                reply(asked, |_| Ok(self.ours.clone().map(Identity::credential)))
            }
            Question::FindClientSession(asked) => reply(asked, |_| Ok(self.session.take())),
            Question::OpenTicket(asked) => reply(asked, |question| {
                let found = self.session.take().expect("a session in the trace");
                assert_eq!(question.ticket, found.ticket);
                Ok(Some(OpenedTicket {
                    session: found.session,
                    renew: false,
                }))
            }),
            Question::SealTicket(asked) => reply(asked, |question| {
                let ticket = self.ticket.as_ref().expect("a ticket in the trace");
                self.made.push(question.session);
                Ok(Some(SealedTicket {
                    ticket: ticket.ticket.clone(),
                    lifetime_hint: ticket.lifetime,
                }))
            }),
            Question::AdmitEarlyData(asked) => reply(asked, |_| Ok(true)),
            Question::Sign(asked) => reply(asked, |question| {
                let key = question.credential.key().expect("the replayed one");
                let signature = key.sign(question.scheme.0, &question.message);
                signature.map_err(|_| Refusal::new("the trace signs something else"))
            }),
            Question::VerifyIdentity(asked) => reply(asked, |_| {
                let identity = self.theirs.as_ref().expect("an identity in the trace");
                Ok(Verdict::assert_verified(identity.spki.clone(), BY))
            }),
            other => panic!("not in these traces: {other:?}"),
        }
    }

    /// Keeps the session that comes with a ticket.
    fn keep(&mut self, stored: StoreClientSession) {
        let ticket = self.ticket.as_ref().expect("a ticket in the trace");
        assert_eq!(stored.session.ticket, ticket.ticket);
        self.made.push(stored.session.session);
    }

    /// The key of the ticket is the trace's.
    fn check(&self, trace: &Trace, side: Side) {
        let place = format!("section {}, we are the {side:?}", trace.section);
        let tickets = usize::from(self.ticket.is_some());
        assert_eq!(self.made.len(), tickets, "{place}");
        if let (Some(session), Some(ticket)) = (self.made.first(), &self.ticket) {
            let made = session.ticket_psk().expect("a ticket's key");
            let wanted = trace.secret("resumption_psk").expect("with every ticket");
            assert_eq!(made.psk.as_bytes(), wanted, "{place}");
            assert_eq!(made.age_add, ticket.age_add, "{place}");
            assert_eq!(made.max_early_data, ticket.early_data, "{place}");
        }
    }
}

fn reply<Q: Ask>(asked: Asked<Q>, answer: impl FnOnce(Q) -> Result<Q::Answer, Refusal>) -> Answer {
    let Asked { question, claim } = asked;
    claim.with(answer(question), BY)
}

/// The signature schemes that both sides of all traces list.
const SCHEMES: [u16; 15] = [
    0x0403, 0x0503, 0x0603, 0x0203, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0402,
    0x0502, 0x0602, 0x0202,
];

/// Most bytes of early data.
const EARLY_DATA: u32 = 1024;

/// record_size_limit of both sides.
const RECORD_SIZE_LIMIT: u16 = 0x4001;

/// As far as it matters: the ClientHellos are inputs.
fn client_policy(trace: &Trace) -> ClientPolicy {
    let shares = trace.client_shares();
    ClientPolicy {
        versions: vec![ProtocolVersion::TLSv1_3],
        suites: suites(),
        groups: server_groups(trace),
        key_shares: vec![shares[0].group],
        schemes: SCHEMES.map(SignatureScheme).to_vec(),
        ocsp_stapling: false,
        record_size_limit: Some(RECORD_SIZE_LIMIT),
        early_data: trace.resumes(),
        shape_hello: Some(Arc::new(Hellos::of(trace))),
        middlebox_compatibility: !trace.session_id().is_empty(),
        ..ClientPolicy::new(provider(trace, Side::Client))
    }
}

fn server_policy(trace: &Trace) -> ServerPolicy {
    let asks = trace
        .message(Side::Server, HandshakeType::certificate_request)
        .is_some();
    let early_data = trace.resumes() || trace.ticket().is_some();
    ServerPolicy {
        versions: vec![ProtocolVersion::TLSv1_3],
        suites: suites(),
        groups: server_groups(trace),
        schemes: SCHEMES.map(SignatureScheme).to_vec(),
        preference: Preference::Server,
        client_auth: match asks {
            true => ClientAuth::Required {
                authorities: Vec::new(),
            },
            false => ClientAuth::None,
        },
        record_size_limit: Some(RECORD_SIZE_LIMIT),
        ticket_count: trace.ticket().is_some().into(),
        announce_groups: true,
        acknowledge_resumed_name: true,
        retry_for_best_group: trace.retries(),
        retry_cookie: Cookie::of(trace).map(|cookie| Arc::new(cookie) as _),
        early_data: if early_data { EARLY_DATA } else { 0 },
        ..ServerPolicy::new(provider(trace, Side::Server))
    }
}

fn suites() -> Vec<&'static premaster_crypto::Suite> {
    [
        "TLS_AES_128_GCM_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_256_GCM_SHA384",
    ]
    .map(|name| suite_named(name).expect("a suite"))
    .to_vec()
}

/// The session of section 3, which section 4 resumes six milliseconds later.
fn resumed(
    trace: &Trace,
    side: Side,
    clock: &FakeClock,
    client: &ClientPolicy,
    server: &ServerPolicy,
) -> ClientSession {
    let mut traces = Trace::all().into_iter();
    let first = traces.find(|trace| trace.ticket().is_some());
    let first = first.expect("section 3");
    let ticket = first.ticket().expect("a ticket");
    let server_of_first = Identity::of(&first, Side::Server).expect("a certificate");
    let now = premaster_handshake::Clock::now(clock);
    ClientSession {
        session: Session {
            version: ProtocolVersion::TLSv1_3.0,
            suite: 0x1301,
            secret: SessionSecret::Resumption(TicketPsk {
                psk: SecretBytes::new(&trace.secret("psk").expect("a PSK")),
                age_add: ticket.age_add,
                issued_at: now,
                max_early_data: ticket.early_data,
            }),
            extended_master_secret: true,
            authenticated_at: now,
            lifetime: ticket.lifetime,
            isolation: match side {
                Side::Client => client.isolation,
                Side::Server => server.isolation,
            },
            server_name: Some("server".into()),
            alpn: None,
            max_fragment_length: None,
            peer_certificates: match side {
                Side::Client => server_of_first.chain,
                Side::Server => Vec::new(),
            },
            peer_public_key: None,
            external_psk: None,
            resumable_across_names: false,
        },
        session_id: Vec::new(),
        ticket: ticket.ticket,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
