//! The full load.

use std::sync::Arc;

use mysql_async::prelude::Queryable;
use mysql_async::{Row, Value};

use super::definition::{Definition, Values};
use super::error::BinlogError;
use super::server::disconnect;
use super::source::Source;
use crate::produce::outgoing::Outgoing;

/// How many rows of the full load are handed over at once.
const ROWS: usize = 500;

impl Source {
    /// Reads all rows as of one moment, hands them to `each`, and has the log begin at that moment.
    pub async fn load<E: std::convert::From<BinlogError>>(
        &mut self,
        mut each: impl AsyncFnMut(Vec<Outgoing>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut conn = self.server.connect().await?;
        self.start = self.server.snapshot(&mut conn).await?;
        let mut tables: Vec<Arc<Definition>> = self.tables.values().cloned().collect();
        tables.sort_by(|left, right| left.id.cmp(&right.id));
        for table in tables {
            let failed = || BinlogError::of("a table cannot be read", "SELECT");
            let query = select(&table);
            let mut rows = conn.query_iter(query).await.map_err(failed())?;
            let mut records = Vec::with_capacity(ROWS);
            while let Some(row) = rows.next().await.map_err(failed())? {
                self.count += 1;
                records.push(self.records.load(&table, values(&table, row), self.count));
                if records.len() == ROWS {
                    each(std::mem::take(&mut records)).await?;
                }
            }
            each(records).await?;
        }
        disconnect(conn).await;
        Ok(self.count)
    }
}

fn select(table: &Definition) -> String {
    let quoted = |name: &str| format!("`{}`", name.replace('`', "``"));
    let columns = table.columns.iter().map(|column| quoted(&column.name));
    let columns: Vec<String> = columns.collect();
    let (schema, name) = (quoted(&table.id.schema), quoted(&table.id.table));
    format!("SELECT {} FROM {schema}.{name}", columns.join(", "))
}

fn values(table: &Definition, row: Row) -> Values {
    let values = table.columns.iter().zip(row.unwrap_raw());
    let values = values.map(|(column, value)| match value {
        Some(Value::Bytes(bytes)) => column.kind.of_query(Some(&bytes)),
        _ => column.kind.of_query(None),
    });
    values.collect()
}
