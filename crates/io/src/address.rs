//! `example.com:443`: where to connect to, and whom to expect there.

use core::fmt;
use core::str::FromStr;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;

use premaster_connection::ClientConfig;
use premaster_connection::tls::{Connection, Options};
use rustls_pki_types::ServerName;

use crate::Stream;

/// A host, which is also the name that a server has to prove, and a port.
///
/// ```
/// use premaster_io::Address;
///
/// let address: Address = "[::1]:4433".parse()?;
/// assert_eq!((address.host(), address.port()), ("::1", 4433));
/// let wrong = "example.com".parse::<Address>().unwrap_err();
/// assert_eq!(wrong.to_string(), "`example.com` has no port: write it like example.com:443");
/// # Ok::<(), premaster_io::WrongAddress>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    name: ServerName<'static>,
}

impl Address {
    /// The host, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The name that the server's certificate has to cover.
    pub const fn server_name(&self) -> &ServerName<'static> {
        &self.name
    }

    /// Opens a TCP connection, without delay for small writes.
    ///
    /// # Errors
    ///
    /// What the system says, with the address.
    pub fn dial(&self) -> io::Result<TcpStream> {
        let told = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot reach {self}: {error}"))
        };
        let transport = TcpStream::connect((self.host.as_str(), self.port)).map_err(told)?;
        transport.set_nodelay(true)?;
        Ok(transport)
    }
}

impl FromStr for Address {
    type Err = WrongAddress;

    fn from_str(text: &str) -> Result<Self, WrongAddress> {
        let wrong = |reason| WrongAddress {
            text: text.to_owned(),
            reason,
        };
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
            _ => return Err(wrong("has no port: write it like example.com:443")),
        };
        let port = port
            .parse()
            .map_err(|_| wrong("has no port between 0 and 65535 behind the colon"))?;
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| wrong("has neither a host name nor an IP address before the colon"))?;
        Ok(Self {
            host: host.to_owned(),
            port,
            name,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// A text that is no [`Address`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongAddress {
    text: String,
    reason: &'static str,
}

impl fmt::Display for WrongAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.text.escape_debug(), self.reason)
    }
}

impl core::error::Error for WrongAddress {}

/// Connects to `address`, like `example.com:443`, and completes the handshake.
///
/// # Errors
///
/// Of kind `InvalidInput` if that is no address; else as [`Address::dial`] and
/// [`Stream::handshake`].
pub fn connect(config: Arc<ClientConfig>, address: &str, options: Options) -> io::Result<Stream> {
    let address: Address = address
        .parse()
        .map_err(|wrong: WrongAddress| io::Error::new(ErrorKind::InvalidInput, wrong))?;
    let transport = address.dial()?;
    let connection = Connection::client_with(config, address.name, options);
    let mut stream = Stream::new(connection, transport);
    stream.handshake()?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (text, host, port) in [
            ("example.com:443", "example.com", 443),
            ("127.0.0.1:0", "127.0.0.1", 0),
            ("[::1]:65535", "::1", 65535),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host(), address.port()), (host, port));
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_the_reason() {
        for (text, reason) in [
            ("example.com", "has no port"),
            ("::1", "has no port"),
            ("example.com:65536", "between 0 and 65535"),
            ("example.com:", "between 0 and 65535"),
            (":443", "neither a host name"),
            ("exa mple.com:443", "neither a host name"),
        ] {
            let told = text.parse::<Address>().unwrap_err().to_string();
            assert!(
                told.starts_with(&format!("`{text}` ")) && told.contains(reason),
                "{told}"
            );
        }
    }
}
