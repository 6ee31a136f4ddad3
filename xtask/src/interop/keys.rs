//! What both ends write as SSLKEYLOGFILE: whether they derived the same master secrets.
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

fn agree(client: &BTreeMap<String, String>, server: &BTreeMap<String, String>) -> Result<()> {
    let mut shared = 0;
    for (random, secret) in client {
        match server.get(random) {
            None => {}
            Some(other) if other == secret => shared += 1,
            Some(_) => bail!("the key logs of the two ends have different master secrets"),
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

/// The master secrets by the ClientHello's random.
fn secrets(log: &str) -> BTreeMap<String, String> {
    let lines = log.lines().filter_map(|line| {
        let mut words = line.strip_prefix("CLIENT_RANDOM ")?.split_whitespace();
        Some((words.next()?.to_lowercase(), words.next()?.to_lowercase()))
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
}
