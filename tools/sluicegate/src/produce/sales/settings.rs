//! What sales to make.

use crate::UsageError;
use crate::share::Share;

/// What sales to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many records.
    pub count: u64,
    /// How many groups there are, 1 or more.
    pub groups: u32,
    /// Name of the attribute that says a sale's group; without one, sales have none.
    pub group_attribute: Option<String>,
    /// How uneven the groups are.
    pub skew: Skew,
    /// What decides about everything random.
    pub seed: u64,
    /// Time of the first sale, in seconds since 1970.
    pub start: i64,
    /// How many of the records can never be counted.
    pub poison: Share,
    /// How many of the records repeat an earlier sale, byte for byte.
    pub duplicates: Share,
    /// How many of the records change or delete an earlier order. Only a table knows changes.
    pub changes: Share,
    /// What becomes the partition key. Only a stream has one.
    pub keys: Keys,
}

/// How uneven the groups are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Skew {
    /// Each group gets as many sales as any other
    #[default]
    None,
    /// The second group gets half of what the first gets, the third a third, and so on
    Zipf,
}

/// What the partition key, and with it the shard, is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Keys {
    /// All sales of a group go to one shard
    Group,
    /// Each sale goes anywhere; the shards are loaded evenly
    #[default]
    Sale,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            count: 10_000,
            groups: 10,
            group_attribute: Some("store".to_owned()),
            skew: Skew::None,
            seed: 1,
            start: 1_700_000_000,
            poison: Share::NONE,
            duplicates: Share::NONE,
            changes: Share::NONE,
            keys: Keys::Sale,
        }
    }
}

impl Settings {
    /// Refuses settings that are right each for itself and wrong together.
    pub fn check(&self) -> Result<(), UsageError> {
        let shares = self.poison.checked_add(self.duplicates);
        if shares
            .and_then(|both| both.checked_add(self.changes))
            .is_none()
        {
            return Err(UsageError(format!(
                "--poison {}, --duplicates {} and --changes {} are more than all records: expected 100% at most \
                 together",
                self.poison, self.duplicates, self.changes
            )));
        }
        Ok(())
    }
}

/// Reads the name of a group attribute.
pub fn parse_group_attribute(text: &str) -> Result<String, String> {
    if text.is_empty() || ["ID", "Item", "sales", "timeStamp", "status"].contains(&text) {
        return Err("expected the name of an attribute of its own, for instance store".to_owned());
    }
    Ok(text.to_owned())
}
