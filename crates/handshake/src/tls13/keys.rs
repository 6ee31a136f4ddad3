//! The key schedule as a handshake drives it: what is derived is told, logged for those who asked by name, and installed
//! (RFC 8446 section 7.1).

use premaster_crypto::tls13::{
    BinderProof, EarlySecret, ExporterSecret, FinishedKey, FinishedProof, HandshakeSecret,
    MainSecret, ResumptionSecret, TrafficSecret, TrafficSecrets,
};
use premaster_crypto::{SharedSecret, Side, SignatureProof, Suite};
use premaster_trace::{Derivation, Event, SecretLabel};
use premaster_wire::{ProtocolVersion, Random};

use crate::facts::EarlyExporter;
use crate::identity::NeedNot;
use crate::narrate::{hash_name, side};
use crate::peer::Peer;
use crate::{ClientAuth, Direction, Epoch, Error, Fault, Keys, Order, Verdict};

/// What all derivations of a handshake have in common.
#[derive(Clone, Copy)]
pub(super) struct Schedule {
    pub(super) suite: &'static Suite,
    /// By what key logs know the connection.
    pub(super) client_random: Random,
}

/// The secrets of the handshake's own epoch, seen from our side.
pub(super) struct HandshakeKeys {
    pub(super) send: TrafficSecret,
    pub(super) receive: TrafficSecret,
    /// For our Finished.
    pub(super) ours: FinishedKey,
    /// For the peer's.
    pub(super) theirs: FinishedKey,
}

/// The secrets of application data, seen from our side.
pub(super) struct ApplicationKeys {
    pub(super) send: TrafficSecret,
    pub(super) receive: Locked,
    pub(super) exporter: ExporterSecret,
}

/// The secret that application data is received under: [`Schedule::receive_application`] alone takes it out, and wants
/// [`Proved`] for it.
pub(super) struct Locked(TrafficSecret);

/// That the peer is who it should be, as far as the negotiation asks for.
///
/// Each variant needs what only a check can make.
pub(super) enum PeerProof {
    /// The verifier vouches for the key, and the peer has signed with it.
    Signed {
        verdict: Verdict,
        #[expect(dead_code, reason = "held, not read: that it exists is the proof")]
        signature: SignatureProof,
    },
    /// The peer knows a pre-shared key that we chose together: its Finished shows it.
    PreShared(PreShared),
    /// A server that did not ask its client for a certificate, or whose client declined.
    ClientNeedNotAuthenticate(NeedNot),
}

/// That the key schedule began with a pre-shared key; made where it does, or where a binder was right.
pub(super) struct PreShared(());

impl PeerProof {
    /// The proof of a client that showed no certificate (RFC 8446 section 4.4.2.4).
    pub(super) fn of_client_without_certificate(policy: &ClientAuth) -> Result<Self, Error> {
        NeedNot::of(policy, Fault::NoClientCertificate).map(Self::ClientNeedNotAuthenticate)
    }

    /// The proof of a client whose binder was right; its Finished says that it is there now.
    pub(super) fn of_client_with_psk(_binder: BinderProof) -> Self {
        Self::PreShared(PreShared(()))
    }

    /// The verdict on the peer's certificates, if it showed any in this handshake.
    pub(super) fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Signed { verdict, .. } => Some(verdict),
            Self::PreShared(_) | Self::ClientNeedNotAuthenticate(_) => None,
        }
    }
}

/// Who the peer is and that it said Finished: without both nothing is received as application data.
#[expect(dead_code, reason = "held, not read: that they exist is the proof")]
pub(super) struct Proved<'a> {
    pub(super) peer: &'a PeerProof,
    pub(super) finished: FinishedProof,
}

impl Schedule {
    /// Begins without a pre-shared key.
    pub(super) fn tell_no_psk(self, peer: &Peer) {
        let hash = self.suite.hash;
        peer.trace(|| {
            let (name, length) = (hash_name(hash), hash.output_len());
            Event::Derived(Derivation::early_secret(name, length, None))
        });
    }

    /// The keys of early data (RFC 8446 section 4.2.10). The transcript ends with ClientHello.
    pub(super) fn early(self, peer: &Peer, secret: &EarlySecret) -> (TrafficSecret, EarlyExporter) {
        let digest = peer.transcript.digest_with(self.suite.hash, &[]);
        let name = hash_name(self.suite.hash);
        peer.trace(|| Event::Derived(Derivation::client_early_traffic_secret(name, &digest)));
        let traffic = secret.client_early_traffic(&digest);
        let exporter = secret.early_exporter(&digest);
        peer.trace(|| Event::Derived(Derivation::early_exporter_secret(name, &digest)));
        self.log(
            peer,
            SecretLabel::ClientEarlyTrafficSecret,
            traffic.dangerous_bytes(),
        );
        self.log(
            peer,
            SecretLabel::EarlyExporterSecret,
            exporter.dangerous_bytes(),
        );
        (traffic, EarlyExporter(exporter))
    }

    /// The handshake secret joins what was known and what was exchanged; for traces. `exchanged` is false with a
    /// pre-shared key alone.
    pub(super) fn tell_handshake_secret(self, peer: &Peer, exchanged: bool) {
        let hash = self.suite.hash;
        peer.trace(|| {
            let (name, length) = (hash_name(hash), hash.output_len());
            Event::Derived(Derivation::handshake_secret(name, length, exchanged))
        });
    }

