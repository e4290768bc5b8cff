//! Which database to play.

use crate::produce::dms;

/// Which changes to make, and how to write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many changes, and how DMS tells of them. The ids of users differ from seed to seed.
    pub task: dms::Settings,
    /// How many users are there from the beginning, and loaded.
    pub users: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            task: dms::Settings::default(),
            users: 1_000,
        }
    }
}
