//! The rows of calls.

use dynamo::{Item, Row};

use super::{KEY, Status, number};

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

    pub(super) fn parse(entity: &str, row: &Row) -> Option<Self> {
        let statuses = [Status::OptedIn, Status::OptedOut].into_iter();
        let status = { statuses }.find(|status| entity.starts_with(Self::prefix(*status)))?;
        Some(Self {
            entity: entity.to_owned(),
            status,
            until: number(row, "until")?,
        })
    }
}
