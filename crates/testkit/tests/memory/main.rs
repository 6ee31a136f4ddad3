//! What memory holds: no secret when it is given back, and never much more than was received.

mod allocator;
mod budget;
mod needles;
mod operations;
mod secrets;
