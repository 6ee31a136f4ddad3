//! What messages and secrets are for, in a sentence or two each: the learner's part of the text.

pub(crate) mod tls13;

use premaster_wire::HandshakeType;
use premaster_wire::tls12::KeyExchangeAlgorithm;

use crate::{Derivation, SecretKind};

/// What a handshake message is for, under this key exchange.
pub(crate) fn purpose(
    message: HandshakeType,
    key_exchange: Option<KeyExchangeAlgorithm>,
) -> &'static str {
    use KeyExchangeAlgorithm::{Dhe, Ecdhe, Rsa};
    match message {
        HandshakeType::hello_request => "The server asks the client to begin a new handshake.",
        HandshakeType::client_hello => {
            "The client opens: a fresh random number and all that it is ready to use, \
             in its order of preference."
        }
        HandshakeType::server_hello => {
            "The server answers with a random number of its own and one choice from each list."
        }
        HandshakeType::new_session_ticket => {
            "The server hands the client the session, sealed under a key that only the server \
             has. The client shows it next time to skip certificates and key exchange."
        }
        HandshakeType::certificate => {
            "The sender's certificate first, then those that lead to a root which the receiver \
             trusts. Certificates are public: they prove nothing until the sender uses the private key."
        }
        HandshakeType::server_key_exchange if matches!(key_exchange, Some(Dhe | Ecdhe)) => {
            "The server's public key for this handshake only, signed with the key of its \
             certificate: that ties the exchange to the server's identity."
        }
        HandshakeType::certificate_request => "The server wants the client to have a certificate.",
        HandshakeType::server_hello_done => "The server has said all it has to say for now.",
        HandshakeType::certificate_verify => {
            "A signature over all messages so far: the sender holds the private key of its \
             certificate."
        }
        HandshakeType::client_key_exchange if matches!(key_exchange, Some(Rsa)) => {
            "The premaster secret, encrypted to the key of the server's certificate: whoever can go \
             on from here holds the private key. That alone proves the server's identity."
        }
        HandshakeType::client_key_exchange if matches!(key_exchange, Some(Dhe | Ecdhe)) => {
            "The client's public key for this handshake only. From here on both ends can \
             compute the same secret; who only listens cannot."
        }
        HandshakeType::finished => {
            "A check value over all messages so far, under the master secret: had anybody changed \
             one bit on the way, the two ends would not agree on it."
        }
        HandshakeType::certificate_status => {
            "What the certificate's issuer says about its revocation (OCSP), brought along by the \
             server."
        }
        _ => "",
    }
}

/// What application data is.
pub(crate) const DATA: &str = "What all of this was for. Whoever listens learns how long it is and nothing else; \
     whoever changes a bit of it is found out by the receiver.";

/// What a secret is for.
pub(crate) fn meaning(told: &Derivation<'_>) -> &'static str {
    match told.secret {
        SecretKind::PreMasterSecret if told.is_key_transport() => {
            "The client alone makes this value, the server gets it by decrypting. It crosses the \
             wire, encrypted to a key that the server keeps for years: who records the connection \
             and gets that key later has it too (no forward secrecy)."
        }
        SecretKind::PreMasterSecret => BOTH_COMPUTE,
        SecretKind::MasterSecret => {
            "The secret of the session: 48 bytes whatever the key exchange was. All keys come \
             from it, and it is what a resumed session starts from."
        }
        SecretKind::KeyBlock if told.has_mac_keys() => {
            "One long string of bytes, cut into a set of keys for each direction: the client \
             protects with the client_write keys, the server with the server_write keys. CBC hides \
             and does not authenticate: that is what the MAC keys are for."
        }
        SecretKind::KeyBlock => {
            "One long string of bytes, cut into a set of keys for each direction: the client \
             encrypts with the client_write keys, the server with the server_write keys."
        }
        SecretKind::VerifyData if told.is_of_tls12() => {
            "Who does not know the master secret, or has seen other messages, gets another value."
        }
        _ => tls13::meaning(told),
    }
}

/// What Diffie-Hellman comes to.
const BOTH_COMPUTE: &str = "Both ends get this value, each from its own private key and the other's public key. It never crosses \
     the wire, and both private keys are thrown away after this use, so that nobody can compute it later \
     either (forward secrecy).";

/// What a key exchange without forward secrecy costs.
pub(crate) const NO_FORWARD_SECRECY: &str = "none: whoever gets the server's private key, today or in years, can read all of this connection";

/// What a CBC suite costs.
pub(crate) const fn cbc(encrypt_then_mac: bool) -> &'static str {
    match encrypt_then_mac {
        true => {
            "CBC, encrypt-then-MAC: what was forged is found out before it is decrypted (RFC 7366)"
        }
        false => {
            "CBC, MAC-then-encrypt: what was forged has to be decrypted to be found out, \
             which attackers have made use of again and again (Lucky 13, POODLE)"
        }
    }
}
