//! A handshake of ours with records around it: what it sends as bytes, what it is sent as messages.

use std::sync::Arc;

use premaster_crypto::{MacOrder, Provider, Side};
use premaster_handshake::{Direction, Handshake, Incoming, Keys, Message, Order, Question};
use premaster_record::{Flight, Inbox, Opened, Protection, RecordOpener, RecordSealer};
use premaster_trace::Epoch;
use premaster_wire::{ContentType, ProtocolVersion};

/// Keys as they were installed: direction, epoch, `write_key`, `write_iv`.
pub(crate) type Installed = (Direction, Epoch, Vec<u8>, Vec<u8>);

/// Carries out the orders of a handshake.
pub(crate) struct Carrier {
    pub(crate) handshake: Handshake,
    /// All keys so far.
    pub(crate) installed: Vec<Installed>,
    provider: Arc<Provider>,
    sealer: RecordSealer,
    opener: RecordOpener,
    flight: Flight,
    /// Messages that nobody has taken.
    pub(crate) inbox: Inbox,
    sent: Vec<u8>,
}

impl Carrier {
    pub(crate) fn new(side: Side, handshake: Handshake, provider: Arc<Provider>) -> Self {
        let mut sealer = RecordSealer::new();
        if side == Side::Server {
            sealer.set_version(ProtocolVersion::TLSv1_2);
        }
        Self {
            handshake,
            installed: Vec::new(),
            provider,
            sealer,
            opener: RecordOpener::new(),
            flight: Flight::new(),
            inbox: Inbox::new(1 << 16),
            sent: Vec::new(),
        }
    }

    /// Does all that can be done until `answer` has no more to answer.
    pub(crate) fn settle(&mut self, mut answer: impl FnMut(&mut Handshake, Question)) {
        loop {
            if let Some(order) = self.handshake.next_order() {
                self.carry_out(order);
            } else if let Some(question) = self.handshake.next_question() {
                answer(&mut self.handshake, question);
            } else if let Some(message) = self.next_message() {
                let message = Message::new(message);
                self.handshake.deliver(Incoming::Message(message));
            } else {
                return;
            }
        }
    }

    fn next_message(&mut self) -> Option<Vec<u8>> {
        match self.handshake.awaits_message() {
            true => self.inbox.next_message(),
            false => None,
        }
    }

    fn carry_out(&mut self, order: Order) {
        let (flight, sealer) = (&mut self.flight, &mut self.sealer);
        match order {
            Order::Send(message) => flight.message(sealer, message.bytes()).expect("sealed"),
            Order::ChangeCipherSpec => flight.change_cipher_spec(sealer).expect("sealed"),
            Order::Install {
                direction,
                epoch,
                version,
                suite,
                keys: Keys::Secret(mut secret),
            } => {
                let keys = secret.keys(suite).expect("keys of the suite");
                let bytes = (keys.key.as_bytes().to_vec(), keys.iv.as_bytes().to_vec());
                self.installed.push((direction, epoch, bytes.0, bytes.1));
                let order = MacOrder::MacThenEncrypt;
                let protection = Protection::new(&self.provider, suite, version, order, keys);
                let protection = protection.expect("keys that fit");
                match direction {
                    Direction::Sent => flight.install(sealer, protection).expect("sealed"),
                    Direction::Received => {
                        let installed = self.opener.install_after(&self.inbox, protection);
                        installed.expect("no message spans it");
                    }
                }
            }
            Order::DropChangeCipherSpecs(count) => self.opener.drop_change_cipher_specs(count),
            Order::LimitRecords { send, receive } => {
                sealer.set_content_limit(send);
                self.opener.set_content_limit(receive);
            }
            Order::EarlyData { .. } | Order::DataBeforeFinished(_) | Order::FixVersion(_) => {}
            other => panic!("not in TLS 1.3, or not in these traces: {other:?}"),
        }
    }

    /// All records that wait to be sent.
    pub(crate) fn take_sent(&mut self) -> Vec<u8> {
        while !self.flight.is_empty() || self.flight.pending_len() > 0 {
            let mut out = vec![0; self.flight.pending_len()];
            let sent = self
                .flight
                .transmit(&mut self.sealer, &mut out)
                .expect("sealed");
            self.sent.extend_from_slice(&out[..sent]);
            // What follows the first ClientHello says TLS 1.2 (RFC 8446 section 5.1).
            self.sealer.set_version(ProtocolVersion::TLSv1_2);
        }
        core::mem::take(&mut self.sent)
    }

    /// One record with this content.
    pub(crate) fn seal(&mut self, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        let mut out = vec![0; self.sealer.sealed_len(content.len())];
        let sealed = self.sealer.seal_from(content_type, &[content], &mut out);
        out.truncate(sealed.expect("sealed"));
        out
    }

    /// Takes one record; returns its type and content, if it is not one to be passed over.
    pub(crate) fn open(&mut self, record: &[u8]) -> Option<(ContentType, Vec<u8>)> {
        let mut record = record.to_vec();
        match self.opener.open(&mut record).expect("a record that opens") {
            Opened::Record {
                content_type,
                payload,
                ..
            } => {
                if content_type == ContentType::handshake {
                    self.inbox.push(payload).expect("messages");
                }
                Some((content_type, payload.to_vec()))
            }
            Opened::Dropped { .. } => None,
            Opened::More { .. } => panic!("a whole record"),
        }
    }
}
