//! Rows as records of DMS.

use super::commits::Change;
use super::definition::{Definition, Values};
use crate::produce::dms::{Json, PartitionKey, Place, Settings, Writer};
use crate::produce::outgoing::Outgoing;
use crate::system;

/// Writes records as a task with this project's settings does: with transaction details, NULL and empty columns, and the
/// key before an update under `before-image`.
#[derive(Clone, Debug)]
pub(super) struct Records {
    settings: Settings,
}

impl Records {
    pub(super) fn new(partition_key: PartitionKey) -> Self {
        let settings = Settings {
            partition_key,
            transaction_details: true,
            null_and_empty: true,
            ..Settings::default()
        };
        Self { settings }
    }

    /// A row of the full load. `number` tells it from all others.
    pub(super) fn load(&self, table: &Definition, row: Values, number: u64) -> Outgoing {
        self.record("load", table, row, None, None, number)
    }

    /// A change; `number` tells it from all others.
    pub(super) fn change(&self, change: Change, place: &Place, number: u64) -> Outgoing {
        let Change {
            table,
            before,
            after,
        } = change;
        match (before, after) {
            (Some(before), Some(after)) => {
                let image = table.key.iter().filter_map(|place| {
                    let value = before.get(*place).cloned().flatten()?;
                    Some((name(&table, *place), value))
                });
                let image = Json::object(image);
                self.record("update", &table, after, Some(image), Some(place), number)
            }
            (None, Some(row)) => self.record("insert", &table, row, None, Some(place), number),
            (before, None) => {
                let row = before.unwrap_or_default();
                self.record("delete", &table, row, None, Some(place), number)
            }
        }
    }

    fn record(
        &self,
        operation: &str,
        table: &Definition,
        row: Values,
        image: Option<Json>,
        place: Option<&Place>,
        number: u64,
    ) -> Outgoing {
        let writer = Writer {
            settings: &self.settings,
            now: system::now().as_micros(),
        };
        let key = table
            .key
            .iter()
            .filter_map(|place| row.get(*place)?.as_ref());
        let key: Vec<String> = key.map(key_text).collect();
        let columns = row.into_iter().enumerate();
        let columns = columns.filter_map(|(place, value)| Some((name(table, place), value?)));
        let id = (&*table.id.schema, &*table.id.table);
        let record = writer.row(
            operation,
            id,
            &key.join("."),
            columns.collect(),
            image,
            place,
        );
        Outgoing {
            data: writer.bytes(&record.json).into(),
            partition_key: record.partition_key,
            // Which of two changes is the later one is in the records: none has to wait for another.
            order: number,
            is_poison: false,
        }
    }
}

/// A column's name, ready to stand between quotation marks.
fn name(table: &Definition, place: usize) -> String {
    let name = table.columns.get(place).map_or("", |column| &column.name);
    let quoted = serde_json::Value::from(name).to_string();
    quoted
        .trim_start_matches('"')
        .strip_suffix('"')
        .unwrap_or_default()
        .to_owned()
}

fn key_text(value: &Json) -> String {
    let text = value.line();
    serde_json::from_str::<String>(&text).unwrap_or(text)
}
