//! `curl`: a client that fetches a file, and a shorter one before it when a session is to be resumed.

use super::{
    cell::Version,
    openssl,
    payload::{Carriage, LONG_FILE, SHORT_FILE},
    process::Running,
    program::{Client, End, Scene, Visit},
    seen::{Seen, Told, field, sections},
};
use anyhow::{Context, Result, bail};
use std::process::Command;

/// `curl`.
#[derive(Debug)]
pub(super) struct Curl;

impl Client for Curl {
    fn command(&self, scene: &Scene<'_>, visit: Visit) -> Result<Command> {
        let mut curl = Command::new("curl");
        // `--disable` comes first: nobody's .curlrc counts.
        curl.args(["--disable", "--noproxy", "*", "--silent", "--show-error"]);
        curl.args(["--verbose", "--fail", "--http1.1"]);
        let versions = scene.cell.versions(End::Client);
        curl.arg(match versions.first() {
            Some(Version::Tls12) => "--tlsv1.2",
            _ => "--tlsv1.3",
        });
        curl.arg("--tls-max").arg(match versions.last() {
            Some(Version::Tls12) => "1.2",
            _ => "1.3",
        });
        curl.env("SSLKEYLOGFILE", scene.key_log(End::Client));
        match scene.cell.version {
            Version::Tls12 => curl.args(["--ciphers", &openssl::ciphers(scene)]),
            Version::Tls13 => curl.args(["--tls13-ciphers", &scene.cell.iana()]),
        };
        if let (true, Some(group)) = (scene.restricts_group(End::Client), scene.cell.group) {
            let curve = openssl::curve(group);
            curl.args(curve.map(|name| ["--curves", name]).iter().flatten());
        }
        curl.arg("--cacert").arg(scene.client_roots());
        if let Some(credential) = scene.client_credential() {
            curl.arg("--cert").arg(&credential.chain);
            curl.arg("--key").arg(&credential.key);
        }
        let (name, port) = (scene.server_name(), scene.port);
        curl.args(["--resolve", &format!("{name}:{port}:127.0.0.1")]);
        let url = |file: &str| format!("https://{name}:{port}/{file}");
        match visit {
            Visit::Only => {}
            Visit::Both => {
                curl.arg("--output").arg(scene.folder.join("first"));
                curl.arg(url(SHORT_FILE));
            }
            Visit::First | Visit::Second => bail!("curl resumes in one process"),
        }
        curl.arg(url(LONG_FILE));
        Ok(curl)
    }

    fn carriage(&self, _server: Carriage) -> Carriage {
        Carriage::Download
    }

    fn resumes_in_one_process(&self) -> bool {
        true
    }

    /// It has a number for each kind of failure.
    fn tells_failure_by(&self, code: i32) -> bool {
        code > 0
    }

    fn seen(&self, _scene: &Scene<'_>, _visit: Visit, client: &Running) -> Result<Vec<Seen>> {
        connections(&client.stderr.text())
    }
}

/// Reads `* SSL connection using TLSv1.2 / ECDHE-RSA-AES128-SHA`. That a session is offered is told, that it is resumed
/// shows in the messages: in TLS 1.2 there is no ServerHelloDone, which curl calls by a name of its own, in TLS 1.3 no
/// Certificate of the server's. A KeyUpdate it would answer with what it sends next, which is nothing.
fn connections(text: &str) -> Result<Vec<Seen>> {
    sections(text, "*   Trying ")
        .into_iter()
        .map(connection)
        .collect()
}

fn connection(section: &str) -> Result<Seen> {
    let agreed = field(section, "* SSL connection using ").context("no connection")?;
    let (version, name) = agreed
        .split_once(" / ")
        .with_context(|| format!("unknown connection `{agreed}`"))?;
    let seen = openssl::suite(version, name)?;
    let received = |message: &str| section.contains(&format!("(IN), TLS handshake, {message}"));
    let hellos = section
        .matches("(OUT), TLS handshake, Client hello (1)")
        .count();
    Ok(match seen.version {
        Version::Tls12 => Seen {
            resumed: !received("Server finished (14)"),
            ..seen
        },
        Version::Tls13 => Seen {
            resumed: !received("Certificate (11)"),
            ticket: Some(received("Newsession Ticket (4)")),
            told: Told {
                retried: Some(hellos == 2),
                key_updates: Some(received("Key update (24)")),
                ..Told::default()
            },
            ..seen
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::suite::{Cipher, Suite};

    #[test]
    fn what_curl_tells_is_read() {
        let text = "* Added a:1:127.0.0.1 to DNS cache\n*   Trying 127.0.0.1:1...\n\
                    * TLSv1.2 (IN), TLS handshake, Server finished (14):\n\
                    * SSL connection using TLSv1.2 / AES128-SHA\n*   Trying 127.0.0.1:1...\n\
                    * SSL re-using session ID\n* SSL connection using TLSv1.2 / AES128-SHA\n";
        let suite = Suite::from_openssl("AES128-SHA").unwrap();
        let full = Seen::suite(Version::Tls12, suite);
        let resumed = Seen {
            resumed: true,
            ..full
        };
        assert_eq!(connections(text).unwrap(), [full, resumed]);
        assert!(connections("*   Trying 127.0.0.1:1...\n").is_err());
        let text = "*   Trying 127.0.0.1:1...\n* TLSv1.3 (OUT), TLS handshake, Client hello (1):\n\
                    * SSL connection using TLSv1.3 / TLS_AES_128_GCM_SHA256\n\
                    * TLSv1.3 (IN), TLS handshake, Newsession Ticket (4):\n\
                    * TLSv1.3 (IN), TLS handshake, Key update (24):\n";
        let told = Told {
            retried: Some(false),
            key_updates: Some(true),
            ..Told::default()
        };
        let resumed = Seen {
            resumed: true,
            ticket: Some(true),
            told,
            ..Seen::tls13(Cipher::Aes128Gcm)
        };
        assert_eq!(connections(text).unwrap(), [resumed]);
    }
}
