//! The function, twice, over services that live in the test's process.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use dynamo::Transport;
use order_enrichment::config::ProductsConfig;
use order_enrichment::source::SourceReader;
use order_enrichment::{Completion, Config, JoinConfig, NAME, OrderEnrichment};
use pipeline::{Deadline, Pipeline, Quarantine};
use records::KinesisEvent;
use records::cdc::CdcFormat;
use simulator::world::{BEGINNING, Call, Handler, Surroundings};
use testkit::{FakeS3, LocalDynamoDb};

use crate::model::{Enriched, Tried};
use crate::observer::Observer;
use crate::services;
use crate::slow::Slow;

pub(crate) const QUARANTINE: &str = "quarantine";
const PRODUCTS: &str = "products";
const KEY: &str = "products.ndjson";
/// Instances of the function.
const INSTANCES: usize = 2;

/// The products at first, and after they are put again: item 1 has another price, item 3 is there, item 4 never is.
pub(crate) const LISTS: [&[(i64, &str, &str)]; 2] = [
    &[(1, "Chair", "13.56"), (2, "Plate", "93.09")],
    &[
        (1, "Chair", "14.5"),
        (2, "Plate", "93.09"),
        (3, "Table", "92.27"),
    ],
];

/// One DynamoDB for all histories.
pub(crate) struct Services {
    dynamodb: LocalDynamoDb,
    tables: AtomicUsize,
    pub(crate) tried: Tried,
}

/// The function's handlers, as `pipeline::run` has them without Lambda.
pub(crate) struct Function {
    instances: Vec<Pipeline<OrderEnrichment, Box<dyn Fn() -> SystemTime + Send + Sync>>>,
    s3: FakeS3,
    /// When the products are put again.
    products_at: SystemTime,
}

/// Puts a list of products, as of so many seconds since the epoch.
pub(crate) fn put_products(s3: &FakeS3, list: usize) {
    let line = |(id, name, price): &(i64, &str, &str)| {
        format!("{{\"productId\":{id},\"productName\":\"{name}\",\"productPrice\":{price}}}\n")
    };
    let lines: String = LISTS[list].iter().map(line).collect();
    s3.put_at(PRODUCTS, KEY, lines, put_at(list));
}

/// When a list was put, in seconds since the epoch.
pub(crate) fn put_at(list: usize) -> i64 {
    BEGINNING / 1_000_000 - 100 + i64::try_from(list).unwrap()
}

impl Services {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        Self {
            dynamodb: runtime.block_on(LocalDynamoDb::start()),
            tables: AtomicUsize::new(0),
            tried: Tried::default(),
        }
    }

    /// Two instances of the function with empty tables and an empty quarantine.
    pub(crate) async fn set_up(&self, surroundings: &Surroundings) -> (Function, Enriched<'_>) {
        let number = self.tables.fetch_add(1, Ordering::Relaxed);
        let (source, enriched) = (
            format!("OrderSource-{number}"),
            format!("OrderEnriched-{number}"),
        );
        services::create_tables(&self.dynamodb, &source, &enriched).await;
        let s3 = FakeS3::with_buckets([QUARANTINE, PRODUCTS]);
        put_products(&s3, 0);
        let observer = Observer::new(
            s3.http_client_beside(self.dynamodb.http_client()),
            &enriched,
        );
        let client = surroundings.http_client(observer.http_client());
        // The generator of this thread is seeded with the history's pace.
        let client = Slow::new(client, fastrand::u64(..)).http_client();
        let join = JoinConfig {
            source_table: source.clone(),
            enriched_table: enriched.clone(),
            write_concurrency: 32,
            products: ProductsConfig {
                bucket: PRODUCTS.to_owned(),
                key: KEY.to_owned(),
                revalidate: Duration::from_secs(60),
            },
        };
        let clock = surroundings.clock();
        let instance = |_| {
            let sdk = self.dynamodb.sdk_config_with(client.clone());
            let transport = Transport::with_connector(&sdk, testkit::connector(&client)).unwrap();
            let s3_config = Surroundings::apart(s3.sdk_config_with(client.clone()));
            let config = Config {
                join: join.clone(),
                source: SourceReader {
                    format: CdcFormat::default(),
                    schema: "orders".to_owned(),
                    epoch: 0,
                },
                tombstone_days: 8,
            };
            let now = Arc::new(clock.closure());
            let function = OrderEnrichment::with_services(config, transport, &s3_config, now);
            let quarantine = Quarantine::new(NAME, QUARANTINE.to_owned(), s3_config);
            Pipeline::new(function, quarantine, Box::new(clock.closure()) as Box<_>)
        };
        // The completion comes when everything is over: no fault is in its way.
        let calm = observer.http_client();
        let sdk = self.dynamodb.sdk_config_with(calm.clone());
        let transport = Transport::with_connector(&sdk, testkit::connector(&calm)).unwrap();
        let s3_config = Surroundings::apart(s3.sdk_config_with(calm));
        let now = Arc::new(clock.closure());
        let products_at = clock.now()
            + Duration::from_millis(fastrand::u64(0..[400, 20_000][fastrand::usize(0..2)]));
        let function = Function {
            instances: (0..INSTANCES).map(instance).collect(),
            s3: s3.clone(),
            products_at: products_at.to_system_time(),
        };
        let model = Enriched {
            completion: Completion::with_services(join, transport, &s3_config, now),
            dynamodb: &self.dynamodb,
            source_table: source,
            table: enriched,
            s3,
            observer,
            tried: &self.tried,
        };
        (function, model)
    }
}

impl Handler for Function {
    async fn handle(&self, call: Call<'_>) -> Result<Vec<u8>, String> {
        if call.now >= self.products_at {
            put_products(&self.s3, 1);
        }
        let mut hasher = DefaultHasher::new();
        call.request_id.hash(&mut hasher);
        let instance = usize::try_from(hasher.finish() % INSTANCES as u64).unwrap();
        let event = KinesisEvent::from_json(call.event.as_bytes()).map_err(|e| e.to_string())?;
        let deadline = Deadline::new(call.deadline, Duration::from_secs(1), call.now);
        let pipeline = &self.instances[instance];
        let report = pipeline.process(&event, call.request_id, deadline).await;
        let response = report.map_err(|error| error.to_string())?.response;
        serde_json::to_vec(&response).map_err(|error| error.to_string())
    }
}
