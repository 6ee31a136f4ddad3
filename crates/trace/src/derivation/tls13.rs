//! The key schedule of TLS 1.3, in its order (RFC 8446 section 7.1).
//!
//! ```text
//!              zeros | PSK
//!                    v
//!               early_secret --> binder_key --> binder
//!                    |---------> client_early_traffic_secret, early_exporter_secret
//!   shared secret    v
//!   of the ---> handshake_secret --> client_, server_handshake_traffic_secret
//!   exchange         v
//!               main_secret --> client_, server_application_traffic_secret_0 --> .._1 --> ..
//!                    |--------> exporter_secret
//!                    +--------> resumption_secret --> PSK of a ticket
//!
//!   any traffic secret --> what `traffic.rs` tells of
//! ```
//!
//! Main, exporter and resumption secret have the names of RFC 9846; RFC 8446 calls them master secrets.

use std::borrow::Cow;

use super::{Derivation, Input, Origin, PskKind, SecretKind};
use crate::Side;

impl<'a> Derivation<'a> {
    /// `early_secret`: where the schedule begins, with a PSK or without one. `length` is that of the hash's output.
    ///
    /// ```
    /// use premaster_trace::{Derivation, Origin, PskKind};
    ///
    /// // Without a PSK, nothing that is secret goes in.
    /// let told = Derivation::early_secret("SHA-256", 32, None);
    /// assert!(told.inputs.iter().all(|input| input.from == Origin::Constant));
    ///
    /// let told = Derivation::early_secret("SHA-256", 32, Some(PskKind::Resumption));
    /// assert_eq!(told.inputs[1].name, "PSK");
    /// assert_eq!(told.inputs[1].from, Origin::Both);
    /// ```
    #[must_use]
    pub fn early_secret(hash: &str, length: usize, psk: Option<PskKind>) -> Self {
        let psk = match psk {
            Some(kind) => Input::secret("PSK", Origin::Both, kind.provenance()),
            None => zeros("no PSK"),
        };
        Self::plain(
            SecretKind::EarlySecret,
            length,
            extract(hash),
            vec![zeros("salt"), psk],
        )
    }

    /// `binder_key`, with the label of the PSK's origin, so that none is taken for another (RFC 9258 section 5.2 for
    /// imported PSKs).
    #[must_use]
    pub fn binder_key(hash: &str, length: usize, psk: PskKind) -> Self {
        let inputs = vec![computed("early_secret"), no_messages()];
        Self::plain(
            SecretKind::BinderKey,
            length,
            derive_secret(hash, psk.binder_label()),
            inputs,
        )
    }

    /// The binder that proves a PSK (RFC 8446 section 4.2.11.2). `transcript_hash` covers all messages up to the binders
    /// in the ClientHello.
    #[must_use]
    pub fn binder(hash: &str, transcript_hash: &'a [u8]) -> Self {
        let told = Self::plain(
            SecretKind::Binder,
            transcript_hash.len(),
            finished_mac(hash),
            vec![
                computed("binder_key"),
                transcript(hash, "ClientHello up to its binders", transcript_hash),
            ],
        );
        told.of(Side::Client, "RFC 8446 section 4.2.11.2")
    }

    /// `client_early_traffic_secret`; the hash is that of the ClientHello.
    #[must_use]
    pub fn client_early_traffic_secret(hash: &str, transcript_hash: &'a [u8]) -> Self {
        Self::derived(
            SecretKind::EarlyTrafficSecret,
            hash,
            ("early_secret", "c e traffic"),
            "ClientHello",
            transcript_hash,
        )
        .of(Side::Client, SCHEDULE)
    }

    /// `early_exporter_secret`; the hash is that of the ClientHello.
    #[must_use]
    pub fn early_exporter_secret(hash: &str, transcript_hash: &'a [u8]) -> Self {
        Self::derived(
            SecretKind::EarlyExporterSecret,
            hash,
            ("early_secret", "e exp master"),
            "ClientHello",
            transcript_hash,
        )
    }

    /// `handshake_secret`: with the shared secret of the key exchange, or, where the PSK is all there is (`psk_ke`, RFC
    /// 8446 section 4.2.9), without one.
    ///
    /// What [`shared_secret`](Self::shared_secret) told goes in here.
    #[must_use]
    pub fn handshake_secret(hash: &str, length: usize, key_exchange: bool) -> Self {
        let shared = match key_exchange {
            true => computed("shared secret"),
            false => zeros("no key exchange"),
        };
        Self::next(
            SecretKind::HandshakeSecret,
            hash,
            length,
            "early_secret",
            shared,
        )
    }

    /// `client_handshake_traffic_secret` or `server_handshake_traffic_secret`; the hash is that of ClientHello to
    /// ServerHello.
    #[must_use]
    pub fn handshake_traffic_secret(hash: &str, of: Side, transcript_hash: &'a [u8]) -> Self {
        let label = match of {
            Side::Client => "c hs traffic",
            Side::Server => "s hs traffic",
        };
        Self::derived(
            SecretKind::HandshakeTrafficSecret(of),
            hash,
            ("handshake_secret", label),
            "ClientHello...ServerHello",
            transcript_hash,
        )
        .of(of, SCHEDULE)
    }

