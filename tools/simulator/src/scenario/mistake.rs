//! What is wrong in a scenario file.

use std::fmt::Display;

use mapping::SettingsError;

/// What is wrong in a scenario, where, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The text is not JSON.
    #[error("no JSON: {0}")]
    Syntax(serde_json::Error),
    /// A name that means nothing here.
    #[error("{place}: unknown; {hint}")]
    Unknown {
        /// Path of the name in the file.
        place: String,
        /// The name that may be meant, or all that are known.
        hint: String,
    },
    /// A name is given twice.
    #[error("{place}: given twice")]
    Twice {
        /// Path of the name in the file.
        place: String,
    },
    /// Something is missing.
    #[error("{place}: missing; expected {expected}")]
    Missing {
        /// Path of what is missing.
        place: String,
        /// What should be there.
        expected: String,
    },
    /// A value that cannot be.
    #[error("{place}: {got}; expected {expected}")]
    Wrong {
        /// Path of the value in the file.
        place: String,
        /// The value, shortened.
        got: String,
        /// What would be right.
        expected: String,
    },
    /// A setting of the mapping is wrong.
    #[error("settings.{0}")]
    Settings(#[from] SettingsError),
}

/// Longest part of a wrong value that a message repeats, in characters.
const SHOWN: usize = 40;

impl ScenarioError {
    /// A value that cannot be, as its text stands in the file.
    pub(super) fn wrong(place: &str, text: &str, expected: impl Display) -> Self {
        let mut got: String = text.chars().take(SHOWN).collect();
        if got.len() < text.len() {
            got.push('…');
        }
        Self::Wrong {
            place: place.to_owned(),
            // A value that is written over several lines would break the message.
            got: got.split_whitespace().collect::<Vec<_>>().join(" "),
            expected: expected.to_string(),
        }
    }
}
