//! The function with everything around it, in the test's process: tables, products, quarantine, wire.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dynamo::Transport;
use order_enrichment::config::ProductsConfig;
use order_enrichment::source::SourceReader;
use order_enrichment::{Completion, Config, JoinConfig, NAME, OrderEnrichment};
use pipeline::outcome::Counts;
use pipeline::{BatchReport, Deadline, EventFunction, InvocationError, Pipeline, Quarantine};
use records::KinesisEvent;
use records::cdc::CdcFormat;
use serde_json::Value;
use testkit::{FakeClock, FakeS3, FaultPlan, FaultyHttpClient, LocalDynamoDb};

use crate::services;

pub(crate) const SOURCE: &str = "OrderSource";
pub(crate) const ENRICHED: &str = "OrderEnriched";
pub(crate) const QUARANTINE: &str = "quarantine";
pub(crate) const PRODUCTS: &str = "products";
pub(crate) const PRODUCTS_KEY: &str = "products.ndjson";
pub(crate) const TIME: Duration = Duration::from_secs(30);
/// A little after the arrival of the events' records.
const NOW_MILLIS: u64 = 1_763_712_010_000;
/// When the products' object was put.
pub(crate) const PRODUCTS_PUT: i64 = 1_763_700_000;

/// A row, attribute by attribute.
pub(crate) type Row = BTreeMap<String, String>;

/// The function over an in-process DynamoDB and S3; all its calls pass `faulty`.
pub(crate) struct Stack {
    pub(crate) dynamodb: LocalDynamoDb,
    pub(crate) s3: FakeS3,
    pub(crate) faulty: FaultyHttpClient,
    pub(crate) clock: FakeClock,
    pipeline: Pipeline<OrderEnrichment, Box<dyn Fn() -> SystemTime + Send + Sync>>,
    completion: Completion,
}

impl Stack {
    /// Reads DMS records; the products are there.
    pub(crate) async fn start(plan: FaultPlan) -> Self {
        Self::start_with(CdcFormat::default(), plan).await
    }

    pub(crate) async fn start_with(format: CdcFormat, plan: FaultPlan) -> Self {
        let dynamodb = LocalDynamoDb::start().await;
        services::create_tables(&dynamodb, SOURCE, ENRICHED).await;
        let s3 = FakeS3::with_buckets([QUARANTINE, PRODUCTS]);
        s3.put_at(PRODUCTS, PRODUCTS_KEY, services::products(), PRODUCTS_PUT);
        let services = s3.http_client_beside(dynamodb.http_client());
        let faulty = FaultyHttpClient::wrap(services, plan);
        let clock = FakeClock::at(NOW_MILLIS);
        let sdk = dynamodb.sdk_config_with(faulty.http_client());
        let connector = testkit::connector(&faulty.http_client());
        let transport = Transport::with_connector(&sdk, connector).unwrap();
        // S3 has an address of its own: only DynamoDB's is overridden.
        let s3_config = s3.sdk_config_with(faulty.http_client());
        let join = JoinConfig {
            source_table: SOURCE.to_owned(),
            enriched_table: ENRICHED.to_owned(),
            write_concurrency: 4,
            products: ProductsConfig {
                bucket: PRODUCTS.to_owned(),
                key: PRODUCTS_KEY.to_owned(),
                revalidate: Duration::from_secs(60),
            },
        };
        let config = Config {
            join: join.clone(),
            source: SourceReader {
                format,
                schema: "orders".to_owned(),
                epoch: 0,
            },
            tombstone_days: 8,
        };
        let time = Arc::new(clock.closure());
        let completion =
            Completion::with_services(join, transport.clone(), &s3_config, time.clone());
        let function = OrderEnrichment::with_services(config, transport, &s3_config, time);
        let quarantine = Quarantine::new(NAME, QUARANTINE.to_owned(), s3_config);
        let now = Box::new(clock.closure()) as Box<_>;
        Self {
            dynamodb,
            s3,
            faulty,
            clock,
            pipeline: Pipeline::new(function, quarantine, now),
            completion,
        }
    }

    /// Puts the products' object, so many seconds after the first.
    pub(crate) fn put_products(&self, products: String, later: i64) {
        self.s3
            .put_at(PRODUCTS, PRODUCTS_KEY, products, PRODUCTS_PUT + later);
    }

    fn deadline(&self, time: Duration) -> Deadline {
        let now = self.clock.now();
        Deadline::new(now + time, Duration::from_secs(1), now)
    }

    /// One invocation with this event and `time` until Lambda's deadline.
    pub(crate) async fn invoke_within(
        &self,
        event: &str,
        time: Duration,
    ) -> Result<BatchReport, InvocationError> {
        let event = KinesisEvent::from_json(event.as_bytes()).unwrap();
        let deadline = self.deadline(time);
        self.pipeline.process(&event, "request-1", deadline).await
    }

    /// One invocation that has to give an answer.
    pub(crate) async fn invoke(&self, event: &str) -> BatchReport {
        self.invoke_within(event, TIME).await.unwrap()
    }

    /// One run of the completion.
    pub(crate) async fn complete(&self) -> (Counts, Result<(), String>) {
        self.completion.handle(b"{}", self.deadline(TIME)).await
    }

    pub(crate) async fn source(&self) -> Vec<Row> {
        by_key(self.dynamodb.scan(SOURCE).await, "entity")
    }

    pub(crate) async fn enriched(&self) -> Vec<Row> {
        by_key(self.dynamodb.scan(ENRICHED).await, "itemId")
    }

    /// The enriched rows without those that are gone.
    pub(crate) async fn live(&self) -> Vec<Row> {
        let mut rows = self.enriched().await;
        rows.retain(|row| !row.contains_key("deleted"));
        rows
    }

    pub(crate) fn quarantined(&self) -> Vec<Value> {
        self.s3.ndjson_gz_lines(QUARANTINE, "")
    }

    /// How many calls of an operation there were.
    pub(crate) fn calls(&self, operation: &str) -> usize {
        let calls = self.faulty.calls();
        let of = calls
            .iter()
            .filter(|logged| logged.call.operation == operation);
        of.count()
    }
}

fn by_key(mut rows: Vec<Row>, range: &str) -> Vec<Row> {
    rows.sort_by_key(|row| (row["orderId"].clone(), row[range].clone()));
    rows
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
                .strip_prefix("order-enrichment-")?
                .strip_suffix(".json")?;
            Some((name.to_owned(), std::fs::read_to_string(&path).unwrap()))
        })
        .collect()
}
