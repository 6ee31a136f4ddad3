//! What goes in and what comes out: messages in, orders out.

use core::fmt;

use premaster_crypto::tls13::TrafficSecret;
use premaster_crypto::{DirectionKeys, MacOrder, Suite};
use premaster_trace::{Direction, Epoch};
use premaster_wire::{HandshakeType, ProtocolVersion, split_message};

use crate::{Error, Provisional};

/// One thing that the peer said, in the order in which it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// One whole handshake message, its 4-byte header included.
    Message(Message),
    /// The peer changes its cipher (RFC 5246 section 7.1).
    ChangeCipherSpec,
}

/// One whole handshake message: type, length, body.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// A message from its bytes, header included.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// Its type: the first byte.
    #[must_use]
    pub fn kind(&self) -> HandshakeType {
        HandshakeType(self.bytes.first().copied().unwrap_or_default())
    }

    /// All of it, header included.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its content, without the header.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.bytes.get(4..).unwrap_or_default()
    }

    /// How many bytes it has, header included.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the header says what follows it. A carrier that cuts messages by their headers
    /// hands over no other, but this crate takes messages from any.
    pub(crate) fn check_length(&self) -> Result<(), Error> {
        match split_message(&self.bytes) {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::from(error).during(name(self.kind()))),
        }
    }

    /// The message, read as `M`.
    ///
    /// # Errors
    ///
    /// [`Fault::Malformed`](crate::Fault::Malformed) with the field that could not be read.
    pub(crate) fn decode<'a, M: premaster_wire::Decode<'a>>(&'a self) -> Result<M, Error> {
        M::decode(self.body()).map_err(|error| Error::from(error).during(name(self.kind())))
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, {} bytes)", self.kind(), self.bytes.len())
    }
}

/// The RFC's name of a message, for errors.
pub(crate) fn name(kind: HandshakeType) -> &'static str {
    kind.name().unwrap_or("a handshake message of unknown type")
}

/// What the carrier shall do next. Orders are carried out in their order, before anything else
/// is read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Order {
    /// Send this handshake message under the keys in force.
    Send(Message),
    /// Send a ChangeCipherSpec record.
    ChangeCipherSpec,
    /// Use these keys from now on. No message may span the change.
    Install {
        /// For what we send or for what we receive.
        direction: Direction,
        /// What they protect.
        epoch: Epoch,
        /// The version that says how records are protected.
        version: ProtocolVersion,
        /// The suite that says with what.
        suite: &'static Suite,
        /// The keys, or what they come from.
        keys: Keys,
    },
    /// TLS 1.3: drop up to so many ChangeCipherSpec records from here on; 0: none any more
    /// (RFC 8446 section 5, RFC 8446 appendix D.4).
    DropChangeCipherSpecs(u32),
    /// Early data was refused: drop up to so many bytes of it, until the client's next flight can be read
    /// (RFC 8446 section 4.2.10).
    SkipEarlyData {
        /// Most bytes of plaintext that are dropped.
        limit: usize,
    },
    /// The keys just installed for [`Epoch::EarlyData`] may protect so many bytes of application data: a client sends
    /// them, a server receives them (RFC 8446 section 4.2.10).
    EarlyData {
        /// Most bytes of plaintext.
        limit: usize,
    },
    /// Our Finished has gone: application data may be sent under the keys that were installed for it, before the peer's
    /// Finished has come (RFC 8446 section 4.4.4, RFC 7918). None is received.
    DataBeforeFinished(Box<Provisional>),
    /// Keep protected records within these sizes (RFC 8449 section 4).
    LimitRecords {
        /// Most plaintext bytes in a record that we send.
        send: usize,
        /// Most plaintext bytes in a record that we receive.
        receive: usize,
    },
    /// Keep all records within this size, protected or not, in both directions: most plaintext bytes
    /// (RFC 6066 section 4).
    LimitFragments(usize),
    /// From here on records carry exactly this version (RFC 5246 section 6.2.1). Not in TLS 1.3, whose records carry
    /// that of TLS 1.2.
    FixVersion(ProtocolVersion),
}

/// With what one direction is protected.
#[derive(Debug)]
pub enum Keys {
    /// A part of the key block (RFC 5246 section 6.3).
    Block {
        /// The keys.
        keys: DirectionKeys,
        /// For a CBC suite: what comes first (RFC 7366).
        mac_order: MacOrder,
    },
    /// A traffic secret: keys come from it, and the secret after it (RFC 8446 section 7.2).
    Secret(TrafficSecret),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// property 1: whatever carries messages, a header that says less or more than there is ends the handshake.
    #[test]
    fn a_message_is_as_long_as_its_header_says() {
        assert!(Message::new(vec![20, 0, 0, 1, 7]).check_length().is_ok());
        let wrong: [&[u8]; 5] = [
            &[20, 0, 0, 2, 7],
            &[20, 0, 0, 0, 7],
            &[20, 1, 0, 1, 7],
            &[20, 0, 0],
            &[],
        ];
        for bytes in wrong {
            let error = Message::new(bytes.to_vec()).check_length().unwrap_err();
            assert_eq!(error.fault(), crate::Fault::Malformed, "{bytes:?}");
        }
        let error = Message::new(vec![20, 0, 0, 2, 7])
            .check_length()
            .unwrap_err();
        assert_eq!(error.step(), "finished");
        assert_eq!(
            name(HandshakeType(99)),
            "a handshake message of unknown type"
        );
    }
}
