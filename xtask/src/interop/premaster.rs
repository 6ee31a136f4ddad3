//! `premaster connect` and `premaster serve`.
//!
//! Both tell of each connection on stderr, with the names of the RFCs.

use super::{
    cell::{Aead, ClientAuth, Group, Resumption, Version},
    payload::Carriage,
    process::Running,
    program::{Client, Scene, Server, Visit},
    seen::{Seen, Signature, sections},
};
use anyhow::{Result, bail};
use rustix::process::Signal;
use std::process::Command;

/// `premaster serve --echo`.
#[derive(Debug)]
pub(super) struct Serve;

/// `premaster connect`.
#[derive(Debug)]
pub(super) struct Connect;

impl Server for Serve {
    fn command(&self, scene: &Scene<'_>) -> Result<Command> {
        let mut serve = Command::new(scene.premaster);
        serve.args(["serve", "--echo", "--listen", &scene.address()]);
        let credential = scene.certificates.server(scene.cell.key);
        serve
            .arg("--cert")
            .arg(&credential.chain)
            .arg("--key")
            .arg(&credential.key);
        if scene.cell.client_auth != ClientAuth::NotAsked {
            serve.arg("--client-ca").arg(scene.certificates.roots());
        }
        if matches!(scene.cell.client_auth, ClientAuth::Required(_)) {
            serve.arg("--require-client-cert");
        }
        let resumption: &[&str] = match scene.cell.resumption {
            Resumption::Full => &[],
            Resumption::SessionId => &["--no-tickets"],
            Resumption::Ticket => &["--session-cache", "0"],
        };
        serve.args(resumption);
        allow_only(scene, !scene.cell.client_restricts(), &mut serve);
        Ok(serve)
    }

    fn carriage(&self) -> Carriage {
        Carriage::Echo
    }

    fn stop_signal(&self) -> Signal {
        Signal::INT
    }

    fn ends_with_success(&self) -> bool {
        true
    }

    fn seen(&self, _scene: &Scene<'_>, server: &Running) -> Result<Vec<Seen>> {
        let mut seen = connections(&server.stderr.text())?;
        // Connections are served at the same time: the second may be told of before the first.
        seen.sort_by_key(|seen| seen.resumed);
        Ok(seen)
    }
}

impl Client for Connect {
    fn command(&self, scene: &Scene<'_>, visit: Visit) -> Result<Command> {
        let mut connect = Command::new(scene.premaster);
        connect.args([
            "connect",
            &scene.address(),
            "--server-name",
            scene.server_name(),
        ]);
        connect.arg("--ca-file").arg(scene.client_roots());
        // Stdin ends when everything has arrived, so nothing is to be waited for.
        connect.args(["--idle", "0"]);
        if let Some(credential) = scene.client_credential() {
            connect
                .arg("--cert")
                .arg(&credential.chain)
                .arg("--key")
                .arg(&credential.key);
        }
        match visit {
            Visit::Only => {}
            Visit::First | Visit::Second => {
                connect.arg("--session-file").arg(scene.session_file());
            }
            Visit::Both => bail!("premaster connect makes one connection"),
        }
        allow_only(scene, scene.cell.client_restricts(), &mut connect);
        Ok(connect)
    }

    fn seen(&self, _scene: &Scene<'_>, _visit: Visit, client: &Running) -> Result<Vec<Seen>> {
        connections(&client.stderr.text())
    }
}

/// The version always, suite and group when this end is the one to restrict them.
fn allow_only(scene: &Scene<'_>, restricts: bool, premaster: &mut Command) {
    let version = match scene.cell.version {
        Version::Tls12 => "1.2",
    };
    premaster.args(["--min-version", version, "--max-version", version]);
    if restricts {
        premaster.args(["--suite", &scene.cell.suite()]);
        if let Some(group) = scene.cell.group {
            premaster.args(["--group", &group.to_string()]);
        }
    }
}

/// Begins what is told of a connection.
const CONNECTION: &str = "connected:";

fn connections(text: &str) -> Result<Vec<Seen>> {
    sections(text, CONNECTION)
        .into_iter()
        .map(connection)
        .collect()
}

/// Reads `connected: TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, x25519, resumed`.
fn connection(text: &str) -> Result<Seen> {
    let words: Vec<_> = text
        .split(|it: char| it.is_whitespace() || it == ',')
        .collect();
    let has = |word: &str| words.contains(&word);
    if !text.contains("TLS 1.2") {
        bail!("unknown version in `{text}`");
    }
    let Some(suite) = words.iter().find(|word| word.starts_with("TLS_ECDHE_")) else {
        bail!("no suite in `{text}`");
    };
    let aead = match suite.split_once("_WITH_") {
        Some((_, "AES_128_GCM_SHA256")) => Aead::Aes128Gcm,
        Some((_, "AES_256_GCM_SHA384")) => Aead::Aes256Gcm,
        Some((_, "CHACHA20_POLY1305_SHA256")) => Aead::ChaCha20Poly1305,
        _ => bail!("unknown suite `{suite}`"),
    };
    let signature = if suite.starts_with("TLS_ECDHE_RSA_") {
        Signature::Rsa
    } else {
        Signature::Ecdsa
    };
    Ok(Seen {
        version: Version::Tls12,
        aead,
        signature: Some(signature),
        group: Group::ALL.into_iter().find(|group| has(&group.to_string())),
        resumed: has("resumed"),
        resumed_by: resumed_by(text)?,
        client_certificate: None,
        ticket: None,
    })
}

fn resumed_by(text: &str) -> Result<Option<Resumption>> {
    let by = text
        .split(", ")
        .find_map(|part| part.strip_prefix("resumed by "));
    Ok(match by.map(str::trim) {
        None => None,
        Some("session ID") => Some(Resumption::SessionId),
        Some("session ticket") => Some(Resumption::Ticket),
        Some(other) => bail!("resumed by `{other}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_tell_is_read() {
        let text = "connected: TLS 1.2, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, secp256r1, full\n\
                    connected: TLS 1.2, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, \
                    resumed by session ticket, extended master secret\n";
        let full = Seen {
            version: Version::Tls12,
            aead: Aead::ChaCha20Poly1305,
            signature: Some(Signature::Rsa),
            group: Some(Group::P256),
            resumed: false,
            resumed_by: None,
            client_certificate: None,
            ticket: None,
        };
        assert_eq!(
            connections(text).unwrap(),
            [
                full,
                Seen {
                    group: None,
                    resumed: true,
                    resumed_by: Some(Resumption::Ticket),
                    ..full
                }
            ]
        );
        assert!(connections("connected: TLS 1.2\n").is_err());
        let unknown =
            "connected: TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, resumed by magic\n";
        assert!(connections(unknown).is_err());
    }
}
