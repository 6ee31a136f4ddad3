//! The messages that only TLS 1.2 and before have, or have in this form (RFC 5246 section 7.4).

mod certificate;
mod certificate_request;
mod client_key_exchange;
mod hello_request;
mod key_exchange;
mod new_session_ticket;
mod server_hello_done;
mod server_key_exchange;
mod server_params;

pub use certificate::{Asn1Cert, Certificate};
pub use certificate_request::CertificateRequest;
pub use client_key_exchange::{
    DhClientKeyExchange, DhePskClientKeyExchange, EcdhClientKeyExchange, EcdhePskClientKeyExchange,
    ImplicitClientKeyExchange, PskClientKeyExchange, RsaClientKeyExchange, RsaPskClientKeyExchange,
    SrpClientKeyExchange,
};
pub use hello_request::HelloRequest;
pub use key_exchange::{ClientKeyExchange, KeyExchangeAlgorithm, ServerKeyExchange};
pub use new_session_ticket::NewSessionTicket;
pub use server_hello_done::ServerHelloDone;
pub use server_key_exchange::{
    DhePskServerKeyExchange, DheServerKeyExchange, DigitallySigned, EcdhePskServerKeyExchange,
    EcdheServerKeyExchange, PskServerKeyExchange, SrpServerKeyExchange,
};
pub use server_params::{EcParameters, ServerDhParams, ServerEcdhParams, ServerSrpParams};

pub(super) use server_key_exchange::params_and_signature;
