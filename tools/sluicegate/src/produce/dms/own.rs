//! Records that are of no row of the database: definitions, and what DMS keeps for itself.

use fastrand::Rng;

use super::json::Json;
use super::log::Log;
use super::settings::Engine;
use super::spelling::time;
use super::writer::{Record, TableName, Writer};

/// A table as its control records define it.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Schema and table.
    pub table: TableName<'static>,
    /// The columns with their types, those of the primary key first.
    pub columns: Vec<(&'static str, ColumnType)>,
    /// How many columns the primary key has.
    pub key_columns: usize,
}

/// DMS's type of a column, and its length.
pub type ColumnType = (&'static str, Option<u64>);

impl Writer<'_> {
    /// What comes before the full load of these tables by the task of this name.
    pub fn definitions(&self, task: &str, tables: &[Definition]) -> Vec<Record> {
        let none = || Json::object::<String>([]);
        let mut records = vec![self.control(
            task,
            "create-table",
            ("", "awsdms_apply_exceptions"),
            Json::object([(
                "table-def",
                Json::object([(
                    "columns",
                    Json::object([
                        ("TASK_NAME", column(("WSTRING", Some(128)), false)),
                        ("ERROR_TIME", column(("TIMESTAMP", None), false)),
                        ("STATEMENT", column(("CLOB", None), false)),
                    ]),
                )]),
            )]),
        )];
        for definition in tables {
            let name = definition.table;
            records.push(self.control(task, "drop-table", name, none()));
            records.push(self.control(task, "create-table", name, self.definition(definition)));
        }
        records
    }

    /// What DMS writes of its own tables now and then: the history of the task `name`, or for PostgreSQL the heartbeat
    /// that keeps the replication slot moving, which is a change in the database's log.
    pub fn own(&self, rng: &mut Rng, log: &mut Log, name: &str) -> Record {
        match self.settings.engine {
            Engine::Mysql => {
                let data = Json::object([
                    ("server_name", Json::string("sluicegate")),
                    ("task_name", Json::string(name)),
                    ("timeslot_type", Json::string("CHANGE PROCESSING")),
                    ("timeslot", time(self.now)),
                    ("timeslot_duration", Json::number(5)),
                    ("timeslot_latency", Json::number(rng.u64(0..10))),
                    ("timeslot_records", Json::number(rng.u64(0..1_000))),
                    ("timeslot_volume", Json::number(rng.u64(0..100))),
                ]);
                self.other("insert", ("", "awsdms_history"), data, None)
            }
            Engine::Postgresql => {
                let data = Json::object([
                    ("hb_key", Json::number(1)),
                    (
                        "hb_created_at",
                        time(self.settings.start.saturating_mul(1_000_000)),
                    ),
                    ("hb_last_heartbeat_at", time(self.now)),
                ]);
                let places = log.commit(rng, &[0]);
                let table: TableName<'_> = ("public", "awsdms_heartbeat");
                self.other("update", table, data, places.first())
            }
        }
    }

    fn definition(&self, definition: &Definition) -> Json {
        let keys = definition.key_columns;
        let names = definition.columns.iter();
        let names: Vec<&str> = names.map(|(name, _)| self.settings.name(name)).collect();
        let columns = names.iter().zip(&definition.columns).enumerate();
        let columns =
            columns.map(|(place, (name, (_, kind)))| (*name, column(*kind, place >= keys)));
        let columns = Json::object(columns);
        let key: Vec<String> = names
            .iter()
            .take(keys)
            .map(|name| format!("\"{name}\""))
            .collect();
        let definition = Json::object([
            ("columns", columns),
            ("primary-key", Json::Raw(format!("[{}]", key.join(",")))),
            ("collation-name", Json::string(self.collation())),
        ]);
        Json::object([("table-def", definition)])
    }

    fn collation(&self) -> &'static str {
        match self.settings.engine {
            Engine::Mysql => "utf8mb4_general_ci",
            Engine::Postgresql => "en_US.UTF-8",
        }
    }
}

fn column((kind, length): ColumnType, is_nullable: bool) -> Json {
    let length = length.map(|length| ("length", Json::number(length)));
    let fields = [("type", Json::string(kind))].into_iter().chain(length);
    Json::object(fields.chain([("nullable", Json::Raw(is_nullable.to_string()))]))
}
