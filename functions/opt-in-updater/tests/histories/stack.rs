//! The function, twice, over services that live in the test's process.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dynamo::Transport;
use opt_in_updater::channel::SmsOptOutList;
use opt_in_updater::config::ChannelRate;
use opt_in_updater::source::{Country, SourceReader};
use opt_in_updater::{Config, NAME, OptInUpdater};
use opt_out_list::{OptOutListService, OptOutLists, Options};
use pipeline::metrics::MetricsLog;
use pipeline::{Deadline, Pipeline, Quarantine};
use records::KinesisEvent;
use records::cdc::CdcFormat;
use serde_json::Value;
use simulator::world::{Call, Handler, Surroundings};
use testkit::{FakeS3, LocalDynamoDb};

use crate::database::{self, Change, PHONES};
use crate::model::{Consent, Tried};
use crate::observer::Observer;
use crate::services::{self, LIST};

pub(crate) const QUARANTINE: &str = "quarantine";
/// Instances of the function.
const INSTANCES: usize = 2;

/// One DynamoDB for all histories.
pub(crate) struct Services {
    dynamodb: LocalDynamoDb,
    tables: AtomicUsize,
    pub(crate) tried: Tried,
}

/// The function's handlers, as `pipeline::run` has them without Lambda.
pub(crate) struct Function {
    instances: Vec<Pipeline<OptInUpdater, Box<dyn Fn() -> SystemTime + Send + Sync>>>,
    observer: Observer,
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

    /// Two instances of the function with an empty table, an empty quarantine, and a list that may have numbers.
    pub(crate) async fn set_up(&self, surroundings: &Surroundings) -> (Function, Consent<'_>) {
        let number = self.tables.fetch_add(1, Ordering::Relaxed);
        let table = format!("Consent-{number}");
        services::create_table(&self.dynamodb, &table).await;
        let s3 = FakeS3::with_buckets([QUARANTINE]);
        let clock = surroundings.clock();
        // The generator of this thread is seeded with the history's pace.
        let has_pause = fastrand::bool();
        let pause = Duration::from_secs(if has_pause { 30 * 24 * 60 * 60 } else { 0 });
        let options = Options {
            calls_per_second: [2, 10, 1_000][fastrand::usize(0..3)],
            removal_pause: pause,
            ..Options::default()
        };
        let list = OptOutListService::new(OptOutLists::new(options), clock.closure());
        list.with(|lists, now| {
            lists.create(LIST, None, now).unwrap();
            for (_, phone, _) in PHONES {
                if fastrand::bool() {
                    lists.put(LIST, phone, now).unwrap();
                }
            }
        });
        let inner = list.http_client_beside(s3.http_client_beside(self.dynamodb.http_client()));
        let observer = Observer::new(inner, list, &table);
        let client = surroundings.http_client(observer.http_client());
        let instance = |_| {
            let sdk = self.dynamodb.sdk_config_with(client.clone());
            let transport = Transport::with_connector(&sdk, testkit::connector(&client)).unwrap();
            let services = Surroundings::apart(s3.sdk_config_with(client.clone()));
            let config = Config {
                table: table.clone(),
                write_concurrency: 16,
                source: SourceReader {
                    format: CdcFormat::default(),
                    schema: "blog_db".to_owned(),
                    table: "optin_status".to_owned(),
                    epoch: 0,
                    default_country: Country::parse("US").unwrap(),
                },
                tombstone_days: 8,
                opt_out_list: Some(LIST.to_owned()),
                rate: ChannelRate {
                    calls_per_second: 1_000,
                    instances: 1,
                },
            };
            let channel = Box::new(SmsOptOutList::new(&services, LIST.to_owned()));
            let now = Arc::new(clock.closure());
            let log = MetricsLog::new(Box::new(std::io::sink()));
            let function = OptInUpdater::with_services(config, transport, Some(channel), now, log);
            let quarantine = Quarantine::new(NAME, QUARANTINE.to_owned(), services);
            Pipeline::new(function, quarantine, Box::new(clock.closure()) as Box<_>)
        };
        let function = Function {
            instances: (0..INSTANCES).map(instance).collect(),
            observer: observer.clone(),
        };
        let model = Consent {
            dynamodb: &self.dynamodb,
            table,
            s3,
            observer,
            has_pause,
            tried: &self.tried,
        };
        (function, model)
    }
}

impl Handler for Function {
    async fn handle(&self, call: Call<'_>) -> Result<Vec<u8>, String> {
        let mut hasher = DefaultHasher::new();
        call.request_id.hash(&mut hasher);
        let instance = usize::try_from(hasher.finish() % INSTANCES as u64).unwrap();
        let changes = changes(call.event);
        for (sequence_number, change) in &changes {
            if let Some(change) = change {
                self.observer.delivered(change, sequence_number);
            }
        }
        let event = KinesisEvent::from_json(call.event.as_bytes()).map_err(|e| e.to_string())?;
        let deadline = Deadline::new(call.deadline, Duration::from_secs(1), call.now);
        let pipeline = &self.instances[instance];
        let report = pipeline.process(&event, call.request_id, deadline).await;
        let response = report.map_err(|error| error.to_string())?.response;
        let response = serde_json::to_vec(&response).map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_slice(&response).unwrap();
        let again = answer["batchItemFailures"][0]["itemIdentifier"].as_str();
        let is_again = |(number, _): &(String, Option<Change>)| Some(&**number) == again;
        let done = changes.iter().position(is_again).unwrap_or(changes.len());
        let (done, again) = changes.split_at(done);
        for (sequence_number, change) in done {
            // Of changes of a number with one version the one that its row is of answers for all.
            let is_open = again.iter().any(|(_, open)| match (open, change) {
                (Some(open), Some(change)) => {
                    (open.key.phone, open.place) == (change.key.phone, change.place)
                }
                _ => false,
            });
            if let Some(change) = change.filter(|_| !is_open) {
                self.observer.done(&change, sequence_number);
            }
        }
        Ok(response)
    }
}

/// The changes of an event with their sequence numbers.
fn changes(event: &str) -> Vec<(String, Option<Change>)> {
    let event: Value = serde_json::from_str(event).unwrap();
    let records = event["Records"].as_array().unwrap().iter();
    let change = |record: &Value| {
        let data = STANDARD
            .decode(record["kinesis"]["data"].as_str().unwrap())
            .unwrap();
        let data: Value = serde_json::from_slice(&data).unwrap_or_default();
        let mark = data["data"]["lastupdate"]
            .as_str()?
            .strip_prefix("t-")?
            .parse();
        Some(database::made(mark.unwrap()))
    };
    records
        .map(|record| {
            let number = record["kinesis"]["sequenceNumber"].as_str().unwrap();
            (number.to_owned(), change(record))
        })
        .collect()
}
