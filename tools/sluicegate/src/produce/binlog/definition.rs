//! Tables as they are defined.

use std::fmt;
use std::str::FromStr;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::error::BinlogError;
use super::kind::Kind;
use crate::produce::dms::Json;

/// A table by name: `orders.order_item`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId {
    /// The database.
    pub schema: String,
    /// The table in it.
    pub table: String,
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

impl FromStr for TableId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('.') {
            Some((schema, table)) if !schema.is_empty() && !table.is_empty() => Ok(Self {
                schema: schema.to_owned(),
                table: table.to_owned(),
            }),
            _ => Err("expected DATABASE.TABLE, for instance orders.order_item".to_owned()),
        }
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) id: TableId,
    pub(super) columns: Vec<Column>,
    /// Places of the primary key's columns, in its order.
    pub(super) key: Vec<usize>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A row's values in the order of its table's columns; none where a column is left out.
pub(super) type Values = Vec<Option<Json>>;

impl Definition {
    /// Asks the server.
    pub(super) async fn read(conn: &mut Conn, id: &TableId) -> Result<Self, BinlogError> {
        const COLUMNS: &str = "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME \
             FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
        const KEY: &str = "SELECT COLUMN_NAME FROM information_schema.STATISTICS \
             WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX";
        let what = "the definition of a table cannot be read";
        let name = (&id.schema, &id.table);
        let columns: Vec<(String, String, String, Option<String>)> = conn
            .exec(COLUMNS, name)
            .await
            .map_err(BinlogError::of(what, "SELECT"))?;
        if columns.is_empty() {
            return Err(BinlogError::NoTable(id.to_string()));
        }
        let key: Vec<String> = conn
            .exec(KEY, name)
            .await
            .map_err(BinlogError::of(what, "SELECT"))?;
        let columns: Vec<Column> = columns
            .into_iter()
            .map(|(name, data_type, column_type, charset)| Column {
                name,
                kind: Kind::of(&data_type, &column_type, charset.as_deref()),
            })
            .collect();
        Self::new(id.clone(), columns, &key)
    }

    fn new(id: TableId, columns: Vec<Column>, key: &[String]) -> Result<Self, BinlogError> {
        let place = |name: &String| columns.iter().position(|column| column.name == *name);
        let key: Vec<usize> = key.iter().filter_map(place).collect();
        let is_told = |place: &usize| {
            let kind = columns.get(*place).map(|column| &column.kind);
            !matches!(kind, Some(Kind::LeftOut(_)))
        };
        if key.is_empty() || !key.iter().all(is_told) {
            return Err(BinlogError::NoKey(id.to_string()));
        }
        Ok(Self { id, columns, key })
    }

    /// The table as the log says that its columns were when the rows were written.
    pub(super) fn with_names(&self, names: &[String]) -> Result<Self, BinlogError> {
        let columns = names.iter().map(|name| {
            let known = self.columns.iter().find(|column| column.name == *name);
            known.cloned().unwrap_or_else(|| Column {
                name: name.clone(),
                kind: Kind::LeftOut("no longer there".to_owned()),
            })
        });
        let key = self.key.iter().filter_map(|place| self.columns.get(*place));
        let key: Vec<String> = key.map(|column| column.name.clone()).collect();
        Self::new(self.id.clone(), columns.collect(), &key)
    }

    /// Names and types of the columns that are left out.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().filter_map(|column| match &column.kind {
            Kind::LeftOut(kind) => Some((&*column.name, &**kind)),
            _ => None,
        })
    }
}
