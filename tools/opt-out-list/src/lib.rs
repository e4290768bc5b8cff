#![doc = include_str!("../README.md")]

mod bucket;
mod client;
mod error;
mod file;
mod lists;
mod protocol;
mod requests;
mod serve;
mod service;

pub use error::ListError;
pub use file::StateError;
pub use lists::{OptOutLists, OptedOut, Options};
pub use protocol::Answer;
pub use serve::serve;
pub use service::OptOutListService;
