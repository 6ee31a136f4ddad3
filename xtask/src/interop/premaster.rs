//! `premaster connect` and `premaster serve`.
//!
//! Both tell of each connection on stderr, with the names of the RFCs.

use super::{
    act::{Act, early_data},
    cell::{Cell, ClientAuth, Group, MacOrder, Program, Refusal, Resumption, Version},
    payload::Carriage,
    process::Running,
    program::{Client, End, Scene, Server, Visit},
    seen::{Seen, SeenGroup, Told, field, sections},
    suite::{Authentication, Cipher, Exchange, Suite},
};
use anyhow::{Context, Result, bail};
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
        serve.args(["serve", "--listen", &scene.address()]);
        match scene.cell.client {
            Program::Curl => serve.arg("--www").arg(scene.published()),
            _ => serve.arg("--echo"),
        };
        let signing = scene.certificates.server(scene.cell.key);
        serve.arg("--cert").arg(&signing.chain);
        serve.arg("--key").arg(&signing.key);
        if suites_of_tls12(scene.cell, End::Server)
            .iter()
            .any(|suite| suite.exchange == Exchange::RsaTransport)
        {
            let decrypting = scene.server_credential();
            serve.arg("--transport-cert").arg(&decrypting.chain);
            serve.arg("--transport-key").arg(&decrypting.key);
        }
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
        if scene.cell.we_update_keys() {
            serve.args(UPDATE_KEYS);
        }
        if scene.cell.act == Some(Act::EarlyData) {
            serve.args(["--early-data", "16384"]);
        }
        allow_only(scene, End::Server, &mut serve);
        Ok(serve)
    }

    fn carriage(&self, _cell: &Cell) -> Carriage {
        Carriage::Echo
    }

    fn stop_signal(&self) -> Signal {
        Signal::INT
    }

    fn ends_with_success(&self) -> bool {
        true
    }

    fn seen(&self, scene: &Scene<'_>, server: &Running) -> Result<Vec<Seen>> {
        let mut seen = connections(&server.stderr.text(), scene.cell.client)?;
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
        if scene.cell.act == Some(Act::EarlyData) && visit == Visit::Second {
            connect.arg("--early-data").arg(scene.early_data());
        }
        if scene.cell.we_update_keys() {
            connect.args(UPDATE_KEYS);
        }
        if let Some(length) = scene.cell.fragment {
            connect.args(["--max-fragment-length", &length.to_string()]);
        }
        allow_only(scene, End::Client, &mut connect);
        Ok(connect)
    }

    fn early_data(&self, _scene: &Scene<'_>, _visit: Visit, client: &Running) -> Option<bool> {
        let text = client.stderr.text();
        let line = text.lines().find(|line| line.starts_with(CONNECTION))?;
        Some(line.contains(ACCEPTED))
    }

    fn repeats_early_data(&self) -> bool {
        true
    }

    fn seen(&self, scene: &Scene<'_>, _visit: Visit, client: &Running) -> Result<Vec<Seen>> {
        let mut all = connections(&client.stderr.text(), scene.cell.server)?;
        for seen in all.iter_mut().filter(|it| it.version == Version::Tls13) {
            // A client cannot know what its ticket is.
            seen.resumed_by = None;
        }
        Ok(all)
    }
}

/// The version always, suites as the cell has it, the group when this end is the one to restrict it.
fn allow_only(scene: &Scene<'_>, end: End, premaster: &mut Command) {
    let cell = scene.cell;
    let versions = cell.versions(end);
    for (option, version) in ["--min-version", "--max-version"]
        .iter()
        .zip([versions.first(), versions.last()])
    {
        premaster.arg(option).arg(match version {
            Some(Version::Tls12) => "1.2",
            _ => "1.3",
        });
    }
    premaster.arg("--keylog").arg(scene.key_log(end));
    for suite in suites(cell, end) {
        premaster.args(["--suite", &suite]);
    }
    if cell.act == Some(Act::Psk) {
        premaster.arg("--psk-file").arg(scene.psks());
    }
    if let Some(group) = group(scene, end) {
        premaster.args(["--group", &group.to_string()]);
    }
}

/// What is named, for the cell's version and for the other one if that is allowed too: a version without a suite is not
/// spoken.
fn suites(cell: &Cell, end: End) -> Vec<String> {
    let restricts = (end == End::Client) == cell.client_restricts();
    let versions = cell.versions(end);
    if !versions.contains(&cell.version) || (versions.len() > 1 && !restricts) {
        return Vec::new();
    }
    let tls13 = || Cipher::AEADS.iter().filter_map(|it| it.tls13());
    let mut suites: Vec<_> = match cell.version {
        Version::Tls12 => suites_of_tls12(cell, end)
            .iter()
            .map(|it| it.iana())
            .collect(),
        Version::Tls13 => restricts.then(|| cell.iana()).into_iter().collect(),
    };
    if versions.len() > 1 {
        match cell.version {
            Version::Tls12 => suites.extend(tls13().map(str::to_owned)),
            Version::Tls13 => {
                let fits = |it: &Suite| it.authentication == cell.key.authentication();
                let modern = Suite::all().filter(|it| !it.is_classic() && fits(it));
                suites.extend(modern.map(Suite::iana));
            }
        }
    }
    suites
}

