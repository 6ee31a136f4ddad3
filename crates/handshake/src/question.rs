//! Questions are data: what the handshake wants to know from outside, and the claims that answers need.
//!
//! A question is handed out once, owned and `Send`. Whoever answers does so now, later, from another thread or after
//! asking an HSM; other work of the handshake goes on meanwhile, and several may be open. The claim is typed and
//! single-use: it fits one question of one connection, and a foreign or stale one is refused without harm.

use core::fmt;
use core::marker::PhantomData;
use std::any::Any;
use std::sync::{Arc, Weak};

use premaster_crypto::{Authentication, Secret, SecretBytes};
use premaster_session::{ClientKey, ClientSession, Session, UnixTime};
use premaster_wire::{
    AlertDescription, CipherSuite, ClientCertificateType, NamedGroup, ProtocolVersion,
    SignatureScheme,
};

use crate::desk::Shared;
use crate::told::Told;
use crate::{Credential, ExternalPsk, Fault, ServerPolicy};

/// A question and the type of its answer.
pub trait Ask: Told + fmt::Debug + Send + Sized + 'static {
    /// What answers it.
    type Answer: Told + Send + 'static;
    /// Its name in traces.
    const NAME: &'static str;
    #[doc(hidden)]
    fn wrap(asked: Asked<Self>) -> Question;
}

/// A question that no handshake waits for: a connection that is over asks its host to forget.
/// Its claim is stale from the start.
pub fn notify<Q: Ask>(question: Q) -> Question {
    let claim = Claim {
        desk: Weak::new(),
        serial: 0,
        question: PhantomData,
    };
    Q::wrap(Asked { question, claim })
}

/// A question on its way to whoever answers, with the claim that the answer needs.
#[derive(Debug)]
pub struct Asked<Q: Ask> {
    /// What is asked.
    pub question: Q,
    /// Hand it back with the answer.
    pub claim: Claim<Q>,
}

/// The right to answer one question, once.
pub struct Claim<Q> {
    pub(crate) desk: Weak<Shared>,
    pub(crate) serial: u64,
    pub(crate) question: PhantomData<fn() -> Q>,
}

impl<Q: Ask> Claim<Q> {
    /// The answer, or why there is none, ready to be handed in by
    /// [`Handshake::accept`](crate::Handshake::accept). `by` names who answers, for traces.
    pub fn with(self, answer: Result<Q::Answer, Refusal>, by: &'static str) -> Answer {
        let told = match &answer {
            Ok(answer) => answer.told(),
            Err(refusal) => Q::Answer::told_refusal(refusal),
        };
        let Self { desk, serial, .. } = self;
        Answer {
            desk,
            serial,
            name: Q::NAME,
            by,
            told,
            content: Box::new(answer),
        }
    }
}

/// An answer with its claim, whatever the question was: it can cross threads and wait in queues.
#[must_use = "an answer does nothing until it is handed in"]
pub struct Answer {
    desk: Weak<Shared>,
    pub(crate) serial: u64,
    pub(crate) name: &'static str,
    pub(crate) by: &'static str,
    pub(crate) told: String,
    pub(crate) content: BoxedAnswer,
}

impl Answer {
    /// Says something about how the answer came to be, for traces: never a secret.
    pub fn noting(mut self, note: &dyn fmt::Display) -> Self {
        self.told = format!("{}: {note}", self.told);
        self
    }

    /// Whether it chooses a policy: whoever has a configuration around the policy has to change it then.
    #[must_use]
    pub fn is_policy(&self) -> bool {
        let chosen: Option<&Result<Arc<ServerPolicy>, _>> = self.content.downcast_ref();
        chosen.is_some_and(Result::<_, Refusal>::is_ok)
    }

    pub(crate) fn belongs_to(&self, desk: &Arc<Shared>) -> bool {
        core::ptr::eq(self.desk.as_ptr(), Arc::as_ptr(desk))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} #{}: {})", self.name, self.serial, self.told)
    }
}

impl<Q: Ask> fmt::Debug for Claim<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({} #{})", Q::NAME, self.serial)
    }
}

