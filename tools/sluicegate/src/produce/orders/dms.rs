//! Changes as DMS writes them.
//!
//! DMS user guide, "Using Amazon Kinesis Data Streams as a target for AWS Database Migration Service".

use fastrand::Rng;
use records::Timestamp;

use super::json::Json;
use super::log::Place;
use super::order::Change;
use super::row::{Row, RowKey, SCHEMA, Value};
use super::settings::{BeforeImage, Engine, MessageFormat, Numbers, PartitionKey, Settings};

/// The name of the task, part of the partition key of control records.
const TASK: &str = "SLUICEGATEPRODUCESORDERSAAA";
/// What DMS writes before the names of columns as they were.
const BEFORE: &str = "BI_";
/// Whole numbers of more digits than that are floats in JSON.
const FLOAT_FROM: u64 = 10_000_000_000_000_000;

/// Writes records.
#[derive(Clone, Copy, Debug)]
pub(in crate::produce) struct Writer<'a> {
    pub(in crate::produce) settings: &'a Settings,
    /// When the record is made, in microseconds since 1970.
    pub(in crate::produce) now: i64,
}

/// A record of a table: its partition key and its content.
#[derive(Clone, Debug)]
pub(in crate::produce) struct Record {
    pub(in crate::produce) partition_key: String,
    pub(in crate::produce) json: Json,
}

/// Schema and table.
pub(in crate::produce) type TableName<'a> = (&'a str, &'a str);