/// What is named: the cell's suite by the end that restricts. The other one has its defaults, unless the suite has to
/// be named: then it names all of this key exchange, and a server the suites that are on by default beside RSA
/// transport, so that the choice is between certificates too.
fn suites_of_tls12(cell: &Cell, end: End) -> Vec<Suite> {
    let suite = cell.suite();
    let is_told_nothing = cell.refusal == Some(Refusal::NotOptedIn)
        && (end == End::Server || cell.server != Program::Premaster);
    if is_told_nothing {
        return Vec::new();
    }
    if (end == End::Client) == cell.client_restricts() {
        return vec![suite];
    }
    if !suite.is_classic() {
        return Vec::new();
    }
    let same_key = |it: &Suite| it.authentication == suite.authentication;
    let mut suites: Vec<_> = Suite::of_exchange(suite.exchange)
        .filter(same_key)
        .collect();
    if suite.exchange == Exchange::RsaTransport && end == End::Server {
        suites.extend(Suite::all().filter(|it| !it.is_classic()).filter(same_key));
    }
    suites
}

/// The only group that is allowed. A server that keeps to RFC 7919 uses a field without a number only with a client that
/// lists none with one.
fn group(scene: &Scene<'_>, end: End) -> Option<Group> {
    let cell = scene.cell;
    let insists = matches!(cell.server, Program::GnuTls | Program::Premaster);
    let gives_way = end == End::Client && insists && cell.field_is_unnumbered();
    match scene.restricts_group(end) || gives_way {
        true => cell.group.or(gives_way.then_some(Group::Modp2048)),
        false => None,
    }
}

/// Five times in a mebibyte: GnuTLS takes no more than eight in a second.
const UPDATE_KEYS: [&str; 2] = ["--update-keys", "200000"];

/// Begins what is told of a connection.
const CONNECTION: &str = "connected:";

fn connections(text: &str, peer: Program) -> Result<Vec<Seen>> {
    let seen = |section| {
        let mut seen = connection(section)?;
        seen.told.key_updates = key_updates(section, peer);
        Ok(seen)
    };
    sections(text, CONNECTION).into_iter().map(seen).collect()
}

/// Reads `key updates: 5 sent, 4 received`, which is told only if ours was to begin with them.
fn key_updates(section: &str, peer: Program) -> Option<bool> {
    let told = field(section, "key updates: ")?;
    let some = |what: &str| {
        let mut counts = told.split(", ").filter_map(|part| part.strip_suffix(what));
        counts.any(|count| count.parse::<u32>().is_ok_and(|count| count > 0))
    };
    // curl has said all that it has to say before it sees the first.
    Some(some(" sent") && (some(" received") || peer == Program::Curl))
}

/// Reads `connected: TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, x25519, full, encrypt-then-MAC` and
/// `connected: TLS 1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768 (hybrid), ed25519 (classical), full`.
fn connection(text: &str) -> Result<Seen> {
    let line = text.lines().next().unwrap_or_default();
    let words: Vec<_> = line
        .split(|it: char| it.is_whitespace() || it == ',')
        .collect();
    let has = |word: &str| words.iter().any(|it| it.eq_ignore_ascii_case(word));
    let named = Group::all().find(|group| has(&group.to_string()));
    let order = MacOrder::ALL
        .into_iter()
        .find(|order| has(&order.to_string()));
    let agreed = match line.contains("TLS 1.3") {
        true => tls13(line, &words)?,
        false => tls12(line, &words)?,
    };
    Ok(Seen {
        group: named.map(SeenGroup::Named),
        mac_order: order,
        resumed: has("resumed"),
        resumed_by: resumed_by(line)?,
        ..agreed
    })
}

fn tls12(line: &str, words: &[&str]) -> Result<Seen> {
    if !line.contains("TLS 1.2") {
        bail!("unknown version in `{line}`");
    }
    let suite = words
        .iter()
        .find_map(|word| Suite::from_iana(word))
        .with_context(|| format!("no suite in `{line}`"))?;
    Ok(Seen::suite(Version::Tls12, suite))
}

