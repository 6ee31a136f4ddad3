//! Two ends of a socket, played by one thread.
//!
//! Each end speaks until it has nothing more to say, then the other one listens to exactly that. So the order of
//! all that happens is always the same, though the bytes go through real sockets.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use premaster::ServerName;
use premaster::connection::tls::{Connection, Next, Options, Received};
use premaster::connection::{ClientConfig, ServerConfig};
use premaster::trace::EarlyData;

use super::NAME;
use super::narrator::Narrator;

/// What the client has to say.
const GREETING: &[u8] = b"Hello, server!";

/// Where client and server meet.
pub(super) struct Stage {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    listener: TcpListener,
}

impl Stage {
    pub(super) fn new(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        Ok(Self {
            client,
            server,
            listener,
        })
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// One connection, from the first message to the goodbyes.
    pub(super) fn play(&self, narrator: &Narrator) -> io::Result<()> {
        let options = || Options {
            tracer: narrator.tracer(),
            ..Options::default()
        };
        narrator.begin();
        let name = ServerName::try_from(NAME).map_err(io::Error::other)?;
        let client = Connection::client_with(Arc::clone(&self.client), name, options());
        let mut client = End::new(client, TcpStream::connect(self.address()?)?)?;
        let server = Connection::server_with(Arc::clone(&self.server), options());
        let mut server = End::new(server, self.listener.accept()?.0)?;

        let mut opened = client.speak()?;
        if client.connection.early_data_limit().is_some() {
            opened += client.say(GREETING)?;
        }
        server.listen(opened)?;
        converse(&mut client, &mut server)?;
        let facts = client.connection.facts();
        if facts.is_none_or(|facts| facts.early_data != Some(EarlyData::Accepted)) {
            let said = client.say(GREETING)?;
            server.listen(said)?;
        }
        let answered = server.say(b"Hello, client. Nobody else has read this.")?;
        client.listen(answered)?;
        client.connection.close().map_err(io::Error::other)?;
        converse(&mut client, &mut server)?;
        server.connection.close().map_err(io::Error::other)?;
        converse(&mut server, &mut client)
    }
}

/// Speaks and listens in turns, until nobody has anything to say.
fn converse(first: &mut End, second: &mut End) -> io::Result<()> {
    loop {
        let said = first.speak()?;
        second.listen(said)?;
        let answered = second.speak()?;
        first.listen(answered)?;
        if said + answered == 0 {
            return Ok(());
        }
    }
}

/// One end.
struct End {
    connection: Connection,
    socket: TcpStream,
}

impl End {
    fn new(connection: Connection, socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Self { connection, socket })
    }

    /// Says all that can be said now; returns how many bytes that was.
    fn speak(&mut self) -> io::Result<usize> {
        let mut said = 0;
        while matches!(self.connection.next_step(), Next::Transmit) {
            let mut bytes = vec![0; self.connection.pending()];
            let amount = self
                .connection
                .transmit(&mut bytes)
                .map_err(io::Error::other)?;
            bytes.truncate(amount);
            self.socket.write_all(&bytes)?;
            said += amount;
        }
        Ok(said)
    }

    /// Says something that is not about the connection itself: early, if the handshake is not complete.
    fn say(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut record = vec![0; self.connection.sealed_len(text.len())];
        let sealed = match self.connection.facts() {
            None => self.connection.seal_early_from(&[text], &mut record),
            Some(_) => self.connection.seal_from(&[text], &mut record),
        };
        let length = sealed.map_err(io::Error::other)?;
        record.truncate(length);
        self.socket.write_all(&record)?;
        Ok(length)
    }

    /// Takes these many bytes, which the other end has said already: whole records.
    fn listen(&mut self, amount: usize) -> io::Result<()> {
        let mut bytes = vec![0; amount];
        self.socket.read_exact(&mut bytes)?;
        let mut rest = &mut bytes[..];
        while !rest.is_empty() {
            let consumed = match self.connection.receive(rest).map_err(io::Error::other)? {
                Received::Control { consumed }
                | Received::Data { consumed, .. }
                | Received::EarlyData { consumed, .. } => consumed,
                other => return Err(io::Error::other(format!("unexpected: {other:?}"))),
            };
            rest = rest.get_mut(consumed..).unwrap_or_default();
        }
        Ok(())
    }
}
