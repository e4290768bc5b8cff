//! Batches of records with layers through a function that does what the payloads say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, SystemTime};

use aws_sdk_glue::types::DataFormat;
use base64::Engine as _;
use pipeline::{
    BatchReport, Deadline, Environment, LayersConfig, Outcome, Pipeline, Poison, Quarantine,
    RecordLayers, Stage, StreamFunction,
};
use proptest::prelude::*;
use records::compression::{Compression, compress};
use records::glue::{Header, SchemaVersionId};
use records::kpl::Aggregator;
use records::{KinesisEvent, UserRecord};
use schema_registry::{Registries, RegistryService};
use serde_json::{Value, json};
use testkit::{FakeClock, FakeS3, Fault, FaultPlan, FaultyHttpClient, KinesisEventBuilder};

/// Does with each record what its data says.
struct AsTold;

impl StreamFunction for AsTold {
    async fn apply(&self, records: &[UserRecord<'_>], _deadline: Deadline) -> Vec<Outcome> {
        let told = |record: &UserRecord<'_>| match record.data {
            b"apply" => Outcome::Applied,
            b"retry" => Outcome::Retry("later".to_owned()),
            b"poison" => Outcome::Poison(Poison {
                stage: Stage::Domain,
                reason: "told-so",
                detail: "told so".into(),
            }),
            other => panic!("told {other:?}"),
        };
        records.iter().map(told).collect()
    }
}

/// The function with its layers, its quarantine and a schema registry.
struct Stack {
    s3: FakeS3,
    registry: RegistryService,
    faulty: FaultyHttpClient,
    pipeline: Pipeline<AsTold, Box<dyn Fn() -> SystemTime + Send + Sync>>,
    clock: FakeClock,
}

impl Stack {
    fn new(layers: &str) -> Self {
        let s3 = FakeS3::with_buckets(["quarantine"]);
        let registry = RegistryService::new(Registries::default(), || SystemTime::UNIX_EPOCH);
        let services = registry.http_client_beside(s3.http_client());
        let faulty = FaultyHttpClient::wrap(services, FaultPlan::none());
        let sdk = s3.sdk_config_with(faulty.http_client());
        let lookup = |name: &str| (name == "RECORD_LAYERS").then(|| layers.to_owned());
        let config = LayersConfig::read(&Environment::new(&lookup)).unwrap();
        let quarantine = Quarantine::new("as-told", "quarantine".to_owned(), sdk.clone());
        let clock = FakeClock::at(1_700_000_010_000);
        let pipeline = Pipeline::new(AsTold, quarantine, Box::new(clock.closure()) as Box<_>)
            .with_layers(RecordLayers::new(config, &sdk));
        Self {
            s3,
            registry,
            faulty,
            pipeline,
            clock,
        }
    }

    async fn process(&self, event: &KinesisEventBuilder) -> BatchReport {
        let event = KinesisEvent::from_json(event.build().as_bytes()).unwrap();
        let now = self.clock.now();
        let deadline = Deadline::new(now + Duration::from_secs(30), Duration::from_secs(1), now);
        let report = self.pipeline.process(&event, "request-1", deadline).await;
        report.unwrap()
    }

    /// Registers a schema of JSON, under which payloads stay what they are.
    async fn register(&self) -> SchemaVersionId {
        let sdk = self.s3.sdk_config_with(self.registry.http_client());
        let call = aws_sdk_glue::Client::new(&sdk).create_schema();
        let call = call.schema_name("any").data_format(DataFormat::Json);
        let made = call.schema_definition("{}").send().await.unwrap();
        made.schema_version_id().unwrap().parse().unwrap()
    }

    /// Of each line of quarantine what the layers decide.
    fn quarantined(&self) -> Vec<Value> {
        let lines = self.s3.ndjson_gz_lines("quarantine", "").into_iter();
        lines
            .map(|line| {
                json!([
                    line["subsequence_number"],
                    line["partition_key"],
                    line["stage"],
                    line["reason"],
                    line["layers"],
                    line["data"],
                ])
            })
            .collect()
    }
}

fn aggregate<D: AsRef<[u8]>>(data: &[D]) -> Vec<u8> {
    let mut aggregator = Aggregator::default();
    for (index, data) in data.iter().enumerate() {
        let key = format!("key-{index}");
        aggregator.push(&key, None, data.as_ref()).unwrap();
    }
    aggregator.finish().unwrap().data
}

fn gzip(data: &[u8]) -> Vec<u8> {
    compress(Compression::Gzip, data).unwrap()
}

fn base64(data: &[u8]) -> String {
    base64::prelude::BASE64_STANDARD.encode(data)
}

#[tokio::test]
async fn each_user_record_is_counted_and_poison_is_kept_without_its_layers() {
    let stack = Stack::new("gzip,kpl");
    let event = KinesisEventBuilder::new()
        .record(gzip(&aggregate(&["apply", "poison", "apply"])))
        .record(gzip(b"apply"));
    let report = stack.process(&event).await;
    assert_eq!(report.response.first_failure(), None);
    assert_eq!((report.counts.applied, report.counts.quarantined), (3, 1));
    assert_eq!(
        stack.quarantined(),
        [json!([
            1,
            "key-1",
            "domain",
            "told-so",
            "",
            base64(b"poison")
        ])]
    );
}