/// Why a question could not be answered as hoped. Fatal for the handshake.
///
/// ```
/// use premaster_handshake::Refusal;
/// use premaster_wire::AlertDescription;
///
/// let refusal = Refusal::new("the certificate expired on 2026-01-31")
///     .alert(AlertDescription::certificate_expired);
/// assert_eq!(refusal.to_string(), "the certificate expired on 2026-01-31");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) reason: String,
    pub(crate) alert: Option<AlertDescription>,
    pub(crate) fault: Option<Fault>,
}

impl Refusal {
    /// A refusal with its reason, in words and without secrets.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            alert: None,
            fault: None,
        }
    }

    /// The alert that tells the peer, where the question's own would be less exact.
    #[must_use]
    pub fn alert(mut self, alert: AlertDescription) -> Self {
        self.alert = Some(alert);
        self
    }

    /// The fault that it is, where the question's own would be less exact.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The claim does not fit: the question was answered before, is of another connection, or its
/// connection is gone. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this claim answers no open question of this connection")]
pub struct StaleClaim;

/// An answer that may still be on its way, or a refusal, with its type erased.
pub(crate) type BoxedAnswer = Box<dyn Any + Send>;

/// Declares the question structs' enum and their [`Ask`] impls from one line each: `Name => Answer`.
///
/// `Sign => Vec<u8>` becomes the variant `Question::Sign(Asked<Sign>)` and
/// `impl Ask for Sign { type Answer = Vec<u8>; const NAME = "Sign"; .. }`.
macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident => $answer:ty;)*) => {
        /// All that a handshake may ask.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum Question {
            $($(#[$doc])* $name(Asked<$name>),)*
        }

        impl Question {
            /// The question's name, as in traces.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => <$name as Ask>::NAME,)* }
            }

            /// Refuses to answer, whatever is asked. Fatal for the handshake.
            pub fn refuse(self, refusal: Refusal, by: &'static str) -> Answer {
                match self {
                    $(Self::$name(asked) => asked.claim.with(Err(refusal), by),)*
                }
            }
        }

        $(impl Ask for $name {
            type Answer = $answer;
            const NAME: &'static str = stringify!($name);
            fn wrap(asked: Asked<Self>) -> Question {
                Question::$name(asked)
            }
        })*
    };
}

questions! {
    /// Which policy serves this client? Asked by a server as soon as it has read the ClientHello.
    ChooseConfig => Arc<ServerPolicy>;
    /// With which certificate and key do we authenticate? `None`: with none.
    ChooseCredential => Option<Arc<Credential>>;
    /// Is there a session of this ID? Asked by a server.
    FindSession => Option<Session>;
    /// Please keep this session under this ID. Asked by a server.
    StoreSession => ();
    /// Please forget the session of this ID. Asked by a server.
    ForgetSession => ();
    /// What session does this ticket hold? Asked by a server. `None`: it cannot be opened.
    OpenTicket => Option<OpenedTicket>;
    /// Please seal this session into a ticket. Asked by a server. `None`: no ticket this time.
    SealTicket => Option<SealedTicket>;
    /// Is there a session with this server? Asked by a client.
    FindClientSession => Option<ClientSession>;
    /// Please keep this session for the next connection. Asked by a client.
    StoreClientSession => ();
    /// Please forget what is kept for this server. Asked by a client.
    ForgetClientSession => ();
    /// Please sign this message.
    Sign => Vec<u8>;
    /// Please decrypt this premaster secret. A refusal is not fatal here: as any failure it leads to a
    /// random premaster secret, and to the same end (RFC 5246 section 7.4.7.1).
    Decrypt => Decrypted;
    /// Is this certificate chain good for this name and role?
    VerifyIdentity => Verdict;
    /// Is there a pre-shared key of this identity? Asked by a server of TLS 1.3, also for the key that a session rests on.
    FindPsk => Option<Arc<ExternalPsk>>;
    /// Is there a session of this ID? If so it is not kept any longer. Asked by a server of TLS 1.3.
    TakeSession => Option<Session>;
    /// May this early data be taken: has it certainly not come before? Asked by a server of TLS 1.3.
    AdmitEarlyData => bool;
}

