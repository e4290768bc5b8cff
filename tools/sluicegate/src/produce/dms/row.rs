//! Rows as the database has them.

use std::fmt::Debug;

use super::settings::Settings;
use super::writer::TableName;

/// A column's value as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number.
    Whole(u64),
    /// With all places of its column: `300.00`.
    Decimal(String),
    /// A text.
    Text(String),
    /// JSON text that DMS writes as it stands, whatever the settings say of numbers.
    Written(&'static str),
}

/// A row of a table.
pub trait Row: Clone + Debug + PartialEq {
    /// The primary key.
    type Key: Clone + Debug + PartialEq;
    /// What a reader learns of the row.
    type Attributes: Clone + Debug;

    /// Schema and table.
    fn table(&self) -> TableName<'static>;
    /// Names of the columns, those of the primary key first.
    fn names(&self) -> &'static [&'static str];
    /// The values of the columns.
    fn values(&self) -> &[Value];
    /// How many columns the primary key has.
    fn key_columns(&self) -> usize;
    /// The primary key.
    fn key(&self) -> Self::Key;
    /// What a reader of the records learns of the row.
    fn attributes(&self, settings: &Settings) -> Self::Attributes;

    /// The primary key's text in a partition key.
    fn key_text(&self) -> String {
        let values = self.values().iter().take(self.key_columns());
        let texts = values.map(|value| match value {
            Value::Null => String::new(),
            Value::Whole(number) => number.to_string(),
            Value::Decimal(text) | Value::Text(text) => text.clone(),
            Value::Written(text) => (*text).to_owned(),
        });
        texts.collect::<Vec<_>>().join(".")
    }
}
