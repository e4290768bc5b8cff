//! `sluicegate demo`: records through a stack of its own, each one accounted for.

pub mod batch_log;
mod columns;
mod command;
pub mod crashes;
mod own_stack;
pub mod problems;
pub mod read_back;
pub mod sales;
pub mod sensors;

pub use command::{DemoArgs, run};
pub use sensors::{drain, ledger, stack};
