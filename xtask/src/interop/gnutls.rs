//! `gnutls-cli` and `gnutls-serv`, of GnuTLS 3.7.
//!
//! `gnutls-cli --logfile` keeps its talk out of stdout, which then carries data only; `--resume`
//! makes both connections in one process and carries data in the second. `gnutls-serv --echo`
//! answers line by line and tells of its connections on stdout, all of it only when it ends.

use super::{
    cell::{Aead, ClientAuth, Group, Resumption, Version},
    payload::Carriage,
    process::Running,
    program::{Client, Scene, Server, Visit},
    seen::{Seen, Signature, field, sections},
};
use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use std::{fs, path::PathBuf, process::Command};

/// `gnutls-serv`.
#[derive(Debug)]
pub(super) struct Serv;

/// `gnutls-cli`.
#[derive(Debug)]
pub(super) struct Cli;

impl Server for Serv {
    fn command(&self, scene: &Scene<'_>) -> Result<Command> {
        let mut serv = Command::new("gnutls-serv");
        serv.args(["--echo", "--port", &scene.port.to_string()]);
        let credential = scene.certificates.server(scene.cell.key);
        serv.arg("--x509certfile")
            .arg(&credential.chain)
            .arg("--x509keyfile")
            .arg(&credential.key);
        let asking: &[&str] = match scene.cell.client_auth {
            ClientAuth::NotAsked => &["--disable-client-cert"],
            ClientAuth::AskedHasNone => &["--verify-client-cert"],
            ClientAuth::Required(_) => &["--verify-client-cert", "--require-client-cert"],
        };
        serv.args(asking);
        if scene.cell.client_auth != ClientAuth::NotAsked {
            serv.arg("--x509cafile").arg(scene.certificates.roots());
        }
        serv.args(match scene.cell.resumption {
            Resumption::Full => None,
            Resumption::SessionId => Some("--noticket"),
            Resumption::Ticket => Some("--nodb"),
        });
        serv.args([
            "--priority",
            &priority(scene, !scene.cell.client_restricts()),
        ]);
        Ok(serv)
    }

    fn carriage(&self) -> Carriage {
        Carriage::EchoLines
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }

    fn seen(&self, _scene: &Scene<'_>, server: &Running) -> Result<Vec<Seen>> {
        let text = server.stdout.text();
        sections(&text, "* Accepted connection")
            .into_iter()
            .map(connection)
            .collect()
    }
}

impl Client for Cli {
    fn command(&self, scene: &Scene<'_>, visit: Visit) -> Result<Command> {
        let mut cli = Command::new("gnutls-cli");
        cli.args(["--port", &scene.port.to_string()]);
        cli.args([
            "--sni-hostname",
            scene.server_name(),
            "--verify-hostname",
            scene.server_name(),
        ]);
        cli.arg("--x509cafile").arg(scene.client_roots());
        cli.arg("--logfile").arg(log_of_client(scene, visit));
        if let Some(credential) = scene.client_credential() {
            cli.arg("--x509certfile")
                .arg(&credential.chain)
                .arg("--x509keyfile")
                .arg(&credential.key);
        }
        cli.args(match visit {
            Visit::Only => None,
            Visit::Both => Some("--resume"),
            Visit::First | Visit::Second => bail!("gnutls-cli resumes in one process"),
        });
        cli.args([
            "--priority",
            &priority(scene, scene.cell.client_restricts()),
            "127.0.0.1",
        ]);
        Ok(cli)
    }

    fn resumes_in_one_process(&self) -> bool {
        true
    }

    fn seen(&self, scene: &Scene<'_>, visit: Visit, _client: &Running) -> Result<Vec<Seen>> {
        let path = log_of_client(scene, visit);
        let log = fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", path.display()))?;
        sections(&log, "Connecting to '")
            .into_iter()
            .map(connection)
            .collect()
    }
}

fn log_of_client(scene: &Scene<'_>, visit: Visit) -> PathBuf {
    scene.folder.join(format!("gnutls-cli.{visit:?}.log"))
}

