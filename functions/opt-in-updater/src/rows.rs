//! The rows of the table as they are written and read.

use std::borrow::Cow;

use dynamo::{Item, KeySchema, Row};
use records::Number;

use crate::source::{Answer, SourceChange};

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

/// The number version of a row that no number's row was looked at for: before all others.
const NO_NUMBER_VERSION: &str = "-";
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

/// What the channel has of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// What the row says.
    InStep,
    /// Something else, perhaps, and why.
    Pending(Cow<'static, str>),
    /// Nobody has asked: the channel was off.
    Off,
}

/// A number's row: what its newest change says, by whomever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRow<'r> {
    /// The number in E.164.
    pub phone: Cow<'r, str>,
    /// Its country.
    pub country: Cow<'r, str>,
    /// What the change says.
    pub status: Status,
    /// [`Status::number_version`] of the change.
    pub version: String,
    /// When that was, in the words of the source.
    pub source_time: Option<Cow<'r, str>>,
    /// What the channel has.
    pub state: ChannelState,
    /// Since when it is so, in seconds since the epoch.
    pub at: i64,
}

impl<'r> NumberRow<'r> {
    /// The row that a change makes; `None` for a row that is gone, which says nothing about its number.
    pub fn of(change: &'r SourceChange<'_>, state: ChannelState, at: i64) -> Option<Self> {
        let consent = change.consent.as_ref()?;
        let status = Status::from(consent.answer);
        Some(Self {
            phone: change.key.phone.e164().into(),
            country: change.key.phone.country().into(),
            status,
            version: status.number_version(&change.version.to_string()),
            source_time: consent.source_time.as_deref().map(Cow::Borrowed),
            state,
            at,
        })
    }

    /// Whether the channel is still to be told.
    pub fn is_not_sent(&self) -> bool {
        matches!(&self.state, ChannelState::Pending(reason) if reason == NOT_SENT)
    }

    /// The row; `channel` is the channel's name.
    pub fn to_item(&self, channel: &'static str) -> Item<'_> {
        let item = Item::new()
            .text(KEY.hash, &*self.phone)
            .text("entity", NUMBER_ENTITY)
            .text("country", &*self.country)
            .text("status", self.status.as_str())
            .text(VERSION, &*self.version)
            .number("channelAt", self.at.into());
        let item = add_time(item, self.source_time.as_deref());
        match &self.state {
            ChannelState::InStep => item.text("channel", "IN_STEP"),
            ChannelState::Off => item.text("channel", "OFF"),
            ChannelState::Pending(reason) => item
                .text("channel", "PENDING")
                .text("channelReason", &**reason)
                .text(PENDING, channel),
        }
    }

    fn parse(row: &Row) -> Option<NumberRow<'static>> {
        let owned = |name| row.text(name).map(str::to_owned);
        Some(NumberRow {
            phone: owned(KEY.hash)?.into(),
            country: owned("country")?.into(),
            status: Status::parse(row.text("status")?)?,
            version: owned(VERSION)?,
            source_time: owned("sourceTime").map(Cow::Owned),
            state: match row.text("channel")? {
                "IN_STEP" => ChannelState::InStep,
                "OFF" => ChannelState::Off,
                _ => ChannelState::Pending(owned("channelReason")?.into()),
            },
            at: number(row, "channelAt").unwrap_or_default(),
        })
    }
}

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
    fn parse(row: &Row) -> Option<Self> {
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

/// A call of the channel that is about to be made, or was: a promise that it is over at `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRow {
    /// Which call.
    pub entity: String,
    /// What it is for.
    pub status: Status,
    /// When it is over at the latest, in milliseconds since the epoch; 0 when it is over.
    pub until: i64,
}

impl CallRow {
    /// What stands before a call's id in the range key of its row: opting in takes a number off a list.
    fn prefix(status: Status) -> &'static str {
        match status {
            Status::OptedIn => "REMOVAL#",
            Status::OptedOut => "LISTING#",
        }
    }

    /// A call of this id.
    pub fn new(status: Status, id: u64, until: i64) -> Self {
        Self {
            entity: format!("{}{id:016x}", Self::prefix(status)),
            status,
            until,
        }
    }

    /// The row; `expires_at` is in seconds since the epoch.
    pub fn to_item<'r>(&'r self, phone: &'r str, expires_at: i64) -> Item<'r> {
        Item::new()
            .text(KEY.hash, phone)
            .text("entity", &*self.entity)
            .text("call", Self::prefix(self.status))
            .number("until", self.until.into())
            .number("expiresAt", expires_at.into())
    }

    fn parse(entity: &str, row: &Row) -> Option<Self> {
        let statuses = [Status::OptedIn, Status::OptedOut].into_iter();
        let status = { statuses }.find(|status| entity.starts_with(Self::prefix(*status)))?;
        Some(Self {
            entity: entity.to_owned(),
            status,
            until: number(row, "until")?,
        })
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