    /// `main_secret`, which RFC 8446 calls Master Secret.
    #[must_use]
    pub fn main_secret(hash: &str, length: usize) -> Self {
        Self::next(
            SecretKind::MainSecret,
            hash,
            length,
            "handshake_secret",
            zeros("no more input"),
        )
    }

    /// `client_application_traffic_secret_0` or `server_application_traffic_secret_0`; the hash is that of ClientHello to
    /// the server's Finished.
    #[must_use]
    pub fn application_traffic_secret(hash: &str, of: Side, transcript_hash: &'a [u8]) -> Self {
        let label = match of {
            Side::Client => "c ap traffic",
            Side::Server => "s ap traffic",
        };
        Self::derived(
            SecretKind::ApplicationTrafficSecret(of, 0),
            hash,
            ("main_secret", label),
            "ClientHello...server Finished",
            transcript_hash,
        )
        .of(of, SCHEDULE)
    }

    /// `exporter_secret`, which RFC 8446 calls exporter_master_secret; the hash is that of ClientHello to the server's
    /// Finished.
    #[must_use]
    pub fn exporter_secret(hash: &str, transcript_hash: &'a [u8]) -> Self {
        Self::derived(
            SecretKind::ExporterSecret,
            hash,
            ("main_secret", "exp master"),
            "ClientHello...server Finished",
            transcript_hash,
        )
    }

    /// `resumption_secret`, which RFC 8446 calls resumption_master_secret; the hash is that of ClientHello to the client's
    /// Finished.
    #[must_use]
    pub fn resumption_secret(hash: &str, transcript_hash: &'a [u8]) -> Self {
        Self::derived(
            SecretKind::ResumptionSecret,
            hash,
            ("main_secret", "res master"),
            "ClientHello...client Finished",
            transcript_hash,
        )
    }

    /// The PSK of one ticket (RFC 8446 section 4.6.1).
    #[must_use]
    pub fn resumption_psk(hash: &str, length: usize, ticket_nonce: &'a [u8]) -> Self {
        let nonce = Input::public(
            "ticket_nonce",
            Origin::Server,
            "sent in NewSessionTicket",
            ticket_nonce,
        );
        Self {
            section: "RFC 8446 section 4.6.1",
            ..Self::plain(
                SecretKind::ResumptionPsk,
                length,
                expand_label(hash, "resumption"),
                vec![computed("resumption_secret"), nonce],
            )
        }
    }

    /// `Derive-Secret(Secret, Label, Messages)`.
    fn derived(
        secret: SecretKind,
        hash: &str,
        (from, label): (&'static str, &str),
        messages: &str,
        transcript_hash: &'a [u8],
    ) -> Self {
        Self::plain(
            secret,
            transcript_hash.len(),
            derive_secret(hash, label),
            vec![computed(from), transcript(hash, messages, transcript_hash)],
        )
    }

    /// One step down the schedule: `HKDF-Extract(Derive-Secret(Secret, "derived", ""), input)`.
    fn next(
        secret: SecretKind,
        hash: &str,
        length: usize,
        from: &str,
        input: Input<'static>,
    ) -> Self {
        let salt = Input::secret(
            format!("salt: Derive-Secret ({from}, \"derived\")"),
            Origin::Both,
            "computed above, never sent",
        );
        Self::plain(secret, length, extract(hash), vec![salt, input])
    }

    pub(super) fn plain(
        secret: SecretKind,
        length: usize,
        function: Cow<'a, str>,
        inputs: Vec<Input<'a>>,
    ) -> Self {
        Self {
            secret,
            of: None,
            length,
            function,
            inputs,
            parts: Vec::new(),
            section: SCHEDULE,
        }
    }

    pub(super) fn of(self, side: Side, section: &'static str) -> Self {
        Self {
            of: Some(side),
            section,
            ..self
        }
    }
}

impl Derivation<'_> {
    /// Whether zeros stand where a PSK or a shared secret could.
    pub(crate) fn adds_nothing(&self) -> bool {
        let last = self.inputs.last();
        last.is_some_and(|input| input.from == Origin::Constant)
    }
}

const SCHEDULE: &str = "RFC 8446 section 7.1";

fn extract<'a>(hash: &str) -> Cow<'a, str> {
    format!("HKDF-Extract ({hash})").into()
}

fn derive_secret<'a>(hash: &str, label: &str) -> Cow<'a, str> {
    format!("Derive-Secret ({hash}) with the label \"{label}\"").into()
}

pub(super) fn expand_label<'a>(hash: &str, label: &str) -> Cow<'a, str> {
    format!("HKDF-Expand-Label ({hash}) with the label \"{label}\"").into()
}

