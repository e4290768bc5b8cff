//! The function over services that live in the test's process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use dynamo::Transport;
use pipeline::{Deadline, Pipeline, Quarantine};
use records::KinesisEvent;
use sensor_ingest::{Config, NAME, SensorIngest};
use simulator::world::{Call, Handler, Surroundings};
use testkit::{FakeS3, LocalDynamoDb, TableSpec};

use crate::model::Readings;

const BUCKET: &str = "quarantine";
const RETENTION_DAYS: u32 = 30;

/// One DynamoDB for all histories.
pub(crate) struct Services {
    dynamodb: LocalDynamoDb,
    tables: AtomicUsize,
}

/// The function's handler, as `pipeline::run` has it without Lambda.
pub(crate) struct Function(Pipeline<SensorIngest, Box<dyn Fn() -> SystemTime + Send + Sync>>);

impl Services {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        Self {
            dynamodb: runtime.block_on(LocalDynamoDb::start()),
            tables: AtomicUsize::new(0),
        }
    }

    /// The function with an empty table and an empty quarantine.
    pub(crate) async fn set_up(&self, surroundings: &Surroundings) -> (Function, Readings<'_>) {
        let number = self.tables.fetch_add(1, Ordering::Relaxed);
        let table = format!("SensorData-{number}");
        let spec = TableSpec::new(&table, "SensorId")
            .number_range("CurrentTime")
            .number_index("TemperatureIndex", "Temperature");
        self.dynamodb.create_table(&spec).await;
        let s3 = FakeS3::with_buckets([BUCKET]);
        let services = s3.http_client_beside(self.dynamodb.http_client());
        let client = surroundings.http_client(services);
        let sdk = self.dynamodb.sdk_config_with(client.clone());
        let transport = Transport::with_connector(&sdk, testkit::connector(&client)).unwrap();
        let config = Config {
            table: table.clone(),
            retention_days: RETENTION_DAYS,
            write_concurrency: 4,
        };
        let function = SensorIngest::with_transport(config, transport);
        let s3_config = Surroundings::apart(s3.sdk_config_with(client));
        let quarantine = Quarantine::new(NAME, BUCKET.to_owned(), s3_config);
        let clock = Box::new(surroundings.clock().closure()) as Box<_>;
        let function = Function(Pipeline::new(function, quarantine, clock));
        let readings = Readings {
            dynamodb: &self.dynamodb,
            table,
            s3,
            bucket: BUCKET,
            retention_days: RETENTION_DAYS,
        };
        (function, readings)
    }
}

impl Handler for Function {
    async fn handle(&self, call: Call<'_>) -> Result<Vec<u8>, String> {
        let event = KinesisEvent::from_json(call.event.as_bytes()).map_err(|e| e.to_string())?;
        let deadline = Deadline::new(call.deadline, Duration::from_secs(1), call.now);
        let report = self.0.process(&event, call.request_id, deadline).await;
        let response = report.map_err(|error| error.to_string())?.response;
        serde_json::to_vec(&response).map_err(|error| error.to_string())
    }
}
