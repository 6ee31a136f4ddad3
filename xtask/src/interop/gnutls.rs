//! `gnutls-cli` and `gnutls-serv`, of GnuTLS 3.7.
//!
//! `gnutls-cli --logfile` keeps its talk out of stdout, which then carries data only; `--resume`
//! makes both connections in one process and carries data in the second. `gnutls-serv --echo`
//! answers line by line and tells of its connections on stdout, all of it only when it ends.
//!
//! What is special in TLS 1.3 is in the debug output on stderr alone: messages from level 4 on, early data from level 5
//! on. `gnutls-serv` accepts early data and throws it away. It asks for a client certificate after the handshake when the
//! client sends the line `**REAUTH**`, and has no way to begin with a KeyUpdate. More than 8 of those in a second are too
//! many for GnuTLS. Without tickets it resumes nothing.
//! `gnutls-cli` sends shares of two groups, and tells neither group nor signature of a resumed session. Debian's build
//! knows no method of certificate compression.

use super::{
    act::{Act, PSK, PSK_IDENTITY, early_data},
    cell::{Cell, ClientAuth, Group, MacOrder, Resumption, Version},
    payload::Carriage,
    process::Running,
    program::{Client, Cue, End, Output, Scene, Server, Visit},
    seen::{Seen, SeenGroup, Told, field, sections},
    suite::{Authentication, Cipher, Exchange},
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
        serv.env("SSLKEYLOGFILE", scene.key_log(End::Server));
        let credential = scene.server_credential();
        serv.arg("--x509certfile")
            .arg(&credential.chain)
            .arg("--x509keyfile")
            .arg(&credential.key);
        let asking: &[&str] = match (scene.cell.client_auth, scene.cell.act) {
            (ClientAuth::NotAsked, _) | (_, Some(Act::PostHandshakeAuth)) => {
                &["--disable-client-cert"]
            }
            (ClientAuth::AskedHasNone, _) => &["--verify-client-cert"],
            (ClientAuth::Required(_), _) => &["--verify-client-cert", "--require-client-cert"],
        };
        serv.args(asking);
        serv.args(match scene.cell.act {
            None => &[][..],
            Some(Act::EarlyData) => &["--debug", "5", "--earlydata", "--maxearlydata", "16384"],
            Some(_) => DEBUG,
        });
        if scene.cell.act == Some(Act::Psk) {
            serv.arg("--pskpasswd").arg(scene.psks());
        }
        if scene.cell.client_auth != ClientAuth::NotAsked {
            serv.arg("--x509cafile").arg(scene.certificates.roots());
        }
        serv.args(match scene.cell.resumption {
            Resumption::Full => None,
            Resumption::SessionId => Some("--noticket"),
            Resumption::Ticket => Some("--nodb"),
        });
        if let Some(field) = scene.served_field() {
            serv.arg("--dhparams").arg(field);
        }
        serv.args(["--priority", &priority(scene, End::Server)]);
        Ok(serv)
    }

    fn carriage(&self, _cell: &Cell) -> Carriage {
        Carriage::EchoLines
    }

    fn early_carriage(&self, _cell: &Cell) -> Option<Carriage> {
        None
    }

    fn cue(&self, act: Act) -> Option<Cue> {
        (act == Act::PostHandshakeAuth).then_some(Cue {
            to: End::Client,
            line: "**REAUTH**\n",
            says: "Successfully executed command\n",
            from: (End::Client, Output::Stdout),
        })
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }

    fn seen(&self, scene: &Scene<'_>, server: &Running) -> Result<Vec<Seen>> {
        let text = server.stdout.text();
        let seen: Result<Vec<_>> = sections(&text, "* Accepted connection")
            .into_iter()
            .map(connection)
            .collect();
        let debug = server.stderr.text() + &text;
        Ok(with_debug(scene.cell, End::Server, seen?, &debug))
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
        cli.env("SSLKEYLOGFILE", scene.key_log(End::Client));
        if let Some(length) = scene.cell.fragment {
            cli.args(["--recordsize", &length.to_string()]);
        }
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
        if visit == Visit::Both && scene.cell.version == Version::Tls13 {
            cli.arg("--waitresumption");
        }
        cli.args(scene.cell.act.map_or(&[][..], |_| DEBUG));
        match scene.cell.act {
            Some(Act::KeyUpdate | Act::PeerKeyUpdate) => match scene.cell.needs_a_cue() {
                true => cli.arg("--inline-commands"),
                false => &mut cli,
            },
            Some(Act::PostHandshakeAuth) => cli.arg("--post-handshake-auth"),
            Some(Act::EarlyData) => cli.arg("--earlydata").arg(scene.early_data()),
            Some(Act::Psk) => cli.args(["--pskusername", PSK_IDENTITY, "--pskkey", PSK]),
            Some(Act::HelloRetry) | None => &mut cli,
        };
        cli.args(["--priority", &priority(scene, End::Client), "127.0.0.1"]);
        Ok(cli)
    }

    fn resumes_in_one_process(&self) -> bool {
        true
    }

    fn cue(&self, act: Act) -> Option<Cue> {
        act.is_key_update().then_some(Cue {
            to: End::Client,
            line: "^rekey^\n",
            says: "sending key update (1)",
            from: (End::Client, Output::Stderr),
        })
    }

    fn early_data(&self, _scene: &Scene<'_>, _visit: Visit, client: &Running) -> Option<bool> {
        let debug = client.stderr.text();
        let over = debug.matches("FINISHED was queued").count() == 2;
        over.then(|| debug.contains(END_OF_EARLY_DATA))
    }

    fn seen(&self, scene: &Scene<'_>, visit: Visit, client: &Running) -> Result<Vec<Seen>> {
        let path = log_of_client(scene, visit);
        let log = fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", path.display()))?;
        let seen: Result<Vec<_>> = sections(&log, "Connecting to '")
            .into_iter()
            .map(connection)
            .collect();
        let debug = client.stderr.text() + &log;
        Ok(with_debug(scene.cell, End::Client, seen?, &debug))
    }
}

