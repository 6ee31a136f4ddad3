//! The messages that SSL 3.0 has in a form of its own (RFC 6101 section 5.6).
//!
//! Where it agrees with TLS 1.0 and 1.1, the forms are those of [`tls11`](crate::tls11), and else those of
//! [`tls12`](crate::tls12). A client without a certificate does not send an empty one but the alert
//! `no_certificate` (RFC 6101 section 5.6.6). The forms of FORTEZZA are not read.

mod client_key_exchange;
mod finished;

pub use client_key_exchange::RsaClientKeyExchange;
pub use finished::Finished;
