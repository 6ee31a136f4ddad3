//! TLS over a stream: the [`Connection`], and the two halves of an established one.

mod connection;
mod opener;
mod sealer;

pub use connection::{Answerable, Connection, Next, NotYet, Options, Surface};
pub use opener::{Opener, Received};
pub use sealer::{Notice, Sealer};
