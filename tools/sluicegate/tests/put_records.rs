//! The producer against a fake Kinesis behind the real SDK client: what is on the wire is what counts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use sluicegate::produce::outgoing::Outgoing;
use sluicegate::produce::put_records::{Effort, MAX_REFUSALS, PutError, put_records};

/// Decides whether a record is refused: gets the number of its call and its data.
type Refuse = dyn Fn(usize, &str) -> bool + Send + Sync;

/// A stream of one shard that takes or refuses records as told.
#[derive(Clone)]
struct FakeKinesis {
    refuse: Arc<Refuse>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Records of each call, refused ones too.
    calls: Vec<Vec<String>>,
    /// Records taken, in the shard's order.
    shard: Vec<String>,
}

impl std::fmt::Debug for FakeKinesis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeKinesis")
    }
}

impl FakeKinesis {
    fn new(refuse: impl Fn(usize, &str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            refuse: Arc::new(refuse),
            seen: Arc::default(),
        }
    }

    fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(self.clone())
            .build();
        Client::from_conf(config)
    }

    fn answer(&self, body: &[u8]) -> Value {
        let request: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(request["StreamName"], "readings");
        let records: Vec<String> = request["Records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| {
                let data = record["Data"].as_str().unwrap();
                let data = BASE64_STANDARD.decode(data).unwrap();
                String::from_utf8(data).unwrap()
            })
            .collect();
        let mut seen = self.seen.lock().unwrap();
        let call = seen.calls.len();
        seen.calls.push(records.clone());
        let mut failed = 0;
        let results: Vec<Value> = records
            .into_iter()
            .map(|record| {
                if (self.refuse)(call, &record) {
                    failed += 1;
                    return json!({
                        "ErrorCode": "ProvisionedThroughputExceededException",
                        "ErrorMessage": "Rate exceeded for shard shardId-000000000000",
                    });
                }
                seen.shard.push(record);
                json!({
                    "SequenceNumber": seen.shard.len().to_string(),
                    "ShardId": "shardId-000000000000",
                })
            })
            .collect();
        json!({ "FailedRecordCount": failed, "Records": results })
    }
}

impl HttpConnector for FakeKinesis {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.answer(request.body().bytes().unwrap()).to_string();
        let response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(answer));
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for FakeKinesis {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// `count` records of `orders` orders, each saying its order and its place: `3:17`.
fn records(count: u64, orders: u64) -> impl Iterator<Item = Outgoing> {
    (0..count).map(move |index| Outgoing {
        partition_key: format!("key-{}", index % orders),
        data: format!("{}:{index}", index % orders).into_bytes().into(),
        order: index % orders,
        is_poison: false,
    })
}

async fn put(
    kinesis: &FakeKinesis,
    records: impl Iterator<Item = Outgoing>,
) -> (Result<Effort, PutError>, HashMap<u64, String>) {
    let mut receipts = HashMap::new();
    let effort = put_records(&kinesis.client(), "readings", records, None, |new| {
        for receipt in new {
            let before = receipts.insert(receipt.index, receipt.sequence_number);
            assert_eq!(before, None, "two receipts for record {}", receipt.index);
        }
    })
    .await;
    (effort, receipts)
}

#[tokio::test(start_paused = true)]
async fn records_go_in_calls_of_500() {
    let kinesis = FakeKinesis::new(|_, _| false);
    let (effort, receipts) = put(&kinesis, records(1_234, 10_000)).await;
    let effort = effort.unwrap();
    assert_eq!(
        (effort.records, effort.calls, effort.refused),
        (1_234, 3, 0)
    );
    assert_eq!(receipts.len(), 1_234);
    let sizes: Vec<usize> = kinesis
        .seen
        .lock()
        .unwrap()
        .calls
        .iter()
        .map(Vec::len)
        .collect();
    assert_eq!(sizes, [500, 500, 234]);
}

#[tokio::test(start_paused = true)]
async fn only_refused_records_are_put_again() {
    // The first call is refused every tenth record.
    let kinesis = FakeKinesis::new(|call, record| call == 0 && record.ends_with('7'));
    let (effort, receipts) = put(&kinesis, records(500, 10_000)).await;
    let effort = effort.unwrap();
    assert_eq!((effort.records, effort.calls, effort.refused), (500, 2, 50));
    assert_eq!(receipts.len(), 500);

    let seen = kinesis.seen.lock().unwrap();
    assert!(seen.calls[1].iter().all(|record| record.ends_with('7')));
    assert_eq!(seen.shard.len(), 500, "no record twice");
}

#[tokio::test(start_paused = true)]
async fn no_record_overtakes_an_earlier_one_of_its_order() {
    for seed in 0..20 {
        let rng = Mutex::new(fastrand::Rng::with_seed(seed));
        let kinesis = FakeKinesis::new(move |_, _| rng.lock().unwrap().u8(0..3) == 0);
        let (effort, receipts) = put(&kinesis, records(700, 40)).await;
        assert_eq!(effort.unwrap().records, 700);
        assert_eq!(receipts.len(), 700);

        let mut last: HashMap<String, u64> = HashMap::new();
        for record in &kinesis.seen.lock().unwrap().shard {
            let (order, index) = record.split_once(':').unwrap();
            let index = index.parse().unwrap();
            let before = last.insert(order.to_owned(), index);
            assert!(
                before.is_none_or(|before| before < index),
                "{record} came too late"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn receipts_name_the_record_they_are_for() {
    let kinesis = FakeKinesis::new(|call, record| call < 3 && record.ends_with('3'));
    let (_, receipts) = put(&kinesis, records(60, 1_000)).await;
    let seen = kinesis.seen.lock().unwrap();
    for (index, sequence_number) in receipts {
        let place: usize = sequence_number.parse().unwrap();
        assert!(seen.shard[place - 1].ends_with(&format!(":{index}")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_always_refused_ends_with_its_reason() {
    let kinesis = FakeKinesis::new(|_, record| record.starts_with("5:"));
    let (effort, receipts) = put(&kinesis, records(20, 1_000)).await;
    let error = effort.unwrap_err();
    assert!(
        matches!(error, PutError::Refused { index: 5, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("Rate exceeded"), "{error}");
    assert_eq!(receipts.len(), 19, "its neighbours are taken");
    let calls = kinesis.seen.lock().unwrap().calls.len();
    assert_eq!(calls, MAX_REFUSALS as usize);
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept() {
    let kinesis = FakeKinesis::new(|_, _| false);
    let begun = tokio::time::Instant::now();
    let rate = NonZeroU32::new(1_000);
    put_records(
        &kinesis.client(),
        "readings",
        records(5_000, 10_000),
        rate,
        |_| {},
    )
    .await
    .unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    assert!((4.8..=5.1).contains(&seconds), "{seconds}");
}
