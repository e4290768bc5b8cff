//! The machine as a caller meets it: records and results in, actions out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batching;
mod choices;
mod failures;
mod histories;
mod parallel;
mod support;
mod window_ends;
mod windows;
