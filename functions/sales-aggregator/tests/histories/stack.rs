//! The function over services that live in the test's process.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use dynamo::Transport;
use pipeline::{Deadline, Quarantine, WindowPipeline};
use sales_aggregator::sale::SaleFields;
use sales_aggregator::state::Limits;
use sales_aggregator::{Config, NAME, SalesAggregator};
use serde_json::Value;
use simulator::world::{Call, Handler, Surroundings};
use testkit::{FakeS3, LocalDynamoDb, TableSpec};

use crate::expected::Promise;
use crate::model::Sales;

const BUCKET: &str = "quarantine";
/// A state of this length makes the mapping end the window early: more than 1 MB.
const TOO_LARGE: usize = (1 << 20) + 1;

/// Shards and windows that the mapping has ended early.
pub(crate) type EndedEarly = Rc<RefCell<BTreeSet<(String, String)>>>;

/// One DynamoDB for all histories.
pub(crate) struct Services {
    dynamodb: LocalDynamoDb,
    tables: AtomicUsize,
    pub(crate) seen: Seen,
}

/// What the windows were like, so that a test cannot pass by trying nothing.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    exact: AtomicUsize,
    of_several_parts: AtomicUsize,
    ids_lost: AtomicUsize,
    state_lost: AtomicUsize,
    unknown: AtomicUsize,
}

impl Seen {
    pub(crate) fn window(&self, promise: &Promise, part_rows: usize) {
        let count = match promise {
            Promise::Exact => &self.exact,
            Promise::Repeated => &self.ids_lost,
            Promise::AtMost => &self.state_lost,
            Promise::None => &self.unknown,
        };
        count.fetch_add(1, Ordering::Relaxed);
        self.of_several_parts
            .fetch_add(usize::from(part_rows > 6), Ordering::Relaxed);
    }

    /// Nearly all windows are checked to the last digit; the others are there too.
    pub(crate) fn assert_enough(&self) {
        let [exact, several, ids, state, unknown] = [
            &self.exact,
            &self.of_several_parts,
            &self.ids_lost,
            &self.state_lost,
            &self.unknown,
        ]
        .map(|count| count.load(Ordering::Relaxed));
        let enough = exact > 500 && several > 50 && ids > 10 && state > 10;
        assert!(enough && unknown < exact / 20, "{self:?}");
    }
}

/// The function's handler, as `pipeline::run_window` has it without Lambda.
pub(crate) struct Function {
    pipeline: WindowPipeline<SalesAggregator, Box<dyn Fn() -> SystemTime + Send + Sync>>,
    /// Whether some states are made larger than a window may carry.
    pads: bool,
    ended_early: EndedEarly,
}

impl Services {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        Self {
            dynamodb: runtime.block_on(LocalDynamoDb::start()),
            tables: AtomicUsize::new(0),
            seen: Seen::default(),
        }
    }

    /// The function with an empty table and an empty quarantine.
    pub(crate) async fn set_up<K>(&self, surroundings: &Surroundings) -> (Function, Sales<'_, K>) {
        let number = self.tables.fetch_add(1, Ordering::Relaxed);
        let table = format!("SalesByWindow-{number}");
        let spec = TableSpec::new(&table, "Series").text_range("WindowGroup");
        self.dynamodb.create_table(&spec).await;
        let s3 = FakeS3::with_buckets([BUCKET]);
        let services = s3.http_client_beside(self.dynamodb.http_client());
        let client = surroundings.http_client(services);
        let sdk = self.dynamodb.sdk_config_with(client.clone());
        let transport = Transport::with_connector(&sdk, testkit::connector(&client)).unwrap();
        // The generator of this thread is seeded with the history's pace.
        let pads = fastrand::u8(0..4) == 0;
        let once = fastrand::bool();
        let limits = Limits {
            part_bytes: fastrand::choice([1, 300, 600, 256 * 1024]).unwrap(),
            ids: fastrand::choice([3, 8_000]).unwrap(),
        };
        let config = Config {
            table: table.clone(),
            fields: SaleFields {
                group: Some("store".to_owned()),
                needs_id: once,
            },
            retention_days: 30,
        };
        let function = SalesAggregator::with_transport(config, transport).with_limits(limits);
        let s3_config = Surroundings::apart(s3.sdk_config_with(client));
        let quarantine = Quarantine::new(NAME, BUCKET.to_owned(), s3_config);
        let clock = Box::new(surroundings.clock().closure()) as Box<_>;
        let ended_early = EndedEarly::default();
        let function = Function {
            pipeline: WindowPipeline::new(function, quarantine, clock),
            pads,
            ended_early: Rc::clone(&ended_early),
        };
        let sales = Sales {
            dynamodb: &self.dynamodb,
            table,
            s3,
            bucket: BUCKET,
            ids: once.then_some(limits.ids),
            ended_early,
            seen: &self.seen,
            kind: PhantomData,
        };
        (function, sales)
    }
}

impl Handler for Function {
    async fn handle(&self, call: Call<'_>) -> Result<Vec<u8>, String> {
        if call.event.contains(r#""isWindowTerminatedEarly":true"#) {
            let event: Value = serde_json::from_str(call.event).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let window = (text(&event["shardId"]), text(&event["window"]["start"]));
            self.ended_early.borrow_mut().insert(window);
        }
        let deadline = Deadline::new(call.deadline, Duration::from_secs(1), call.now);
        let event = call.event.as_bytes();
        let answer = self
            .pipeline
            .process(event, call.request_id, deadline)
            .await;
        let answer = answer.map_err(|error| error.to_string())?;
        let answer = serde_json::to_string(&answer).map_err(|error| error.to_string())?;
        Ok(if self.pads { pad(answer) } else { answer }.into_bytes())
    }
}

/// Makes one state in four larger than Lambda lets a window carry. The function ignores fields that it does not know.
fn pad(answer: String) -> String {
    let hash = answer.bytes().fold(0_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(byte.into())
    });
    match answer.strip_suffix("}}") {
        Some(open) if hash % 4 == 0 && open.contains("parts") => {
            format!(r#"{open},"pad":"{}"}}}}"#, "x".repeat(TOO_LARGE))
        }
        _ => answer,
    }
}
