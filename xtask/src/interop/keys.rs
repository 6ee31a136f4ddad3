//! What both ends write as SSLKEYLOGFILE: whether they derived the same secrets.
//!
//! With RSA transport this says that our premaster secret, decrypted from the ClientKeyExchange or made for it, leads to
//! the keys that the other program recorded.

use anyhow::{Context, Result, bail};
use std::{collections::BTreeMap, fs, path::Path};

/// Compares the two logs. A program that logs nothing about resumed connections has told less, not otherwise; but the
/// first connection of all is in both.
pub(super) fn compare(client: &Path, server: &Path) -> Result<()> {
    let [client, server] = [client, server].map(|path| {
        fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
    });
    agree(&secrets(&client?), &secrets(&server?))
}

fn agree(client: &Secrets, server: &Secrets) -> Result<()> {
    let mut shared = 0;
    for (of, secret) in client {
        match server.get(of) {
            None => {}
            Some(other) if other == secret => shared += usize::from(LAST.contains(&&*of.0)),
            Some(_) => bail!("the key logs of the two ends have different {}", of.0),
        }
    }
    if shared == 0 {
        bail!(
            "the key logs of the two ends have no connection in common: {} and {} lines",
            client.len(),
            server.len()
        );
    }
    Ok(())
}

/// The secrets by their labels and the ClientHello's random.
type Secrets = BTreeMap<(String, String), String>;

/// The labels of what protects data, in each version.
const LAST: [&str; 3] = [
    "CLIENT_RANDOM",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
];

fn secrets(log: &str) -> Secrets {
    let lines = log.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let label = words.next()?;
        let is_label = label == "CLIENT_RANDOM" || label.contains("_SECRET");
        let of = (
            is_label.then(|| label.to_owned())?,
            words.next()?.to_lowercase(),
        );
        Some((of, words.next()?.to_lowercase()))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_agree_about_the_connections_that_both_have() {
        let full = "# log\nRSA 00 0303\nCLIENT_RANDOM 01 AA\n";
        let both = "CLIENT_RANDOM 01 aa\nCLIENT_RANDOM 02 aa\n";
        assert!(agree(&secrets(full), &secrets(both)).is_ok());
        assert!(agree(&secrets(both), &secrets(full)).is_ok());
        for other in ["", "CLIENT_RANDOM 02 aa", "CLIENT_RANDOM 01 ab"] {
            assert!(agree(&secrets(full), &secrets(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn every_secret_of_tls13_is_compared_and_those_of_data_must_be_there() {
        let early = "CLIENT_HANDSHAKE_TRAFFIC_SECRET 01 aa\n";
        let data = "CLIENT_TRAFFIC_SECRET_0 01 bb\n";
        let [early, other] = [early.to_owned(), early.replace("aa", "ab")];
        assert!(agree(&secrets(&early), &secrets(&early)).is_err());
        let [all, different] = [early + data, other + data].map(|log| secrets(&log));
        assert!(agree(&all, &all).is_ok());
        assert!(agree(&all, &different).is_err());
    }
}
