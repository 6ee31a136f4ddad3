//! What goes out: handshake flights, alerts, application data sealed in place.

use core::ops::{Deref, Range};

use premaster_crypto::Side;
use premaster_handshake::Direction;
use premaster_record::{Flight, Margins, Padding, RecordFault, RecordSealer};
use premaster_trace::{Epoch, Event, Tracer};
use premaster_wire::tls13::KeyUpdate;
use premaster_wire::{
    AlertDescription, AlertLevel, ContentType, KeyUpdateRequest, ProtocolVersion, encode_message,
};

use super::early_data::EarlyDataBudget;
use super::requests::Requests;
use super::shape::Shape;
use super::traffic::{NewKeys, Traffic};
use crate::Error;

/// The sending half of a connection.
///
/// After [`Connection::split`](super::Connection::split) it shares nothing with the [`Opener`](super::Opener) but a count
/// of the KeyUpdates that were asked for, and needs no lock: the two may live on two threads.
#[derive(Debug)]
pub struct Sealer {
    side: Side,
    records: RecordSealer,
    flight: Flight,
    /// What protects records now.
    epoch: Epoch,
    /// Of application data in TLS 1.3: for KeyUpdate.
    pub(super) traffic: Option<Traffic>,
    /// What may go under the keys of early data.
    early_data: Option<EarlyDataBudget>,
    /// A KeyUpdate waits to be transmitted.
    updating: bool,
    /// KeyUpdates that we have asked for.
    requests: Requests,
    header_version: HeaderVersion,
    closed: bool,
    /// Why there are no new keys, if there are none.
    error: Option<Error>,
    tracer: Tracer,
}

/// How the version in record headers comes about (RFC 8446 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeaderVersion {
    /// The first ClientHello comes next: old servers expect the oldest version.
    First,
    /// Whatever comes next says TLS 1.2, as long as nothing else is agreed on.
    Next,
    /// It is settled.
    Settled,
}

/// Something that was received obliges this side to send. Hand it to [`Sealer::oblige`].
///
/// Two that are equal oblige to no more than one does.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the peer waits for an answer: hand this to the Sealer"]
pub struct Notice(Duty);

#[derive(Debug, PartialEq, Eq)]
enum Duty {
    /// An alert, as a warning.
    Warn(AlertDescription),
    /// A KeyUpdate, before the next application data (RFC 8446 section 4.6.3).
    UpdateKeys,
}

impl Notice {
    pub(super) const NO_RENEGOTIATION: Self = Self(Duty::Warn(AlertDescription::no_renegotiation));
    pub(super) const KEY_UPDATE: Self = Self(Duty::UpdateKeys);
}

