//! `openssl s_client` and `openssl s_server`, of OpenSSL 3.
//!
//! Both run with `-brief`: data and nothing else on stdout, a summary of the handshake on stderr.
//! The summary does not say `Reused`, so the messages themselves are written to a file: a handshake
//! without a Certificate is a resumed one.

use super::{
    cell::{ClientAuth, Group, MacOrder, Program, Refusal, Resumption, Version},
    payload::Carriage,
    process::Running,
    program::{Client, End, Scene, Server, Visit},
    seen::{Seen, SeenGroup, field, sections},
    suite::Suite,
};
use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use std::{
    fs,
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
        let mut openssl = Command::new("openssl");
        openssl.args(["s_server", "-brief", "-accept", &scene.address()]);
        if scene.cell.client == Program::Curl {
            openssl.arg("-WWW").current_dir(scene.published());
        }
        openssl
            .args(["-msg", "-msgfile"])
            .arg(messages_of_server(scene));
        openssl.arg("-keylogfile").arg(scene.key_log(End::Server));
        let credential = scene.server_credential();
        openssl
            .arg("-cert")
            .arg(&credential.leaf)
            .arg("-key")
            .arg(&credential.key);
        if let Some(intermediates) = &credential.intermediates {
            openssl.arg("-cert_chain").arg(intermediates);
        }
        let asking: &[&str] = match scene.cell.client_auth {
            ClientAuth::NotAsked => &[],
            ClientAuth::AskedHasNone => &["-verify", "5"],
            ClientAuth::Required(_) => &["-Verify", "5"],
        };
        if !asking.is_empty() {
            openssl
                .args(asking)
                .args(["-verify_return_error", "-CAfile"]);
            openssl.arg(scene.certificates.roots());
        }
        openssl.args(match scene.cell.resumption {
            Resumption::Full => None,
            Resumption::SessionId => Some("-no_ticket"),
            Resumption::Ticket => Some("-no_cache"),
        });
        if let Some(field) = scene.served_field() {
            openssl.arg("-dhparam").arg(field);
        }
        allow_only(scene, End::Server, &mut openssl);
        Ok(openssl)
    }

    fn carriage(&self) -> Carriage {
        Carriage::Pipe
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }

    fn seen(&self, scene: &Scene<'_>, server: &Running) -> Result<Vec<Seen>> {
        let path = messages_of_server(scene);
        if scene.cell.client == Program::Curl {
            // With `-WWW` it tells nothing but the messages: what is agreed on is told by the client.
            return seen_in_messages(&path, &Seen::suite(scene.cell.version, scene.cell.suite()));
        }
        let summaries = server.stderr.text();
        let mut all = seen(&summaries, &path)?;
        for (seen, summary) in all.iter_mut().zip(sections(&summaries, SUMMARY)) {
            seen.client_certificate = Some(field(summary, "Peer certificate:").is_some());
        }
        Ok(all)
    }
}

impl Client for SClient {
    fn command(&self, scene: &Scene<'_>, visit: Visit) -> Result<Command> {
        let mut openssl = Command::new("openssl");
        openssl.args([
            "s_client",
            "-brief",
            "-nocommands",
            "-connect",
            &scene.address(),
        ]);
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
        allow_only(scene, End::Client, &mut openssl);
        Ok(openssl)
    }

    fn seen(&self, scene: &Scene<'_>, visit: Visit, client: &Running) -> Result<Vec<Seen>> {
        seen(&client.stderr.text(), &messages_of_client(scene, visit))
    }
}

