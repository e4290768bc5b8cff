//! `sluicegate demo`: readings through a stack of its own, each one accounted for.

pub mod batch_log;
mod command;
pub mod crashes;
pub mod drain;
pub mod ledger;
pub mod read_back;
pub mod report;
pub mod stack;
pub mod table;
pub mod verdict;

pub use command::{DemoArgs, run};
