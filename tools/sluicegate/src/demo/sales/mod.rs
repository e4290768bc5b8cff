//! The sales' demo: a stream and a table into windows, and every window checked to the last digit.

pub mod board;
mod command;
pub mod expected;
pub mod ledger;
mod poisoned;
pub mod report;
pub mod rows;
pub mod stack;
pub mod streams;
pub mod table;
pub mod verdict;
pub mod watch;

pub(super) use command::{SalesDemoArgs, run};
pub use expected::Rules;

/// Where sales come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The Kinesis stream of sales.
    Stream,
    /// The table of orders, by its stream.
    Table,
}

impl Source {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Table => "table",
        }
    }
}
