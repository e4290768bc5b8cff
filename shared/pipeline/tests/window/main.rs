//! Batches of a tumbling window through a function that does what the test says.

#![allow(clippy::panic, clippy::unwrap_used)]

mod failures;
mod layers;
mod poison;
mod state;
mod support;
