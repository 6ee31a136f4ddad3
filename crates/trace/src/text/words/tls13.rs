//! The same for TLS 1.3 (RFC 8446).

use premaster_wire::HandshakeType;

use crate::essentials::Told;
use crate::{Derivation, EarlyData, Facts, SecretKind};

/// What a handshake message is for; some say two things. `retried`: the server has asked for a second ClientHello.
pub(crate) fn purpose(told: &Told, retried: bool) -> [&'static str; 2] {
    let has = |field| told.fields.has(field);
    let psk = match has("psk_identities") {
        true => PSK_OFFERED,
        false => "",
    };
    match told.message {
        HandshakeType::client_hello if retried => [
            "The client opens again: the same as before, with what the server asked for.",
            psk,
        ],
        HandshakeType::client_hello if !has("key_share") => {
            [super::purpose(told.message, None), psk]
        }
        HandshakeType::client_hello => [
            "The client opens: a fresh random number, all that it is ready to use in its order of \
             preference, and key shares, its public keys for the groups that the server will \
             probably take. If the server does, one round trip is enough.",
            psk,
        ],
        HandshakeType::hello_retry_request => [
            "The server cannot answer this ClientHello yet and says what it wants: a key share of \
             another group, or the cookie back. On the wire this is a ServerHello with a fixed \
             random.",
            "",
        ],
        HandshakeType::server_hello if has("key_share") => [
            "The server answers with a random number of its own, one choice from each list and its \
             own key share. From here on both ends can compute the same secret; who only listens \
             cannot. All that follows is encrypted.",
            "",
        ],
        HandshakeType::server_hello => [
            "The server answers with a random number of its own and takes a pre-shared key that the \
             client named. There is no key exchange: the pre-shared key is all that keeps others \
             out.",
            "",
        ],
        other => [later(other), ""],
    }
}

const PSK_OFFERED: &str = "It also names pre-shared keys that the server may know, from tickets of earlier connections or \
     given to both beforehand. A binder for each proves that the client really has the key.";

/// What comes after the hellos.
const fn later(message: HandshakeType) -> &'static str {
    match message {
        HandshakeType::encrypted_extensions => {
            "The server's answers to all that has nothing to do with keys. In TLS 1.2 everybody on \
             the path could read them."
        }
        HandshakeType::certificate_request => {
            "The server wants the client to have a certificate, and says of what kind."
        }
        HandshakeType::certificate => {
            "The sender's certificate first, then those that lead to a root which the receiver \
             trusts. They prove nothing until the sender uses the private key. Who only listens \
             does not see them: they are encrypted already."
        }
        HandshakeType::compressed_certificate => {
            "The sender's certificates, compressed: they are the largest part of most handshakes."
        }
        HandshakeType::certificate_verify => {
            "A signature over all messages so far, both key shares among them: the sender holds \
             the private key of its certificate, and nobody in between has put in keys of his own."
        }
        HandshakeType::finished => {
            "A check value over all messages so far, under a key that comes from the sender's \
             traffic secret: had anybody changed one bit on the way, the two ends would not agree \
             on it."
        }
        HandshakeType::end_of_early_data => {
            "The client's early data ends here. What follows has the keys of its handshake."
        }
        HandshakeType::new_session_ticket => {
            "The server hands the client a ticket, which is a name for a pre-shared key. Both \
             compute that key; it is not in the message. The client shows the ticket next time, \
             once, to skip certificates."
        }
        HandshakeType::key_update => {
            "What the sender sends after this has new keys, made from the old ones, which are \
             thrown away: they cannot be stolen any more."
        }
        _ => "",
    }
}

