//! Records through a `RecordOpener`, in pieces: any split gives the same result (property 23).
//!
//! Byte 0 picks the protection, byte 1 what is tolerated and limited, byte 2 how the stream is cut. The rest makes the
//! stream: bytes as they are, records that were sealed, records that were sealed and then altered.

use premaster_crypto::{DirectionKeys, MacOrder, SecretBytes, Suite, suite_named};
use premaster_record::{Inbox, Opened, Protection, RecordFault, RecordOpener, RecordSealer};
use premaster_wire::{ContentType, ProtocolVersion};

use crate::{fixed::PROVIDER, input::Input};

/// The longest handshake message that the inboxes take.
const LONGEST_MESSAGE: usize = 600;

/// What came out of an opener, in order.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Record(ContentType, ProtocolVersion, Vec<u8>),
    Dropped,
    Fault(RecordFault),
}

/// How an opener is set up.
#[derive(Clone, Copy)]
struct Setup {
    protection: u8,
    options: u8,
}

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    let mut input = Input(input);
    let setup = Setup {
        protection: input.byte() % 6,
        options: input.byte(),
    };
    let cut = usize::from(input.byte()) + 1;
    let stream = Stream::of(setup, input);

    let whole = open(setup, &stream.bytes, |_| usize::MAX);
    assert_eq!(whole, open(setup, &stream.bytes, |_| cut));
    assert_eq!(whole, open(setup, &stream.bytes, |_| 1));
    assert_eq!(whole, open(setup, &stream.bytes, |missing| missing));
    if setup.options & 0x3f == 0 {
        let begin = whole.iter().take(stream.honest.len());
        assert!(begin.eq(&stream.honest), "what is sealed opens: {whole:?}");
    }
    reassemble(&whole, cut);
}

impl Setup {
    /// The same keys for sealer and opener.
    fn protection(self) -> Option<Protection> {
        let (name, order, version) = match self.protection {
            1 => (
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                MacOrder::MacThenEncrypt,
                12,
            ),
            2 => (
                "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                MacOrder::MacThenEncrypt,
                12,
            ),
            3 => (
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                MacOrder::MacThenEncrypt,
                12,
            ),
            4 => (
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                MacOrder::EncryptThenMac,
                12,
            ),
            5 => ("TLS_AES_128_GCM_SHA256", MacOrder::MacThenEncrypt, 13),
            _ => return None,
        };
        let version = match version {
            12 => ProtocolVersion::TLSv1_2,
            _ => ProtocolVersion::TLSv1_3,
        };
        let suite = suite_named(name).expect("a suite of the table");
        let made = Protection::new(&PROVIDER, suite, version, order, keys(suite));
        Some(made.expect("keys of the right lengths"))
    }

    fn opener(self) -> RecordOpener {
        let option = |bit: u8| self.options & bit != 0;
        let mut opener = RecordOpener::new();
        if let Some(protection) = self.protection() {
            opener.install(protection);
        }
        if option(0x01) {
            opener.drop_change_cipher_specs(2);
        }
        if option(0x02) {
            opener.skip_early_data(100);
        }
        if option(0x04) {
            opener.accept_plain_alerts();
        }
        if option(0x08) {
            opener.set_content_limit(64);
        }
        if option(0x10) {
            opener.set_fragment_limit(100);
        }
        if option(0x20) {
            opener.set_version(ProtocolVersion::TLSv1_2);
        }
        opener
    }
}

fn keys(suite: &Suite) -> DirectionKeys {
    let shape = suite.key_block_shape();
    let bytes = |length| SecretBytes::new(&vec![7; length]);
    DirectionKeys {
        mac_key: bytes(shape.mac_key_len),
        key: bytes(shape.key_len),
        iv: bytes(shape.fixed_iv_len),
    }
}

/// What the peer sends, and what of it must come out.
struct Stream {
    bytes: Vec<u8>,
    /// The records in front that nobody has touched.
    honest: Vec<Event>,
}

