//! The function with everything around it, in the test's process: table, quarantine, wire.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use dynamo::Transport;
use pipeline::{Deadline, Environment, LayersConfig, Quarantine, RecordLayers, WindowPipeline};
use sales_aggregator::sale::SaleFields;
use sales_aggregator::state::Limits;
use sales_aggregator::{Config, NAME, SalesAggregator};
use serde_json::Value;
use testkit::{FakeClock, FakeS3, FaultPlan, FaultyHttpClient, LocalDynamoDb, TableSpec};

pub(crate) const TABLE: &str = "SalesByWindow";
pub(crate) const BUCKET: &str = "quarantine";
/// A little after the end of the events' window.
const NOW_MILLIS: u64 = 1_763_712_031_000;

/// What differs between tests.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup {
    pub(crate) each_id_once: bool,
    pub(crate) retention_days: u32,
    pub(crate) limits: Limits,
}

/// The function over an in-process DynamoDB and S3; all its calls pass `faulty`.
pub(crate) struct Stack {
    pub(crate) dynamodb: LocalDynamoDb,
    pub(crate) s3: FakeS3,
    pub(crate) faulty: FaultyHttpClient,
    clock: FakeClock,
    pipeline: WindowPipeline<SalesAggregator, Box<dyn Fn() -> SystemTime + Send + Sync>>,
}

impl Stack {
    pub(crate) async fn start(setup: Setup, plan: FaultPlan) -> Self {
        let dynamodb = LocalDynamoDb::start().await;
        let table = TableSpec::new(TABLE, "Series").text_range("WindowGroup");
        dynamodb.create_table(&table).await;
        let s3 = FakeS3::with_buckets([BUCKET]);
        let faulty = FaultyHttpClient::wrap(s3.http_client_beside(dynamodb.http_client()), plan);
        let sdk = dynamodb.sdk_config_with(faulty.http_client());
        let transport =
            Transport::with_connector(&sdk, testkit::connector(&faulty.http_client())).unwrap();
        let config = Config {
            table: TABLE.to_owned(),
            fields: SaleFields {
                group: Some("store".to_owned()),
                needs_id: setup.each_id_once,
            },
            retention_days: setup.retention_days,
        };
        let function = SalesAggregator::with_transport(config, transport);
        let function = function.with_limits(setup.limits);
        // S3 has an address of its own: only DynamoDB's is overridden.
        let s3_config = s3.sdk_config_with(faulty.http_client());
        let quarantine = Quarantine::new(NAME, BUCKET.to_owned(), s3_config);
        let clock = FakeClock::at(NOW_MILLIS);
        let now = Box::new(clock.closure()) as Box<_>;
        Self {
            dynamodb,
            s3,
            faulty,
            clock,
            pipeline: WindowPipeline::new(function, quarantine, now),
        }
    }

    /// With layers around the payloads of the stream's records.
    pub(crate) fn with_layers(self, layers: &str) -> Self {
        let lookup = |name: &str| (name == "RECORD_LAYERS").then(|| layers.to_owned());
        let config = LayersConfig::read(&Environment::new(&lookup)).unwrap();
        let layers = RecordLayers::new(config, &self.s3.sdk_config());
        let pipeline = self.pipeline.with_layers(layers);
        Self { pipeline, ..self }
    }

    /// One invocation with this event and `time` until Lambda's deadline: JSON in, JSON out.
    pub(crate) async fn invoke(&self, event: &str, time: Duration) -> Result<Value, String> {
        let now = self.clock.now();
        let deadline = Deadline::new(now + time, Duration::from_secs(1), now);
        let answer = self
            .pipeline
            .process(event.as_bytes(), "request-1", deadline);
        let answer = answer.await.map_err(|error| error.to_string())?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    pub(crate) async fn rows(&self) -> Vec<BTreeMap<String, String>> {
        self.dynamodb.scan(TABLE).await
    }

    pub(crate) fn quarantined(&self) -> Vec<Value> {
        self.s3.ndjson_gz_lines(BUCKET, "")
    }
}

/// The events of this function in events/, by the situation that names them.
pub(crate) fn events() -> BTreeMap<String, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let paths = std::fs::read_dir(folder).unwrap();
    let paths = paths.map(|entry| entry.unwrap().path());
    paths
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            let name = name
                .strip_prefix("sales-aggregator-")?
                .strip_suffix(".json")?;
            Some((name.to_owned(), std::fs::read_to_string(&path).unwrap()))
        })
        .collect()
}