fn log_of_client(scene: &Scene<'_>, visit: Visit) -> PathBuf {
    scene.folder.join(format!("gnutls-cli.{visit:?}.log"))
}

/// Tells of messages.
const DEBUG: &[&str] = &["--debug", "4"];

const END_OF_EARLY_DATA: &str = "END OF EARLY DATA";

/// The versions always, suite and group when this end is the one to restrict them.
fn priority(scene: &Scene<'_>, end: End) -> String {
    let cell = scene.cell;
    let mut priority = "NORMAL:-VERS-ALL".to_owned();
    for version in cell.versions(end) {
        priority += &format!(":+VERS-{}", version.to_string().to_uppercase());
    }
    if cell.act == Some(Act::Psk) {
        priority += ":-KX-ALL:+ECDHE-PSK";
    }
    if scene.restricts(end) {
        priority += match (cell.version, cell.exchange) {
            (Version::Tls13, _) => "",
            (_, Exchange::Ecdhe) => ":-KX-ALL:+ECDHE-RSA:+ECDHE-ECDSA",
            (_, Exchange::Dhe) => ":-KX-ALL:+DHE-RSA",
            (_, Exchange::RsaTransport) => ":-KX-ALL:+RSA",
        };
        let (cipher, mac) = names(cell.cipher);
        priority += &format!(":-CIPHER-ALL:+{cipher}");
        if let Some(mac) = mac {
            priority += &format!(":-MAC-ALL:+{mac}");
        }
    } else {
        priority += ":+SHA256:+SHA384";
    }
    if cell.mac_order == Some(MacOrder::MacThenEncrypt) {
        priority += ":%NO_ETM";
    }
    if cell.field_is_unnumbered() {
        // Who lists a field with a number gets one of those.
        priority += ":-GROUP-ALL";
    } else if let (true, Some(group)) = (scene.restricts_group(end), cell.group) {
        priority += &format!(":-GROUP-ALL:+GROUP-{}", group.to_string().to_uppercase());
    }
    priority
}

/// What GnuTLS calls a cipher, and the MAC that goes with CBC.
fn names(cipher: Cipher) -> (&'static str, Option<&'static str>) {
    match cipher {
        Cipher::Aes128Gcm => ("AES-128-GCM", None),
        Cipher::Aes256Gcm => ("AES-256-GCM", None),
        Cipher::ChaCha20Poly1305 => ("CHACHA20-POLY1305", None),
        Cipher::Aes128CbcSha => ("AES-128-CBC", Some("SHA1")),
        Cipher::Aes256CbcSha => ("AES-256-CBC", Some("SHA1")),
        Cipher::Aes128CbcSha256 => ("AES-128-CBC", Some("SHA256")),
        Cipher::Aes256CbcSha256 => ("AES-256-CBC", Some("SHA256")),
        Cipher::Aes256CbcSha384 => ("AES-256-CBC", Some("SHA384")),
    }
}

