//! From the bytes of a record to what it changes: of which row, to what, as of which version.

mod columns;

use pipeline::{Poison, Stage};
use records::cdc::{CdcError, CdcFormat, CdcRecord, ColumnError, Operation, RowChange};
use records::{UserRecord, Version};

pub use columns::{Columns, ITEM_COLUMNS, ORDER_COLUMNS};
pub(crate) use columns::{ITEM, Kind, ORDER, read_columns};

/// The source's table of orders.
pub const ORDER_TABLE: &str = "order";
/// The source's table of their items.
pub const ITEM_TABLE: &str = "order_item";

/// Reads records of one source.
#[derive(Clone, Debug)]
pub struct SourceReader {
    /// Who writes them, and how.
    pub format: CdcFormat,
    /// The schema (MySQL: the database) of the two tables.
    pub schema: String,
    /// The epoch of all versions.
    pub epoch: u16,
}

/// A row of the source. Ordered by its order first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey {
    /// The order.
    pub order_id: i64,
    /// Which row of the order.
    pub entity: Entity,
}

/// Which row of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// The order itself.
    Order,
    /// The item with this `itemId`.
    Item(i64),
}

/// A change of one row of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceChange<'a> {
    /// The row.
    pub key: SourceKey,
    /// Which of two changes of the row is the later one.
    pub version: Version<'a>,
    /// What the row is from then on; `None` if it is gone.
    pub columns: Option<Columns<'a>>,
}

/// What one record changes: one row, or two if a row's key has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceChanges<'a> {
    /// The row that the record is about.
    pub row: SourceChange<'a>,
    /// The row that it was before, which is gone.
    pub moved_from: Option<SourceChange<'a>>,
}

/// Why a record is no change of an order or an item. Always poison.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is no change record.
    #[error(transparent)]
    Record(#[from] CdcError),
    /// A column of it is not what it has to be.
    #[error(transparent)]
    Column(#[from] ColumnError),
}

impl From<SourceError> for Poison {
    fn from(error: SourceError) -> Self {
        let (stage, reason) = match &error {
            SourceError::Record(error) => (Stage::Payload, error.reason()),
            SourceError::Column(error) => (Stage::Domain, error.reason()),
        };
        Self {
            stage,
            reason,
            detail: error.to_string().into(),
        }
    }
}

impl SourceReader {
    /// What a record changes; `None` if it is about something else: a control record, a table of DMS's own or another
    /// one, a tombstone of Debezium.
    pub fn read<'a>(
        &self,
        record: &UserRecord<'a>,
    ) -> Result<Option<SourceChanges<'a>>, SourceError> {
        let CdcRecord::Row(change) = self.format.read(record.data)? else {
            return Ok(None);
        };
        if change.table.schema != self.schema {
            return Ok(None);
        }
        let read_key = match &*change.table.name {
            ORDER_TABLE => order_key,
            ITEM_TABLE => item_key,
            _ => return Ok(None),
        };
        let version = change.version(record.position).in_epoch(self.epoch);
        let key = read_key(&|name| change.row.required(name))?;
        let gone = |key| SourceChange {
            key,
            version,
            columns: None,
        };
        if change.operation == Operation::Delete {
            return Ok(Some(SourceChanges {
                row: gone(key),
                moved_from: None,
            }));
        }
        let key_before = key_before(&change, read_key)?;
        let columns = read_columns(&change.row, key.entity)?;
        let row = SourceChange {
            key,
            version,
            columns: Some(columns),
        };
        let moved_from = key_before.filter(|before| *before != key).map(gone);
        Ok(Some(SourceChanges { row, moved_from }))
    }
}

/// Gives a column that must be there.
type Required<'c, 'a> = &'c dyn Fn(&str) -> Result<&'c records::cdc::Column<'a>, ColumnError>;

fn order_key(required: Required<'_, '_>) -> Result<SourceKey, ColumnError> {
    Ok(SourceKey {
        order_id: required("orderId")?.integer()?,
        entity: Entity::Order,
    })
}

fn item_key(required: Required<'_, '_>) -> Result<SourceKey, ColumnError> {
    Ok(SourceKey {
        order_id: required("orderId")?.integer()?,
        entity: Entity::Item(required("itemId")?.integer()?),
    })
}

/// The key of an updated row before the update, as far as its image before tells. Compared as integers, so that two
/// spellings of one number are one key.
fn key_before(
    change: &RowChange<'_>,
    read_key: fn(Required<'_, '_>) -> Result<SourceKey, ColumnError>,
) -> Result<Option<SourceKey>, ColumnError> {
    let Some(before) = change.before.as_ref().filter(|before| !before.is_empty()) else {
        return Ok(None);
    };
    if change.operation != Operation::Update {
        return Ok(None);
    }
    let column = |name: &str| match before.present(name) {
        Some(column) => Ok(column),
        None => change.row.required(name),
    };
    read_key(&column).map(Some)
}

#[cfg(test)]
mod tests;
