//! The rows of users.

use dynamo::{Item, Row};

use super::{AUDIENCE, KEY, NUMBER_VERSION, NumberRow, Status, USER_PREFIX, VERSION, add_time};
use crate::source::SourceChange;

/// The number version of a row that no number's row was looked at for: before all others.
const NO_NUMBER_VERSION: &str = "-";

/// The row of a user that a change makes. In the audience it is only once the number's row has been read.
pub fn user_item<'a>(change: &'a SourceChange<'_>, expires_at: i64) -> Item<'a> {
    let item = Item::new()
        .text(KEY.hash, change.key.phone.e164())
        .text(
            "entity",
            format!("{USER_PREFIX}{}", change.key.user.as_str()),
        )
        .text(VERSION, change.version.to_string())
        .text(NUMBER_VERSION, NO_NUMBER_VERSION);
    let Some(consent) = &change.consent else {
        return item
            .number("deleted", 1.into())
            .number("expiresAt", expires_at.into());
    };
    let item = item
        .text("userId", change.key.user.as_str())
        .text("country", change.key.phone.country())
        .text("status", Status::from(consent.answer).as_str());
    add_time(item, consent.source_time.as_deref())
}

/// A user's row that says yes, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptedInUser {
    user: String,
    country: String,
    version: String,
    source_time: Option<String>,
    /// The version of the number's row that it was settled by.
    pub number_version: String,
}

impl OptedInUser {
    pub(super) fn parse(row: &Row) -> Option<Self> {
        let owned = |name| row.text(name).map(str::to_owned);
        let status = row.text("status").and_then(Status::parse)?;
        (status == Status::OptedIn).then_some(())?;
        Some(Self {
            user: owned("userId")?,
            country: owned("country")?,
            version: owned(VERSION)?,
            source_time: owned("sourceTime"),
            number_version: owned(NUMBER_VERSION)?,
        })
    }

    /// The row as the number's row wants it: in the audience or not.
    pub fn settled<'r>(&'r self, number: &'r NumberRow<'_>) -> Item<'r> {
        let item = Item::new()
            .text(KEY.hash, &*number.phone)
            .text("entity", format!("{USER_PREFIX}{}", self.user))
            .text(VERSION, &*self.version)
            .text(NUMBER_VERSION, &*number.version)
            .text("userId", &*self.user)
            .text("country", &*self.country)
            .text("status", Status::OptedIn.as_str());
        let item = add_time(item, self.source_time.as_deref());
        match number.status {
            Status::OptedIn => item.text(AUDIENCE, &*self.country),
            Status::OptedOut => item,
        }
    }
}