/// Reads `- Description: (TLS1.2-X.509)-(ECDHE-X25519)-(ECDSA-SHA256)-(AES-128-GCM)` and
/// `- Description: (TLS1.2-X.509)-(RSA)-(AES-128-CBC)-(SHA1)`; only a full handshake in which the server
/// signed has a signature in it.
fn connection(text: &str) -> Result<Seen> {
    let description = field(text, "- Description:").context("no description of a connection")?;
    let mut parts = description.trim_matches(['(', ')']).split(")-(");
    let version = match parts.next() {
        Some("TLS1.2-X.509") => Version::Tls12,
        _ => return tls13(description, text.contains(RESUMED)),
    };
    let (exchange, group) = parts
        .next()
        .and_then(key_exchange)
        .with_context(|| format!("unknown key exchange in `{description}`"))?;
    let rest: Vec<_> = parts.collect();
    let ends_with = |cipher: &Cipher| {
        let (name, mac) = names(*cipher);
        rest.ends_with(&[Some(name), mac].into_iter().flatten().collect::<Vec<_>>())
    };
    let cipher = Cipher::ALL
        .into_iter()
        .find(|cipher| ends_with(cipher))
        .with_context(|| format!("unknown cipher in `{description}`"))?;
    let signature = match rest.len() - 1 - usize::from(cipher.is_cbc()) {
        0 => None,
        _ => rest.first(),
    };
    let options = field(text, "- Options:").unwrap_or_default();
    Ok(Seen {
        version,
        exchange,
        cipher,
        authentication: signature.map(|scheme| authentication(scheme)),
        group,
        mac_order: cipher.is_cbc().then(|| match options.contains("EtM") {
            true => MacOrder::EncryptThenMac,
            false => MacOrder::MacThenEncrypt,
        }),
        resumed: text.contains(RESUMED),
        ..Seen::tls13(cipher)
    })
}

const RESUMED: &str = "*** This is a resumed session";

/// Reads `(TLS1.3-X.509)-(ECDHE-X25519)-(ECDSA-SECP256R1-SHA256)-(AES-128-GCM)` and `(TLS1.3-X.509)--(AES-128-GCM)`.
fn tls13(description: &str, resumed: bool) -> Result<Seen> {
    let unknown = || format!("unknown description `{description}`");
    let rest = description.strip_prefix("(TLS1.3-X.509)-");
    let rest = rest.with_context(unknown)?.trim_start_matches('-');
    let parts: Vec<_> = rest.trim_matches(['(', ')']).split(")-(").collect();
    let (cipher, before) = parts.split_last().with_context(unknown)?;
    let cipher = Cipher::AEADS
        .into_iter()
        .find(|it| names(*it).0 == *cipher)
        .with_context(unknown)?;
    let group = match before.first() {
        None => None,
        Some(exchange) => key_exchange(exchange).with_context(unknown)?.1,
    };
    Ok(Seen {
        group,
        authentication: before.get(1).map(|scheme| authentication(scheme)),
        resumed,
        ..Seen::tls13(cipher)
    })
}

/// Whose signature scheme this is.
fn authentication(scheme: &str) -> Authentication {
    match scheme.starts_with("RSA") {
        true => Authentication::Rsa,
        false => Authentication::Ecdsa,
    }
}

/// Adds what the debug output tells; it tells of all connections of a process.
fn with_debug(cell: &Cell, end: End, mut all: Vec<Seen>, debug: &str) -> Vec<Seen> {
    if cell.act.is_none() {
        return all;
    }
    let count = |text: &str| debug.matches(text).count();
    let retries = match end {
        End::Client => count("HELLO RETRY REQUEST (1025) was received"),
        End::Server => count("HELLO RETRY REQUEST was queued"),
    };
    let late = match end {
        End::Client => count("*** Re-auth was performed."),
        // Nothing else makes a client that was not asked in the handshake sign.
        End::Server if cell.act == Some(Act::PostHandshakeAuth) => {
            count("CERTIFICATE VERIFY (15) was received")
        }
        End::Server => 0,
    };
    let told = Told {
        retried: Some(retries == all.len()),
        key_updates: Some(
            count("KEY_UPDATE was queued") > 0 && count("KEY_UPDATE (24) was received") > 0,
        ),
        early_data: Some(false),
        psk: Some(count("- PSK authentication. Connected as") > 0),
        post_handshake_auth: Some(late > 0),
    };
    all.iter_mut().for_each(|seen| seen.told = told);
    if let Some(last) = all.last_mut() {
        last.told.early_data = Some(match end {
            End::Client => count(END_OF_EARLY_DATA) > 0,
            End::Server => early_bytes(debug) == early_data().len(),
        });
    }
    all
}

/// How much early data there was.
fn early_bytes(debug: &str) -> usize {
    let lengths = debug
        .split("decrypted early data with length: ")
        .skip(1)
        .filter_map(|rest| rest.split(',').next()?.parse::<usize>().ok());
    lengths.sum()
}

