//! One connection to the runner, from the first byte to the goodbye.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use premaster::handshake::{Clock, EarlyData};
use premaster::session::{ClientSession, MemoryServerStore, TicketKeys, UnixTime};
use premaster::wire::{AlertDescription, NamedGroup, ProtocolVersion, SignatureScheme};

use crate::answers::{Host, Seen};
use crate::credentials::Credentials;
use crate::drive::Driver;
use crate::flags::Flags;
use crate::secrets::Secrets;
use crate::wire::Wire;
use crate::{Stop, expect, provider, setup};

/// What outlives a connection.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<Delayed>,
    pub(crate) tickets: Arc<TicketKeys>,
    pub(crate) sessions: Arc<MemoryServerStore>,
    /// What a client offers.
    pub(crate) session: Option<ClientSession>,
    /// What it has got on this connection.
    pub(crate) new_session: Option<ClientSession>,
    /// What was proved when certificates were shown last.
    pub(crate) proved: Proved,
}

/// What a full handshake proves: a session stands for it, and who resumes it knows it from then.
#[derive(Debug, Default)]
pub(crate) struct Proved {
    /// Was the peer's certificate refused, and let pass?
    refused: bool,
    pub(crate) group: Option<NamedGroup>,
    pub(crate) scheme: Option<SignatureScheme>,
    pub(crate) ocsp_response: Option<Vec<u8>>,
    pub(crate) timestamps: Vec<Vec<u8>>,
}

/// The system's clock, stopped when the process began and put forward: what is counted in seconds is exact.
#[derive(Debug)]
pub(crate) struct Delayed(AtomicU64);

impl Delayed {
    fn new() -> Self {
        let since_epoch = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self(AtomicU64::new(since_epoch.as_secs()))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Delayed {
    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.0.load(Ordering::Relaxed)))
    }
}

/// Which connection it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) is_resumption: bool,
}

impl World {
    pub(crate) fn new() -> Result<Self, Stop> {
        let clock = Arc::new(Delayed::new());
        let tickets = TicketKeys::new(&premaster::provider(), clock.now());
        let tickets = tickets.map_err(|error| Stop::wrong(error.to_string()))?;
        Ok(Self {
            clock,
            tickets: Arc::new(tickets),
            sessions: Arc::new(MemoryServerStore::new(16)),
            session: None,
            new_session: None,
            proved: Proved::default(),
        })
    }

    /// Has one connection with the runner.
    pub(crate) fn connect(
        mut self,
        flags: &Flags,
        retry: &Flags,
        is_resumption: bool,
    ) -> Result<Self, Stop> {
        if is_resumption && !flags.is_server() {
            self.session = self.new_session.take();
            if self.session.is_none() {
                return Err(Stop::wrong("no session to offer"));
            }
        }
        self.new_session = None;
        let provider = provider::of(flags)?;
        let credentials = Credentials::load(flags, &provider)?;
        if flags.is_server() {
            // What cannot be done is said before the runner waits for it.
            setup::policy(flags, &provider, &credentials, &[])?;
        }
        let secrets = Secrets::default();
        let connection = setup::connection(flags, &self, &provider, &credentials, &secrets)?;
        let wire = Wire::connect(flags)?;
        let host = Host {
            flags: flags.clone(),
            retry: retry.clone(),
            is_early: false,
            is_late: flags.has("async"),
            is_first: !is_resumption,
            provider,
            credentials,
            world: self,
            secrets,
            seen: Seen::default(),
        };
        let mut driver = Driver::new(connection, host, wire);
        let turn = Turn { is_resumption };
        let outcome = exchange(&mut driver, turn);
        let Host { world, .. } = driver.finish();
        outcome.map(|()| world)
    }
}

fn exchange(driver: &mut Driver, turn: Turn) -> Result<(), Stop> {
    driver.handshake(true)?;
    if driver.connection.facts().is_some() {
        established(driver, turn)?;
    } else if driver.connection.provisional().is_none() {
        return early_exchange(driver, turn);
    }
    again(driver)?;
    if driver.host.flags.has("send-alert") {
        // The alert that the runner waits for, and nothing behind it.
        let _ = driver.host.flags.has("shim-writes-first");
        return driver.abort(AlertDescription::decompression_failure);
    }
    let pending = write_first(driver)?;
    converse(driver, turn, pending)
}

