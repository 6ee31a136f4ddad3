//! Stdin to the peer and the peer to stdout, at the same time, and how that ends.
//!
//! ```text
//!   sending thread:   what early data left -> stdin ends -> the peer is silent for --idle -> goodbye -> silent again -> cut the transport
//!   receiving thread: the peer says goodbye, or the transport ends                    -> the command ends
//! ```

use core::time::Duration;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;

use premaster::Stream;
use premaster::io::{Error, ReadHalf, WriteHalf, tls_error};
use premaster::wire::{AlertDescription, ProtocolVersion};

use crate::Failure;
use crate::update_keys::Updates;

/// How long to wait for the peer's goodbye after ours.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Runs until the peer has closed, or there is nothing more to say on either side. `first` goes before stdin.
pub(super) fn run(
    stream: Stream,
    first: Vec<u8>,
    updates: Updates,
    idle: Duration,
) -> Result<(), Failure> {
    let broke = |error| Failure::peer(format!("the connection broke: {error}"));
    let (reader, mut writer, facts) = stream.into_halves(TcpStream::try_clone).map_err(broke)?;
    let socket = reader.transport().try_clone().map_err(broke)?;
    // One token is enough: it says that something came since the last look.
    let (came, coming) = sync_channel(1);
    let is_tls13 = facts.version == ProtocolVersion::TLSv1_3;
    let goodbye = Arc::new(AtomicBool::new(false));
    let said = Arc::clone(&goodbye);
    thread::spawn(move || {
        if say(&mut writer, &first, updates) {
            take_leave(writer, &socket, &coming, &said, idle);
        }
    });
    let mut heard = false;
    match receive(reader, &came, &mut heard) {
        Ok(()) => Ok(()),
        Err(Ended::Peer(error)) => match tls_error(&error) {
            // We have said goodbye: the peer need not.
            None | Some(Error::Truncated) if goodbye.load(Ordering::Acquire) => Ok(()),
            // A client of TLS 1.3 is through before the server has seen its certificate, or that it has none.
            Some(Error::AlertReceived(alert)) if is_tls13 && !heard => {
                let advice = match *alert {
                    AlertDescription::certificate_required => ": give one with --cert and --key",
                    _ => "",
                };
                Err(Failure::peer(format!(
                    "the server refused the connection after the handshake: {error}{advice}"
                )))
            }
            Some(error) => Err(Failure::peer(error)),
            None => Err(broke(error)),
        },
        // Who reads our output has seen enough, like `head`.
        Err(Ended::Stdout(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(Ended::Stdout(error)) => {
            Err(Failure::usage(format!("cannot write to stdout: {error}")))
        }
    }
}

/// What ended the receiving otherwise than by a goodbye.
enum Ended {
    Peer(io::Error),
    Stdout(io::Error),
}

/// Shows what comes; `heard` says whether anything has.
fn receive(
    mut reader: ReadHalf<TcpStream>,
    came: &SyncSender<()>,
    heard: &mut bool,
) -> Result<(), Ended> {
    let mut stdout = io::stdout().lock();
    loop {
        let data = reader.fill_buf().map_err(Ended::Peer)?;
        let amount = data.len();
        let shown = stdout.write_all(data).and_then(|()| stdout.flush());
        reader.consume(amount);
        *heard |= amount > 0;
        let over = amount == 0 || shown.is_err();
        if over {
            // The answer to a goodbye is a goodbye; nobody may be there to take it.
            drop(reader.close());
        }
        shown.map_err(Ended::Stdout)?;
        if over {
            return Ok(());
        }
        let _ = came.try_send(());
    }
}

/// Sends all that there is to send; `false` if that cannot be. The receiving side will find out why.
fn say(writer: &mut WriteHalf<TcpStream>, first: &[u8], mut updates: Updates) -> bool {
    if updates.write_all(writer, first).is_err() {
        return false;
    }
    let mut stdin = io::stdin().lock();
    let mut buffer = vec![0; 65_536];
    loop {
        match stdin.read(&mut buffer) {
            Ok(0) => return true,
            Ok(amount) => {
                let data = buffer.get(..amount).unwrap_or_default();
                if updates.write_all(writer, data).is_err() {
                    return false;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return true,
        }
    }
}

/// Says goodbye once the peer has nothing to say.
fn take_leave(
    mut writer: WriteHalf<TcpStream>,
    socket: &TcpStream,
    coming: &Receiver<()>,
    goodbye: &AtomicBool,
    idle: Duration,
) {
    if !is_silent(coming, idle) {
        return;
    }
    goodbye.store(true, Ordering::Release);
    drop(writer.close());
    if is_silent(coming, idle.max(LAST_WORDS)) {
        drop(socket.shutdown(Shutdown::Both));
    }
}

/// Waits until nothing has come for so long; `false` if the receiving side is over by then.
fn is_silent(coming: &Receiver<()>, idle: Duration) -> bool {
    loop {
        match coming.recv_timeout(idle) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}
