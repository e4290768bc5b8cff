//! The function's handler with everything around it in the test's process.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod batches;
mod events;
mod faults;
mod layers;
mod other_parts;
mod queries;
mod support;
