//! The consent demo: people change their minds, and table, audience and opt-out list are compared.

mod command;
pub mod ledger;
pub mod report;
mod rows;
pub mod stack;
pub mod table;
pub mod verdict;

pub(super) use command::{ConsentDemoArgs, run};
