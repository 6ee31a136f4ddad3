//! TLS over a stream: the [`Connection`], and the two halves of an established one.

mod alert;
mod connection;
mod early_data;
mod established;
mod opener;
mod requests;
mod sealer;
mod shape;
#[cfg(test)]
mod testing;
mod traffic;

pub use connection::{Answerable, Connection, Next, NotYet, Options, Surface};
pub use opener::{Opener, Received};
pub use sealer::{Notice, Sealer};