/// A client that sends before the server has answered.
fn early_exchange(driver: &mut Driver, turn: Turn) -> Result<(), Stop> {
    driver.host.is_early = true;
    let flags = driver.host.flags.clone();
    expect::of_early_data(driver)?;
    if let Some(length) = flags.number("export-keying-material")? {
        exported(driver, &flags, usize::try_from(length).unwrap_or(0))?;
    }
    if let Some(kind) = flags.number("early-write-after-message")? {
        driver.hear_of(u8::try_from(kind).unwrap_or_default())?;
    }
    let mut rest = Vec::new();
    let unfinished = flags.has("read-with-unfinished-write");
    let unfinished = match unfinished && flags.has("shim-writes-first") {
        true => Some(driver.write_a_byte_of_early(first_words(&flags).as_bytes())?),
        false => None,
    };
    if unfinished.is_none() && flags.has("shim-writes-first") {
        let times = flags.number("repeat-shim-initial-write")?.unwrap_or(1);
        let times = usize::try_from(times).unwrap_or(0);
        let words = first_words(&flags);
        for _ in 0..times {
            let fits = driver
                .connection
                .early_data_limit()
                .unwrap_or(0)
                .min(words.len());
            let (now, later) = words.as_bytes().split_at(fits);
            driver.write_early(now)?;
            rest.extend_from_slice(later);
        }
    }
    driver.handshake(false)?;
    if let Some(record) = unfinished {
        // The record ends, whether anybody reads it or not.
        driver.write_rest(record)?;
    }
    complete(driver)?;
    let accepted = driver.connection.facts().and_then(|facts| facts.early_data);
    let accepted = accepted == Some(EarlyData::Accepted);
    if accepted == flags.has("expect-reject-early-data") {
        return Err(Stop::wrong(format!("early data was accepted: {accepted}")));
    }
    if !accepted {
        retried(driver)?;
    }
    checked(driver, turn)?;
    again(driver)?;
    let pending = match accepted {
        true => driver.write(&rest).map(|()| None)?,
        false => write_first(driver)?,
    };
    converse(driver, turn, pending)
}

/// What there is to a handshake that is complete.
fn established(driver: &mut Driver, turn: Turn) -> Result<(), Stop> {
    complete(driver)?;
    checked(driver, turn)
}

fn checked(driver: &mut Driver, turn: Turn) -> Result<(), Stop> {
    driver.host.seen.checked = true;
    expect::after_the_handshake(driver, turn)
}

/// What is noted when a handshake is complete.
fn complete(driver: &mut Driver) -> Result<(), Stop> {
    if driver.host.flags.has("handshake-never-done") {
        return Err(Stop::wrong("the handshake is complete"));
    }
    if driver.host.flags.has("expect-no-offer-early-data") && driver.host.is_early {
        return Err(Stop::wrong("early data was offered"));
    }
    let is_server = driver.host.flags.is_server();
    if let Some(facts) = driver
        .connection
        .facts()
        .filter(|facts| !expect::is_resumed(facts))
    {
        let scheme = match is_server {
            true => facts.client_scheme,
            false => facts.server_scheme,
        };
        driver.host.world.proved = Proved {
            refused: false,
            group: facts.group,
            scheme,
            ocsp_response: facts.ocsp_response.clone(),
            timestamps: facts.certificate_timestamps.clone(),
        };
    }
    is_verified(driver)
}

/// What the verifier said stands: of this connection's chain, or of the one that the session stands for.
fn is_verified(driver: &mut Driver) -> Result<(), Stop> {
    let Host {
        flags, seen, world, ..
    } = &mut driver.host;
    if flags.has("reverify-on-resume") && seen.refused.is_none() {
        return Err(Stop::wrong("a chain that nobody has verified again"));
    }
    if let Some(refused) = seen.refused {
        world.proved.refused = refused;
    }
    let result = world.proved.refused == flags.has("verify-fail");
    if flags.has("expect-verify-result") && !result {
        return Err(Stop::wrong("the result of the verification"));
    }
    Ok(())
}

/// Once early data is rejected other flags count, and what the session stands for is verified by them.
fn retried(driver: &mut Driver) -> Result<(), Stop> {
    driver.host.flags = driver.host.retry.clone();
    let resumed = driver
        .connection
        .facts()
        .filter(|facts| expect::is_resumed(facts));
    let Some(chain) = resumed.map(|facts| facts.peer_certificates.clone()) else {
        return Ok(());
    };
    if let Some(alert) = driver.host.judge_again(&chain)? {
        driver.abort(alert)?;
        return Err(Stop::wrong("refused when early data was rejected"));
    }
    is_verified(driver)
}

/// A handshake that is complete stays so; one that is as good as complete stays that, or is driven to its end.
fn again(driver: &mut Driver) -> Result<(), Stop> {
    let flags = &driver.host.flags;
    // Writing and reading drive it as well as asking for it.
    let _ = flags.has("implicit-handshake");
    match (
        flags.has("handshake-twice"),
        flags.has("no-op-extra-handshake"),
    ) {
        (true, _) => driver.handshake(false),
        (false, true) => driver.handshake(true),
        (false, false) => Ok(()),
    }
}

fn first_words(flags: &Flags) -> String {
    flags
        .text("shim-initial-write")
        .unwrap_or("hello")
        .to_owned()
}

/// The rest of a record of which a byte was written.
type Pending = Option<std::collections::VecDeque<u8>>;

