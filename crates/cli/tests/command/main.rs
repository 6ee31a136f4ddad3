//! The command as its users meet it: started, fed, read and ended from outside.

mod connect;
mod demo;
mod files;
mod json;
mod old;
mod process;
mod serve;
mod sessions;
mod tls13;
mod update_keys;
mod usage;
mod www;
