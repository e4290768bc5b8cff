//! The rows of the table as they are written and read.

mod call;
mod number;
mod user;

use dynamo::{Item, KeySchema, Row};
use records::Number;

use crate::source::Answer;

pub use call::CallRow;
pub use number::{ChannelState, NumberRow};
pub use user::{OptedInUser, user_item};

/// The key of the table.
pub const KEY: KeySchema = KeySchema {
    hash: "phone",
    range: Some("entity"),
};
/// The index of who may be sent messages: hash `audience`, which is the country, range `phone`.
pub const AUDIENCE_INDEX: &str = "AudienceIndex";
/// The index of the numbers that the channel does not have as the table says: hash `pending`, range `phone`.
pub const PENDING_INDEX: &str = "PendingIndex";

/// What of two rows with the same key is newer; text that compares as the versions do.
pub const VERSION: &str = "version";
/// In a user's row: the version of the number's row by which it is in the audience or not.
pub const NUMBER_VERSION: &str = "numberVersion";
/// Hash key of [`AUDIENCE_INDEX`].
pub const AUDIENCE: &str = "audience";
/// Hash key of [`PENDING_INDEX`]; its value is the channel's name.
pub const PENDING: &str = "pending";
/// Why a number is pending that has not been sent yet. It will be, by the record that has written it.
pub const NOT_SENT: &str = "not-sent";

const USER_PREFIX: &str = "USER#";
const NUMBER_ENTITY: &str = "NUMBER";

/// Whether messages are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// An unambiguous yes.
    OptedIn,
    /// All else.
    OptedOut,
}

impl Status {
    /// The attribute's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OptedIn => "OPTED_IN",
            Self::OptedOut => "OPTED_OUT",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::OptedIn, Self::OptedOut]
            .into_iter()
            .find(|status| status.as_str() == text)
    }

    /// The version of a number's row: that of the change, and behind it what it says, so that of two changes with one
    /// version the opt-out is the newer one.
    pub fn number_version(self, version: &str) -> String {
        match self {
            Self::OptedIn => format!("{version}.i"),
            Self::OptedOut => format!("{version}.o"),
        }
    }
}

impl From<Answer> for Status {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Self::OptedIn,
            Answer::No | Answer::Unclear => Self::OptedOut,
        }
    }
}

/// What the table has of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// The number's row.
    pub number: Option<NumberRow<'static>>,
    /// Its users that say yes.
    pub opted_in: Vec<OptedInUser>,
    /// Calls of the channel.
    pub calls: Vec<CallRow>,
}

impl Partition {
    /// Reads rows. Those that this code has not written are left out.
    pub fn of(rows: &[Row]) -> Self {
        let mut partition = Self::default();
        for row in rows {
            match row.text("entity") {
                Some(NUMBER_ENTITY) => partition.number = NumberRow::parse(row),
                Some(entity) if entity.starts_with(USER_PREFIX) => {
                    partition.opted_in.extend(OptedInUser::parse(row));
                }
                Some(entity) => partition.calls.extend(CallRow::parse(entity, row)),
                None => {}
            }
        }
        partition
    }
}

fn add_time<'r>(item: Item<'r>, time: Option<&'r str>) -> Item<'r> {
    match time {
        Some(time) => item.text("sourceTime", time),
        None => item,
    }
}

/// A whole number of a row.
fn number(row: &Row, name: &str) -> Option<i64> {
    let digits = Number::parse(row.number(name)?).ok()?;
    digits.as_str().parse().ok()
}
