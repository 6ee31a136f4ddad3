//! `openssl s_client` and `openssl s_server`, of OpenSSL 3.
//!
//! Both run with `-brief`: data and nothing else on stdout, a summary of the handshake on stderr.
//! The summary does not say `Reused`, so the messages themselves are written to a file: a handshake
//! without a Certificate is a resumed one. They tell of KeyUpdate, early data and late certificates too.
//!
//! `s_server` takes commands, `K` for KeyUpdate and `c` for a client certificate, only without `-brief`, and then talks
//! amidst the data; `s_client` takes `K` even then. Both take it from the first byte of whatever they read at a time, and
//! forget the rest of that. Early data is written to stdout as it is, with `-brief`; with `-rev` there is none.
//! `-early_data` stores sessions, to know replays by: tickets that hold them take `-no_anti_replay`. A ticket's age is
//! counted in seconds, so early data is refused now and then. The key of `-psk` goes with SHA-256 alone.

use super::{
    act::{Act, PSK, PSK_IDENTITY},
    cell::{Cell, ClientAuth, Group, MacOrder, Program, Refusal, Resumption, Version},
    messages::{self, Message},
    payload::Carriage,
    process::Running,
    program::{Client, Cue, End, Output, Scene, Server, Visit},
    seen::{Seen, SeenGroup, field, sections},
    suite::{Authentication, Cipher, Suite},
};
use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// `openssl s_server`.
#[derive(Debug)]
pub(super) struct SServer;

/// `openssl s_client`.
#[derive(Debug)]
pub(super) struct SClient;

impl Server for SServer {
    fn command(&self, scene: &Scene<'_>) -> Result<Command> {
        let mut openssl = match is_told(scene.cell) {
            true => talking(),
            false => Command::new("openssl"),
        };
        openssl.args(["s_server", "-accept", &scene.address()]);
        if !is_told(scene.cell) {
            openssl.arg("-brief");
        }
        if scene.cell.client == Program::Curl {
            openssl.arg("-WWW").current_dir(scene.published());
        }
        openssl
            .args(["-msg", "-msgfile"])
            .arg(messages_of_server(scene));
        openssl.arg("-keylogfile").arg(scene.key_log(End::Server));
        if scene.cell.act == Some(Act::Psk) {
            openssl.arg("-nocert");
        } else {
            authenticate(scene, &mut openssl);
        }
        let asking: &[&str] = match (scene.cell.client_auth, scene.cell.act) {
            (ClientAuth::NotAsked, _) => &[],
            (_, Some(Act::PostHandshakeAuth)) => &["-verify_return_error"],
            (ClientAuth::AskedHasNone, _) => &["-verify", "5", "-verify_return_error"],
            (ClientAuth::Required(_), _) => &["-Verify", "5", "-verify_return_error"],
        };
        if !asking.is_empty() {
            openssl.args(asking).arg("-CAfile");
            openssl.arg(scene.certificates.roots());
        }
        openssl.args(match scene.cell.resumption {
            Resumption::Full => None,
            Resumption::SessionId => Some("-no_ticket"),
            Resumption::Ticket => Some("-no_cache"),
        });
        if scene.cell.act == Some(Act::EarlyData) {
            openssl.arg("-early_data");
            if scene.cell.resumption == Resumption::Ticket {
                // It knows a replay by the sessions that it stores, so then its tickets do not hold them.
                openssl.arg("-no_anti_replay");
            }
        }
        if let Some(field) = scene.served_field() {
            openssl.arg("-dhparam").arg(field);
        }
        allow_only(scene, End::Server, &mut openssl);
        Ok(openssl)
    }

    fn carriage(&self, cell: &Cell) -> Carriage {
        match is_told(cell) {
            true => Carriage::PipeAmongTalk,
            false => Carriage::Pipe,
        }
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }

    fn cue(&self, act: Act) -> Option<Cue> {
        let line = match act {
            Act::KeyUpdate | Act::PeerKeyUpdate => "K\n",
            Act::PostHandshakeAuth => "c\n",
            _ => return None,
        };
        Some(Cue {
            to: End::Server,
            line,
            says: "SSL_do_handshake -> 1\n",
            from: (End::Server, Output::Stdout),
        })
    }

