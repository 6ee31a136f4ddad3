//! Python's `ssl`, by the script `xtask/interop/peer.py`.
//!
//! Sessions live in the process, so one process makes both connections; the second carries data. As a server it keeps a
//! cache beside its tickets and cannot be kept from it.
//!
//! Of TLS 1.3 it can choose no suite, one group, and has neither early data, nor keys from elsewhere, nor a way to begin
//! with a KeyUpdate. A session has its ticket only when that was read, some time after the handshake. As a server the script
//! asks for a late certificate by itself, when the first data has come.

use super::{
    act::Act,
    cell::{Cell, ClientAuth, Group, MacOrder, Resumption, Version},
    openssl,
    payload::Carriage,
    process::Running,
    program::{Client, End, Scene, Server, Visit},
    seen::{Seen, sections},
};
use crate::{command::root, tools::PYTHON};
use anyhow::{Result, bail};
use rustix::process::Signal;
use std::process::Command;

/// The script as a server.
#[derive(Debug)]
pub(super) struct PythonServer;

/// The script as a client.
#[derive(Debug)]
pub(super) struct PythonClient;

impl Server for PythonServer {
    fn command(&self, scene: &Scene<'_>) -> Result<Command> {
        let mut python = script(scene, End::Server);
        let credential = scene.server_credential();
        python.arg("--cert").arg(&credential.chain);
        python.arg("--key").arg(&credential.key);
        let ask = match scene.cell.client_auth {
            ClientAuth::NotAsked => "CERT_NONE",
            ClientAuth::AskedHasNone => "CERT_OPTIONAL",
            ClientAuth::Required(_) => "CERT_REQUIRED",
        };
        python.args(["--ask", ask]);
        if scene.cell.act == Some(Act::PostHandshakeAuth) {
            python.arg("--ask-late");
        }
        if scene.cell.client_auth != ClientAuth::NotAsked {
            python.arg("--ca").arg(scene.certificates.roots());
        }
        if scene.cell.resumption == Resumption::SessionId {
            python.arg("--no-tickets");
        }
        // It has no field of its own.
        let usual = scene.certificates.field(Group::Ffdhe2048);
        let field = scene.served_field().unwrap_or(usual);
        python.arg("--field").arg(field);
        Ok(python)
    }

    fn carriage(&self, _cell: &Cell) -> Carriage {
        Carriage::Echo
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }

    fn seen(&self, scene: &Scene<'_>, server: &Running) -> Result<Vec<Seen>> {
        let text = server.stderr.text();
        let mut all = connections(&text, true)?;
        if scene.cell.act == Some(Act::PostHandshakeAuth) {
            for seen in &mut all {
                let not_yet = seen.client_certificate.take() == Some(false);
                let late = not_yet && text.contains("late certificate=1");
                seen.told.post_handshake_auth = Some(late);
            }
        }
        Ok(all)
    }
}

impl Client for PythonClient {
    fn command(&self, scene: &Scene<'_>, visit: Visit) -> Result<Command> {
        let mut python = script(scene, End::Client);
        python.args(["--name", scene.server_name()]);
        python.arg("--ca").arg(scene.client_roots());
        if let Some(credential) = scene.client_credential() {
            python.arg("--cert").arg(&credential.chain);
            python.arg("--key").arg(&credential.key);
        }
        python.args(match visit {
            Visit::Only => ["--visits", "1"],
            Visit::Both => ["--visits", "2"],
            Visit::First | Visit::Second => bail!("a Python session lives in one process"),
        });
        Ok(python)
    }

    fn resumes_in_one_process(&self) -> bool {
        true
    }

    fn seen(&self, _scene: &Scene<'_>, _visit: Visit, client: &Running) -> Result<Vec<Seen>> {
        connections(&client.stderr.text(), false)
    }
}

/// What both ends have in common.
fn script(scene: &Scene<'_>, end: End) -> Command {
    let mut python = Command::new(PYTHON);
    python.arg(root().join("xtask/interop/peer.py"));
    python.arg(match end {
        End::Client => "client",
        End::Server => "server",
    });
    python.args(["--port", &scene.port.to_string()]);
    python.arg("--keylog").arg(scene.key_log(end));
    let versions = scene.cell.versions(end);
    for (option, version) in ["--lowest", "--highest"]
        .iter()
        .zip([versions.first(), versions.last()])
    {
        python.arg(option).arg(match version {
            Some(Version::Tls12) => "TLSv1_2",
            _ => "TLSv1_3",
        });
    }
    if scene.restricts(end) && scene.cell.version == Version::Tls12 {
        python.args(["--ciphers", &openssl::ciphers(scene)]);
    }
    if let (true, Some(curve), Version::Tls13) = (
        scene.restricts_group(end),
        scene.cell.group.and_then(curve),
        scene.cell.version,
    ) {
        python.args(["--group", curve]);
    }
    if scene.cell.mac_order == Some(MacOrder::MacThenEncrypt) {
        python.arg("--no-etm");
    }
    python
}

/// What Python calls a group.
fn curve(group: Group) -> Option<&'static str> {
    match group {
        Group::P256 => Some("prime256v1"),
        Group::P384 => Some("secp384r1"),
        other => openssl::curve(other),
    }
}

/// Reads `connection: TLSv1.2 AES128-SHA resumed=0 certificate=1`. Whether the peer has a certificate is news at a
/// server only.
fn connections(text: &str, is_server: bool) -> Result<Vec<Seen>> {
    sections(text, "connection: ")
        .into_iter()
        .map(|section| {
            let words: Vec<_> = section.split_whitespace().collect();
            let [_, version, name, resumed, certificate, ..] = words[..] else {
                bail!("unknown connection `{section}`");
            };
            Ok(Seen {
                resumed: resumed == "resumed=1",
                client_certificate: is_server.then_some(certificate == "certificate=1"),
                ..openssl::suite(version, name)?
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::suite::Suite;

    #[test]
    fn what_the_script_tells_is_read() {
        let text = "connection: TLSv1.2 AES128-SHA resumed=0 certificate=1\n\
                    connection: TLSv1.2 AES128-SHA resumed=1 certificate=1\n";
        let suite = Suite::from_openssl("AES128-SHA").unwrap();
        let full = Seen {
            client_certificate: Some(true),
            ..Seen::suite(Version::Tls12, suite)
        };
        let resumed = Seen {
            resumed: true,
            ..full
        };
        assert_eq!(connections(text, true).unwrap(), [full, resumed]);
        assert_eq!(
            connections(text, false).unwrap()[0].client_certificate,
            None
        );
        assert!(
            connections(
                "connection: TLSv1.1 AES128-SHA resumed=0 certificate=0",
                true
            )
            .is_err()
        );
        assert!(connections("connection: TLSv1.2 NULL resumed=0 certificate=0", true).is_err());
    }
}
