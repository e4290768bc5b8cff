//! The conditional writer against a DynamoDB in the test's process, over a wire that fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calls;
mod faults;
mod guards;
mod model;
mod support;
