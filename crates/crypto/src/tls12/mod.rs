//! TLS 1.2 key derivation: PRF, master secret, key block, Finished, exporters.

mod key_block;
mod master_secret;
mod premaster;
mod prf;

pub use key_block::{KeyBlock, KeyBlockShape};
pub use master_secret::{FinishedProof, MasterSecret};
pub use premaster::{premaster, premaster_from_block};
pub use prf::prf;
