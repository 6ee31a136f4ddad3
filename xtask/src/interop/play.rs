//! Plays one cell: a server, one or two visits by a client, and what both ends say afterwards.

use super::{
    act::Act,
    acting::{Ends, follow_early_data, perform},
    cell::{Cell, Program, Refusal, Resumption},
    certificates::Certificates,
    keys,
    payload::{Load, MEBIBYTE, exchange, publish},
    port,
    process::{GLANCE, Running},
    program::{End, Scene, Server, Visit},
    relay::Relay,
    seen::{self, Wanted},
};
use anyhow::{Context, Error, Result, bail};
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// Nothing in a cell takes longer, on a loaded machine with two cores.
const LIMIT: Duration = Duration::from_secs(60);

/// How long a server may take to write down why it refused a client that is gone already.
const GRACE: Duration = Duration::from_secs(5);

/// How often early data may be refused.
const ATTEMPTS: usize = 3;

/// What the first of two connections carries each way.
const SHORT: usize = 100;

/// Plays a cell; the error ends with all that the programs wrote. Early data may be refused now and then, and then
/// arrives later; but not every time.
pub(super) fn play(
    cell: &Cell,
    certificates: &Certificates,
    folder: &Path,
    premaster: &Path,
) -> Result<()> {
    for attempt in 0..ATTEMPTS {
        let folder = folder.join(attempt.to_string());
        let scene = Scene {
            cell,
            certificates,
            folder: &folder,
            premaster,
            port: 0,
        };
        scene.prepare()?;
        let early_data = play_once(scene)?;
        if early_data || cell.act != Some(Act::EarlyData) {
            return Ok(());
        }
    }
    bail!("early data was refused {ATTEMPTS} times")
}

/// Says whether early data was accepted.
fn play_once(scene: Scene<'_>) -> Result<bool> {
    let cell = scene.cell;
    let deadline = Instant::now() + LIMIT;
    if cell.client == Program::Curl {
        publish(&scene.published())?;
    }
    let (scene, mut server) = start_server(scene, deadline)?;
    let mut clients = Vec::new();
    let outcome = match (cell.refusal, cell.fragment) {
        (Some(refusal), _) => {
            be_refused(&scene, refusal, &mut server, &mut clients, deadline).map(|()| false)
        }
        (None, None) => meet(&scene, &mut server, &mut clients, deadline),
        (None, Some(limit)) => measure(&scene, limit, &mut server, &mut clients, deadline),
    };
    outcome.map_err(|error| {
        let in_a_moment = Instant::now() + Duration::from_secs(2);
        let _ = server_of(cell).and_then(|it| server.stop(it.stop_signal(), in_a_moment));
        let accounts: String = clients.iter().map(Running::account).collect();
        Error::msg(format!("{error:#}\n{}{accounts}", server.account()))
    })
}

fn server_of(cell: &Cell) -> Result<&'static dyn Server> {
    let server = cell.server.server();
    server.with_context(|| format!("{} is no server", cell.server))
}

/// Starts the server on a free port, on another one if somebody was faster.
fn start_server(scene: Scene<'_>, deadline: Instant) -> Result<(Scene<'_>, Running)> {
    let mut account = String::new();
    for _ in 0..3 {
        let port = port::fresh()?;
        let scene = Scene { port, ..scene };
        let command = server_of(scene.cell)?.command(&scene)?;
        let mut server = Running::start(&format!("server {}", scene.cell.server), command)?;
        while !server.has_ended() && Instant::now() < deadline {
            if port::is_served(server.id(), port) {
                return Ok((scene, server));
            }
            thread::sleep(GLANCE);
        }
        account = server.account();
    }
    bail!("the server did not listen\n{account}")
}

/// The visits, with somebody in between who looks how long the records are.
fn measure(
    scene: &Scene<'_>,
    limit: u16,
    server: &mut Running,
    clients: &mut Vec<Running>,
    deadline: Instant,
) -> Result<bool> {
    let connections = match scene.cell.resumption {
        Resumption::Full => 1,
        _ => 2,
    };
    let relay = Relay::start(scene.port, connections)?;
    let scene = Scene {
        port: relay.port,
        ..*scene
    };
    let early_data = meet(&scene, server, clients, deadline)?;
    relay.check(limit).map(|()| early_data)
}

