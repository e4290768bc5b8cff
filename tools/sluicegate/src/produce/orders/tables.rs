//! Records that are of no row of the two tables: definitions, and what DMS keeps for itself.

use fastrand::Rng;

use super::dms::{Record, TableName, Writer, time};
use super::json::Json;
use super::log::Log;
use super::row::{SCHEMA, Table};
use super::settings::Engine;

impl Writer<'_> {
    /// What comes before the full load.
    pub(super) fn definitions(&self) -> Vec<Record> {
        let none = || Json::object::<String>([]);
        let mut records = vec![self.control(
            "create-table",
            ("", "awsdms_apply_exceptions"),
            Json::object([(
                "table-def",
                Json::object([(
                    "columns",
                    Json::object([
                        ("TASK_NAME", column("WSTRING", Some(128), false)),
                        ("ERROR_TIME", column("TIMESTAMP", None, false)),
                        ("STATEMENT", column("CLOB", None, false)),
                    ]),
                )]),
            )]),
        )];
        for table in [Table::Order, Table::Item] {
            let name = (SCHEMA, table.name());
            records.push(self.control("drop-table", name, none()));
            records.push(self.control("create-table", name, self.definition(table)));
        }
        records
    }

    /// What DMS writes of its own tables now and then: the task's history, or for PostgreSQL the heartbeat that keeps
    /// the replication slot moving, which is a change in the database's log.
    pub(super) fn own(&self, rng: &mut Rng, log: &mut Log) -> Record {
        match self.settings.engine {
            Engine::Mysql => {
                let data = Json::object([
                    ("server_name", Json::string("sluicegate")),
                    ("task_name", Json::string("orders")),
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

    fn definition(&self, table: Table) -> Json {
        let keys = table.key_columns();
        let columns = table.names(self.settings).enumerate();
        let columns = columns.map(|(place, name)| {
            let is_nullable = place >= keys;
            let column = match name {
                "orderId" | "itemId" => column("INT8", None, is_nullable),
                "orderAmount" | "itemAmount" => column("NUMERIC", None, is_nullable),
                _ if name.starts_with("itemQuan") => column("INT8", None, is_nullable),
                "shipToZip" => column("WSTRING", Some(10), is_nullable),
                "itemStatus" => column("WSTRING", Some(15), is_nullable),
                _ => column("WSTRING", Some(30), is_nullable),
            };
            (name, column)
        });
        let columns = Json::object(columns);
        let key: Vec<String> = table
            .names(self.settings)
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

fn column(kind: &str, length: Option<u64>, is_nullable: bool) -> Json {
    let length = length.map(|length| ("length", Json::number(length)));
    let fields = [("type", Json::string(kind))].into_iter().chain(length);
    Json::object(fields.chain([("nullable", Json::Raw(is_nullable.to_string()))]))
}
