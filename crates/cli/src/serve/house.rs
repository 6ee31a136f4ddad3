//! Who is inside: every connection has a thread, and there are only so many.

use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use premaster::Stream;
use premaster::connection::ServerConfig;
use premaster::connection::tls::{Connection, Options};
use premaster::io::tls_error;
use serde_json::json;

use super::deadline::Deadline;
use super::{echo, http};
use crate::console::{self, Form};
use crate::options::Listeners;
use crate::{Failure, summary};

/// How long connections have to say goodbye when the server is told to end.
const FAREWELL: Duration = Duration::from_secs(2);

/// What clients get.
#[derive(Debug)]
pub(super) enum Service {
    Echo,
    Status,
}

/// Everything that the threads share.
#[derive(Debug)]
pub(super) struct House {
    config: Arc<ServerConfig>,
    service: Service,
    listeners: Listeners,
    form: Form,
    most: usize,
    handshake: Duration,
    guests: Mutex<HashMap<u64, TcpStream>>,
    left: Condvar,
    closing: AtomicBool,
}

impl House {
    pub(super) fn new(
        config: ServerConfig,
        service: Service,
        listeners: Listeners,
        form: Form,
        most: usize,
        handshake: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            config: Arc::new(config),
            service,
            listeners,
            form,
            most,
            handshake,
            guests: Mutex::default(),
            left: Condvar::new(),
            closing: AtomicBool::new(false),
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
        match self.form {
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
                Ok((socket, from)) => self.admit(number, socket, from),
                // Too many open files, or a peer that is gone already.
                Err(_) => thread::yield_now(),
            }
        }
    }

    fn admit(self: &Arc<Self>, number: u64, socket: TcpStream, from: SocketAddr) {
        let guests = self.guests();
        let full = guests.len() >= self.most;
        drop(guests);
        if full {
            self.tell(
                number,
                &format!(
                    "refused: {from}: {} connections are open, see --max-connections",
                    self.most
                ),
            );
            return;
        }
        let Ok(again) = socket.try_clone() else {
            return;
        };
        self.guests().insert(number, again);
        let house = Arc::clone(self);
        let started = thread::Builder::new().spawn(move || {
            if let Err(error) = house.attend(number, socket, from) {
                house.tell(number, &format!("failed: {from}: {}", reason(&error)));
            }
            house.leave(number);
        });
        if started.is_err() {
            self.leave(number);
        }
    }

    fn attend(&self, number: u64, socket: TcpStream, from: SocketAddr) -> io::Result<()> {
        socket.set_nodelay(true)?;
        let options = Options {
            tracer: self.listeners.tracer(Some(&number.to_string())),
            ..Options::default()
        };
        let connection = Connection::server_with(Arc::clone(&self.config), options);
        let transport = Deadline::new(socket, Instant::now() + self.handshake);
        let mut stream = Stream::new(connection, transport);
        let agreed = summary::agreed(stream.handshake()?);
        self.tell(number, &format!("connected: {agreed}, from {from}"));
        let served = match &self.service {
            Service::Echo => echo::serve(&mut stream),
            Service::Status => http::status(&mut stream),
        };
        let closing = self.closing.load(Ordering::Acquire);
        if served.is_ok() || closing {
            stream.transport_mut().move_to(Instant::now() + FAREWELL);
            drop(stream.close());
        }
        if closing { Ok(()) } else { served }
    }

    fn tell(&self, number: u64, text: &str) {
        let _ = number;
        match self.form {
            Form::Text => console::line(&text),
            // The trace tells it.
            Form::Json => {}
        }
    }

    fn leave(&self, number: u64) {
        self.guests().remove(&number);
        self.left.notify_all();
    }

    /// Nobody can say anything more; whoever is inside gets the time for a goodbye.
    fn close(&self) {
        self.closing.store(true, Ordering::Release);
        let guests = self.guests();
        for socket in guests.values() {
            drop(socket.shutdown(Shutdown::Read));
        }
        drop(
            self.left
                .wait_timeout_while(guests, FAREWELL, |guests| !guests.is_empty()),
        );
    }

    fn guests(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reason(error: &io::Error) -> String {
    match tls_error(error) {
        Some(error) => error.to_string(),
        None => error.to_string(),
    }
}
