//! Rows of the log as changes of tables.

use std::sync::Arc;

use mysql_async::binlog::events::{OptionalMetadataField, TableMapEvent};

use super::commits::{Change, Span};
use super::definition::{Definition, TableId, Values};
use super::error::BinlogError;
use super::event::{Rows, RowsKind};
use super::server::disconnect;
use super::source::Source;

impl Source {
    /// Notes what the rows that follow are of.
    pub(super) async fn describe(
        &mut self,
        map: TableMapEvent<'static>,
    ) -> Result<(), BinlogError> {
        let id = TableId {
            schema: map.database_name().into_owned(),
            table: map.table_name().into_owned(),
        };
        if !self.tables.contains_key(&id) {
            self.described.insert(map.table_id(), None);
            return Ok(());
        }
        if self.is_stale {
            let mut conn = self.server.connect().await?;
            for (id, table) in &mut self.tables {
                // A table that is gone again is known as it was.
                match Definition::read(&mut conn, id).await {
                    Ok(definition) => *table = Arc::new(definition),
                    Err(BinlogError::NoTable(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            disconnect(conn).await;
            self.is_stale = false;
        }
        let Some(table) = self.tables.get(&id) else {
            return Ok(());
        };
        let names = names(&map);
        let table = match &*names {
            [] => Arc::clone(table),
            names => Arc::new(table.with_names(names)?),
        };
        let found = usize::try_from(map.columns_count()).unwrap_or_default();
        if found != table.columns.len() {
            return Err(BinlogError::Columns {
                at: self.commits.at(),
                table: id.to_string(),
                found,
                expected: table.columns.len(),
            });
        }
        self.described.insert(map.table_id(), Some((table, map)));
        Ok(())
    }

    pub(super) fn rows(&mut self, rows: &Rows, span: Span) -> Result<(), BinlogError> {
        self.commits.begin(span.start);
        let (table, map) = match self.described.get(&rows.table) {
            Some(Some(described)) => described,
            Some(None) => return Ok(()),
            None => return Err(BinlogError::MidTransaction(self.commits.at())),
        };
        let broken = |error: &dyn std::fmt::Display| BinlogError::broken(&self.commits.at(), error);
        let images = rows.images(map).map_err(|error| broken(&error))?;
        let mut sides = Vec::with_capacity(images.len());
        for images in images {
            let values = table.columns.iter().zip(images);
            let values = values.map(|(column, image)| column.kind.of_log(image));
            let values: Values = values
                .collect::<Result<_, _>>()
                .map_err(|error| broken(&error))?;
            sides.push(Some(values));
        }
        let per_change = if rows.kind == RowsKind::Update { 2 } else { 1 };
        for (row, sides) in sides.chunks_mut(per_change).enumerate() {
            let (first, second) = match sides {
                [first, second] => (first.take(), second.take()),
                [first] => (first.take(), None),
                _ => (None, None),
            };
            let (before, after) = match rows.kind {
                RowsKind::Write => (None, first),
                RowsKind::Update => (first, second),
                RowsKind::Delete => (first, None),
            };
            let table = Arc::clone(table);
            self.commits.add(
                Change {
                    table,
                    before,
                    after,
                },
                span,
                row,
            );
        }
        Ok(())
    }
}

/// The columns' names, if the server writes them (`binlog_row_metadata=FULL`).
fn names(map: &TableMapEvent<'_>) -> Vec<String> {
    let fields = map.iter_optional_meta().filter_map(Result::ok);
    let names = fields.filter_map(|field| match field {
        OptionalMetadataField::ColumnName(names) => {
            let names = names.iter_names().filter_map(Result::ok);
            Some(names.map(|name| name.name().into_owned()).collect())
        }
        _ => None,
    });
    names.last().unwrap_or_default()
}