fn write_first(driver: &mut Driver) -> Result<Pending, Stop> {
    let flags = driver.host.flags.clone();
    if let Some(length) = flags.number("export-keying-material")? {
        export(driver, &flags, usize::try_from(length).unwrap_or(0))?;
    }
    if flags.has("export-traffic-secrets") {
        let secrets = driver.host.secrets.exported()?;
        driver.write(&secrets)?;
    }
    if flags.has("tls-unique") {
        let facts = driver.connection.facts();
        let facts = facts.ok_or_else(|| Stop::wrong("no facts"))?;
        let unique = facts.tls_unique().map(<[u8]>::to_vec);
        let unique = unique.map_err(|error| Stop::wrong(format!("no binding: {error}")))?;
        driver.write(&unique)?;
    }
    if flags.has("write-different-record-sizes") {
        let sizes = [1, 255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769];
        for size in sizes {
            driver.write(&vec![0x42; size])?;
        }
    } else if flags.has("read-with-unfinished-write") {
        return driver
            .write_a_byte_of(first_words(&flags).as_bytes())
            .map(Some);
    } else if flags.has("shim-writes-first") {
        for _ in 0..flags.number("repeat-shim-initial-write")?.unwrap_or(1) {
            driver.write(first_words(&flags).as_bytes())?;
        }
    }
    Ok(None)
}

fn export(driver: &mut Driver, flags: &Flags, length: usize) -> Result<(), Stop> {
    let material = exported(driver, flags, length)?;
    driver.write(&material)
}

fn exported(driver: &Driver, flags: &Flags, length: usize) -> Result<Vec<u8>, Stop> {
    let mut material = vec![0; length];
    let label = flags.text("export-label").unwrap_or_default().as_bytes();
    let context = flags.text("export-context").unwrap_or_default().as_bytes();
    let context = Some(context).filter(|_| flags.has("use-export-context"));
    let connection = &driver.connection;
    let facts = connection.facts().map(|facts| &facts.exporter);
    let exporter = facts.or(connection.provisional().map(|it| &it.exporter));
    let exporter = exporter.ok_or_else(|| Stop::wrong("nothing to export from yet"))?;
    let exported = exporter.export(label, context, &mut material);
    exported.map_err(|error| Stop::wrong(format!("no keying material: {error}")))?;
    Ok(material)
}

fn inverted(data: &[u8]) -> Vec<u8> {
    data.iter().map(|byte| byte ^ 0xff).collect()
}

/// Sends all back that comes, inverted, until the runner says goodbye.
fn converse(driver: &mut Driver, turn: Turn, pending: Pending) -> Result<(), Stop> {
    let flags = driver.host.flags.clone();
    let most = flags
        .number("read-size")?
        .and_then(|it| usize::try_from(it).ok());
    let ends = flags.has("shim-shuts-down") || flags.has("write-different-record-sizes");
    if !ends {
        echo(driver, turn, most.unwrap_or(512), pending)?;
    }
    if !driver.host.seen.checked {
        established(driver, turn)?;
    }
    expect::before_the_goodbye(driver)?;
    goodbye(driver)
}

fn echo(driver: &mut Driver, turn: Turn, most: usize, mut pending: Pending) -> Result<(), Stop> {
    let flags = driver.host.flags.clone();
    loop {
        if flags.has("key-update-before-read") {
            driver.connection.update_keys(false)?;
            driver.flush()?;
        }
        let peeked = match flags.has("peek-then-read") {
            true => Some(driver.peek(most)?),
            false => None,
        };
        let data = driver.read(most)?;
        if peeked.is_some_and(|peeked| peeked != data) {
            return Err(Stop::wrong("reads other data than was there"));
        }
        if !driver.host.seen.checked && driver.connection.facts().is_some() {
            established(driver, turn)?;
        }
        if flags.has("use-exporter-between-reads") {
            exported(driver, &flags, 1)?;
        }
        if data.is_empty() {
            return Ok(());
        }
        if let Some(rest) = pending.take() {
            driver.write_rest(rest)?;
        }
        if flags.has("key-update") {
            driver.connection.update_keys(false)?;
        }
        driver.write(&inverted(&data))?;
    }
}

/// Without `-check-close-notify` nobody says goodbye.
fn goodbye(driver: &mut Driver) -> Result<(), Stop> {
    let flags = driver.host.flags.clone();
    if !flags.has("check-close-notify") {
        return Ok(());
    }
    driver.close()?;
    if flags.has("shim-shuts-down") {
        while !driver.connection.is_closed_by_peer() && !driver.is_cut() {
            driver.hear()?;
        }
    }
    match driver.connection.is_closed_by_peer() {
        true => Ok(()),
        false => Err(Stop::wrong(match driver.is_cut() {
            true => "cut without a goodbye",
            false => "no goodbye",
        })),
    }
}

/// Whether tickets come after the handshake.
pub(crate) fn is_tls13(driver: &Driver) -> bool {
    let facts = driver.connection.facts();
    facts.is_some_and(|facts| facts.version == ProtocolVersion::TLSv1_3)
}
