//! The client's side of TLS 1.3, in the order of RFC 8446 section 2.

mod agree;
mod answer;
mod early;
mod retry;
mod server_auth;

use premaster_crypto::Suite;
use premaster_crypto::tls13::{ExporterSecret, FinishedKey, FinishedProof, ResumptionSecret};
use premaster_session::ClientKey;
use premaster_trace::{EarlyData, EarlyDataReason};
use premaster_wire::ExtensionType;
use premaster_wire::tls13::{EncryptedExtensions, EndOfEarlyData};

pub(crate) use self::answer::Answer;
pub(crate) use self::early::begin_early_data;
pub(crate) use self::retry::{Retry, retry};

use self::agree::{ChosenPsk, Secret, agree};
use self::answer::Encrypted;
use self::server_auth::ServerShown;
pub(super) use self::server_auth::{Request, answer_request};
use super::after::{Authenticated, Tickets};
use super::authentication::{receive_finished, send_finished};
use super::keys::{Proved, Schedule};
use super::{Agreed, CHANGE_CIPHER_SPECS, may_be_asked};
use crate::engine::Ended;
use crate::error::At as _;
use crate::facts::EarlyExporter;
use crate::group::Group;
use crate::offer::ClientOffer;
use crate::peer::Peer;
use crate::record_limits::{limit_fragments, limit_records};
use crate::{After, Direction, Epoch, Error, Exporter, Facts, Fault, Order, narrate};

/// What came before ServerHello.
#[derive(Default)]
pub(crate) struct Before {
    /// The server asked for another ClientHello.
    pub(crate) retried: bool,
    /// The suite that it chose then.
    retry_suite: Option<&'static Suite>,
    /// Early data has been under way since the ClientHello.
    pub(crate) early: Option<EarlyExporter>,
    /// As far as we know the server reads it.
    early_is_read: bool,
    /// A ChangeCipherSpec was sent.
    changed_cipher: bool,
}

impl Before {
    /// Sends what middleboxes wait for, once: before early data, or before our second flight. Only if the ClientHello has
    /// an ID that makes it look like a resumption (RFC 8446 appendix D.4).
    fn change_cipher_spec(&mut self, peer: &mut Peer, offer: &ClientOffer) {
        let compatible = offer.policy.middlebox_compatibility && !offer.session_id().is_empty();
        if compatible && !self.changed_cipher {
            self.changed_cipher = true;
            peer.change_cipher_spec();
        }
    }

    /// The server keeps to the suite of its HelloRetryRequest (RFC 8446 section 4.1.4).
    fn check(&self, answer: &Answer) -> Result<(), Error> {
        match self.retry_suite {
            Some(suite) if suite.id != answer.suite.id => {
                let detail = format!("{} became {}", suite.name, answer.suite.name);
                Err(Error::new(Fault::RetrySuiteChanged).detail(detail))
            }
            _ => Ok(()),
        }
    }
}

/// From ServerHello to Finished.
pub(crate) async fn client(
    mut peer: Peer,
    mut offer: ClientOffer,
    key: ClientKey,
    answer: Answer,
    mut before: Before,
) -> Result<Ended, Error> {
    before.check(&answer).at("server_hello")?;
    go_on(&mut peer, &before, answer.suite);
    let schedule = Schedule {
        suite: answer.suite,
        client_random: offer.random,
    };
    let agreed = agree(&peer, &mut offer, &answer, schedule).at("server_hello")?;
    let Secret {
        handshake, group, ..
    } = agreed;
    let keys = schedule.handshake(&peer, &handshake)?;
    schedule.install(
        &mut peer,
        Direction::Received,
        Epoch::Handshake,
        keys.receive,
    );

    let flight = Flight::receive(
        &mut peer,
        &offer,
        &mut before,
        &answer,
        agreed.psk,
        &keys.theirs,
    );
    let Flight {
        encrypted,
        early,
        shown,
        request,
        finished,
    } = match flight.await {
        Ok(flight) => flight,
        Err(error) => {
            if !before.early_is_read {
                // The server expects our alert under these keys.
                before.change_cipher_spec(&mut peer, &offer);
                schedule.install(&mut peer, Direction::Sent, Epoch::Handshake, keys.send);
            }
            return Err(error);
        }
    };
    let main = schedule.main(&peer, handshake);
    let application = schedule.application(&peer, &main)?;
    if encrypted.early_data {
        peer.send(&EndOfEarlyData {})?;
    }
    before.change_cipher_spec(&mut peer, &offer);
    schedule.install(&mut peer, Direction::Sent, Epoch::Handshake, keys.send);
    let client_scheme = answer_request(&mut peer, &offer.policy, request).await?;
    send_finished(&mut peer, answer.suite, &keys.ours, Epoch::Handshake)?;

    schedule.install(&mut peer, Direction::Sent, Epoch::Traffic, application.send);
    let proved = Proved {
        peer: &shown.proof,
        finished,
    };
    schedule.receive_application(&mut peer, application.receive, proved);
    peer.order(Order::DropChangeCipherSpecs(0));

    let resumption = schedule.resumption(&peer, main)?;
    let with = (answer.suite, group);
    let (mut facts, authenticated) = facts(
        &offer,
        before,
        with,
        (encrypted, early),
        shown,
        application.exporter,
    );
    facts.client_scheme = client_scheme;
    let tickets = tickets(&offer, key, &facts, authenticated, resumption);
    leave(&peer, &offer, &facts, tickets);
    peer.trace(|| narrate::established(&facts));
    Ok(Ended::with(facts))
}

