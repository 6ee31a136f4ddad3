//! Early data: what a client says along with its ClientHello (RFC 8446 section 2.3).

use core::ops::{Deref, Range};

use super::{Connection, Stage};
use crate::Error;

impl Connection {
    /// How many bytes of early data this client may still send; `None` when it may not send any: there is no ticket for
    /// it, the server has answered already, or this is a server.
    ///
    /// It may be sealed as long as this is `Some` and nothing waits to be transmitted: right behind the ClientHello, and
    /// again and again until the server has answered. What the server makes of it is told by
    /// [`Facts::early_data`](crate::Facts): if it was rejected, it never arrived, and the caller sends it again or not.
    ///
    /// ```text
    ///     next_step()   Transmit            the ClientHello
    ///                   Receive             early_data_limit() is Some: seal_early(..), write; as often as there is something
    ///                   Receive             receive(..): the server's answer; from now on early_data_limit() is None
    ///                   Transmit            Finished
    ///                   Established
    /// ```
    ///
    /// Early data is not as safe as other data. Whoever records it may send it again, to the same server or another one
    /// with the same keys (RFC 8446 section 8); and who gets hold of the ticket's secret later, can read it.
    #[must_use]
    pub fn early_data_limit(&self) -> Option<usize> {
        match self.stage {
            Stage::Handshaking(_) => self.sealer.early_data_limit(),
            Stage::Established | Stage::Over => None,
        }
    }

    /// Seals early data where it lies, as [`Sealer::seal`](crate::tls::Sealer::seal) does other data.
    ///
    /// # Errors
    ///
    /// [`Error::NoEarlyData`] when none can be sent now, [`Error::TooMuchEarlyData`] when it is more than
    /// [`early_data_limit`](Self::early_data_limit) says; else as [`Sealer::seal`](crate::tls::Sealer::seal). Nothing is
    /// changed then.
    pub fn seal_early(
        &mut self,
        buf: &mut [u8],
        content: Range<usize>,
    ) -> Result<Range<usize>, Error> {
        self.may_send_early()?;
        self.sealer.seal_early(buf, content)
    }

    /// Gathers and seals early data, as [`Sealer::seal_from`](crate::tls::Sealer::seal_from) does other data.
    ///
    /// # Errors
    ///
    /// As [`seal_early`](Self::seal_early).
    pub fn seal_early_from(
        &mut self,
        parts: &[impl Deref<Target = [u8]>],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.may_send_early()?;
        self.sealer.seal_early_from(parts, out)
    }

    fn may_send_early(&self) -> Result<(), Error> {
        match &self.stage {
            Stage::Handshaking(_) => Ok(()),
            Stage::Established => Err(Error::NoEarlyData),
            Stage::Over => Err(self.error.clone().unwrap_or(Error::AlreadyClosed)),
        }
    }
}
