//! A client and a server of TLS 1.3 that talk in messages, without records: policies, hosts and orders lie open.

use std::collections::VecDeque;
use std::sync::Arc;

use premaster_crypto::tls13::TrafficSecret;
use premaster_crypto::{Provider, Side};
use premaster_handshake::{
    After, ClientPolicy, Clock as _, Direction, Epoch, Error, Facts, Fault, Handshake, Incoming,
    Keys, Limits, Message, Order, ServerPolicy, Target,
};
use premaster_session::{ClientSession, TicketKeys};
use premaster_testkit::cell::NAME;
use premaster_testkit::{Cast, Host};
use premaster_trace::Tracer;
use premaster_wire::HandshakeType;

/// A change to a message on its way: who says it, its number among all that this side says, and its bytes.
pub(crate) type Change = Box<dyn FnMut(Side, usize, &mut Vec<u8>)>;

/// Both sides before they begin; all may be changed.
pub(crate) struct Duo {
    pub(crate) client: ClientPolicy,
    pub(crate) server: ServerPolicy,
    pub(crate) client_host: Host,
    pub(crate) server_host: Host,
    pub(crate) limits: Limits,
    pub(crate) change: Option<Change>,
    /// Listens to the client.
    pub(crate) tracer: Tracer,
    pub(crate) server_tracer: Tracer,
}

/// What came of it. The hosts are for the next time.
pub(crate) struct Played {
    pub(crate) client: Option<Result<Facts, Error>>,
    pub(crate) server: Option<Result<Facts, Error>>,
    /// What the server's carrier was told, in words.
    pub(crate) orders: Vec<String>,
    /// What the client's carrier was told, in words.
    pub(crate) client_orders: Vec<String>,
    /// What both have when the handshake is over.
    pub(crate) client_later: Later,
    pub(crate) server_later: Later,
    /// All messages, by the side that said them.
    pub(crate) said: Vec<(Side, Vec<u8>)>,
    pub(crate) client_host: Host,
    pub(crate) server_host: Host,
}

/// What is left to a side of an established connection.
#[derive(Default)]
pub(crate) struct Later {
    pub(crate) after: Option<After>,
    /// Of application data.
    pub(crate) sends: Option<TrafficSecret>,
    pub(crate) receives: Option<TrafficSecret>,
}

impl Duo {
    /// Tickets on, no client certificate, x25519 and all suites of the provider.
    pub(crate) fn new(cast: &Cast) -> Self {
        Self::with(cast, &cast.modern)
    }

    /// The same with other cryptography.
    pub(crate) fn with(cast: &Cast, provider: &Arc<Provider>) -> Self {
        let mut client_host = cast.modern_against_client().host;
        let mut server_host = cast.modern_against_server().host;
        let credential = cast.client.credential(provider);
        client_host.credential = Some(Arc::new(credential));
        let keys = TicketKeys::new(provider, server_host.clock.now());
        server_host.tickets = Some(Arc::new(keys.expect("ticket keys")));
        Self {
            client: ClientPolicy::new(Arc::clone(provider)),
            server: ServerPolicy::new(Arc::clone(provider)),
            client_host,
            server_host,
            limits: Limits::default(),
            change: None,
            tracer: Tracer::default(),
            server_tracer: Tracer::default(),
        }
    }

    /// The two of them once more, with what they have kept of the last time: the client offers the first session that it
    /// got.
    pub(crate) fn again(mut self, played: Played) -> Self {
        self.client_host = played.client_host;
        self.server_host = played.server_host;
        let kept: Vec<_> = self.client_host.kept.drain(..).collect();
        self.client_host.session = kept.into_iter().next();
        self
    }

    /// A handshake with nothing special, and then this one.
    pub(crate) fn after_a_first_one(self) -> Self {
        let first = self.copy().play();
        assert!(first.client_facts().resumed.is_none());
        let change = self.change;
        let mut again = Self {
            change: None,
            ..self
        }
        .again(first);
        again.change = change;
        again
    }

    fn copy(&self) -> Self {
        let host = |host: &Host| Host {
            name: host.name.clone(),
            verifier: Arc::clone(&host.verifier),
            clock: host.clock.clone(),
            policy: Arc::clone(&host.policy),
            credential: host.credential.clone(),
            tickets: host.tickets.clone(),
            sessions: Default::default(),
            psks: host.psks.clone(),
            admitted: Default::default(),
            session: None,
            kept: Vec::new(),
            refuses: None,
            renews: false,
        };
        Self {
            client: self.client.clone(),
            server: self.server.clone(),
            client_host: host(&self.client_host),
            server_host: host(&self.server_host),
            limits: self.limits,
            change: None,
            tracer: Tracer::default(),
            server_tracer: Tracer::default(),
        }
    }

