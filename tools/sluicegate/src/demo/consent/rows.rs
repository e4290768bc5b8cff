//! The rows of the table as they must be.

use super::ledger::Place;
use crate::demo::findings::show;
use crate::demo::read_back::{Attribute, StoredRow};
use crate::produce::consent::{ConsentKey, Said};

/// What stands before a user's id in the sort key.
const USER: &str = "USER#";
/// The sort key of what was said last of a number.
pub(super) const NUMBER: &str = "NUMBER";
/// What stands before the id of a call of the channel in its sort key.
const CALLS: [&str; 2] = ["REMOVAL#", "LISTING#"];
/// What is left of a row that is gone.
pub(super) const TOMBSTONE: [&str; 6] = [
    "phone",
    "entity",
    "version",
    "numberVersion",
    "deleted",
    "expiresAt",
];

/// What a row is of; nothing for a call of the channel.
pub(super) fn place(row: &StoredRow) -> Result<Option<Place>, String> {
    let (Some(Attribute::Text(phone)), Some(Attribute::Text(entity))) =
        (row.get("phone"), row.get("entity"))
    else {
        return Err(format!("a row without a key: {}", show(row)));
    };
    let phone = phone.clone();
    match entity.strip_prefix(USER) {
        Some(user) => Ok(Some(Place::User(ConsentKey {
            phone,
            user: user.to_owned(),
        }))),
        None if entity == NUMBER => Ok(Some(Place::Number(phone))),
        None if CALLS.iter().any(|call| entity.starts_with(call)) => Ok(None),
        None => Err(format!("a row of an unknown kind: {}", show(row))),
    }
}

pub(super) fn user_row(key: &ConsentKey, said: &Said, is_audience: bool) -> StoredRow {
    let mut row = said_row(said);
    row.insert("phone".to_owned(), text(&key.phone));
    row.insert("entity".to_owned(), text(&format!("{USER}{}", key.user)));
    row.insert("userId".to_owned(), text(&key.user));
    if is_audience {
        row.insert("audience".to_owned(), text(said.country));
    }
    row
}

pub(super) fn said_row(said: &Said) -> StoredRow {
    let status = if said.is_in { "OPTED_IN" } else { "OPTED_OUT" };
    let fields = [
        ("country", Some(said.country)),
        ("status", Some(status)),
        ("sourceTime", said.source_time.as_deref()),
    ];
    let fields = fields.into_iter();
    fields
        .filter_map(|(name, value)| Some((name.to_owned(), text(value?))))
        .collect()
}

pub(super) fn text(value: &str) -> Attribute {
    Attribute::Text(value.to_owned())
}

pub(super) fn show_place(place: &Place) -> String {
    match place {
        Place::User(key) => format!("{} of user {}", key.phone, key.user),
        Place::Number(phone) => phone.clone(),
    }
}
