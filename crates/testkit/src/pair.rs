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
        let name = ServerName::try_from(name.to_owned()).expect("a server name");
        Self {
            client: Connection::client_with(Arc::clone(client), name, Options::default()),
            server: Connection::server_with(Arc::clone(server), Options::default()),
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

/// Carries what `from` has to say to `to`; says how many bytes that was.
///
/// # Errors
///
/// The fault that `to` found.
pub fn shuttle(from: &mut Connection, to: &mut Connection) -> Result<usize, Error> {
    let mut wire = Vec::new();
    while matches!(from.next_step(), Next::Transmit) {
        let mut out = vec![0; from.pending()];
        let sent = from.transmit(&mut out)?;
        wire.extend_from_slice(&out[..sent]);
    }
    let total = wire.len();
    let mut rest = &mut wire[..];
    while !rest.is_empty() {
        match to.receive(rest)? {
            Received::Control { consumed } | Received::Data { consumed, .. } => {
                rest = &mut rest[consumed..];
            }
            other => panic!("half a record was sent: {other:?}"),
        }
    }
    Ok(total)
}