impl Stream {
    fn of(setup: Setup, mut input: Input<'_>) -> Self {
        let mut sealer = RecordSealer::new();
        sealer.set_version(ProtocolVersion::TLSv1_2);
        if let Some(protection) = setup.protection() {
            sealer.install(protection);
        }
        let mut stream = Self {
            bytes: Vec::new(),
            honest: Vec::new(),
        };
        let mut is_honest = true;
        while !input.is_empty() {
            let operation = input.byte();
            let length = usize::from(input.byte());
            if operation < 0x60 {
                stream.bytes.extend_from_slice(input.take(length));
                is_honest = false;
                continue;
            }
            let content_type = ContentType([21, 22, 23][usize::from(operation % 3)]);
            let content = input.take(length.max(1));
            let mut record = vec![0; sealer.sealed_len(content.len())];
            // Without keys there is no application data.
            let sealed = sealer.seal_from(content_type, &[content], &mut record);
            if content.is_empty() || sealed.is_err() {
                continue;
            }
            if operation >= 0xc0 {
                let place = input.number() % record.len();
                record[place] ^= input.byte();
                is_honest = false;
            } else if is_honest {
                let version = ProtocolVersion::TLSv1_2;
                let event = Event::Record(content_type, version, content.to_vec());
                stream.honest.push(event);
            }
            stream.bytes.extend(record);
        }
        stream
    }
}

/// All that an opener makes of the stream, if it comes in pieces of these lengths. `piece` is told how much is missing.
fn open(setup: Setup, stream: &[u8], piece: impl Fn(usize) -> usize) -> Vec<Event> {
    let mut opener = setup.opener();
    let (mut buf, mut rest) = (Vec::new(), stream);
    let mut events = Vec::new();
    loop {
        let held = buf.len();
        let consumed = match opener.open(&mut buf) {
            Err(fault) => {
                assert_eq!(opener.open(&mut []), Err(fault), "a fault is final");
                events.push(Event::Fault(fault));
                return events;
            }
            Ok(Opened::More { missing }) => {
                assert!(missing > 0, "no progress");
                if rest.is_empty() {
                    return events;
                }
                let (now, later) = rest.split_at(piece(missing).min(rest.len()));
                buf.extend_from_slice(now);
                rest = later;
                continue;
            }
            Ok(Opened::Dropped { consumed }) => {
                events.push(Event::Dropped);
                consumed
            }
            Ok(Opened::Record {
                content_type,
                version,
                payload,
                consumed,
            }) => {
                assert!(payload.len() + 5 <= consumed);
                events.push(Event::Record(content_type, version, payload.to_vec()));
                consumed
            }
        };
        assert!((5..=held).contains(&consumed));
        buf.drain(..consumed);
    }
}

/// The handshake messages in the records are the same, however the records were cut.
fn reassemble(events: &[Event], cut: usize) {
    let (mut whole, mut split) = (Inbox::new(LONGEST_MESSAGE), Inbox::new(LONGEST_MESSAGE));
    let (mut of_whole, mut of_split) = (Vec::new(), Vec::new());
    for event in events {
        let Event::Record(ContentType::handshake, _, payload) = event else {
            continue;
        };
        let pushed = whole.push(payload);
        of_whole.extend(std::iter::from_fn(|| whole.next_message()));
        let mut in_pieces = Ok(());
        for piece in payload.chunks(cut) {
            in_pieces = in_pieces.and_then(|()| split.push(piece));
            of_split.extend(std::iter::from_fn(|| split.next_message()));
        }
        assert_eq!(pushed, in_pieces);
        if pushed.is_err() {
            // What a record announces too much of, it does not hand out what was before; pieces may have.
            assert!(of_split.starts_with(&of_whole));
            return;
        }
        assert_eq!(of_whole, of_split);
        assert_eq!(whole.has_partial(), split.has_partial());
    }
}
