#![doc = include_str!("../README.md")]

pub mod batch;
pub mod completion;
pub mod config;
pub mod enrichment;
pub mod join;
pub mod joiner;
pub mod products;
pub mod rows;
pub mod source;

pub use completion::Completion;
pub use config::{Config, JoinConfig};
pub use enrichment::OrderEnrichment;

/// The function's logical name: in its log, its metrics and the quarantine's keys.
pub const NAME: &str = "order-enrichment";
/// The name of the program that completes rows: in its log and its metrics.
pub const COMPLETION_NAME: &str = "product-completion";
