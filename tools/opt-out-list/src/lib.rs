#![doc = include_str!("../README.md")]

mod bucket;
mod error;
mod lists;
mod protocol;
mod requests;

pub use error::ListError;
pub use lists::{OptOutLists, OptedOut, Options, StoredLists};
pub use stand_in::{Answer, StateError, serve};

/// Opt-out lists with a clock and, where wanted, a file. Clones share them.
pub type OptOutListService = stand_in::Service<OptOutLists>;
