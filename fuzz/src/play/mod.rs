//! A whole client and a whole server, fed structured lies past the key exchange.
//!
//! Both ends are ours, on [make-believe cryptography](provider); between them stands a liar who can open and seal
//! whatever he likes. An input is a [`Script`]: what the two ends are willing to do, and what the liar and the two
//! owners do. When it is done all goes on honestly to the end, so that one lie in the middle is followed by everything
//! that follows a handshake. What holds is checked after every call:
//!
//! - every call makes progress or says what it waits for (property 22);
//! - what waits to be sent is bounded (property 24);
//! - nobody is established who has heard another handshake than the peer has said, unless the liar has forged Finished
//!   too ([`Setup::FORGED`]);
//! - application data comes after the handshake, early data before, and nothing comes that was not sent (property 3);
//! - an error stays what it is, and the peer is told once, by its alert; facts never change.

mod body;
mod ear;
mod end;
mod forge;
pub mod provider;
mod script;
pub mod seeds;
mod setup;
mod stage;
mod words;

use premaster_connection::handshake::ResumedBy;
use premaster_connection::{Error, ProtocolVersion, Side};

use self::end::End;
pub use self::script::{Act, Between, Deed, Script, Wish};
pub use self::setup::Setup;
use self::stage::Stage;

/// What came of a play, for tests that want to know how far it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The version that the victim has agreed on, once it is established.
    pub version: Option<ProtocolVersion>,
    /// Whether the peer is established too.
    pub both: bool,
    /// By what the victim has resumed.
    pub resumed: Option<ResumedBy>,
    /// Whether there was a HelloRetryRequest.
    pub retried: bool,
    /// Whether the client has signed.
    pub client_signed: bool,
    /// How many authentications after the handshake came to their end, on the victim's side.
    pub authentications: usize,
    /// Bytes that came to the victim, and to the peer.
    pub data: [usize; 2],
    /// Bytes of early data that came to either.
    pub early: usize,
    /// Why the victim has failed.
    pub error: Option<Error>,
}

impl Outcome {
    fn of(victim: &End, peer: &End) -> Self {
        let facts = victim.facts();
        Self {
            version: facts.map(|facts| facts.version),
            both: facts.is_some() && peer.facts().is_some(),
            resumed: facts.and_then(|facts| facts.resumed),
            retried: facts.is_some_and(|facts| facts.retried),
            client_signed: facts.is_some_and(|facts| facts.client_scheme.is_some()),
            authentications: victim.authentications,
            data: [victim.data.len(), peer.data.len()],
            early: victim.early.len() + peer.early.len(),
            error: victim.error.clone(),
        }
    }
}

/// Plays a script against this side; nothing comes of wishes that contradict each other.
///
/// # Panics
/// When a property does not hold.
#[must_use]
pub fn play(victim: Side, script: &Script) -> Option<Outcome> {
    let stage = Stage::new(victim, script)?;
    Some(stage.play(&script.acts))
}

pub(crate) fn client(input: &[u8]) {
    let _ = play(Side::Client, &Script::read(input));
}

pub(crate) fn server(input: &[u8]) {
    let _ = play(Side::Server, &Script::read(input));
}
