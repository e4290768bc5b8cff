//! The function's handler with everything around it in the test's process.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod bad_input;
mod events;
mod faults;
mod layers;
mod support;
