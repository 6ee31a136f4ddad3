//! What happened in a TLS connection, as typed events, and the sinks that write them down.
//!
//! A connection holds a [`Tracer`] and tells it what it sends and receives, what it expects, asks and decides, and which
//! secret it derives from what. Without a sink that costs one test of an `Option` per event. The sinks here:
//!
//! | sink | writes | for |
//! |---|---|---|
//! | [`Text`] | readable paragraphs | a person who wants to understand a handshake |
//! | [`JsonLines`] | an object per event | tools |
//! | [`KeyLog`] | secrets, in the SSLKEYLOGFILE format | analysers that decrypt recorded traffic |
//!
//! A sink of your own implements [`Sink`]. Secret bytes are in no event: they reach a [`SecretSink`] only, and the one
//! here has a constructor that begins with `dangerous_`.
//!
//! ```
//! use premaster_trace::{Direction, Epoch, Event, Shared, Side, Text, Tracer};
//!
//! let output = Shared::new(Vec::new());
//! let tracer = Tracer::new(Side::Client).with_sink(Text::new(output.clone()));
//!
//! tracer.emit(|| Event::Message {
//!     direction: Direction::Received,
//!     epoch: Epoch::Plain,
//!     bytes: &[14, 0, 0, 0],
//! });
//!
//! let text = output.with(|bytes| String::from_utf8_lossy(bytes).into_owned());
//! assert!(text.contains("server -> client: ServerHelloDone (4 bytes, not encrypted)"));
//! ```
#![forbid(unsafe_code)]

mod derivation;
mod early_data;
mod essentials;
mod event;
mod json;
mod key_log;
mod output;
mod quantum;
mod text;
mod tracer;
mod value;

pub use derivation::{Derivation, Input, Origin, Part, PskKind, SecretKind};
pub use early_data::{EarlyData, EarlyDataReason};
pub use event::{Choice, Direction, Epoch, Event, Facts, ResumedBy, Side, SignatureUse};
pub use json::JsonLines;
pub use key_log::KeyLog;
pub use output::Shared;
pub use quantum::QuantumSafety;
pub use text::Text;
pub use tracer::{Context, SecretLabel, SecretSink, Sink, Tracer};
pub use value::Value;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