#[tokio::test]
async fn a_retry_inside_an_aggregate_reports_its_outer_record_of_which_nothing_is_settled() {
    let stack = Stack::new("kpl");
    let event = KinesisEventBuilder::new()
        .record(aggregate(&["apply", "poison"]))
        .record(aggregate(&["poison", "apply", "retry", "poison"]))
        .record("poison");
    let report = stack.process(&event).await;
    assert_eq!(
        report.response.first_failure(),
        event.sequence_numbers()[1].as_deref()
    );
    assert_eq!(report.retry_reason.as_deref(), Some("later"));
    let counts = report.counts;
    assert_eq!(
        (counts.applied, counts.quarantined, counts.reported),
        (1, 1, 5)
    );
    assert_eq!(stack.quarantined().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_unwrapped_is_kept_with_the_layers_that_are_still_around_it() {
    let stack = Stack::new("kpl,gzip");
    let event = KinesisEventBuilder::new()
        .record(aggregate(&[gzip(b"apply"), b"no gzip".to_vec()]))
        .record("no gzip either");
    let report = stack.process(&event).await;
    assert_eq!((report.counts.applied, report.counts.quarantined), (1, 2));
    let [inner, whole] = &stack.quarantined()[..] else {
        panic!("two lines")
    };
    assert_eq!(
        *inner,
        json!([
            1,
            "key-1",
            "gzip",
            "not-compressed",
            "gzip",
            base64(b"no gzip")
        ])
    );
    assert_eq!(
        (&whole[0], &whole[2], &whole[4], &whole[5]),
        (
            &json!(0),
            &json!("gzip"),
            &json!("kpl,gzip"),
            &json!(base64(b"no gzip either"))
        )
    );
}

#[tokio::test]
async fn an_empty_aggregate_is_skipped_and_what_only_looks_like_one_is_counted() {
    // The message has one partition key and no records.
    let message = [0x0a, 1, b'k'];
    let digest = records::kpl::digest(&message);
    let empty = [&records::kpl::MAGIC[..], &message, &digest].concat();
    let mut broken = aggregate(&["apply"]);
    *broken.last_mut().unwrap() ^= 1;
    let stack = Stack::new("kpl");
    let event = KinesisEventBuilder::new()
        .record(empty)
        .record("apply")
        .record("retry");
    let report = stack.process(&event).await;
    let counts = report.counts;
    assert_eq!((counts.skipped, counts.applied, counts.reported), (1, 1, 1));
    let stack = Stack::new("kpl,gzip");
    let report = stack
        .process(&KinesisEventBuilder::new().record(broken))
        .await;
    assert_eq!((report.doubtful, report.counts.quarantined), (1, 1));
}

#[tokio::test]
async fn schemas_come_from_the_registry_and_an_unknown_one_is_poison() {
    let stack = Stack::new("kpl,glue");
    let known = Header::new(stack.register().await);
    let unknown = Header::new(SchemaVersionId::from_bytes([7; 16]));
    let event = KinesisEventBuilder::new()
        .record(aggregate(&[known.write(b"apply").unwrap()]))
        .record(aggregate(&[unknown.write(b"apply").unwrap()]));
    let report = stack.process(&event).await;
    assert_eq!((report.counts.applied, report.counts.quarantined), (1, 1));
    let data = base64(&unknown.write(b"apply").unwrap());
    assert_eq!(
        stack.quarantined(),
        [json!([0, "key-0", "glue", "unknown-schema", "glue", data])]
    );
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_of_the_registry_records_are_retried_from_the_first_that_needs_it() {
    let stack = Stack::new("glue");
    let header = Header::new(stack.register().await);
    let event = KinesisEventBuilder::new()
        .record("no header")
        .record(header.write(b"apply").unwrap())
        .record(header.write(b"poison").unwrap());
    let outage = FaultPlan::always(Fault::ServerError500).only("GetSchemaVersion");
    stack.faulty.set_plan(outage);
    let report = stack.process(&event).await;
    assert_eq!(
        report.response.first_failure(),
        event.sequence_numbers()[1].as_deref()
    );
    let reason = report.retry_reason.unwrap();
    assert!(reason.starts_with("the schema version "), "{reason}");
    assert!(reason.contains("cannot be loaded: "), "{reason}");
    assert_eq!(stack.quarantined().len(), 1);

    stack.faulty.heal();
    let report = stack.process(&event).await;
    assert_eq!(report.response.first_failure(), None);
    assert_eq!((report.counts.applied, report.counts.quarantined), (1, 2));
}

fn told() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("apply"), 3 => Just("poison"), 1 => Just("retry")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_lost_between_user_records_and_records_of_the_stream(
        batch in prop::collection::vec(prop::collection::vec(told(), 1..6), 0..8)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stack = Stack::new("kpl");
            let event = batch.iter().fold(KinesisEventBuilder::new(), |event, data| {
                event.record(aggregate(data))
            });
            let report = stack.process(&event).await;
            let again = batch.iter().position(|data| data.contains(&"retry"));
            let done = &batch[..again.unwrap_or(batch.len())];
            let count = |told| done.iter().flatten().filter(|data| **data == told).count();
            let numbers = event.sequence_numbers();
            let expected = again.and_then(|index| numbers[index].as_deref());
            assert_eq!(report.response.first_failure(), expected);
            assert_eq!(report.counts.applied, count("apply"));
            assert_eq!(report.counts.quarantined, count("poison"));
            assert_eq!(report.counts.total(), batch.iter().flatten().count());
            assert_eq!(stack.quarantined().len(), count("poison"));
        });
    }
}
