//! What a single step of the key schedule of TLS 1.3 leaves on the stack.

use premaster_crypto::tls13::{
    BinderKey, EarlySecret, ExporterSecret, HandshakeSecret, ImportedIdentity, MainSecret, Psk,
    TrafficSecret, TrafficSecrets,
};
use premaster_crypto::{
    BulkCipher, Digest, HashAlgorithm, HmacKey, Secret, SharedSecret, Suite, hkdf, suite_named,
};

use crate::needles::{catch, catch_hmac_key};
use crate::operations::{look_and_keep, random};

/// What the secrets of a schedule are, computed once more where nobody looks: after the operation.
struct Again {
    hash: HashAlgorithm,
    shared: Secret<32>,
    psk: Secret<48>,
    transcript: Digest,
}

impl Again {
    fn extract(&self, salt: &[u8], input: &[u8]) -> Digest {
        HmacKey::new(self.hash, salt).sign(&[input])
    }

    fn expand(&self, secret: &[u8], label: &[u8], context: &[u8]) -> Secret<48> {
        let secret = HmacKey::new(self.hash, secret);
        let len = self.hash.output_len();
        Secret::fill_with(|out| {
            hkdf::expand_label(&secret, label, context, &mut out[..len]).unwrap();
        })
    }

    /// One secret further: it and what it is come to are caught.
    fn catch(&self, name: &'static str, from: &[u8], label: &[u8], context: &[u8]) -> Secret<48> {
        let secret = self.expand(from, label, context);
        self.catch_key(name, self.cut(&secret));
        secret
    }

    fn catch_key(&self, name: &'static str, secret: &[u8]) {
        catch(name, secret);
        catch_hmac_key(name, secret);
    }

    fn cut<'a>(&self, secret: &'a Secret<48>) -> &'a [u8] {
        &secret.as_bytes()[..self.hash.output_len()]
    }

    fn nothing(&self) -> Digest {
        self.hash.hash(&[])
    }

    fn psk(&self) -> &[u8] {
        self.cut(&self.psk)
    }

    fn early(&self) -> Digest {
        let early = self.extract(&[], self.psk());
        self.catch_key("early secret", &early);
        early
    }

    fn handshake(&self) -> Digest {
        catch("shared secret", self.shared.as_bytes());
        let salt = self.catch("derived", &self.early(), b"derived", &self.nothing());
        let handshake = self.extract(self.cut(&salt), self.shared.as_bytes());
        self.catch_key("handshake secret", &handshake);
        handshake
    }

    fn main(&self) -> Digest {
        let salt = self.catch("derived", &self.handshake(), b"derived", &self.nothing());
        let main = self.extract(self.cut(&salt), &[0; 48][..self.hash.output_len()]);
        self.catch_key("main secret", &main);
        main
    }

    fn catch_traffic(&self, name: &'static str, from: &[u8], label: &[u8]) -> Secret<48> {
        self.catch(name, from, label, &self.transcript)
    }
}

/// Each step of each suite's schedule; one test with those of TLS 1.2.
pub(crate) fn no_step_leaves_its_secrets_on_the_stack() {
    for suite in [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    ] {
        let suite = suite_named(suite).unwrap();
        let again = Again {
            hash: suite.hash,
            shared: random(),
            psk: random(),
            transcript: suite.hash.hash(&[b"messages"]),
        };
        let main = to_main(&again);
        from_main(&again, main, suite);
        imported(&again);
    }
}

fn to_main(again: &Again) -> MainSecret {
    let transcript = &again.transcript;
    let psk = look_and_keep(
        "Psk",
        || Psk::resumption(again.hash, again.psk()).unwrap(),
        |_| catch("pre-shared key", again.psk()),
    );
    let early = look_and_keep(
        "EarlySecret",
        || EarlySecret::new(&psk),
        |_| {
            catch("pre-shared key", again.psk());
            again.early();
        },
    );
    binders(again, &early);
    look_and_keep(
        "early traffic",
        || early.client_early_traffic(transcript),
        |_| drop(again.catch_traffic("early traffic", &again.early(), b"c e traffic")),
    );
    look_and_keep(
        "early exporter",
        || early.early_exporter(transcript),
        |_| drop(again.catch_traffic("early exporter", &again.early(), b"e exp master")),
    );
    let shared = SharedSecret::from_bytes(again.shared.as_bytes());
    look_and_keep(
        "handshake without PSK",
        || HandshakeSecret::without_psk(again.hash, &shared).unwrap(),
        |_| catch("shared secret", again.shared.as_bytes()),
    );
    let handshake = look_and_keep(
        "handshake",
        || early.into_handshake(&shared).unwrap(),
        |_| _ = again.handshake(),
    );
    look_and_keep(
        "handshake traffic",
        || handshake.traffic(transcript),
        |_| {
            let handshake = again.handshake();
            again.catch_traffic("client's", &handshake, b"c hs traffic");
            again.catch_traffic("server's", &handshake, b"s hs traffic");
        },
    );
    look_and_keep("main", || handshake.into_main(), |_| _ = again.main())
}