/// The visits that the cell asks for, then the two ends' accounts. Says whether early data was accepted.
fn meet(
    scene: &Scene<'_>,
    server: &mut Running,
    clients: &mut Vec<Running>,
    deadline: Instant,
) -> Result<bool> {
    let cell = scene.cell;
    let program = cell.client.client();
    let (mut all, mut accounts) = (Vec::new(), Vec::new());
    for visit in visits(cell) {
        let client = Running::start(
            &format!("client {}", cell.client),
            program.command(scene, visit)?,
        )?;
        clients.push(client);
        let Some(client) = clients.last_mut() else {
            continue;
        };
        let early_data = carry_data(scene, visit, client, server, deadline)?;
        client.end_input();
        let status = client.ended(deadline)?;
        if !status.success() {
            bail!("the client ended with {status}");
        }
        let wanted = wanted(visit, early_data);
        let told = program
            .seen(scene, visit, client)
            .context("the client's account")?;
        seen::check(cell, &told, &wanted).context("the client's account")?;
        all.extend(wanted);
        accounts.extend(told);
    }
    let program = server_of(cell)?;
    let status = server.stop(program.stop_signal(), deadline)?;
    if program.ends_with_success() && !status.success() {
        bail!("the server ended with {status} when asked to");
    }
    let told = program
        .seen(scene, server)
        .context("the server's account")?;
    seen::check(cell, &told, &all).context("the server's account")?;
    accounts.extend(told);
    let tells = |act| accounts.iter().any(|seen| seen.told.of(act).is_some());
    if let Some(act) = cell.act.filter(|act| !tells(*act)) {
        bail!("nobody tells of {act}: nothing is proved");
    }
    keys::compare(&scene.key_log(End::Client), &scene.key_log(End::Server))?;
    Ok(all.iter().any(|wanted| wanted.early_data))
}

fn visits(cell: &Cell) -> Vec<Visit> {
    match cell.resumption {
        Resumption::Full => vec![Visit::Only],
        _ if cell.client.client().resumes_in_one_process() => vec![Visit::Both],
        _ => vec![Visit::First, Visit::Second],
    }
}

/// The connections of a visit: the second of two is resumed.
fn wanted(visit: Visit, early_data: bool) -> Vec<Wanted> {
    let full = Wanted::default();
    let resumed = Wanted {
        resumed: true,
        early_data,
    };
    match visit {
        Visit::Only | Visit::First => vec![full],
        Visit::Second => vec![resumed],
        Visit::Both => vec![full, resumed],
    }
}

/// All data of a visit, and what else happens in it. Says whether early data was accepted.
fn carry_data(
    scene: &Scene<'_>,
    visit: Visit,
    client: &Running,
    server: &Running,
    deadline: Instant,
) -> Result<bool> {
    let cell = scene.cell;
    let (program, service) = (cell.client.client(), server_of(cell)?);
    let carriage = program.carriage(service.carriage(cell));
    let ends = Ends { client, server };
    let mut load = match visit {
        Visit::First => Load::of(SHORT),
        _ => full_load(cell),
    };
    let mut early_data = false;
    match cell.act {
        Some(Act::EarlyData) if visit != Visit::First => {
            early_data = follow_early_data(scene, visit, ends, program, service, deadline)?;
        }
        Some(act) if cell.needs_a_cue() => {
            load.digits = true;
            let short = Load {
                amount: SHORT,
                ..load
            };
            let cue = program.cue(act).or_else(|| service.cue(act));
            perform(ends, cue, carriage, short, deadline)?;
        }
        _ => {}
    }
    exchange(client, server, carriage, load, deadline)?;
    Ok(early_data)
}