/// See [`Question::ChooseConfig`]. Everything by which a server may tell its clients apart.
#[derive(Clone, Debug)]
pub struct ChooseConfig {
    /// The name the client wants to reach (RFC 6066 section 3), in lower case.
    pub server_name: Option<String>,
    /// The application protocols that it offers, in its order (RFC 7301).
    pub alpn: Vec<Vec<u8>>,
    /// The ClientHello itself, header included, for fingerprints and finer choices.
    pub client_hello: Vec<u8>,
}

/// See [`Question::ChooseCredential`].
#[derive(Clone, Debug)]
pub struct ChooseCredential {
    /// The name the client wants to reach; `None` when a client is asked for its certificate.
    pub server_name: Option<String>,
    /// The signature schemes that the peer accepts for what the key signs in this handshake, in its order. In TLS 1.3
    /// without those that it has for certificates alone.
    pub schemes: Vec<SignatureScheme>,
    /// The signature schemes that the peer accepts in certificates, in its order: what it says by
    /// signature_algorithms_cert, else by signature_algorithms (RFC 8446 section 4.2.3).
    pub certificate_schemes: Vec<SignatureScheme>,
    /// For a server: the kinds of authentication that the common cipher suites allow, best first.
    /// Empty for a client.
    pub authentications: Vec<Authentication>,
    /// For a server: the groups that the client lists; a key on a curve has to be on one of them
    /// (RFC 8422 section 5.1). `None`: it lists none, and any will do.
    pub groups: Option<Vec<NamedGroup>>,
    /// For a client: the kinds of certificate that the server takes (RFC 5246 section 7.4.4).
    /// Empty for a server.
    pub certificate_types: Vec<ClientCertificateType>,
    /// The distinguished names (DER) of the authorities that the peer trusts: a server says so when it asks for a
    /// certificate, a client of TLS 1.3 may (RFC 8446 section 4.2.4). Empty: it does not say.
    pub authorities: Vec<Vec<u8>>,
}

/// See [`Question::FindSession`].
#[derive(Clone, Debug)]
pub struct FindSession {
    /// The ID that the client sent, 1 to 32 bytes.
    pub id: Vec<u8>,
}

/// See [`Question::StoreSession`].
#[derive(Debug)]
pub struct StoreSession {
    /// The ID that the server gave it, 32 bytes.
    pub id: Vec<u8>,
    /// What to keep.
    pub session: Session,
}

/// See [`Question::ForgetSession`].
#[derive(Clone, Debug)]
pub struct ForgetSession {
    /// The ID of a session that a fatal error ended (RFC 5246 section 7.2.2).
    pub id: Vec<u8>,
}

/// See [`Question::OpenTicket`].
#[derive(Clone, Debug)]
pub struct OpenTicket {
    /// The ticket, as the client sent it (RFC 5077 section 3.4).
    pub ticket: Vec<u8>,
}

/// What a ticket held.
#[derive(Debug)]
pub struct OpenedTicket {
    /// The session.
    pub session: Session,
    /// Whether the client should get a fresh ticket, say because the key has been replaced.
    pub renew: bool,
}

/// See [`Question::SealTicket`].
#[derive(Debug)]
pub struct SealTicket {
    /// What to seal.
    pub session: Session,
}

/// A ticket for the client.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedTicket {
    /// The ticket; opaque to the client (RFC 5077 section 3.3).
    pub ticket: Vec<u8>,
    /// For how many seconds the client may use it; 0: it is not said.
    pub lifetime_hint: u32,
}

impl fmt::Debug for SealedTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SealedTicket({} bytes, {} s)",
            self.ticket.len(),
            self.lifetime_hint
        )
    }
}

/// See [`Question::FindClientSession`].
#[derive(Clone, Debug)]
pub struct FindClientSession {
    /// Whom we are about to talk to.
    pub key: ClientKey,
}

/// See [`Question::StoreClientSession`].
#[derive(Debug)]
pub struct StoreClientSession {
    /// Whom we talk to.
    pub key: ClientKey,
    /// What to keep.
    pub session: ClientSession,
}

