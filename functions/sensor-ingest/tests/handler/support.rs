//! The function with everything around it, in the test's process: table, quarantine, wire.

use std::collections::BTreeMap;
use std::time::Duration;

use dynamo::Transport;
use pipeline::{BatchReport, Deadline, InvocationError, Pipeline, Quarantine, RecordLayers};
use records::KinesisEvent;
use sensor_ingest::{Config, NAME, SensorIngest};
use serde_json::Value;
use testkit::{FakeClock, FakeS3, FaultPlan, FaultyHttpClient, LocalDynamoDb, TableSpec};

pub(crate) const TABLE: &str = "SensorData";
pub(crate) const BUCKET: &str = "quarantine";
/// A little after the arrival of the events' records.
const NOW_MILLIS: u64 = 1_763_712_001_000;

/// The function over an in-process DynamoDB and S3; all its calls pass `faulty`.
pub(crate) struct Stack {
    pub(crate) dynamodb: LocalDynamoDb,
    pub(crate) s3: FakeS3,
    pub(crate) faulty: FaultyHttpClient,
    clock: FakeClock,
    pipeline: Pipeline<SensorIngest, Box<dyn Fn() -> std::time::SystemTime + Send + Sync>>,
}

impl Stack {
    pub(crate) async fn start(retention_days: u32, plan: FaultPlan) -> Self {
        let dynamodb = LocalDynamoDb::start().await;
        let table = TableSpec::new(TABLE, "SensorId")
            .number_range("CurrentTime")
            .number_index("TemperatureIndex", "Temperature");
        dynamodb.create_table(&table).await;
        let s3 = FakeS3::with_buckets([BUCKET]);
        let faulty = FaultyHttpClient::wrap(s3.http_client_beside(dynamodb.http_client()), plan);
        let sdk = dynamodb.sdk_config_with(faulty.http_client());
        let transport =
            Transport::with_connector(&sdk, testkit::connector(&faulty.http_client())).unwrap();
        let config = Config {
            table: TABLE.to_owned(),
            retention_days,
            write_concurrency: 4,
        };
        let function = SensorIngest::with_transport(config, transport);
        // S3 has an address of its own: only DynamoDB's is overridden.
        let s3_config = s3.sdk_config_with(faulty.http_client());
        let quarantine = Quarantine::new(NAME, BUCKET.to_owned(), s3_config);
        let clock = FakeClock::at(NOW_MILLIS);
        let pipeline = Pipeline::new(function, quarantine, Box::new(clock.closure()) as Box<_>);
        Self {
            dynamodb,
            s3,
            faulty,
            clock,
            pipeline,
        }
    }

    /// With layers around the records' payloads.
    pub(crate) fn with_layers(self, layers: RecordLayers) -> Self {
        let pipeline = self.pipeline.with_layers(layers);
        Self { pipeline, ..self }
    }

    /// One invocation with this event and `time` until Lambda's deadline.
    pub(crate) async fn invoke(
        &self,
        event: &str,
        time: Duration,
    ) -> Result<BatchReport, InvocationError> {
        let event: KinesisEvent = serde_json::from_str(event).unwrap();
        let now = self.clock.now();
        let deadline = Deadline::new(now + time, Duration::from_secs(1), now);
        self.pipeline.process(&event, "request-1", deadline).await
    }

    pub(crate) async fn rows(&self) -> Vec<BTreeMap<String, String>> {
        self.dynamodb.scan(TABLE).await
    }

    pub(crate) fn quarantined(&self) -> Vec<Value> {
        self.s3.ndjson_gz_lines(BUCKET, "")
    }
}