fn tls13(line: &str, words: &[&str]) -> Result<Seen> {
    let cipher = words
        .iter()
        .find_map(|word| Cipher::from_tls13(word))
        .with_context(|| format!("no suite in `{line}`"))?;
    let part = |text: &str| line.split(", ").any(|it| it == text);
    // The server's signature comes first.
    let signature = words
        .iter()
        .find(|word| word.starts_with("rsa_") || word.starts_with("ecdsa_") || **word == "ed25519")
        .filter(|_| part("full"));
    Ok(Seen {
        authentication: signature.map(|scheme| match scheme.starts_with("rsa_") {
            true => Authentication::Rsa,
            false => Authentication::Ecdsa,
        }),
        client_certificate: part("full").then(|| line.contains(", client signed with ")),
        told: Told {
            retried: Some(part("after HelloRetryRequest")),
            early_data: Some(part(ACCEPTED) || part(&accepted_here())),
            psk: Some(part("pre-shared key")),
            ..Told::default()
        },
        ..Seen::tls13(cipher)
    })
}

const ACCEPTED: &str = "early data accepted";

/// A server tells how much there was.
fn accepted_here() -> String {
    format!("{ACCEPTED} ({} bytes)", early_data().len())
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

    fn read(text: &str) -> Result<Vec<Seen>> {
        connections(text, Program::OpenSsl)
    }

    #[test]
    fn what_we_tell_of_tls13_is_read() {
        let text = "connected: TLS 1.3, TLS_CHACHA20_POLY1305_SHA256, X25519MLKEM768 (hybrid), \
                    ecdsa_secp256r1_sha256 (classical), full, after HelloRetryRequest, \
                    client signed with rsa_pss_rsae_sha256\n\
                    connected: TLS 1.3, TLS_CHACHA20_POLY1305_SHA256, secp256r1 (classical), \
                    resumed by session ticket, early data accepted (900 bytes)\n\
                    connected: TLS 1.3, TLS_CHACHA20_POLY1305_SHA256, x25519 (classical), pre-shared key\n";
        let told = |retried, early_data, psk| Told {
            retried: Some(retried),
            early_data: Some(early_data),
            psk: Some(psk),
            ..Told::default()
        };
        let plain = Seen::tls13(Cipher::ChaCha20Poly1305);
        let full = Seen {
            group: Some(SeenGroup::Named(Group::X25519MlKem768)),
            authentication: Some(Authentication::Ecdsa),
            client_certificate: Some(true),
            told: told(true, false, false),
            ..plain
        };
        let resumed = Seen {
            group: Some(SeenGroup::Named(Group::P256)),
            resumed: true,
            resumed_by: Some(Resumption::Ticket),
            told: told(false, true, false),
            ..plain
        };
        let psk = Seen {
            group: Some(SeenGroup::Named(Group::X25519)),
            told: told(false, false, true),
            ..plain
        };
        assert_eq!(read(text).unwrap(), [full, resumed, psk]);
    }

    #[test]
    fn new_keys_are_told_where_we_begin() {
        for (line, peer, told) in [
            ("", Program::Python, None),
            (
                "key updates: 5 sent, 1 received\n",
                Program::Python,
                Some(true),
            ),
            (
                "key updates: 5 sent, 0 received, from 127.0.0.1:1\n",
                Program::Python,
                Some(false),
            ),
            (
                "key updates: 0 sent, 5 received, from 127.0.0.1:1\n",
                Program::Python,
                Some(false),
            ),
            (
                "key updates: 5 sent, 0 received, from 127.0.0.1:1\n",
                Program::Curl,
                Some(true),
            ),
            (
                "key updates: 0 sent, 0 received, from 127.0.0.1:1\n",
                Program::Curl,
                Some(false),
            ),
        ] {
            let text = format!("connected: TLS 1.3, TLS_AES_128_GCM_SHA256, x25519, full\n{line}");
            let seen = connections(&text, peer).unwrap();
            assert_eq!(seen[0].told.key_updates, told, "{line}");
        }
    }

    #[test]
    fn what_we_tell_is_read() {
        let text = "connected: TLS 1.2, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, secp256r1, full\n\
                    connected: TLS 1.2, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, \
                    resumed by session ticket, extended master secret\n";
        let suite = Suite::from_iana("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256").unwrap();
        let full = Seen {
            group: Some(SeenGroup::Named(Group::P256)),
            ..Seen::suite(Version::Tls12, suite)
        };
        assert_eq!(
            read(text).unwrap(),
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
        let text = "connected: TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA, full, extended master secret, ORDER\n\
                    cost: CBC with MAC-then-encrypt: said again";
        for (word, order) in [
            ("encrypt-then-MAC", MacOrder::EncryptThenMac),
            ("MAC-then-encrypt", MacOrder::MacThenEncrypt),
        ] {
            let seen = read(&text.replace("ORDER", word)).unwrap();
            assert_eq!(seen[0].mac_order, Some(order));
        }
        assert!(read("connected: TLS 1.2\n").is_err());
        assert!(read("connected: TLS 1.3, TLS_RSA_WITH_AES_128_CBC_SHA\n").is_err());
        let unknown =
            "connected: TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, resumed by magic\n";
        assert!(read(unknown).is_err());
    }
}