/// The version always, suite and group when this end is the one to restrict them.
fn priority(scene: &Scene<'_>, restricts: bool) -> String {
    let mut priority = "NORMAL:-VERS-ALL:".to_owned();
    priority += match scene.cell.version {
        Version::Tls12 => "+VERS-TLS1.2",
    };
    if restricts {
        priority += ":-KX-ALL:+ECDHE-RSA:+ECDHE-ECDSA:-CIPHER-ALL:";
        priority += match scene.cell.aead {
            Aead::Aes128Gcm => "+AES-128-GCM",
            Aead::Aes256Gcm => "+AES-256-GCM",
            Aead::ChaCha20Poly1305 => "+CHACHA20-POLY1305",
        };
    }
    if let (true, Some(group)) = (restricts, scene.cell.group) {
        priority += ":-GROUP-ALL:";
        priority += match group {
            Group::X25519 => "+GROUP-X25519",
            Group::P256 => "+GROUP-SECP256R1",
            Group::P384 => "+GROUP-SECP384R1",
        };
    }
    priority
}

/// Reads `- Description: (TLS1.2-X.509)-(ECDHE-X25519)-(ECDSA-SHA256)-(AES-128-GCM)`; a resumed
/// connection has no signature in it.
fn connection(text: &str) -> Result<Seen> {
    let description = field(text, "- Description:").context("no description of a connection")?;
    let parts: Vec<_> = description.trim_matches(['(', ')']).split(")-(").collect();
    let version = match parts.first() {
        Some(&"TLS1.2-X.509") => Version::Tls12,
        _ => bail!("unknown version in `{description}`"),
    };
    let group = match parts.get(1) {
        Some(&"ECDHE-X25519") => Group::X25519,
        Some(&"ECDHE-SECP256R1") => Group::P256,
        Some(&"ECDHE-SECP384R1") => Group::P384,
        _ => bail!("unknown group in `{description}`"),
    };
    let aead = match parts.last() {
        Some(&"AES-128-GCM") => Aead::Aes128Gcm,
        Some(&"AES-256-GCM") => Aead::Aes256Gcm,
        Some(&"CHACHA20-POLY1305") => Aead::ChaCha20Poly1305,
        _ => bail!("unknown cipher in `{description}`"),
    };
    let signature = match parts.get(2) {
        Some(scheme) if parts.len() == 4 && scheme.starts_with("RSA") => Some(Signature::Rsa),
        Some(_) if parts.len() == 4 => Some(Signature::Ecdsa),
        _ => None,
    };
    let resumed = text.contains("*** This is a resumed session");
    Ok(Seen {
        version,
        aead,
        signature,
        group: Some(group),
        resumed,
        client_certificate: None,
        resumed_by: None,
        ticket: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read() {
        let full = connection(
            "- Description: (TLS1.2-X.509)-(ECDHE-X25519)-(RSA-PSS-RSAE-SHA256)-(AES-256-GCM)\n",
        )
        .unwrap();
        let wanted = Seen {
            version: Version::Tls12,
            aead: Aead::Aes256Gcm,
            signature: Some(Signature::Rsa),
            group: Some(Group::X25519),
            resumed: false,
            client_certificate: None,
            resumed_by: None,
            ticket: None,
        };
        assert_eq!(full, wanted);
        let text = "*** This is a resumed session\n- Description: (TLS1.2-X.509)-(ECDHE-X25519)-(AES-256-GCM)\n";
        assert_eq!(
            connection(text).unwrap(),
            Seen {
                signature: None,
                resumed: true,
                ..wanted
            }
        );
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(connection("").is_err());
        assert!(connection("- Description: (TLS1.3-X.509)-(ECDHE-X25519)-(AES-256-GCM)").is_err());
        assert!(connection("- Description: (TLS1.2-X.509)-(RSA)-(AES-256-GCM)").is_err());
    }
}