    fn seen(&self, scene: &Scene<'_>, server: &Running) -> Result<Vec<Seen>> {
        let cell = scene.cell;
        let path = messages_of_server(scene);
        if cell.client == Program::Curl {
            // With `-WWW` it tells nothing but the messages: what is agreed on is told by the client.
            let agreed = match cell.version {
                Version::Tls12 => Seen::suite(cell.version, cell.suite()),
                Version::Tls13 => Seen::tls13(cell.cipher),
            };
            return seen_in_messages(&path, &agreed);
        }
        if is_told(cell) {
            return seen_in_talk(&server.stdout.text(), &path);
        }
        let summaries = server.stderr.text();
        let mut all = by_psk(cell, seen(&summaries, &path, End::Server)?);
        for (seen, summary) in all.iter_mut().zip(sections(&summaries, SUMMARY)) {
            seen.client_certificate = Some(field(summary, "Peer certificate:").is_some());
        }
        Ok(all)
    }
}

/// Whether `s_server` is to be told something while it serves; then it cannot be brief, and talks amidst the data.
fn is_told(cell: &Cell) -> bool {
    cell.needs_a_cue()
}

/// A pipe gets what it says line by line, or nobody knows when it has done what it was told.
fn talking() -> Command {
    let mut stdbuf = Command::new("stdbuf");
    stdbuf.args(["-oL", "openssl"]);
    stdbuf
}

fn authenticate(scene: &Scene<'_>, openssl: &mut Command) {
    let credential = scene.server_credential();
    openssl
        .arg("-cert")
        .arg(&credential.leaf)
        .arg("-key")
        .arg(&credential.key);
    if let Some(intermediates) = &credential.intermediates {
        openssl.arg("-cert_chain").arg(intermediates);
    }
}

impl Client for SClient {
    fn command(&self, scene: &Scene<'_>, visit: Visit) -> Result<Command> {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-brief", "-connect", &scene.address()]);
        openssl.args([
            "-servername",
            scene.server_name(),
            "-verify_hostname",
            scene.server_name(),
        ]);
        openssl
            .args(["-verify_return_error", "-CAfile"])
            .arg(scene.client_roots());
        openssl
            .args(["-msg", "-msgfile"])
            .arg(messages_of_client(scene, visit));
        openssl.arg("-keylogfile").arg(scene.key_log(End::Client));
        if let Some(length) = scene.cell.fragment {
            openssl.args(["-maxfraglen", &length.to_string()]);
        }
        if let Some(credential) = scene.client_credential() {
            openssl
                .arg("-cert")
                .arg(&credential.leaf)
                .arg("-key")
                .arg(&credential.key);
        }
        let keeping = match visit {
            Visit::Only => None,
            Visit::First => Some("-sess_out"),
            Visit::Second => Some("-sess_in"),
            Visit::Both => bail!("s_client makes one connection"),
        };
        if let Some(keeping) = keeping {
            openssl.arg(keeping).arg(scene.session_file());
        }
        match (scene.cell.act, visit) {
            (Some(Act::EarlyData), Visit::Second) => {
                openssl.arg("-early_data").arg(scene.early_data());
            }
            (Some(Act::PostHandshakeAuth), _) => {
                openssl.arg("-enable_pha");
            }
            _ => {}
        }
        let is_told = is_told(scene.cell) && scene.cell.act != Some(Act::PostHandshakeAuth);
        if !is_told {
            openssl.arg("-nocommands");
        }
        allow_only(scene, End::Client, &mut openssl);
        Ok(openssl)
    }

    fn cue(&self, act: Act) -> Option<Cue> {
        act.is_key_update().then_some(Cue {
            to: End::Client,
            line: "K\n",
            says: "KEYUPDATE\n",
            from: (End::Client, Output::Stderr),
        })
    }

    fn early_data(&self, scene: &Scene<'_>, visit: Visit, _client: &Running) -> Option<bool> {
        let text = messages::read(&messages_of_client(scene, visit)).ok()?;
        messages::early_data(&text)
    }

    fn seen(&self, scene: &Scene<'_>, visit: Visit, client: &Running) -> Result<Vec<Seen>> {
        let messages = messages_of_client(scene, visit);
        let all = seen(&client.stderr.text(), &messages, End::Client)?;
        Ok(by_psk(scene.cell, all))
    }
}

/// Nothing but what it was given tells a key from elsewhere from that of a ticket.
fn by_psk(cell: &Cell, mut all: Vec<Seen>) -> Vec<Seen> {
    if cell.act == Some(Act::Psk) && cell.resumption == Resumption::Full {
        for seen in &mut all {
            seen.told.psk = Some(std::mem::take(&mut seen.resumed));
        }
    }
    all
}

