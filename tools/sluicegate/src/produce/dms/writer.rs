//! Changes as DMS writes them.
//!
//! DMS user guide, "Using Amazon Kinesis Data Streams as a target for AWS Database Migration Service".

use fastrand::Rng;

use super::change::Change;
use super::json::Json;
use super::log::Place;
use super::row::{Row, Value};
use super::settings::{BeforeImage, Engine, MessageFormat, PartitionKey, Settings};
use super::spelling::{spell, time};

/// What DMS writes before the names of columns as they were.
const BEFORE: &str = "BI_";

/// Writes records.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// How DMS is set up.
    pub settings: &'a Settings,
    /// When the record is made, in microseconds since 1970.
    pub now: i64,
}

/// A record of a table.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its partition key.
    pub partition_key: String,
    /// Its content.
    pub json: Json,
}

/// Schema and table.
pub type TableName<'a> = (&'a str, &'a str);

impl Writer<'_> {
    /// A row of the full load.
    pub fn load<R: Row>(&self, rng: &mut Rng, row: &R) -> Record {
        let data = self.columns(rng, row, row.values().len());
        self.record("load", row, data, None, None)
    }

    /// A change of a row; `place` without `previous` for the first one after a restart.
    pub fn change<R: Row>(
        &self,
        rng: &mut Rng,
        change: &Change<R>,
        place: &Place,
    ) -> Option<Record> {
        let record = match (&change.before, &change.after) {
            (None, Some(row)) => {
                let data = self.columns(rng, row, row.values().len());
                self.record("insert", row, data, None, Some(place))
            }
            (Some(before), Some(row)) => {
                let mut data = self.columns(rng, row, row.values().len());
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
                    Engine::Mysql => row.values().len(),
                    Engine::Postgresql => row.key_columns(),
                };
                let data = self.columns(rng, row, known);
                self.record("delete", row, data, None, Some(place))
            }
            (None, None) => return None,
        };
        Some(record)
    }

    /// A record of a table's definition, by the task of this name.
    pub(super) fn control(
        &self,
        task: &str,
        operation: &str,
        table: TableName<'_>,
        details: Json,
    ) -> Record {
        let (schema, name) = table;
        let metadata = [
            ("timestamp", time(self.now)),
            ("record-type", Json::string("control")),
            ("operation", Json::string(operation)),
            ("partition-key-type", Json::string("task-id")),
            ("partition-key-value", Json::string(task)),
            ("schema-name", Json::string(schema)),
            ("table-name", Json::string(name)),
        ];
        Record {
            partition_key: format!("{task}.{schema}.{name}"),
            json: Json::object([("control", details), ("metadata", Json::object(metadata))]),
        }
    }

    /// A change of a table of DMS's own.
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
    pub fn bytes(&self, json: &Json) -> Vec<u8> {
        match self.settings.message_format {
            MessageFormat::Json => json.indented(),
            MessageFormat::JsonUnformatted => json.line() + "\n",
        }
        .into_bytes()
    }

    fn record<R: Row>(
        &self,
        operation: &str,
        row: &R,
        data: Vec<(String, Json)>,
        image: Option<Json>,
        place: Option<&Place>,
    ) -> Record {
        let key = row.key_text();
        self.row(operation, row.table(), &key, data, image, place)
    }

    /// A row of any table; `key` is the text of its primary key.
    pub fn row(
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
    fn columns<R: Row>(&self, rng: &mut Rng, row: &R, known: usize) -> Vec<(String, Json)> {
        let names = row.names().iter().map(|name| self.settings.name(name));
        let columns = names.zip(row.values()).enumerate();
        let columns = columns.filter_map(|(place, (name, value))| {
            let value = if place < known { value } else { &Value::Null };
            let is_written = match value {
                Value::Null => self.settings.null_and_empty,
                Value::Text(text) => self.settings.null_and_empty || !text.is_empty(),
                _ => true,
            };
            is_written.then(|| (name.to_owned(), spell(self.settings, rng, value)))
        });
        columns.collect()
    }

    /// What is told of the row before: the primary key. PostgreSQL's log has it only if it has changed.
    fn before_image<R: Row>(&self, rng: &mut Rng, before: &R, after: &R) -> Vec<(String, Json)> {
        let is_told = self.settings.engine == Engine::Mysql || before.key() != after.key();
        let mut columns = self.columns(rng, before, before.values().len());
        // The columns of the key come first and are never NULL.
        columns.truncate(if is_told { before.key_columns() } else { 0 });
        columns
    }
}
