//! Data that is sent before the peer's Finished has come: of a server of TLS 1.3 ('0.5-RTT data', RFC 8446 section 4.4.4),
//! and of a client of TLS 1.2 that does a False Start (RFC 7918).

use core::ops::{Deref, Range};

use premaster_handshake::Provisional;

use super::{Connection, Stage};
use crate::Error;

impl Connection {
    /// What was agreed on as far as we know, while data may be sent before the peer's Finished:
    /// [`seal_before_finished`](Self::seal_before_finished). `None` before that time, where there is none, and when
    /// [`facts`](Self::facts) have taken its place.
    ///
    /// ```text
    ///     server of TLS 1.3                             client of TLS 1.2 with False Start
    ///     Receive   the ClientHello                     Transmit  .. and Finished
    ///     Transmit  .. and Finished                     Receive   provisional() is Some: seal_before_finished(..)
    ///     Receive   provisional() is Some:                        as often as there is something
    ///               seal_before_finished(..)            Receive   receive(..): the server's Finished
    ///     Receive   receive(..): early data, Finished   Established
    ///     Established
    /// ```
    #[must_use]
    pub fn provisional(&self) -> Option<&Provisional> {
        let provisional = self.provisional.as_deref();
        provisional.filter(|_| !self.sealer.is_closed())
    }

    /// Seals application data where it lies, as [`Sealer::seal`](crate::tls::Sealer::seal) does, whether the peer has said
    /// Finished or not.
    ///
    /// **Before it has, less is proved**, and [`provisional`](Self::provisional) is `Some`:
    ///
    /// * A server of TLS 1.3 does not know that its client is there at all: somebody may have sent again what a client once
    ///   sent, though only that client can read the answer. And **the client is not authenticated**: where it is asked for a
    ///   certificate, sending is refused. What is sent may only depend on what is everybody's to know, and on early data
    ///   that was taken as such (RFC 8446 section 4.4.4, RFC 8446 appendix E.5).
    ///
    ///   A client that is [known](Provisional::resumed) by a session or an external key is not asked, even by a server that
    ///   requires certificates. Its ClientHello was made by whoever has that key, and only they can read the answer; but it
    ///   may be **a replay here, too**: the client need not have come now, nor more than once.
    /// * A client of TLS 1.2 that was configured for it
    ///   ([`false_start`](crate::ClientConfigBuilder::false_start)) has authenticated its server, but does not know yet
    ///   that nobody has changed what the two have offered each other (RFC 7918).
    ///
    /// Only a completed handshake proves the rest: complete it before [`close`](Self::close).
    ///
    /// What the peer sends is delivered as ever: only when its Finished was right.
    ///
    /// # Errors
    ///
    /// [`Error::NotEstablished`] when it is not time yet, or such data is not for this connection;
    /// [`Error::CertificateAwaited`] when a client of TLS 1.3 was asked for a certificate; else as
    /// [`Sealer::seal`](crate::tls::Sealer::seal). Nothing is changed then, but by a key that cannot be renewed.
    pub fn seal_before_finished(
        &mut self,
        buf: &mut [u8],
        content: Range<usize>,
    ) -> Result<Range<usize>, Error> {
        self.may_send_before_finished()?;
        let sealed = self.sealer.seal(buf, content);
        self.kept_without_keys(sealed)
    }

    /// Gathers and seals application data, as [`Sealer::seal_from`](crate::tls::Sealer::seal_from) does, whether the peer
    /// has said Finished or not: see [`seal_before_finished`](Self::seal_before_finished) for what that means.
    ///
    /// # Errors
    ///
    /// As [`seal_before_finished`](Self::seal_before_finished).
    pub fn seal_before_finished_from(
        &mut self,
        parts: &[impl Deref<Target = [u8]>],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.may_send_before_finished()?;
        let sealed = self.sealer.seal_from(parts, out);
        self.kept_without_keys(sealed)
    }

    fn may_send_before_finished(&self) -> Result<(), Error> {
        match &self.stage {
            Stage::Handshaking(_) if self.provisional.is_some() => Ok(()),
            Stage::Handshaking(_) if self.asks_for_certificate => Err(Error::CertificateAwaited),
            _ => self.may_send(),
        }
    }
}
