//! `sluicegate produce`: generated records on a stream or in a table.

pub mod binlog;
pub mod calls;
pub mod consent;
pub mod dms;
pub mod effort;
pub mod model;
pub mod number;
pub mod orders;
pub mod outgoing;
pub mod poison;
pub mod products;
pub mod put_items;
pub mod put_records;
pub mod rate;
pub mod sales;
pub mod sensors;
pub mod wrap;

mod command;
mod hostile;
mod pace;
mod target;

pub use command::{ProduceArgs, run};
