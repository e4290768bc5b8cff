#![doc = include_str!("../README.md")]

pub mod config;
pub mod source;

pub use config::Config;

/// The function's logical name: in its log, its metrics and the quarantine's keys.
pub const NAME: &str = "opt-in-updater";
