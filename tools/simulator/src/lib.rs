#![doc = include_str!("../README.md")]

pub mod scenario;
pub mod timeline;
#[cfg(feature = "world")]
pub mod world;

mod run;
mod scripted;
mod summary;

pub use run::Run;
pub use scenario::{Scenario, ScenarioError};
pub use summary::Summary;
pub use timeline::Timeline;
