#![doc = include_str!("../README.md")]

pub mod aws;
pub mod consent;
pub mod console;
pub mod decode;
pub mod demo;
pub mod local;
pub mod produce;
pub mod project;
pub mod runner;
pub mod share;
pub mod simulate;
pub mod system;

mod causes;
mod cli;

pub use causes::causes;
pub use cli::{Cli, Ending, UsageError, run};
