//! The transport: a socket, or one that blocks at every step and moves a byte at a time.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};

use crate::Stop;
use crate::flags::Flags;

/// A connection to the runner.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: TcpStream,
    /// Does it block at every step?
    balks: bool,
    may_read: bool,
    may_write: bool,
}

impl Wire {
    /// Connects, and says which of its shims this is.
    pub(crate) fn connect(flags: &Flags) -> Result<Self, Stop> {
        let port = flags.number("port")?.and_then(|it| u16::try_from(it).ok());
        let port = port.ok_or_else(|| Stop::wrong("-port is missing"))?;
        let host = match flags.has("ipv6") {
            true => Ipv6Addr::LOCALHOST.into(),
            false => Ipv4Addr::LOCALHOST.into(),
        };
        let mut socket = TcpStream::connect(SocketAddr::new(host, port))?;
        socket.set_nodelay(true)?;
        let id: u64 = match flags.text("shim-id").map(str::parse) {
            Some(Ok(id)) => id,
            _ => return Err(Stop::wrong("-shim-id is missing")),
        };
        socket.write_all(&id.to_le_bytes())?;
        Ok(Self {
            socket,
            balks: flags.has("async"),
            may_read: false,
            may_write: false,
        })
    }

    /// Reads; every other time it would block.
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if !self.balks {
            return self.socket.read(buf);
        }
        self.may_read = !self.may_read;
        match (self.may_read, buf.first_mut()) {
            (false, Some(byte)) => self.socket.read(std::slice::from_mut(byte)),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Writes; every other time it would block.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.balks {
            return self.socket.write(bytes);
        }
        self.may_write = !self.may_write;
        match (self.may_write, bytes.first()) {
            (false, Some(byte)) => self.socket.write(std::slice::from_ref(byte)),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Lets the runner read all that was written before the socket goes.
    pub(crate) fn drain(mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
        let mut buf = [0; 4096];
        while matches!(self.socket.read(&mut buf), Ok(read) if read > 0) {}
    }
}
