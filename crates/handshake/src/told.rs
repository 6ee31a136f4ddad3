//! Questions and answers in words, for traces; never with a secret.

use std::sync::Arc;

use premaster_session::{ClientSession, Session};

use crate::question::{
    AdmitEarlyData, ChooseConfig, ChooseCredential, Decrypt, Decrypted, FindClientSession, FindPsk,
    FindSession, ForgetClientSession, ForgetSession, OpenTicket, OpenedTicket, Refusal, SealTicket,
    SealedTicket, Sign, StoreClientSession, StoreSession, TakeSession, VerifyIdentity,
};
use crate::{Credential, ExternalPsk, ServerPolicy, Verdict};

/// What a question or an answer says to a reader.
pub trait Told {
    #[doc(hidden)]
    fn told(&self) -> String;

    /// What is said when a refusal takes its place.
    #[doc(hidden)]
    fn told_refusal(refusal: &Refusal) -> String {
        refusal.to_string()
    }
}

/// The same words whatever the answer is, refusals included: a log that told one from the other would tell its
/// readers what the padding was like (property 10).
impl Told for Decrypted {
    fn told(&self) -> String {
        NOT_TOLD.to_owned()
    }

    fn told_refusal(_refusal: &Refusal) -> String {
        NOT_TOLD.to_owned()
    }
}

const NOT_TOLD: &str = "done; whether it could be read shows in the client's Finished alone";

macro_rules! told {
    ($($type:ty: |$value:ident| $words:expr;)*) => {$(
        impl Told for $type {
            fn told(&self) -> String {
                let $value = self;
                $words.into()
            }
        }
    )*};
}

told! {
    ChooseConfig: |q| match &q.server_name {
        Some(name) => format!("for {name}"),
        None => "for a client that names no server".to_owned(),
    };
    ChooseCredential: |q| match &q.server_name {
        Some(name) => format!("for {name}, {} schemes acceptable", q.schemes.len()),
        None => format!("{} schemes acceptable, {} authorities named", q.schemes.len(), q.authorities.len()),
    };
    FindSession: |q| format!("by an ID of {} bytes", q.id.len());
    StoreSession: |q| format!("under an ID of {} bytes, for {} s", q.id.len(), q.session.lifetime);
    ForgetSession: |q| format!("of an ID of {} bytes", q.id.len());
    OpenTicket: |q| format!("{} bytes", q.ticket.len());
    SealTicket: |q| format!("for {} s", q.session.lifetime);
    FindClientSession: |q| format!("with {}", q.key.server);
    StoreClientSession: |q| format!("with {}", q.key.server);
    ForgetClientSession: |q| format!("with {}", q.key.server);
    Sign: |q| format!("{} bytes with {}", q.message.len(), q.scheme);
    Decrypt: |q| format!("{} bytes", q.ciphertext.len());
    VerifyIdentity: |q| match &q.server_name {
        Some(name) => format!("{} certificates for {name}", q.chain.len()),
        None => format!("{} certificates of a client", q.chain.len()),
    };
    FindPsk: |q| format!("by an identity of {} bytes", q.identity.len());
    TakeSession: |q| format!("by an ID of {} bytes", q.id.len());
    AdmitEarlyData: |_question| "the first time?";
    Option<Arc<ExternalPsk>>: |psk| found(psk.is_some());
    bool: |yes| if *yes { "yes" } else { "no" };
    Arc<ServerPolicy>: |_policy| "a policy";
    Option<Arc<Credential>>: |credential| match credential {
        Some(credential) => format!("a chain of {}", credential.chain().len()),
        None => "none".to_owned(),
    };
    Option<Session>: |session| found(session.is_some());
    Option<ClientSession>: |session| found(session.is_some());
    Option<OpenedTicket>: |ticket| match ticket {
        Some(ticket) if ticket.renew => "opened, to be renewed",
        Some(_) => "opened",
        None => "it cannot be opened",
    };
    Option<SealedTicket>: |ticket| match ticket {
        Some(ticket) => format!("{} bytes", ticket.ticket.len()),
        None => "no ticket".to_owned(),
    };
    Verdict: |verdict| format!("verified by {}", verdict.by());
    Vec<u8>: |signature| format!("{} bytes", signature.len());
    (): |_done| "done";
}

fn found(found: bool) -> &'static str {
    if found { "found" } else { "none" }
}
