//! What memory holds: no secret when it is given back, and never much more than was received.

mod allocator;
mod budget;
mod budget_after;
mod budget_tls13;
mod derivations;
mod failing;
mod modern;
mod needles;
mod operations;
mod schedule;
mod secrets;
