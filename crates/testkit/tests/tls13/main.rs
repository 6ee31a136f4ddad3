//! TLS 1.3, our client against our server in memory.

mod both;
mod duo;
mod post_handshake;
mod server_early_data;
mod server_retry;
mod server_tickets;