/// See [`Question::ForgetClientSession`].
#[derive(Clone, Debug)]
pub struct ForgetClientSession {
    /// Whom we talked to.
    pub key: ClientKey,
}

/// See [`Question::Sign`]. Carries the message, not its digest: not every backend signs digests.
#[derive(Clone, Debug)]
pub struct Sign {
    /// Whose key signs.
    pub credential: Arc<Credential>,
    /// How.
    pub scheme: SignatureScheme,
    /// What.
    pub message: Vec<u8>,
}

/// See [`Question::Decrypt`].
#[derive(Clone, Debug)]
pub struct Decrypt {
    /// Whose key decrypts.
    pub credential: Arc<Credential>,
    /// What the client sent: a premaster secret under RSAES-PKCS1-v1_5.
    pub ciphertext: Vec<u8>,
    /// The version that the client has put into the premaster secret: its ClientHello's.
    pub client_version: ProtocolVersion,
}

/// What became of a ciphertext.
///
/// Whoever answers must not let it show whether the padding was good: not in the answer, not in the
/// time that it takes (property 10).
#[derive(Debug)]
pub enum Decrypted {
    /// The bare RSA operation's result, as long as the modulus: the handshake takes the padding off, in
    /// constant time.
    Block(SecretBytes),
    /// A premaster secret, from whoever takes the padding off in constant time too and gives a random one
    /// where it is wrong.
    PremasterSecret(Secret<48>),
}

/// See [`Question::VerifyIdentity`].
#[derive(Clone, Debug)]
pub struct VerifyIdentity {
    /// The certificates as DER, the peer's own first. Never empty, never longer than the limit.
    pub chain: Vec<Vec<u8>>,
    /// For a client: the name that the server must prove to be. `None` for a server.
    pub server_name: Option<String>,
    /// The stapled OCSP response, if the server sent one (RFC 6066 section 8).
    pub ocsp_response: Option<Vec<u8>>,
    /// The version agreed on.
    pub version: ProtocolVersion,
    /// The suite agreed on.
    pub suite: CipherSuite,
    /// What the peer's key does in this handshake: it decrypts (RSA key transport) instead of signing.
    pub decrypts: bool,
}

/// See [`Question::FindPsk`].
#[derive(Clone, Debug)]
pub struct FindPsk {
    /// The identity, as the client sent it (RFC 8446 section 4.2.11).
    pub identity: Vec<u8>,
}

/// See [`Question::TakeSession`]. Found and forgotten in one step: it is resumed once (RFC 8446 section 8.1).
#[derive(Clone, Debug)]
pub struct TakeSession {
    /// The ID that the client sent as an identity, 32 bytes.
    pub id: Vec<u8>,
}

/// See [`Question::AdmitEarlyData`].
#[derive(Clone, Debug)]
pub struct AdmitEarlyData {
    /// A hash of the ticket: its early data is taken once, in whichever ClientHello (RFC 8446 section 8.1).
    pub key: [u8; 32],
}

/// The verifier's assertion that a chain belongs to the peer it should belong to.
///
/// Its constructor is public and says what it means: whoever calls it has checked the chain.
/// That the peer holds the key is proved afterwards, by its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    spki: Vec<u8>,
    valid_until: Option<UnixTime>,
    by: &'static str,
}

impl Verdict {
    /// The peer is who it should be, and this is its key: a DER SubjectPublicKeyInfo. `by` names
    /// the verifier in traces.
    #[must_use]
    pub fn assert_verified(spki: Vec<u8>, by: &'static str) -> Self {
        Self {
            spki,
            valid_until: None,
            by,
        }
    }

    /// Until when that holds: sessions made under it end with it.
    #[must_use]
    pub fn until(mut self, time: UnixTime) -> Self {
        self.valid_until = Some(time);
        self
    }

    /// The key, as a DER SubjectPublicKeyInfo (RFC 5280 section 4.1).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Until when the identity holds, if the verifier said so.
    #[must_use]
    pub fn valid_until(&self) -> Option<UnixTime> {
        self.valid_until
    }

    /// Who verified.
    #[must_use]
    pub fn by(&self) -> &'static str {
        self.by
    }
}
