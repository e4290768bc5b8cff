//! The records as the library reads them, and the rows that come of them.

use std::collections::{BTreeMap, HashMap};

use records::cdc::{CdcFormat, CdcRecord, Column, ColumnValue, Operation, RowChange, Source};
use records::{Position, SequenceNumber};

/// Rows by table and key; values as the database writes them, without those that are NULL.
pub(crate) type Rows = BTreeMap<(String, String), Row>;
type Row = BTreeMap<String, String>;

/// A change as the library reads it.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) operation: Operation,
    pub(crate) table: String,
    pub(crate) row: Row,
    pub(crate) before: Row,
    pub(crate) is_key_changed: bool,
    pub(crate) transaction: Option<String>,
    pub(crate) version: String,
    key: String,
    key_before: String,
    position: String,
}

/// Changes in the order of their records.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    pub(crate) changes: Vec<Change>,
}

impl Replay {
    pub(crate) fn of(records: &[String]) -> Self {
        let changes = records.iter().map(|record| {
            let CdcRecord::Row(change) = CdcFormat::default().read(record.as_bytes()).unwrap()
            else {
                panic!("{record}");
            };
            assert_eq!(change.table.schema, "orders");
            Change::of(&change)
        });
        Self {
            changes: changes.collect(),
        }
    }

    pub(crate) fn versions(&self) -> Vec<String> {
        self.changes
            .iter()
            .map(|change| change.version.clone())
            .collect()
    }

    /// In the order of the commits.
    pub(crate) fn assert_versions_grow(&self) {
        let changes = self
            .changes
            .iter()
            .filter(|change| change.operation != Operation::Load);
        let versions: Vec<&String> = changes.map(|change| &change.version).collect();
        assert!(
            versions.is_sorted_by(|left, right| left < right),
            "{versions:?}"
        );
    }

    /// What is left when of each row the newest version counts, as `order-enrichment` keeps them.
    pub(crate) fn rows(&self) -> Rows {
        let mut newest: HashMap<(String, String), (String, Option<Row>)> = HashMap::new();
        let mut put = |table: &str, key: &str, version: &str, row: Option<&Row>| {
            let kept = newest
                .entry((table.to_owned(), key.to_owned()))
                .or_default();
            if *kept.0 < *version {
                *kept = (version.to_owned(), row.cloned());
            }
        };
        for change in &self.changes {
            let Change { table, version, .. } = change;
            if change.is_key_changed {
                put(table, &change.key_before, version, None);
            }
            let mut row = change.row.clone();
            // Columns that were added later are NULL, of which no record tells.
            row.retain(|_, value| value != "NULL");
            let row = Some(&row).filter(|_| change.operation != Operation::Delete);
            put(table, &change.key, version, row);
        }
        let rows = newest.into_iter();
        rows.filter_map(|(key, (_, row))| Some((key, row?)))
            .collect()
    }
}

impl Change {
    fn of(change: &RowChange<'_>) -> Self {
        let key: &[&str] = match &*change.table.name {
            "order" => &["orderId"],
            _ => &["orderId", "itemId"],
        };
        let position = Position {
            sequence_number: SequenceNumber::new("1").unwrap(),
            subsequence_number: 0,
        };
        let Source::Dms(metadata) = &change.source else {
            panic!("{change:?}");
        };
        let before = |name: &&str| text(change.column_before(name).unwrap());
        let row: Row = change.row.columns().iter().map(named).collect();
        let of_key = |name: &&str| row[*name].clone();
        Self {
            operation: change.operation,
            table: change.table.name.to_string(),
            before: change
                .before
                .iter()
                .flat_map(records::Row::columns)
                .map(named)
                .collect(),
            is_key_changed: change.is_key_changed(key),
            transaction: change.transaction_id().map(str::to_owned),
            version: change.version(position).to_string(),
            key: key.iter().map(of_key).collect::<Vec<_>>().join("."),
            key_before: key.iter().map(before).collect::<Vec<_>>().join("."),
            position: metadata
                .stream_position
                .as_deref()
                .unwrap_or_default()
                .to_owned(),
            row,
        }
    }

    /// Where the event stands: start and end.
    pub(crate) fn span(&self) -> (String, String) {
        let mut parts = self.position.split(':').skip(1);
        let start = parts.next().unwrap().to_owned();
        (start, parts.nth(1).unwrap().to_owned())
    }
}

fn named(column: &Column<'_>) -> (String, String) {
    (column.name().to_owned(), text(column))
}

/// As the database writes it: `T` and `Z` of a time are of DMS.
fn text(column: &Column<'_>) -> String {
    match column.value().unwrap() {
        ColumnValue::Null => "NULL".to_owned(),
        ColumnValue::Number(digits) => digits.to_owned(),
        ColumnValue::Text(text) if matches!(column.name(), "dt" | "ts") => {
            text.replace('T', " ").trim_end_matches('Z').to_owned()
        }
        ColumnValue::Text(text) => text.into_owned(),
        other => panic!("{other:?}"),
    }
}
