//! The traces themselves: messages, secrets and records in the order in which they went over the wire.
//!
//! The vectors lie where they are tested one by one: messages and secrets with the key schedule, protected records with
//! the protection of records.

use premaster_crypto::Side;
use premaster_trace::Epoch;
use premaster_wire::{
    ClientHello, ClientHelloExtension, ContentType, Decode, HandshakeType, NamedGroup,
    NewSessionTicketExtension, ServerHello, ServerHelloExtension, tls13::NewSessionTicket,
};

use crate::support::{Entry, hex};

const MESSAGES: &str = include_str!("../../../crypto/vectors/tls13-rfc8448.txt");
const RECORDS: &str = include_str!("../../../record/vectors/tls13_rfc8448.txt");

/// One of the five handshakes.
#[derive(Debug)]
pub(crate) struct Trace {
    /// The section of RFC 8448: 3 to 7.
    pub(crate) section: u8,
    entry: Entry<'static>,
    /// All records of both sides, in order.
    pub(crate) records: Vec<Record>,
}

/// A record as it went over the wire, and what it holds.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) sender: Side,
    pub(crate) epoch: Epoch,
    pub(crate) content_type: ContentType,
    pub(crate) content: Vec<u8>,
    /// All of it, header included.
    pub(crate) bytes: Vec<u8>,
    /// `write_key` and `write_iv`, where there are any.
    pub(crate) keys: Option<(Vec<u8>, Vec<u8>)>,
}

/// One side's half of a key exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) group: NamedGroup,
    pub(crate) public: Vec<u8>,
}

impl Trace {
    /// All five.
    pub(crate) fn all() -> Vec<Self> {
        let entries = Entry::read(MESSAGES).into_iter();
        entries
            .zip(3..)
            .map(|(entry, section)| Self::new(section, entry))
            .collect()
    }

    fn new(section: u8, entry: Entry<'static>) -> Self {
        let name = format!("RFC 8448 section {section}, ");
        assert!(entry.text("trace").starts_with(&name));
        let mut trace = Self {
            section,
            entry,
            records: Vec::new(),
        };
        let protected = protected_records(section);
        let (early, later) = protected
            .into_iter()
            .partition::<Vec<_>, _>(|record| record.content == b"ABCDEF");
        trace.records = [trace.hellos(early), trace.compatible(later)].concat();
        trace
    }

    /// The records up to the ServerHello: with early data behind the first ClientHello, and the server's ChangeCipherSpec
    /// behind the first message of its own (RFC 8446 appendix D.4).
    fn hellos(&self, early: Vec<Record>) -> Vec<Record> {
        let plain = |sender, name, version| {
            let content = self.entry.bytes(name);
            Record::plain(sender, ContentType::handshake, version, content)
        };
        let mut records = Vec::new();
        if self.retries() {
            records.push(plain(Side::Client, "client_hello_1", 1));
            records.push(plain(Side::Server, "hello_retry_request", 3));
            records.push(plain(Side::Client, "client_hello", 3));
        } else {
            records.push(plain(Side::Client, "client_hello", 1));
        }
        records.extend(early);
        records.push(plain(Side::Server, "server_hello", 3));
        records.extend(self.change_cipher_spec(Side::Server));
        records
    }

    /// The records behind the ServerHello: a client's ChangeCipherSpec stands before its second flight.
    fn compatible(&self, protected: Vec<Record>) -> Vec<Record> {
        let mut spec = self.change_cipher_spec(Side::Client);
        let mut records = Vec::new();
        for record in protected {
            if record.sender == Side::Client {
                records.extend(spec.take());
            }
            records.push(record);
        }
        records
    }

    fn change_cipher_spec(&self, sender: Side) -> Option<Record> {
        let compatible = !self.session_id().is_empty();
        compatible.then(|| Record::plain(sender, ContentType::change_cipher_spec, 3, vec![1]))
    }

    /// Whether the server asks for another ClientHello.
    pub(crate) fn retries(&self) -> bool {
        self.retry_request().is_some()
    }

    /// The HelloRetryRequest, header included.
    pub(crate) fn retry_request(&self) -> Option<Vec<u8>> {
        self.secret("hello_retry_request")
    }

