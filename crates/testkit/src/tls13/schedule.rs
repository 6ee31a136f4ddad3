//! The forger's secrets, from the hellos to the tickets (RFC 8446 section 7.1).

use premaster_crypto::tls13::{
    EarlySecret, FinishedKey, HandshakeSecret, MainSecret, Psk, ResumptionSecret, TrafficSecret,
    TrafficSecrets,
};
use premaster_crypto::{Digest, SharedSecret, Side, Suite};

/// What is known so far.
#[derive(Default)]
pub struct Secrets {
    /// For early data.
    pub early: Option<TrafficSecret>,
    /// For the handshake.
    pub handshake: Option<TrafficSecrets>,
    /// For application data.
    pub traffic: Option<TrafficSecrets>,
    /// For tickets.
    pub resumption: Option<ResumptionSecret>,
    main: Option<MainSecret>,
}

impl Secrets {
    /// The transcript ends with ClientHello.
    pub(super) fn begin_early(&mut self, psk: &Psk, transcript: &Digest) {
        self.early = Some(EarlySecret::new(psk).client_early_traffic(transcript));
    }

    /// The transcript ends with ServerHello.
    pub(super) fn agree(
        &mut self,
        suite: &Suite,
        psk: Option<&Psk>,
        shared: Option<&SharedSecret>,
        transcript: &Digest,
    ) {
        let secret = match (psk.map(EarlySecret::new), shared) {
            (None, None) => return,
            (None, Some(shared)) => HandshakeSecret::without_psk(suite.hash, shared),
            (Some(early), Some(shared)) => early.into_handshake(shared),
            (Some(early), None) => Ok(early.into_handshake_of_psk_alone()),
        };
        let Ok(secret) = secret else { return };
        self.handshake = Some(secret.traffic(transcript));
        self.main = Some(secret.into_main());
    }

    /// The transcript ends with the server's Finished.
    pub(super) fn complete(&mut self, transcript: &Digest) {
        if let (Some(main), None) = (&self.main, &self.traffic) {
            self.traffic = Some(main.application_traffic(transcript));
        }
    }

    /// The transcript ends with the client's Finished.
    pub(super) fn end(&mut self, transcript: &Digest) {
        if let Some(main) = self.main.take() {
            self.resumption = Some(main.into_resumption(transcript));
        }
    }

    /// With what a side says Finished: in the handshake, and after it, under the client's keys of the moment
    /// (RFC 8446 section 4.4.4).
    pub(super) fn finished_key(&self, of: Side) -> Option<FinishedKey> {
        let epoch = match self.resumption {
            Some(_) => &self.traffic,
            None => &self.handshake,
        };
        let secrets = epoch.as_ref()?;
        Some(match of {
            Side::Client => secrets.client.finished_key(),
            Side::Server => secrets.server.finished_key(),
        })
    }
}

impl core::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secrets")
    }
}
