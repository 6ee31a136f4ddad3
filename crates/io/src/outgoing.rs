//! Records on their way out: sealed, and not all written yet.

use std::io::{self, ErrorKind, Write};

use premaster_connection::Error;
use premaster_connection::tls::{Connection, Sealer};

use crate::error::into_io;
use crate::incoming::uninterrupted;

/// What has handshake messages or alerts to transmit.
pub(crate) trait Pending {
    fn pending(&self) -> usize;
    fn transmit(&mut self, out: &mut [u8]) -> Result<usize, Error>;
}

impl Pending for Connection {
    fn pending(&self) -> usize {
        self.pending()
    }

    fn transmit(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        self.transmit(out)
    }
}

impl Pending for Sealer {
    fn pending(&self) -> usize {
        self.pending()
    }

    fn transmit(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        self.transmit(out)
    }
}

/// Whole records; the first bytes may have been written already.
#[derive(Default)]
pub(crate) struct Outgoing {
    bytes: Vec<u8>,
    written: usize,
}

impl Outgoing {
    /// The most application data that one call takes: four records.
    pub(crate) const MOST: usize = 4 * 16_384;

    /// Has `seal` fill a buffer of this length; everything before must have been written.
    pub(crate) fn seal(
        &mut self,
        length: usize,
        seal: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        self.bytes.resize(length, 0);
        let sealed = seal(&mut self.bytes);
        self.bytes.truncate(*sealed.as_ref().unwrap_or(&0));
        sealed.map(drop)
    }

    /// Writes what waits here, then what waits in `source`.
    pub(crate) fn transmit(
        &mut self,
        source: &mut impl Pending,
        transport: &mut impl Write,
    ) -> io::Result<()> {
        self.write_to(transport)?;
        while source.pending() > 0 {
            let length = source.pending();
            self.seal(length, |out| source.transmit(out).map_err(into_io))?;
            self.write_to(transport)?;
        }
        Ok(())
    }

    /// Writes what waits here. If the transport takes it later, it goes with the next call: so it counts as written.
    pub(crate) fn write_or_keep(&mut self, transport: &mut impl Write) -> io::Result<()> {
        match self.write_to(transport) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Writes what waits here.
    pub(crate) fn write_to(&mut self, transport: &mut impl Write) -> io::Result<()> {
        while let Some(rest @ [_, ..]) = self.bytes.get(self.written..) {
            match uninterrupted(|| transport.write(rest))? {
                0 => return Err(ErrorKind::WriteZero.into()),
                amount => self.written += amount,
            }
        }
        self.bytes.clear();
        self.written = 0;
        Ok(())
    }
}