    /// Whether a session is resumed, and early data sent.
    pub(crate) fn resumes(&self) -> bool {
        self.entry.find("psk").is_some()
    }

    /// A secret, or whatever else the file has under a name.
    pub(crate) fn secret(&self, name: &str) -> Option<Vec<u8>> {
        self.entry.find(name).map(hex)
    }

    /// All handshake messages of one side, in order, headers included.
    pub(crate) fn messages(&self, sender: Side) -> Vec<Vec<u8>> {
        let of_sender = |record: &&Record| {
            record.sender == sender && record.content_type == ContentType::handshake
        };
        let records = self.records.iter().filter(of_sender);
        records.flat_map(|record| split(&record.content)).collect()
    }

    /// The first message of this type that this side sends.
    pub(crate) fn message(&self, sender: Side, kind: HandshakeType) -> Option<Vec<u8>> {
        let messages = self.messages(sender).into_iter();
        messages.into_iter().find(|message| message[0] == kind.0)
    }

    /// The ClientHellos: one, or two.
    pub(crate) fn client_hellos(&self) -> Vec<Vec<u8>> {
        let hello = |message: &Vec<u8>| message[0] == HandshakeType::client_hello.0;
        self.messages(Side::Client)
            .into_iter()
            .filter(hello)
            .collect()
    }

    /// The client's random: the same in both ClientHellos.
    pub(crate) fn client_random(&self) -> [u8; 32] {
        let hello = self.entry.bytes("client_hello");
        ClientHello::decode(&hello[4..])
            .expect("a ClientHello")
            .random
            .0
    }

    /// The client's legacy_session_id.
    pub(crate) fn session_id(&self) -> Vec<u8> {
        let hello = self.entry.bytes("client_hello");
        let hello = ClientHello::decode(&hello[4..]).expect("a ClientHello");
        hello.session_id.to_vec()
    }

    /// The server's random.
    pub(crate) fn server_random(&self) -> [u8; 32] {
        let hello = self.entry.bytes("server_hello");
        ServerHello::decode(&hello[4..])
            .expect("a ServerHello")
            .random
            .0
    }

    /// The shares of all ClientHellos, in order.
    pub(crate) fn client_shares(&self) -> Vec<Share> {
        let mut shares = Vec::new();
        for hello in self.client_hellos() {
            let hello = ClientHello::decode(&hello[4..]).expect("a ClientHello");
            for extension in hello.extensions() {
                if let ClientHelloExtension::KeyShare(entries) = extension {
                    shares.extend(entries.iter().map(|entry| Share {
                        group: entry.group,
                        public: entry.key_exchange.to_vec(),
                    }));
                }
            }
        }
        shares
    }

    /// The ticket that the server issues, if it does.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        let message = self.message(Side::Server, HandshakeType::new_session_ticket)?;
        let message = NewSessionTicket::decode(&message[4..]).expect("a NewSessionTicket");
        let early_data = message
            .extensions
            .iter()
            .find_map(|extension| match extension {
                NewSessionTicketExtension::EarlyData(most) => Some(most),
                _ => None,
            });
        Some(Ticket {
            lifetime: message.ticket_lifetime,
            age_add: message.ticket_age_add,
            ticket: message.ticket.to_vec(),
            early_data: early_data.unwrap_or_default(),
        })
    }

    /// The server's share.
    pub(crate) fn server_share(&self) -> Share {
        let hello = self.entry.bytes("server_hello");
        let hello = ServerHello::decode(&hello[4..]).expect("a ServerHello");
        let share = hello
            .extensions()
            .iter()
            .find_map(|extension| match extension {
                ServerHelloExtension::KeyShare(entry) => Some(Share {
                    group: entry.group,
                    public: entry.key_exchange.to_vec(),
                }),
                _ => None,
            });
        share.expect("a share")
    }
}

/// A NewSessionTicket (RFC 8446 section 4.6.1).
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) lifetime: u32,
    pub(crate) age_add: u32,
    pub(crate) ticket: Vec<u8>,
    /// Most bytes of early data.
    pub(crate) early_data: u32,
}

impl Record {
    fn plain(sender: Side, content_type: ContentType, version: u8, content: Vec<u8>) -> Self {
        let [high, low] = (content.len() as u16).to_be_bytes();
        let bytes = [&[content_type.0, 3, version, high, low], &content[..]].concat();
        Self {
            sender,
            epoch: Epoch::Plain,
            content_type,
            content,
            bytes,
            keys: None,
        }
    }

