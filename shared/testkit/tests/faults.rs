//! Every fault, as an SDK client meets it.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_write_item::{BatchWriteItemError, BatchWriteItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use testkit::{Fault, FaultPlan, FaultyHttpClient, LocalDynamoDb, TableSpec};

/// A table `Rows`, and a client whose calls meet the faults of `plan`.
struct Bench {
    dynamodb: LocalDynamoDb,
    faulty: FaultyHttpClient,
    client: Client,
}

async fn bench(plan: FaultPlan, attempts: u32) -> Bench {
    let dynamodb = LocalDynamoDb::start().await;
    dynamodb.create_table(&TableSpec::new("Rows", "Id")).await;
    let faulty = FaultyHttpClient::wrap(dynamodb.http_client(), plan);
    let config = dynamodb
        .sdk_config_with(faulty.http_client())
        .into_builder()
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(Duration::from_secs(2))
                .build(),
        )
        .build();
    let client = Client::new(&config);
    Bench {
        dynamodb,
        faulty,
        client,
    }
}

impl Bench {
    async fn write(
        &self,
        ids: std::ops::Range<u32>,
    ) -> Result<BatchWriteItemOutput, SdkError<BatchWriteItemError>> {
        let writes: Vec<WriteRequest> = ids.map(write).collect();
        let request = self.client.batch_write_item().request_items("Rows", writes);
        request.send().await
    }

    async fn stored(&self) -> Vec<String> {
        let items = self.dynamodb.scan("Rows").await;
        items
            .iter()
            .map(|item| item["Id"][2..].to_owned())
            .collect()
    }
}

fn write(id: u32) -> WriteRequest {
    let put = PutRequest::builder().item("Id", AttributeValue::S(format!("{id:02}")));
    let put = put.build().unwrap();
    WriteRequest::builder().put_request(put).build()
}

#[tokio::test(start_paused = true)]
async fn error_answers_are_the_errors_the_sdk_knows_and_write_nothing() {
    for (fault, status, code) in [
        (
            Fault::Throttle,
            400,
            "ProvisionedThroughputExceededException",
        ),
        (Fault::ThrottlingException, 400, "ThrottlingException"),
        (Fault::ServerError500, 500, "InternalServerError"),
        (
            Fault::ServiceUnavailable503,
            503,
            "ServiceUnavailableException",
        ),
        (Fault::AccessDenied, 400, "AccessDeniedException"),
        (Fault::ResourceNotFound, 400, "ResourceNotFoundException"),
    ] {
        let bench = bench(FaultPlan::always(fault), 1).await;
        let error = bench.write(0..3).await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{fault:?}");
        let raw = error.raw_response().unwrap();
        assert_eq!(raw.status().as_u16(), status, "{fault:?}");
        assert!(bench.stored().await.is_empty(), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn broken_and_unanswered_calls_are_forwarded_only_when_the_fault_comes_after() {
    type Check = fn(&SdkError<BatchWriteItemError>) -> bool;
    let io: Check = |error| matches!(error, SdkError::DispatchFailure(failure) if failure.is_io());
    let timeout: Check = |error| matches!(error, SdkError::TimeoutError(_));
    // The SDK reports an unreadable 200 as a service error that names no code.
    let unreadable: Check = |error| error.code().is_none() && error.raw_response().is_some();
    for (fault, expected, stored) in [
        (Fault::ConnectionResetBefore, io, 0),
        (Fault::ConnectionResetAfter, io, 3),
        (Fault::TimeoutBefore, timeout, 0),
        (Fault::TimeoutAfter, timeout, 3),
        (Fault::GarbageBody, unreadable, 3),
    ] {
        let bench = bench(FaultPlan::always(fault), 1).await;
        let error = bench.write(0..3).await.unwrap_err();
        assert!(expected(&error), "{fault:?}: {error:?}");
        assert_eq!(bench.stored().await.len(), stored, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn latency_passes_on_the_callers_clock() {
    let delay = Duration::from_millis(1500);
    let bench = bench(FaultPlan::always(Fault::Latency(delay)), 1).await;
    let before = tokio::time::Instant::now();
    bench.write(0..1).await.unwrap();
    assert!(before.elapsed() >= delay && before.elapsed() < delay * 2);
}

#[tokio::test(start_paused = true)]
async fn unprocessed_writes_are_not_done_and_come_back() {
    for (lost, stored) in [(0, 5), (2, 3), (5, 0), (9, 0)] {
        let bench = bench(FaultPlan::always(Fault::Unprocessed(lost)), 1).await;
        let answer = bench.write(0..5).await.unwrap();
        let unprocessed = answer.unprocessed_items().unwrap();
        let back: Vec<WriteRequest> = unprocessed.values().flatten().cloned().collect();
        let expected: Vec<WriteRequest> = (stored..5).map(write).collect();
        assert_eq!(back, expected, "{lost} lost");
        let ids: Vec<String> = (0..stored).map(|id| format!("{id:02}")).collect();
        assert_eq!(bench.stored().await, ids, "{lost} lost");
    }
}

#[tokio::test(start_paused = true)]
async fn the_sdk_retries_what_goes_away_and_every_attempt_is_a_call() {
    for fault in Fault::TRANSIENT
        .iter()
        .filter(|fault| **fault != Fault::GarbageBody)
    {
        let bench = bench(FaultPlan::sequence([*fault]), 2).await;
        bench.write(0..2).await.unwrap();
        let calls = bench.faulty.calls();
        let retried = !matches!(fault, Fault::Unprocessed(_) | Fault::Latency(_));
        assert_eq!(calls.len(), if retried { 2 } else { 1 }, "{fault:?}");
        assert_eq!(calls[0].fault, *fault);
        assert_eq!(calls[0].call.operation, "BatchWriteItem");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_sees_each_call_and_can_be_limited_healed_and_replaced() {
    let plan = FaultPlan::when(|call| (call.index % 2 == 0).then_some(Fault::AccessDenied));
    let bench = bench(plan.only("BatchWriteItem"), 1).await;
    assert!(bench.write(0..1).await.is_err());
    assert!(bench.write(0..1).await.is_ok());
    assert!(bench.client.list_tables().send().await.is_ok());
    assert!(bench.write(0..1).await.is_ok());
    assert!(bench.write(0..1).await.is_err());
    assert_eq!(bench.faulty.injected(), [Fault::AccessDenied; 2]);
    bench.faulty.heal();
    for _ in 0..2 {
        assert!(bench.write(0..1).await.is_ok());
    }
    bench
        .faulty
        .set_plan(FaultPlan::always(Fault::ServerError500));
    assert!(bench.write(0..1).await.is_err());
    assert_eq!(bench.faulty.calls().len(), 8);
}

#[tokio::test]
async fn plain_http_needs_no_wrapped_client() {
    let dynamodb = LocalDynamoDb::start().await;
    let faulty = FaultyHttpClient::plain(FaultPlan::sequence([Fault::Throttle]));
    let client = Client::new(&dynamodb.sdk_config_with(faulty.http_client()));
    client.list_tables().send().await.unwrap();
    assert_eq!(faulty.calls().len(), 2);
}
