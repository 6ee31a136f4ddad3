//! What one side has to say about a connection of TLS 1.3.

use premaster_trace::{
    Choice, Derivation, Direction, EarlyData, EarlyDataReason, Epoch, Event, Facts, PskKind,
    ResumedBy, SecretLabel, Side, SignatureUse, Tracer, Value,
};
use premaster_wire::{
    ContentType, HandshakeType, KeyUpdateRequest, NamedGroup, ProtocolVersion, SignatureScheme,
};

use crate::messages::{
    Handshake, SUITE, client_hello, hello_retry_request, key_update, later_messages, server_hello,
    ticket,
};

pub(crate) const SECRET: [u8; 32] = [0x5e; 32];
const HASH: &str = "SHA-256";
const LENGTH: usize = 32;
const HELLOS: [u8; 32] = [0xa1; 32];
const TO_SERVER_FINISHED: [u8; 32] = [0xa2; 32];
const TO_CLIENT_FINISHED: [u8; 32] = [0xa3; 32];

/// What one side has to say about a connection.
pub(crate) fn report(tracer: &Tracer, handshake: Handshake) {
    tracer.emit(|| Event::Started {
        peer: Some("example.org:443".into()),
    });
    let teller = Teller { tracer, handshake };
    teller.first_hello();
    teller.hellos();
    teller.handshake();
    teller.application();
    teller.established();
    teller.afterwards();
}

struct Teller<'t> {
    tracer: &'t Tracer,
    handshake: Handshake,
}

