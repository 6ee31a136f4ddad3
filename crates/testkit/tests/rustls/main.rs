//! rustls as a peer, in memory: both of its backends, as client and as server.

mod classic;
mod compression;
mod early_data;
mod peer;
mod sides;
mod store;
mod tls13;
mod versions;
