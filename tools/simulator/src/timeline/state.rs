//! The state of a tumbling window as a timeline keeps it.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Largest state that is kept word for word, in bytes.
pub(super) const LARGEST_IN_FULL: usize = 1024;

/// A window's state: the JSON itself, or only its size if it is longer than 1 KB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The JSON text.
    Full(String),
    /// How many bytes it has.
    Bytes(usize),
}

impl State {
    /// Keeps what a timeline shows of a state.
    pub fn new(json: &str) -> Self {
        if json.len() <= LARGEST_IN_FULL {
            Self::Full(json.to_owned())
        } else {
            Self::Bytes(json.len())
        }
    }
}

/// `{"sum":3}` or `… 1048577 bytes`.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(json) => f.write_str(json),
            Self::Bytes(bytes) => write!(f, "… {bytes} bytes"),
        }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Full(json) = self
            && let Ok(json) = serde_json::from_str::<&RawValue>(json)
        {
            return json.serialize(serializer);
        }
        serializer.collect_str(self)
    }
}
