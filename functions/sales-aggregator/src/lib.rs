#![doc = include_str!("../README.md")]

pub mod aggregate;
pub mod aggregator;
pub mod amount;
pub mod config;
pub mod results;
pub mod rows;
pub mod sale;
pub mod state;

pub use aggregator::SalesAggregator;
pub use config::Config;

/// The function's logical name: in its log, its metrics and the quarantine's keys.
pub const NAME: &str = "sales-aggregator";
