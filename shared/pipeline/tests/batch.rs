//! A batch through a function that does what the test says.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::time::{Duration, SystemTime};

use pipeline::{
    Deadline, InvocationError, Outcome, Pipeline, Poison, Quarantine, Stage, StreamFunction,
};
use records::{KinesisEvent, UserRecord};
use testkit::{FakeClock, FakeS3, KinesisEventBuilder};

/// Does with each record what its data says.
struct AsTold;

impl StreamFunction for AsTold {
    async fn apply(&self, records: &[UserRecord<'_>], _deadline: Deadline) -> Vec<Outcome> {
        let told = |record: &UserRecord<'_>| match record.data {
            b"apply" => Some(Outcome::Applied),
            b"skip" => Some(Outcome::Skipped),
            b"retry" => Some(Outcome::Retry("later".to_owned())),
            b"poison" => Some(Outcome::Poison(Poison {
                stage: Stage::Domain,
                reason: "told-so",
                detail: "told so".into(),
            })),
            b"forget" => None,
            other => panic!("told to panic: {}", String::from_utf8_lossy(other)),
        };
        records.iter().filter_map(told).collect()
    }
}

struct Run {
    s3: FakeS3,
    event: KinesisEvent,
    numbers: Vec<Option<String>>,
}

impl Run {
    fn new(data: &[&str]) -> Self {
        let event = KinesisEventBuilder::new().records(data);
        let numbers = event.sequence_numbers();
        let event = KinesisEvent::from_json(event.build().as_bytes()).unwrap();
        Self {
            s3: FakeS3::with_buckets(["quarantine"]),
            event,
            numbers,
        }
    }

    async fn process(&self) -> Result<pipeline::BatchReport, InvocationError> {
        let quarantine = Quarantine::new("as-told", "quarantine".to_owned(), self.s3.sdk_config());
        let clock = FakeClock::at(1_700_000_010_000);
        let pipeline = Pipeline::new(AsTold, quarantine, clock.closure());
        let now: SystemTime = clock.now();
        let deadline = Deadline::new(now + Duration::from_secs(30), Duration::from_secs(1), now);
        pipeline.process(&self.event, "request-1", deadline).await
    }
}

#[tokio::test]
async fn each_outcome_is_counted_and_the_age_is_that_of_the_oldest_record() {
    let run = Run::new(&["apply", "skip", "poison", "apply"]);
    let report = run.process().await.unwrap();
    assert_eq!(report.response.first_failure(), None);
    let counts = report.counts;
    assert_eq!(
        (
            counts.applied,
            counts.skipped,
            counts.quarantined,
            counts.reported
        ),
        (2, 1, 1, 0)
    );
    assert_eq!(report.record_age, Some(Duration::from_secs(10)));
    assert_eq!(report.quarantined.get("told-so"), Some(&1));
    assert_eq!(
        run.s3.objects("quarantine").keys().next(),
        report.quarantine_key.as_ref()
    );
}

#[tokio::test]
async fn lambda_continues_from_the_first_retry_and_poison_behind_it_waits() {
    let run = Run::new(&["poison", "apply", "retry", "poison", "retry"]);
    let report = run.process().await.unwrap();
    assert_eq!(report.response.first_failure(), run.numbers[2].as_deref());
    assert_eq!(report.retry_reason.as_deref(), Some("later"));
    assert_eq!((report.counts.quarantined, report.counts.reported), (1, 3));
    assert_eq!(run.s3.ndjson_gz_lines("quarantine", "").len(), 1);
}

#[tokio::test]
async fn a_panic_fails_the_invocation_with_its_text() {
    let error = Run::new(&["apply", "now"]).process().await.unwrap_err();
    assert_eq!(
        error,
        InvocationError::Panic("told to panic: now".to_owned())
    );
    assert_eq!(error.name(), "Panic");
}

#[tokio::test]
async fn a_function_that_loses_count_of_its_records_fails_the_invocation() {
    let error = Run::new(&["apply", "forget"]).process().await.unwrap_err();
    assert_eq!(
        error,
        InvocationError::OutcomeCount {
            given: 1,
            records: 2
        }
    );
}

#[tokio::test]
async fn a_record_without_a_position_that_must_come_again_fails_the_invocation() {
    let event =
        KinesisEventBuilder::new().record_with(|record| record.kinesis("sequenceNumber", "null"));
    let event = KinesisEvent::from_json(event.build().as_bytes()).unwrap();
    // The bucket is not there: the poison cannot be kept, and nothing names the record to Lambda.
    let run = Run {
        s3: FakeS3::with_buckets(["another"]),
        event,
        numbers: Vec::new(),
    };
    let error = run.process().await.unwrap_err();
    assert!(
        matches!(&error, InvocationError::NoPosition(reason) if reason.contains("NoSuchBucket")),
        "{error}"
    );
}

#[tokio::test]
async fn an_empty_batch_is_a_success() {
    let report = Run::new(&[]).process().await.unwrap();
    assert_eq!(
        (
            report.response.first_failure(),
            report.counts.total(),
            report.record_age
        ),
        (None, 0, None)
    );
}