impl Sealer {
    pub(super) fn new(side: Side, shape: Shape, requests: Requests, tracer: Tracer) -> Self {
        Self {
            side,
            records: shape.sealer(),
            flight: Flight::new(),
            epoch: Epoch::Plain,
            traffic: None,
            early_data: None,
            updating: false,
            requests,
            header_version: match side {
                Side::Client => HeaderVersion::First,
                Side::Server => HeaderVersion::Next,
            },
            closed: false,
            error: None,
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
    /// protected all it may. Nothing is changed then. [`Error::Handshake`] if the last record was due for another key and
    /// none could be made: nothing but the alert is sent after that.
    pub fn seal(&mut self, buf: &mut [u8], content: Range<usize>) -> Result<Range<usize>, Error> {
        self.may_seal(Epoch::Traffic)?;
        let record = self
            .records
            .seal(ContentType::application_data, buf, content)?;
        self.sealed(record.len());
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
        self.may_seal(Epoch::Traffic)?;
        let sealed = self
            .records
            .seal_from(ContentType::application_data, parts, out)?;
        self.sealed(sealed);
        Ok(sealed)
    }

    /// How many bytes of early data may still be sent; `None` if there is none to be sent now.
    pub(super) fn early_data_limit(&self) -> Option<usize> {
        match self.closed {
            true => None,
            false => self.early_data.map(EarlyDataBudget::left),
        }
    }

    pub(super) fn seal_early(
        &mut self,
        buf: &mut [u8],
        content: Range<usize>,
    ) -> Result<Range<usize>, Error> {
        let after = self.after_early(content.len())?;
        let record = self
            .records
            .seal(ContentType::application_data, buf, content)?;
        self.early_data = Some(after);
        self.sealed(record.len());
        Ok(record)
    }

    pub(super) fn seal_early_from(
        &mut self,
        parts: &[impl Deref<Target = [u8]>],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let length = parts
            .iter()
            .fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        let after = self.after_early(length)?;
        let sealed = self
            .records
            .seal_from(ContentType::application_data, parts, out)?;
        self.early_data = Some(after);
        self.sealed(sealed);
        Ok(sealed)
    }

    /// What is left when so many bytes of early data are sent, if they may be.
    fn after_early(&self, length: usize) -> Result<EarlyDataBudget, Error> {
        let mut early_data = self.early_data.ok_or(Error::NoEarlyData)?;
        self.may_seal(Epoch::EarlyData)?;
        early_data.spend(length)?;
        Ok(early_data)
    }

    /// Application data was sealed into so many bytes of records.
    fn sealed(&mut self, sealed: usize) {
        self.tell_records(sealed);
        if self.traffic.is_some() && self.records.is_key_update_due() {
            // If the key is used up even for that, the next record says so. Any other error is kept: these records are
            // good.
            drop(self.update_keys(false));
        }
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
                epoch: self.epoch,
                content_type: ContentType::application_data,
                length,
            });
        }
    }

    fn may_seal(&self, epoch: Epoch) -> Result<(), Error> {
        if self.closed {
            return Err(self.error.clone().unwrap_or(Error::AlreadyClosed));
        }
        if self.epoch != epoch {
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
        // It may be among what has gone. If it is not, one more does no harm.
        self.updating &= sent == 0;
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
        match notice.0 {
            Duty::Warn(description) => self.alert(AlertLevel::warning, description),
            // One KeyUpdate answers all that have come so far (RFC 8446 section 4.6.3).
            Duty::UpdateKeys if self.updating => Ok(()),
            Duty::UpdateKeys => self.update_keys(false),
        }
    }

    /// Changes the keys of what we send, by a KeyUpdate that waits to be transmitted (RFC 8446 section 4.6.3). With
    /// `request`, the peer changes its own keys too.
    ///
    /// Only TLS 1.3 can do that. Before a key has protected as many records as it may, it is done without being asked
    /// for: [`TransmitFirst`](Error::TransmitFirst) then meets who seals on.
    ///
    /// # Errors
    ///
    /// [`Error::NoKeyUpdate`] without TLS 1.3, [`Error::AlreadyClosed`] after [`close`](Self::close),
    /// [`Error::Record`] if the key has protected all it may; nothing is changed then. [`Error::Handshake`] if no key
    /// could be made: nothing but the alert is sent after that.
    pub fn update_keys(&mut self, request: bool) -> Result<(), Error> {
        if self.closed {
            return Err(Error::AlreadyClosed);
        }
        if self.traffic.is_none() {
            return Err(Error::NoKeyUpdate);
        }
        self.flight.seal_messages(&mut self.records)?;
        if self.records.remaining() == Some(0) {
            return Err(RecordFault::KeyExhausted.into());
        }
        let changed = self.change_keys(request);
        changed.inspect_err(|error| {
            self.fail(error);
            self.error = Some(error.clone());
        })
    }

    /// First the keys, then the word of them: a peer that hears of keys that we have not is lost to us.
    fn change_keys(&mut self, request: bool) -> Result<(), Error> {
        let Some(traffic) = self.traffic.take() else {
            return Err(Error::NoKeyUpdate);
        };
        let mut traffic = traffic.next();
        let protection = traffic.protection()?;
        let request_update = match request {
            true => KeyUpdateRequest::update_requested,
            false => KeyUpdateRequest::update_not_requested,
        };
        let message = encode_message(&KeyUpdate { request_update })
            .map_err(premaster_handshake::Error::from)?;
        self.flight.message(&mut self.records, &message)?;
        let direction = Direction::Sent;
        self.tracer.emit(|| Event::Message {
            direction,
            epoch: self.epoch,
            bytes: &message,
        });
        self.flight.install(&mut self.records, protection)?;
        traffic.tell(&self.tracer, (self.side, direction), request);
        self.traffic = Some(traffic);
        self.updating = true;
        if request {
            self.requests.add();
        }
        Ok(())
    }

    /// Hides the lengths of records from now on, at the cost of longer ones (RFC 8446 section 5.4). Only TLS 1.3 can do
    /// that: elsewhere nothing happens.
    ///
    /// [`content_limit`](Self::content_limit) and [`margins`](Self::margins) may change with it.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] if the key has protected all it may.
    pub fn set_padding(&mut self, padding: Padding) -> Result<(), Error> {
        self.flight.seal_messages(&mut self.records)?;
        self.records.set_padding(padding);
        Ok(())
    }

    /// Another configuration says what records look like.
    pub(super) fn set_shape(&mut self, shape: Shape) -> Result<(), Error> {
        self.flight.seal_messages(&mut self.records)?;
        shape.apply(&mut self.records);
        Ok(())
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

    pub(super) fn alert(
        &mut self,
        level: AlertLevel,
        description: AlertDescription,
    ) -> Result<(), Error> {
        let epoch = self.epoch;
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

    /// Nothing follows a close_notify (RFC 8446 section 6.1), whoever orders it.
    pub(super) fn message(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.closed {
            return Err(Error::AlreadyClosed);
        }
        self.settle_version()?;
        Ok(self.flight.message(&mut self.records, bytes)?)
    }

    pub(super) fn change_cipher_spec(&mut self) -> Result<(), Error> {
        self.settle_version()?;
        Ok(self.flight.change_cipher_spec(&mut self.records)?)
    }

    /// All records but a first ClientHello's say TLS 1.2, unless an older version was agreed on (RFC 8446 section 5.1).
    fn settle_version(&mut self) -> Result<(), Error> {
        let before = self.header_version;
        if before == HeaderVersion::Next {
            self.flight.seal_messages(&mut self.records)?;
            self.records.set_version(ProtocolVersion::TLSv1_2);
        }
        self.header_version = match before {
            HeaderVersion::First => HeaderVersion::Next,
            HeaderVersion::Next | HeaderVersion::Settled => HeaderVersion::Settled,
        };
        Ok(())
    }

    pub(super) fn install(&mut self, keys: NewKeys) -> Result<(), Error> {
        self.flight.install(&mut self.records, keys.protection)?;
        self.epoch = keys.epoch;
        self.traffic = keys.traffic;
        self.early_data = None;
        Ok(())
    }

    /// Goes on without keys: a second ClientHello has none, and what early data was sent is lost
    /// (RFC 8446 section 4.1.2, RFC 8446 section 4.2.10).
    pub(super) fn uninstall(&mut self) -> Result<(), Error> {
        self.flight.uninstall(&mut self.records)?;
        self.epoch = Epoch::Plain;
        self.early_data = None;
        Ok(())
    }

    /// So many bytes of early data may go under the keys that were just installed; none: no more may, whatever was left.
    pub(super) fn allow_early_data(&mut self, limit: usize) {
        self.early_data = (limit > 0).then(|| EarlyDataBudget::new(limit));
    }

    /// What protects what we send.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(super) fn set_version(&mut self, version: ProtocolVersion) {
        self.header_version = HeaderVersion::Settled;
        self.records.set_version(version);
    }

    pub(super) fn set_content_limit(&mut self, limit: usize) {
        self.records.set_content_limit(limit);
    }

    pub(super) fn set_fragment_limit(&mut self, limit: usize) {
        self.records.set_fragment_limit(limit);
    }
}

#[cfg(test)]
mod tests;
