//! `sluicegate demo`: records through a stack of its own, each one accounted for.

pub mod batch_log;
pub mod change_ledger;
mod columns;
mod command;
pub mod consent;
pub mod crashes;
pub mod drain;
pub mod findings;
pub mod latency;
pub mod orders;
mod own_service;
mod own_stack;
mod poisoned;
pub mod problems;
pub mod read_back;
pub mod receipts;
pub mod sales;
pub mod sensors;

pub use command::{DemoArgs, run};
pub use sensors::{ledger, stack};
