//! The data that every cell carries, and whether it arrived.

use super::process::Running;
use anyhow::{Context, Result, bail};
use std::{fs, path::Path, sync::OnceLock, time::Instant};

/// How much each direction carries in a full cell.
pub(super) const MEBIBYTE: usize = 1 << 20;

/// What a server does with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carriage {
    /// Stdin goes to the client, what the client sends to stdout.
    Pipe,
    /// The same, but other things are on stdout too, between pieces of data.
    PipeAmongTalk,
    /// Whatever comes goes back.
    Echo,
    /// A line of text goes back, one at a time.
    EchoLines,
    /// What is published goes to the client, who asks in a way of its own.
    Download,
}

/// The name of the file with the data that a full cell carries.
pub(super) const LONG_FILE: &str = "long";

/// The name of a file with little in it.
pub(super) const SHORT_FILE: &str = "short";

/// Writes the files that a client can fetch.
pub(super) fn publish(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(LONG_FILE), noise(MEBIBYTE, 2))?;
    fs::write(folder.join(SHORT_FILE), noise(100, 2)).context("could not publish")
}

/// How much data is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// The number of bytes each way.
    pub(super) amount: usize,
    /// How many of them at once; the next ones when these have arrived.
    pub(super) at_once: usize,
    /// Only digits, for programs that take letters for commands.
    pub(super) digits: bool,
}

impl Load {
    /// As much at once as pipes carry.
    pub(super) fn of(amount: usize) -> Self {
        Self {
            amount,
            at_once: usize::MAX,
            digits: false,
        }
    }

    /// The bytes of one direction.
    fn bytes(self, seed: usize) -> Vec<u8> {
        match self.digits {
            true => lines(self.amount, LINE, seed, b"0123456789"),
            false => noise(self.amount, seed),
        }
    }
}

/// Sends data each way and compares all that arrives, byte by byte.
pub(super) fn exchange(
    client: &Running,
    server: &Running,
    carriage: Carriage,
    load: Load,
    deadline: Instant,
) -> Result<()> {
    let Load {
        amount, at_once, ..
    } = load;
    let (up, down) = (load.bytes(1), load.bytes(2));
    match carriage {
        Carriage::Pipe => {
            pass(client, server, up.chunks(at_once), deadline).context("client to server")?;
            pass(server, client, down.chunks(at_once), deadline).context("server to client")
        }
        Carriage::PipeAmongTalk => {
            client.feed(&up);
            let found = server.stdout.find(&up, &client.stdout, deadline);
            found.context("client to server")?;
            pass(server, client, down.chunks(at_once), deadline).context("server to client")
        }
        Carriage::Echo => echo(client, up.chunks(at_once.min(64 * 1024)), deadline),
        Carriage::EchoLines => {
            let line = at_once.min(LINE);
            let letters = match load.digits {
                true => &b"0123456789"[..],
                false => b"abcdefghijklmnopqrstuvwxyz",
            };
            echo(
                client,
                lines(amount, line, 4, letters).chunks(line),
                deadline,
            )
        }
        Carriage::Download => {
            let all = client.stdout.take(amount, &server.stderr, deadline);
            compare(&all.context("download")?, &noise(amount, 2))
        }
    }
}

/// Sends these bytes from the client, unless they are under way already, until the server has shown them.
pub(super) fn carry(
    client: &Running,
    server: &Running,
    carriage: Carriage,
    bytes: &[u8],
    are_sent: bool,
    deadline: Instant,
) -> Result<()> {
    if !are_sent {
        client.feed(bytes);
    }
    let (heard, source) = match carriage {
        Carriage::Pipe => (&server.stdout, &client.stdout),
        Carriage::PipeAmongTalk => return server.stdout.find(bytes, &client.stdout, deadline),
        _ => (&client.stdout, &client.stdout),
    };
    compare(&heard.take(bytes.len(), source, deadline)?, bytes)
}

