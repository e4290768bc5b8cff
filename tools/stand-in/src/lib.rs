#![doc = include_str!("../README.md")]

mod client;
mod file;
mod serve;
mod service;

pub use file::StateError;
pub use serve::serve;
pub use service::Service;

use std::fmt;

use records::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A service as a state machine.
pub trait StandIn: fmt::Debug + Send + 'static {
    /// The service's part of `X-Amz-Target`.
    const SERVICE: &'static str;
    /// What it is, for messages: `opt-out lists`.
    const NAME: &'static str;
    /// The protocol's content type.
    const CONTENT_TYPE: &'static str;
    /// Largest body of a call that is read, in bytes.
    const MOST_BODY: usize;
    /// What of it is kept in a file.
    type Stored: Serialize + DeserializeOwned;

    /// Answers one call: `target` is the header `X-Amz-Target`, `body` the JSON below it.
    fn answer(&mut self, target: &str, body: &[u8], now: Timestamp) -> Answer;

    /// The answer to a call whose body is longer than [`Self::MOST_BODY`].
    fn too_large() -> Answer;

    /// The answer to a call whose change could not be kept.
    fn not_kept() -> Answer;

    /// How many changes there were: what has the same number of changes is the same.
    fn changes(&self) -> u64;

    /// What is to be kept.
    fn stored(&self) -> Self::Stored;

    /// Takes up what was kept.
    fn restore(&mut self, stored: Self::Stored);
}

/// An answer to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// A JSON object.
    pub body: String,
}