fn binders(again: &Again, early: &EarlySecret) {
    let catch_binder_key = || {
        let key = again.catch(
            "binder key",
            &again.early(),
            b"res binder",
            &again.nothing(),
        );
        again.catch("finished key", again.cut(&key), b"finished", b"");
    };
    let key: BinderKey = look_and_keep("binder key", || early.binder_key(), |_| catch_binder_key());
    let binder = look_and_keep(
        "binder",
        || key.binder(&again.transcript),
        |_| catch_binder_key(),
    );
    look_and_keep(
        "binder, checked",
        || key.check(&again.transcript, &binder).is_ok(),
        |_| catch_binder_key(),
    );
}

fn from_main(again: &Again, main: MainSecret, suite: &Suite) {
    let transcript = &again.transcript;
    let TrafficSecrets { client, .. } = look_and_keep(
        "application traffic",
        || main.application_traffic(transcript),
        |_| {
            let main = again.main();
            again.catch_traffic("client's", &main, b"c ap traffic");
            again.catch_traffic("server's", &main, b"s ap traffic");
        },
    );
    traffic(again, client, suite);
    let exporter = look_and_keep(
        "exporter",
        || main.exporter(transcript),
        |_| drop(again.catch_traffic("exporter", &again.main(), b"exp master")),
    );
    exports(again, &exporter);
    let resumption = look_and_keep(
        "resumption",
        || main.into_resumption(transcript),
        |_| drop(again.catch_traffic("resumption", &again.main(), b"res master")),
    );
    look_and_keep(
        "key of a ticket",
        || resumption.psk(&[7]).unwrap(),
        |_| {
            let resumption = again.catch_traffic("resumption", &again.main(), b"res master");
            let psk = again.expand(again.cut(&resumption), b"resumption", &[7]);
            catch("key of a ticket", again.cut(&psk));
        },
    );
}

fn traffic(again: &Again, mut client: TrafficSecret, suite: &Suite) {
    let BulkCipher::Aead(aead) = suite.cipher else {
        panic!("a suite of TLS 1.3")
    };
    let secret = || again.catch_traffic("traffic", &again.main(), b"c ap traffic");
    look_and_keep(
        "traffic keys",
        || client.keys(suite).unwrap(),
        |keys| {
            let secret = secret();
            let key = HmacKey::new(again.hash, again.cut(&secret));
            let key = Secret::<32>::fill_with(|out| {
                hkdf::expand_label(&key, b"key", b"", &mut out[..aead.key_len()]).unwrap();
            });
            assert!(keys.key.ct_eq(&key.as_bytes()[..aead.key_len()]));
            catch("write key", keys.key.as_bytes());
            catch("write IV", keys.iv.as_bytes());
        },
    );
    let key = look_and_keep(
        "finished key",
        || client.finished_key(),
        |_| drop(again.catch("finished key", again.cut(&secret()), b"finished", b"")),
    );
    look_and_keep(
        "verify_data",
        || key.verify_data(&again.transcript),
        |_| drop(again.catch("finished key", again.cut(&secret()), b"finished", b"")),
    );
    look_and_keep(
        "verify_data, checked",
        || key.check(&again.transcript, b"wrong").unwrap_err(),
        |_| drop(again.catch("finished key", again.cut(&secret()), b"finished", b"")),
    );
    look_and_keep(
        "next traffic",
        || client.next(),
        |_| drop(again.catch("next traffic", again.cut(&secret()), b"traffic upd", b"")),
    );
    let bytes = secret();
    look_and_keep(
        "from a key log",
        || TrafficSecret::from_key_log(again.hash, again.cut(&bytes)).unwrap(),
        |_| drop(secret()),
    );
}

fn exports(again: &Again, exporter: &ExporterSecret) {
    let export = || {
        Secret::<48>::fill_with(|out| {
            exporter.export(b"label", b"context", out).unwrap();
        })
    };
    look_and_keep("export", export, |exported| {
        let exporter = again.catch_traffic("exporter", &again.main(), b"exp master");
        again.catch(
            "of one label",
            again.cut(&exporter),
            b"label",
            &again.nothing(),
        );
        catch("exported", exported.as_bytes());
    });
}

fn imported(again: &Again) {
    let identity = ImportedIdentity::for_tls13(b"identity", b"context", again.hash).unwrap();
    look_and_keep(
        "imported",
        || identity.import(again.hash, again.psk()).unwrap(),
        |psk| {
            let extracted = again.extract(&[], again.psk());
            again.catch_key("extracted", &extracted);
            catch("imported", psk.secret().as_bytes());
            catch("pre-shared key", again.psk());
        },
    );
}
