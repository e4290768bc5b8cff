//! The rows of numbers.

use std::borrow::Cow;

use dynamo::{Item, Row};

use super::{KEY, NOT_SENT, NUMBER_ENTITY, PENDING, Status, VERSION, add_time, number};
use crate::source::SourceChange;

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

    pub(super) fn parse(row: &Row) -> Option<NumberRow<'static>> {
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
