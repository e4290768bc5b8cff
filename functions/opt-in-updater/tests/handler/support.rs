//! The function with everything around it, in the test's process: table, list, quarantine, wire.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use dynamo::Transport;
use opt_in_updater::channel::{Channel, SmsOptOutList};
use opt_in_updater::config::ChannelRate;
use opt_in_updater::source::{Country, SourceReader};
use opt_in_updater::{Config, NAME, OptInUpdater};
use opt_out_list::{OptOutListService, OptOutLists, Options};
use pipeline::metrics::MetricsLog;
use pipeline::{BatchReport, Deadline, Pipeline, Quarantine};
use records::KinesisEvent;
use records::cdc::CdcFormat;
use serde_json::{Value, json};
use testkit::{FakeClock, FakeS3, FaultPlan, FaultyHttpClient, KinesisEventBuilder, LocalDynamoDb};
use tokio::time::Instant;

use crate::services::{self, LIST, Row};

pub(crate) const TABLE: &str = "Consent";
pub(crate) const QUARANTINE: &str = "quarantine";
pub(crate) const TIME: Duration = Duration::from_secs(30);
/// A little after the arrival of the events' records.
const NOW_MILLIS: u64 = 1_763_712_010_000;
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A place to write to that the test can read.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Shared {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// The function over an in-process DynamoDB, S3 and list; all its calls pass `faulty`.
pub(crate) struct Stack {
    pub(crate) dynamodb: LocalDynamoDb,
    pub(crate) s3: FakeS3,
    pub(crate) list: OptOutListService,
    pub(crate) faulty: FaultyHttpClient,
    /// Stands at the beginning plus what has passed of Tokio's time, and what a test adds.
    pub(crate) clock: FakeClock,
    pub(crate) metrics: Shared,
    pipeline: Pipeline<OptInUpdater, Box<dyn Fn() -> SystemTime + Send + Sync>>,
}

/// What a test wants otherwise.
pub(crate) struct Choices {
    pub(crate) format: CdcFormat,
    pub(crate) plan: FaultPlan,
    pub(crate) options: Options,
    pub(crate) rate: ChannelRate,
    pub(crate) is_on: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            format: CdcFormat::default(),
            plan: FaultPlan::none(),
            options: Options::default(),
            rate: ChannelRate {
                calls_per_second: 10,
                instances: 1,
            },
            is_on: true,
        }
    }
}

impl Stack {
    pub(crate) async fn start(plan: FaultPlan) -> Self {
        Self::start_with(Choices {
            plan,
            ..Choices::default()
        })
        .await
    }

    pub(crate) async fn start_with(choices: Choices) -> Self {
        let clock = FakeClock::at(NOW_MILLIS);
        let (now, start) = (clock.closure(), Instant::now());
        let now = move || now() + start.elapsed();
        let list = OptOutListService::new(OptOutLists::new(choices.options), now.clone());
        list.with(|lists, now| lists.create(LIST, None, now).unwrap());
        let client = list.http_client();
        Self::start_over(choices, clock, list, client, None).await
    }

