//! The orders' demo: changes of a database into joined rows, and every row compared.

mod command;
pub mod ledger;
pub mod products;
pub mod report;
pub mod stack;
pub mod table;
pub mod verdict;

pub(super) use command::{OrderDemoArgs, run};
