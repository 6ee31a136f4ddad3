//! TLS 1.2 key derivation: PRF, master secret, key block, Finished, exporters.

mod key_block;
mod master_secret;
mod prf;

pub use key_block::{KeyBlock, KeyBlockShape};
pub use master_secret::{FinishedProof, MasterSecret};
pub use prf::prf;