    /// The keys of the handshake. The transcript ends with ServerHello.
    pub(super) fn handshake(
        self,
        peer: &Peer,
        secret: &HandshakeSecret,
    ) -> Result<HandshakeKeys, Error> {
        let digest = peer.transcript.digest()?;
        let name = hash_name(self.suite.hash);
        let TrafficSecrets { client, server } = secret.traffic(&digest);
        for (of, secret) in [(Side::Client, &client), (Side::Server, &server)] {
            let of = side(of);
            peer.trace(|| Event::Derived(Derivation::handshake_traffic_secret(name, of, &digest)));
            self.log(
                peer,
                SecretLabel::handshake_traffic(of),
                secret.dangerous_bytes(),
            );
        }
        let (send, receive) = match peer.side() {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        Ok(HandshakeKeys {
            ours: send.finished_key(),
            theirs: receive.finished_key(),
            send,
            receive,
        })
    }

    /// From the handshake secret to the main secret.
    pub(super) fn main(self, peer: &Peer, secret: HandshakeSecret) -> MainSecret {
        let hash = self.suite.hash;
        peer.trace(|| Event::Derived(Derivation::main_secret(hash_name(hash), hash.output_len())));
        secret.into_main()
    }

    /// The keys of application data. The transcript ends with the server's Finished.
    pub(super) fn application(
        self,
        peer: &Peer,
        main: &MainSecret,
    ) -> Result<ApplicationKeys, Error> {
        let digest = peer.transcript.digest()?;
        let name = hash_name(self.suite.hash);
        let TrafficSecrets { client, server } = main.application_traffic(&digest);
        for (of, secret) in [(Side::Client, &client), (Side::Server, &server)] {
            let of = side(of);
            peer.trace(|| {
                Event::Derived(Derivation::application_traffic_secret(name, of, &digest))
            });
            self.log(peer, SecretLabel::traffic(of, 0), secret.dangerous_bytes());
        }
        let exporter = main.exporter(&digest);
        peer.trace(|| Event::Derived(Derivation::exporter_secret(name, &digest)));
        self.log(
            peer,
            SecretLabel::ExporterSecret,
            exporter.dangerous_bytes(),
        );
        let (send, receive) = match peer.side() {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        Ok(ApplicationKeys {
            send,
            receive: Locked(receive),
            exporter,
        })
    }

    /// What later sessions begin with. The transcript ends with the client's Finished.
    pub(super) fn resumption(
        self,
        peer: &Peer,
        main: MainSecret,
    ) -> Result<ResumptionSecret, Error> {
        let digest = peer.transcript.digest()?;
        let name = hash_name(self.suite.hash);
        peer.trace(|| Event::Derived(Derivation::resumption_secret(name, &digest)));
        Ok(main.into_resumption(&digest))
    }

    /// Puts keys in force that wait for no proof: those of early data and of the handshake, and those that we send
    /// application data under.
    pub(super) fn install(
        self,
        peer: &mut Peer,
        direction: Direction,
        epoch: Epoch,
        secret: TrafficSecret,
    ) {
        let of = match direction {
            Direction::Sent => peer.side(),
            Direction::Received => peer.side().other(),
        };
        let shape = self.suite.key_block_shape();
        let (key_len, iv_len) = (shape.key_len, shape.fixed_iv_len);
        let name = hash_name(self.suite.hash);
        peer.trace(|| {
            let of = side(of);
            Event::Derived(Derivation::traffic_keys(
                name, of, epoch, 0, key_len, iv_len,
            ))
        });
        peer.order(Order::Install {
            direction,
            epoch,
            version: ProtocolVersion::TLSv1_3,
            suite: self.suite,
            keys: Keys::Secret(secret),
        });
    }

    /// Lets application data in. The proofs are not read: that they exist says that the peer is authenticated, and no
    /// other way leads to these keys.
    pub(super) fn receive_application(
        self,
        peer: &mut Peer,
        Locked(secret): Locked,
        _proved: Proved<'_>,
    ) {
        self.install(peer, Direction::Received, Epoch::Traffic, secret);
    }

    fn log(self, peer: &Peer, label: SecretLabel, secret: &[u8]) {
        peer.secret(label, &self.client_random.0, secret);
    }
}

/// Goes on from the pre-shared key that a server chose, alone or with a key exchange. The proof comes with it: all keys of
/// the connection come from that key, so who says Finished knows it. It takes the key, so no other that was offered gives
/// the same.
pub(super) fn begin_with_psk(
    early: EarlySecret,
    shared: Option<&SharedSecret>,
) -> Result<(HandshakeSecret, PeerProof), Error> {
    let secret = match shared {
        Some(shared) => early
            .into_handshake(shared)
            .map_err(|_| Fault::BadKeyShare)?,
        None => early.into_handshake_of_psk_alone(),
    };
    Ok((secret, PeerProof::PreShared(PreShared(()))))
}

/// The trace's word for a kind of pre-shared key.
pub(crate) fn told(kind: premaster_crypto::tls13::PskKind) -> premaster_trace::PskKind {
    use premaster_crypto::tls13::PskKind;
    match kind {
        PskKind::Resumption => premaster_trace::PskKind::Resumption,
        PskKind::External => premaster_trace::PskKind::External,
        PskKind::Imported => premaster_trace::PskKind::Imported,
    }
}
