//! What is simulated: one shard, its records, its mapping and how the function behaves, read from a JSON file.
//!
//! The format is described in the crate's README.

mod amounts;
mod fields;
mod function;
mod mistake;
mod node;
mod read;
mod record;

use mapping::{Choices, Settings};
use records::Timestamp;

pub(crate) use amounts::amounts;
pub use function::{Fail, Function, How, Which};
pub use mistake::ScenarioError;
pub use record::Input;

/// What is simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The mapping's settings.
    pub settings: Settings,
    /// How the mapping behaves where AWS says nothing.
    pub choices: Choices,
    /// The records in the order of the shard. Timelines number them from 1.
    pub records: Vec<Input>,
    /// What the function does.
    pub function: Function,
    /// When the shard ends, if it does.
    pub shard_closed: Option<Timestamp>,
    /// End of the simulated time; without one it ends when nothing is left to be done.
    pub until: Option<Timestamp>,
}

impl Scenario {
    /// Reads a scenario file.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        read::scenario(text)
    }
}