/// A mebibyte. GnuTLS agrees on a length of fragments and its programs then do not split what is longer: `gnutls-cli`
/// loses the rest, `gnutls-serv` sends a record that is too long. They get no more than one fragment at a time.
fn full_load(cell: &Cell) -> Load {
    match cell.fragment.map(usize::from) {
        Some(at_once) if cell.involves(Program::GnuTls) => Load {
            amount: (at_once * 256).min(MEBIBYTE),
            at_once,
            digits: false,
        },
        _ => Load::of(MEBIBYTE),
    }
}

/// One visit that must fail, for the reason that the cell gives, before any data has passed.
fn be_refused(
    scene: &Scene<'_>,
    refusal: Refusal,
    server: &mut Running,
    clients: &mut Vec<Running>,
    deadline: Instant,
) -> Result<()> {
    let program = scene.cell.client.client();
    let client = Running::start(
        &format!("client {}", scene.cell.client),
        program.command(scene, Visit::Only)?,
    )?;
    clients.push(client);
    let Some(client) = clients.last_mut() else {
        return Ok(());
    };
    client.feed(b"must not arrive\n");
    let status = client.ended(deadline)?;
    if !status
        .code()
        .is_some_and(|code| program.tells_failure_by(code))
    {
        bail!("the client ended with {status}, which is not how it tells that it was refused");
    }
    if client.stdout.untaken() > 0 {
        bail!("the client received data");
    }
    // The client may be gone before the server has written down why.
    let given_up = deadline.min(Instant::now() + GRACE);
    while !tells(refusal, &everything(scene, server, client)?) && Instant::now() < given_up {
        thread::sleep(GLANCE);
    }
    server.stop(server_of(scene.cell)?.stop_signal(), deadline)?;
    let told = everything(scene, server, client)?;
    if told.to_lowercase().contains("must not arrive") {
        bail!("the server received data");
    }
    if !tells(refusal, &told) {
        bail!("nobody said why: expected one of {:?}", reasons(refusal));
    }
    Ok(())
}

/// Whether somebody says why.
fn tells(refusal: Refusal, text: &str) -> bool {
    let text = text.to_lowercase();
    reasons(refusal).iter().any(|reason| text.contains(reason))
}

/// All that both ends wrote anywhere.
fn everything(scene: &Scene<'_>, server: &Running, client: &Running) -> Result<String> {
    let mut text = server.stderr.text() + &client.stderr.text() + &server.stdout.text();
    for entry in fs::read_dir(scene.folder)? {
        let path = entry?.path();
        if path.is_file() {
            text += &String::from_utf8_lossy(&fs::read(path)?);
        }
    }
    Ok(text)
}

/// How programs call a reason: the alert's name, or their own words for it.
fn reasons(refusal: Refusal) -> &'static [&'static str] {
    match refusal {
        Refusal::UnknownServerRoot => &[
            "unknown_ca",
            "unknown ca",
            "issuer is unknown",
            PYTHON_WORD,
            OUR_WORD,
        ],
        Refusal::UnknownClientRoot => &[
            "unknown_ca",
            "unknown ca",
            "error in the certificate",
            "ca is unknown",
            PYTHON_WORD,
            OUR_WORD,
        ],
        Refusal::WrongServerName => &["hostname mismatch", "does not match", "is not valid for"],
        Refusal::NoClientCertificate => &[
            "handshake_failure",
            "handshake failure",
            "no certificate was found",
            "none was sent",
            "did not return a certificate",
            "certificate required",
            "certificate_required",
            "certificate is required",
        ],
        Refusal::VersionsApart => &[
            "protocol_version",
            "protocol version",
            "unsupported protocol",
            "protocol is not supported",
            "unsupported version",
            // GnuTLS's, of the suites that are left without the other version.
            "no supported cipher suites",
        ],
        Refusal::WeakField => &["the server's prime has 1024 bits"],
        Refusal::NoKeyEncipherment => &["lacks keyencipherment"],
        Refusal::NotOptedIn => &[
            "share no cipher suite",
            "no shared cipher",
            "no supported cipher suites",
        ],
    }
}

/// Python's for an unknown root.
const PYTHON_WORD: &str = "unable to get local issuer certificate";

/// Ours for an unknown root.
const OUR_WORD: &str = "nor an intermediate that was sent";
