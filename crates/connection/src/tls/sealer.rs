//! What goes out: handshake flights, alerts, application data sealed in place.

use core::ops::{Deref, Range};

use premaster_handshake::Direction;
use premaster_record::{Flight, Margins, Protection, RecordFault, RecordSealer};
use premaster_trace::{Epoch, Event, Tracer};
use premaster_wire::{AlertDescription, AlertLevel, ContentType, ProtocolVersion};

use crate::Error;

/// The sending half of a connection.
///
/// After [`Connection::split`](super::Connection::split) it shares nothing with the
/// [`Opener`](super::Opener) and needs no lock: the two may live on two threads.
#[derive(Debug)]
pub struct Sealer {
    records: RecordSealer,
    flight: Flight,
    closed: bool,
    tracer: Tracer,
}

/// Something that was received obliges this side to send. Hand it to [`Sealer::oblige`].
#[derive(Debug)]
#[must_use = "the peer waits for an answer: hand this to the Sealer"]
pub struct Notice(pub(super) AlertDescription);

impl Sealer {
    pub(super) fn new(tracer: Tracer) -> Self {
        Self {
            records: RecordSealer::new(),
            flight: Flight::new(),
            closed: false,
            tracer,
        }
    }

    /// How many bytes a record needs before and behind its content: with CBC it may need less behind it.
    #[must_use]
    pub fn margins(&self) -> Margins {
        self.records.margins()
    }

    /// The most content that one record can hold.
    #[must_use]
    pub fn content_limit(&self) -> usize {
        self.records.content_limit()
    }

    /// How many bytes `content` bytes of application data make on the wire, exactly.
    #[must_use]
    pub fn sealed_len(&self, content: usize) -> usize {
        self.records.sealed_len(content)
    }

    /// Seals application data where it lies, as one record; says where the record lies.
    ///
    /// Around `content` there must be room for the [`margins`](Self::margins). A record need not take up all of it: what
    /// is to be sent is `buf` in the range that is returned.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyClosed`] after [`close`](Self::close); [`Error::TransmitFirst`] if records
    /// wait in [`transmit`](Self::transmit), as a peer can bring about at any time;
    /// [`Error::Record`] if there is no room, the content is longer than a record or the key has
    /// protected all it may. Nothing is changed then.
    pub fn seal(&mut self, buf: &mut [u8], content: Range<usize>) -> Result<Range<usize>, Error> {
        self.may_seal()?;
        let content_type = ContentType::application_data;
        let record = self.records.seal(content_type, buf, content)?;
        self.tell_records(record.len());
        Ok(record)
    }

    /// Gathers application data from several parts and seals it into `out`, in one pass and as
    /// many records as it needs; says how many bytes that made.
    ///
    /// # Errors
    ///
    /// As [`seal`](Self::seal).
    pub fn seal_from(
        &mut self,
        parts: &[impl Deref<Target = [u8]>],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.may_seal()?;
        let content_type = ContentType::application_data;
        let sealed = self.records.seal_from(content_type, parts, out)?;
        self.tell_records(sealed);
        Ok(sealed)
    }

    /// Tells the trace of records of application data; all but the last are full.
    fn tell_records(&self, sealed: usize) {
        if !self.tracer.is_on() {
            return;
        }
        let full = self.sealed_len(self.content_limit()).max(1);
        let mut left = sealed;
        while left > 0 {
            let length = left.min(full);
            left = left.saturating_sub(length);
            self.tracer.emit(|| Event::Record {
                direction: Direction::Sent,
                epoch: Epoch::Traffic,
                content_type: ContentType::application_data,
                length,
            });
        }
    }

    fn may_seal(&self) -> Result<(), Error> {
        if self.closed {
            return Err(Error::AlreadyClosed);
        }
        if !self.records.is_protected() {
            return Err(Error::NotEstablished);
        }
        if self.has_pending() {
            return Err(Error::TransmitFirst);
        }
        Ok(())
    }

    /// How many bytes wait to be transmitted: handshake messages and alerts. With CBC it may be a few less; what
    /// [`transmit`](Self::transmit) returns counts.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.flight.pending_len()
    }

    /// Whether anything waits to be transmitted.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        !self.flight.is_empty()
    }

    /// Moves waiting records to `out`, whole records only; says how many bytes that made.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] if `out` has no room for the next record, which changes nothing: room for
    /// [`pending`](Self::pending) bytes is always enough. Or if the key has protected all it may.
    pub fn transmit(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let sent = self.flight.transmit(&mut self.records, out)?;
        if sent == 0 && self.has_pending() {
            let (needed, room) = (self.pending(), out.len());
            return Err(RecordFault::NoRoom { needed, room }.into());
        }
        Ok(sent)
    }

    /// Says goodbye: after the close_notify nothing more is sent (RFC 5246 section 7.2.1).
    ///
    /// # Errors
    ///
    /// [`Error::Record`] if the key has protected all it may.
    pub fn close(&mut self) -> Result<(), Error> {
        if self.closed {
            return Ok(());
        }
        self.alert(AlertLevel::warning, AlertDescription::close_notify)?;
        self.closed = true;
        self.tracer.emit(|| Event::Closed {
            direction: Direction::Sent,
        });
        Ok(())
    }

    /// Does what a received record obliges us to.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] if the key has protected all it may.
    #[expect(clippy::needless_pass_by_value, reason = "a notice is good once")]
    pub fn oblige(&mut self, notice: Notice) -> Result<(), Error> {
        if self.closed {
            return Ok(());
        }
        self.alert(AlertLevel::warning, notice.0)
    }

    /// Tells the peer why the connection is over, as far as it is told; nothing is sent after it.
    pub fn fail(&mut self, error: &Error) {
        if self.closed {
            return;
        }
        if let Some(description) = error.alert() {
            // A key that is used up keeps a few records back for this; if even they are gone,
            // the peer sees the transport end.
            drop(self.alert(AlertLevel::fatal, description));
        }
        self.closed = true;
    }

    fn alert(&mut self, level: AlertLevel, description: AlertDescription) -> Result<(), Error> {
        let epoch = if self.records.is_protected() {
            Epoch::Traffic
        } else {
            Epoch::Plain
        };
        self.flight.alert(&mut self.records, level, description)?;
        let direction = Direction::Sent;
        self.tracer.emit(|| Event::Alert {
            direction,
            epoch,
            level,
            description,
        });
        Ok(())
    }

    /// Whether this side has said goodbye.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn message(&mut self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.flight.message(&mut self.records, bytes)?)
    }

    pub(super) fn change_cipher_spec(&mut self) -> Result<(), Error> {
        Ok(self.flight.change_cipher_spec(&mut self.records)?)
    }

    pub(super) fn install(&mut self, protection: Protection) -> Result<(), Error> {
        Ok(self.flight.install(&mut self.records, protection)?)
    }

    pub(super) fn set_version(&mut self, version: ProtocolVersion) {
        self.records.set_version(version);
    }

    pub(super) fn set_content_limit(&mut self, limit: usize) {
        self.records.set_content_limit(limit);
    }

    pub(super) fn set_fragment_limit(&mut self, limit: usize) {
        self.records.set_fragment_limit(limit);
    }
}
