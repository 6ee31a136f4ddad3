//! rustls as a peer, in memory: both of its backends, as client and as server.

mod classic;
mod peer;
mod sides;