/// The versions and a key from elsewhere always, suite and group when this end is the one to restrict them.
fn allow_only(scene: &Scene<'_>, end: End, openssl: &mut Command) {
    let cell = scene.cell;
    let versions = cell.versions(end);
    for (option, version) in ["-min_protocol", "-max_protocol"]
        .iter()
        .zip([versions.first(), versions.last()])
    {
        openssl.arg(option).arg(match version {
            Some(Version::Tls12) => "TLSv1.2",
            _ => "TLSv1.3",
        });
    }
    if cell.act == Some(Act::Psk) {
        openssl.args(["-psk_identity", PSK_IDENTITY, "-psk", PSK]);
    }
    if cell.mac_order == Some(MacOrder::MacThenEncrypt) {
        openssl.arg("-no_etm");
    }
    if scene.restricts(end) {
        match cell.version {
            Version::Tls12 => openssl.args(["-cipher", &ciphers(scene)]),
            Version::Tls13 => openssl.args(["-ciphersuites", &cell.iana()]),
        };
    }
    if let (true, Some(group)) = (scene.restricts_group(end), cell.group) {
        openssl.args(curve(group).map(|name| ["-groups", name]).iter().flatten());
    }
}

/// The cell's suite, and leave to use what is weak where that is to be refused by the other end.
pub(super) fn ciphers(scene: &Scene<'_>) -> String {
    let suite = scene.cell.suite().openssl();
    match scene.cell.refusal {
        Some(Refusal::WeakField) => format!("{suite}:@SECLEVEL=0"),
        _ => suite,
    }
}

/// What OpenSSL calls a group; finite fields it does not negotiate in TLS 1.2.
pub(super) fn curve(group: Group) -> Option<&'static str> {
    match group {
        Group::X25519 => Some("X25519"),
        Group::P256 => Some("P-256"),
        Group::P384 => Some("P-384"),
        Group::X25519MlKem768 => Some("X25519MLKEM768"),
        _ => None,
    }
}

/// The suite that OpenSSL, curl and Python call so.
pub(super) fn suite(version: &str, name: &str) -> Result<Seen> {
    let unknown = || format!("unknown suite `{name}`");
    match version {
        "TLSv1.2" => {
            let suite = Suite::from_openssl(name).with_context(unknown)?;
            Ok(Seen::suite(Version::Tls12, suite))
        }
        "TLSv1.3" => {
            let cipher = Cipher::from_tls13(name).with_context(unknown)?;
            Ok(Seen::tls13(cipher))
        }
        other => bail!("unknown version `{other}`"),
    }
}

fn messages_of_server(scene: &Scene<'_>) -> PathBuf {
    scene.folder.join("s_server.messages")
}

fn messages_of_client(scene: &Scene<'_>, visit: Visit) -> PathBuf {
    scene.folder.join(format!("s_client.{visit:?}.messages"))
}

/// Begins a connection's summary.
const SUMMARY: &str = "Protocol version:";

/// Begins what a server that is not brief says of the suite.
const CIPHER: &str = "CIPHER is ";

/// Reads the messages alone.
fn seen_in_messages(path: &Path, agreed: &Seen) -> Result<Vec<Seen>> {
    let text = messages::read(path)?;
    let handshakes = messages::handshakes(&text);
    Ok(handshakes
        .iter()
        .map(|messages| with_messages(*agreed, messages, End::Server))
        .collect())
}

/// Reads what a server says that is not brief, of TLS 1.3.
fn seen_in_talk(talk: &str, path: &Path) -> Result<Vec<Seen>> {
    let text = messages::read(path)?;
    let handshakes = messages::handshakes(&text);
    sections(talk, CIPHER)
        .iter()
        .zip(&handshakes)
        .map(|(section, messages)| {
            let name = field(section, CIPHER).unwrap_or_default();
            Ok(messages::tls13(
                suite("TLSv1.3", name)?,
                messages,
                End::Server,
            ))
        })
        .collect()
}

