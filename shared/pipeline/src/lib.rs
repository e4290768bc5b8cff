#![doc = include_str!("../README.md")]

pub mod any_event;
pub mod batch;
pub mod clock;
pub mod config;
pub mod deadline;
pub mod layers;
pub mod metrics;
pub mod outcome;
pub mod quarantine;
pub mod run;
pub mod window;

mod event;
mod logs;
mod record_layers;
mod user_records;

pub use any_event::{EventFunction, run_event};
pub use batch::{BatchReport, InvocationError, Pipeline, StreamFunction};
pub use clock::Clock;
pub use config::{ConfigError, Environment};
pub use deadline::Deadline;
pub use layers::LayersConfig;
pub use outcome::{Outcome, Poison, Stage};
pub use quarantine::{KeptRecord, Quarantine};
pub use record_layers::RecordLayers;
pub use run::{Setup, StartError, run};
pub use window::{WindowFunction, WindowPipeline, WindowRecord, run_window};