    /// Makes the record another one.
    pub(crate) fn change_last_byte(&mut self) {
        let last = self.bytes.last_mut().expect("a header at least");
        *last ^= 1;
        if self.epoch == Epoch::Plain {
            self.content = self.bytes[5..].to_vec();
        }
    }

    /// Reads `section sender epoch key IV sequence type content record`.
    fn protected(line: &'static str) -> (u8, Self) {
        let fields: Vec<_> = line.split(' ').collect();
        let [
            section,
            sender,
            epoch,
            key,
            iv,
            _,
            content_type,
            content,
            bytes,
        ] = fields[..]
        else {
            panic!("nine fields, not {line}");
        };
        let record = Self {
            sender: match sender {
                "client" => Side::Client,
                _ => Side::Server,
            },
            epoch: match epoch {
                "early" => Epoch::EarlyData,
                "handshake" => Epoch::Handshake,
                _ => Epoch::Traffic,
            },
            content_type: ContentType(content_type.parse().expect("a content type")),
            content: hex(content),
            bytes: hex(bytes),
            keys: Some((hex(key), hex(iv))),
        };
        (section.parse().expect("a section"), record)
    }
}

fn protected_records(section: u8) -> Vec<Record> {
    let lines = RECORDS.lines().filter(|line| !line.starts_with('#'));
    let records = lines.map(Record::protected);
    let of_section = records.filter(|(number, _)| *number == section);
    of_section.map(|(_, record)| record).collect()
}

/// The handshake messages in a record: none of the traces has one that spans two.
pub(crate) fn split(mut content: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let [_, high, middle, low, ..] = *content {
        let length = 4 + u32::from_be_bytes([0, high, middle, low]) as usize;
        let (message, rest) = content.split_at(length);
        messages.push(message.to_vec());
        content = rest;
    }
    messages
}

/// What is in the two files is one and the same: the messages around which secrets were computed are those in the records.
#[test]
fn the_records_hold_the_messages() {
    let traces = Trace::all();
    assert_eq!(traces.len(), 5);
    for trace in &traces {
        for (side, name) in [
            (Side::Client, "client_flight"),
            (Side::Server, "server_flight"),
        ] {
            let hello = match side {
                Side::Client => trace.client_hellos(),
                Side::Server => trace
                    .message(side, HandshakeType::server_hello)
                    .into_iter()
                    .collect(),
            };
            let skipped = hello.len() + usize::from(side == Side::Server && trace.retries());
            let rest = trace.messages(side).into_iter().skip(skipped);
            let ticket = |message: &Vec<u8>| message[0] != HandshakeType::new_session_ticket.0;
            let flight: Vec<_> = rest.filter(ticket).flatten().collect();
            assert_eq!(flight, trace.entry.bytes(name), "section {}", trace.section);
        }
    }
}

/// How the RFC tells the stories: who sends which kind of record when.
#[test]
fn the_records_come_in_the_order_of_the_rfc() {
    let story = |trace: &Trace| {
        let letter = |record: &Record| {
            let kind = match (record.epoch, record.content_type) {
                (Epoch::Plain, ContentType::handshake) => "hello",
                (_, ContentType::change_cipher_spec) => "change",
                (_, ContentType::alert) => "bye",
                (_, ContentType::application_data) => "data",
                (Epoch::EarlyData, _) => "end",
                (Epoch::Handshake, _) => "flight",
                _ => "ticket",
            };
            match record.sender {
                Side::Client => format!(">{kind}"),
                Side::Server => format!("<{kind}"),
            }
        };
        let told: Vec<_> = trace.records.iter().map(letter).collect();
        told.join(" ")
    };
    let stories: Vec<_> = Trace::all().iter().map(story).collect();
    assert_eq!(
        stories,
        [
            ">hello <hello <flight >flight <ticket >data <data >bye <bye",
            ">hello >data <hello <flight >end >flight >data <data >bye <bye",
            ">hello <hello >hello <hello <flight >flight >bye <bye",
            ">hello <hello <flight >flight >bye <bye",
            ">hello <hello <change <flight >change >flight >bye <bye",
        ]
    );
}
