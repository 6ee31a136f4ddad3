//! TLS 1.3, our client against our server in memory.

mod both;
mod client_early_data;
mod client_hello;
mod client_options;
mod client_trace;
mod duo;
mod external_sessions;
mod limits;
mod post_handshake;
mod resumption;
mod retry_psks;
mod server_early_data;
mod server_hello;
mod server_psk;
mod server_retry;
mod server_tickets;
