//! Scripts for a whole client and a whole server.

use premaster_connection::Side;
use premaster_fuzz::play::seeds::{honest, lies};

use crate::Seeds;

/// Adds each script to the corpus of the side that it is played against.
pub(crate) fn add(seeds: &mut Seeds) {
    for seed in honest().into_iter().chain(lies()) {
        let target = match seed.victim {
            Side::Client => "client",
            Side::Server => "server",
        };
        seeds.entry(target).or_default().push(seed.script.write());
    }
}
