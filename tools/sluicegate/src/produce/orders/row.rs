//! Rows of the two tables.

use std::collections::BTreeMap;

use records::Number;

use crate::produce::dms::{self, Settings, TableName, Value};

/// PostgreSQL's schema, or MySQL's database, with the tables.
pub(super) const SCHEMA: &str = "orders";
/// The quantity's column, and what it is called in the database that this one is modelled on.
pub const MISSPELT: (&str, &str) = ("itemQuantity", "itemQuanity");

/// A table of orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Headers of orders.
    Order,
    /// Items of orders.
    Item,
}

/// A row: the values of its table's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub(super) table: Table,
    pub(super) values: Vec<Value>,
}

/// Primary key of a row. An order comes before its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    /// `orderId`.
    pub order: u64,
    /// `itemId`; none for the order itself.
    pub item: Option<u64>,
}

/// A value as it must be in the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Canonical text of a number.
    Number(String),
    /// Text.
    Text(String),
}

/// Attributes by name.
pub type Attributes = BTreeMap<&'static str, Cell>;

/// Places of the columns that change.
pub(super) mod column {
    pub(in super::super) const ORDER_ID: usize = 0;
    pub(in super::super) const ORDER_AMOUNT: usize = 1;
    pub(in super::super) const ORDER_STATUS: usize = 2;
    pub(in super::super) const SHIP_TO_ADDRESS: usize = 5;
    pub(in super::super) const SHIP_TO_ZIP: usize = 8;
    pub(in super::super) const ITEM_ID: usize = 1;
    pub(in super::super) const ITEM_QUANTITY: usize = 2;
    pub(in super::super) const ITEM_AMOUNT: usize = 3;
    pub(in super::super) const ITEM_STATUS: usize = 4;
}

impl Table {
    /// The table's name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Item => "order_item",
        }
    }

    /// The columns, those of the primary key first.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Order => &[
                "orderId",
                "orderAmount",
                "orderStatus",
                "orderDateTime",
                "shipToName",
                "shipToAddress",
                "shipToCity",
                "shipToState",
                "shipToZip",
            ],
            Self::Item => &[
                "orderId",
                "itemId",
                "itemQuantity",
                "itemAmount",
                "itemStatus",
            ],
        }
    }

    /// How many columns the primary key has.
    pub(super) fn key_columns(self) -> usize {
        match self {
            Self::Order => 1,
            Self::Item => 2,
        }
    }
}

impl Row {
    pub(super) fn set(&mut self, place: usize, value: Value) {
        if let Some(slot) = self.values.get_mut(place) {
            *slot = value;
        }
    }
}

impl dms::Row for Row {
    type Key = RowKey;
    type Attributes = Attributes;

    fn table(&self) -> TableName<'static> {
        (SCHEMA, self.table.name())
    }

    fn names(&self) -> &'static [&'static str] {
        self.table.columns()
    }

    fn values(&self) -> &[Value] {
        &self.values
    }

    fn key_columns(&self) -> usize {
        self.table.key_columns()
    }

    fn key(&self) -> RowKey {
        let whole = |place| match self.values.get(place) {
            Some(Value::Whole(number)) => *number,
            _ => 0,
        };
        RowKey {
            order: whole(column::ORDER_ID),
            item: (self.table == Table::Item).then(|| whole(column::ITEM_ID)),
        }
    }

    /// NULL is nothing, and neither is an empty text that DMS leaves out.
    fn attributes(&self, settings: &Settings) -> Attributes {
        let cell = |value: &Value| match value {
            Value::Null => None,
            Value::Text(text) if text.is_empty() && !settings.null_and_empty => None,
            Value::Text(text) => Some(Cell::Text(text.clone())),
            Value::Whole(number) => Some(Cell::number(&number.to_string())),
            Value::Decimal(text) => Some(Cell::number(text)),
            Value::Written(text) => Some(Cell::Text((*text).to_owned())),
        };
        let columns = self.table.columns().iter().zip(&self.values);
        columns
            .filter_map(|(name, value)| Some((*name, cell(value)?)))
            .collect()
    }
}

impl Cell {
    /// A number in its canonical text.
    pub(super) fn number(text: &str) -> Self {
        let number = Number::parse(text);
        Self::Number(number.map_or_else(|_| text.to_owned(), |number| number.to_string()))
    }
}
