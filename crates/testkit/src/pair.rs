//! A client and a server in memory, driven to the end of their handshake.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Next, Options, Received};
use premaster_connection::{ClientConfig, Error, ServerConfig};
use rustls_pki_types::ServerName;

/// A client and a server with a wire in between.
#[derive(Debug)]
pub struct Pair {
    /// The client.
    pub client: Connection,
    /// The server.
    pub server: Connection,
}

impl Pair {
    /// A client that connects to `name`, and a server.
    ///
    /// # Panics
    ///
    /// If `name` is neither a DNS name nor an address.
    #[must_use]
    pub fn new(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>, name: &str) -> Self {
        Self {
            client: connect(client, name, Options::default()),
            server: Connection::server(Arc::clone(server)),
        }
    }

    /// Carries bytes both ways until nobody has anything to say.
    ///
    /// # Errors
    ///
    /// What ended the one side that found a fault.
    pub fn handshake(&mut self) -> Result<(), Error> {
        loop {
            let sent = shuttle(&mut self.client, &mut self.server)?
                + shuttle(&mut self.server, &mut self.client)?;
            if sent == 0 {
                return Ok(());
            }
        }
    }
}

/// A client's connection to `name`.
///
/// # Panics
///
/// If `name` is neither a DNS name nor an address.
#[must_use]
pub fn connect(config: &Arc<ClientConfig>, name: &str, options: Options) -> Connection {
    let name = ServerName::try_from(name.to_owned()).expect("a server name");
    Connection::client_with(Arc::clone(config), name, options)
}

/// Carries what `from` has to say to `to`; says how many bytes that was.
///
/// # Errors
///
/// The fault that `to` found.
///
/// # Panics
///
/// If half a record was sent.
pub fn shuttle(from: &mut Connection, to: &mut Connection) -> Result<usize, Error> {
    let mut wire = transmit(from)?;
    let total = wire.len();
    receive(to, &mut wire)?;
    Ok(total)
}

/// All that waits to be transmitted.
///
/// # Errors
///
/// As [`Connection::transmit`].
pub fn transmit(from: &mut Connection) -> Result<Vec<u8>, Error> {
    let mut wire = Vec::new();
    while matches!(from.next_step(), Next::Transmit) {
        let mut out = vec![0; from.pending()];
        let sent = from.transmit(&mut out)?;
        wire.extend_from_slice(&out[..sent]);
    }
    Ok(wire)
}

/// Hands over whole records; returns the application data in them.
///
/// # Errors
///
/// The fault that `to` found.
///
/// # Panics
///
/// If the last record is not whole.
pub fn receive(to: &mut Connection, mut wire: &mut [u8]) -> Result<Vec<u8>, Error> {
    let mut data = Vec::new();
    while !wire.is_empty() {
        match to.receive(wire)? {
            Received::Control { consumed } => wire = &mut wire[consumed..],
            Received::Data {
                plaintext,
                consumed,
            } => {
                data.extend_from_slice(plaintext);
                wire = &mut wire[consumed..];
            }
            other => panic!("half a record was sent: {other:?}"),
        }
    }
    Ok(data)
}

/// Sends application data from one to the other and says what arrived.
///
/// # Errors
///
/// What either side found wrong.
pub fn carry(from: &mut Connection, to: &mut Connection, data: &[u8]) -> Result<Vec<u8>, Error> {
    let mut wire = vec![0; from.sealed_len(data.len())];
    let sealed = from.seal_from(&[data], &mut wire)?;
    receive(to, &mut wire[..sealed])
}