    /// Plays it to the end.
    pub(crate) fn play(self) -> Played {
        let Self {
            client_host,
            mut server_host,
            mut change,
            limits,
            ..
        } = self;
        let clock = || client_host.clock.shared();
        let (policy, target) = (Arc::new(self.client), Target::dns(NAME));
        let client = Handshake::client(policy, target, clock(), limits, self.tracer);
        server_host.policy = Arc::new(self.server);
        let server = Handshake::server(clock(), limits, self.server_tracer);
        let mut client = End::new(Side::Client, client, client_host);
        let mut server = End::new(Side::Server, server, server_host);
        let mut said = Vec::new();
        loop {
            client.settle();
            let carried = carry(&mut client, &mut server, &mut change, &mut said);
            server.settle();
            if carried + carry(&mut server, &mut client, &mut change, &mut said) == 0 {
                break;
            }
        }
        Played {
            client: client.outcome,
            server: server.outcome,
            orders: server.orders,
            client_orders: client.orders,
            client_later: client.later,
            server_later: server.later,
            said,
            client_host: client.host,
            server_host: server.host,
        }
    }
}

impl Played {
    pub(crate) fn client_facts(&self) -> &Facts {
        let outcome = self.client.as_ref().expect("an outcome");
        outcome.as_ref().expect("facts of the client")
    }

    pub(crate) fn server_facts(&self) -> &Facts {
        let outcome = self.server.as_ref().expect("an outcome");
        outcome.as_ref().expect("facts of the server")
    }

    /// Why the server ended it.
    pub(crate) fn server_fault(&self) -> Option<Fault> {
        let outcome = self.server.as_ref()?;
        outcome.as_ref().err().map(Error::fault)
    }

    /// How many messages of this type the side said.
    pub(crate) fn count(&self, side: Side, kind: HandshakeType) -> usize {
        let is = |(by, message): &&(Side, Vec<u8>)| *by == side && message[0] == kind.0;
        self.said.iter().filter(is).count()
    }

    /// The sessions that the client was asked to keep.
    pub(crate) fn sessions(&self) -> &[ClientSession] {
        &self.client_host.kept
    }
}

struct End {
    side: Side,
    handshake: Handshake,
    host: Host,
    outcome: Option<Result<Facts, Error>>,
    later: Later,
    orders: Vec<String>,
    sent: VecDeque<Vec<u8>>,
    count: usize,
}

impl End {
    fn new(side: Side, handshake: Handshake, host: Host) -> Self {
        Self {
            side,
            handshake,
            host,
            outcome: None,
            later: Later::default(),
            orders: Vec::new(),
            sent: VecDeque::new(),
            count: 0,
        }
    }

    fn settle(&mut self) {
        loop {
            if let Some(order) = self.handshake.next_order() {
                self.orders.push(words(&order));
                self.carry_out(order);
            } else if let Some(question) = self.handshake.next_question() {
                let answer = self.host.answer(question);
                self.handshake.accept(answer).expect("its own question");
            } else {
                break;
            }
        }
        if let Some(outcome) = self.handshake.take_outcome() {
            self.outcome = Some(outcome);
            self.later.after = self.handshake.take_after();
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Send(message) => self.sent.push_back(message.bytes().to_vec()),
            Order::Install {
                direction,
                epoch: Epoch::Traffic,
                keys: Keys::Secret(secret),
                ..
            } => match direction {
                Direction::Sent => self.later.sends = Some(secret),
                Direction::Received => self.later.receives = Some(secret),
            },
            _ => {}
        }
    }

    fn hear(&mut self, message: Vec<u8>) {
        let message = Message::new(message);
        let now = self.host.clock.now();
        match &mut self.later.after {
            Some(after) if message.kind() == HandshakeType::new_session_ticket => {
                let kept = after.ticket(&message, now).expect("a ticket");
                self.host.kept.extend(kept.map(|question| question.session));
            }
            _ => self.handshake.deliver(Incoming::Message(message)),
        }
        self.settle();
    }
}

fn carry(
    from: &mut End,
    to: &mut End,
    change: &mut Option<Change>,
    said: &mut Vec<(Side, Vec<u8>)>,
) -> usize {
    let mut carried = 0;
    while let Some(mut message) = from.sent.pop_front() {
        if let Some(change) = change {
            change(from.side, from.count, &mut message);
        }
        from.count += 1;
        carried += 1;
        said.push((from.side, message.clone()));
        to.hear(message);
    }
    carried
}

/// An order as a word or two.
fn words(order: &Order) -> String {
    match order {
        Order::Send(message) => message.kind().to_string(),
        Order::Install {
            direction, epoch, ..
        } => format!("{direction:?} {}", epoch.name()),
        Order::EarlyData { limit } => format!("read {limit}"),
        Order::SkipEarlyData { limit } => format!("skip {limit}"),
        Order::LimitRecords { send, receive } => format!("send {send} receive {receive}"),
        Order::LimitFragments(most) => format!("fragments {most}"),
        Order::DataBeforeFinished(_) => "data".to_owned(),
        Order::ChangeCipherSpec => "change_cipher_spec".to_owned(),
        _ => String::new(),
    }
}