fn pass<'a>(
    from: &Running,
    to: &Running,
    mut pieces: impl Iterator<Item = &'a [u8]>,
    deadline: Instant,
) -> Result<()> {
    pieces.try_for_each(|piece| {
        from.feed(piece);
        compare(&to.stdout.take(piece.len(), &from.stdout, deadline)?, piece)
    })
}

/// Piece by piece, so that no more is under way than pipes and sockets hold.
fn echo<'a>(
    client: &Running,
    pieces: impl Iterator<Item = &'a [u8]>,
    deadline: Instant,
) -> Result<()> {
    for piece in pieces {
        client.feed(piece);
        compare(
            &client
                .stdout
                .take(piece.len(), &client.stdout, deadline)
                .context("echo")?,
            piece,
        )?;
    }
    Ok(())
}

fn compare(arrived: &[u8], sent: &[u8]) -> Result<()> {
    if arrived == sent {
        return Ok(());
    }
    if let Some(place) = arrived.iter().zip(sent).position(|(a, b)| a != b) {
        bail!("byte {place} of {} arrived altered", sent.len());
    }
    Ok(())
}

/// Bytes without pattern, the same in every run.
fn noise(amount: usize, seed: usize) -> Vec<u8> {
    static ALL: [OnceLock<Vec<u8>>; SEEDS] = [const { OnceLock::new() }; SEEDS];
    let all = ALL[seed].get_or_init(|| {
        let mut state = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[7]
        };
        std::iter::repeat_with(next).take(MEBIBYTE).collect()
    });
    all[..amount].to_vec()
}

/// No cell carries more different bytes than this many mebibytes.
const SEEDS: usize = 5;

/// The length of a line of text, its end included: less than `gnutls-cli` reads at a time, or Nagle's
/// algorithm holds the rest of each line back.
const LINE: usize = 4000;

/// Noise of these letters, in lines; a shorter amount is one line.
fn lines(amount: usize, length: usize, seed: usize, letters: &[u8]) -> Vec<u8> {
    let mut text: Vec<u8> = noise(amount, seed)
        .into_iter()
        .map(|byte| letters[usize::from(byte) % letters.len()])
        .collect();
    for line in text.chunks_mut(length) {
        if let Some(last) = line.last_mut() {
            *last = b'\n';
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{process::Command, time::Duration};

    #[test]
    fn one_altered_byte_is_found() {
        let sent = noise(1000, 1);
        assert!(compare(&sent, &sent).is_ok());
        let mut altered = sent.clone();
        altered[700] ^= 1;
        assert_eq!(
            compare(&altered, &sent).unwrap_err().to_string(),
            "byte 700 of 1000 arrived altered"
        );
    }

    #[test]
    fn directions_carry_different_bytes() {
        assert_ne!(noise(100, 1), noise(100, 2));
        assert_eq!(noise(100, 1), noise(100, 1));
    }

    #[test]
    fn lines_end_where_lines_end() {
        let text = lines(3 * LINE + 10, LINE, 4, b"ab");
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 4);
        assert_eq!(text.last(), Some(&b'\n'));
    }

    #[test]
    fn a_program_that_echoes_passes_and_one_that_alters_does_not() {
        let deadline = Instant::now() + Duration::from_secs(20);
        let cat = Running::start("cat", Command::new("cat")).unwrap();
        exchange(&cat, &cat, Carriage::Echo, Load::of(MEBIBYTE), deadline).unwrap();
        exchange(
            &cat,
            &cat,
            Carriage::EchoLines,
            Load::of(MEBIBYTE),
            deadline,
        )
        .unwrap();
        let digits = Load {
            digits: true,
            ..Load::of(MEBIBYTE)
        };
        exchange(&cat, &cat, Carriage::EchoLines, digits, deadline).unwrap();
        let mut command = Command::new("sed");
        command.args(["-u", "s/q/x/"]);
        let altering = Running::start("sed", command).unwrap();
        assert!(
            exchange(
                &altering,
                &altering,
                Carriage::EchoLines,
                Load::of(LINE),
                deadline
            )
            .is_err()
        );
    }
}
