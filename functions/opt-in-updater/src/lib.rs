#![doc = include_str!("../README.md")]

pub mod batch;
pub mod channel;
pub mod config;
pub mod counts;
pub mod keeper;
pub mod rows;
pub mod source;
pub mod table;
pub mod updater;

pub use config::Config;
pub use updater::OptInUpdater;

/// The function's logical name: in its log, its metrics and the quarantine's keys.
pub const NAME: &str = "opt-in-updater";
