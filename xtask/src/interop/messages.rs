//! The handshake messages that OpenSSL writes to a file with `-msg -msgfile`.
//!
//! A line `<<< TLS 1.3, Handshake [length 0034], Finished` is one that it received, `>>>` one that it sent. A
//! HelloRetryRequest is called a ServerHello; the ClientHello after it belongs to the same handshake.

use super::{
    program::End,
    seen::{Seen, Told},
};
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// A message of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    sent: bool,
    name: &'a str,
    length: usize,
}

/// The text of the file.
pub(super) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

/// The messages of each connection.
pub(super) fn handshakes(text: &str) -> Vec<Vec<Message<'_>>> {
    let mut handshakes: Vec<Vec<Message<'_>>> = Vec::new();
    for message in text.lines().filter_map(message) {
        let is_over = |messages: &Vec<Message<'_>>| has(messages, "Finished");
        if message.name == "ClientHello" && handshakes.last().is_none_or(is_over) {
            handshakes.push(Vec::new());
        }
        if let Some(current) = handshakes.last_mut() {
            current.push(message);
        }
    }
    handshakes
}

fn message(line: &str) -> Option<Message<'_>> {
    let (head, name) = line.rsplit_once(", ")?;
    let (direction, length) = head.split_once(", Handshake [length ")?;
    Some(Message {
        sent: direction.starts_with(">>>"),
        name,
        length: usize::from_str_radix(length.trim_end_matches(']'), 16).ok()?,
    })
}

/// Whether there is a message of this name.
pub(super) fn has(messages: &[Message<'_>], name: &str) -> bool {
    messages.iter().any(|message| message.name == name)
}

/// What the messages of a connection of TLS 1.2 tell beside its summary.
pub(super) fn tls12(agreed: Seen, messages: &[Message<'_>]) -> Seen {
    Seen {
        resumed: !has(messages, "ServerHelloDone"),
        ticket: Some(has(messages, "NewSessionTicket")),
        ..agreed
    }
}

/// What the messages of a connection of TLS 1.3 tell beside its summary. Without a certificate of the server's it is a
/// resumed one, unless there is a key from elsewhere.
pub(super) fn tls13(agreed: Seen, messages: &[Message<'_>], end: End) -> Seen {
    let by_client = end == End::Client;
    let count = |name, sent| {
        let same = |it: &&Message<'_>| it.name == name && it.sent == sent;
        messages.iter().filter(same).count()
    };
    Seen {
        resumed: count("Certificate", !by_client) == 0,
        ticket: Some(has(messages, "NewSessionTicket")),
        told: Told {
            retried: Some(count("ClientHello", by_client) == 2),
            key_updates: Some(count("KeyUpdate", true) > 0 && count("KeyUpdate", false) > 0),
            early_data: Some(has(messages, "EndOfEarlyData")),
            post_handshake_auth: Some(is_late(messages, by_client)),
            ..agreed.told
        },
        ..agreed
    }
}

/// Whether the client was asked for a certificate after the handshake and then showed one.
fn is_late(messages: &[Message<'_>], by_client: bool) -> bool {
    /// The header, the context, and no certificates: RFC 8446 section 4.4.2.
    const NONE: usize = 4 + (1 + 32) + 3;
    let after = messages.iter().skip_while(|it| it.name != "Finished");
    let mut asked = after.skip_while(|it| it.name != "CertificateRequest");
    asked.any(|it| it.name == "Certificate" && it.sent == by_client && it.length > NONE)
}

/// Whether early data was accepted, as soon as the client knows.
pub(super) fn early_data(text: &str) -> Option<bool> {
    let handshakes = handshakes(text);
    let messages = handshakes.last()?;
    let finished = messages.iter().any(|it| it.name == "Finished" && it.sent);
    match has(messages, "EndOfEarlyData") {
        true => Some(true),
        false => finished.then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::suite::Cipher;

    /// What a client saw: directions and names.
    fn seen(text: &str) -> Seen {
        let file: String = text
            .split_whitespace()
            .map(|word| {
                let (direction, name) = word.split_at(1);
                format!(
                    "{direction}{direction}{direction} TLS 1.3, Handshake [length 0100], {name}\n"
                )
            })
            .collect();
        let handshakes = handshakes(&file);
        assert_eq!(handshakes.len(), 1);
        tls13(Seen::tls13(Cipher::Aes128Gcm), &handshakes[0], End::Client)
    }

    const FULL: &str = ">ClientHello <ServerHello <EncryptedExtensions <Certificate \
        <CertificateVerify <Finished >Finished <NewSessionTicket ";

    #[test]
    fn a_retried_handshake_is_one() {
        assert_eq!(seen(FULL).told.retried, Some(false));
        let retried = format!(">ClientHello <ServerHello {FULL}");
        assert_eq!(seen(&retried).told.retried, Some(true));
        let twice = format!(
            "{0}{0}",
            ">>> TLS 1.3, Handshake [length 0034], ClientHello\n<<< TLS 1.3, Handshake [length 0034], Finished\n"
        );
        assert_eq!(handshakes(&twice).len(), 2);
    }

    #[test]
    fn keys_are_new_when_both_said_so() {
        for (messages, both) in [
            ("", false),
            (">KeyUpdate", false),
            (">KeyUpdate <KeyUpdate", true),
        ] {
            let seen = seen(&format!("{FULL}{messages}"));
            assert_eq!(seen.told.key_updates, Some(both), "{messages}");
        }
    }

    #[test]
    fn a_certificate_is_late_after_finished_and_a_request() {
        let late = "<CertificateRequest >Certificate >CertificateVerify >Finished";
        assert_eq!(
            seen(&format!("{FULL}{late}")).told.post_handshake_auth,
            Some(true)
        );
        let early = FULL.replace("<Certificate ", "<CertificateRequest <Certificate ");
        let early = early.replace(">Finished", ">Certificate >CertificateVerify >Finished");
        assert_eq!(seen(&early).told.post_handshake_auth, Some(false));
        let unanswered = format!("{FULL}<CertificateRequest");
        assert_eq!(seen(&unanswered).told.post_handshake_auth, Some(false));
    }

    #[test]
    fn early_data_is_accepted_if_its_end_is_told() {
        let hello = ">>> TLS 1.3, Handshake [length 0034], ClientHello\n";
        let end = ">>> TLS 1.3, Handshake [length 0004], EndOfEarlyData\n";
        let finished = ">>> TLS 1.3, Handshake [length 0034], Finished\n";
        assert_eq!(early_data(hello), None);
        assert_eq!(early_data(&format!("{hello}{end}")), Some(true));
        assert_eq!(early_data(&format!("{hello}{finished}")), Some(false));
    }
}