impl Writer<'_> {
    /// A row of the full load.
    pub(super) fn load(&self, rng: &mut Rng, row: &Row) -> Record {
        let data = self.columns(rng, row, row.values.len());
        self.record("load", row, data, None, None)
    }

    /// A change of a row; `place` without `previous` for the first one after a restart.
    pub(super) fn change(&self, rng: &mut Rng, change: &Change, place: &Place) -> Option<Record> {
        let record = match (&change.before, &change.after) {
            (None, Some(row)) => {
                let data = self.columns(rng, row, row.values.len());
                self.record("insert", row, data, None, Some(place))
            }
            (Some(before), Some(row)) => {
                let mut data = self.columns(rng, row, row.values.len());
                let image = self.before_image(rng, before, row);
                let image = match self.settings.before_image {
                    BeforeImage::Field => Some(Json::object(image)),
                    BeforeImage::Columns => {
                        let columns = image.into_iter();
                        data.extend(
                            columns.map(|(name, value)| (format!("{BEFORE}{name}"), value)),
                        );
                        None
                    }
                    BeforeImage::None => None,
                };
                self.record("update", row, data, image, Some(place))
            }
            (Some(row), None) => {
                let known = match self.settings.engine {
                    Engine::Mysql => row.values.len(),
                    Engine::Postgresql => row.table.key_columns(),
                };
                let data = self.columns(rng, row, known);
                self.record("delete", row, data, None, Some(place))
            }
            (None, None) => return None,
        };
        Some(record)
    }

    /// A record of a table's definition.
    pub(super) fn control(&self, operation: &str, table: TableName<'_>, details: Json) -> Record {
        let (schema, name) = table;
        let metadata = [
            ("timestamp", time(self.now)),
            ("record-type", Json::string("control")),
            ("operation", Json::string(operation)),
            ("partition-key-type", Json::string("task-id")),
            ("partition-key-value", Json::string(TASK)),
            ("schema-name", Json::string(schema)),
            ("table-name", Json::string(name)),
        ];
        Record {
            partition_key: format!("{TASK}.{schema}.{name}"),
            json: Json::object([("control", details), ("metadata", Json::object(metadata))]),
        }
    }

    /// A change of a table that is not of orders.
    pub(super) fn other(
        &self,
        operation: &str,
        table: TableName<'_>,
        data: Json,
        place: Option<&Place>,
    ) -> Record {
        let (schema, name) = table;
        let metadata = self.metadata(operation, table, "schema-table", None, place);
        Record {
            partition_key: format!("{schema}.{name}"),
            json: Json::object([("data", data), ("metadata", metadata)]),
        }
    }

    /// The record's bytes.
    pub(in crate::produce) fn bytes(&self, json: &Json) -> Vec<u8> {
        match self.settings.message_format {
            MessageFormat::Json => json.indented(),
            MessageFormat::JsonUnformatted => json.line() + "\n",
        }
        .into_bytes()
    }

    fn record(
        &self,
        operation: &str,
        row: &Row,
        data: Vec<(String, Json)>,
        image: Option<Json>,
        place: Option<&Place>,
    ) -> Record {
        let key = primary_key(row.key());
        self.row(
            operation,
            (SCHEMA, row.table.name()),
            &key,
            data,
            image,
            place,
        )
    }

    /// A row of any table; `key` is the text of its primary key.
    pub(in crate::produce) fn row(
        &self,
        operation: &str,
        table: TableName<'_>,
        key: &str,
        data: Vec<(String, Json)>,
        image: Option<Json>,
        place: Option<&Place>,
    ) -> Record {
        let (schema, name) = table;
        let (kind, partition_key) = match self.settings.partition_key {
            PartitionKey::SchemaTable => ("schema-table", format!("{schema}.{name}")),
            PartitionKey::PrimaryKey => ("primary-key", format!("{schema}.{name}.{key}")),
        };
        // It is never told where it is schema and table.
        let value = Some(&*partition_key).filter(|_| kind == "primary-key");
        let metadata = self.metadata(operation, table, kind, value, place);
        let image = image.map(|image| ("before-image", image));
        let parts = [("data", Json::object(data))].into_iter().chain(image);
        Record {
            json: Json::object(parts.chain([("metadata", metadata)])),
            partition_key,
        }
    }

    /// The fields in the order of DMS.
    fn metadata(
        &self,
        operation: &str,
        (schema, table): TableName<'_>,
        key_type: &str,
        key_value: Option<&str>,
        place: Option<&Place>,
    ) -> Json {
        let mut fields = vec![
            ("timestamp", time(self.now)),
            ("record-type", Json::string("data")),
            ("operation", Json::string(operation)),
            ("partition-key-type", Json::string(key_type)),
        ];
        fields.extend(key_value.map(|value| ("partition-key-value", Json::string(value))));
        fields.extend([
            ("schema-name", Json::string(schema)),
            ("table-name", Json::string(table)),
        ]);
        if let Some(place) = place {
            fields.push(("transaction-id", Json::number(place.transaction)));
            if self.settings.transaction_details {
                fields.push(("transaction-record-id", Json::number(place.record)));
                if let Some((transaction, record)) = place.previous {
                    fields.push(("prev-transaction-id", Json::number(transaction)));
                    fields.push(("prev-transaction-record-id", Json::number(record)));
                }
                fields.push(("commit-timestamp", time(place.committed_at)));
                fields.push(("stream-position", Json::string(&place.position)));
            }
        }
        Json::object(fields)
    }

    /// The columns of a row, of which the first `known` ones are known: the others are NULL to DMS.
    fn columns(&self, rng: &mut Rng, row: &Row, known: usize) -> Vec<(String, Json)> {
        let names = row.table.names(self.settings);
        let columns = names.zip(&row.values).enumerate();
        let columns = columns.filter_map(|(place, (name, value))| {
            let value = if place < known { value } else { &Value::Null };
            let is_written = match value {
                Value::Null => self.settings.null_and_empty,
                Value::Text(text) => self.settings.null_and_empty || !text.is_empty(),
                _ => true,
            };
            is_written.then(|| (name.to_owned(), self.value(rng, value)))
        });
        columns.collect()
    }

    /// What is told of the row before: the primary key. PostgreSQL's log has it only if it has changed.
    fn before_image(&self, rng: &mut Rng, before: &Row, after: &Row) -> Vec<(String, Json)> {
        let is_told = self.settings.engine == Engine::Mysql || before.key() != after.key();
        let mut columns = self.columns(rng, before, before.values.len());
        // The columns of the key come first and are never NULL.
        columns.truncate(if is_told {
            before.table.key_columns()
        } else {
            0
        });
        columns
    }

    fn value(&self, rng: &mut Rng, value: &Value) -> Json {
        let is_string = match self.settings.numbers {
            Numbers::Number => false,
            Numbers::String => true,
            Numbers::Mixed => rng.u8(0..12) == 0,
        };
        match value {
            Value::Null => Json::Raw("null".to_owned()),
            Value::Text(text) => Json::string(text),
            Value::Whole(number) if is_string => Json::string(&number.to_string()),
            Value::Decimal(text) if is_string => Json::string(text),
            // `UseLargeIntegerValue` keeps the digits.
            Value::Whole(number) if *number >= FLOAT_FROM => {
                let is_kept = self.settings.numbers == Numbers::Mixed && rng.u8(0..4) == 0;
                Json::Raw(if is_kept {
                    number.to_string()
                } else {
                    float(*number)
                })
            }
            Value::Whole(number) => Json::number(*number),
            Value::Decimal(text) => {
                let is_short = self.settings.numbers == Numbers::Mixed && rng.u8(0..8) == 0;
                let short = text.strip_suffix(".00").filter(|_| is_short);
                Json::Raw(short.unwrap_or(text).to_owned())
            }
        }
    }
}

fn primary_key(key: RowKey) -> String {
    match key.item {
        None => key.order.to_string(),
        Some(item) => format!("{}.{item}", key.order),
    }
}

/// With six digits of the second, zeros too.
pub(super) fn time(micros: i64) -> Json {
    let seconds = Timestamp::from_micros(micros - micros.rem_euclid(1_000_000)).to_string();
    let seconds = seconds.trim_end_matches('Z');
    Json::Raw(format!(
        "\"{seconds}.{:06}Z\"",
        micros.rem_euclid(1_000_000)
    ))
}

/// A whole number as the text of a float: `1.0E+17`.
fn float(number: u64) -> String {
    let text = number.to_string();
    let (first, rest) = text.split_at(1);
    let power = rest.len();
    let digits = rest.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    format!("{first}.{digits}E+{power}")
}

#[cfg(test)]
#[path = "dms_tests.rs"]
mod tests;
