//! The columns that are kept of a row, under their own names.

use dynamo::{Item, Value};
use records::cdc::{Column, ColumnError, Row};

use super::Entity;

/// What a column is kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number, digit for digit.
    Number,
    /// Text; numbers and truth values as text.
    Text,
}

/// The columns of an order, by attribute.
pub const ORDER_COLUMNS: [&str; 8] = names(&ORDER);
/// The columns of an item, by attribute.
pub const ITEM_COLUMNS: [&str; 3] = names(&ITEM);

/// Attribute, what it is, and how else the source may call the column.
type Known = (&'static str, Kind, Option<&'static str>);

pub(crate) const ORDER: [Known; 8] = [
    ("orderAmount", Kind::Number, None),
    ("orderStatus", Kind::Text, None),
    ("orderDateTime", Kind::Text, None),
    ("shipToName", Kind::Text, None),
    ("shipToAddress", Kind::Text, None),
    ("shipToCity", Kind::Text, None),
    ("shipToState", Kind::Text, None),
    ("shipToZip", Kind::Text, None),
];

pub(crate) const ITEM: [Known; 3] = [
    // The database that this pipeline was first written for misspells it.
    ("itemQuantity", Kind::Number, Some("itemQuanity")),
    ("itemAmount", Kind::Number, None),
    ("itemStatus", Kind::Text, None),
];

const fn names<const N: usize>(known: &[Known; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut index = 0;
    while index < N {
        names[index] = known[index].0;
        index += 1;
    }
    names
}

/// The values of a row beside its key: those that are not NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns<'a>(Vec<(&'static str, Value<'a>)>);

impl<'a> Columns<'a> {
    /// The value of a column.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        let found = self.0.iter().find(|(attribute, _)| *attribute == name);
        found.map(|(_, value)| value)
    }

    /// Adds them to an item.
    pub(crate) fn add_to(&self, item: Item<'a>) -> Item<'a> {
        self.0.iter().fold(item, |item, (name, value)| match value {
            Value::Text(text) => item.text(name, text.clone()),
            Value::Number(number) => item.number(name, number.clone()),
        })
    }
}

/// The known columns of a row; all others are left out.
pub(crate) fn read_columns<'a>(row: &Row<'a>, entity: Entity) -> Result<Columns<'a>, ColumnError> {
    let known: &[Known] = match entity {
        Entity::Order => &ORDER,
        Entity::Item(_) => &ITEM,
    };
    let mut columns = Vec::with_capacity(known.len());
    for &(attribute, kind, other_name) in known {
        let other = || other_name.and_then(|name| row.present(name));
        if let Some(column) = row.present(attribute).or_else(other) {
            columns.push((attribute, value(column, kind)?));
        }
    }
    Ok(Columns(columns))
}

fn value<'a>(column: &Column<'a>, kind: Kind) -> Result<Value<'a>, ColumnError> {
    Ok(match kind {
        Kind::Number => Value::Number(column.number()?),
        Kind::Text => Value::Text(column.key_text()?),
    })
}
