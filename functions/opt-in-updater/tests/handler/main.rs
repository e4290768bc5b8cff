//! The function's handler with everything around it in the test's process.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../services/mod.rs"]
mod services;

mod channel;
mod events;
mod faults;
mod order;
mod personal;
mod support;
