//! What memory holds: no secret when it is given back, and never much more than was received.

mod allocator;
mod budget;
mod budget13;
mod budget_after;
mod derivations;
mod modern;
mod needles;
mod operations;
mod schedule;
mod secrets;