/// From ServerHello on this is TLS 1.3, if it was not from HelloRetryRequest on.
fn go_on(peer: &mut Peer, before: &Before, suite: &Suite) {
    peer.speaks_tls13();
    if !before.retried {
        peer.order(Order::DropChangeCipherSpecs(CHANGE_CIPHER_SPECS));
        peer.transcript.choose(suite.hash);
    }
    peer.transcript.hash_only();
}

/// What was agreed on, and what later sessions rest on.
fn facts(
    offer: &ClientOffer,
    before: Before,
    (suite, group): (&'static Suite, Option<Group>),
    (encrypted, reason): (Encrypted, EarlyDataReason),
    shown: ServerShown,
    exporter: ExporterSecret,
) -> (Facts, Authenticated) {
    let early_data = match encrypted.early_data {
        true => EarlyData::Accepted,
        false => EarlyData::Rejected,
    };
    let agreed = Agreed {
        suite,
        group,
        psk: shown.resumed,
        external_psk: shown
            .authenticated
            .external
            .as_ref()
            .map(|id| id.identity.clone()),
        server_name: offer.target.sni.clone(),
        alpn: encrypted.alpn,
        record_limits: encrypted.record_limits,
        max_fragment_length: encrypted.max_fragment_length,
        early_data: before.early.is_some().then_some(early_data),
        early_data_reason: reason,
        ticket_age_skew: None,
        retried: before.retried,
    };
    let mut facts = Facts::of_tls13(agreed, Exporter::of_tls13(exporter));
    facts.server_scheme = shown.scheme;
    facts.peer_certificates = shown.chain;
    facts.ocsp_response = shown.ocsp_response;
    facts.certificate_timestamps = shown.certificate_timestamps;
    facts.early_exporter = before.early.filter(|_| encrypted.early_data);
    (facts, shown.authenticated)
}

/// What turns tickets into sessions, for who keeps any.
fn tickets(
    offer: &ClientOffer,
    key: ClientKey,
    facts: &Facts,
    server: Authenticated,
    resumption: ResumptionSecret,
) -> Option<Tickets> {
    let names = (facts.server_name.clone(), facts.alpn.clone());
    let keeps = offer.policy.resumption && offer.policy.tickets;
    keeps.then(|| Tickets::new(key, resumption, names, server))
}

/// Leaves behind what is still needed.
fn leave(peer: &Peer, offer: &ClientOffer, facts: &Facts, tickets: Option<Tickets>) {
    let mut sent = offer.extensions.iter();
    let offered = sent.any(|kind| *kind == ExtensionType::post_handshake_auth);
    let may_ask = offered && may_be_asked(facts);
    let after = After::client(peer, facts.suite, &offer.policy, may_ask);
    peer.leave(after.with_tickets(tickets));
}

/// All that the server says under the keys of the handshake.
struct Flight {
    encrypted: Encrypted,
    /// Why early data was accepted or not.
    early: EarlyDataReason,
    shown: ServerShown,
    /// It wants to know who we are.
    request: Option<Request>,
    finished: FinishedProof,
}

impl Flight {
    /// From EncryptedExtensions to Finished.
    async fn receive(
        peer: &mut Peer,
        offer: &ClientOffer,
        before: &mut Before,
        answer: &Answer,
        psk: Option<ChosenPsk>,
        key: &FinishedKey,
    ) -> Result<Self, Error> {
        let message = peer.expect::<EncryptedExtensions<'_>>().await?;
        let extensions: EncryptedExtensions<'_> = message.decode()?;
        let encrypted = Encrypted::read(offer, &extensions).at("encrypted_extensions")?;
        limit_fragments(peer, encrypted.max_fragment_length);
        // The rest of the server's flight is held to our limit already (RFC 8449 section 4).
        limit_records(peer, encrypted.record_limits);
        let early = early::settle(peer, offer, before, answer, psk.as_ref(), &encrypted)
            .at("encrypted_extensions")?;
        let suite = answer.suite;
        let (shown, request) =
            ServerShown::receive(peer, &offer.policy, &offer.target, suite, psk).await?;
        let finished = receive_finished(peer, suite, key, Epoch::Handshake).await?;
        Ok(Self {
            encrypted,
            early,
            shown,
            request,
            finished,
        })
    }
}
