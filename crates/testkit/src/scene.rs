//! A forger, its victim and a script: who says what to whom.

use core::fmt;
use std::sync::Arc;

use premaster_crypto::{Provider, Side, suite};
use premaster_handshake::{
    ClientAuth, ClientPolicy, Error, Facts, Handshake, Limits, ServerPolicy, Target,
};

use premaster_wire::CipherSuite;

use crate::Host;
use crate::cell::NAME;
use crate::forger::Forger;
use crate::victim::{Said, Step, Victim};

/// A peer that says what its plan has, whatever version it speaks.
pub trait Scripted {
    /// What it says when nothing is twisted.
    type Plan;

    /// A peer with nothing said yet.
    fn new(side: Side, provider: &Provider, plan: Self::Plan) -> Self;

    /// Says the next thing, changed before it is said: the peer knows that it says this.
    fn say_twisted(&mut self, step: Step, twist: &mut dyn FnMut(&mut Vec<u8>)) -> Said;

    /// Hears what the victim says.
    fn hear(&mut self, said: &Said);
}

/// A change to what is said.
pub type Twist = Box<dyn FnMut(Step, &mut Vec<u8>)>;

/// Everything before it begins; all of it may be changed.
pub struct Scene<F: Scripted = Forger> {
    /// Which side is the victim.
    pub victim: Side,
    /// A client victim's policy.
    pub client: ClientPolicy,
    /// The forger's cryptography: it works, whatever is wrong with the victim's.
    pub provider: Arc<Provider>,
    /// A server victim's policy.
    pub server: ServerPolicy,
    /// The victim's limits.
    pub limits: Limits,
    /// The victim's host. Its policy is replaced by [`Scene::server`].
    pub host: Host,
    /// What the forger says.
    pub plan: F::Plan,
    /// In which order.
    pub script: Vec<Step>,
    /// Whether a server victim asks for a certificate once the handshake is over.
    pub asks_later: Option<ClientAuth>,
    /// A lie: what the forger says instead, and knows that it says.
    pub lie: Option<Twist>,
    /// An alteration on the way to the victim: the forger knows nothing of it.
    pub alteration: Option<Twist>,
}

/// What came of a scene.
#[derive(Debug)]
pub struct Played<F = Forger> {
    /// The victim at the end.
    pub victim: Victim,
    /// The forger at the end.
    pub forger: F,
    /// How many steps were said before the victim had come to an end, that step included.
    pub said: usize,
}

impl<F> Played<F> {
    /// The victim's facts, if it completed.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        self.victim.outcome.as_ref()?.as_ref().ok()
    }

    /// What ended the victim's handshake.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.victim.outcome.as_ref()?.as_ref().err()
    }
}

impl Scene {
    /// Both sides want this suite and no other.
    ///
    /// # Panics
    ///
    /// If there is no such suite.
    pub fn agree_on(&mut self, chosen: CipherSuite) {
        let suites = vec![suite(chosen.0).expect("a known suite")];
        self.client.suites.clone_from(&suites);
        self.server.suites = suites;
        (self.plan.suite, self.plan.suites) = (chosen.0, vec![chosen.0]);
    }
}

impl<F: Scripted> Scene<F> {
    /// Plays it until the script or the victim has come to an end.
    #[must_use]
    pub fn play(mut self) -> Played<F> {
        let mut asks = self.asks_later.take();
        let (mut victim, mut forger, script, mut change) = self.begin();
        let mut said = 0;
        for step in script {
            if victim.has_completed()
                && let Some(client_auth) = asks.take()
            {
                victim.request_certificate(client_auth);
            }
            listen(&mut forger, &mut victim);
            if victim.is_over() {
                break;
            }
            said += 1;
            let words = change.say(&mut forger, step);
            victim.deliver(&words);
        }
        listen(&mut forger, &mut victim);
        Played {
            victim,
            forger,
            said,
        }
    }

    /// The victim and the forger before the first word, for tests with a stage of their own.
    #[must_use]
    pub fn begin(self) -> (Victim, F, Vec<Step>, Changes) {
        let Self { mut host, .. } = self;
        let clock = host.clock.shared();
        host.policy = Arc::new(self.server);
        let handshake = match self.victim {
            Side::Client => {
                let target = Target::dns(NAME);
                let policy = Arc::new(self.client);
                Handshake::client(policy, target, clock, self.limits, Default::default())
            }
            Side::Server => Handshake::server(clock, self.limits, Default::default()),
        };
        let forger = F::new(self.victim.other(), &self.provider, self.plan);
        let change = Changes::new(self.lie, self.alteration);
        let victim = Victim::new(self.victim, handshake, host);
        (victim, forger, self.script, change)
    }
}

/// What is changed in a scene.
#[derive(Default)]
pub struct Changes {
    lie: Option<Twist>,
    alteration: Option<Twist>,
}

impl Changes {
    /// A lie, and an alteration.
    #[must_use]
    pub fn new(lie: Option<Twist>, alteration: Option<Twist>) -> Self {
        Self { lie, alteration }
    }

    /// Whether something is altered on the way, of which the forger knows nothing.
    #[must_use]
    pub fn alters(&self) -> bool {
        self.alteration.is_some()
    }

    /// Has the forger say the step, and changes it.
    pub fn say(&mut self, forger: &mut impl Scripted, step: Step) -> Said {
        let lie = &mut self.lie;
        let mut words = forger.say_twisted(step, &mut |bytes| {
            if let Some(lie) = lie {
                lie(step, bytes);
            }
        });
        if let (Some(alter), Said::Message(bytes)) = (&mut self.alteration, &mut words) {
            alter(step, bytes);
        }
        words
    }
}

/// The forger hears all that the victim has said.
pub fn listen(forger: &mut impl Scripted, victim: &mut Victim) {
    for words in victim.take_sent() {
        forger.hear(&words);
    }
}

impl<F: Scripted> fmt::Debug for Scene<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene")
            .field("victim", &self.victim)
            .field("script", &self.script)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Changes")
    }
}