fn with_messages(agreed: Seen, messages: &[Message<'_>], end: End) -> Seen {
    match agreed.version {
        Version::Tls12 => messages::tls12(agreed, messages),
        Version::Tls13 => messages::tls13(agreed, messages, end),
    }
}

/// Reads the summaries, and the messages that belong to them.
fn seen(summaries: &str, path: &Path, end: End) -> Result<Vec<Seen>> {
    let text = messages::read(path)?;
    let handshakes = messages::handshakes(&text);
    let summaries = sections(summaries, SUMMARY);
    if handshakes.len() != summaries.len() {
        bail!(
            "openssl tells of {} connections and shows {} handshakes",
            summaries.len(),
            handshakes.len()
        );
    }
    summaries
        .iter()
        .zip(&handshakes)
        .map(|(summary, messages)| connection(summary, messages, end))
        .collect()
}

fn connection(summary: &str, messages: &[Message<'_>], end: End) -> Result<Seen> {
    let version = field(summary, SUMMARY).unwrap_or_default();
    let name = field(summary, "Ciphersuite:").unwrap_or_default();
    let agreed = suite(version, name)?;
    let peers_signature = field(summary, "Signature type:").map(authentication);
    let agreed = Seen {
        group: field(summary, "Server Temp Key:").map(group).transpose()?,
        authentication: match end {
            End::Client => agreed.authentication.or(peers_signature),
            End::Server => agreed.authentication,
        },
        ..agreed
    };
    Ok(with_messages(agreed, messages, end))
}

/// Whose signature is called `RSA-PSS`, `ECDSA` or `ed25519`.
fn authentication(signature: &str) -> Authentication {
    match signature.starts_with("RSA") {
        true => Authentication::Rsa,
        false => Authentication::Ecdsa,
    }
}

/// Reads `X25519, 253 bits`, `ECDH, prime256v1, 256 bits` and `DH, 2048 bits`.
fn group(text: &str) -> Result<SeenGroup> {
    let field = text.strip_prefix("DH, ");
    if let Some(bits) = field.and_then(|it| it.strip_suffix(" bits")) {
        return Ok(SeenGroup::FieldOf(bits.parse()?));
    }
    match text.trim_start_matches("ECDH, ").split(',').next() {
        Some("X25519") => Ok(SeenGroup::Named(Group::X25519)),
        Some("prime256v1") => Ok(SeenGroup::Named(Group::P256)),
        Some("secp384r1") => Ok(SeenGroup::Named(Group::P384)),
        _ => bail!("unknown group `{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const SUMMARY_OF_CLIENT: &str = "CONNECTION ESTABLISHED\nProtocol version: TLSv1.2\n\
        Ciphersuite: ECDHE-RSA-AES256-GCM-SHA384\nPeer certificate: CN = a\n\
        Server Temp Key: ECDH, secp384r1, 384 bits\n";

    const FULL: &str = ">>> TLS 1.2, Handshake [length 00ce], ClientHello\n    01 00\n\
        <<< TLS 1.2, Handshake [length 0041], ServerHello\n\
        <<< TLS 1.2, Handshake [length 0073], ServerKeyExchange\n\
        <<< TLS 1.2, Handshake [length 0004], ServerHelloDone\n\
        >>> TLS 1.2, Handshake [length 0010], Finished\n";

    const RESUMED: &str = ">>> TLS 1.2, Handshake [length 00ce], ClientHello\n\
        <<< TLS 1.2, Handshake [length 0041], ServerHello\n\
        <<< TLS 1.2, Handshake [length 0010], Finished\n";

    #[test]
    fn a_summary_and_its_messages_are_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("{FULL}{RESUMED}")).unwrap();
        let seen = seen(&SUMMARY_OF_CLIENT.repeat(2), file.path(), End::Client).unwrap();
        let suite = Suite::from_openssl("ECDHE-RSA-AES256-GCM-SHA384").unwrap();
        let full = Seen {
            group: Some(SeenGroup::Named(Group::P384)),
            ticket: Some(false),
            ..Seen::suite(Version::Tls12, suite)
        };
        let resumed = Seen {
            resumed: true,
            ..full
        };
        assert_eq!(seen, [full, resumed]);
    }

    #[test]
    fn a_finite_field_is_told_by_its_length() {
        assert_eq!(group("DH, 3072 bits").unwrap(), SeenGroup::FieldOf(3072));
        assert!(group("DH, many bits").is_err());
        assert!(group("ECDH, brainpoolP256r1, 256 bits").is_err());
    }

    #[test]
    fn a_summary_without_its_handshake_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), FULL).unwrap();
        assert!(seen(&SUMMARY_OF_CLIENT.repeat(2), file.path(), End::Client).is_err());
        assert!(seen("Protocol version: TLSv1.1\n", file.path(), End::Client).is_err());
    }
}
