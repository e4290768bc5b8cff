//! `sluicegate produce`: generated records on a stream.

pub mod calls;
pub mod model;
pub mod number;
pub mod outgoing;
pub mod poison;
pub mod put_records;
pub mod rate;
pub mod sensors;

mod command;
mod pace;
mod target;

pub use command::{ProduceArgs, run};
