//! Streams over sockets, narrow pipes and transports that fail; alone, in halves, and with late answers.

mod blocking;
mod cancelled;
mod early_data;
mod endings;
mod flushing;
mod halves;
mod idle;
mod narrow;
mod openssl;
mod questions;
mod stage;
