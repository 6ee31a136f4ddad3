//! The house and its guests: every connection has a thread, and there are only so many.

use core::time::Duration;
use std::collections::HashMap;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use premaster::Stream;
use premaster::connection::ServerConfig;
use premaster::connection::tls::{Connection, Options};
use premaster::trace::EarlyData;
use premaster::wire::ProtocolVersion;
use serde_json::json;

use super::deadline::Deadline;
use super::{echo, http};
use crate::console::{self, Form};
use crate::options::Listeners;
use crate::update_keys::{UpdateKeys, Updates};
use crate::{Failure, summary};

/// How long connections have to say goodbye when the server is told to end.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long to wait when the system has no more sockets.
const BREATH: Duration = Duration::from_millis(50);

/// What clients get.
#[derive(Debug)]
pub(super) enum Service {
    Echo,
    Status(http::Status),
    Www(http::Www),
}

/// How the house is run.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) config: Arc<ServerConfig>,
    pub(super) service: Service,
    pub(super) listeners: Listeners,
    pub(super) form: Form,
    pub(super) most: usize,
    pub(super) handshake: Duration,
    pub(super) update_keys: UpdateKeys,
}

/// Everything that the threads share.
#[derive(Debug)]
pub(super) struct House {
    rules: Rules,
    guests: Mutex<HashMap<u64, TcpStream>>,
    left: Condvar,
    closing: Arc<AtomicBool>,
}

/// A connection on its way in.
struct Guest {
    number: u64,
    from: SocketAddr,
}

/// All that the client says before the handshake is complete. Only then it is looked at: who sends again what somebody
/// else has said does not come to that end.
fn early_data(stream: &mut Stream<Deadline>) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    if let Some(mut early) = stream.early_data()? {
        early.read_to_end(&mut data)?;
    }
    Ok(data)
}

impl House {
    pub(super) fn new(rules: Rules) -> Arc<Self> {
        Arc::new(Self {
            rules,
            guests: Mutex::default(),
            left: Condvar::new(),
            closing: Arc::default(),
        })
    }

    /// Serves until a signal says that it is enough.
    pub(super) fn run(self: &Arc<Self>, listener: TcpListener) -> Result<(), Failure> {
        let (ring, bell) = mpsc::channel();
        ctrlc::set_handler(move || ring.send(()).unwrap_or(()))
            .map_err(|error| Failure::usage(format!("cannot wait for signals: {error}")))?;
        let address = listener
            .local_addr()
            .map_err(|error| Failure::usage(format!("--listen: {error}")))?;
        match self.rules.form {
            Form::Text => console::line(&format!("listening on {address}")),
            Form::Json => {
                console::line(&json!({"event": "listening", "address": address.to_string()}));
            }
        }
        let house = Arc::clone(self);
        thread::spawn(move || house.welcome(&listener));
        // The sender lives as long as the process.
        let _ = bell.recv();
        self.close();
        Ok(())
    }

    fn welcome(self: &Arc<Self>, listener: &TcpListener) {
        for number in 1.. {
            match listener.accept() {
                Ok((socket, from)) => self.admit(Guest { number, from }, socket),
                // Too many open files, or a peer that is gone already.
                Err(_) => thread::sleep(BREATH),
            }
        }
    }

    fn admit(self: &Arc<Self>, guest: Guest, socket: TcpStream) {
        let number = guest.number;
        if let Err(reason) = self.enter(number, &socket) {
            self.tell(&guest, "refused", &reason);
            return;
        }
        let house = Arc::clone(self);
        let started = thread::Builder::new().spawn(move || {
            if let Err(reason) = house.attend(&guest, socket) {
                house.tell(&guest, "failed", &reason);
            }
            house.leave(number);
        });
        if started.is_err() {
            self.leave(number);
        }
    }

    fn enter(&self, number: u64, socket: &TcpStream) -> Result<(), String> {
        let mut guests = self.guests();
        if guests.len() >= self.rules.most {
            let most = self.rules.most;
            return Err(format!(
                "{most} connections are open, see --max-connections"
            ));
        }
        let again = socket.try_clone().map_err(|error| error.to_string())?;
        guests.insert(number, again);
        Ok(())
    }

    fn attend(&self, guest: &Guest, socket: TcpStream) -> Result<(), String> {
        let rules = &self.rules;
        // Without it small answers wait for nothing; a socket that refuses works all the same.
        drop(socket.set_nodelay(true));
        let tally = rules.update_keys.tally();
        let name = guest.number.to_string();
        let options = Options {
            tracer: rules.listeners.tracer(Some(&name), tally.as_ref()),
            ..Options::default()
        };
        let connection = Connection::server_with(Arc::clone(&rules.config), options);
        let transport = Deadline::new(socket, Instant::now() + rules.handshake, &self.closing);
        let mut stream = Stream::new(connection, transport);
        let early = early_data(&mut stream).map_err(|error| self.reason(&error))?;
        let facts = stream.handshake().map_err(|error| self.reason(&error))?;
        let mut agreed = summary::agreed(facts);
        if facts.early_data == Some(EarlyData::Accepted) {
            agreed.push_str(&format!(" ({} bytes)", early.len()));
        }
        let version = facts.version;
        self.tell(guest, "connected", &agreed);
        let mut updates = self.updates(guest, version);
        let served = match &rules.service {
            Service::Echo => echo::serve(&mut stream, &early, &mut updates),
            Service::Status(status) => http::serve(&mut stream, &early, status, &mut updates),
            Service::Www(www) => http::serve(&mut stream, &early, www, &mut updates),
        };
        // A trace has told of each as it came.
        let happen = updates.happen() && rules.form == Form::Text;
        if let Some(tally) = tally.filter(|_| happen) {
            self.tell(guest, "key updates", &tally.to_string());
        }
        if self.closing.load(Ordering::Acquire) {
            stream.transport_mut().move_to(Instant::now() + FAREWELL);
            drop(stream.close());
            return Ok(());
        }
        served.map_err(|error| error.to_string())
    }

    /// When keys change on a connection of this version.
    fn updates(&self, guest: &Guest, version: ProtocolVersion) -> Updates {
        let option = self.rules.update_keys;
        if let Some(reason) = option.in_vain(version) {
            self.tell(guest, "warning", &reason);
        }
        option.begin(version)
    }

    fn reason(&self, error: &io::Error) -> String {
        if error.kind() != io::ErrorKind::TimedOut {
            return error.to_string();
        }
        let seconds = self.rules.handshake.as_secs_f32();
        format!("the handshake took longer than {seconds} s, see --handshake-timeout")
    }

    fn tell(&self, guest: &Guest, event: &str, text: &str) {
        match self.rules.form {
            Form::Text => console::line(&format!("{event}: {text}, from {}", guest.from)),
            Form::Json => console::line(&json!({
                "event": event,
                "connection": guest.number.to_string(),
                "from": guest.from.to_string(),
                "reason": text,
            })),
        }
    }

    fn leave(&self, number: u64) {
        self.guests().remove(&number);
        self.left.notify_all();
    }

    /// Nobody can say anything more; who is inside has the time for a goodbye.
    fn close(&self) {
        self.closing.store(true, Ordering::Release);
        let guests = self.guests();
        for socket in guests.values() {
            drop(socket.shutdown(Shutdown::Read));
        }
        let waited = self
            .left
            .wait_timeout_while(guests, FAREWELL, |guests| !guests.is_empty());
        drop(waited);
    }

    fn guests(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