/// What a secret is for.
pub(crate) fn meaning(told: &Derivation<'_>) -> &'static str {
    match told.secret {
        SecretKind::SharedSecret => shared(told),
        SecretKind::EarlySecret if told.adds_nothing() => {
            "The schedule begins here in any case. Without a pre-shared key nothing secret has gone \
             in yet: everybody can compute this one."
        }
        SecretKind::EarlySecret => {
            "The schedule begins with what both ends share already. Who does not know it gets other \
             values from here on."
        }
        SecretKind::BinderKey => {
            "A key for one purpose: to prove in the ClientHello itself that the client has the \
             pre-shared key."
        }
        SecretKind::Binder => {
            "Who does not have the pre-shared key, or has seen another ClientHello, gets another \
             value."
        }
        SecretKind::EarlyTrafficSecret => {
            "It protects early data and comes from the pre-shared key alone, for the server has \
             said nothing yet: who gets that key later can read the early data (no forward \
             secrecy), and who recorded it can send it again (replay)."
        }
        SecretKind::EarlyExporterSecret => {
            "For applications that want keys of their own for what they send early."
        }
        SecretKind::HandshakeSecret if told.adds_nothing() => {
            "Nothing secret is added: the pre-shared key is all there is. Who gets it, however \
             late, can read everything (no forward secrecy)."
        }
        SecretKind::HandshakeSecret => {
            "This is where the key exchange comes in. From here on nobody else can follow, not even \
             who has listened to everything and knows the pre-shared key, where there is one."
        }
        SecretKind::HandshakeTrafficSecret(_) => {
            "It protects the rest of the handshake. Each direction has a secret of its own, and \
             both depend on the two hellos: who has seen other ones gets other keys."
        }
        SecretKind::MainSecret => {
            "One step down, and there is no way back up. All that outlives the handshake comes from \
             this one (RFC 8446 calls it Master Secret)."
        }
        SecretKind::ApplicationTrafficSecret(_, 0) => {
            "This is the session key, one for each direction. Nobody chose it and nobody sent it: \
             each end has computed it for itself, from the secret that both share and all messages \
             up to the server's Finished."
        }
        SecretKind::ApplicationTrafficSecret(..) => {
            "It is made from the one before, which is thrown away: who steals the new one cannot \
             open what came before it."
        }
        SecretKind::ExporterSecret => {
            "For applications that want keys of their own: both ends get the same, other \
             connections get others, and nothing leads from there to the keys of this one."
        }
        SecretKind::ResumptionSecret => {
            "For the next time: the pre-shared keys of this connection's tickets come from it."
        }
        SecretKind::ResumptionPsk => {
            "Both ends compute the pre-shared key of this ticket. The nonce makes it another one \
             for each ticket."
        }
        SecretKind::TrafficKeys(..) => {
            "What the cipher works with. The IV and the number of each record make its nonce, so \
             that none is used twice."
        }
        SecretKind::VerifyData => {
            "Who does not know that traffic secret, or has seen other messages, gets another value."
        }
        _ => "",
    }
}

/// What a key exchange comes to.
fn shared(told: &Derivation<'_>) -> &'static str {
    if !told.parts.is_empty() {
        "Two key exchanges at once, the results one after the other: who wants to know the whole \
         has to break both, the curve as well as the lattice that is to hold against quantum \
         computers. Nothing of it crosses the wire in plain, and the private keys are thrown away \
         after this use (forward secrecy)."
    } else if told.is_encapsulated() {
        "The client has made a key pair for this handshake, the server has drawn a secret and \
         locked it with the public half. Only the private half opens it, and that is thrown away \
         after this use (forward secrecy)."
    } else {
        super::BOTH_COMPUTE
    }
}

/// What early data costs.
pub(crate) const EARLY_DATA: &str = "Early data saves a round trip and has its price: it is protected by the pre-shared key alone, and who \
     recorded it can send it again. It should ask for nothing that does harm when it is done twice.";

/// What a ChangeCipherSpec is in TLS 1.3.
pub(crate) const CHANGE_CIPHER_SPEC: &str = "It means nothing in TLS 1.3: it is there so that devices on the path take this connection for one of \
     TLS 1.2 and let it through.";

/// What a connection without key exchange costs.
pub(crate) const NO_FORWARD_SECRECY: &str =
    "none: whoever gets the pre-shared key, today or in years, can read all of this connection";

/// What became of early data, and why; nothing where none was to be expected.
pub(crate) fn early_data(facts: &Facts<'_>) -> String {
    let why = facts.early_data_reason;
    match facts.early_data {
        Some(what @ (EarlyData::Offered | EarlyData::Accepted)) => what.name().to_owned(),
        Some(what @ EarlyData::Rejected) => format!("{}: {}", what.name(), why.words()),
        None if why.is_telling() => format!("none: {}", why.words()),
        None => String::new(),
    }
}
