#![doc = include_str!("../README.md")]

pub mod config;
pub mod ingest;
pub mod reading;

pub use config::Config;
pub use ingest::SensorIngest;
pub use reading::{Reading, ReadingError};

/// The function's logical name: in metrics, in quarantine keys.
pub const NAME: &str = "sensor-ingest";