    /// The function over a list that is called by `client`.
    pub(crate) async fn start_over(
        choices: Choices,
        clock: FakeClock,
        list: OptOutListService,
        client: SharedHttpClient,
        endpoint: Option<String>,
    ) -> Self {
        let (now, start) = (clock.closure(), Instant::now());
        let now = move || now() + start.elapsed();
        let dynamodb = LocalDynamoDb::start().await;
        services::create_table(&dynamodb, TABLE).await;
        let s3 = FakeS3::with_buckets([QUARANTINE]);
        let others = s3.http_client_beside(dynamodb.http_client());
        let is_remote = endpoint.is_some();
        let inner = if is_remote {
            others
        } else {
            list.http_client_beside(others)
        };
        let faulty = FaultyHttpClient::wrap(inner, choices.plan);
        let sdk = dynamodb.sdk_config_with(faulty.http_client());
        let connector = testkit::connector(&faulty.http_client());
        let transport = Transport::with_connector(&sdk, connector).unwrap();
        let apart = s3.sdk_config_with(faulty.http_client());
        let of_list = if is_remote {
            s3.sdk_config_with(client)
        } else {
            apart.clone()
        };
        let mut of_list = of_list.into_builder();
        of_list.set_endpoint_url(endpoint);
        let channel = Box::new(SmsOptOutList::new(&of_list.build(), LIST.to_owned()));
        let channel = choices.is_on.then_some(channel as Box<dyn Channel>);
        let config = Config {
            table: TABLE.to_owned(),
            write_concurrency: 4,
            source: SourceReader {
                format: choices.format,
                schema: "blog_db".to_owned(),
                table: "optin_status".to_owned(),
                epoch: 0,
                default_country: Country::parse("US").unwrap(),
            },
            tombstone_days: 8,
            opt_out_list: choices.is_on.then(|| LIST.to_owned()),
            rate: choices.rate,
        };
        let metrics = Shared::default();
        let log = MetricsLog::new(Box::new(metrics.clone()));
        let time = Arc::new(now.clone());
        let function = OptInUpdater::with_services(config, transport, channel, time, log);
        let quarantine = Quarantine::new(NAME, QUARANTINE.to_owned(), apart);
        Self {
            dynamodb,
            s3,
            list,
            faulty,
            clock,
            metrics,
            pipeline: Pipeline::new(function, quarantine, Box::new(now) as Box<_>),
        }
    }

    /// One invocation with this event and `time` until Lambda's deadline.
    pub(crate) async fn invoke_within(&self, event: &str, time: Duration) -> BatchReport {
        let event = KinesisEvent::from_json(event.as_bytes()).unwrap();
        let now = self.clock.now();
        let deadline = Deadline::new(now + time, Duration::from_secs(1), now);
        self.pipeline
            .process(&event, "request-1", deadline)
            .await
            .unwrap()
    }

    pub(crate) async fn invoke(&self, event: &str) -> BatchReport {
        self.invoke_within(event, TIME).await
    }

    /// One invocation with these records.
    pub(crate) async fn take(&self, records: &[String]) -> BatchReport {
        let event = KinesisEventBuilder::new().records(records.to_vec()).build();
        self.invoke(&event).await
    }

    pub(crate) async fn rows(&self) -> BTreeMap<(String, String), Row> {
        services::rows(&self.dynamodb, TABLE).await
    }

    /// The row of a number.
    pub(crate) async fn number(&self, phone: &str) -> Row {
        self.rows()
            .await
            .remove(&(phone.to_owned(), "NUMBER".to_owned()))
            .unwrap_or_default()
    }

    /// Country, number and user of the audience.
    pub(crate) async fn audience(&self) -> BTreeSet<(String, String, String)> {
        let rows = self.rows().await.into_iter();
        rows.filter_map(|((phone, entity), row)| {
            let country = row.get("audience")?.trim_start_matches("S:").to_owned();
            Some((country, phone, entity))
        })
        .collect()
    }

    pub(crate) fn listed(&self) -> Vec<String> {
        self.list
            .with(|lists, _| lists.numbers(LIST).unwrap().keys().cloned().collect())
    }

    pub(crate) fn quarantined(&self) -> Vec<Value> {
        self.s3.ndjson_gz_lines(QUARANTINE, "")
    }

    /// How many calls of an operation there were.
    pub(crate) fn calls(&self, operation: &str) -> usize {
        let calls = self.faulty.calls();
        calls
            .iter()
            .filter(|logged| logged.call.operation == operation)
            .count()
    }
}

/// A change of a row by DMS.
pub(crate) fn record(operation: &str, user: u32, phone: &str, optin: &Value, place: u32) -> String {
    json!({"data": {"userid": user, "phone": phone, "optin": optin}, "metadata": {"record-type": "data",
        "operation": operation, "schema-name": "blog_db", "table-name": "optin_status", "transaction-id": place,
        "transaction-record-id": 1, "stream-position": format!("bin.000001:{place}:0:{place}:1:bin.000001:{place}")}})
    .to_string()
}

/// A user says something about a number.
pub(crate) fn says(user: u32, phone: &str, optin: u8, place: u32) -> String {
    record("update", user, phone, &json!(optin), place)
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
                .strip_prefix("opt-in-updater-")?
                .strip_suffix(".json")?;
            Some((name.to_owned(), std::fs::read_to_string(&path).unwrap()))
        })
        .collect()
}
