//! Questions about consent, and keeping the opt-out list right.

pub mod audience;
mod command;
pub mod reconcile;
mod source;

pub use command::{AudienceArgs, ConsentArgs, run, run_audience};