pub(super) fn finished_mac<'a>(hash: &str) -> Cow<'a, str> {
    format!("HMAC ({hash}) under the finished_key, which HKDF-Expand-Label makes with the label \"finished\"").into()
}

pub(super) fn computed<'a>(name: impl Into<Cow<'a, str>>) -> Input<'a> {
    Input::secret(name, Origin::Both, "computed above, never sent")
}

fn zeros<'a>(name: &'static str) -> Input<'a> {
    Input::secret(
        name,
        Origin::Constant,
        "as many zero bytes as the hash is long",
    )
}

fn no_messages<'a>() -> Input<'a> {
    Input::secret("Transcript-Hash", Origin::Constant, "of no messages")
}

pub(super) fn transcript<'a>(hash: &str, messages: &str, transcript_hash: &'a [u8]) -> Input<'a> {
    Input::public(
        "Transcript-Hash",
        Origin::Both,
        format!("{hash} of {messages}"),
        transcript_hash,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (
        Derivation<'static>,
        &'static str,
        &'static str,
        [&'static str; 2],
    );

    /// Secret, function with label, names of the inputs: as in the figure of RFC 8446 section 7.1.
    #[test]
    fn the_schedule_is_that_of_the_rfc() {
        use Side::{Client, Server};
        const HASH: &[u8] = &[7; 48];
        type D = Derivation<'static>;
        let transcript = "Transcript-Hash";
        let extract = "HKDF-Extract (SHA-384)";
        let early = "salt: Derive-Secret (early_secret, \"derived\")";
        let handshake = "salt: Derive-Secret (handshake_secret, \"derived\")";
        #[rustfmt::skip]
        let rows: [Row; 15] = [
            (D::early_secret("SHA-384", 48, Some(PskKind::External)), "early_secret", extract, ["salt", "PSK"]),
            (D::early_secret("SHA-384", 48, None), "early_secret", extract, ["salt", "no PSK"]),
            (D::binder_key("SHA-384", 48, PskKind::Resumption), "binder_key", "res binder", ["early_secret", transcript]),
            (D::binder_key("SHA-384", 48, PskKind::External), "binder_key", "ext binder", ["early_secret", transcript]),
            (D::binder_key("SHA-384", 48, PskKind::Imported), "binder_key", "imp binder", ["early_secret", transcript]),
            (D::client_early_traffic_secret("SHA-384", HASH), "client_early_traffic_secret", "c e traffic", ["early_secret", transcript]),
            (D::early_exporter_secret("SHA-384", HASH), "early_exporter_secret", "e exp master", ["early_secret", transcript]),
            (D::handshake_secret("SHA-384", 48, true), "handshake_secret", extract, [early, "shared secret"]),
            (D::handshake_traffic_secret("SHA-384", Client, HASH), "client_handshake_traffic_secret", "c hs traffic", ["handshake_secret", transcript]),
            (D::handshake_traffic_secret("SHA-384", Server, HASH), "server_handshake_traffic_secret", "s hs traffic", ["handshake_secret", transcript]),
            (D::main_secret("SHA-384", 48), "main_secret", extract, [handshake, "no more input"]),
            (D::application_traffic_secret("SHA-384", Client, HASH), "client_application_traffic_secret_0", "c ap traffic", ["main_secret", transcript]),
            (D::application_traffic_secret("SHA-384", Server, HASH), "server_application_traffic_secret_0", "s ap traffic", ["main_secret", transcript]),
            (D::exporter_secret("SHA-384", HASH), "exporter_secret", "exp master", ["main_secret", transcript]),
            (D::resumption_secret("SHA-384", HASH), "resumption_secret", "res master", ["main_secret", transcript]),
        ];
        for (told, name, label, inputs) in rows {
            assert_eq!(told.secret.name(), name);
            let function = match label {
                "HKDF-Extract (SHA-384)" => label.to_owned(),
                label => format!("Derive-Secret (SHA-384) with the label \"{label}\""),
            };
            assert_eq!(told.function, function, "{name}");
            let names: Vec<_> = told.inputs.iter().map(|input| &*input.name).collect();
            assert_eq!(names, inputs, "{name}");
            assert_eq!((told.length, told.section), (48, SCHEDULE), "{name}");
            let public = told.inputs.iter().find_map(|input| input.public.as_deref());
            assert!(public.is_none_or(|hash| hash == HASH), "{name}");
        }
    }

    /// Only what everybody on the path could compute is shown.
    #[test]
    fn nothing_secret_is_public() {
        let told = Derivation::resumption_psk("SHA-256", 32, &[0, 1]);
        assert_eq!(told.inputs[0].public, None);
        assert_eq!(told.inputs[1].public.as_deref(), Some(&[0, 1][..]));
        let told = Derivation::handshake_secret("SHA-256", 32, true);
        assert!(told.inputs.iter().all(|input| input.public.is_none()));
    }
}