/// The version always, suite and group when this end is the one to restrict them.
fn allow_only(scene: &Scene<'_>, end: End, openssl: &mut Command) {
    openssl.arg(match scene.cell.version {
        Version::Tls12 => "-tls1_2",
    });
    if scene.cell.mac_order == Some(MacOrder::MacThenEncrypt) {
        openssl.arg("-no_etm");
    }
    if scene.restricts(end) {
        openssl.args(["-cipher", &ciphers(scene)]);
    }
    if let (true, Some(group)) = (scene.restricts_group(end), scene.cell.group) {
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

/// What OpenSSL calls a curve; finite fields it does not negotiate in TLS 1.2.
pub(super) fn curve(group: Group) -> Option<&'static str> {
    match group {
        Group::X25519 => Some("X25519"),
        Group::P256 => Some("P-256"),
        Group::P384 => Some("P-384"),
        _ => None,
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

fn read(messages: &Path) -> Result<String> {
    fs::read_to_string(messages).with_context(|| format!("could not read {}", messages.display()))
}

/// Reads the messages alone.
fn seen_in_messages(messages: &Path, agreed: &Seen) -> Result<Vec<Seen>> {
    let messages = read(messages)?;
    let handshakes = handshakes(&messages);
    Ok(handshakes
        .iter()
        .map(|messages| with_messages(*agreed, messages))
        .collect())
}

/// What the messages tell beside the summary.
fn with_messages(agreed: Seen, messages: &[&str]) -> Seen {
    Seen {
        resumed: !messages.contains(&"ServerHelloDone"),
        ticket: Some(messages.contains(&"NewSessionTicket")),
        ..agreed
    }
}

/// Reads the summaries, and the messages that belong to them.
fn seen(summaries: &str, messages: &Path) -> Result<Vec<Seen>> {
    let messages = read(messages)?;
    let handshakes = handshakes(&messages);
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
        .map(|(summary, messages)| connection(summary, messages))
        .collect()
}

fn connection(summary: &str, messages: &[&str]) -> Result<Seen> {
    let version = match field(summary, SUMMARY) {
        Some("TLSv1.2") => Version::Tls12,
        other => bail!("unknown version {other:?}"),
    };
    let name = field(summary, "Ciphersuite:").unwrap_or_default();
    let suite = Suite::from_openssl(name).with_context(|| format!("unknown suite `{name}`"))?;
    let agreed = Seen {
        group: field(summary, "Server Temp Key:").map(group).transpose()?,
        ..Seen::suite(version, suite)
    };
    Ok(with_messages(agreed, messages))
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

/// The names of the messages of each handshake; in TLS 1.2 each has one ClientHello.
fn handshakes(text: &str) -> Vec<Vec<&str>> {
    let mut handshakes: Vec<Vec<&str>> = Vec::new();
    for line in text
        .lines()
        .filter(|line| line.contains(", Handshake [length "))
    {
        let name = line.rsplit(", ").next().unwrap_or_default();
        if name == "ClientHello" {
            handshakes.push(Vec::new());
        }
        if let Some(current) = handshakes.last_mut() {
            current.push(name);
        }
    }
    handshakes
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY_OF_CLIENT: &str = "CONNECTION ESTABLISHED\nProtocol version: TLSv1.2\n\
        Ciphersuite: ECDHE-RSA-AES256-GCM-SHA384\nPeer certificate: CN = a\n\
        Server Temp Key: ECDH, secp384r1, 384 bits\n";

    const FULL: &str = ">>> TLS 1.2, Handshake [length 00ce], ClientHello\n    01 00\n\
        <<< TLS 1.2, Handshake [length 0041], ServerHello\n\
        <<< TLS 1.2, Handshake [length 0073], ServerKeyExchange\n\
        <<< TLS 1.2, Handshake [length 0004], ServerHelloDone\n";

    const RESUMED: &str = ">>> TLS 1.2, Handshake [length 00ce], ClientHello\n\
        <<< TLS 1.2, Handshake [length 0041], ServerHello\n\
        <<< TLS 1.2, Handshake [length 0010], Finished\n";

    #[test]
    fn a_summary_and_its_messages_are_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("{FULL}{RESUMED}")).unwrap();
        let seen = seen(&SUMMARY_OF_CLIENT.repeat(2), file.path()).unwrap();
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
        assert!(seen(&SUMMARY_OF_CLIENT.repeat(2), file.path()).is_err());
        assert!(seen("Protocol version: TLSv1.1\n", file.path()).is_err());
    }
}
