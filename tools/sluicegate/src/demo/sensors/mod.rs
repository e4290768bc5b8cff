//! The sensors' demo: readings through the stream into the table.

mod command;
pub mod ledger;
pub mod report;
pub mod stack;
pub mod table;
pub mod verdict;

pub(super) use command::{EXAMPLES, SensorDemoArgs, run};