/// `RSA`, `ECDHE-X25519`, `DHE-FFDHE2048`, and `DHE-CUSTOM2048` for a field without a name.
fn key_exchange(text: &str) -> Option<(Exchange, Option<SeenGroup>)> {
    if text == "RSA" {
        return Some((Exchange::RsaTransport, None));
    }
    let (exchange, group) = text.split_once('-')?;
    let exchange = match exchange {
        "ECDHE" => Exchange::Ecdhe,
        "DHE" => Exchange::Dhe,
        _ => return None,
    };
    if let Some(bits) = group.strip_prefix("CUSTOM") {
        return Some((exchange, Some(SeenGroup::FieldOf(bits.parse().ok()?))));
    }
    let named = Group::all().find(|it| it.to_string().to_uppercase() == group)?;
    Some((exchange, Some(SeenGroup::Named(named))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::suite::Suite;

    fn described(text: &str) -> Result<Seen> {
        connection(&format!("- Description: (TLS1.2-X.509)-{text}\n"))
    }

    #[test]
    fn a_description_is_read() {
        let full = described("(ECDHE-X25519)-(RSA-PSS-RSAE-SHA256)-(AES-256-GCM)").unwrap();
        let suite = Suite::from_openssl("ECDHE-RSA-AES256-GCM-SHA384").unwrap();
        let wanted = Seen {
            group: Some(SeenGroup::Named(Group::X25519)),
            ..Seen::suite(Version::Tls12, suite)
        };
        assert_eq!(full, wanted);
        let text = "*** This is a resumed session\n- Description: (TLS1.2-X.509)-(ECDHE-X25519)-(AES-256-GCM)\n";
        assert_eq!(
            connection(text).unwrap(),
            Seen {
                authentication: None,
                resumed: true,
                ..wanted
            }
        );
    }

    #[test]
    fn a_description_of_tls13_is_read() {
        let text =
            "- Description: (TLS1.3-X.509)-(ECDHE-SECP256R1)-(RSA-PSS-RSAE-SHA256)-(AES-256-GCM)";
        let full = Seen {
            group: Some(SeenGroup::Named(Group::P256)),
            authentication: Some(Authentication::Rsa),
            ..Seen::tls13(Cipher::Aes256Gcm)
        };
        assert_eq!(connection(text).unwrap(), full);
        let text =
            "*** This is a resumed session\n- Description: (TLS1.3-X.509)--(CHACHA20-POLY1305)";
        let resumed = Seen {
            resumed: true,
            ..Seen::tls13(Cipher::ChaCha20Poly1305)
        };
        assert_eq!(connection(text).unwrap(), resumed);
    }

    #[test]
    fn early_data_is_summed_up() {
        let debug = "decrypted early data with length: 11, in epoch 1\nx\n\
                     decrypted early data with length: 4, in epoch 1\n";
        assert_eq!(early_bytes(debug), 15);
        assert_eq!(early_bytes(""), 0);
    }

    #[test]
    fn old_key_exchanges_and_both_orders_of_cbc_are_read() {
        let seen = described("(RSA)-(AES-128-CBC)-(SHA1)").unwrap();
        assert_eq!(seen.exchange, Exchange::RsaTransport);
        assert_eq!(seen.cipher, Cipher::Aes128CbcSha);
        assert_eq!(seen.authentication, None);
        assert_eq!(seen.mac_order, Some(MacOrder::MacThenEncrypt));
        let text = "(DHE-CUSTOM3072)-(RSA-SHA256)-(AES-256-CBC)-(SHA256)\n- Options: safe renegotiation, EtM,";
        let seen = described(text).unwrap();
        assert_eq!(seen.exchange, Exchange::Dhe);
        assert_eq!(seen.group, Some(SeenGroup::FieldOf(3072)));
        assert_eq!(seen.cipher, Cipher::Aes256CbcSha256);
        assert_eq!(seen.authentication, Some(Authentication::Rsa));
        assert_eq!(seen.mac_order, Some(MacOrder::EncryptThenMac));
        let seen = described("(DHE-FFDHE4096)-(RSA-SHA256)-(AES-128-GCM)").unwrap();
        assert_eq!(seen.group, Some(SeenGroup::Named(Group::Ffdhe4096)));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(connection("").is_err());
        assert!(connection("- Description: (TLS1.1-X.509)-(ECDHE-X25519)-(AES-256-GCM)").is_err());
        assert!(connection("- Description: (TLS1.3-X.509)--(AES-128-CCM)").is_err());
        for text in [
            "(PSK)-(AES-256-GCM)",
            "(ECDHE-SECP521R1)-(AES-256-GCM)",
            "(RSA)-(AES-128-CBC)-(MD5)",
        ] {
            assert!(described(text).is_err(), "{text}");
        }
    }
}