impl Teller<'_> {
    /// Which way `from` sends, seen from the side that reports.
    fn way(&self, from: Side) -> Direction {
        match from == self.tracer.side() {
            true => Direction::Sent,
            false => Direction::Received,
        }
    }

    fn message(&self, from: Side, epoch: Epoch, bytes: &[u8]) {
        self.tracer.emit(|| Event::Message {
            direction: self.way(from),
            epoch,
            bytes,
        });
    }

    fn derived(&self, derivation: Derivation<'_>) {
        self.tracer.emit(|| Event::Derived(derivation));
    }

    fn keys(&self, of: Side, epoch: Epoch, generation: u64) {
        self.derived(Derivation::traffic_keys(
            HASH, of, epoch, generation, 16, 12,
        ));
        self.tracer.emit(|| Event::KeysInstalled {
            direction: self.way(of),
            epoch,
            suite: SUITE,
        });
    }

    fn secret(&self, label: SecretLabel) {
        self.tracer.secret(label, &[0xc1; 32], &SECRET);
    }

    /// The first ClientHello, and what a PSK makes possible before any answer.
    fn first_hello(&self) {
        let early = self.handshake == Handshake::Resumed;
        let hello = client_hello(self.handshake, false);
        // The server knows which PSK it is about when it has read the message.
        if self.tracer.side() == Side::Server {
            self.message(Side::Client, Epoch::Plain, &hello);
        }
        if let Some(psk) = self.handshake.psk() {
            self.derived(Derivation::early_secret(HASH, LENGTH, Some(psk)));
            self.derived(Derivation::binder_key(HASH, LENGTH, psk));
            self.derived(Derivation::binder(HASH, &[0xa0; 32]));
        }
        if early {
            self.tracer.emit(|| Event::EarlyData {
                what: EarlyData::Offered,
                detail: "up to 16384 bytes".into(),
            });
        }
        if self.tracer.side() == Side::Client {
            self.message(Side::Client, Epoch::Plain, &hello);
        }
        if early {
            let direction = self.way(Side::Client);
            self.tracer.emit(|| Event::ChangeCipherSpec { direction });
            self.derived(Derivation::client_early_traffic_secret(HASH, &[0xa4; 32]));
            self.derived(Derivation::early_exporter_secret(HASH, &[0xa4; 32]));
            self.secret(SecretLabel::ClientEarlyTrafficSecret);
            self.secret(SecretLabel::EarlyExporterSecret);
            self.keys(Side::Client, Epoch::EarlyData, 0);
            self.data(Side::Client, Epoch::EarlyData);
        }
    }

    fn data(&self, from: Side, epoch: Epoch) {
        self.tracer.emit(|| Event::Record {
            direction: self.way(from),
            epoch,
            content_type: ContentType::application_data,
            length: 122,
        });
    }

    fn hellos(&self) {
        if self.tracer.side() == Side::Client {
            self.tracer.emit(|| Event::Expected {
                any_of: vec![HandshakeType::server_hello.into()],
                section: "RFC 8446 section 2",
            });
        }
        if self.handshake == Handshake::Retried {
            self.chosen_group("the client accepts it, but has sent no share of it");
            self.message(Side::Server, Epoch::Plain, &hello_retry_request());
            let direction = self.way(Side::Server);
            self.tracer.emit(|| Event::ChangeCipherSpec { direction });
            let hello = client_hello(self.handshake, true);
            self.message(Side::Client, Epoch::Plain, &hello);
        }
        self.message(Side::Server, Epoch::Plain, &server_hello(self.handshake));
        if self.handshake == Handshake::Full {
            self.chosen_group("the first of the server's groups that the client accepts");
        }
        if let Some(psk) = self.handshake.psk() {
            self.tracer.emit(|| Event::PskChosen {
                psk,
                index: 0,
                key_exchange: self.handshake.group().is_some(),
                age: (psk == PskKind::Resumption).then_some(60),
            });
        }
    }

    fn chosen_group(&self, reason: &'static str) {
        let group = self.handshake.group().unwrap();
        self.tracer.emit(|| {
            Event::Chosen(Choice {
                what: "group",
                by: Side::Server,
                chosen: group.into(),
                ours: vec![group.into()],
                theirs: vec![group.into(), NamedGroup::x25519.into()],
                reason: reason.into(),
            })
        });
    }

    /// From the shared secret to the last Finished.
    fn handshake(&self) {
        let us = self.tracer.side();
        let [client, server] = self.handshake.shares();
        if self.handshake.psk().is_none() {
            self.derived(Derivation::early_secret(HASH, LENGTH, None));
        }
        let group = self.handshake.group();
        if let Some(group) = group {
            let length = if group == NamedGroup::X25519MLKEM768 {
                64
            } else {
                32
            };
            self.derived(Derivation::shared_secret(
                us, group, &client, &server, length,
            ));
        }
        self.derived(Derivation::handshake_secret(HASH, LENGTH, group.is_some()));
        for of in [Side::Client, Side::Server] {
            self.derived(Derivation::handshake_traffic_secret(HASH, of, &HELLOS));
            self.secret(SecretLabel::handshake_traffic(of));
        }
        self.keys(us.other(), Epoch::Handshake, 0);
        self.keys(us, Epoch::Handshake, 0);
        for (from, epoch, message) in later_messages(self.handshake) {
            if message.first().copied().map(HandshakeType) == Some(HandshakeType::finished) {
                let hash = [0x77; 32];
                self.derived(Derivation::finished(HASH, from, Epoch::Handshake, &hash));
            }
            self.message(from, epoch, &message);
            self.said(&message);
        }
    }

    /// What a message gives occasion to say.
    fn said(&self, message: &[u8]) {
        match message.first().copied().map(HandshakeType) {
            Some(HandshakeType::certificate_verify) => self.tracer.emit(|| {
                Event::Signature(SignatureUse {
                    by: Side::Server,
                    direction: self.way(Side::Server),
                    scheme: SignatureScheme::ecdsa_secp256r1_sha256,
                    over:
                        "64 spaces, 'TLS 1.3, server CertificateVerify', a zero byte and the hash \
                           of all messages from ClientHello to Certificate"
                            .into(),
                    proves: "the server holds the private key of its certificate".into(),
                    section: "RFC 8446 section 4.4.3",
                })
            }),
            Some(HandshakeType::encrypted_extensions) if self.handshake == Handshake::Resumed => {
                self.tracer.emit(|| Event::EarlyData {
                    what: EarlyData::Accepted,
                    detail: "same session, first time within the window".into(),
                });
            }
            _ => {}
        }
    }

    fn application(&self) {
        self.derived(Derivation::main_secret(HASH, LENGTH));
        for of in [Side::Client, Side::Server] {
            let hash = &TO_SERVER_FINISHED;
            self.derived(Derivation::application_traffic_secret(HASH, of, hash));
            self.secret(SecretLabel::traffic(of, 0));
        }
        self.derived(Derivation::exporter_secret(HASH, &TO_SERVER_FINISHED));
        self.secret(SecretLabel::ExporterSecret);
        for of in [Side::Server, Side::Client] {
            self.keys(of, Epoch::Traffic, 0);
        }
        self.derived(Derivation::resumption_secret(HASH, &TO_CLIENT_FINISHED));
    }

    fn established(&self) {
        let signature = SignatureScheme::ecdsa_secp256r1_sha256;
        let psk = self.handshake.psk();
        self.tracer.emit(|| {
            Event::Established(Facts {
                version: ProtocolVersion::TLSv1_3,
                suite: SUITE,
                group: self.handshake.group().map(Value::from),
                forward_secret: self.handshake.group().is_some(),
                encrypt_then_mac: None,
                server_signature: psk.is_none().then_some(signature),
                client_signature: None,
                resumed: psk.map(|psk| match psk {
                    PskKind::Resumption => ResumedBy::Ticket,
                    _ => ResumedBy::Psk,
                }),
                early_data: (self.handshake == Handshake::Resumed).then_some(EarlyData::Accepted),
                early_data_reason: match self.handshake {
                    Handshake::Resumed => EarlyDataReason::Accepted,
                    _ => EarlyDataReason::Disabled,
                },
                retried: self.handshake == Handshake::Retried,
                extended_master_secret: true,
                server_name: Some("example.org".into()),
                alpn: Some(b"h2"[..].into()),
                peer_certificates: 2 * usize::from(self.tracer.side() == Side::Client),
            })
        });
    }

    /// A ticket, data, new keys.
    fn afterwards(&self) {
        self.message(Side::Server, Epoch::Traffic, &ticket());
        self.derived(Derivation::resumption_psk(HASH, LENGTH, &[0, 1]));
        self.tracer.emit(|| Event::SessionStored {
            by: ResumedBy::Ticket,
            length: 180,
            lifetime: 7200,
        });
        self.data(Side::Client, Epoch::Traffic);
        self.update(Side::Client, true);
        self.update(Side::Server, false);
    }

    fn update(&self, of: Side, requested: bool) {
        let request = match requested {
            true => KeyUpdateRequest::update_requested,
            false => KeyUpdateRequest::update_not_requested,
        };
        self.message(of, Epoch::Traffic, &key_update(request));
        self.tracer.emit(|| Event::KeyUpdate {
            direction: self.way(of),
            requested,
            generation: 1,
        });
        self.derived(Derivation::next_traffic_secret(HASH, of, 1, LENGTH));
        self.secret(SecretLabel::traffic(of, 1));
        self.keys(of, Epoch::Traffic, 1);
    }
}
